import type { KnownEvent } from './events.ts'

/** A row of queries/recommenders/base/commitment_terms.sql. */
export interface CommitmentTerm {
  readonly commitment_id: string
  readonly ends_on: string
  readonly provider: string
  readonly account: string
  readonly service: string
  readonly team: string
  readonly product: string
  /** Currency units, an estimate. */
  readonly per_day: number
}

/**
 * Ends of commitments as dated events (specs/budgets.md section 4): on demand what was covered, less what the commitment costs, used or
 * not. One event a commitment and leaf.
 *
 * @param owner which name stands as the leaf's team: forecasts of products put the product there
 */
export function commitmentEvents(terms: readonly CommitmentTerm[], owner: 'team' | 'product'): KnownEvent[] {
  const events = new Map<string, KnownEvent>()
  for (const term of terms) {
    const { commitment_id, ends_on, provider, account, service, per_day } = term
    const scope = { provider, account, service, team: term[owner] }
    const key = JSON.stringify([commitment_id, scope])
    const sum = (events.get(key)?.per_day ?? 0) + Number(per_day)
    events.set(key, { scope, start: ends_on, per_day: sum, reason: `${commitment_id} ends` })
  }
  return [...events.values()].map((event) => ({ ...event, per_day: Math.round((event.per_day ?? 0) * 1e4) / 1e4 }))
}

import type { Fraction } from '../core/money.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { fraction, lower, minus, zero } from './fraction.ts'
import { type LabData, readLabData } from './lab-data.ts'
import type { LabDocument, LabRefusal, LabSuggestion } from './lab-document.ts'
import { type Scope, scopesOf } from './lab-scopes.ts'
import { hoursTo, type Stand, standAt } from './lab-stand.ts'
import { type SuggestOptions, suggestScope } from './lab-suggest.ts'
import { walkForward, walkTotals } from './lab-walk.ts'
import { lookbackDays } from './postures.ts'
import type { Policy } from './size.ts'

type Answers = Pick<LabDocument, 'suggestions' | 'refused'>

/** What the lab is asked; everything but the instant has a default. */
export interface LabOptions {
  readonly now: Date
  /** Commitments that end within so many days are counted as ended; default 30. */
  readonly horizon_days?: number
  /** Term of the purchases; default 12 months. */
  readonly term_months?: number
  /** Annual cost of capital that an upfront payment has to earn; default 0.08. */
  readonly capital_rate?: number
  /** Limits of every purchase (specs/commitments.md section 8): vanish, salvage, utilisation floor. */
  readonly policy?: Omit<Policy, 'step' | 'cap'>
  /** Most that all suggestions of a currency may come to, at commitment prices per hour: the best savings for the money come first. */
  readonly budget_per_hour?: Fraction
  /** Past months to walk forward through; default 12, 0 for none. */
  readonly months?: number
}

/**
 * The purchase lab on the lake (specs/commitments.md sections 8 to 10): what to commit to, scope by scope, with its price source, outcomes,
 * options and back-test; what is refused and why; and what the last months would have cost, had its balanced sizes been bought.
 *
 * `warehouse` may be read-only; temporary tables `lab_*` stay on its connection. Sizes are of usage at on-demand prices in the billing
 * currency; currencies are never added. Throws QueryError where a query of queries/lab fails.
 */
export async function labResults(warehouse: Warehouse, options: LabOptions): Promise<LabDocument> {
  return labDocument(await readLabData(warehouse, options.now), options)
}

/** The same from what `readLabData` has read: seconds of work that reads nothing more. */
export function labDocument(data: LabData | null, options: LabOptions): LabDocument {
  const { now, horizon_days = 30, term_months = 12, capital_rate = 0.08, months = 12 } = options
  const settings = { lookback_days: lookbackDays.at(-1) ?? 90, horizon_days, term_months, capital_rate }
  const asked_at = now.toISOString()
  const head = { schema: 'costwright-commitment-lab/1' as const, asked_at, settings }
  if (!data || data.series.length === 0)
    return {
      ...head,
      demand: null,
      eligibility: data?.eligibility ?? '',
      suggestions: [],
      refused: [],
      commitments: [],
      walk_forward: [],
      walk_forward_totals: [],
    }
  const scopes = scopesOf(data)
  const standing = () => standAt(data, hoursTo(data, data.end), horizon_days)
  const policy = options.policy ?? {}
  const asking = { asked: asked_at.slice(0, 10), term_months, capital_rate, policy }
  const free = answersOf(data, standing(), scopes, () => asking)
  const capped = (budget: Fraction) => {
    const share = shares(free.suggestions, budget)
    return answersOf(data, standing(), scopes, ({ id }) => ({
      ...asking,
      policy: { ...policy, cap: share.get(id) ?? zero },
    }))
  }
  const answers = options.budget_per_hour ? capped(options.budget_per_hour) : free
  const walked = walkForward(data, scopes, { months, term_months, horizon_days })
  return {
    ...head,
    demand: { from: `${data.start}T00:00:00Z`, to: `${data.end}T00:00:00Z` },
    eligibility: data.eligibility,
    ...answers,
    commitments: standing().commitments.map(({ commitment, per_hour, is_put_back }) => ({
      commitment_id: commitment.commitment_id,
      provider: commitment.provider,
      currency: commitment.currency,
      commitment_type: commitment.commitment_type,
      per_hour: per_hour.toFixed(4),
      ends_at: commitment.ends_at,
      is_put_back,
    })),
    walk_forward: walked,
    walk_forward_totals: walkTotals(walked),
  }
}

function answersOf(
  data: LabData,
  stand: Stand,
  scopes: readonly Scope[],
  asking: (scope: Scope) => SuggestOptions,
): Answers {
  const suggestions: LabSuggestion[] = []
  const refused: LabRefusal[] = []
  for (const scope of scopes) {
    const answer = suggestScope(data, stand, scope, asking(scope))
    if (answer && 'reason' in answer) refused.push(answer)
    else if (answer) suggestions.push(answer)
  }
  return {
    suggestions: suggestions.sort((a, b) => Number(b.saving_per_month) - Number(a.saving_per_month)),
    refused: refused.sort((a, b) => Number(b.uncovered_per_hour) - Number(a.uncovered_per_hour)),
  }
}

/** What each suggestion may cost an hour when a currency has `budget`: those that save most for their cost get theirs first. */
function shares(suggestions: readonly LabSuggestion[], budget: Fraction): ReadonlyMap<string, Fraction> {
  const left = new Map<string, Fraction>()
  const worth = (each: LabSuggestion) => Number(each.saving_per_month) / Number(each.commitment_per_hour)
  return new Map(
    suggestions
      .toSorted((a, b) => worth(b) - worth(a))
      .map(({ scope, currency, commitment_per_hour }) => {
        const rest = left.get(currency) ?? budget
        const share = lower(rest, fraction(commitment_per_hour))
        left.set(currency, minus(rest, share))
        return [scope, share]
      }),
  )
}

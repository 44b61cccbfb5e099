/** What a shared commitment did for one account, currency units. */
export interface AccountUse {
  readonly covered_ode: number
  readonly covered_effective: number
  /** Eligible usage that stayed on demand. */
  readonly uncovered: number
}

/** Cost by account; the total is the same in all three. */
export interface SharedCost {
  readonly provider_native: Readonly<Record<string, number>>
  readonly by_benefit: Readonly<Record<string, number>>
  readonly pooled: Readonly<Record<string, number>>
}

/**
 * Charges a shared commitment by three policies (specs/commitments.md section 12): as the provider does, unused cost to its owner; unused
 * cost by the benefit received (covered on-demand equivalent less effective cost); everything by share of eligible on-demand equivalent.
 * Without any benefit the unused cost stays with the owner (vector C19).
 */
export function shareCommitment(
  accounts: Readonly<Record<string, AccountUse>>,
  unused_cost: number,
  owner: string,
): SharedCost {
  const entries = Object.entries(accounts)
  const sumOf = (pick: (use: AccountUse) => number) => entries.reduce((sum, [, use]) => sum + pick(use), 0)
  const own = (use: AccountUse) => use.covered_effective + use.uncovered
  const benefit = (use: AccountUse) => use.covered_ode - use.covered_effective
  const eligible = (use: AccountUse) => use.covered_ode + use.uncovered
  const total = sumOf(own) + unused_cost
  const [benefits, demand] = [sumOf(benefit), sumOf(eligible)]
  const each = (cost: (account: string, use: AccountUse) => number) =>
    Object.fromEntries(entries.map(([account, use]) => [account, cost(account, use)]))
  const native = (account: string, use: AccountUse) => own(use) + (account === owner ? unused_cost : 0)
  return {
    provider_native: each(native),
    by_benefit: each((account, use) =>
      benefits === 0 ? native(account, use) : own(use) + (unused_cost * benefit(use)) / benefits,
    ),
    pooled: each((account, use) => (demand === 0 ? native(account, use) : (total * eligible(use)) / demand)),
  }
}

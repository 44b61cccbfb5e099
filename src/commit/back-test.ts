import { type Demand, sliceOf } from './demand.ts'
import { performanceOf, savingsOf } from './performance.ts'

/** How a purchase rule would have done at past origins (specs/commitments.md section 10). Money in currency units over all origins. */
export interface BackTest {
  /** Entries of history that each fit sees. */
  readonly lookback: number
  readonly horizon: number
  readonly origins: number
  /** Origins at which the purchase cost more than buying nothing. */
  readonly losses: number
  readonly savings: number
  readonly on_demand: number
  /** Savings ÷ on-demand cost; null without demand. */
  readonly savings_rate: number | null
  /** Used ÷ paid; null where nothing was bought. */
  readonly utilisation: number | null
  /** Cost above that of the same rule fitted on the scored hours themselves. */
  readonly regret: number
  /** What buying the mean of the history would have saved, and the origins at which it beat the rule. */
  readonly mean_savings: number
  readonly losses_to_mean: number
}

/** A rule that buys: discounted currency units an entry for a history. */
export type Rule = (history: Demand) => number

/** Largest share of origins at which a shown suggestion may have lost money. */
export const mostLosses = 0.25

/**
 * Buys by `rule` at every origin and scores the purchase on the `horizon` entries that follow, which the rule does not see.
 *
 * @param lookback entries of history at each origin
 * @param horizon entries scored after each origin; origins stand one horizon apart, the last one scores the last entries
 * @param oracle the rule that sees the scored entries; default `rule`
 */
export function backTest(demand: Demand, rule: Rule, lookback: number, horizon: number, oracle: Rule = rule): BackTest {
  const sum = {
    origins: 0,
    losses: 0,
    savings: 0,
    on_demand: 0,
    used: 0,
    paid: 0,
    regret: 0,
    mean_savings: 0,
    losses_to_mean: 0,
  }
  const first = lookback + ((demand.hours - lookback) % horizon)
  for (let origin = first; origin + horizon <= demand.hours; origin += horizon) {
    const scored = sliceOf(demand, origin, origin + horizon)
    const history = sliceOf(demand, origin - lookback, origin)
    const done = performanceOf(scored, rule(history))
    const mean = savingsOf(performanceOf(scored, meanOf(history)))
    const best = savingsOf(performanceOf(scored, oracle(scored)))
    const savings = savingsOf(done)
    sum.origins++
    if (savings < -1e-9 * done.on_demand) sum.losses++
    sum.savings += savings
    sum.on_demand += done.on_demand
    sum.used += done.used
    sum.paid += done.paid
    sum.regret += best - savings
    sum.mean_savings += mean
    if (mean - savings > 1e-9 * done.on_demand) sum.losses_to_mean++
  }
  const { used, paid, ...shown } = sum
  return {
    lookback,
    horizon,
    ...shown,
    savings_rate: sum.on_demand === 0 ? null : sum.savings / sum.on_demand,
    utilisation: paid === 0 ? null : used / paid,
  }
}

/** The commitment that covers the mean of a demand: what buying by averages comes to. Discounted currency units an entry. */
export function meanOf({ starts, priced, hours }: Demand): number {
  let total = 0
  for (let hour = 0; hour < hours; hour++) {
    const end = starts[hour + 1] as number
    if (end > (starts[hour] as number)) total += priced[end - 1] as number
  }
  return hours === 0 ? 0 : total / hours
}

/** Why a back-test forbids to show a purchase as a suggestion, or null where it does not. */
export function refusal({ savings, losses, origins }: Pick<BackTest, 'savings' | 'losses' | 'origins'>): string | null {
  if (savings < 0) return `in the back-test it lost money in total over ${origins} origins`
  if (losses > mostLosses * origins) return `in the back-test it lost money at ${losses} of ${origins} origins`
  return null
}

/** A demand in on-demand currency units per hour that comes with probability `p`. */
export interface Scenario {
  readonly p: number
  readonly demand: number
}

/** Hourly cost of covering `committed` on-demand units at discount `d` when demand is `demand`: (1 − d)·K + max(0, D − K). */
export function hourlyCost(committed: number, demand: number, d: number): number {
  return (1 - d) * committed + Math.max(0, demand - committed)
}

/** Probability-weighted hourlyCost over scenarios. */
export function expectedCost(scenarios: readonly Scenario[], committed: number, d: number): number {
  return scenarios.reduce((sum, { p, demand }) => sum + p * hourlyCost(committed, demand, d), 0)
}

/**
 * The size with the lowest expected cost: the weighted d-quantile of the scenarios, the smallest one of a flat top
 * (specs/commitments.md section 10). On-demand units per hour; 0 for d ≤ 0.
 *
 * Demands of 100, 70 and 40 with probabilities 0.5, 0.3 and 0.2 at d = 0.4 give 70 (vector C11).
 */
export function bestForScenarios(scenarios: readonly Scenario[], d: number): number {
  if (d <= 0) return 0
  let reached = 0
  for (const { p, demand } of scenarios.toSorted((a, b) => a.demand - b.demand)) {
    reached += p
    if (reached >= d - 1e-12) return demand
  }
  return scenarios.reduce((most, { demand }) => Math.max(most, demand), 0)
}

/**
 * The size whose worst regret is least where demand is only known to lie from `low` to `high`: L + d·(H − L), with a worst regret of
 * d·(1 − d)·(H − L).
 */
export function minimaxRegret(
  low: number,
  high: number,
  d: number,
): { readonly size: number; readonly regret: number } {
  return { size: low + d * (high - low), regret: d * (1 - d) * (high - low) }
}

/** The largest regret of a size over demands: its cost above the cheapest cost that knows the demand, (1 − d)·D. */
export function worstRegret(committed: number, demands: readonly number[], d: number): number {
  return demands.reduce((worst, demand) => Math.max(worst, hourlyCost(committed, demand, d) - (1 - d) * demand), 0)
}

/** Prices of two terms relative to on demand, fractions: 0.72 is a discount of 28 %. */
export interface TermRatios {
  readonly one_year: number
  readonly three_year: number
}

/** Ways to pay for a workload; costs are in months of on-demand cost. */
export interface TermCosts {
  readonly on_demand: number
  readonly one_year_renewed: number
  /** One year once, then on demand. */
  readonly one_year_then_on_demand: number
  readonly three_year: number
}

/**
 * What a workload costs that ends after `months` (specs/commitments.md section 10): on demand m; one year renewed 12·r1·ceil(m ÷ 12);
 * three years 36·r3, renewed likewise.
 *
 * With 0.72 and 0.54, three years beat renewal from month 25 on (vector C12).
 */
export function termCosts({ one_year, three_year }: TermRatios, months: number): TermCosts {
  return {
    on_demand: months,
    one_year_renewed: 12 * one_year * Math.ceil(months / 12),
    one_year_then_on_demand: 12 * one_year + Math.max(0, months - 12),
    three_year: 36 * three_year * Math.ceil(months / 36),
  }
}

/** The cheapest of some ways; the one with the least lock-in of equals. */
export function cheapest(
  costs: TermCosts,
  ways: readonly (keyof TermCosts)[] = ['on_demand', 'one_year_then_on_demand', 'one_year_renewed', 'three_year'],
): keyof TermCosts {
  return ways.reduce((best, way) => (costs[way] < costs[best] - 1e-9 ? way : best))
}

/**
 * Expected cost of each way over 36 months for a workload that ends in any month with probability `hazard`, in months of on-demand
 * cost. The hazard by workload class is configuration; 0 is a workload that stays.
 */
export function expectedTermCosts(ratios: TermRatios, hazard: number): TermCosts {
  const sum = { on_demand: 0, one_year_renewed: 0, one_year_then_on_demand: 0, three_year: 0 }
  for (let months = 1; months <= 36; months++) {
    const probability = months === 36 ? (1 - hazard) ** 35 : hazard * (1 - hazard) ** (months - 1)
    const costs = termCosts(ratios, months)
    for (const way of Object.keys(sum) as (keyof TermCosts)[]) sum[way] += probability * costs[way]
  }
  return sum
}

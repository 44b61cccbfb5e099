/**
 * The quantile of demand up to which a commitment pays (specs/commitments.md section 8): d, with salvage d ÷ (1 − s(1 − d)), with a
 * probability h that demand disappears (q − h) ÷ (1 − h). 0 where nothing is worth buying.
 *
 * @param discount d as a fraction below 1
 * @param vanish h, probability from 0 to 1 that the whole demand disappears
 * @param salvage s, fraction from 0 to 1 of the unused cost that is recovered
 *
 * `sizingQuantile(0.3, 0.1)` is 0.2222, `sizingQuantile(0.3, 0, 0.5)` is 0.4615 (vector C29).
 */
export function sizingQuantile(discount: number, vanish = 0, salvage = 0): number {
  if (discount <= 0) return 0
  const quantile = discount / (1 - salvage * (1 - discount))
  return vanish >= quantile ? 0 : (quantile - vanish) / (1 - vanish)
}

/**
 * The discount that is left when on-demand prices are expected to fall by `cut` over the term: 1 − (1 − d) ÷ (1 − δ).
 *
 * `discountAfterCut(0.4, 0.1)` is 0.3333. Fractions below 1.
 */
export function discountAfterCut(discount: number, cut: number): number {
  return 1 - (1 - discount) / (1 - cut)
}

/**
 * The smallest level that demand does not exceed in at least `quantile` of the hours: the ceil(q·n)-th smallest of n, never
 * interpolated. 0 for a quantile of 0 and for no hours.
 *
 * `levelAt([4, 6, 6, 8, 10, 10, 12, 14, 16, 20], 0.3)` is 6 (vector C08).
 */
export function levelAt(demand: ArrayLike<number>, quantile: number): number {
  const rank = Math.ceil(quantile * demand.length - 1e-9)
  return rank <= 0 ? 0 : (Float64Array.from(demand).sort()[Math.min(rank, demand.length) - 1] as number)
}

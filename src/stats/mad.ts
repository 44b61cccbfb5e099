import { median } from './median.ts'

/** Makes the median absolute deviation of a normal sample estimate its standard deviation: 1 / Φ⁻¹(3/4). */
export const madToSigma = 1.482602218505602

/**
 * Median absolute deviation from `center` (default: the median), raw: without the factor `madToSigma`.
 *
 * In the values' unit; NaN is left out; NaN for no values. `mad([1, 1, 2, 2, 4, 6, 9])` is 1.
 */
export function mad(values: ArrayLike<number>, center: number = median(values)): number {
  return median(Float64Array.from(values, (value) => Math.abs(value - center)))
}

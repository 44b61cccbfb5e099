/**
 * Quantile of type 7 (linear interpolation, as DuckDB `quantile_cont`) of values in ascending order.
 *
 * `quantileSorted([1, 2, 3, 4], 0.25)` is 1.75. The result has the values' unit; NaN for no values.
 */
export function quantileSorted(sorted: ArrayLike<number>, share: number): number {
  const place = (sorted.length - 1) * share
  const below = Math.floor(place)
  const low = sorted[below] ?? Number.NaN
  const high = sorted[below + 1] ?? low
  return low + (place - below) * (high - low)
}

/** Quantile of type 7 of values in any order; NaN among them is left out. `quantile([4, 1, 3, 2], 0.25)` is 1.75. */
export function quantile(values: ArrayLike<number>, share: number): number {
  return quantileSorted(sortedNumbers(values), share)
}

/** The values without NaN, ascending, in a new array. */
export function sortedNumbers(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort()
  let length = sorted.length
  while (length > 0 && Number.isNaN(sorted[length - 1])) length--
  return sorted.subarray(0, length)
}

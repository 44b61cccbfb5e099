import { quantileSorted, sortedNumbers } from './quantile.ts'

/** Median of the values, in their unit; NaN among them is left out, NaN for none. `median([3, 1, 2, 10])` is 2.5. */
export function median(values: ArrayLike<number>): number {
  return quantileSorted(sortedNumbers(values), 0.5)
}

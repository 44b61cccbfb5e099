/** Median of the first `count` values, which it sorts in place; fast for a few dozen. NaN for none. */
export function smallMedian(values: Float64Array, count: number): number {
  for (let i = 1; i < count; i++) {
    const value = values[i] as number
    let at = i
    while (at > 0 && (values[at - 1] as number) > value) {
      values[at] = values[at - 1] as number
      at--
    }
    values[at] = value
  }
  if (count === 0) return Number.NaN
  const middle = count >> 1
  return count % 2 ? (values[middle] as number) : ((values[middle - 1] as number) + (values[middle] as number)) / 2
}

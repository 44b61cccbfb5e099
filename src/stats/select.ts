/** The k-th smallest (0-based) of `values[0, length)`, which is reordered in place; expected linear time. */
export function selectInPlace(values: Float64Array, length: number, k: number): number {
  let low = 0
  let high = length - 1
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number
    let i = low
    let j = high
    while (i <= j) {
      while ((values[i] as number) < pivot) i++
      while ((values[j] as number) > pivot) j--
      if (i <= j) {
        const swap = values[i] as number
        values[i++] = values[j] as number
        values[j--] = swap
      }
    }
    if (k <= j) high = j
    else if (k >= i) low = i
    else return values[k] as number
  }
  return values[k] as number
}

/** Median of `values[0, length)`, which is reordered in place; NaN when there is none. */
export function medianInPlace(values: Float64Array, length: number): number {
  if (length === 0) return Number.NaN
  const upper = selectInPlace(values, length, length >> 1)
  if (length % 2 === 1) return upper
  let lower = values[0] as number
  for (let i = 1; i < length >> 1; i++) if ((values[i] as number) > lower) lower = values[i] as number
  return (lower + upper) / 2
}

/** Quantile of type 7 of `values[0, length)`, which is reordered in place; equal to `quantile`, NaN when there is none. */
export function quantileInPlace(values: Float64Array, length: number, share: number): number {
  if (length === 0) return Number.NaN
  const place = (length - 1) * share
  const below = Math.floor(place)
  const low = selectInPlace(values, length, below)
  if (below + 1 >= length) return low
  let high = values[below + 1] as number
  for (let i = below + 2; i < length; i++) if ((values[i] as number) < high) high = values[i] as number
  return low + (place - below) * (high - low)
}

/**
 * Median of the `2 · half + 1` values around each index, NaN left out; at the ends of `[from, to]` the window is cut off.
 *
 * @param values any unit; the result has the same
 * @param from first index of the window and of the result, inclusive
 * @param to last index, inclusive; values beyond it are never read
 * @returns an array as long as `values`; NaN outside `[from, to]` and where a window holds no value
 *
 * `rollingMedian(Float64Array.of(1, 9, 2), 0, 2, 1)` is `[5, 2, 5.5]`
 */
export function rollingMedian(values: Float64Array, from: number, to: number, half: number): Float64Array {
  const result = new Float64Array(values.length).fill(Number.NaN)
  const window = new Float64Array(2 * half + 2)
  let size = 0
  const place = (value: number) => {
    let low = 0
    let high = size
    while (low < high) {
      const middle = (low + high) >> 1
      if ((window[middle] as number) < value) low = middle + 1
      else high = middle
    }
    return low
  }
  const insert = (value: number) => {
    if (Number.isNaN(value)) return
    const at = place(value)
    window.copyWithin(at + 1, at, size)
    window[at] = value
    size++
  }
  const remove = (value: number) => {
    if (Number.isNaN(value)) return
    const at = place(value)
    window.copyWithin(at, at + 1, size)
    size--
  }
  for (let i = from; i <= Math.min(to, from + half - 1); i++) insert(values[i] as number)
  for (let i = from; i <= to; i++) {
    if (i + half <= to) insert(values[i + half] as number)
    if (i - half - 1 >= from) remove(values[i - half - 1] as number)
    if (size > 0) {
      const middle = size >> 1
      result[i] =
        size % 2 === 1 ? (window[middle] as number) : ((window[middle - 1] as number) + (window[middle] as number)) / 2
    }
  }
  return result
}

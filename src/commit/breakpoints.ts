/** Rows of consecutive hours with the commitment, cumulated within the hour, that covers each: see Demand. */
export interface Breakpoints {
  readonly hours: number
  readonly starts: Uint32Array
  readonly priced: Float64Array
}

/**
 * The row with the first breakpoint at which net savings stop rising; null where they do not rise at 0.
 *
 * Net savings are concave and piecewise linear in the commitment (specs/commitments.md section 9), so that breakpoint is the smallest
 * best commitment.
 *
 * @param isRising whether one unit more than a commitment would add to net savings
 */
export function firstFlat(rows: Breakpoints, isRising: (commitment: number) => boolean): number | null {
  if (!isRising(0)) return null
  let low = 0
  let high = highest(rows)
  for (let step = 0; step < 60 && low < high; step++) {
    const middle = low + (high - low) / 2
    if (middle <= low || middle >= high) break
    if (isRising(middle)) low = middle
    else high = middle
  }
  for (;;) {
    const row = nextRow(rows, low)
    if (row === null || !isRising(rows.priced[row] as number)) return row
    low = rows.priced[row] as number
  }
}

/** First row of an hour, rows `start` to `end`, whose breakpoint lies above `commitment`; `end` where the hour is covered. */
export function marginal(priced: Float64Array, start: number, end: number, commitment: number): number {
  let low = start
  let high = end
  while (low < high) {
    const middle = (low + high) >> 1
    if ((priced[middle] as number) > commitment) high = middle
    else low = middle + 1
  }
  return low
}

function highest({ hours, starts, priced }: Breakpoints): number {
  let high = 0
  for (let hour = 0; hour < hours; hour++) {
    const end = starts[hour + 1] as number
    if (end > (starts[hour] as number) && (priced[end - 1] as number) > high) high = priced[end - 1] as number
  }
  return high
}

/** The row with the lowest breakpoint above `commitment`. */
function nextRow({ hours, starts, priced }: Breakpoints, commitment: number): number | null {
  let best: number | null = null
  for (let hour = 0; hour < hours; hour++) {
    const end = starts[hour + 1] as number
    const row = marginal(priced, starts[hour] as number, end, commitment)
    if (row < end && (best === null || (priced[row] as number) < (priced[best] as number))) best = row
  }
  return best
}

/** What a FinOps lead would call material: this much a day, and this share of what was expected. */
const leastAmount = 40
const leastShare = 0.25

/** The recent past of a series as a human reads it off a chart, in currency units a day. */
export interface Past {
  readonly expected: number
  readonly spread: number
  readonly highest: number
}

/** Reads the eight weeks before `day`: median of four same weekdays, spread of weekly differences, highest day of two months. */
export function pastOf(series: Float64Array, day: number): Past {
  const differences = Array.from({ length: 56 }, (_, i) =>
    Math.abs((series[day - 1 - i] as number) - (series[day - 8 - i] as number)),
  )
  return {
    expected: median([7, 14, 21, 28].map((back) => series[day - back] as number)),
    spread: (1.4826 * median(differences)) / Math.SQRT2,
    highest: Math.max(...series.subarray(day - 60, day)),
  }
}

export const isMaterial = (excess: number, expected: number) => excess >= leastAmount && excess >= leastShare * expected

/** Whether a single day's excess stands out: far beyond the spread, or beyond every day of two months. */
export function showsAsSpike(excess: number, { expected, spread, highest }: Past): boolean {
  if (!isMaterial(excess, expected)) return false
  return excess >= 9 * spread || (excess >= 5 * spread && expected + excess >= 1.15 * highest)
}

/** Whether a lasting excess stands out within two weeks. */
export function showsAsLevel(excess: number, { expected, spread }: Past): boolean {
  return isMaterial(excess, expected) && excess >= 3 * spread
}

/** The lower median; 0 for no values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0
}

/** What a FinOps lead would call material: this much a day, and this share of what was expected. */
const leastAmount = 40
const leastShare = 0.25
/** Series whose weekly differences spread wider than this share of their level are read by their peaks. */
const erratic = 0.12

/** The recent past of a series as a human reads it off a chart, in currency units a day. */
export interface Past {
  readonly expected: number
  readonly spread: number
  /** Highest day of half a year, and the value that one same weekday in ten reaches. */
  readonly highest: number
  readonly busiest: number
}

/** Reads the past of `day`: median of four same weekdays, spread of the weekly differences of eight weeks, peaks of half a year. */
export function pastOf(series: Float64Array, day: number): Past {
  const differences = Array.from({ length: 56 }, (_, i) =>
    Math.abs((series[day - 1 - i] as number) - (series[day - 8 - i] as number)),
  )
  const weekdays = Array.from({ length: 26 }, (_, i) => series[day - 7 * (i + 1)] ?? 0).sort((a, b) => b - a)
  return {
    busiest: weekdays[2] as number,
    expected: median([7, 14, 21, 28].map((back) => series[day - back] as number)),
    spread: (1.4826 * median(differences)) / Math.SQRT2,
    highest: Math.max(...series.subarray(Math.max(0, day - 180), day)),
  }
}

export const isMaterial = (excess: number, expected: number) => excess >= leastAmount && excess >= leastShare * expected

/** Whether a single day's excess stands out on a chart: on calm series from the spread, on erratic ones from every earlier peak. */
export function showsAsSpike(excess: number, { expected, spread, highest, busiest }: Past): boolean {
  if (!isMaterial(excess, expected)) return false
  const value = expected + excess
  if (spread === 0 || spread > erratic * expected) return value >= 1.4 * highest
  return excess >= 5 * spread && value >= 1.2 * busiest && (excess >= 9 * spread || value >= 1.15 * highest)
}

/** Whether a lasting excess stands out within two weeks. */
export function showsAsLevel(excess: number, { expected, spread }: Past): boolean {
  return isMaterial(excess, expected) && excess >= 3 * spread
}

/** The lower median; 0 for no values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0
}

import type { SeriesInput } from '../detect/input.ts'
import { median } from '../stats/median.ts'

const enough = 0.97
const settled = 21
const maxLag = 7

/**
 * How many days before the origin (inclusive) are still incomplete, learnt from the file's own vintages: the largest lag, over
 * providers, at which usually less than 97 % of a day's cost is visible. 0 without `available_on`.
 *
 * @param last origin as a day index of the input
 */
export function incompleteDays(input: SeriesInput, last: number): number {
  if (!input.vintages) return 0
  const { rows } = input
  const morning = last + 1
  const byProvider = new Map<string, Float64Array[]>()
  for (let i = 0; i < rows.length; i++) {
    const day = rows.day[i] as number
    const seen = rows.seen[i] as number
    if (day < 0 || day > morning - settled || seen > morning) continue
    const provider = input.leaves[input.cells[rows.cell[i] as number]?.leaf as number]?.provider ?? ''
    const lags =
      byProvider.get(provider) ?? Array.from({ length: maxLag + 2 }, () => new Float64Array(Math.max(0, morning)))
    byProvider.set(provider, lags)
    for (let lag = Math.max(0, seen - day); lag <= maxLag + 1; lag++) {
      const sums = lags[lag] as Float64Array
      sums[day] = (sums[day] as number) + Math.abs(rows.amount[i] as number)
    }
    const all = lags[maxLag + 1] as Float64Array
    if (seen - day > maxLag + 1) all[day] = (all[day] as number) + Math.abs(rows.amount[i] as number)
  }
  let incomplete = 0
  for (const lags of byProvider.values()) {
    const final = lags[maxLag + 1] as Float64Array
    for (let lag = 1; lag <= maxLag; lag++) {
      const shares = [...final.keys()].flatMap((day) =>
        final[day] === 0 ? [] : [((lags[lag] as Float64Array)[day] as number) / (final[day] as number)],
      )
      if (shares.length >= settled && median(shares) < enough) incomplete = Math.max(incomplete, lag)
    }
  }
  return incomplete
}

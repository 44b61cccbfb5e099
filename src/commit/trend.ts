import { median } from '../stats/median.ts'
import type { Demand } from './demand.ts'

/** Weeks of demand that a trend needs, and the most by which it may scale a purchase, up or down. */
const least = 6
const mostChange = 0.5

/**
 * Demand half a horizon after the last entry over the demand of the whole history, by the median slope between weekly totals
 * (Theil–Sen), bounded to a change of 50 %. 1 for less than six weeks or for no demand.
 *
 * @param week entries of a week
 * @param horizon entries for which is bought
 */
export function trendFactor(demand: Demand, week: number, horizon: number): number {
  const weeks = Math.floor(demand.hours / week)
  if (weeks < least) return 1
  const from = demand.hours - weeks * week
  const totals = Array.from({ length: weeks }, (_, i) => totalOf(demand, from + i * week, from + (i + 1) * week))
  const slopes: number[] = []
  for (let a = 0; a < weeks; a++)
    for (let b = a + 1; b < weeks; b++) slopes.push(((totals[b] as number) - (totals[a] as number)) / (b - a))
  const level = median(totals)
  if (level <= 0) return 1
  const ahead = weeks / 2 + horizon / week / 2
  return Math.min(1 + mostChange, Math.max(1 - mostChange, 1 + (median(slopes) * ahead) / level))
}

function totalOf({ starts, listed }: Demand, from: number, to: number): number {
  let total = 0
  for (let hour = from; hour < to; hour++) {
    const end = starts[hour + 1] as number
    if (end > (starts[hour] as number)) total += listed[end - 1] as number
  }
  return total
}

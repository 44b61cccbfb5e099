import { quantileSorted } from '../stats/quantile.ts'
import type { Demand } from './demand.ts'
import { performanceOf, savingsOf } from './performance.ts'
import { bestRow, type Worth } from './search.ts'

const draws = 100

/** A 5 % to 95 % range. */
export interface Range {
  readonly low: number
  readonly high: number
}

/**
 * Where the best commitment would lie on other draws of the same weeks: block bootstrap with whole weeks, 5 % to 95 %
 * (specs/commitments.md section 8). Discounted currency units an entry; null for less than four weeks.
 *
 * @param week entries of a week: 168, or 7 for days
 */
export function commitmentRange(demand: Demand, worth: Worth, week: number): Range | null {
  const weeks = Math.floor(demand.hours / week)
  if (weeks < 4) return null
  const random = sequence()
  const from = demand.hours - weeks * week
  const found = Float64Array.from({ length: draws }, () => {
    const counts = new Float64Array(weeks)
    for (let i = 0; i < weeks; i++) {
      const drawn = Math.floor(random() * weeks)
      counts[drawn] = (counts[drawn] as number) + 1
    }
    const weights = Float64Array.from({ length: demand.hours }, (_, hour) =>
      hour < from ? 0 : (counts[Math.floor((hour - from) / week)] as number),
    )
    const row = bestRow(demand, worth, weights)
    return row === null ? 0 : (demand.priced[row] as number)
  })
  return rangeOf(found)
}

/**
 * Net savings an entry of a purchase over a quarter of weeks drawn from the demand, 5 % to 95 %, and its worst week.
 * Null for less than four weeks.
 */
export function outcomeRange(
  demand: Demand,
  commitment: number,
  week: number,
): { readonly savings: Range; readonly worst_week_utilisation: number | null } | null {
  const weeks = Math.floor(demand.hours / week)
  if (weeks < 4) return null
  const from = demand.hours - weeks * week
  const done = Array.from({ length: weeks }, (_, i) =>
    performanceOf(demand, commitment, from + i * week, from + (i + 1) * week),
  )
  const savings = done.map(savingsOf)
  const random = sequence()
  const quarter = 13
  const found = Float64Array.from({ length: 1000 }, () => {
    let total = 0
    for (let i = 0; i < quarter; i++) total += savings[Math.floor(random() * weeks)] as number
    return total / (quarter * week)
  })
  const used = done.map((one) => (one.paid === 0 ? 1 : one.used / one.paid))
  return {
    savings: rangeOf(found),
    worst_week_utilisation: commitment === 0 ? null : used.reduce((least, each) => Math.min(least, each)),
  }
}

function rangeOf(values: Float64Array): Range {
  const sorted = values.sort()
  return { low: quantileSorted(sorted, 0.05), high: quantileSorted(sorted, 0.95) }
}

/** Pseudo-random numbers from 0 to 1, the same ones at every call (mulberry32), so that an answer can be reproduced. */
function sequence(): () => number {
  let state = 20_260_101
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

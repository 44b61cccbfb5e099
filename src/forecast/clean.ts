import { rollingMedian } from '../stats/rolling-median.ts'
import { medianInPlace } from '../stats/select.ts'
import type { Calendar } from './calendar.ts'
import { monthPriced } from './month-price.ts'
import type { Pattern } from './pattern.ts'
import { weekdayProfile } from './profile.ts'
import { stepFactors } from './steps.ts'

const spikeSpreads = 5
const spikePart = 0.04
const daysOfMonth = 365.25 / 12

/** A daily series without calendar and incidents. Arrays are by point; `day` gives each point's day index. */
export interface Clean {
  readonly points: number
  readonly day: Int32Array
  /** Level of each point in currency units a day, brought to the latest level; NaN where the day was an incident. */
  readonly level: Float64Array
  /** Local robust level, same unit, before steps are removed. */
  readonly local: Float64Array
  readonly steps: Float64Array
  /** Weekday factors, mean 1. */
  readonly profile: Float64Array
  readonly monthPriced: boolean
  /** Robust spread of a day around its expectation, as a fraction of the level. */
  readonly spread: number
  /** Days off their expectation by more than the spread allows, with the excess in currency units. */
  readonly events: readonly { readonly day: number; readonly amount: number }[]
}

/**
 * Takes weekday, month length, spikes and steps out of a series.
 *
 * @param cost currency units a day
 * @param from first day, inclusive
 * @param to last known day, inclusive; nothing later is read
 * @param missing 1 on days whose cost is unknown (account without rows)
 */
export function cleanSeries(
  cost: Float64Array,
  calendar: Calendar,
  range: { readonly from: number; readonly to: number },
  pattern: Pattern,
  missing: Uint8Array,
): Clean {
  const { points, day, weekday, value } = pointsOf(cost, calendar, range, pattern, missing)
  const half = pattern.active.filter(Boolean).length > 2 ? 10 : 3
  const rough = rollingMedian(value, 0, points - 1, half)
  const ratio = new Float64Array(points)
  for (let i = 0; i < points; i++) ratio[i] = safeRatio(value[i] as number, rough[i] as number)
  const first = weekdayProfile(ratio, weekday, points, pattern.active, true)
  const flat = new Float64Array(points)
  const divide = (profile: Float64Array) => {
    for (let i = 0; i < points; i++) flat[i] = safeRatio(value[i] as number, profile[weekday[i] as number] as number)
  }
  divide(first)
  const local = rollingMedian(flat, 0, points - 1, half)
  const limit = spikeLimit(flat, local, points)
  const keep = (i: number) => Math.abs((flat[i] as number) - (local[i] as number)) <= limit(i)
  for (let i = 0; i < points; i++) ratio[i] = keep(i) ? safeRatio(value[i] as number, local[i] as number) : Number.NaN
  const profile = weekdayProfile(ratio, weekday, points, pattern.active, false)
  divide(profile)
  const priced = monthPriced(local, day, calendar, points)
  const price = (i: number) => (priced ? (calendar.monthLength[day[i] as number] as number) / daysOfMonth : 1)
  const events: { day: number; amount: number }[] = []
  for (let i = 0; i < points; i++) {
    if (!keep(i)) {
      events.push({
        day: day[i] as number,
        amount: (value[i] as number) - (local[i] as number) * (profile[weekday[i] as number] as number),
      })
      flat[i] = Number.NaN
    }
    flat[i] = (flat[i] as number) * price(i)
    local[i] = (local[i] as number) * price(i)
  }
  const steps = stepFactors(flat, points)
  for (let i = 0; i < points; i++) flat[i] = (flat[i] as number) * (steps[i] as number)
  return { points, day, level: flat, local, steps, profile, monthPriced: priced, spread: limit(-1), events }
}

function pointsOf(
  cost: Float64Array,
  calendar: Calendar,
  ...[{ from, to }, pattern, missing]: [{ readonly from: number; readonly to: number }, Pattern, Uint8Array]
) {
  const day = new Int32Array(to - from + 1)
  const weekday = new Uint8Array(to - from + 1)
  const value = new Float64Array(to - from + 1)
  let points = 0
  for (let i = from; i <= to; i++) {
    const on = calendar.weekday[i] as number
    if (!pattern.active[on]) continue
    const unknown = missing[i] === 1 || (cost[i] === 0 && (pattern.hit[on] as number) >= 0.8)
    day[points] = i
    weekday[points] = on
    value[points++] = unknown ? Number.NaN : (cost[i] as number)
  }
  return { points, day, weekday, value }
}

function spikeLimit(flat: Float64Array, local: Float64Array, points: number): (i: number) => number {
  const off = new Float64Array(points)
  let n = 0
  for (let i = Math.max(0, points - 220); i < points; i++) {
    const part = safeRatio(Math.abs((flat[i] as number) - (local[i] as number)), Math.abs(local[i] as number))
    if (!Number.isNaN(part)) off[n++] = part
  }
  const spread = n === 0 ? 0 : 1.4826 * medianInPlace(off, n)
  const part = Math.max(spikeSpreads * spread, spikePart)
  return (i) => (i < 0 ? spread : part * Math.abs(local[i] as number))
}

function safeRatio(a: number, b: number): number {
  return Math.abs(b) < 1e-9 ? Number.NaN : a / b
}

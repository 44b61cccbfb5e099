import type { Baseline } from './baselines.ts'
import type { Calendar } from './calendar.ts'
import { windowsOf } from './windows.ts'

/** Days from an origin to the end of the next quarter, at most. */
export const longestAhead = 184

/** A baseline's points, currency units: sixty days, the origin's month with its known days, the next quarter. */
export interface SimpleAnswer {
  readonly daily: Float64Array
  readonly month: number
  readonly quarter: number
}

/**
 * Asks a baseline what the product is asked.
 *
 * @param series daily cost of a scope in currency units; days after the last known one are not read
 * @param calendar at least `longestAhead` days longer than the origin's index
 * @param at day index of the origin, and the days from the last known one to it
 */
export function simpleAnswer(
  { path }: Baseline,
  series: Float64Array,
  calendar: Calendar,
  { origin, skip }: { readonly origin: number; readonly skip: number },
): SimpleAnswer {
  const known = origin - skip
  const days = path(series.slice(0, known + 1), calendar, known, longestAhead + skip)
  const today = calendar.first + known
  const { month, quarter } = windowsOf(calendar.first + origin)
  const sum = ([start, end]: readonly [number, number]) => {
    let total = 0
    for (let day = start; day < end; day++)
      total += (day <= today ? series[day - calendar.first] : days[day - today - 1]) ?? 0
    return total
  }
  return { daily: days.slice(skip, 60 + skip), month: sum(month), quarter: sum(quarter) }
}

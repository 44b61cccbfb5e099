import type { Calendar } from './calendar.ts'

/** How the spend of a leaf is spread over days. `daily` includes weekday patterns with idle days; `sparse` has no usable calendar. */
export type Kind = 'daily' | 'sparse' | 'fee'

export interface Pattern {
  readonly dense: boolean
  /** Weekdays on which spend is expected. */
  readonly active: readonly boolean[]
  /** Share of a weekday's recent days that carry spend. */
  readonly hit: Float64Array
}

const recentDays = 84
const densePart = 0.4

/**
 * On which weekdays a leaf spends, from the last twelve weeks.
 *
 * @param cost daily cost in currency units, index = day of the calendar
 * @param birth first day with spend
 * @param last last known day, inclusive
 * @returns null for a leaf that spends on a minority of days without a weekly rhythm
 */
export function weekPattern(cost: Float64Array, calendar: Calendar, birth: number, last: number): Pattern | null {
  const from = Math.max(birth, last - recentDays + 1)
  const count = new Float64Array(7)
  const hit = new Float64Array(7)
  const spend = new Float64Array(7)
  let days = 0
  for (let day = from; day <= last; day++) {
    const weekday = calendar.weekday[day] as number
    const value = cost[day] as number
    count[weekday] = (count[weekday] as number) + 1
    if (value === 0) continue
    days++
    hit[weekday] = (hit[weekday] as number) + 1
    spend[weekday] = (spend[weekday] as number) + Math.abs(value)
  }
  for (let i = 0; i < 7; i++) hit[i] = (hit[i] as number) / Math.max(1, count[i] as number)
  const dense = days / (last - from + 1) >= densePart
  const active = Array.from(hit, (share) => share >= (dense ? 0.35 : 0.75))
  if (dense) return { dense, active: active.some(Boolean) ? active : active.map(() => true), hit }
  const total = spend.reduce((sum, value) => sum + value, 0)
  const rhythm = spend.reduce((sum, value, i) => sum + (active[i] ? value : 0), 0)
  return last - from >= 34 && total > 0 && rhythm >= 0.8 * total ? { dense, active, hit } : null
}

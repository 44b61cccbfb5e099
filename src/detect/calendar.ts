import type { Calendar } from './candidate.ts'

/** Calendar facts of `days` days from an ISO date. */
export function createCalendar(first: string, days: number): Calendar {
  const start = Date.parse(`${first}T00:00:00Z`)
  const calendar = { dayOfMonth: new Int16Array(days), monthLength: new Int16Array(days), month: new Int32Array(days) }
  const starts: number[] = []
  const origin = new Date(start)
  const base = origin.getUTCFullYear() * 12 + origin.getUTCMonth()
  for (let day = 0; day < days; day++) {
    const date = new Date(start + day * 86_400_000)
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth() - base
    calendar.dayOfMonth[day] = date.getUTCDate()
    calendar.monthLength[day] = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
    calendar.month[day] = month
    starts[month] ??= day - date.getUTCDate() + 1
  }
  return { ...calendar, monthStart: Int32Array.from(starts) }
}

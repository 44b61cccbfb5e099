const dayMs = 86_400_000

/** The days of a world: index 0 is `start`. Weekday 0 is Monday. */
export interface Calendar {
  readonly start: string
  readonly days: number
  date(day: number): string
  weekday(day: number): number
  dayOfMonth(day: number): number
  monthLength(day: number): number
  /** Months since year 0, to tell months apart. */
  month(day: number): number
  index(date: string): number
}

export function calendar(start: string, days: number): Calendar {
  const first = Date.parse(`${start}T00:00:00Z`)
  const at = (day: number) => new Date(first + day * dayMs)
  return {
    start,
    days,
    date: (day) => at(day).toISOString().slice(0, 10),
    weekday: (day) => (at(day).getUTCDay() + 6) % 7,
    dayOfMonth: (day) => at(day).getUTCDate(),
    monthLength: (day) => new Date(Date.UTC(at(day).getUTCFullYear(), at(day).getUTCMonth() + 1, 0)).getUTCDate(),
    month: (day) => at(day).getUTCFullYear() * 12 + at(day).getUTCMonth(),
    index: (date) => Math.round((Date.parse(`${date}T00:00:00Z`) - first) / dayMs),
  }
}

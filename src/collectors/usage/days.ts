const dayMs = 86_400_000

/** The UTC day of an instant, `YYYY-MM-DD`. */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10)
}

/** The day `count` days later. */
export function addDays(day: string, count: number): string {
  return dayOf(new Date(Date.parse(`${day}T00:00:00Z`) + count * dayMs))
}

/** The days of [first, last], both included; none when `last` is earlier. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = []
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day)
  return days
}

/** First and last day of a month (`YYYY-MM`). */
export function daysOfMonth(month: string): { readonly first: string; readonly last: string } {
  const first = `${month}-01`
  const next = addDays(first, 31).slice(0, 7)
  return { first, last: addDays(`${next}-01`, -1) }
}

/** The earlier of two days. */
export function earlier(one: string, other: string): string {
  return one < other ? one : other
}

/** The later of two days. */
export function later(one: string, other: string): string {
  return one > other ? one : other
}

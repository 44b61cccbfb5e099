/** The months `YYYY-MM` that end with `last`, oldest first. */
export function monthsUntil(last: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => shiftMonth(last, index - count + 1))
}

/** `shiftMonth('2026-01', -1)` is `2025-12`. */
export function shiftMonth(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7)
}

/** An instant `days` days and `hours` hours after the first of the month, UTC. */
export function instantIn(month: string, days: number, hours = 0): Date {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1, 1 + days, hours))
}

export function lastDay(month: string): number {
  return instantIn(shiftMonth(month, 1), -1).getUTCDate()
}

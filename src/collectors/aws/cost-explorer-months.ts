import type { DateInterval } from '@aws-sdk/client-cost-explorer'

/** Months that Cost Explorer shows without further settings, the present one included. */
const monthsOfHistory = 13

/** A billing month as it can be asked for now. */
export interface AskedMonth {
  /** `YYYY-MM` */
  readonly month: string
  /** Half-open UTC days; an unfinished month ends with yesterday, since AWS refreshes about once a day. */
  readonly days: DateInterval
  /** As `days`, but ends before yesterday: Savings Plans operations refuse an end that is not before today. */
  readonly planDays: DateInterval | null
  /** Past the look-back: AWS no longer changes it, as far as we look. */
  readonly settled: boolean
}

/** `shiftMonth('2026-01', -1)` is `2025-12`. */
export function shiftMonth(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7)
}

/** The day `by` days after `day` (`YYYY-MM-DD`). */
export function shiftDay(day: string, by: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10)
}

/**
 * Months to ask for, newest first: those of `periods`, or all of the history. A month of which no day has ended is left out.
 * `lookBack` counts months that may still change, the present one included.
 */
export function askedMonths(now: Date, lookBack: number, periods: readonly string[] | null): AskedMonth[] {
  const today = now.toISOString().slice(0, 10)
  const current = today.slice(0, 7)
  const months = periods ?? Array.from({ length: monthsOfHistory }, (_, age) => shiftMonth(current, -age))
  return [...new Set(months)]
    .sort()
    .reverse()
    .flatMap((month): AskedMonth[] => {
      const days = daysUntil(month, today)
      return days === null
        ? []
        : [
            {
              month,
              days,
              planDays: daysUntil(month, shiftDay(today, -1)),
              settled: month <= shiftMonth(current, -lookBack),
            },
          ]
    })
}

function daysUntil(month: string, end: string): DateInterval | null {
  const first = `${month}-01`
  const next = `${shiftMonth(month, 1)}-01`
  const last = next < end ? next : end
  return last > first ? { Start: first, End: last } : null
}

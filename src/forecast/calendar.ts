const dayMs = 86_400_000

/** Calendar facts of consecutive UTC days; index 0 is the day `first`, counted from 1970-01-01. Weekday 0 is Monday. */
export interface Calendar {
  readonly first: number
  readonly length: number
  readonly weekday: Uint8Array
  readonly dayOfMonth: Uint8Array
  readonly monthLength: Uint8Array
  /** Months since year 0. */
  readonly month: Int32Array
}

/** Facts of `length` days from the day number `first`. */
export function calendarOf(first: number, length: number): Calendar {
  const weekday = new Uint8Array(length)
  const dayOfMonth = new Uint8Array(length)
  const monthLength = new Uint8Array(length)
  const month = new Int32Array(length)
  for (let i = 0; i < length; i++) {
    const date = new Date((first + i) * dayMs)
    weekday[i] = (date.getUTCDay() + 6) % 7
    dayOfMonth[i] = date.getUTCDate()
    month[i] = date.getUTCFullYear() * 12 + date.getUTCMonth()
    monthLength[i] = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  }
  return { first, length, weekday, dayOfMonth, monthLength, month }
}

/** Day number of a date: `dayNumber('1970-01-02')` is 1; null when the text is no calendar date. */
export function dayNumber(date: string): number | null {
  const instant = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(instant)) return null
  const day = Math.round(instant / dayMs)
  return dateOf(day) === date ? day : null
}

/** Date of a day number: `dateOf(1)` is `'1970-01-02'`. */
export function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

/** Day number of the first of the month `months` after the month of `day`: of 2025-06-10 and 1, that of 2025-07-01. */
export function monthStart(day: number, months: number): number {
  const date = new Date(day * dayMs)
  return Math.round(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1) / dayMs)
}

/** Day number of the first day of the calendar quarter after the one that holds `day`. */
export function nextQuarter(day: number): number {
  return monthStart(day, 3 - (new Date(day * dayMs).getUTCMonth() % 3))
}

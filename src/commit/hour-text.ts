const form =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2})(?::(\d{2})(?::(\d{2})(?:\.0+)?)?)?\s*(?:Z|([+-])(\d{2}):?(\d{2})|UTC)?)?$/i

/** The start of an hour in whole hours since 1970-01-01T00Z, or of a day where the text is a date only. */
export interface HourStart {
  readonly hour: number
  readonly isDate: boolean
}

/**
 * Reads the UTC hour that a text names; null for anything else, also for an instant inside an hour.
 *
 * `2026-03-01T05:00:00Z`, `2026-03-01 05:00` and `2026-03-01T05` are one hour; `2026-03-01` is a day; an offset such as `+02:00`
 * is taken into account.
 */
export function parseHour(text: string): HourStart | null {
  const match = form.exec(text.trim())
  if (!match) return null
  const [, date, hour, minute, second, sign, offsetHours, offsetMinutes] = match
  const day = Date.parse(`${date}T00:00:00Z`)
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return null
  if (hour === undefined) return { hour: day / 3_600_000, isDate: true }
  if (Number(hour) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) !== 0) return null
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0))
  const minutes = Number(hour) * 60 + Number(minute ?? 0) - offset
  return minutes % 60 === 0 ? { hour: day / 3_600_000 + minutes / 60, isDate: false } : null
}

/** `hourText(494664)` is '2026-06-07T00:00:00Z'. */
export function hourText(hour: number): string {
  return `${new Date(hour * 3_600_000).toISOString().slice(0, 19)}Z`
}

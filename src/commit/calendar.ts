import { UserError } from '../errors.ts'
import { bad } from '../lake/text-table.ts'
import { hourText, parseHour } from './hour-text.ts'

/** More than this is a mistyped year. */
const mostHours = 20 * 8784

/** The rows of one hour as a file has them: the hour's text, the first row's number, amounts as text. */
export interface HourRow {
  readonly text: string
  readonly row: number
  readonly amounts: string
}

/** Consecutive hours, or days where the file has one row a day. */
export interface Calendar {
  /** Start of the first entry, hours since 1970-01-01T00Z. */
  readonly first: number
  /** Hours of one entry. */
  readonly entryHours: 1 | 24
  readonly entries: number
  /** The error that names an entry without a row. */
  missing(file: string, entry: number): UserError
}

/**
 * The calendar from the first to the last hour of a file. One row a day at the same time of day, on two days or more, or with dates
 * only, are days.
 *
 * @param missingIsZero accept hours without a row
 * @throws UserError for a text that is no hour, an hour in two spellings, dates among hours, and a missing hour, with its name
 */
export function calendarOf(file: string, rows: readonly HourRow[], missingIsZero: boolean): Calendar {
  if (rows.length === 0) throw bad(file, 2, 'hour', 'there is no row', 'Give at least one hour.')
  const starts = rows.map((row) => startOf(file, row))
  const dates = starts.filter(({ isDate }) => isDate).length
  if (dates > 0 && dates < starts.length) {
    const odd = starts.findIndex(({ isDate }) => isDate !== starts[0]?.isDate)
    const remedy = 'Write hours as 2026-03-01T05:00:00Z in all rows, or days as 2026-03-01 in all rows.'
    throw bad(file, rows[odd]?.row ?? 2, 'hour', `"${rows[odd]?.text}" is among others of another form`, remedy)
  }
  const hours = starts.map(({ hour }) => hour)
  const low = hours.reduce((least, hour) => Math.min(least, hour))
  const high = hours.reduce((most, hour) => Math.max(most, hour))
  if (high - low > mostHours) {
    const what = `the file reaches from ${hourText(low)} to ${hourText(high)}, more than 20 years`
    throw bad(file, rows[hours.indexOf(low)]?.row ?? 2, 'hour', what, 'Correct the year, or leave the row out.')
  }
  const isDaily = dates > 0 || (hours.length > 1 && hours.every((hour) => (hour - low) % 24 === 0))
  const entryHours = isDaily ? 24 : 1
  const calendar: Calendar = {
    first: low,
    entryHours,
    entries: (high - low) / entryHours + 1,
    missing: (name, entry) => missing(name, low + entry * entryHours, entryHours),
  }
  const seen = new Uint8Array(calendar.entries)
  hours.forEach((hour, index) => {
    const entry = (hour - low) / entryHours
    if (seen[entry]) {
      const remedy = 'Write each hour in one way and add its rows up.'
      throw bad(file, rows[index]?.row ?? 2, 'hour', `${hourText(hour)} stands twice, in two spellings`, remedy)
    }
    seen[entry] = 1
  })
  if (!missingIsZero && hours.length < calendar.entries) throw calendar.missing(file, seen.indexOf(0))
  return calendar
}

/** Which entry of a calendar a row belongs to; below 0 or beyond its end for hours outside it. */
export function entryOf({ first, entryHours }: Calendar, row: HourRow, file: string): number {
  const entry = (startOf(file, row).hour - first) / entryHours
  if (Number.isInteger(entry)) return entry
  const remedy = 'Give both files by hour, or both by day with the same start of the day.'
  throw bad(file, row.row, 'hour', `"${row.text}" is no start of a day of the other file`, remedy)
}

function startOf(file: string, row: HourRow) {
  const start = parseHour(row.text)
  if (!start)
    throw bad(file, row.row, 'hour', `"${row.text}" is not valid`, 'Write a UTC hour as 2026-03-01T05:00:00Z.')
  return start
}

function missing(file: string, hour: number, entryHours: number): UserError {
  const name = entryHours === 24 ? `the day ${hourText(hour).slice(0, 10)}` : `the hour ${hourText(hour)}`
  return new UserError(`${file}: column hour: ${name} is missing`, {
    hint: 'A missing hour is unknown, not zero. Add its row, or say --missing zero if there was no demand.',
  })
}

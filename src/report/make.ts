import { UserError } from '../errors.ts'
import { bySize, total } from './cells.ts'
import type { ReportDocument } from './document.ts'
import { loadKind } from './kinds.ts'
import type { ReportKind } from './names.ts'
import type { Frame, ReportSource, Row } from './source.ts'
import { accrual } from './trends.ts'

export interface ReportAsk {
  readonly kind: ReportKind
  /** `YYYY-MM`; the newest complete month by default. */
  readonly month?: string | undefined
  /** The one with most charges by default. */
  readonly currency?: string | undefined
  /** For the report of a team; that of a source of one team alone by default. */
  readonly team?: string | undefined
}

const monthsShown = 12

/**
 * Makes a report from one state of the data.
 *
 * @throws UserError for a month or currency that is not in the data, and a team that has no cost, each with those that are
 */
export async function makeReport(source: ReportSource, ask: ReportAsk): Promise<ReportDocument> {
  const kind = await loadKind(ask.kind)
  const [only, ...further] = source.teams ?? []
  const team = ask.team ?? (further.length === 0 ? only : undefined)
  if (kind.needsTeam && team === undefined)
    throw new UserError('which team is the report of?', { hint: 'For example --team payments.' })
  const months = await source.rows('months')
  const month = chooseMonth(months, ask.month)
  const spend = await source.rows('cost_by_month', { month_of: 'charge_period' })
  const currencies = byCharges(spend, month.charge_month)
  const currency = chooseCurrency(currencies, ask.currency)
  const frame: Frame = {
    month: month.charge_month,
    is_complete: month.is_complete,
    within: { start_date: `${month.charge_month}-01`, end_date: `${nextMonth(month.charge_month)}-01` },
    months: lastMonths(month.charge_month, months),
    currency,
    team: kind.needsTeam ? await chooseTeam(source, team ?? '') : null,
  }
  return {
    schema: 'costwright-report/1',
    kind: kind.name,
    title: kind.title,
    subject: frame.team ?? source.teams?.join(', ') ?? null,
    period: {
      month: frame.month,
      start: frame.within.start_date,
      end: frame.within.end_date,
      is_complete: frame.is_complete,
    },
    currency,
    other_currencies: currencies.filter((one) => one !== currency),
    basis: accrual,
    complete_through: source.lake.complete_through,
    as_of: source.as_of,
    data_version: source.data_version,
    made_at: source.now.toISOString(),
    pages: kind.pages,
    sections: await kind.gather(source, frame),
  }
}

interface Month {
  readonly charge_month: string
  readonly is_complete: boolean
}

function chooseMonth(rows: readonly Row[], asked: string | undefined): Month {
  const months = rows.map((row) => ({
    charge_month: String(row['charge_month']),
    is_complete: row['is_complete'] === true,
  }))
  const [first, last] = [months[0], months.at(-1)]
  if (!first || !last)
    throw new UserError('there are no charges to report on', {
      hint: 'Run `costwright import <files>` or `costwright demo` first.',
    })
  if (asked === undefined) return months.findLast(({ is_complete }) => is_complete) ?? last
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(asked))
    throw new UserError(`--period ${asked} is no month`, { hint: 'Write 2026-03.' })
  const found = months.find(({ charge_month }) => charge_month === asked)
  if (found) return found
  if (asked < first.charge_month || asked > last.charge_month)
    throw new UserError(`${asked} is not in the data`, {
      hint: `They hold ${first.charge_month} to ${last.charge_month}.`,
    })
  return { charge_month: asked, is_complete: true }
}

/** Currencies of the month, else of all months, the one with most charges first: amounts of two do not compare. */
function byCharges(spend: readonly Row[], month: string): string[] {
  const own = spend.filter((row) => row['month'] === month)
  const counts = Map.groupBy(own.length > 0 ? own : spend, (row) => String(row['billing_currency']))
  return [...counts]
    .map(([currency, rows]) => ({ currency, count: total(rows.map((row) => String(row['charge_count']))) }))
    .sort((a, b) => bySize(a.count, b.count) || (a.currency < b.currency ? -1 : 1))
    .map(({ currency }) => currency)
}

function chooseCurrency(currencies: readonly string[], asked: string | undefined): string {
  const found = asked === undefined ? currencies[0] : currencies.find((one) => one === asked.toUpperCase())
  if (found !== undefined) return found
  throw new UserError(`nothing is charged in ${asked}`, { hint: `Charged currencies: ${currencies.join(', ')}.` })
}

/** The team as the data spell it. */
async function chooseTeam(source: ReportSource, asked: string): Promise<string> {
  const rows = await source.rows('spend_variance', { dimension: 'team' })
  const teams = [...new Set(rows.map((row) => String(row['value'])))].sort()
  const fold = (name: string) => name.toLowerCase().replaceAll(/[\s_-]/g, '')
  const found = teams.find((one) => one === asked) ?? teams.find((one) => fold(one) === fold(asked))
  if (found !== undefined) return found
  throw new UserError(`there is no team ${asked}`, { hint: `Teams: ${teams.slice(0, 30).join(', ')}.` })
}

function lastMonths(month: string, rows: readonly Row[]): string[] {
  const known = rows.map((row) => String(row['charge_month'])).filter((one) => one <= month)
  return (known.includes(month) ? known : [...known, month]).slice(-monthsShown)
}

/** `nextMonth('2026-12')` is `'2027-01'`. */
function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`
}

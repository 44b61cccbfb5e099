import { JsonDuckDBValueConverter } from '@duckdb/node-api'
import { readEntry } from '../catalog/catalog.ts'
import { readQuery } from '../catalog/files.ts'
import { checkParams } from '../catalog/params.ts'
import { QueryError, UserError } from '../errors.ts'
import { type Closed, type IssuedScore, scoreIssued, windowsToScore } from '../forecast/accuracy.ts'
import { dateOf, dayNumber, monthStart, nextQuarter } from '../forecast/calendar.ts'
import { type CommitmentTerm, commitmentEvents } from '../forecast/commitment-events.ts'
import type { KnownEvent } from '../forecast/events.ts'
import { issuedLevels, type StoredForecast } from '../forecast/issued.ts'
import { readForecasts, storeForecast } from '../forecast/issued-store.ts'
import { lakeForecast, type ScopeBudget, type ScopeCost } from '../forecast/lake-forecast.ts'
import { type LakeSeries, type SeriesRow, seriesBuilder } from '../forecast/lake-series.ts'
import { prepareCharges, runBase } from '../recommend/prepare.ts'
import type { Runtime } from '../runtime.ts'
import { openReadOnly, type Reader } from '../warehouse/duckdb-stream.ts'
import type { Result } from '../warehouse/warehouse.ts'

/** What is asked of the lake; without `origin` the last day that every source of the currency is complete through. */
export interface LakeAsk {
  readonly origin: string | undefined
  /** Without it every currency, each a forecast of its own. */
  readonly currency: string | undefined
  readonly events: readonly KnownEvent[]
}

/** What one currency can be forecast from: a row of the report `forecast_origin`. */
export interface CurrencyState {
  readonly billing_currency: string
  readonly first_day: string
  readonly last_day: string | null
  readonly held_back_by: string | null
  readonly furthest_day: string | null
}

/** One currency with its series up to the last complete day. */
export interface LakeInput {
  readonly state: CurrencyState
  readonly series: LakeSeries
  readonly origin: number
  readonly complete: number
  readonly isReplay: boolean
}

/** Days past the last complete one that may be forecast like the future: beyond a month there is nothing to hold on to. */
const mostMissing = 31

/**
 * Runs `work` on each currency of the current warehouse.
 *
 * @throws UserError for an empty lake, a currency without charges and an origin outside the data
 */
export async function onLake<T>(
  runtime: Runtime,
  ask: LakeAsk,
  work: (input: LakeInput, reader: Reader, dataVersion: string) => Promise<T>,
): Promise<T[]> {
  const { memory_limit: memoryLimit, threads } = runtime.config
  const { id, path } = await runtime.build()
  const database = await openReadOnly(path, { memoryLimit, threads })
  try {
    const reader = await database.connect()
    const all = (await report(reader, 'forecast_origin', {})).rows as unknown as CurrencyState[]
    const states = all.filter(({ billing_currency }) => ask.currency === undefined || billing_currency === ask.currency)
    if (states.length === 0)
      throw new UserError(`there are no charges${ask.currency === undefined ? '' : ` in ${ask.currency}`}`, {
        hint: `Charged currencies: ${all.map(({ billing_currency }) => billing_currency).join(', ') || 'none'}.`,
      })
    const answers: T[] = []
    for (const state of states) answers.push(await work(await readInput(reader, state, ask.origin), reader, id))
    return answers
  } finally {
    database.close()
  }
}

/**
 * Forecasts each currency and stores what was issued. Ends of commitments and the configuration's events are included.
 *
 * @param options `again: false` leaves what was issued from the same data, to the same day and with the same events
 */
export async function issueForecasts(
  runtime: Runtime,
  ask: LakeAsk,
  { again }: { readonly again: boolean } = { again: true },
): Promise<StoredForecast[]> {
  const stored = again ? [] : readForecasts(runtime.layout)
  return onLake(runtime, ask, async ({ state, ...input }, reader, dataVersion) => {
    const currency = state.billing_currency
    const terms = await commitmentTerms(runtime, currency, dateOf(input.complete + 1))
    const own = runtime.config.forecast.events.filter((one) => (one.currency ?? currency) === currency)
    const given = [...ask.events, ...own.map(({ currency: _, ...event }) => event)]
    const events = [...given, ...commitmentEvents(terms, 'team')]
    const origin = dateOf(input.origin)
    const known = stored.findLast((one) => one.currency === currency && one.origin === origin)
    if (known?.data_version === dataVersion && JSON.stringify(known.events) === JSON.stringify(events)) return known
    const start = monthStart(input.origin, 0)
    const january = `${dateOf(start).slice(0, 4)}-01-01`
    const closed = { currency, start_date: january, end_date: dateOf(start) }
    const before = { currency, start_date: dateOf(monthStart(start, -1)), end_date: dateOf(start) }
    const open = { currency, start_date: dateOf(start), end_date: dateOf(Math.max(start, input.complete + 1)) }
    const forecast = lakeForecast({
      ...input,
      currency,
      dataVersion,
      lastMonth: (await report(reader, 'costs_by_scope', before)).rows as unknown as ScopeCost[],
      monthToDate: (await report(reader, 'costs_by_scope', open)).rows as unknown as ScopeCost[],
      closedMonths:
        state.first_day > january
          ? null
          : ((await report(reader, 'costs_by_scope', closed)).rows as unknown as ScopeCost[]),
      budgets: {
        month: await budgetsOf(reader, currency, start, 1),
        quarter: await budgetsOf(reader, currency, nextQuarter(input.origin), 3),
        year: await budgetsOf(reader, currency, dayNumber(january) as number, 12),
      },
      events,
      productEvents: [...given, ...commitmentEvents(terms, 'product')],
    })
    return storeForecast(runtime.layout, forecast, runtime.now().toISOString())
  })
}

async function commitmentTerms(runtime: Runtime, currency: string, as_of: string): Promise<CommitmentTerm[]> {
  const warehouse = await runtime.open()
  try {
    await prepareCharges(warehouse)
    const { rows } = await runBase(warehouse, 'commitment_terms', { currency, as_of })
    return rows as unknown as CommitmentTerm[]
  } finally {
    warehouse.close()
  }
}

/** Scores what was issued for each currency against what the closed months and quarters cost by now. */
export async function scoreForecasts(
  runtime: Runtime,
  ask: LakeAsk,
): Promise<{ readonly currency: string; readonly rows: readonly IssuedScore[] }[]> {
  const stored = readForecasts(runtime.layout)
  return onLake(runtime, ask, async ({ state, complete }, reader) => {
    const currency = state.billing_currency
    const issued = stored.filter((one) => one.currency === currency)
    const closed: Closed[] = []
    for (const { start, end } of windowsToScore(issued, dateOf(complete + 1))) {
      const params = { currency, start_date: start, end_date: end }
      closed.push({
        start,
        end,
        costs: (await report(reader, 'costs_by_scope', params)).rows as unknown as ScopeCost[],
      })
    }
    return { currency, rows: scoreIssued(issued, closed) }
  })
}

async function readInput(reader: Reader, state: CurrencyState, asked: string | undefined): Promise<LakeInput> {
  const currency = state.billing_currency
  const origin = asked ?? (state.last_day && openDay(state.last_day))
  if (origin === null)
    throw new UserError(`no source of ${currency} says through when it is complete`, {
      hint: 'Give the last complete day with --origin DATE.',
    })
  const day = dayNumber(origin) as number
  const last = state.last_day === null ? day : (dayNumber(state.last_day) as number)
  const complete = Math.min(day, last)
  if (day - complete > mostMissing)
    throw new UserError(`${currency} is complete through ${state.last_day} only (${state.held_back_by})`, {
      hint: `An origin may lie at most ${mostMissing} days later.`,
    })
  const builder = seriesBuilder(complete)
  await eachRow(reader, { currency, end_date: dateOf(complete + 1) }, builder.add)
  const series = builder.done()
  if (!series)
    throw new UserError(`${currency} has no charges up to ${dateOf(complete)}`, {
      hint: `The first is of ${state.first_day}.`,
    })
  return { state, series, origin: day, complete, isReplay: day < last }
}

/** The last complete day; once its month is complete, the day after it, so that the month that is asked about is one to come. */
function openDay(lastDay: string): string {
  const next = (dayNumber(lastDay) as number) + 1
  return monthStart(next, 0) === next ? dateOf(next) : lastDay
}

/** Rows of the series by chunk: an estate of ten thousand leaves has millions. */
async function eachRow(
  reader: Reader,
  given: Readonly<Record<string, string>>,
  add: (row: SeriesRow) => void,
): Promise<void> {
  const entry = readEntry('reports', 'forecast_series')
  try {
    const { columns, chunks } = await reader.stream(entry.sql, checkParams(entry, given))
    const names = columns.map(({ name }) => name)
    for await (const chunk of chunks)
      for (const cells of chunk.convertRows(JsonDuckDBValueConverter))
        add(Object.fromEntries(names.map((name, i) => [name, cells[i]])) as unknown as SeriesRow)
  } catch (cause) {
    throw new QueryError(entry.name, cause)
  }
}

/** Budgets on the accrual ledger over `months` months from day number `start`, those that have an amount for each of them. */
async function budgetsOf(reader: Reader, currency: string, start: number, months: number): Promise<ScopeBudget[]> {
  const month = (day: number) => dateOf(day).slice(0, 7)
  const range = { start_month: month(start), end_month: month(monthStart(start, months)), months }
  const found: ScopeBudget[] = []
  for (const dimension of issuedLevels) {
    const { rows } = await reader.query(readQuery('detectors/budgets_ahead.sql'), { dimension, currency, ...range })
    const budgets = rows as unknown as readonly Omit<ScopeBudget, 'dimension'>[]
    found.push(...budgets.map((one) => ({ dimension, ...one })))
  }
  return found
}

async function report(reader: Reader, name: string, given: Readonly<Record<string, string>>): Promise<Result> {
  const entry = readEntry('reports', name)
  const params = checkParams(entry, given)
  try {
    return await reader.query(entry.sql, params)
  } catch (cause) {
    throw new QueryError(name, cause)
  }
}

import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { dayIndex, moneyText } from '../detect/input.ts'
import { readSeries } from '../detect/read-series.ts'
import { UserError } from '../errors.ts'
import { type Backtest, backtest } from '../forecast/backtest.ts'
import { dayNumber, monthStart } from '../forecast/calendar.ts'
import { incompleteDays } from '../forecast/complete.ts'
import { forecastEntry, forecastHead, type KnownAmounts } from '../forecast/document.ts'
import { type KnownEvent, parseForecastConfig } from '../forecast/events.ts'
import { defaultForecast, forecastScopes, horizonDays } from '../forecast/forecast.ts'
import { issuedLevels } from '../forecast/issued.ts'
import { readDaily } from '../forecast/read-daily.ts'
import type { LeafSeries } from '../forecast/scopes.ts'
import { type Visible, visibleAt } from '../forecast/visible.ts'
import { windowsOf } from '../forecast/windows.ts'
import { openDuckDb } from '../warehouse/duckdb.ts'
import { openScratch } from '../warehouse/scratch.ts'
import { asOfInstant } from './as-of.ts'
import { type Command, type CommandArgs, type CommandIo, textOption } from './command.ts'
import { issueForecasts, onLake, scoreForecasts } from './forecast-lake.ts'
import { accuracyText, forecastText } from './forecast-text.ts'
import { checkFolder } from './output.ts'
import { formatTable } from './table.ts'

const backtestOrigins = 6

/** `costwright forecast`: days, month end and next quarter of every scope of a series file, with intervals. */
export const forecastCommand: Command = {
  options: {
    series: { type: 'string' },
    origin: { type: 'string' },
    out: { type: 'string' },
    backtest: { type: 'boolean' },
    accuracy: { type: 'boolean' },
    currency: { type: 'string' },
    level: { type: 'string' },
    events: { type: 'string' },
    new: { type: 'boolean' },
  },
  help: [
    'On the lake, without --series: month-end landing, next quarter and budgets of every scope, stored in lake/forecasts.',
    '--origin DATE   default: the last day that is complete in every source',
    '--currency C    default: every currency, each on its own',
    '--level L       show one level only: total, provider, account, service, team or product',
    '--events FILE   as --config below; there --config is costwright.yaml',
    '--new           leaves a currency alone whose data and events are those of its last forecast',
    '--backtest      instead: accuracy of every method at earlier origins',
    '--accuracy      instead: what was issued against what it came to, once month or quarter are closed',
    '',
    'On a plain file:',
    '--series FILE   CSV: date,provider,account,service,team,cost; optionally available_on',
    '--origin DATE   last known day, inclusive; later rows are ignored',
    '--out FILE      the forecast as JSON',
    '--backtest      instead: accuracy of every method at earlier origins of the same file, as a table or, with --out, as JSON',
    '--config FILE   JSON: events that history does not show, each with scope, start, per_day or once, reason',
  ],
  async run(args, io) {
    const series = textOption(args, 'series')
    if (series === undefined) return runOnLake(args, io)
    const origin = needed(args, 'origin', '2025-06-10')
    const isBacktest = args.values['backtest'] === true
    const out = isBacktest ? textOption(args, 'out') : needed(args, 'out', 'forecast.json')
    checkDate(origin)
    checkFolder(out)
    const events = eventsOf(textOption(args, 'config'))
    const started = performance.now()
    const known = await readKnown(series, origin)
    const read = performance.now()
    if (isBacktest || out === undefined) {
      writeBacktest(backtest(known.visible.first, complete(known.visible, known.skip), backtestOrigins), out, io)
      return 0
    }
    writeForecast(known, origin, out, events, (forecast) => ({
      read: Math.round(read - started),
      forecast: Math.round(forecast - read),
    }))
    return 0
  },
}

function needed(args: CommandArgs, name: string, example: string): string {
  const value = textOption(args, name)
  if (value === undefined) throw new UserError(`--${name} is missing`, { hint: `For example --${name} ${example}.` })
  return value
}

async function runOnLake(args: CommandArgs, io: CommandIo): Promise<number> {
  const origin = textOption(args, 'origin')
  const out = textOption(args, 'out')
  if (origin !== undefined) checkDate(origin)
  checkFolder(out)
  const ask = { origin, currency: textOption(args, 'currency'), events: eventsOf(textOption(args, 'events')) }
  const level = textOption(args, 'level')
  if (level !== undefined && !issuedLevels.some((one) => one === level))
    throw new UserError(`--level ${level} is unknown`, { hint: `Use one of: ${issuedLevels.join(', ')}.` })
  const runtime = io.runtime()
  asOfInstant(args, runtime)
  if (args.values['backtest'] === true) {
    for (const { series, state, origin, complete } of await onLake(runtime, ask, async (input) => input)) {
      io.note(`${state.billing_currency}`)
      writeBacktest(backtest(series.first, series.byTeam, backtestOrigins, origin - complete), out, io)
    }
    return 0
  }
  if (args.values['accuracy'] === true) {
    const scores = await scoreForecasts(runtime, ask)
    if (args.values['json']) io.out(`${JSON.stringify({ accuracy: scores })}\n`)
    else for (const score of scores) io.out(`${score.currency}\n${accuracyText(score.rows, io.columns)}\n`)
    return 0
  }
  const issued = await issueForecasts(runtime, ask, { again: args.values['new'] !== true })
  const json = () => `${JSON.stringify({ forecasts: issued })}\n`
  if (out !== undefined) writeWhole(out, json())
  else if (args.values['json']) io.out(json())
  else io.out(issued.map((forecast) => forecastText(forecast, io.columns, level)).join('\n'))
  return 0
}

function checkDate(origin: string): void {
  if (dayNumber(origin) === null)
    throw new UserError(`--origin ${origin} is not a date`, { hint: 'Write it as 2025-06-10.' })
}

function eventsOf(file: string | undefined): readonly KnownEvent[] {
  return file === undefined ? [] : parseForecastConfig(readConfig(file), file)
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UserError(`${file} cannot be read`, { hint: 'Name an existing JSON file.', cause })
  }
}

/** What the morning after the origin knew, and how many days before the origin are incomplete. */
interface Known {
  readonly visible: Visible
  readonly skip: number
}

async function readKnown(file: string, origin: string): Promise<Known> {
  if (existsSync(file)) {
    const scratch = await openScratch()
    try {
      const visible = await readDaily(scratch, file, origin)
      if (visible) return { visible, skip: 0 }
    } finally {
      scratch.close()
    }
  }
  const warehouse = await openDuckDb({ path: ':memory:' })
  try {
    const input = await readSeries(warehouse, file)
    return { visible: visibleAt(input, origin), skip: incompleteDays(input, dayIndex(input.first_date, origin)) }
  } finally {
    warehouse.close()
  }
}

function writeForecast(
  { visible, skip }: Known,
  origin: string,
  out: string,
  ...[events, timings]: [readonly KnownEvent[], (done: number) => object]
): void {
  const forecasts =
    visible.leaves.length === 0
      ? []
      : forecastScopes(visible.first, complete(visible, skip), defaultForecast, { skip, events })
  const day = dayNumber(origin) as number
  const money = knownAmounts(visible, monthStart(day, 0) - visible.first, skip)
  const done = performance.now()
  const head = JSON.stringify(forecastHead(day, windowsOf(day), horizonDays))
  const draft = `${out}.${process.pid}.tmp`
  try {
    const file = openSync(draft, 'w')
    writeSync(file, `${head.slice(0, -1)},"forecasts":[`)
    for (const [i, forecast] of forecasts.entries())
      writeSync(file, `${i === 0 ? '' : ','}\n${JSON.stringify(forecastEntry(forecast, visible.first, money))}`)
    writeSync(file, `\n],"timings_ms":${JSON.stringify(timings(done))}}\n`)
    closeSync(file)
    renameSync(draft, out)
  } finally {
    rmSync(draft, { force: true })
  }
}

function writeWhole(out: string, text: string): void {
  const draft = `${out}.${process.pid}.tmp`
  writeFileSync(draft, text)
  renameSync(draft, out)
}

function writeBacktest(result: Backtest, out: string | undefined, io: CommandIo): void {
  if (out !== undefined) {
    writeWhole(out, `${JSON.stringify({ schema: 'costwright-backtest/1', ...result })}\n`)
    return
  }
  const names = ['level', 'horizon', 'method', 'points', 'wape', 'bias', 'mdape', 'inside80', 'inside95'] as const
  const text = (value: string | number | null) => (typeof value === 'number' ? Number(value.toFixed(2)) : value)
  const rows = result.rows
    .filter(({ state }) => state === 'ok')
    .map((row) => Object.fromEntries(names.map((name) => [name, text(row[name])])))
  io.out(formatTable({ columns: names.map((name) => ({ name, type: 'VARCHAR' })), rows }, io.columns))
  io.note(`origins: ${result.origins.join(', ') || 'none, the history is too short'}; all but points in %`)
}

/** The series without the last `skip` days. */
function complete({ leaves }: Visible, skip: number): LeafSeries[] {
  return leaves.map((leaf) => ({ ...leaf, cost: leaf.cost.slice(0, leaf.cost.length - skip) }))
}

function knownAmounts({ exact, scale }: Visible, from: number, skip: number): KnownAmounts {
  return {
    known: (members) => {
      let units = 0
      for (const member of members) {
        const amounts = exact[member] as Float64Array
        for (let day = Math.max(0, from); day < amounts.length - skip; day++) units += amounts[day] as number
      }
      return moneyText(units, scale)
    },
    text: (amount) => moneyText(amount * 10 ** scale, scale),
  }
}

import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { dateOf, dayNumber } from '../../src/forecast/calendar.ts'
import { runCommand } from '../support/run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'costwright-forecast-'))
const head = 'date,provider,account,service,team,cost'

interface Block {
  readonly point: number
  readonly lo80: number
  readonly hi80: number
  readonly lo95: number
  readonly hi95: number
}
interface Document {
  readonly month: object
  readonly quarter: object
  readonly forecasts: readonly {
    readonly level: string
    readonly scope: Readonly<Record<string, string>>
    readonly state: string
    readonly daily: Readonly<Record<keyof Block, readonly number[]>> | null
    readonly month_end: Block | null
    readonly next_quarter: Block | null
    readonly known: string
    readonly lumps: readonly { readonly date: string; readonly amount: string; readonly rule: string }[]
  }[]
}

let files = 0
function file(rows: readonly string[], header = head): string {
  const path = join(folder, `series-${files++}.csv`)
  writeFileSync(path, `${header}\n${rows.join('\n')}\n`)
  return path
}

/** Rows of one leaf from `start` through `end`; a cost of null writes no row. */
function leaf(start: string, end: string, cost: (index: number, date: string) => number | null, name = 'p,a,s,t') {
  const from = dayNumber(start) as number
  const rows: string[] = []
  for (let day = from; day <= (dayNumber(end) as number); day++) {
    const value = cost(day - from, dateOf(day))
    if (value !== null) rows.push(`${dateOf(day)},${name},${value.toFixed(2)}`)
  }
  return rows
}

async function forecast(path: string, origin: string, more: readonly string[] = []): Promise<Document> {
  const out = join(folder, `out-${files++}.json`)
  const { code } = await runCommand(['forecast', '--series', path, '--origin', origin, '--out', out, ...more], folder)
  expect(code).toBe(0)
  return JSON.parse(readFileSync(out, 'utf8')) as Document
}

const only = (document: Document, level = 'leaf') => {
  const found = document.forecasts.find((one) => one.level === level)
  if (!found) throw new Error(`no ${level}`)
  return found
}
const wobble = (i: number) => 100 + ((i * 37) % 11) - 5

test('all six levels, empty team included; a half-open month and quarter; sixty days after the origin; nested bands', async () => {
  const path = file([
    ...leaf('2024-08-01', '2025-06-10', wobble),
    ...leaf('2024-08-01', '2025-06-10', (i) => wobble(i + 3), 'p,a,other,'),
  ])
  const document = await forecast(path, '2025-06-10')
  expect(document).toMatchObject({
    schema: 'costwright-forecast/1',
    origin: '2025-06-10',
    horizon_days: 60,
    month: { start: '2025-06-01', end: '2025-07-01' },
    quarter: { start: '2025-07-01', end: '2025-10-01' },
  })
  expect(document.forecasts.map(({ level }) => level)).toEqual([
    'total',
    'provider',
    'account',
    'service',
    'service',
    'team',
    'team',
    'leaf',
    'leaf',
  ])
  expect(document.forecasts.map(({ scope }) => scope)).toContainEqual({ team: '' })
  for (const { daily, month_end, next_quarter, state } of document.forecasts) {
    expect(state).toBe('ok')
    if (!daily || !month_end || !next_quarter) throw new Error('null block')
    expect(daily.point).toHaveLength(60)
    const days = daily.point.map((point, i) => ({
      point,
      lo80: daily.lo80[i] ?? 0,
      hi80: daily.hi80[i] ?? 0,
      lo95: daily.lo95[i] ?? 0,
      hi95: daily.hi95[i] ?? 0,
    }))
    for (const block of [...days, month_end, next_quarter])
      expect([block.lo95, block.lo80, block.point, block.hi80, block.hi95]).toEqual(
        [block.lo95, block.lo80, block.point, block.hi80, block.hi95].sort((a, b) => a - b),
      )
  }
})

test('later rows do not change one digit, nor do later decimals, leaves and dates; equal input gives equal output', async () => {
  const known = leaf('2024-08-01', '2025-06-10', wobble)
  const later = [
    ...leaf('2025-06-11', '2025-09-30', (i) => 5000 + i),
    '2025-07-01,q,new,thing,,1.23456',
    '2025-06-11,p,a,s,t,0.001',
  ]
  const before = await forecast(file(known), '2025-06-10')
  const shuffled = [...later, ...known].sort((a, b) => (a.slice(-3) < b.slice(-3) ? -1 : 1))
  const after = await forecast(file(shuffled), '2025-06-10')
  expect(after.forecasts).toEqual(before.forecasts)
})

test('with vintages a row seen after the morning that follows is ignored', async () => {
  const header = `${head},available_on`
  const visible = leaf('2024-08-01', '2025-06-10', wobble).map(
    (row) => `${row},${dateOf((dayNumber(row.slice(0, 10)) as number) + 1)}`,
  )
  const before = await forecast(file(visible, header), '2025-06-10')
  const after = await forecast(
    file([...visible, '2025-06-01,p,a,s,t,900.00,2025-06-12', '2023-01-01,p,a,s,t,9.00,2025-06-12'], header),
    '2025-06-10',
  )
  expect(after.forecasts).toEqual(before.forecasts)
})

test('days that the vintages show to be incomplete are forecast, not believed', async () => {
  const header = `${head},available_on`
  const rows = leaf('2025-01-01', '2025-06-10', () => 100).flatMap((row) => {
    const day = dayNumber(row.slice(0, 10)) as number
    return [1, 2].map((lag) => `${row.replace('100.00', lag === 1 ? '30.00' : '70.00')},${dateOf(day + lag)}`)
  })
  const total = only(await forecast(file(rows, header), '2025-06-10'), 'total')
  expect(total.known).toBe('900.00')
  expect(total.month_end?.point).toBeCloseTo(3000, 0)
})

test('on the last day of a month the month is known and its interval is nought', async () => {
  const document = await forecast(file(leaf('2024-08-01', '2025-06-30', wobble)), '2025-06-30')
  const { month_end, known } = only(document)
  expect(month_end).toEqual({
    point: Number(known),
    lo80: Number(known),
    hi80: Number(known),
    lo95: Number(known),
    hi95: Number(known),
  })
})

test.each([
  ['2025-06-01', '2025-06-01', '2025-07-01'],
  ['2024-12-31', '2024-12-01', '2025-01-01'],
  ['2024-02-29', '2024-02-01', '2024-04-01'],
])('origin %s: month from %s, quarter from %s', async (origin, month, quarter) => {
  const document = await forecast(file(leaf('2023-06-01', origin, wobble)), origin)
  expect(document.month).toMatchObject({ start: month })
  expect(document.quarter).toMatchObject({ start: quarter })
  expect(only(document).month_end?.point).toBeGreaterThan(2500)
})

test('a constant series is forecast as it is, a negative one stays negative', async () => {
  const document = await forecast(
    file([
      ...leaf('2024-08-01', '2025-06-10', () => 50),
      ...leaf('2024-08-01', '2025-06-10', () => -20, 'p,a,credit,t'),
    ]),
    '2025-06-10',
  )
  const leaves = document.forecasts.filter(({ level }) => level === 'leaf')
  expect(leaves.map(({ month_end }) => month_end?.point)).toEqual([-600, 1500])
  expect(only(document, 'total').month_end?.point).toBeCloseTo(900, 6)
})

test('two weeks of history, all zeros and a long silence give null blocks, never nought', async () => {
  const document = await forecast(
    file([
      ...leaf('2024-08-01', '2025-06-10', wobble),
      ...leaf('2025-05-28', '2025-06-10', wobble, 'p,a,young,t'),
      ...leaf('2024-08-01', '2025-06-10', () => 0, 'p,a,zero,t'),
      ...leaf('2024-08-01', '2025-02-10', wobble, 'p,a,gone,t'),
    ]),
    '2025-06-10',
  )
  const states = document.forecasts
    .filter(({ level }) => level === 'leaf')
    .map(({ scope, state, daily }) => [scope['service'], state, daily === null])
  expect(states).toEqual([
    ['gone', 'insufficient_history', true],
    ['s', 'ok', false],
    ['young', 'insufficient_history', true],
    ['zero', 'insufficient_history', true],
  ])
})

test('a fee enters once, on its day: due tomorrow, posted, and doubled', async () => {
  const fee = (last: string, doubled = false) =>
    leaf('2024-08-01', last, (_, date) => (date.endsWith('-11') ? 300 : null), 'p,a,fee,t').concat(
      doubled ? ['2025-06-11,p,a,fee,t,300.00'] : [],
    )
  const base = (last: string) => leaf('2024-08-01', last, wobble)
  const service = (document: Document) =>
    document.forecasts.find(({ level, scope }) => level === 'service' && scope['service'] === 'fee')
  const due = service(await forecast(file([...base('2025-06-10'), ...fee('2025-06-10')]), '2025-06-10'))
  expect(due?.month_end?.point).toBe(300)
  expect(due?.lumps[0]).toEqual({ date: '2025-06-11', amount: '300.00', rule: 'day 11' })
  const posted = service(await forecast(file([...base('2025-06-12'), ...fee('2025-06-12')]), '2025-06-12'))
  expect(posted?.month_end?.point).toBe(300)
  const doubled = service(await forecast(file([...base('2025-06-12'), ...fee('2025-06-12', true)]), '2025-06-12'))
  expect(doubled?.month_end?.point).toBe(600)
  expect(doubled?.next_quarter?.point).toBe(900)
})

test('a spike is not carried on, a lasting rise is', async () => {
  const spike = only(
    await forecast(
      file(leaf('2024-08-01', '2025-06-10', (i, date) => (date === '2025-06-09' ? 3000 : wobble(i)))),
      '2025-06-10',
    ),
  )
  expect(spike.daily?.point[0]).toBeLessThan(115)
  const rise = only(
    await forecast(
      file(leaf('2024-08-01', '2025-06-10', (i, date) => wobble(i) * (date >= '2025-05-20' ? 2 : 1))),
      '2025-06-10',
    ),
  )
  expect(rise.daily?.point[20]).toBeGreaterThan(185)
  expect(rise.daily?.point[20]).toBeLessThan(215)
})

test('a leaf that was re-tagged the day before the origin is forecast under its new team', async () => {
  const document = await forecast(
    file([
      ...leaf('2024-08-01', '2025-06-09', wobble, 'p,a,s,old'),
      ...leaf('2025-06-10', '2025-06-10', () => 100, 'p,a,s,new'),
    ]),
    '2025-06-10',
  )
  const team = (name: string) =>
    document.forecasts.find(({ level, scope }) => level === 'team' && scope['team'] === name)
  expect(only(document, 'total').month_end?.point).toBeGreaterThan(2850)
  expect(team('new')?.daily?.point[5]).toBeGreaterThan(90)
  expect(team('old')?.daily?.point[5] ?? 0).toBeLessThan(10)
})

test('a known event is added to the scopes that contain it, once it is known', async () => {
  const series = file(leaf('2024-08-01', '2025-06-10', () => 50))
  const config = join(folder, 'events.json')
  const event = {
    scope: { provider: 'p', account: 'a' },
    start: '2025-06-21',
    per_day: 10,
    reason: 'commitment expires',
  }
  writeFileSync(config, JSON.stringify({ events: [event, { ...event, included_from: '2025-06-11' }] }))
  const document = await forecast(series, '2025-06-10', ['--config', config])
  expect(only(document, 'account').month_end?.point).toBeCloseTo(1600, 6)
  expect(only(document, 'leaf').month_end?.point).toBeCloseTo(1500, 6)
})

test.each([
  ['2025-13-01,p,a,s,t,1', 'row 2, column date'],
  ['2025-06-01,p,a,s,t,many', 'row 2, column cost'],
  ['2025-06-01,p,a', 'row 2'],
])('a bad row is refused with file, row and column, and nothing is written: %s', async (row, place) => {
  const out = join(folder, 'never.json')
  const refusal = await runCommand(
    ['forecast', '--series', file([row]), '--origin', '2025-06-10', '--out', out],
    folder,
  ).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(UserError)
  expect(String(refusal)).toContain(place)
  expect(existsSync(out)).toBe(false)
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test.each([
  [['--origin', '10 June'], '--origin 10 June is not a date'],
  [['--origin', '2025-06-10', '--series', '/no/such.csv'], '/no/such.csv cannot be read'],
])('%j is refused in words', async (args, message) => {
  const refusal = await runCommand(
    ['forecast', '--series', file([]), '--out', join(folder, 'x.json'), ...args],
    folder,
  ).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(UserError)
  expect(String(refusal)).toContain(message)
})

test('a file with a header alone gives no forecasts', async () => {
  expect((await forecast(file([]), '2025-06-10')).forecasts).toEqual([])
})

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { writeEstate } from '../../src/estate/estate.ts'
import { dateOf, dayNumber } from '../../src/forecast/calendar.ts'
import type { StoredForecast } from '../../src/forecast/issued.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { runCommand } from '../support/run-command.ts'

const header =
  'BillingAccountId,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,BilledCost,EffectiveCost,ProviderName,ServiceName,SubAccountId,Tags'

/** One charge a day from `start` through `end`; with an end at midnight the last day is complete. */
function daily(start: string, end: string, cost: number, more: { currency?: string; service?: string; tags?: object }) {
  const { currency = 'USD', service = 'Compute', tags = {} } = more
  const from = dayNumber(start) as number
  return Array.from({ length: (dayNumber(end) as number) - from + 1 }, (_, i) => {
    const [day, next] = [dateOf(from + i), dateOf(from + i + 1)]
    const text = JSON.stringify(tags).replaceAll('"', '""')
    return `payer-${currency},${currency},${day.slice(0, 7)}-01,${day}T00:00:00Z,${next}T00:00:00Z,Usage,${cost},${cost},Cloud ${currency},${service},sub-1,"${text}"`
  })
}

const folders: string[] = []
const temporary = (name: string) => {
  const folder = mkdtempSync(join(tmpdir(), name))
  folders.push(folder)
  return folder
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function lakeOf(budgets: readonly string[] = []): {
  data: string
  add(rows: readonly string[], name?: string): Promise<void>
} {
  const folder = temporary('costwright-forecast-lake-')
  const data = join(folder, 'data')
  const add = async (rows: readonly string[], name = 'bill') => {
    const file = join(folder, `${name}.csv`)
    writeFileSync(file, `${[header, ...rows].join('\n')}\n`)
    expect((await runCommand(['import', file], data)).code).toBe(0)
  }
  if (budgets.length > 0) writeFileSync(join(folder, 'budgets.csv'), budgets.join('\n'))
  return {
    data,
    async add(rows, name) {
      await add(rows, name)
      if (budgets.length > 0) expect((await runCommand(['import', join(folder, 'budgets.csv')], data)).code).toBe(0)
    },
  }
}

async function forecasts(data: string, ...more: string[]): Promise<StoredForecast[]> {
  const { code, out } = await runCommand(['forecast', '--json', ...more], data)
  expect(code).toBe(0)
  return (JSON.parse(out) as { forecasts: StoredForecast[] }).forecasts
}

const scopeOf = (forecast: StoredForecast | undefined, level: string, name?: string) =>
  forecast?.forecasts.find(
    (one) => one.level === level && (name === undefined || Object.values(one.scope).includes(name)),
  )

let data: string
beforeAll(async () => {
  const lake = lakeOf([
    'budget,dimension,value,month,amount,currency',
    'all,total,,2025-06,2000,USD',
    'pay team,team,Pay,2025-06,1600,USD',
    ...['07', '08', '09'].map((month) => `pay team,team,Pay,2025-${month},1500,USD`),
    'web half,team,web,2025-07,600,USD',
    'web team,team,web,2025-06,600.00,EUR',
  ])
  await lake.add([
    ...daily('2025-01-01', '2025-06-10', 50, { tags: { team: 'pay', product: 'shop' } }),
    ...daily('2025-01-01', '2025-06-10', 20, { tags: { team: 'web' }, service: 'Storage' }),
    ...daily('2025-05-28', '2025-06-10', 10, { currency: 'EUR', tags: { team: 'web' } }),
  ])
  data = lake.data
})

test('each currency is a forecast of its own, from the last complete day, over all levels and their budgets', async () => {
  const [usd, eur] = await forecasts(data)
  expect(usd).toMatchObject({
    origin: '2025-06-10',
    currency: 'USD',
    vintage: 'as_issued',
    complete_through: '2025-06-10',
    month: { start: '2025-06-01', end: '2025-07-01' },
    quarter: { start: '2025-07-01', end: '2025-10-01' },
  })
  expect(usd?.forecasts.map(({ level, scope }) => [level, ...Object.values(scope)])).toEqual([
    ['total'],
    ['provider', 'Cloud USD'],
    ['account', 'Cloud USD', 'sub-1'],
    ['service', 'Cloud USD', 'Compute'],
    ['service', 'Cloud USD', 'Storage'],
    ['team', 'pay'],
    ['team', 'web'],
    ['product', ''],
    ['product', 'shop'],
  ])
  const total = scopeOf(usd, 'total')
  expect(total).toMatchObject({ month_to_date: '700.000000000000000', state: 'ok' })
  expect(total?.month_end?.point).toBeCloseTo(2100, 6)
  expect(total?.next_quarter?.point).toBeCloseTo(92 * 70, 4)
  expect(total?.year?.closed).toBe('10570.000000000000000')
  expect(total?.year?.landing).toBeCloseTo(365 * 70, 3)
  expect(total?.budgets).toEqual([
    {
      budget: 'all',
      amount: '2000.000000000000000',
      variance: 100,
      variance_pct: 5,
      overrun: { least: 0.975, most: 1 },
    },
  ])
  expect(scopeOf(usd, 'team', 'pay')?.budgets).toMatchObject([{ variance: -100, overrun: { least: 0, most: 0.025 } }])
  expect(scopeOf(usd, 'team', 'web')).toMatchObject({ budgets: [], quarter_budgets: [], year_budgets: [] })
  const [quarter] = scopeOf(usd, 'team', 'pay')?.quarter_budgets ?? []
  expect(quarter).toMatchObject({
    budget: 'pay team',
    amount: '4500.000000000000000',
  })
  expect(quarter?.overrun).not.toBeNull()
  expect(quarter?.variance).toBeCloseTo(92 * 50 - 4500, 3)
  expect(scopeOf(usd, 'product', 'shop')?.month_end?.point).toBeCloseTo(1500, 6)
  expect(eur?.currency).toBe('EUR')
})

test('two weeks of history give null and say why, never nought; the budget stays without a landing', async () => {
  const [eur] = await forecasts(data, '--currency', 'EUR')
  expect(scopeOf(eur, 'total')).toMatchObject({
    state: 'insufficient_history',
    reason: '14 days of history; 42 are needed',
    month_to_date: '100.000000000000000',
    month_end: null,
    next_quarter: null,
    year: null,
  })
  expect(scopeOf(eur, 'team', 'web')?.budgets).toEqual([
    { budget: 'web team', amount: '600.000000000000000', variance: null, variance_pct: null, overrun: null },
  ])
  const { out } = await runCommand(['forecast', '--currency', 'EUR'], data)
  expect(out).toContain('no forecast of 5 of 5: 14 days of history; 42 are needed')
})

test('the same forecast again is the one already stored; a later month is another', async () => {
  const files = () => readdirSync(join(data, 'lake', 'forecasts')).filter((name) => name.includes('2025-06-10-usd'))
  const [first] = await forecasts(data, '--currency', 'USD')
  const [again] = await forecasts(data, '--currency', 'USD')
  expect(again).toEqual(first)
  expect(files()).toEqual([`${first?.id}.json`])
  const stored = JSON.parse(readFileSync(join(data, 'lake', 'forecasts', `${first?.id}.json`), 'utf8'))
  expect(stored).toEqual(first)
})

test('an earlier origin is a replay: it sees no later day and is scored once its month is closed', async () => {
  const [april] = await forecasts(data, '--currency', 'USD', '--origin', '2025-04-30')
  const [may] = await forecasts(data, '--currency', 'USD', '--origin', '2025-05-10')
  expect([april?.vintage, may?.vintage]).toEqual(['replayed', 'replayed'])
  expect(scopeOf(april, 'total')?.month_end).toMatchObject({ point: 2100, lo95: 2100, hi95: 2100 })
  expect(scopeOf(may, 'total')?.month_to_date).toBe('700.000000000000000')
  const { out } = await runCommand(['forecast', '--accuracy', '--json', '--currency', 'USD'], data)
  const [{ rows }] = (JSON.parse(out) as { accuracy: [{ rows: readonly Record<string, unknown>[] }] }).accuracy
  const row = (level: string) => rows.find((one) => one['level'] === level && one['horizon'] === 'month end')
  expect(row('total')).toMatchObject({ vintage: 'replayed', state: 'not_computable', points: 1, issues: 1, wape: null })
  expect(rows.some((one) => one['horizon'] === 'next quarter')).toBe(false)
})

test('days that are not complete yet are forecast, not believed', async () => {
  const [usd] = await forecasts(data, '--currency', 'USD', '--origin', '2025-06-12')
  expect(usd).toMatchObject({ origin: '2025-06-12', complete_through: '2025-06-10', vintage: 'as_issued' })
  expect(scopeOf(usd, 'total')).toMatchObject({ month_to_date: '700.000000000000000' })
  expect(scopeOf(usd, 'total')?.month_end?.point).toBeCloseTo(2100, 6)
})

test('a known event moves the scopes it names and those above', async () => {
  const events = join(data, 'events.json')
  const scope = { provider: 'Cloud USD', account: 'sub-1', service: 'Storage', team: 'web' }
  writeFileSync(events, JSON.stringify({ events: [{ scope, start: '2025-06-21', per_day: 5, reason: 'expiry' }] }))
  const [usd] = await forecasts(data, '--currency', 'USD', '--events', events)
  expect(scopeOf(usd, 'total')?.month_end?.point).toBeCloseTo(2150, 6)
  expect(scopeOf(usd, 'team', 'web')?.month_end?.point).toBeCloseTo(650, 6)
  expect(scopeOf(usd, 'team', 'pay')?.month_end?.point).toBeCloseTo(1500, 6)
})

test("the configuration's events are in every forecast, and a forecast with the same data and events is not made again", async () => {
  const config = join(data, 'costwright.yaml')
  onTestFinished(() => rmSync(config))
  const event = "{ scope: { account: sub-1 }, start: 2025-06-21, per_day: '2.50', reason: new region, currency: USD }"
  writeFileSync(config, `forecast: { events: [${event}] }\n`)
  const [usd] = await forecasts(data, '--currency', 'USD', '--new')
  expect(scopeOf(usd, 'total')?.month_end?.point).toBeCloseTo(2125, 6)
  expect(usd?.events).toMatchObject([{ per_day: 2.5, reason: 'new region' }])
  const [again] = await forecasts(data, '--currency', 'USD', '--new')
  expect(again).toEqual(usd)
})

test('once a month is complete, the next one is asked about', async () => {
  const lake = lakeOf()
  await lake.add(daily('2025-01-01', '2025-06-30', 50, { tags: { team: 'pay' } }))
  const [usd] = await forecasts(lake.data)
  expect(usd).toMatchObject({ origin: '2025-07-01', complete_through: '2025-06-30', vintage: 'as_issued' })
  expect(usd?.month).toEqual({ start: '2025-07-01', end: '2025-08-01' })
  expect(scopeOf(usd, 'total')).toMatchObject({ month_to_date: '0.000000000000000' })
  expect(scopeOf(usd, 'total')?.month_end?.point).toBeCloseTo(31 * 50, 6)
  expect(scopeOf(usd, 'total')?.year?.landing).toBeCloseTo(365 * 50, 3)
  const record = usd?.record.find(({ level, horizon }) => level === 'total' && horizon === 'month end')
  expect(record?.points).toBeGreaterThan(0)
})

test.each([
  [['--currency', 'SEK'], 'there are no charges in SEK'],
  [['--origin', 'soon'], '--origin soon is not a date'],
  [['--origin', '2025-08-30'], 'USD is complete through 2025-06-10 only'],
  [['--origin', '2024-06-01'], 'USD has no charges up to 2024-06-01'],
  [['--level', 'leaf'], '--level leaf is unknown'],
])('%j is refused in words', async (args, message) => {
  const refusal = await runCommand(['forecast', ...args], data).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(UserError)
  expect(String(refusal)).toContain(message)
})

test('an empty data folder says that nothing has been imported', async () => {
  await expect(runCommand(['forecast'], join(data, 'nothing'))).rejects.toThrow('nothing has been imported')
})

test('the sample estate: the month lands within 5 % of what it cost, parents equal the total to date', async () => {
  const folder = temporary('costwright-forecast-estate-')
  const warehouse = await openDuckDb({ path: ':memory:' })
  const months = ['2026-07', '2026-08', '2026-09', '2026-10']
  await writeEstate({ directory: join(folder, 'exports'), seed: 3, months, scale: 0.02, warehouse })
  warehouse.close()
  const estate = join(folder, 'data')
  expect((await runCommand(['import', join(folder, 'exports')], estate)).code).toBe(0)
  const issued = await forecasts(estate, '--origin', '2026-10-15')
  expect(issued.map(({ currency }) => currency).sort()).toEqual(['EUR', 'USD'])
  for (const forecast of issued) {
    const { currency } = forecast
    const query = ['query', 'costs_by_scope', '-p', `currency=${currency}`, '--json']
    const dates = ['-p', 'start_date=2026-10-01', '-p', 'end_date=2026-11-01']
    const { rows } = JSON.parse((await runCommand([...query, ...dates], estate)).out) as {
      rows: readonly { level: string; effective_cost: string }[]
    }
    const actual = Number(rows.find(({ level }) => level === 'total')?.effective_cost)
    const total = scopeOf(forecast, 'total')
    expect(Math.abs((total?.month_end?.point ?? 0) / actual - 1)).toBeLessThan(0.05)
    const toDate = (level: string) =>
      forecast.forecasts.filter((one) => one.level === level).reduce((sum, one) => sum + Number(one.month_to_date), 0)
    for (const level of ['provider', 'account', 'service', 'team', 'product'])
      expect(toDate(level)).toBeCloseTo(Number(total?.month_to_date), 6)
    expect(total?.budgets).toHaveLength(1)
  }
}, 300_000)

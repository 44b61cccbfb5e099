import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { backtest } from '../../src/forecast/backtest.ts'
import { rowOf } from '../../src/forecast/backtest-rows.ts'
import { baselines } from '../../src/forecast/baselines.ts'
import { calendarOf, dateOf, dayNumber } from '../../src/forecast/calendar.ts'
import { simpleAnswer } from '../../src/forecast/simple-answer.ts'
import { runCommand } from '../support/run-command.ts'

const first = dayNumber('2024-08-01') as number
const names = { level: 'total', horizon: 'month end', method: 'x' } as const

test('WAPE, bias and MdAPE by hand; bias keeps its sign; a band counts its bounds as inside', () => {
  const band = { point: 0, lo80: 90, hi80: 110, lo95: 80, hi95: 130 }
  const row = rowOf(names, [
    { forecast: 110, actual: 100, band },
    { forecast: 100, actual: 110, band },
    { forecast: 150, actual: 130, band },
  ])
  expect(row).toMatchObject({ state: 'ok', points: 3 })
  expect(row.wape).toBeCloseTo((100 * 40) / 340, 10)
  expect(row.bias).toBeCloseTo((100 * 20) / 340, 10)
  expect(row.mdape).toBeCloseTo(10, 10)
  expect(row.inside80).toBeCloseTo(66.67, 1)
  expect(row.inside95).toBe(100)
})

test('fewer than three scored points are not computable, never nought', () => {
  expect(rowOf(names, [{ forecast: 1, actual: 1, band: null }])).toMatchObject({ state: 'not_computable', wape: null })
})

test('the simple methods do what their names say', () => {
  const cost = Float64Array.from({ length: 60 }, (_, i) => i)
  const calendar = calendarOf(dayNumber('2025-01-01') as number, 120)
  const value = (name: string, h: number) =>
    baselines.find((one) => one.name === name)?.path(cost, calendar, 59, 60)[h - 1]
  expect(value('naive, last day', 5)).toBe(59)
  expect(value('seasonal naive, 7 d', 1)).toBe(53)
  expect(value('seasonal naive, 7 d', 9)).toBe(54)
  expect(value('drift', 3)).toBe(62)
  expect(value('run rate', 1)).toBe(59)
  expect(value('mean of 30 d', 1)).toBe(44.5)
  expect(value('same days last month', 1)).toBe(32)
  expect(value('same days last month', 30)).toBe(58)
  expect(value('OLS 30 d, outliers cut', 10)).toBeCloseTo(69, 6)
})

test('an origin is scored with what was known on it: later history does not change an earlier origin', () => {
  const leaf = (days: number) => ({
    provider: 'p',
    account: 'a',
    service: 's',
    team: '',
    cost: Float64Array.from({ length: days }, (_, i) => 100 + ((i * 37) % 11)),
  })
  const { origins, rows } = backtest(first, [leaf(314)], 3)
  expect(origins).toEqual(['2025-05-10', '2025-04-10', '2025-03-10'])
  const own = rows.find((row) => row.level === 'leaf' && row.horizon === 'month end' && row.method === 'costwright')
  expect(own).toMatchObject({ points: 3, state: 'ok' })
  expect(own?.wape).toBeLessThan(1.5)
})

test('days between the last known one and the origin are skipped at every earlier origin too', () => {
  const cost = Float64Array.from({ length: 314 + 20 }, (_, i) => (i % 30 === 29 ? 1e6 : 100))
  const leaf = { provider: 'p', account: 'a', service: 's', team: '', cost }
  const { origins } = backtest(first, [leaf], 2, 1)
  expect(origins).toEqual(['2025-06-01', '2025-05-01'])
  const naive = baselines.find(({ name }) => name === 'naive, last day') as (typeof baselines)[number]
  const march = dayNumber('2025-03-01') as number
  const series = Float64Array.from([...new Array<number>(9).fill(100), 1e6, 1e6])
  const answer = simpleAnswer(naive, series, calendarOf(march, 300), { origin: 9, skip: 1 })
  expect([answer.daily[0], answer.month]).toEqual([100, 31 * 100])
})

test('--backtest prints the table, or writes it with --out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-backtest-'))
  const rows = Array.from({ length: 314 }, (_, i) => `${dateOf(first + i)},p,a,s,t,${100 + ((i * 37) % 11)}`)
  writeFileSync(join(folder, 'costs.csv'), `date,provider,account,service,team,cost\n${rows.join('\n')}\n`)
  const args = ['forecast', '--series', join(folder, 'costs.csv'), '--origin', '2025-06-10', '--backtest']
  const { code, out, notes } = await runCommand(args, folder)
  expect(code).toBe(0)
  expect(out).toContain('same days last month')
  expect(notes.join()).toContain('2025-05-10')
  await runCommand([...args, '--out', join(folder, 'backtest.json')], folder)
  expect(JSON.parse(readFileSync(join(folder, 'backtest.json'), 'utf8'))).toMatchObject({
    schema: 'costwright-backtest/1',
  })
})

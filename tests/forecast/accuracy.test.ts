import { expect, test } from 'vitest'
import { scoreIssued, windowsToScore } from '../../src/forecast/accuracy.ts'
import type { StoredForecast } from '../../src/forecast/issued.ts'
import type { ScopeCost } from '../../src/forecast/lake-forecast.ts'

const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05']
const windowOf = (month: number) => ({ start: `${months[month]}-01`, end: `${months[month + 1]}-01` })

function issued(month: number, point: number, more: Partial<StoredForecast> = {}): StoredForecast {
  const band = { point, lo80: point - 7, hi80: point + 7, lo95: point - 9, hi95: point + 9 }
  const origin = `${months[month]}-10`
  return {
    id: `${origin}-${point}`,
    issued_at: `${origin}T12:00:00Z`,
    schema: 'costwright-issued-forecast/1',
    origin,
    currency: 'USD',
    ledger: 'accrual',
    vintage: 'as_issued',
    complete_through: origin,
    data_version: 'x',
    month: windowOf(month),
    quarter: { start: '2026-07-01', end: '2026-10-01' },
    events: [],
    record: [],
    forecasts: [
      {
        level: 'team',
        scope: { team: '' },
        account_name: null,
        state: 'ok',
        reason: null,
        method: 'm',
        month_to_date: '0',
        month_end: band,
        next_quarter: band,
        year: null,
        budgets: [],
      },
    ],
    ...more,
  }
}

function closed(month: number, cost: number) {
  const names = { provider: null, account: null, account_name: null, service: null, team: null, product: null }
  const costs: ScopeCost[] = [{ level: 'team', ...names, effective_cost: String(cost) }]
  return { ...windowOf(month), costs }
}

// specs/vectors.json B09
const forecast = [130, 88, 105, 97]
const actual = [120, 80, 100, 100]

test('accuracy of issued forecasts is that of the worked example B09, an unowned team included', () => {
  const rows = scoreIssued(
    forecast.map((point, i) => issued(i, point)),
    actual.map((cost, i) => closed(i, cost)),
  )
  expect(rows).toEqual([
    {
      vintage: 'as_issued',
      level: 'team',
      horizon: 'month end',
      state: 'ok',
      points: 4,
      issues: 4,
      wape: expect.closeTo(6.5, 9),
      bias: expect.closeTo(5, 9),
      mdape: expect.closeTo((5 + 100 / 12) / 2, 9),
      inside80: 50,
      inside95: 75,
    },
  ])
})

test('the first issue of an origin counts; a month known in full and one still open do not', () => {
  const first = issued(0, 130)
  const later = issued(0, 120, { issued_at: '2026-01-11T00:00:00Z' })
  const known = issued(1, 80, { origin: '2026-02-28', complete_through: '2026-02-28' })
  const rows = scoreIssued([later, first, known, issued(2, 100)], [closed(0, 120), closed(1, 80)])
  expect(rows).toMatchObject([{ points: 1, state: 'not_computable', wape: null }])
})

test('replayed forecasts stand apart from those that were issued in their time', () => {
  const rows = scoreIssued([issued(0, 130), issued(1, 88, { vintage: 'replayed' })], [closed(0, 120), closed(1, 80)])
  expect(rows.map(({ vintage, points }) => [vintage, points])).toEqual([
    ['as_issued', 1],
    ['replayed', 1],
  ])
})

test('windows are scored once they are closed, each once', () => {
  const all = [issued(0, 1), issued(0, 2), issued(1, 3), issued(2, 4)]
  expect(windowsToScore(all, '2026-03-01')).toEqual([windowOf(0), windowOf(1)])
  expect(windowsToScore(all, '2026-02-28')).toEqual([windowOf(0)])
})

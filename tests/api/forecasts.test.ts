import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IssuedScope, StoredForecast } from '../../src/forecast/issued.ts'
import { apiOver, warehouseFile } from '../support/api.ts'

const band = { point: 3100.4, lo80: 3000, hi80: 3200, lo95: 2900, hi95: 3300 }
const total: IssuedScope = {
  level: 'total',
  scope: {},
  account_name: null,
  state: 'ok',
  reason: null,
  method: 'calendar+damped+theta',
  month_to_date: '2000.500000000000000',
  month_end: band,
  next_quarter: band,
  year: { closed: '20000.000000000000000', landing: 29000.5 },
  budgets: [
    { budget: 'all', amount: '3000', variance: 100.4, variance_pct: 3.3467, overrun: { least: 0.1, most: 0.9 } },
  ],
}
const team: IssuedScope = {
  ...total,
  level: 'team',
  scope: { team: 'core' },
  state: 'insufficient_history',
  reason: '14 days of history; 42 are needed',
  month_end: null,
  next_quarter: null,
  budgets: [],
}
const issued = (currency: string, dataVersion: string): StoredForecast => ({
  id: `2026-10-20-${currency}`,
  issued_at: '2026-10-21T00:00:00.000Z',
  schema: 'costwright-issued-forecast/1',
  origin: '2026-10-20',
  currency,
  ledger: 'accrual',
  vintage: 'as_issued',
  complete_through: '2026-10-20',
  data_version: dataVersion,
  month: { start: '2026-10-01', end: '2026-11-01' },
  quarter: { start: '2027-01-01', end: '2027-04-01' },
  events: [],
  record: [],
  forecasts: [total, team],
})

const rows = [
  { ChargePeriodStart: '2026-09-03T00:00:00Z', BilledCost: '100' },
  { ChargePeriodStart: '2026-10-03T00:00:00Z', BilledCost: '2000.5' },
]
const inFlight = "update lake_versions set complete_through = '2026-10-21', landed_at = '2026-10-25';"
let api: Awaited<ReturnType<typeof apiOver>>
beforeAll(async () => {
  const forecasts = [issued('USD', 'state1'), issued('EUR', 'older')]
  api = await apiOver(await warehouseFile(rows, 'state1', inFlight), { forecasts })
})
afterAll(() => api.context.close())

test('every issued scope is a row, with basis, currency, completeness and whether the data are still those', async () => {
  const body = await api.json('/api/v1/forecasts')
  expect(body.rows).toHaveLength(4)
  expect(body.rows[0]).toEqual({ currency: 'USD', origin: '2026-10-20', ...total })
  expect(body.meta).toMatchObject({
    ledger: 'accrual',
    basis: 'amortised',
    currency: ['EUR', 'USD'],
    complete_through: '2026-10-21T00:00:00Z',
    state: 'state1',
    issued: [
      { currency: 'USD', is_current: true, data_version: 'state1', vintage: 'as_issued', record: [] },
      { currency: 'EUR', is_current: false },
    ],
    hint: null,
  })
})

test('currency and level narrow the rows; an insufficient history is null with its reason', async () => {
  const { rows: teams } = await api.json('/api/v1/forecasts?currency=EUR&level=team')
  expect(teams).toMatchObject([{ currency: 'EUR', month_end: null, reason: '14 days of history; 42 are needed' }])
  expect((await api.json('/api/v1/forecasts?currency=SEK')).rows).toEqual([])
})

test.each([
  ['level=leaf', 'level: "leaf" is not one of'],
  ['team=core', 'forecasts has no parameter team'],
])('%s is refused in words', async (query, detail) => {
  const response = await api.get(`/api/v1/forecasts?${query}`)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining(detail) })
})

test('a client that has the answer is told so; nothing issued says what to do', async () => {
  const etag = (await api.get('/api/v1/forecasts')).headers.get('etag') ?? ''
  expect((await api.get('/api/v1/forecasts', { 'if-none-match': etag })).status).toBe(304)
  const none = await apiOver(await warehouseFile(rows))
  expect((await none.json('/api/v1/forecasts')).meta).toMatchObject({
    hint: expect.stringContaining('costwright forecast'),
  })
  none.context.close()
})

test('the overview shows the landing of the month in flight with its bands, and of no closed month', async () => {
  const page = async (path: string) => (await (await api.get(path)).text()).replaceAll('\u00a0', ' ')
  const current = await page('/?month=2026-10&currency=USD')
  expect(current).toContain('month-end landing</dt><dd>USD 3,100')
  expect(current).toContain('USD 3,000 to USD 3,200')
  expect(current).toContain('+3.3 %')
  expect(await page('/?month=2026-09&currency=USD')).not.toContain('month-end landing')
})

test('the page has bands, budget, the record beside the figures, and the known changes', async () => {
  const event = { scope: { provider: 'p' }, start: '2026-12-01', per_day: 12.5, reason: 'plan sp-1 ends' }
  const figures = { state: 'ok', points: 6, wape: 3.21, bias: -1.5, mdape: 3, inside80: 66.7, inside95: 100 } as const
  const record = [
    { ...figures, level: 'total', horizon: 'month end', best_simple: { method: 'run rate', wape: 31 } },
    { ...figures, level: 'team', horizon: 'month end', state: 'not_computable', wape: null, best_simple: null },
  ] as const
  const forecasts = [{ ...issued('USD', 'older'), record, events: [event, { ...event, scope: { provider: 'q' } }] }]
  const other = await apiOver(await warehouseFile(rows, 'state1', inFlight), { forecasts })
  const page = (await (await other.get('/forecasts')).text()).replaceAll('\u00a0', ' ')
  for (const part of [
    'Forecast: Oct 2026, USD',
    '80 %: USD 3,000 to USD 3,200',
    '95 %: USD 2,900 to USD 3,300',
    '+3.3 % against USD 3,000',
    'error so far 3.2 % at 6 origins',
    'error not computable yet',
    '14 days of history; 42 are needed',
    'run rate, 31.0 %',
    'plan sp-1 ends',
    'USD 25.00',
    'Newer data have arrived since',
  ])
    expect(page).toContain(part)
  expect(page).not.toMatch(/<script|style="/)
  expect((await other.get('/forecasts?level=leaf')).status).toBe(400)
  other.context.close()
})

test('before the first forecast the page says when one comes', async () => {
  const none = await apiOver(await warehouseFile(rows))
  expect(await (await none.get('/forecasts')).text()).toContain('No forecast yet')
  none.context.close()
})

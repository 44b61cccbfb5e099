import { afterEach, expect, test } from 'vitest'
import { commitmentEnds } from '../../src/detect/commitment-ends.ts'
import { lakeAlerts } from '../../src/detect/lake-alerts.ts'
import { accountKey, completeDays, currenciesOf, readLakeSeries } from '../../src/detect/lake-series.ts'
import { type Estate, estateOf, type Row } from '../support/rows.ts'

let estate: Estate | undefined
afterEach(() => {
  estate?.warehouse.close()
  estate = undefined
})

const dayAt = (index: number) => new Date(Date.UTC(2026, 0, 1 + index)).toISOString()
const charge = (index: number, cost: string, more: Row = {}): Row => ({
  ChargePeriodStart: dayAt(index),
  ChargePeriodEnd: dayAt(index + 1),
  BilledCost: cost,
  EffectiveCost: cost,
  ...more,
})

/** Versions of source `cloud` that landed at an instant and hold usage through another. */
const landed = (at: string, through: string) => `
  create or replace table lake_versions (source varchar, landed_at timestamp, complete_through timestamp);
  insert into lake_versions values ('cloud', '${at}', '${through}');`

/** Three services that spend 100 a day for 130 days; `falls` names those without a charge on the last day. */
async function steady(falls: readonly string[], landedAt: string): Promise<Estate> {
  const rows = ['Compute', 'Storage', 'Queue'].flatMap((ServiceName) =>
    Array.from({ length: 130 }, (_, index) =>
      charge(index, String(100 + (index % 3)), { ServiceName, ResourceType: 'kind' }),
    ).slice(0, falls.includes(ServiceName) ? 129 : 130),
  )
  estate = await estateOf(rows, { setup: landed(landedAt, '2026-05-11 00:00:00') })
  return estate
}

test('a fall on a day that is not complete yet is not judged; the same fall is, once the day is complete', async () => {
  const early = await steady(['Queue'], '2026-05-11 06:00:00')
  const incomplete = await completeDays(early.warehouse)
  expect([...incomplete.values()]).toEqual(['2026-05-10'])
  expect((await lakeAlerts(early.warehouse, 'USD', incomplete)).alerts).toEqual([])
  early.warehouse.close()
  const { warehouse } = await steady(['Queue'], '2026-05-12 00:00:00')
  const { alerts } = await lakeAlerts(warehouse, 'USD', await completeDays(warehouse))
  expect(alerts).toMatchObject([
    { series: { service: 'Queue', team: '' }, date: '2026-05-10', direction: 'down', currency: 'USD', actual: '0.00' },
  ])
})

test('a source that stopped delivering has unknown days, not falls, and its incidents stay as they were', async () => {
  const rows = [
    ...Array.from({ length: 150 }, (_, index) => charge(index, '100', { SubAccountId: 'alive' })),
    ...Array.from({ length: 120 }, (_, index) =>
      charge(index, index === 118 || index === 119 ? '500' : '100', { SubAccountId: 'silent', source: 'other' }),
    ),
  ]
  const setup = `${landed('2026-07-01', '2026-05-31')} insert into lake_versions values ('other', '2026-07-01', '2026-05-01');`
  estate = await estateOf(rows, { setup })
  const { alerts, incidents } = await lakeAlerts(estate.warehouse, 'USD', await completeDays(estate.warehouse))
  expect(alerts.filter(({ direction }) => direction === 'down')).toEqual([])
  expect(incidents).toMatchObject([{ series: { account: 'silent' }, state: 'open', last_day: '2026-04-30' }])
})

test('tax and usage of a month are spread over its days to the ninth decimal; purchases and credits stay on theirs', async () => {
  const month = { ChargePeriodStart: '2026-02-01T00:00:00Z', ChargePeriodEnd: '2026-03-01T00:00:00Z' }
  const rows = ['Tax', 'Usage', 'Purchase', 'Credit'].map((ChargeCategory) => ({
    ...month,
    ChargeCategory,
    BilledCost: '28.000000028',
    EffectiveCost: '28.000000028',
  }))
  estate = await estateOf(rows)
  const series = await estate.run('daily_series', { currency: 'USD' })
  const by = (category: string) => series.filter((row) => row['charge_category'] === category)
  for (const category of ['Tax', 'Usage']) {
    expect(by(category)).toHaveLength(28)
    expect(by(category).at(-1)).toMatchObject({ date: '2026-02-28', cost: '1.000000001' })
  }
  for (const category of ['Purchase', 'Credit'])
    expect(by(category)).toMatchObject([{ date: '2026-02-01', cost: '28.000000028' }])
})

test('currencies are read apart, and a charge without effective cost is left out', async () => {
  estate = await estateOf([
    charge(0, '1'),
    charge(0, '2', { BillingCurrency: 'EUR' }),
    charge(1, '3', { EffectiveCost: null }),
  ])
  expect(await currenciesOf(estate.warehouse)).toEqual(['USD', 'EUR'])
  const input = await readLakeSeries(estate.warehouse, 'USD', new Map())
  expect([input.days, input.leaves.length, [...input.rows.amount]]).toEqual([1, 1, [1]])
})

test('an empty lake has no currency and no series', async () => {
  estate = await estateOf([])
  expect(await currenciesOf(estate.warehouse)).toEqual([])
  expect((await lakeAlerts(estate.warehouse, 'USD', new Map())).alerts).toEqual([])
})

/** A commitment that covers 20 of on-demand usage for 12 a day, on days `from` to `to`. */
const covered = (id: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) =>
    charge(from + index, '12', {
      ContractedCost: '20',
      ListCost: '20',
      CommitmentDiscountId: id,
      CommitmentDiscountType: 'Reservation',
      CommitmentDiscountStatus: 'Used',
    }),
  )
const complete = (before: string) => new Map([[accountKey('Cloud', 'account'), before]])

test('a commitment has ended after two complete days without it, unless another of its kind took its place', async () => {
  estate = await estateOf(covered('old', 0, 60))
  const ends = (before: string) => commitmentEnds((estate as Estate).warehouse, 'USD', complete(before))
  expect(await ends('2026-03-03')).toEqual([])
  expect(await ends('2026-03-04')).toMatchObject([
    { commitment_id: 'old', ended_on: '2026-03-02', effective_cost: '12.000000000', on_demand_cost: '20.000000000' },
  ])
  estate.warehouse.close()
  estate = await estateOf([...covered('old', 0, 60), ...covered('new', 62, 90)])
  expect((await ends('2026-03-20')).map(({ commitment_id }) => commitment_id)).toEqual([])
})

test('a verdict reaches detection on the lake; an incident has its days and its excess to date', async () => {
  const rows = Array.from({ length: 160 }, (_, index) => charge(index, String((index < 120 ? 100 : 200) + (index % 3))))
  estate = await estateOf(rows, { setup: landed('2026-07-01', '2026-06-10') })
  const complete = await completeDays(estate.warehouse)
  const [incident] = (await lakeAlerts(estate.warehouse, 'USD', complete)).incidents
  expect(incident).toMatchObject({ onset: '2026-05-01', direction: 'up' })
  expect(incident?.history[0]?.date).toBe('2026-04-01')
  expect(incident?.history.find(({ date }) => date === '2026-05-01')?.actual).toBe('200.00')
  const days = incident?.history.filter(({ date }) => date >= '2026-05-01' && date <= (incident?.last_day ?? '')) ?? []
  expect(Number(incident?.excess) / days.length).toBeCloseTo(100, -1)
  const series = { provider: 'Cloud', account: 'account', service: 'Compute Engine', team: '' }
  const verdict = { series, date: '2026-05-01', direction: 'up', verdict: 'expected', given_on: '2026-05-03' }
  const judged = await lakeAlerts(estate.warehouse, 'USD', complete, { feedback: [verdict] })
  expect(judged.incidents[0]).toMatchObject({ incident_id: incident?.incident_id, state: 'expected' })
})

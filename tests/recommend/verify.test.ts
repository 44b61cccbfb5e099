import { afterEach, describe, expect, test } from 'vitest'
import { type DoneSaving, verifySaving } from '../../src/recommend/verify.ts'
import { daily, providers } from '../support/recommend.ts'
import { type Estate, estateOf, type Row } from '../support/rows.ts'

const now = new Date('2026-11-20T00:00:00Z')
const done: DoneSaving = {
  resource_id: 'r-1',
  sub_account_id: 'account',
  currency: 'USD',
  step: 'tier',
  implemented_on: '2026-09-15',
  promised: '60',
}
const row = (quantity: number, cost: number, more: Row = {}): Row => ({
  ResourceId: 'r-1',
  SkuMeter: 'EBS:VolumeUsage.gp2',
  PricingUnit: 'GB-Months',
  PricingQuantity: String(quantity),
  EffectiveCost: String(cost),
  ...more,
})
const earlier = (each: Row) => daily(each, '2026-08-01', '2026-09-15')
const later = (each: Row, end = '2026-10-15') => daily(each, '2026-09-16', end)
/** Keeps the bill complete to the middle of October when the resource is gone. */
const other = daily(row(1, 1, { ResourceId: 'other', ServiceName: 'Another Service' }), '2026-08-01', '2026-10-15')

let estate: Estate | undefined
afterEach(() => estate?.warehouse.close())

async function verified(rows: readonly Row[], saving: Partial<DoneSaving> = {}, setup?: string): Promise<Row> {
  estate = await estateOf([...rows, ...other], { defaults: providers.aws, ...(setup === undefined ? {} : { setup }) })
  const [found] = (await verifySaving(estate.warehouse, { ...done, ...saving }, now)).rows
  return found ?? {}
}

describe('a saving is measured at constant usage', () => {
  test('a cheaper kind: old price of a unit × units used since, less what was paid', async () => {
    // 10 a day for 100 units; then 8 for 100 units: 2 × 365 ÷ 12
    const found = await verified([...earlier(row(100, 10)), ...later(row(100, 8))])
    expect(found).toMatchObject({ outcome: 'verified', model: 'unit_price', days_before: '28', days_after: '29' })
    expect(Number(found['realised_month'])).toBeCloseTo(60.833333, 5)
    expect(Number(found['realisation'])).toBeCloseTo(60.833333 / 60, 5)
  })

  test('usage that fell is no saving, usage that grew hides none', async () => {
    const fell = await verified([...earlier(row(100, 10)), ...later(row(80, 8))])
    expect(fell).toMatchObject({ outcome: 'not_measurable' })
    expect(Number(fell['realised_month'])).toBeCloseTo(0, 6)
    expect(Number(fell['raw_month'])).toBeCloseTo(60.833333, 5)
    estate?.warehouse.close()
    const grew = await verified([...earlier(row(100, 10)), ...later(row(200, 16))])
    expect(Number(grew['realised_month'])).toBeCloseTo((4 * 365) / 12, 5)
  })

  test('what was deleted is compared with its daily cost before, days without a charge count', async () => {
    const found = await verified(earlier(row(100, 10)), { step: 'eliminate' })
    expect(found).toMatchObject({ outcome: 'verified', model: 'level' })
    expect(Number(found['realised_month'])).toBeCloseTo((10 * 365) / 12, 5)
  })

  test('with a business metric the baseline is fixed + variable × metric', async () => {
    // 30 + 0.025 × 1,900 or 2,100 before; 66 at 1,600 after: 4 a day
    const days = (rows: Row[], cost: (index: number) => number) =>
      rows.map((each, index) => ({ ...each, EffectiveCost: String(cost(index)) }))
    const setup = `insert into business_metrics (metric_date, metric, value)
      select d::date, 'orders', case when d::date > date '2026-09-15' then 1600 when day(d) % 2 = 0 then 1900 else 2100 end
      from (select unnest(generate_series(timestamp '2026-08-01', timestamp '2026-10-31', interval 1 day)) as d)`
    const dayOf = (index: number) => new Date(Date.UTC(2026, 7, 1 + index)).getUTCDate()
    const rows = [...days(earlier(row(1, 0)), (index) => (dayOf(index) % 2 === 0 ? 77.5 : 82.5)), ...later(row(1, 66))]
    const found = await verified(rows, { metric: 'orders' }, setup)
    expect(found).toMatchObject({ outcome: 'verified', model: 'driver' })
    expect(Number(found['saved_per_day'])).toBeCloseTo(4, 6)
  })
})

test('less than 14 days after the change it is too early', async () => {
  expect(
    await verified([...earlier(row(100, 10)), ...later(row(100, 8))], { implemented_on: '2026-10-05' }),
  ).toMatchObject({
    outcome: 'too_early',
  })
})

test('a difference below the noise of the days is not measurable', async () => {
  const noisy = (rows: Row[], level: number) =>
    rows.map((each, index) => ({ ...each, EffectiveCost: String(level + (index % 2 === 0 ? 5 : -5)) }))
  const found = await verified([...noisy(earlier(row(100, 0)), 10), ...noisy(later(row(100, 0)), 9)])
  expect(found).toMatchObject({ outcome: 'not_measurable' })
  expect(Number(found['margin_month'])).toBeGreaterThan(Number(found['realised_month']))
})

test('a cost that is higher than before regressed', async () => {
  expect(await verified([...earlier(row(100, 10)), ...later(row(100, 12))])).toMatchObject({ outcome: 'regressed' })
})

test('a cost that reappears beside the resource is no saving', async () => {
  const twin = daily(row(100, 9, { ResourceId: 'r-2' }), '2026-09-15', '2026-10-15')
  expect(await verified([...earlier(row(100, 10)), ...twin], { step: 'eliminate' })).toMatchObject({ outcome: 'moved' })
})

test('a saving that is gone in the newest week regressed, from the day on which it went', async () => {
  const back = daily(row(100, 10), '2026-10-06', '2026-10-15')
  const found = await verified([...earlier(row(100, 10)), ...later(row(100, 6), '2026-10-06'), ...back])
  expect(found).toMatchObject({ outcome: 'regressed', regressed_on: '2026-10-06' })
})

test('a workload that ended after the change did not regress', async () => {
  const found = await verified([...earlier(row(100, 10)), ...later(row(100, 8), '2026-10-05')])
  expect(found).toMatchObject({ outcome: 'verified', days_after: '19' })
  expect(Number(found['realised_month'])).toBeCloseTo(60.833333, 5)
})

test('nights and week-ends are compared with the same weekdays', async () => {
  // 10 on working days and 2 on Saturday and Sunday; stopped on working days' nights it is 6: 4 of them a day, 22 days of 29
  const isWeekend = (each: Row) => [0, 6].includes(new Date(String(each['ChargePeriodStart'])).getUTCDay())
  const shaped = (rows: Row[], cost: number) =>
    rows.map((each) => ({ ...each, EffectiveCost: isWeekend(each) ? '2' : String(cost) }))
  const after = shaped(later(row(1, 0)), 6)
  const found = await verified([...shaped(earlier(row(1, 0)), 10), ...after], { step: 'schedule' })
  const working = after.filter((each) => !isWeekend(each)).length
  expect(found).toMatchObject({ outcome: 'verified', model: 'level' })
  expect(Number(found['saved_per_day'])).toBeCloseTo((4 * working) / 29, 6)
})

test('a commitment bought since the change is not its saving', async () => {
  const used = { CommitmentDiscountStatus: 'Used', CommitmentDiscountId: 'sp-1', ContractedCost: '10' }
  const found = await verified([...earlier(row(100, 10)), ...later(row(100, 6, used))])
  expect(found).toMatchObject({ outcome: 'not_measurable' })
  expect(Number(found['realised_month'])).toBeCloseTo(0, 6)
})

test('what a freed commitment leaves unused is taken off', async () => {
  // 6 a day are covered, 4 are not; after the machine went nobody uses 5 of the 6
  const held = { CommitmentDiscountId: 'sp-1', CommitmentDiscountType: 'Savings Plan' }
  const covered = row(60, 6, { ...held, CommitmentDiscountStatus: 'Used', ContractedCost: '10' })
  const unused = { ...held, ResourceId: null, CommitmentDiscountStatus: 'Unused', EffectiveCost: '5' }
  const found = await verified([...earlier(row(40, 4)), ...earlier(covered), ...later(row(0, 5, unused))], {
    step: 'eliminate',
  })
  expect(found).toMatchObject({ outcome: 'verified' })
  // the day of the change counts as one of the 30 since it
  expect(Number(found['saved_per_day'])).toBeCloseTo(10 - (5 * 29) / 30, 6)
})

test('what took its place with the change is measured with it, at the old price of a unit', async () => {
  const next = later(row(100, 8, { ResourceId: 'r-2' }))
  const rows = [...earlier(row(100, 10)), ...next]
  expect(await verified(rows)).toMatchObject({ outcome: 'not_measurable' })
  estate?.warehouse.close()
  const found = await verified(rows, { successor: 'r-2' })
  expect(found).toMatchObject({ outcome: 'verified', moved_per_day: 0 })
  expect(Number(found['realised_month'])).toBeCloseTo(60.833333, 5)
})

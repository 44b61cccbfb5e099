import { describe, expect, test } from 'vitest'
import { estateOf, type Row } from '../support/rows.ts'
import { vector, withoutVectors } from '../support/vectors.ts'

const spent = (team: string | null, cost: string, day = '2026-09-01', more: Row = {}): Row => ({
  BilledCost: cost,
  Tags: team === null ? null : { team },
  ChargePeriodStart: `${day}T00:00:00Z`,
  ...more,
})
const later = spent('later', '1', '2026-10-15')
const budget = (
  value: string,
  amount: string,
  more: { month?: string; limits?: string; ledger?: string; currency?: string } = {},
) =>
  `insert into budgets values ('B ${value}', 'team', '${value}', '${more.month ?? '2026-09'}', ${amount}, '${more.currency ?? 'USD'}', '${more.ledger ?? 'accrual'}', ${more.limits ?? '5, 10, 0'});`

async function variance(rows: readonly Row[], setup: string, params = {}) {
  return (await estateOf(rows, { setup })).run('spend_variance', {
    start_month: '2026-09',
    end_month: '2026-10',
    ...params,
  })
}

async function statusOf(actual: string, amount: string, limits?: string) {
  const [row] = await variance([spent('pay', actual), later], budget('pay', amount, limits ? { limits } : {}))
  return [row?.['status'], row?.['variance_pct']]
}

describe.skipIf(withoutVectors)('worked example (skipped without ../shared/specs/vectors.json)', () => {
  test('B08: status by the first rule that matches', async () => {
    const { inputs, expected } = vector('B08')
    const limits = `${inputs.tolerance_pct}, ${inputs.hard_limit_pct}, ${inputs.materiality_abs}`
    const cases: { budget: number; actual: number }[] = inputs.cases
    const rows = await variance(
      [...cases.map((each, i) => spent(`t${i}`, String(each.actual))), later],
      cases.map((each, i) => budget(`t${i}`, String(each.budget), { limits })).join(''),
    )
    const results = cases.map((_, i) => rows.find((row) => row['value'] === `t${i}`))
    expect(
      results.map((row) => ({
        variance: String(Number(row?.['variance'])),
        variance_pct: row?.['variance_pct'] ?? null,
        status: row?.['status'],
      })),
    ).toEqual(
      expected.results.map((each: { variance: string; variance_pct: string | null; status: string }) => ({
        ...each,
        variance_pct: each.variance_pct === null ? null : Number(each.variance_pct),
      })),
    )
  })
})

describe('boundaries are inside, compared exactly', () => {
  test.each([
    ['105', '100', 'on_track'],
    ['105.000000000000001', '100', 'warning'],
    ['95', '100', 'on_track'],
    ['110', '100', 'warning'],
    ['110.000000000000001', '100', 'breach'],
    ['89.999999999999999', '100', 'underspend'],
    ['90', '100', 'warning'],
  ])('actual %s against %s is %s', async (actual, amount, status) => {
    expect((await statusOf(actual, amount))[0]).toBe(status)
  })

  test('materiality excuses what is below it, not what equals it', async () => {
    expect((await statusOf('149.99', '100', '5, 10, 50'))[0]).toBe('on_track')
    expect((await statusOf('150', '100', '5, 10, 50'))[0]).toBe('breach')
  })

  test('a budget of zero: nothing spent is on track, anything else has no budget, whatever the materiality', async () => {
    expect(await statusOf('0', '0')).toEqual(['on_track', null])
    expect(await statusOf('1', '0', '5, 10, 250')).toEqual(['no_budget', null])
  })

  test('a negative budget is judged on its magnitude and keeps its sign', async () => {
    expect(await statusOf('-103', '-100')).toEqual(['on_track', -3])
    expect(await statusOf('-80', '-100')).toEqual(['breach', 20])
  })
})

test('without a budget there is no variance, but the change against the month before', async () => {
  const rows = await variance([spent('pay', '8', '2026-08-31'), spent('pay', '10'), spent(null, '3'), later], '')
  expect(rows.map((row) => [row['value'], row['status'], row['variance'], row['change'], row['change_pct']])).toEqual([
    ['pay', 'no_budget', null, '2.000000000000000', 25],
    ['(none)', 'no_budget', null, '3.000000000000000', null],
  ])
})

test('spend that ended is listed with its fall', async () => {
  const rows = await variance([spent('old', '8', '2026-08-31'), spent('pay', '1'), later], '')
  expect(rows.find((row) => row['value'] === 'old')).toMatchObject({
    actual: '0.000000000000000',
    change: '-8.000000000000000',
    change_pct: -100,
  })
})

test('a budget without any spend is underspent; one for a month without data is not judged', async () => {
  const rows = await variance(
    [spent('pay', '1'), later],
    budget('idle', '100') + budget('pay', '1', { month: '2027-05' }),
    { end_month: '2028-01' },
  )
  expect(
    rows
      .filter((row) => row['budget'] !== null)
      .map((row) => [row['value'], row['month'], row['actual'], row['status']]),
  ).toEqual([['idle', '2026-09', '0.000000000000000', 'underspend']])
})

test('a budget finds its value in another spelling', async () => {
  const rows = await variance([spent('Web Shop', '10'), later], budget('web-shop', '10'))
  expect(rows).toMatchObject([{ value: 'Web Shop', status: 'on_track', budget: 'B web-shop' }])
})

test('an account is found by id or by name', async () => {
  const setup = `insert into budgets values ('a', 'account', '42', '2026-09', 1, 'USD', 'accrual', 5, 10, 0), ('b', 'account', 'shop prod', '2026-09', 2, 'USD', 'accrual', 5, 10, 0)`
  const rows = await variance(
    [
      spent(null, '1', '2026-09-01', { SubAccountId: '42', SubAccountName: 'core' }),
      spent(null, '2', '2026-09-02', { SubAccountId: '43', SubAccountName: 'Shop-Prod' }),
      later,
    ],
    setup,
    { dimension: 'account' },
  )
  expect(rows.map((row) => [row['budget'], row['value'], row['status']])).toEqual([
    ['b', '43', 'on_track'],
    ['a', '42', 'on_track'],
  ])
})

test('a cash budget is compared with BilledCost of the billing month', async () => {
  const rows = [
    spent('pay', '0', '2026-09-01', { EffectiveCost: '5' }),
    spent('pay', '12', '2026-08-31', { EffectiveCost: '0', BillingPeriodStart: '2026-09-01T00:00:00Z' }),
    later,
  ]
  expect(await variance(rows, budget('pay', '12', { ledger: 'cash' }))).toMatchObject([
    { ledger: 'cash', actual: '12.000000000000000', status: 'on_track' },
  ])
})

test('a budget in another currency than the spend is not computable and says so', async () => {
  const rows = await variance([spent('pay', '12'), later], budget('pay', '12', { currency: 'EUR' }))
  expect(rows.find((row) => row['budget'])).toMatchObject({
    status: null,
    state: 'not_computable',
    reason: 'the budget is in EUR, the spend in USD: no rate',
  })
})

test('the month in flight is incomplete', async () => {
  const setup = `${budget('later', '10', { month: '2026-10' })} insert into lake_versions (source, billing_period, version, complete_through) values ('cloud', '2026-10', 1, '2026-10-15 09:00')`
  const rows = await variance([spent('pay', '1'), later], setup, { end_month: '2026-11' })
  expect(rows.map((row) => [row['month'], row['state']])).toEqual([
    ['2026-09', 'ok'],
    ['2026-10', 'incomplete'],
    ['2026-10', 'incomplete'],
  ])
  expect(rows[1]?.['reason']).toBe('the month is in flight: data through 2026-10-15 09:00')
})

test('a leap February compares with January', async () => {
  const rows = await variance(
    [spent('pay', '31', '2028-01-31'), spent('pay', '29', '2028-02-29'), spent('pay', '1', '2028-03-01')],
    '',
    { start_month: '2028-02', end_month: '2028-03' },
  )
  expect(rows).toMatchObject([
    { month: '2028-02', previous_actual: '31.000000000000000', change: '-2.000000000000000' },
  ])
})

test('an empty estate has no variance', async () => {
  expect(await variance([], budget('pay', '1'))).toEqual([])
})

import { describe, expect, test } from 'vitest'
import { estateOf, type Row } from '../support/rows.ts'
import { vector, withoutVectors } from '../support/vectors.ts'

const spent = (day: string, cost: string, more: Row = {}): Row => ({
  BilledCost: cost,
  ChargePeriodStart: `${day}T00:00:00Z`,
  ...more,
})
const volume = (day: string, value: number | string, dimensions = 'null', metric = 'requests') =>
  `insert into business_metrics values ('${day}', '${metric}', 'request', ${dimensions}, ${value}, 'test');`

async function unitCost(rows: readonly Row[], setup: string, params = {}) {
  return (await estateOf(rows, { setup })).run('unit_cost', { metric: 'requests', ...params })
}

describe.skipIf(withoutVectors)('worked examples (skipped without ../shared/specs/vectors.json)', () => {
  test('U01: average and marginal unit cost', async () => {
    const { inputs, expected } = vector('U01')
    const rows = await unitCost(
      [spent('2026-08-01', inputs.period0.cost), spent('2026-09-01', inputs.period1.cost)],
      volume('2026-08-01', inputs.period0.units) + volume('2026-09-01', inputs.period1.units),
    )
    expect(rows.map((row) => row['unit_cost'])).toEqual([Number(expected.average0), Number(expected.average1)])
    expect(rows[1]?.['marginal_unit_cost']).toBeCloseTo(Number(expected.marginal), 9)
    expect(rows[1]).toMatchObject({ change_vs_previous: -0.25, change_vs_baseline: -0.25, target_status: 'met' })
  })

  test('U02: fixed and variable part by least squares, refused as too few points', async () => {
    const { inputs, expected } = vector('U02')
    const day = (i: number) => `2026-09-0${i + 1}`
    const estate = await estateOf(
      inputs.cost.map((cost: number, i: number) => spent(day(i), String(cost))),
      {
        setup: inputs.units.map((units: number, i: number) => volume(day(i), units)).join(''),
      },
    )
    const [row] = await estate.run('unit_cost_structure', { metric: 'requests' })
    const pairs = {
      variable_per_unit: 'variable_per_unit',
      fixed_cost: 'fixed',
      r2: 'r2',
      variable_error: 'slope_std_error',
      fixed_share: 'fixed_share_at_mean',
    }
    for (const [column, key] of Object.entries(pairs)) expect(row?.[column]).toBeCloseTo(Number(expected[key]), 8)
    expect(row).toMatchObject({ state: 'not_computable', reason: 'fewer than 12 periods with cost and volume: 4' })
  })

  test('U08: the average moves against every product, and the report warns', async () => {
    const { inputs, expected } = vector('U08')
    const rows: Row[] = []
    let setup = ''
    for (const [period, day] of [
      ['period0', '2026-08-01'],
      ['period1', '2026-09-01'],
    ] as const) {
      for (const [product, { requests, unit_cost }] of Object.entries<{ requests: number; unit_cost: string }>(
        inputs[period],
      )) {
        rows.push(spent(day, (requests * Number(unit_cost)).toFixed(2), { Tags: { product } }))
        setup += volume(day, requests, `map {'product': '${product}'}`)
      }
    }
    const total = await unitCost(rows, setup)
    expect(total[0]?.['unit_cost']).toBeCloseTo(Number(expected.avg0), 9)
    expect(total[1]?.['unit_cost']).toBeCloseTo(Number(expected.avg1), 9)
    expect(total[1]?.['change_vs_previous']).toBeCloseTo(Number(expected.average_change), 9)
    const products = (await unitCost(rows, setup, { dimension: 'product' })).filter(
      (row) => row['period'] === '2026-09',
    )
    for (const row of products)
      expect(row['change_vs_previous']).toBeCloseTo(Number(expected.segment_changes[String(row['value'])]), 9)
    expect(products.map((row) => row['mix_warning'])).toEqual([true, true])
  })
})

test('no warning when the average moves with its parts', async () => {
  const tags = (product: string) => ({ Tags: { product } })
  const rows = [
    spent('2026-08-01', '1', tags('A')),
    spent('2026-08-01', '1', tags('B')),
    spent('2026-09-01', '2', tags('A')),
    spent('2026-09-01', '3', tags('B')),
  ]
  const setup = ['2026-08-01', '2026-09-01']
    .flatMap((day) => ['A', 'B'].map((p) => volume(day, 1, `map {'product': '${p}'}`)))
    .join('')
  expect((await unitCost(rows, setup, { dimension: 'product' })).some((row) => row['mix_warning'])).toBe(false)
})

test('a missing volume gives null and says which', async () => {
  const rows = await unitCost([spent('2026-08-01', '1'), spent('2026-09-01', '1')], volume('2026-08-01', 10))
  expect(rows[1]).toMatchObject({
    unit_cost: null,
    effective_cost: '1.000000000000000',
    state: 'not_computable',
    reason: 'no volume of requests in 2026-09',
  })
})

test('a volume of zero and one below the minimum give null', async () => {
  const setup =
    volume('2026-08-01', 0) +
    volume('2026-09-01', 5) +
    `insert into business_metric_kinds values ('requests', 'sum', 10);`
  const rows = await unitCost([spent('2026-08-01', '1'), spent('2026-09-01', '1')], setup)
  expect(rows.map((row) => [row['unit_cost'], row['reason']])).toEqual([
    [null, 'the volume is 0'],
    [null, 'the volume is below the minimum of 10.000000000000000'],
  ])
})

test('a volume without cost is listed without unit cost', async () => {
  const rows = await unitCost([spent('2026-08-01', '1')], volume('2026-08-01', 1) + volume('2026-09-01', 5))
  expect(rows[1]).toMatchObject({ period: '2026-09', unit_cost: null, reason: 'no cost in 2026-09' })
})

test('a daily metric with missing days makes the month incomplete', async () => {
  const days = ['2026-08-01', '2026-08-02', '2026-08-03']
  const rows = await unitCost(
    [...days.map((day) => spent(day, '1')), spent('2026-09-01', '1')],
    volume('2026-08-01', 1) + volume('2026-08-02', 1),
  )
  expect(rows[0]).toMatchObject({ unit_cost: 1.5, state: 'incomplete', reason: 'volume on 2 of 3 days' })
})

test('tenants are averaged over the days, requests are summed', async () => {
  const setup = ['2026-08-01', '2026-08-02']
    .flatMap((day) => [volume(day, 10), volume(day, 10, 'null', 'tenants')])
    .join('')
  const estate = await estateOf([spent('2026-08-01', '50'), spent('2026-08-02', '50')], {
    setup: `${setup} insert into business_metric_kinds values ('tenants', 'average', null);`,
  })
  expect((await estate.run('unit_cost', { metric: 'requests' }))[0]).toMatchObject({
    volume: '20.000000000000000',
    unit_cost: 5,
  })
  expect((await estate.run('unit_cost', { metric: 'tenants' }))[0]).toMatchObject({
    volume: '10.000000000000000',
    unit_cost: 10,
  })
})

test('a dimension takes cost and volume of the same value, whatever the spelling', async () => {
  const rows = [
    spent('2026-08-01', '6', { Tags: { environment: 'Prod' } }),
    spent('2026-08-01', '3', { Tags: { environment: 'dev' } }),
    spent('2026-08-01', '2'),
  ]
  const setup =
    volume('2026-08-01', 3, `map {'environment': 'prod', 'region': 'eu'}`) +
    volume('2026-08-01', 1, `map {'environment': 'dev', 'region': 'eu'}`)
  const found = await unitCost(rows, setup, { dimension: 'environment' })
  expect(found.map((row) => [row['value'], row['unit_cost']])).toEqual([
    ['Prod', 2],
    ['dev', 3],
  ])
  expect((await unitCost(rows, setup, { dimension: 'environment', value: 'PROD' })).map((row) => row['value'])).toEqual(
    ['Prod'],
  )
  expect((await unitCost(rows, setup))[0]).toMatchObject({
    value: 'total',
    effective_cost: '11.000000000000000',
    volume: '4.000000000000000',
  })
})

test('a day carries its part of a monthly fee', async () => {
  const fee = spent('2026-09-01', '30', { ChargeCategory: 'Purchase', ChargePeriodEnd: '2026-10-01T00:00:00Z' })
  const [row] = await unitCost([fee, spent('2026-09-02', '1')], volume('2026-09-02', 2), {
    grain: 'daily',
    start_date: '2026-09-02',
    end_date: '2026-09-03',
  })
  expect(row).toMatchObject({ period: '2026-09-02', effective_cost: '2.000000000000000', unit_cost: 1, state: 'ok' })
})

test('a baseline can be named; each currency has its own unit cost', async () => {
  const rows = ['2026-07-01', '2026-08-01', '2026-09-01'].map((day, i) => spent(day, String(i + 1)))
  const setup = ['2026-07-01', '2026-08-01', '2026-09-01'].map((day) => volume(day, 1)).join('')
  const found = await unitCost([...rows, spent('2026-09-01', '7', { BillingCurrency: 'EUR' })], setup, {
    baseline: '2026-08',
  })
  expect(found.filter((row) => row['billing_currency'] === 'USD').map((row) => row['change_vs_baseline'])).toEqual([
    -0.5, 0, 0.5,
  ])
  expect(found.filter((row) => row['unit_cost'] === 7).map((row) => row['billing_currency'])).toEqual(['EUR'])
})

test('an unknown metric has cost, no volume and a reason', async () => {
  expect((await unitCost([spent('2026-08-01', '1')], '', { metric: 'orders' }))[0]).toMatchObject({
    unit_cost: null,
    reason: 'no volume of orders in 2026-08',
  })
})

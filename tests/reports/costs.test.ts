import { describe, expect, test } from 'vitest'
import { estateOf, type Row } from '../support/rows.ts'
import { vector, withoutVectors } from '../support/vectors.ts'

const charge = (cost: string, more: Row = {}): Row => ({ BilledCost: cost, ...more })
const on = (day: string) => ({ ChargePeriodStart: `${day}T00:00:00Z` })

describe.skipIf(withoutVectors)('worked examples (skipped without ../shared/specs/vectors.json)', () => {
  test('R04: a correction stays in its billing month in the cash view and moves in the service view', async () => {
    const { inputs, expected } = vector('R04')
    const correction = { ...inputs.later_month_correction, refers_to: undefined, invoiced_in: undefined }
    const estate = await estateOf([
      charge(inputs.snapshot1.total, on('2026-07-01')),
      charge(inputs.snapshot2.new_support_row, { ...on('2026-07-02'), ChargeCategory: 'Purchase' }),
      charge(correction.BilledCost, {
        ...on('2026-07-03'),
        ChargeClass: 'Correction',
        BillingPeriodStart: '2026-08-01T00:00:00Z',
      }),
    ])
    const cash = await estate.run('cost_by_month')
    expect(cash.map((row) => Number(row['billed_cost']))).toEqual(
      [expected.cash_view_2026_07, expected.cash_view_2026_08_adjustment].map(Number),
    )
    const service = await estate.run('cost_by_month', { month_of: 'charge_period' })
    expect(service.map((row) => [row['month'], Number(row['billed_cost'])])).toEqual([
      ['2026-07', Number(expected.service_period_view_2026_07)],
    ])
    expect(await estate.run('corrections')).toMatchObject([
      { billing_period: '2026-08', charge_month: '2026-07', billed_cost: '-4.000000000000000' },
    ])
  })

  test('R02: amounts are summed unrounded', async () => {
    const { inputs, expected } = vector('R02')
    const [row] = await (await estateOf(inputs.rows.map((cost: string) => charge(cost)))).run('cost_by_month')
    expect(Number(row?.['billed_cost'])).toBe(Number(expected.exact_sum))
  })

  test('R05: the engine types exact arithmetic as the ledger expects', async () => {
    const { inputs, expected } = vector('R05')
    const { warehouse } = await estateOf([])
    const cast = (text: string) => text.replaceAll(/decimal\(\d+,\d+\)/g, (type) => `cast(1 as ${type})`)
    const columns = await warehouse.describe(
      `select ${inputs.expressions.map((text: string, i: number) => `${cast(text)} as c${i}`).join(', ')}`,
    )
    expect(columns.map(({ type }) => type)).toEqual(expected.types)
  })

  test('R07: each invoice against the data, unbilled charges apart', async () => {
    const { inputs, expected } = vector('R07')
    const totals = Object.entries(inputs.invoices).map(
      ([id, amount]) => `insert into invoice_totals values (null, null, '${id}', 'USD', ${amount}, false)`,
    )
    const estate = await estateOf(inputs.rows, { setup: totals.join(';') })
    const rows = await estate.run('invoice_reconciliation')
    for (const [id, wanted] of Object.entries<{ data: string; difference: string | null; status: string }>(
      expected.results,
    )) {
      const row = rows.find((each) => each['invoice_id'] === id)
      expect([
        Number(row?.['data_cost']),
        row?.['difference'] === null ? null : Number(row?.['difference']),
        row?.['state'],
      ]).toEqual([Number(wanted.data), wanted.difference === null ? null : Number(wanted.difference), wanted.status])
    }
    expect(rows.find((row) => row['invoice_id'] === null)).toMatchObject({
      state: 'open',
      data_cost: '3.100000000000000',
    })
    expect(rows.reduce((sum, row) => sum + Number(row['difference'] ?? 0), 0)).toBeCloseTo(
      Number(expected.total_difference),
      9,
    )
  })
})

test('an invoice without data, and a voided one, are told apart', async () => {
  const setup = `insert into invoice_totals values ('Cloud', 'payer', 'X', 'USD', 9, false), ('Cloud', 'payer', 'V', 'USD', 9, true)`
  const rows = await (await estateOf([charge('0', { InvoiceId: 'V' })], { setup })).run('invoice_reconciliation')
  expect(rows.map((row) => [row['invoice_id'], row['difference'], row['state']])).toEqual([
    ['V', '0.000000000000000', 'matched'],
    ['X', '-9.000000000000000', 'missing_in_data'],
  ])
})

test('a monthly fee is spread over its days to the last digit, on leap days too', async () => {
  const estate = await estateOf([
    charge('10', { ...on('2028-02-01'), ChargePeriodEnd: '2028-03-01T00:00:00Z', ChargeCategory: 'Tax' }),
  ])
  const rows = await estate.run('cost_by_service_day')
  expect(rows).toHaveLength(29)
  expect(rows.at(-1)?.['charge_date']).toBe('2028-02-29')
  expect(await estate.rows('select sum(effective_cost) as total from daily_accrual')).toEqual([
    { total: '10.000000000000000' },
  ])
})

test('a charge of a year stays in the month it starts in', async () => {
  const estate = await estateOf([
    charge('-365.000000000000001', { ...on('2026-02-27'), ChargePeriodEnd: '2027-02-27T00:00:00Z' }),
  ])
  expect(
    await estate.rows(
      `select count(*) as days, sum(effective_cost) as total, max(charge_date) as last from daily_accrual`,
    ),
  ).toEqual([{ days: '2', total: '-365.000000000000001', last: '2026-02-28' }])
})

test('cash against accrual: the difference by cause', async () => {
  const plan = { CommitmentDiscountId: 'plan' }
  const [row] = await (
    await estateOf([
      charge('120', { ...plan, ChargeCategory: 'Purchase', EffectiveCost: '0' }),
      charge('0', { ...plan, EffectiveCost: '7', CommitmentDiscountStatus: 'Used' }),
      charge('0', { ...plan, EffectiveCost: '3', CommitmentDiscountStatus: 'Unused' }),
      charge('50', { ChargeCategory: 'Purchase', EffectiveCost: '0' }),
      charge('0', { EffectiveCost: '5' }),
      charge('9'),
    ])
  ).run('cash_vs_accrual')
  expect(row).toMatchObject({
    difference: '155.000000000000000',
    commitment_purchases: '120.000000000000000',
    commitment_amortised: '10.000000000000000',
    other_prepayments: '45.000000000000000',
  })
})

test('the savings ladder adds up', async () => {
  const [row] = await (
    await estateOf([
      charge('0', {
        EffectiveCost: '5',
        ContractedCost: '8',
        ListCost: '10',
        CommitmentDiscountId: 'p',
        CommitmentDiscountStatus: 'Used',
      }),
      charge('0', {
        EffectiveCost: '1',
        ContractedCost: '0',
        ListCost: '0',
        CommitmentDiscountId: 'p',
        CommitmentDiscountStatus: 'Unused',
      }),
      charge('2', { ContractedCost: '6', ListCost: '6', PricingCategory: 'Dynamic' }),
      charge('9', { ContractedCost: '9', ListCost: '12' }),
      charge('3', { ContractedCost: '4', ListCost: '4' }),
      charge('99', { ChargeCategory: 'Tax' }),
    ])
  ).run('savings_ladder')
  expect(row).toMatchObject({
    negotiated_savings: '5.000000000000000',
    commitment_savings: '2.000000000000000',
    spot_savings: '4.000000000000000',
    other_savings: '1.000000000000000',
    total_savings: '12.000000000000000',
    esr_list: 0.375,
    state: 'ok',
  })
})

test('the explorer groups and filters by any attribute and keeps currencies apart', async () => {
  const estate = await estateOf([
    charge('1', { ServiceName: 'A', Tags: { team: 'x' } }),
    charge('2', { ServiceName: 'B', RegionId: 'eu' }),
    charge('4', { ServiceName: 'A', BillingCurrency: 'EUR' }),
  ])
  const figures = async (params: Record<string, string>) =>
    (await estate.run('cost_explorer', params)).map((row) => [
      row['period'],
      row['group_value'],
      row['billing_currency'],
      Number(row['effective_cost']),
      row['share'],
    ])
  expect(await figures({ group_by: 'service', grain: 'month' })).toEqual([
    ['2026-09', 'A', 'EUR', 4, 1],
    ['2026-09', 'B', 'USD', 2, 2 / 3],
    ['2026-09', 'A', 'USD', 1, 1 / 3],
  ])
  expect(await figures({ group_by: 'team', service: 'A' })).toEqual([
    ['total', '(none)', 'EUR', 4, 1],
    ['total', 'x', 'USD', 1, 1],
  ])
  expect(await figures({ group_by: 'region', team: '(none)', end_date: '2026-09-02' })).toHaveLength(2)
})

test('the explorer knows every group that it offers', async () => {
  const estate = await estateOf([charge('1')])
  const { params } = (await import('../../src/catalog/catalog.ts')).readEntry('reports', 'cost_explorer')
  for (const group of params.find((param) => param.name === 'group_by')?.choices ?? []) {
    const rows = await estate.run('cost_explorer', { group_by: group })
    if (group !== 'total') expect(rows[0]?.['group_value'], group).not.toBe('total')
  }
})

test('the rows of a day trace a figure to its charges', async () => {
  const estate = await estateOf([
    charge('1', { ResourceId: 'r' }),
    charge('5', { ResourceId: 's' }),
    charge('7', on('2026-09-02')),
  ])
  const rows = await estate.run('charges_of_day', { date: '2026-09-01' })
  expect(rows.map((row) => [row['resource_id'], row['effective_cost']])).toEqual([
    ['s', '5.000000000000000'],
    ['r', '1.000000000000000'],
  ])
  expect(await estate.run('charges_of_day', { date: '2026-09-01', resource: 'r', limit: 1 })).toHaveLength(1)
})

test('top resources across months, with an owner filter', async () => {
  const estate = await estateOf([
    charge('1', { ResourceId: 'r', Tags: { team: 'x' } }),
    charge('2', { ResourceId: 'r', ...on('2026-10-01'), Tags: { team: 'x' } }),
    charge('2', { ResourceId: 's' }),
    charge('9'),
  ])
  expect(
    (await estate.run('top_resources')).map((row) => [row['resource_id'], row['effective_cost'], row['team']]),
  ).toEqual([
    ['r', '3.000000000000000', 'x'],
    ['s', '2.000000000000000', null],
  ])
  expect((await estate.run('top_resources', { team: '(none)', limit: 5 })).map((row) => row['resource_id'])).toEqual([
    's',
  ])
})

test('a service that appears or ends shows against 0, the first month against nothing', async () => {
  const estate = await estateOf([
    charge('4', { ...on('2026-08-01'), ServiceName: 'Old' }),
    charge('3', { ServiceName: 'New' }),
  ])
  const rows = await estate.run('service_month_over_month')
  expect(rows.map((row) => [row['charge_month'], row['service_name'], row['previous_cost'], row['change']])).toEqual([
    ['2026-08', 'Old', null, null],
    ['2026-09', 'Old', '4.000000000000000', '-4.000000000000000'],
    ['2026-09', 'New', '0.000000000000000', '3.000000000000000'],
  ])
})

test('freshness: the newest version of each month and its delay', async () => {
  const setup = `insert into lake_versions (source, format, billing_period, version, landed_at, complete_through, rows_out) values
    ('aws', 'cur', '2026-09', 1, '2026-10-02', '2026-09-30', 5), ('aws', 'cur', '2026-09', 2, '2026-10-05', '2026-10-01', 6), ('aws', 'cur', '2026-10', 1, '2026-10-05 12:00', '2026-10-05', 1)`
  const rows = await (await estateOf([], { setup })).run('data_freshness')
  expect(rows.map((row) => [row['billing_period'], row['version'], row['delay_hours'], row['rows_out']])).toEqual([
    ['2026-10', 1, 12, '1'],
    ['2026-09', 2, null, '6'],
  ])
})

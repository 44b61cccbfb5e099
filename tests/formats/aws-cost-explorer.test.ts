import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { testLake } from '../support/lake.ts'

const payer = '410927463001'

function costs(rows: readonly Record<string, unknown>[]): Buffer {
  const base = {
    usage_date: '2026-09-01',
    payer_account_id: payer,
    linked_account_id: '111122223333',
    service: 'Amazon Elastic Compute Cloud - Compute',
    record_type: 'Usage',
    unblended_cost: '10',
    amortized_cost: '10',
    net_unblended_cost: null,
    net_amortized_cost: null,
    usage_quantity: '24',
    usage_unit: 'N/A',
    currency: 'USD',
    estimated: false,
  }
  return gzipSync(rows.map((row) => JSON.stringify({ ...base, ...row })).join('\n'))
}

const cur = (cost: string, type = 'Usage') =>
  [
    'bill_payer_account_id,line_item_usage_account_id,line_item_line_item_type,line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_usage_type,line_item_unblended_cost,line_item_currency_code',
    `${payer},111122223333,${type},2026-09-01T00:00:00Z,2026-09-01T01:00:00Z,AmazonEC2,BoxUsage,${cost},USD`,
  ].join('\n')

const money = `select "ChargeCategory" as category, "PricingCategory" as pricing, "BilledCost"::varchar::double as billed,
  "EffectiveCost"::varchar::double as effective, x_RowKind as kind from charges order by all`

test('each record type becomes what the line item type of the export becomes, and both ledgers are conserved', async () => {
  const lake = testLake()
  const path = lake.file(
    'ce/aws_cost_explorer.ndjson.gz',
    costs([
      { unblended_cost: '100.5', amortized_cost: '100.5' },
      { record_type: 'DiscountedUsage', unblended_cost: '0', amortized_cost: '7.25' },
      { record_type: 'SavingsPlanCoveredUsage', unblended_cost: '40', amortized_cost: '28' },
      { record_type: 'SavingsPlanNegation', unblended_cost: '-40', amortized_cost: '0' },
      { record_type: 'SavingsPlanRecurringFee', unblended_cost: '30', amortized_cost: '2' },
      { record_type: 'Upfront', unblended_cost: '500', amortized_cost: '0' },
      { record_type: 'Tax', service: 'Tax', unblended_cost: '3.21', amortized_cost: '3.21' },
      { record_type: 'Credit', unblended_cost: '-5', amortized_cost: '-5' },
      { record_type: 'Surprise', unblended_cost: '1', amortized_cost: '1' },
    ]),
  )
  const result = await lake.import([path])
  expect(result.failures).toEqual([])
  expect(result.deliveries[0]).toMatchObject({ source: `aws-${payer}`, format: 'aws-cost-explorer' })
  const row = (category: string, pricing: string | null, billed: number, effective: number, kind = 'charge') => ({
    category,
    pricing,
    billed,
    effective,
    kind,
  })
  expect(await lake.rows(money)).toEqual([
    row('Adjustment', null, 1, 1),
    row('Credit', null, -5, -5),
    row('Purchase', 'Standard', 30, 0),
    row('Purchase', 'Standard', 500, 0),
    row('Tax', null, 3.21, 3.21),
    row('Usage', 'Committed', 0, 2, 'derived'),
    row('Usage', 'Committed', 0, 7.25),
    row('Usage', 'Committed', 0, 28),
    row('Usage', 'Standard', 100.5, 100.5),
  ])
})

test('net costs are the bill where AWS states them; unknown prices and quantities of mixed units stay unknown', async () => {
  const lake = testLake()
  const path = lake.file(
    'ce.ndjson',
    costs([{ unblended_cost: '10', net_unblended_cost: '9', amortized_cost: '10', net_amortized_cost: '9' }]),
  )
  await lake.import([path])
  expect(
    await lake.rows(
      `select "BilledCost" as b, "EffectiveCost" as e, "ListCost" as l, "ConsumedQuantity" as q, "ServiceName" as s, "ServiceCategory" as c from charges`,
    ),
  ).toEqual([
    {
      b: '9.000000000000000',
      e: '9.000000000000000',
      l: null,
      q: null,
      s: 'Amazon Elastic Compute Cloud',
      c: 'Compute',
    },
  ])
})

test('an amount that no service adds up to (a negation without its usage) is kept as a remainder', async () => {
  const lake = testLake()
  const path = lake.file(
    'ce.ndjson',
    costs([
      { record_type: 'SavingsPlanCoveredUsage', unblended_cost: '40', amortized_cost: '28' },
      { record_type: 'SavingsPlanNegation', unblended_cost: '-39.5', amortized_cost: '0' },
    ]),
  )
  const { failures } = await lake.import([path])
  expect(failures).toEqual([])
  expect(await lake.rows('select sum("BilledCost") as total from charges')).toEqual([{ total: '0.500000000000000' }])
})

test('an export replaces the Cost Explorer costs of its month', async () => {
  const lake = testLake()
  await lake.import([lake.file('ce.ndjson', costs([{}]))])
  const { deliveries } = await lake.import([lake.file('cur.csv', cur('12.5'))])
  expect(deliveries[0]).toMatchObject({ source: `aws-${payer}`, billing_periods: [{ version: 2 }] })
  expect(await lake.rows(money)).toMatchObject([{ billed: 12.5 }])
})

test('FOCUS slices, which leave other days standing, leave no coarse day standing', async () => {
  const lake = testLake()
  await lake.import([lake.file('ce.ndjson', costs([{}, { usage_date: '2026-09-02' }]))])
  const focus = [
    'BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,ProviderName',
    `4,4,${payer},USD,2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,2026-09-05T00:00:00Z,2026-09-06T00:00:00Z,Usage,EC2,AWS`,
  ].join('\n')
  await lake.import([lake.file('focus.csv', focus)])
  expect(await lake.rows(money)).toMatchObject([{ billed: 4 }])
})

test('Cost Explorer costs never replace a month that an export holds, and say so; other months land', async () => {
  const lake = testLake()
  await lake.import([lake.file('cur.csv', cur('12.5'))])
  const path = lake.file('ce.ndjson', costs([{}, { usage_date: '2026-08-31' }]))
  const { deliveries, failures } = await lake.import([path])
  expect(failures).toEqual([])
  expect(deliveries[0]?.billing_periods.map(({ period }) => period)).toEqual(['2026-08'])
  expect(deliveries[0]?.warnings.join()).toContain(
    '2026-09: aws-410927463001 holds this month in more detail (aws-cur)',
  )
  expect(await lake.rows('select billing_period as p, "BilledCost"::double as b from charges order by 1')).toEqual([
    { p: '2026-08', b: 10 },
    { p: '2026-09', b: 12.5 },
  ])
})

test('an export that goes by another name keeps its month too', async () => {
  const lake = testLake()
  await lake.import([lake.file('cur.csv', cur('12.5'))], 'finance')
  const { deliveries } = await lake.import([lake.file('ce.ndjson', costs([{}]))])
  expect(deliveries[0]?.billing_periods).toEqual([])
  expect(deliveries[0]?.warnings.join()).toContain('finance holds this month')
})

test('Cost Explorer costs asked again replace the ones before', async () => {
  const lake = testLake()
  await lake.import([lake.file('one.ndjson', costs([{}]))])
  await lake.import([lake.file('two.ndjson', costs([{ unblended_cost: '11', amortized_cost: '11' }]))])
  expect(await lake.rows(money)).toMatchObject([{ billed: 11 }])
})

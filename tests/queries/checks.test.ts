import { expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { type Estate, estateOf, type Row } from '../support/rows.ts'
import { vector, withoutVectors } from '../support/vectors.ts'

const checks = [...loadCatalog().values()].filter((query) => query.kind === 'checks').map((query) => query.name)

async function findings(estate: Estate): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const name of checks) {
    const rows = await estate.run(name)
    if (rows.length > 0) found[name] = rows.length
  }
  return found
}

const plan = { CommitmentDiscountId: 'plan' }
const sound: Row[] = [
  {
    BilledCost: '3',
    ResourceId: 'r',
    Tags: { team: 'x' },
    ListUnitPrice: '3',
    ContractedUnitPrice: '3',
    PricingQuantity: '1',
  },
  { ...plan, BilledCost: '5', EffectiveCost: '0', ChargeCategory: 'Purchase' },
  {
    ...plan,
    BilledCost: '0',
    EffectiveCost: '4',
    ContractedCost: '6',
    ListCost: '6',
    CommitmentDiscountStatus: 'Used',
  },
  { ...plan, BilledCost: '0', EffectiveCost: '1', CommitmentDiscountStatus: 'Unused' },
  { BilledCost: '-1', ChargeCategory: 'Credit' },
  { BilledCost: '2.55', ChargeCategory: 'Tax', ChargePeriodEnd: '2026-10-01T00:00:00Z' },
]

test('a sound estate, and an empty one, have no finding', async () => {
  expect(await findings(await estateOf(sound))).toEqual({})
  expect(await findings(await estateOf([]))).toEqual({})
})

test.each<[string, Row]>([
  ['effective_equals_billed', { BilledCost: '3', EffectiveCost: '2' }],
  ['purchases_amortised', { ...plan, BilledCost: '3', EffectiveCost: '3', ChargeCategory: 'Purchase' }],
  ['commitment_status', { ...plan, BilledCost: '0', EffectiveCost: '3' }],
  ['commitment_status', { ...plan, BilledCost: '3', EffectiveCost: '3', CommitmentDiscountStatus: 'Used' }],
  ['credits_uniform', { BilledCost: '-3', ListCost: '0', ChargeCategory: 'Credit' }],
  ['overlapping_sources', { BilledCost: '3', source: 'other' }],
])('%s finds its defect and nothing else', async (name, row) => {
  expect(await findings(await estateOf([...sound, row]))).toEqual({ [name]: 1 })
})

test('a prepayment without commitment id and its drawdown are no finding', async () => {
  const rows = [
    { BilledCost: '50', EffectiveCost: '0', ChargeCategory: 'Purchase' },
    { BilledCost: '0', EffectiveCost: '5', ContractedCost: '5', ListCost: '5' },
  ]
  expect(await findings(await estateOf([...sound, ...rows]))).toEqual({})
})

test('an invoice in two currencies is found', async () => {
  const rows = ['USD', 'EUR'].map((BillingCurrency) => ({ BilledCost: '1', InvoiceId: 'I', BillingCurrency }))
  expect(await findings(await estateOf(rows))).toEqual({ mixed_currency_invoices: 1 })
})

test('one policy key in two spellings with different values is found', async () => {
  const rows = [
    { BilledCost: '1', Tags: { team: 'a', Team: 'b' } },
    { BilledCost: '1', Tags: { team: 'a', Team: 'A' } },
  ]
  expect(await findings(await estateOf(rows))).toEqual({ tag_spellings: 1 })
})

test('a lost digit of a delivery is found', async () => {
  const setup = `insert into lake_versions (source, billing_period, version, currency, delivered_billed, billed_cost) values ('cloud', '2026-09', 1, 'USD', 10.000000000000001, 10)`
  const estate = await estateOf(sound, { setup })
  expect(await estate.run('conservation')).toMatchObject([
    { ledger: 'cash', difference: '-0.000000000000001', severity: 'error' },
  ])
})

test('a charge that misses in the marts is found', async () => {
  const estate = await estateOf(sound)
  await estate.warehouse.exec(
    `insert into charges by name select * replace (0.000000000000001 as BilledCost) from charges limit 1`,
  )
  expect(await estate.run('rollup_conservation')).toMatchObject([
    { charge_difference: '-1', billed_difference: '-0.000000000000001' },
  ])
})

test.skipIf(withoutVectors)('R06: price × quantity within tolerance is sound, beyond it a finding', async () => {
  const { inputs, expected } = vector('R06')
  for (const [index, row] of inputs.rows.entries()) {
    const found = await (await estateOf([{ ...row, BilledCost: '1', ContractedCost: null }])).run(
      'price_times_quantity',
    )
    expect(found.length === 0 ? 'ok' : 'mismatch').toBe(expected.status[index])
  }
})

test('costs rounded to cents and corrections are no finding', async () => {
  const rows = [
    { BilledCost: '0.13', ListUnitPrice: '0.1278', ContractedUnitPrice: '0.1278', PricingQuantity: '1' },
    { BilledCost: '-1', ListUnitPrice: '5', PricingQuantity: '1', ChargeClass: 'Correction' },
  ]
  expect(await findings(await estateOf(rows))).toEqual({})
})

import { describe, expect, test } from 'vitest'
import { estateOf, type Row } from '../support/rows.ts'

const effectsOf = async (rows: readonly Row[], month = '2026-10') => {
  const { run, warehouse } = await estateOf(rows)
  const found = await run('variance_bridge', { month })
  warehouse.close()
  return {
    found,
    effects: Object.fromEntries(
      found.filter((row) => Number(row['amount']) !== 0).map((row) => [row['effect'], Number(row['amount'])]),
    ),
  }
}

const nanos = (amount: unknown) => BigInt(String(amount).replace('.', ''))

const usage = (day: string, given: Row): Row => ({
  ChargePeriodStart: `${day}T00:00:00Z`,
  PricingUnit: 'Hours',
  SkuId: 'sku',
  RegionId: 'eu-1',
  ...given,
})

describe('the variance bridge', () => {
  test('splits an item by Shapley: 10 units at 2 to 12 at 2.50 is 4.50 of volume and 5.50 of price', async () => {
    const { effects } = await effectsOf([
      usage('2026-09-05', { BilledCost: '20', PricingQuantity: '10' }),
      usage('2026-10-05', { BilledCost: '30', PricingQuantity: '12' }),
    ])
    expect(effects).toEqual({ volume: 4.5, 'list price': 5.5 })
  })

  test('gives a better negotiated rate its own line: list 100 and 100, paid 90 and 80', async () => {
    const { effects } = await effectsOf([
      usage('2026-09-05', { ListCost: '100', ContractedCost: '90', EffectiveCost: '90', PricingQuantity: '10' }),
      usage('2026-10-05', { ListCost: '100', ContractedCost: '80', EffectiveCost: '80', PricingQuantity: '10' }),
    ])
    expect(effects).toEqual({ 'negotiated rate': -10 })
  })

  test('names what is new, what ended, taxes, credits, purchases, waste and what has no price', async () => {
    const { effects } = await effectsOf([
      usage('2026-09-05', { BilledCost: '7', PricingQuantity: '7', SkuId: 'old' }),
      usage('2026-10-05', { BilledCost: '9', PricingQuantity: '9', SkuId: 'new' }),
      usage('2026-10-05', { BilledCost: '3', ChargeCategory: 'Tax' }),
      usage('2026-10-05', { BilledCost: '-4', ChargeCategory: 'Credit' }),
      usage('2026-10-05', { BilledCost: '5', ChargeCategory: 'Purchase' }),
      usage('2026-10-05', { BilledCost: '2', CommitmentDiscountId: 'c', CommitmentDiscountStatus: 'Unused' }),
      usage('2026-10-05', { EffectiveCost: '6', ListCost: '0', ContractedCost: '0', PricingQuantity: '1' }),
    ])
    expect(effects).toEqual({
      ended: -7,
      new: 9,
      tax: 3,
      credits: -4,
      'purchases and fees': 5,
      'commitment waste': 2,
      'price unknown': 6,
    })
  })

  test('tells demand, coverage and discount of commitments apart', async () => {
    const used = (day: string, on: string, paid: string) =>
      usage(day, {
        ...{ ListCost: on, ContractedCost: on, EffectiveCost: paid, PricingQuantity: on, PricingCategory: 'Committed' },
        ...{ CommitmentDiscountId: 'c', CommitmentDiscountStatus: 'Used' },
      })
    const { effects } = await effectsOf([used('2026-09-05', '100', '60'), used('2026-10-05', '100', '50')])
    expect(effects).toEqual({ 'commitment discount': -10 })
    const twice = await effectsOf([used('2026-09-05', '100', '60'), used('2026-10-05', '200', '120')])
    expect(twice.effects).toEqual({ volume: 100, 'commitment demand': -40 })
  })

  test('closes to the last digit, in every currency, whatever the amounts', async () => {
    const rows = Array.from({ length: 60 }, (_, n) =>
      usage(n % 2 ? '2026-09-05' : '2026-10-07', {
        BillingCurrency: n % 3 ? 'USD' : 'EUR',
        EffectiveCost: `${(n * 7919) % 1000}.${String((n * 104729) % 1_000_000_000).padStart(9, '0')}`,
        ContractedCost: `${((n * 31) % 97) + 1}.333333333`,
        ListCost: `${((n * 37) % 101) + 1}.777777777`,
        PricingQuantity: `${(n * 13) % 11}.123456789`,
        SkuId: `sku${n % 7}`,
        PricingCategory: n % 5 ? 'Standard' : 'Dynamic',
      }),
    )
    const { found } = await effectsOf(rows)
    for (const currency of ['USD', 'EUR']) {
      const own = found.filter((row) => row['billing_currency'] === currency)
      const sum = own.reduce((all, row) => all + nanos(row['amount']), 0n)
      expect(sum).toBe(nanos(own[0]?.['current_cost']) - nanos(own[0]?.['previous_cost']))
      expect(own).toHaveLength(14)
    }
  })

  test('is not computable without a month before', async () => {
    const { found } = await effectsOf([usage('2026-10-05', { BilledCost: '3', PricingQuantity: '1' })])
    expect(found[0]).toMatchObject({ state: 'not_computable', reason: 'no charges in the month before' })
  })
})

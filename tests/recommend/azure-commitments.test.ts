import { expect, test } from 'vitest'
import { daily, findingsOf } from '../support/recommend.ts'
import { savings } from '../support/savings.ts'

const order = (name: string) => `/providers/microsoft.capacity/reservationorders/${name}`

function held(name: string, status: 'Used' | 'Unused', cost: string, contracted = cost) {
  return {
    CommitmentDiscountId: `${order(name)}/reservations/r`,
    CommitmentDiscountName: name,
    CommitmentDiscountType: 'Reservation',
    CommitmentDiscountCategory: 'Usage',
    CommitmentDiscountStatus: status,
    PricingCategory: 'Committed',
    ServiceName: 'Virtual Machines',
    BilledCost: '0',
    EffectiveCost: cost,
    ContractedCost: contracted,
    ListCost: contracted,
  }
}

const all = (rows: readonly Record<string, unknown>[]) => rows.flatMap((row) => daily(row))

// 2.40 a day ÷ 24 × 730 = 73.00; that is 20 % of the reservation.
test('the unused part of a reservation is named, as advice', async () => {
  const found = await findingsOf(
    'azure_commit_unused',
    all([held('wasted', 'Used', '9.6'), held('wasted', 'Unused', '2.4'), held('full', 'Used', '12')]),
  )
  expect(savings(found)).toEqual([['r', '73.00']])
  expect(found[0]?.['explanation']).toBe('20.0 % of the commitment wasted is not used')
})

// (14.40 − 9.60) × 30 × 730/720 = 146.00; bought 2025-11-15 for a year, so it ends 45 days after the look-back.
test('a reservation that ends within 90 days is named with the step in cost', async () => {
  const bought = (name: string, term: string) => ({
    ...held(name, 'Used', '0'),
    CommitmentDiscountStatus: undefined,
    CommitmentDiscountId: order(name),
    ChargeCategory: 'Purchase',
    ChargeFrequency: 'One-Time',
    ChargePeriodStart: '2025-11-15T00:00:00Z',
    BilledCost: '3504',
    x_Term: term,
  })
  const rows = [
    bought('short', 'P1Y'),
    bought('long', '36'),
    ...all([
      held('short', 'Used', '9.6', '14.4'),
      held('long', 'Used', '9.6', '14.4'),
      held('unknown', 'Used', '9.6', '14.4'),
    ]),
  ]
  const found = await findingsOf('azure_commit_expiring', rows)
  expect(savings(found)).toEqual([['short', '146.00']])
  expect(found[0]?.['explanation']).toContain('2026-11-15')
})

// Unused 4.80 a day: 146.00 a month; the yearly limit of 50,000 less 49,900 returned leaves 100.
test('unused reservations can be returned up to the yearly limit', async () => {
  const rows = all([
    held('wasted', 'Used', '7.2'),
    held('wasted', 'Unused', '4.8'),
    held('fine', 'Used', '11'),
    held('fine', 'Unused', '1'),
  ])
  expect(savings(await findingsOf('azure_commit_exchange', rows))).toEqual([['r', '146.00']])
  const refund = {
    ...held('old', 'Used', '0'),
    CommitmentDiscountStatus: undefined,
    ChargeCategory: 'Purchase',
    ChargeClass: 'Correction',
    ChargePeriodStart: '2026-03-01T00:00:00Z',
    BilledCost: '-49900',
  }
  expect(savings(await findingsOf('azure_commit_exchange', [...rows, refund]))).toEqual([['r', '100.00']])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CommitmentTerm, commitmentEvents } from '../../src/forecast/commitment-events.ts'
import { prepareCharges, runBase } from '../../src/recommend/prepare.ts'
import { daily } from '../support/recommend.ts'
import { type Estate, estateOf, type Row } from '../support/rows.ts'

/** A day of usage under a commitment: 48 as charged, 72 on demand. */
const covered = (id: string, more: Row = {}): Row => ({
  ...{ CommitmentDiscountId: id, CommitmentDiscountStatus: 'Used', CommitmentDiscountCategory: 'Spend' },
  ...{ EffectiveCost: '48', BilledCost: '0', ContractedCost: '72', ListCost: '72', SubAccountId: 'a1' },
  ...{ ResourceId: 'vm', Tags: { team: 'pay', product: 'shop' }, ...more },
})
const unused = (id: string, more: Row = {}): Row => ({
  ...covered(id, { SubAccountId: 'payer', ResourceId: undefined, Tags: undefined, ...more }),
  ...{ CommitmentDiscountStatus: 'Unused', EffectiveCost: '6', ContractedCost: '0', ListCost: '0' },
})
const stated = { x_CommitmentEnd: '2026-12-01T00:00:00Z' }
const order = '/providers/microsoft.capacity/reservationorders/o1'
const bought = (more: Row): Row => ({
  ...{ CommitmentDiscountId: order, CommitmentDiscountStatus: undefined, ChargeCategory: 'Purchase' },
  ...{ ChargeFrequency: 'One-Time', ChargePeriodStart: '2025-11-15T00:00:00Z', BilledCost: '3504', EffectiveCost: '0' },
  ...more,
})

let estate: Estate
let terms: CommitmentTerm[]
beforeAll(async () => {
  estate = await estateOf([
    ...daily(covered('sp-stated', stated)),
    ...daily(covered('sp-stated', { ...stated, SubAccountId: 'a2', Tags: { team: 'pay', product: 'ads' } })),
    ...daily(unused('sp-stated', stated)),
    ...daily(covered('sp-last-second', { x_CommitmentEnd: '2026-11-30T23:59:59Z' })),
    ...daily(covered('sp-over', { x_CommitmentEnd: '2026-09-15T00:00:00Z' })),
    ...daily(covered('sp-unknown-end')),
    ...daily(covered('sp-unknown-price', { ...stated, ContractedCost: null, ListCost: null })),
    ...daily(covered('sp-euro', { ...stated, BillingCurrency: 'EUR' })),
    bought({ x_Term: 'P1Y' }),
    ...daily(covered(`${order}/reservations/r1`)),
  ])
  await prepareCharges(estate.warehouse)
  const params = { currency: 'USD', as_of: '2026-09-29' }
  const { rows } = await runBase(estate.warehouse, 'commitment_terms', params)
  terms = rows as unknown as CommitmentTerm[]
})
afterAll(() => estate.warehouse.close())

const of = (id: string) =>
  terms
    .filter(({ commitment_id }) => commitment_id === id)
    .map(({ ends_on, account, product, per_day }) => [ends_on, account, product, per_day])

test('what a commitment covered is on demand from its end, and what was unused is no longer charged', () => {
  expect(of('sp-stated')).toEqual([
    ['2026-12-01', 'a1', 'shop', 24],
    ['2026-12-01', 'a2', 'ads', 24],
    ['2026-12-01', 'payer', '', -6],
  ])
  expect(of('sp-last-second')).toEqual([['2026-12-01', 'a1', 'shop', 24]])
})

test('an end that the bill does not state is that of the purchase and its term', () => {
  expect(of(order)).toEqual([['2026-11-15', 'a1', 'shop', 24]])
})

test('nothing is said where the end is past or unknown, the price on demand unknown, or the currency another', () => {
  expect(['sp-over', 'sp-unknown-end', 'sp-unknown-price', 'sp-euro'].flatMap(of)).toEqual([])
})

test('events are those of teams, and of products for their own forecast; their sum is the same', () => {
  const [teams, products] = [commitmentEvents(terms, 'team'), commitmentEvents(terms, 'product')]
  const scope = { provider: 'Cloud', account: 'a1', service: 'Compute Engine' }
  expect(teams).toContainEqual({
    ...{ scope: { ...scope, team: 'pay' }, start: '2026-12-01', per_day: 24, reason: 'sp-stated ends' },
  })
  expect(products).toContainEqual(
    expect.objectContaining({ scope: { ...scope, account: 'a2', team: 'ads' }, per_day: 24 }),
  )
  const sum = (events: typeof teams) => events.reduce((total, { per_day = 0 }) => total + per_day, 0)
  expect([sum(teams), sum(products)]).toEqual([24 * 4 - 6, 24 * 4 - 6])
})

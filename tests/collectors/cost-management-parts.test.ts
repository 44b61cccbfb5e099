import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { triggerExport } from '../../src/collectors/azure/cost-management-exports.ts'
import { type FakeArm, startArm } from '../fakes/arm.ts'
import { testLake } from '../support/lake.ts'
import { collectInto } from './collect-into.ts'
import { testContext } from './context.ts'
import { account, collector, configure, failing, rowsOf, subscription } from './cost-management-source.ts'

let arm: FakeArm
beforeEach(async () => {
  arm = await startArm()
})
afterEach(() => arm.close())

describe('utilisation', () => {
  const plans = ['2026-03-01', '2026-02-01', '2026-03-01'].map((day, place) => ({
    kind: 'SavingsPlan',
    properties: {
      benefitId: `/providers/Microsoft.BillingBenefits/savingsPlanOrders/O/savingsPlans/P${place}`,
      benefitOrderId: 'O',
      armSkuName: 'Compute_Savings_Plan',
      usageDate: `${day}T00:00:00`,
      avgUtilizationPercentage: '#97.50',
    },
  }))
  const reservations = [
    {
      properties: {
        reservationOrderId: 'AAA',
        reservationId: 'BBB',
        skuName: 'Standard_D2s_v3',
        reservedHours: '#744',
        usedHours: '#743.25',
        usageDate: '2026-03-01T00:00:00Z',
        avgUtilizationPercentage: '#99.899',
      },
    },
  ]

  test('savings plans over pages and reservations come with their month alone', async () => {
    Object.assign(arm.azure, { savingsPlans: plans, reservations })
    const rows = await rowsOf(arm, 'benefits/2026-03', { scope: account, collect: ['benefits'] })
    expect(rows.map((row) => [row['commitment_type'], row['commitment_id'], row['utilization_pct']])).toEqual([
      ['Savings Plan', '/providers/microsoft.billingbenefits/savingsplanorders/o/savingsplans/p0', '97.50'],
      ['Savings Plan', '/providers/microsoft.billingbenefits/savingsplanorders/o/savingsplans/p2', '97.50'],
      ['Reservation', '/providers/microsoft.capacity/reservationorders/aaa/reservations/bbb', '99.899'],
    ])
    expect(rows[2]).toMatchObject({
      billing_account_id: '8611537',
      billing_period: '2026-03',
      commitment_name: 'Standard_D2s_v3',
      total_commitment: '744',
      used_commitment: '743.25',
      unused_commitment: '0.75',
      unit: 'Hours',
    })
    expect(arm.requests.map(({ query }) => query.get('grain') ?? query.get('grainParameter'))).not.toContain('daily')
  })

  test.each([
    [`${account}/billingProfiles/P-1`, `/${account}/billingProfiles/P-1/providers/Microsoft.CostManagement/`],
    ['providers/Microsoft.BillingBenefits/savingsPlanOrders/O', '/savingsPlanOrders/O/providers/'],
    ['providers/Microsoft.BillingBenefits/savingsPlanOrders/O/savingsPlans/S', '/savingsPlanOrders/O/savingsPlans/S/'],
  ])('scope %s is asked where it states them', async (scope, path) => {
    arm.azure.savingsPlans = plans
    expect(await rowsOf(arm, 'benefits/2026-03', { scope, collect: ['benefits'] })).toHaveLength(2)
    expect(arm.requests[0]?.path).toContain(path)
  })
})

describe('findings', () => {
  test("Azure's forecast comes by day and ledger, without actual cost", async () => {
    arm.azure.forecast = [
      { day: '2026-03-20', cost: '3.5', status: 'Actual' },
      { day: '2026-03-31', cost: '12.340', status: 'Forecast' },
      { day: '2026-06-01', cost: '1', status: 'Forecast' },
    ]
    const rows = await rowsOf(arm, 'forecast', { collect: ['forecast'] })
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({
      kind: 'forecast',
      finding_id: 'billed',
      period_start: '2026-03-31T00:00:00Z',
      period_end: '2026-04-01T00:00:00.000Z',
      amount: '12.340',
      currency: 'EUR',
      sub_account_id: subscription,
    })
  })

  test('too little history to forecast from is no forecast, not an error', async () => {
    arm.faults.when(() => true, failing(424, 'FailedDependency', 'Failed dependency'), 2)
    expect(await rowsOf(arm, 'forecast', { collect: ['forecast'] })).toEqual([])
  })

  test('alerts come with what was spent and the budget', async () => {
    arm.azure.alerts = [
      {
        name: 'alert-1',
        properties: {
          definition: { type: 'Budget', category: 'Cost', criteria: 'CostThresholdExceeded' },
          description: 'Budget prod at 80 %',
          details: {
            threshold: '#0.8',
            amount: '#1000',
            currentSpend: '#812.070',
            unit: 'EUR',
            periodStartDate: '2026-03-01T00:00:00Z',
          },
          status: 'Active',
        },
      },
    ]
    expect(await rowsOf(arm, 'alerts', { collect: ['alerts'] })).toMatchObject([
      {
        kind: 'alert',
        finding_id: 'alert-1',
        period_start: '2026-03-01T00:00:00Z',
        amount: '812.070',
        upper_amount: '1000',
        currency: 'EUR',
        title: 'Budget prod at 80 %',
        detail: { type: 'Budget', status: 'Active', threshold: '0.8' },
      },
    ])
  })

  test('savings plans that Azure advises come for both terms', async () => {
    arm.azure.recommendations = [
      {
        kind: 'SavingsPlan',
        properties: {
          scope: 'Shared',
          armSkuName: 'Compute_Savings_Plan',
          currencyCode: 'EUR',
          recommendationDetails: { commitmentAmount: '#1.250', savingsAmount: '#42.5' },
        },
      },
    ]
    const rows = await rowsOf(arm, 'recommendations', { scope: account, collect: ['recommendations'] })
    expect(rows.map((row) => [row['finding_id'], row['amount'], row['title']])).toEqual([
      ['Compute_Savings_Plan P1Y Shared', '42.5', 'Buy Compute_Savings_Plan: commit 1.250 an hour'],
      ['Compute_Savings_Plan P3Y Shared', '42.5', 'Buy Compute_Savings_Plan: commit 1.250 an hour'],
    ])
  })
})

test('everything that a scope states is recognised and imported', async () => {
  arm.azure.charges = [{ day: '2026-03-01', actual: '1.5', amortized: '1.5' }]
  arm.azure.forecast = [{ day: '2026-03-31', cost: '12.340', status: 'Forecast' }]
  arm.azure.savingsPlans = [
    {
      kind: 'SavingsPlan',
      properties: { benefitId: '/sp/1', usageDate: '2026-03-01', avgUtilizationPercentage: '#97.50' },
    },
  ]
  arm.azure.alerts = [
    { name: 'alert-1', properties: { description: 'over', details: { currentSpend: '#8', unit: 'EUR' } } },
  ]
  arm.azure.recommendations = [{ kind: 'SavingsPlan', properties: { armSkuName: 'x', currencyCode: 'EUR' } }]
  const lake = testLake()
  const context = testContext()
  const collect = ['totals', 'benefits', 'forecast', 'recommendations', 'alerts', 'budgets']
  const run = () => collectInto(lake, collector(arm, { scope: account, collect }, context), context)
  const first = await run()
  expect(first).toMatchObject({ status: 'collected', problems: [] })
  expect(first.deliveries.length).toBeGreaterThanOrEqual(5)
  expect(await run()).toMatchObject({ status: 'nothing_new', new_units: 0 })
})

test('an export is made to run for a past month, at an API version that knows it', async () => {
  await triggerExport(configure(arm), testContext(), 'daily focus', '2026-02')
  expect(arm.requests[0]).toMatchObject({ method: 'POST' })
  expect(arm.requests[0]?.url).toBe(
    `/subscriptions/${subscription}/providers/Microsoft.CostManagement/exports/daily%20focus/run?api-version=2025-03-01`,
  )
  expect(arm.posted('/run')).toEqual([{ timePeriod: { from: '2026-02-01T00:00:00Z', to: '2026-02-28T23:59:59Z' } }])
})

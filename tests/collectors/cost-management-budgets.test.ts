import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RowsFile } from '../../src/collectors/collector.ts'
import { type FakeArm, startArm } from '../fakes/arm.ts'
import { testLake } from '../support/lake.ts'
import { collectInto } from './collect-into.ts'
import { testContext } from './context.ts'
import { account, collector, signal, subscription } from './cost-management-source.ts'

let arm: FakeArm
beforeEach(async () => {
  arm = await startArm()
})
afterEach(() => arm.close())

const budget = (name: string, properties: Readonly<Record<string, unknown>>) => ({
  name,
  properties: {
    category: 'Cost',
    amount: '#1000.50',
    timeGrain: 'Monthly',
    timePeriod: { startDate: '2026-01-01T00:00:00Z', endDate: '2026-03-31T00:00:00Z' },
    currentSpend: { amount: '#12.3', unit: 'EUR' },
    ...properties,
  },
})
const tagged = (name: string, ...values: string[]) => ({ tags: { name, operator: 'In', values } })
const filtered = (name: string, ...values: string[]) => ({ dimensions: { name, operator: 'In', values } })

describe('budgets', () => {
  const planned = async (more: Readonly<Record<string, unknown>>) => {
    const { deliveries, warnings } = await collector(arm, { collect: ['budgets'], ...more }).plan({
      periods: null,
      held: new Map(),
    })
    const rows: Readonly<Record<string, unknown>>[] = []
    for (const file of deliveries[0]?.files ?? [])
      for await (const row of (file as RowsFile).read(signal)) rows.push(row)
    return { rows, warnings, mark: deliveries[0]?.mark }
  }

  test('a budget of a subscription is one of its account, month by month', async () => {
    arm.azure.budgets = [budget('prod', {})]
    const { rows, warnings } = await planned({})
    expect(warnings).toEqual([])
    expect(rows).toEqual(
      ['2026-01', '2026-02', '2026-03'].map((month) => ({
        budget: 'prod',
        dimension: 'account',
        value: subscription,
        month,
        amount: '1000.50',
        currency: 'EUR',
        ledger: 'cash',
      })),
    )
  })

  test('quarters and years stay whole, filters become dimensions, over all pages', async () => {
    arm.azure.budgets = [
      budget('q', { timeGrain: 'Quarterly', filter: tagged('Team', 'Search') }),
      budget('y', {
        timeGrain: 'Annually',
        filter: filtered('SubscriptionId', 'ABC'),
        timePeriod: { startDate: '2025-07-01T00:00:00Z', endDate: '2026-06-30T00:00:00Z' },
      }),
      budget('all', { timeGrain: 'BillingMonth', timePeriod: { startDate: '2026-02-01', endDate: '2026-02-28' } }),
    ]
    const { rows } = await planned({ scope: account })
    expect(rows.map((row) => [row['budget'], row['dimension'], row['value'], row['month']].join(' '))).toEqual([
      'q team Search 2026-Q1',
      'y account abc 2025',
      'y account abc 2026',
      'all provider Microsoft 2026-02',
    ])
  })

  test.each([
    ['a resource group', { filter: filtered('ResourceGroupName', 'rg') }, /filtered by ResourceGroupName, which is no/],
    ['a tag of no dimension', { filter: tagged('owner', 'x') }, /filtered by tag owner/],
    ['several values', { filter: tagged('team', 'a', 'b') }, /2 values of team/],
    ['a combination', { filter: { and: [tagged('team', 'a'), filtered('ServiceName', 'b')] } }, /combines conditions/],
    ['all but one', { filter: { not: tagged('team', 'a') } }, /combines conditions/],
    ['usage', { category: 'Usage' }, /of usage, not of cost/],
    ['an enrollment quarter', { timeGrain: 'BillingQuarter' }, /BillingQuarter does not follow the calendar/],
    ['no known currency', { currentSpend: undefined }, /not stated its currency/],
  ])('a budget of %s is left out, with the reason', async (_, properties, reason) => {
    arm.azure.budgets = [budget('odd', properties)]
    const { rows, warnings } = await planned({ scope: account })
    expect(rows).toEqual([])
    expect(warnings).toEqual([expect.stringMatching(reason)])
  })

  test('a team in one subscription is not the team', async () => {
    arm.azure.budgets = [budget('odd', { filter: tagged('team', 'search') })]
    expect((await planned({})).warnings).toEqual([expect.stringMatching(/team search in one subscription only/)])
  })

  test('they are imported, and come again only when one has changed', async () => {
    arm.azure.budgets = [budget('prod', {}), budget('odd', { filter: filtered('ResourceGroupName', 'rg') })]
    const lake = testLake()
    const context = testContext()
    const run = () => collectInto(lake, collector(arm, { collect: ['budgets'] }, context), context)
    const first = await run()
    expect(first).toMatchObject({ status: 'collected', problems: [] })
    expect(first.deliveries).toMatchObject([{ table: { rows: 3 } }])
    expect((await run()).status).toBe('nothing_new')
    arm.azure.budgets = [budget('prod', { amount: '#2000' })]
    expect((await run()).status).toBe('collected')
  })
})

describe('doctor', () => {
  const denied = (action: string) =>
    ({
      kind: 'status',
      status: 403,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        error: {
          code: 'AuthorizationFailed',
          message: `The client 'x' does not have authorization to perform action '${action}' over scope.`,
        },
      }),
    }) as const

  test('asks only to read, and says which exports there are', async () => {
    arm.azure.exports = [
      {
        name: 'focus-daily',
        properties: {
          definition: { type: 'FocusCost', timeframe: 'MonthToDate' },
          schedule: { status: 'Active', recurrence: 'Daily' },
          deliveryInfo: {
            destination: {
              resourceId: '/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/bills',
              container: 'exports',
              rootFolderPath: 'focus',
            },
          },
          runHistory: { value: [{ properties: { status: 'Completed', submittedTime: '2026-03-20T02:00:00Z' } }] },
        },
      },
    ]
    const probes = await collector(arm, {
      scope: account,
      collect: ['totals', 'benefits', 'alerts', 'budgets'],
    }).probe()
    expect(probes.map(({ ok }) => ok)).toEqual([true, true, true, true, true, true, true])
    expect(probes.at(-1)?.check).toBe(
      'export focus-daily: FocusCost, daily, to bills/exports/focus, last run Completed 2026-03-20T02:00:00Z',
    )
    const writes = arm.requests.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/query'))
    expect(writes).toEqual([])
  })

  test('a missing daily FOCUS export is said with how to get one', async () => {
    const probes = await collector(arm, { collect: ['alerts'] }).probe()
    expect(probes.at(-1)).toMatchObject({ check: `no daily FOCUS export at subscriptions/${subscription}`, ok: true })
    expect(probes.at(-1)?.remedy).toMatch(/azure_export/)
  })

  test('a role that is missing is named, with the action and the command that gives it', async () => {
    arm.faults.when(({ path }) => path.endsWith('/query'), denied('Microsoft.CostManagement/query/read'))
    const [query, exports] = await collector(arm, { collect: ['totals'] }).probe()
    expect(query).toEqual({
      check: `query costs of subscriptions/${subscription}`,
      ok: false,
      problem: `Cost Management Reader at /subscriptions/${subscription} is missing (Microsoft.CostManagement/query/read)`,
      remedy: `az role assignment create --assignee <principal> --role "Cost Management Reader" --scope /subscriptions/${subscription}`,
    })
    expect(exports?.ok).toBe(true)
  })

  test('billing scopes need billing roles, utilisation also takes Reservations Reader', async () => {
    arm.faults.when(() => true, denied('Microsoft.Consumption/reservationSummaries/read'), 100)
    const probes = await collector(arm, { scope: account, collect: ['benefits'] }).probe()
    expect(probes.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/^Billing account reader .*or Reservations Reader at \/providers\/Microsoft\.Capacity/),
      expect.stringMatching(/Reservations Reader/),
      expect.stringMatching(/^Billing account reader \(Enterprise Agreement: Enrollment reader\) at /),
    ])
  })

  test('an expired token is no missing role', async () => {
    arm.faults.when(
      () => true,
      { kind: 'status', status: 401, body: '{"error":{"code":"ExpiredAuthenticationToken","message":"expired"}}' },
      100,
    )
    const [query] = await collector(arm, { collect: ['totals'] }).probe()
    expect(query?.problem).toMatch(/^no valid credential: /)
    expect(query?.remedy).toMatch(/az login/)
  })
})

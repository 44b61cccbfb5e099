import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createArm } from '../../src/collectors/azure/arm.ts'
import { parseExactJson } from '../../src/collectors/azure/cost-management-json.ts'
import { createPace } from '../../src/collectors/azure/cost-management-pace.ts'
import type { PlanRequest } from '../../src/collectors/collector.ts'
import { type FakeArm, startArm } from '../fakes/arm.ts'
import { testContext } from './context.ts'
import { account, collector, configure, failing, rowsOf, signal, subscription } from './cost-management-source.ts'

let arm: FakeArm
beforeEach(async () => {
  arm = await startArm()
})
afterEach(() => arm.close())

async function plan(
  more: Readonly<Record<string, unknown>>,
  context = testContext(),
  request: Partial<PlanRequest> = {},
) {
  return collector(arm, more, context).plan({ periods: null, held: new Map(), ...request })
}

const throttled = (headers: Record<string, string>, body = '{"error":{"code":"429","message":"Too many requests."}}') =>
  ({ kind: 'status', status: 429, headers: { 'content-type': 'application/json', ...headers }, body }) as const

describe('numbers of answers', () => {
  test.each([
    ['1.10', '1.10'],
    ['-0.5', '-0.5'],
    ['12345678901234567890.123456789', '12345678901234567890.123456789'],
    ['5E-7', '0.0000005'],
    ['-1.25e+3', '-1250'],
    ['12.5e-1', '1.25'],
    ['0e0', '0'],
  ])('%s keeps its digits', (number, text) => {
    expect(parseExactJson(`{"a":[${number}],"7":"1.0 \\" 2"}`)).toEqual({ a: [text], 7: '1.0 " 2' })
  })
})

describe('totals', () => {
  test('both ledgers come by charge type, subscription and service with the digits that Azure sent', async () => {
    arm.azure.charges = [
      { day: '2026-03-01', service: 'Storage', actual: '10.10', amortized: '10.10' },
      { day: '2026-03-02', subscription: 'BBBB', actual: '0', amortized: '4.333333' },
      { day: '2026-03-02', chargeType: 'Purchase', subscription: 'BBBB', actual: '100', amortized: '0' },
      { day: '2026-02-28', actual: '999', amortized: '999' },
    ]
    const rows = await rowsOf(arm, 'totals/2026-03', { scope: account, collect: ['totals'] })
    const picked = rows.map((row) => [row['ledger'], row['group_name'], row['group_value'], row['amount']].join('|'))
    expect(picked).toEqual([
      'billed|||110.100000',
      'billed|charge_type|Usage|10.100000',
      'billed|charge_type|Purchase|100.000000',
      `billed|sub_account|${subscription}|10.100000`,
      'billed|sub_account|bbbb|100.000000',
      'billed|service|Storage|10.100000',
      'billed|service|Virtual Machines|100.000000',
      'effective|||14.433333',
      'effective|charge_type|Usage|14.433333',
      'effective|charge_type|Purchase|0.000000',
      `effective|sub_account|${subscription}|10.100000`,
      'effective|sub_account|bbbb|4.333333',
      'effective|service|Storage|10.100000',
      'effective|service|Virtual Machines|4.333333',
    ])
    expect(rows[0]).toEqual({
      provider: 'Microsoft',
      billing_account_id: '8611537',
      billing_period: '2026-03',
      ledger: 'billed',
      group_name: '',
      group_value: '',
      amount: '110.100000',
      currency: 'EUR',
      is_estimated: true,
      observed_at: '2026-03-20T06:00:00.000Z',
    })
  })

  test('every page is asked for with the same question', async () => {
    arm.azure.charges = ['a', 'b', 'c'].map((service) => ({ day: '2026-03-01', service, actual: '1', amortized: '1' }))
    arm.azure.pageRows = 1
    const rows = await rowsOf(arm, 'totals/2026-03', { collect: ['totals'] })
    expect(rows.filter((row) => row['ledger'] === 'billed' && row['group_name'] === 'service')).toHaveLength(3)
    const questions = arm.posted('/query').filter(({ dataset }) => JSON.stringify(dataset).includes('ServiceName'))
    expect(questions.slice(0, 3)).toEqual([questions[0], questions[0], questions[0]])
  })

  test('a month without costs (204) has no rows', async () => {
    expect(await rowsOf(arm, 'totals/2026-03', { collect: ['totals'] })).toEqual([])
  })

  test('a next page elsewhere gets no token', async () => {
    arm.azure.headers = {}
    arm.faults.next({
      kind: 'status',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ properties: { nextLink: 'https://elsewhere.example/x?sig=1', columns: [], rows: [] } }),
    })
    await expect(rowsOf(arm, 'totals/2026-03', { collect: ['totals'] })).rejects.toThrow(/elsewhere\.example, where no/)
  })
})

describe('throttling', () => {
  const one = { day: '2026-03-01', actual: '1', amortized: '1' }
  const read = async (context = testContext()) => {
    arm.azure.charges = [one]
    const rows = await rowsOf(arm, 'totals/2026-03', { collect: ['totals'] }, context)
    expect(rows).toHaveLength(6)
    return context.waits
  }
  const paced = (waits: readonly number[]) => waits.filter((ms) => ms >= 60_000 && ms % 60_000 === 0)

  test('a 429 that only has the header of processing units waits as long as it says', async () => {
    arm.faults.next(throttled({ 'x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after': '7' }))
    expect((await read())[0]).toBe(7000 + 250)
  })

  test('of several headers the longest counts', async () => {
    arm.faults.next(
      throttled({
        'retry-after': '2',
        'x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after': '5',
        'x-ms-ratelimit-microsoft.costmanagement-entity-retry-after': '41',
        'x-ms-ratelimit-microsoft.costmanagement-tenant-retry-after': '11',
      }),
    )
    expect((await read())[0]).toBe(41_000 + 250)
  })

  test('a 503 waits its Retry-After, a 500 and a broken connection our own time', async () => {
    arm.faults.next(failing(503, 'ServiceUnavailable', 'later', { 'retry-after': '3' }))
    arm.faults.next(failing(500, 'InternalServerError', 'oops'), { kind: 'reset' })
    const waits = await read()
    expect(waits.filter((ms) => ms < 60_000)).toEqual([3250, 500, 1000])
  })

  test('an answer cut in the middle is asked for again', async () => {
    arm.faults.next({ kind: 'cut', after: 20 }, { kind: 'truncated', by: 5 })
    await read()
    expect(arm.requests.filter(({ fault }) => fault !== null)).toHaveLength(2)
  })

  test('the SDK repeats nothing by itself', async () => {
    arm.faults.when(() => true, throttled({ 'retry-after': '1' }), 100)
    await expect(rowsOf(arm, 'totals/2026-03', { collect: ['totals'] }, testContext({ attempts: 3 }))).rejects.toThrow(
      /ActualCost of 2026-03: 429/,
    )
    expect(arm.requests).toHaveLength(3)
  })

  test('no more than four questions a minute go to a scope', async () => {
    expect(paced(await read())).toEqual([60_000, 60_000])
    expect(arm.requests).toHaveLength(6)
    expect(arm.requests[0]?.headers['clienttype']).toBe('costwright')
  })

  test('a quota that an answer says is used up is waited for', async () => {
    const clock = { at: 0 }
    const pace = createPace(4, {
      now: () => new Date(clock.at),
      wait: async (ms) => {
        clock.at += ms
      },
    })
    await pace.take(signal)
    pace.note([['x-ms-ratelimit-microsoft.costmanagement-qpu-remaining', 'QueriesPerHour:577,QueriesPerMin:59']])
    await pace.take(signal)
    expect(clock.at).toBe(0)
    pace.note([['x-ms-ratelimit-microsoft.costmanagement-qpu-remaining', 'QueriesPerHour:577,QueriesPerMin:0']])
    await pace.take(signal)
    expect(clock.at).toBe(60_000)
  })
})

describe('plan', () => {
  test('asks nothing, offers open months by day and older ones as final', async () => {
    const { deliveries } = await plan({ collect: ['totals', 'forecast', 'alerts'], look_back_months: 2 })
    expect(arm.requests).toEqual([])
    const marks = deliveries.map(({ unit, mark }) => `${unit} ${mark}`)
    expect(marks).toHaveLength(15)
    expect(marks.slice(0, 2)).toEqual(['totals/2025-03 final', 'totals/2025-04 final'])
    expect(marks.slice(-4)).toEqual([
      'totals/2026-02 2026-03-20',
      'totals/2026-03 2026-03-20',
      'forecast 2026-03-20',
      'alerts 2026-03-20',
    ])
  })

  test('final months that are held are done, one held while it was open comes once more', async () => {
    const held = new Map(
      Array.from({ length: 11 }, (_, back) => new Date(Date.UTC(2026, 0 - back, 1)).toISOString().slice(0, 7)).map(
        (month) => [
          `totals/${month}`,
          { mark: month === '2026-01' ? '2026-02-28' : 'final', collected_at: '2026-02-28T00:00:00Z' },
        ],
      ),
    )
    const { deliveries } = await plan({ collect: ['totals'], look_back_months: 2 }, testContext(), { held })
    expect(deliveries.map(({ unit, mark }) => `${unit} ${mark}`)).toEqual([
      'totals/2026-01 final',
      'totals/2026-02 2026-03-20',
      'totals/2026-03 2026-03-20',
    ])
  })

  test('months asked for are offered alone, and a month too old is named', async () => {
    const { deliveries, warnings } = await plan({ collect: ['totals', 'forecast', 'budgets'] }, testContext(), {
      periods: ['2024-12', '2025-12'],
    })
    expect(deliveries.map(({ unit, mark }) => `${unit} ${mark}`)).toEqual(['totals/2025-12 final'])
    expect(warnings).toEqual(['azure: totals of 2024-12 is not to be had, Azure answers for 13 months back'])
  })

  test('a subscription has no utilisation to ask for', async () => {
    const { deliveries, warnings } = await plan({ collect: ['benefits'] })
    expect(deliveries).toEqual([])
    expect(warnings[0]).toMatch(/leave benefits out of `collect`/)
  })

  test.each(['subscriptions/x/resourceGroups/r', 'providers/Microsoft.Management/managementGroups/all'])(
    'scope %s has no cost details to ask for',
    async (scope) => {
      const { deliveries, warnings } = await plan({ scope, collect: ['cost_details'] })
      expect(deliveries).toEqual([])
      expect(warnings[0]).toMatch(/Azure makes no report for/)
    },
  )

  test.each(['', 'subscription/x', 'https://management.azure.com/subscriptions/x', 'subscriptions/a b'])(
    'scope %j is refused',
    (scope) => {
      expect(() => createArm({ ...configure(arm), scope }, testContext())).toThrow(/is no scope of Azure/)
    },
  )

  test('plain http to another machine is refused', () => {
    expect(() => createArm(configure(arm, { endpoint: 'http://management.example' }), testContext())).toThrow(
      /no https/,
    )
  })
})

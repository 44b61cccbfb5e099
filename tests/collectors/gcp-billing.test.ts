import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CollectorContext, RemoteDelivery, RowsFile } from '../../src/collectors/collector.ts'
import { createGcpBilling } from '../../src/collectors/gcp/billing.ts'
import { moneyText } from '../../src/collectors/gcp/billing-clients.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import { type CloudBillingFake, createCloudBilling, refuse } from '../fakes/cloud-billing.ts'
import { type FaultServer, startServer } from '../fakes/fault-server.ts'
import { testLake } from '../support/lake.ts'
import { collectInto } from './collect-into.ts'
import { testContext } from './context.ts'

const account = 'billingAccounts/01A2B3-C4D5E6-F7A8B9'
const project = (projectId: string, billingEnabled = true) => ({
  name: `projects/${projectId}/billingInfo`,
  projectId,
  billingAccountName: billingEnabled ? account : '',
  billingEnabled,
})
const budget = (displayName: string, budgetFilter: object, amount: object = fixed('1000')) => ({
  name: `${account}/budgets/${displayName}`,
  displayName,
  budgetFilter,
  amount,
})
const fixed = (units: string, nanos = 0) => ({ specifiedAmount: { currencyCode: 'EUR', units, nanos } })

let fake: CloudBillingFake
let server: FaultServer

beforeEach(async () => {
  fake = createCloudBilling()
  server = await startServer(fake.handler)
  fake.accounts.push({ name: account, open: true, displayName: 'Halden Freight' })
})
afterEach(() => server.close())

function gcpBilling(context: CollectorContext, keys: Readonly<Record<string, unknown>> = {}) {
  const given = { type: 'gcp_billing', name: 'google', project: 'bills', endpoint: server.url, ...keys }
  const config = sourceSchema.parse(given)
  if (config.type !== 'gcp_billing') throw new Error('another type')
  return createGcpBilling(config, context)
}

const plan = (keys: Readonly<Record<string, unknown>>, context = testContext()) =>
  gcpBilling(context, keys).plan({ periods: null, held: new Map() })

async function rowsOf(delivery: RemoteDelivery | undefined): Promise<Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = []
  for (const file of (delivery?.files ?? []) as readonly RowsFile[])
    for await (const row of file.read(new AbortController().signal)) rows.push(row)
  return rows
}

describe('projects', () => {
  const keys = { collect: ['projects'] }
  beforeEach(() => {
    fake.projects.set(account, [project('shop-prod'), project('old', false), project('lab'), project('ml')])
  })

  test('of all pages become account_names, those without billing marked', async () => {
    const rows = await rowsOf((await plan(keys)).deliveries[0])
    expect(rows.map(({ account_id, account_type, status }) => [account_id, account_type, status])).toEqual([
      ['01A2B3-C4D5E6-F7A8B9', 'Billing Account', 'active'],
      ['lab', 'Project', 'active'],
      ['ml', 'Project', 'active'],
      ['old', 'Project', 'billing disabled'],
      ['shop-prod', 'Project', 'active'],
    ])
    expect(rows[0]).toMatchObject({ account_name: 'Halden Freight', observed_at: '2026-03-20T06:00:00.000Z', tags: {} })
  })

  test('have the same mark until something changes', async () => {
    const mark = async (now: string) => (await plan(keys, testContext({ now }))).deliveries[0]?.mark
    const first = await mark('2026-03-20T06:00:00Z')
    expect(await mark('2026-03-21T06:00:00Z')).toBe(first)
    fake.projects.get(account)?.push(project('new'))
    expect(await mark('2026-03-21T06:00:00Z')).not.toBe(first)
  })

  test('are those of the configured billing account alone, written with dashes or underscores', async () => {
    fake.accounts.push({ name: 'billingAccounts/0A-0B-0C', open: false, displayName: '' })
    fake.projects.set('billingAccounts/0A-0B-0C', [project('other')])
    const rows = await rowsOf((await plan({ ...keys, billing_account: '0A_0B_0C' })).deliveries[0])
    expect(rows.map(({ account_id, status }) => [account_id, status])).toEqual([
      ['0A-0B-0C', 'closed'],
      ['other', 'active'],
    ])
  })

  test('of months are nobody’s question: --period asks Google nothing', async () => {
    const none = await gcpBilling(testContext()).plan({ periods: ['2026-02'], held: new Map() })
    expect(none.deliveries).toEqual([])
    expect(server.requests).toEqual([])
  })
})

describe('prices', () => {
  const sku = (
    skuId: string,
    usageType: string,
    regions: readonly string[],
    ...tiers: (readonly [number, string, number])[]
  ) => ({
    name: `services/6F81/skus/${skuId}`,
    skuId,
    description: `N2 ${skuId}`,
    category: { serviceDisplayName: 'Compute Engine', resourceFamily: 'Compute', resourceGroup: 'N2', usageType },
    serviceRegions: regions,
    pricingInfo: [
      {
        effectiveTime: '2026-03-01T00:00:00Z',
        pricingExpression: {
          usageUnit: 'h',
          baseUnit: 's',
          baseUnitConversionFactor: 3600,
          tieredRates: tiers.map(([startUsageAmount, units, nanos]) => ({
            startUsageAmount,
            unitPrice: { currencyCode: 'EUR', units, nanos },
          })),
        },
      },
    ],
  })
  const keys = { collect: ['prices'], currency: 'EUR' }
  beforeEach(() => {
    fake.services.push(
      { name: 'services/6F81', serviceId: '6F81', displayName: 'Compute Engine' },
      { name: 'services/95FF', serviceId: '95FF', displayName: 'Cloud Storage' },
    )
    fake.skus.set('services/6F81', [
      sku('A', 'OnDemand', ['europe-west1', 'europe-west4'], [0, '0', 31_611_000]),
      sku('B', 'Preemptible', ['us-east1'], [0, '0', 0], [100, '1', 5]),
      sku('C', 'Commit3Yr', ['us-east1'], [0, '9007199254740993', 999_999_999]),
    ])
    fake.skus.set('services/95FF', [sku('D', 'OnDemand', [], [0, '2', 0])])
  })

  test('become list_prices, one row for each region and tier, every digit kept', async () => {
    const rows = await rowsOf((await plan(keys)).deliveries[0])
    expect(
      rows.map((row) => [row['sku_id'], row['region'], row['tier_start'], row['unit_price'], row['purchase_option']]),
    ).toEqual([
      ['A', 'europe-west1', '0', '0.031611', 'On-Demand'],
      ['A', 'europe-west4', '0', '0.031611', 'On-Demand'],
      ['B', 'us-east1', '0', '0', 'Spot'],
      ['B', 'us-east1', '100', '1.000000005', 'Spot'],
      ['C', 'us-east1', '0', '9007199254740993.999999999', 'Commitment 3 years'],
      ['D', 'global', '0', '2', 'On-Demand'],
    ])
    expect(rows[0]).toMatchObject({
      service: 'Compute Engine',
      unit: 'h',
      currency: 'EUR',
      effective_at: '2026-03-01T00:00:00.000Z',
    })
    const asked = server.requests.find(({ path }) => path.endsWith('/skus'))
    expect(asked?.query.get('currencyCode')).toBe('EUR')
  })

  test('of named services are those alone; a name that Google does not have is refused', async () => {
    const [delivery] = (await plan({ ...keys, services: ['cloud storage'] })).deliveries
    expect((await rowsOf(delivery)).map((row) => row['sku_id'])).toEqual(['D'])
    await expect(rowsOf((await plan({ ...keys, services: ['Klaut'] })).deliveries[0])).rejects.toThrow(
      /no service Klaut/,
    )
  })
})

describe('budgets', () => {
  const keys = { collect: ['budgets'] }

  test('of a month, a quarter and a year become rows of the calendar year, in cash', async () => {
    fake.services.push({ name: 'services/6F81', displayName: 'Compute Engine' })
    fake.budgets.set(account, [
      budget('all', { calendarPeriod: 'MONTH' }, fixed('1000', 500_000_000)),
      budget('shop', { calendarPeriod: 'QUARTER', projects: ['projects/shop-prod'] }),
      budget('vm', { calendarPeriod: 'YEAR', services: ['services/6F81'] }),
    ])
    const { deliveries, warnings } = await plan(keys)
    const rows = await rowsOf(deliveries[0])
    expect(warnings).toEqual([])
    expect(rows.filter(({ budget }) => budget === 'all')).toHaveLength(12)
    expect(rows[0]).toEqual({
      budget: 'all',
      dimension: 'provider',
      value: 'Google Cloud',
      month: '2026-01',
      amount: '1000.5',
      currency: 'EUR',
      ledger: 'cash',
    })
    expect(rows.slice(12)).toMatchObject([
      ...[1, 2, 3, 4].map((n) => ({ dimension: 'account', value: 'shop-prod', month: `2026-Q${n}`, amount: '1000' })),
      { dimension: 'service', value: 'Compute Engine', month: '2026' },
    ])
  })

  test.each([
    ['the cost of the period before', budget('b', {}, { lastPeriodAmount: {} }), /period before/],
    ['several projects', budget('b', { projects: ['projects/a', 'projects/b'] }), /several/],
    ['a project by its number', budget('b', { projects: ['projects/4000'] }), /number 4000/],
    ['labels', budget('b', { labels: { team: ['shop'] } }), /labels/],
    ['folders', budget('b', { resourceAncestors: ['folders/1'] }), /folders/],
    ['a period of its own', budget('b', { customPeriod: { startDate: { year: 2026, month: 1, day: 1 } } }), /calendar/],
  ])('that name %s are left out with a warning', async (_, one, reason) => {
    fake.budgets.set(account, [one])
    const { deliveries, warnings } = await plan(keys)
    expect(deliveries).toEqual([])
    expect(warnings).toEqual([expect.stringMatching(reason)])
  })

  test('land in the lake', async () => {
    fake.budgets.set(account, [budget('all', { calendarPeriod: 'MONTH' })])
    const [lake, context] = [testLake(), testContext()]
    const collected = await collectInto(lake, gcpBilling(context, keys), context)
    expect(collected).toMatchObject({ status: 'collected', problems: [] })
    expect(await collectInto(lake, gcpBilling(context, keys), context)).toMatchObject({ status: 'nothing_new' })
  })
})

test.each([
  [{ units: '0', nanos: 0 }, '0'],
  [{ units: '12', nanos: 340_000_000 }, '12.34'],
  [{ units: '-1', nanos: -750_000_000 }, '-1.75'],
  [{ units: '0', nanos: -1 }, '-0.000000001'],
  [null, '0'],
])('money %j is %s', (money, text) => {
  expect(moneyText(money)).toBe(text)
})

describe('faults', () => {
  const keys = { collect: ['projects'] }
  beforeEach(() => {
    fake.projects.set(account, [project('a'), project('b'), project('c')])
  })
  const isSecondPage = ({ query }: { query: URLSearchParams }) => query.has('pageToken')

  test.each([
    ['429 with retry-after', { kind: 'status', ...withHeader(refuse(429, 'quota')) } as const, 7250],
    ['503', { kind: 'status', ...refuse(503, 'busy') } as const, 250],
    ['500', { kind: 'status', ...refuse(500, 'internal') } as const, 250],
    ['a connection cut in the body', { kind: 'cut', after: 20 } as const, 250],
    ['a connection reset', { kind: 'reset' } as const, 250],
  ])('%s on the second page is repeated once', async (_, fault, waited) => {
    const context = testContext()
    server.faults.when(isSecondPage, fault)
    expect(await rowsOf((await plan(keys, context)).deliveries[0])).toHaveLength(4)
    expect(context.waits).toEqual([waited])
  })

  test('access denied and expired credentials are not repeated and say what to do', async () => {
    const context = testContext()
    fake.refuse('projects', 403, 'The caller does not have permission billing.resourceAssociations.list')
    await expect(plan({ ...keys, billing_account: '01A2B3-C4D5E6-F7A8B9' }, context)).rejects.toMatchObject({
      name: 'UserError',
      message: 'google: billing.resourceAssociations.list on 01A2B3-C4D5E6-F7A8B9',
      hint: expect.stringMatching(/roles\/billing\.viewer/),
    })
    fake.refuse('accounts', 401, 'Request had invalid authentication credentials.')
    await expect(plan(keys, context)).rejects.toMatchObject({
      name: 'UserError',
      hint: expect.stringMatching(/gcloud auth/),
    })
    expect(context.waits).toEqual([])
  })

  test('an account that the credentials do not see is an error, not an empty table', async () => {
    await expect(plan({ ...keys, billing_account: 'FFFFFF-FFFFFF-FFFFFF' })).rejects.toThrow(/may not see FFFFFF/)
  })
})

describe('doctor', () => {
  const keys = { collect: ['projects', 'budgets', 'prices'] }
  const failed = async () => (await gcpBilling(testContext(), keys).probe()).filter(({ ok }) => !ok)

  test('is content when every list answers', async () => {
    expect(await failed()).toEqual([])
  })

  test('names the missing role, and the API that is off', async () => {
    fake.refuse('budgets', 403, 'The caller does not have permission')
    fake.refuse('services', 403, 'Cloud Billing API has not been used in project 12 before or it is disabled.')
    expect(await failed()).toEqual([
      expect.objectContaining({
        problem: 'billing.accounts.get on 01A2B3-C4D5E6-F7A8B9',
        remedy: expect.stringMatching(/billing\.viewer/),
      }),
      expect.objectContaining({ remedy: 'gcloud services enable cloudbilling.googleapis.com --project bills' }),
    ])
  })

  test('finds that no billing account can be seen', async () => {
    fake.accounts.length = 0
    expect(await failed()).toMatchObject([
      { check: 'list billing accounts', problem: 'billing.accounts.get on any billing account' },
    ])
  })
})

function withHeader<Answer extends { headers: Record<string, string> }>(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'retry-after': '7' } }
}

import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { createApiContext, type WarehouseContext } from '../../src/api-context.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import type { WarehouseFile } from '../../src/open-state.ts'
import { chooseRules, loadRules } from '../../src/recommend/rules.ts'
import { createSavings } from '../../src/runtime-savings.ts'
import { openReadOnly } from '../../src/warehouse/duckdb-stream.ts'
import type { HeldStates } from '../../src/warehouse/held-states.ts'
import { warehouseFile } from '../support/api.ts'
import { daily, providers } from '../support/recommend.ts'
import type { Row } from '../support/rows.ts'

const now = () => new Date('2026-10-04T12:00:00Z')
const own = 'http://localhost'
const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }

const address = (id: string, account: string, team: string): Row => ({
  ...providers.aws,
  ResourceId: id,
  SubAccountId: account,
  ServiceName: 'Amazon Virtual Private Cloud',
  SkuMeter: 'PublicIPv4:IdleAddress',
  PricingUnit: 'Hours',
  PricingQuantity: '24',
  EffectiveCost: '0.24',
  Tags: { team },
})
/** Two moves of one instance: Graviton saves 20 %, AMD 10 % of it. */
const instance: Row = {
  ...providers.aws,
  ResourceId: 'i-1',
  ServiceName: 'Amazon Elastic Compute Cloud',
  SkuMeter: 'BoxUsage:m5.large',
  x_Operation: 'RunInstances',
  PricingCategory: 'Standard',
  PricingUnit: 'Hours',
  PricingQuantity: '24',
  EffectiveCost: '24',
}
const covered: Row = {
  ...instance,
  CommitmentDiscountStatus: 'Used',
  CommitmentDiscountId: 'sp-1',
  EffectiveCost: '12',
}
const inUse: Row = { ...address('ip-3', 'a2', 'data'), SkuMeter: 'PublicIPv4:InUseAddress', EffectiveCost: '4.80' }
const rows = [
  ...daily(inUse),
  ...daily(address('ip-1', 'a1', 'web')),
  ...daily(address('ip-2', 'a2', 'data')),
  ...daily(instance),
  ...daily({ ...covered, CommitmentDiscountType: 'Reserved' }),
]

interface Answer {
  readonly rows: readonly Row[]
  readonly meta: Readonly<Record<string, unknown>> & { readonly totals: readonly Row[]; readonly next_cursor: string }
  readonly savings: readonly Row[]
  readonly saving: Row
  readonly funnel: readonly Row[]
  readonly waterfall: readonly Row[]
  readonly evidence: { readonly meters: readonly Row[]; readonly charges: readonly Row[] }
  readonly ledger: { readonly saving: Row; readonly history: readonly Row[] } | null
  readonly hint: string
}

const catalog = loadCatalog()
let file: WarehouseFile
let context: WarehouseContext
let app: Awaited<ReturnType<typeof createApp>>
let opened: number

beforeAll(async () => {
  file = await warehouseFile(rows)
}, 60_000)
afterAll(() => rmSync(dirname(file.path), { recursive: true }))

beforeEach(async () => {
  opened = 0
  const path = join(dirname(file.path), `${randomUUID()}.sqlite`)
  const rules = chooseRules(loadRules(), ['aws.ip.idle', 'aws.ip.inuse', 'aws.ec2.graviton', 'aws.ec2.amd'])
  context = await createApiContext({
    ...{ catalog, title: 'Cloud costs', now },
    savings: (states) => createSavings({ path, rules, now, states: counted(states) }),
    current: () => file,
    build: () => Promise.reject(new Error('no past')),
    open: (path) => openReadOnly(path),
    openSandbox: () => Promise.reject(new Error('no SQL here')),
  })
  app = await createApp(context)
  return () => context.close()
})

const counted = (states: HeldStates): HeldStates => ({
  connect(state) {
    opened += 1
    return states.connect(state)
  },
})

const get = async (path: string) => (await (await app.request(path)).json()) as Answer
const list = (query = '') => get(`/api/v1/recommendations${query}`)
const post = (path: string, headers: Record<string, string>, body: string) =>
  app.request(`${own}${path}`, { method: 'POST', headers, body })
const decide = async (id: unknown, verb: string, body: object = {}) =>
  (await (await post(`/api/v1/savings/${id}/${verb}`, json, JSON.stringify(body))).json()) as Answer
const idOf = async (rule: string) => String((await list(`?rule=${rule}`)).rows[0]?.['finding_id'])
const cents = (value: unknown) => Number(value).toFixed(2)

test('recommendations come ranked with totals, basis and the state of the data', async () => {
  const { rows: found, meta } = await list()
  // 24 a day is 730 a month, of which Graviton saves 20 %; two addresses at 0.24 a day are 7.30 each
  const counted = found.filter(({ role }) => role === 'counted')
  expect(counted.map((row) => [row['rule'], cents(row['cash_saving_month'])])).toEqual([
    ['aws.ec2.graviton', '146.00'],
    ['aws.ip.idle', '7.30'],
    ['aws.ip.idle', '7.30'],
  ])
  expect(meta).toMatchObject({
    ledger: 'accrual',
    currency: ['USD'],
    period: { start: '2026-09-01', end: '2026-10-01' },
    complete_through: '2026-09-30T00:00:00Z',
    lake_versions: { count: 3 },
    state: 'state1',
    next_cursor: null,
  })
  expect(cents(meta.totals[0]?.['cash_saving_month'])).toBe('160.60')
})

test('filters narrow rows and totals alike, and a wrong one is refused', async () => {
  const { rows: found, meta } = await list('?account=a2&class=A')
  expect(found.map((row) => row['resource_id'])).toEqual(['ip-2'])
  expect(meta.totals).toMatchObject([{ counted: '1', cash_saving_month: '7.3000000000' }])
  expect((await list('?provider=azure')).rows).toEqual([])
  expect((await list('?effort=S&risk=l&rule=aws.ip.idle&currency=USD&role=counted&state=proposed')).rows).toHaveLength(
    2,
  )
  expect((await app.request('/api/v1/recommendations?class=Z')).status).toBe(400)
  expect((await app.request('/api/v1/recommendations?colour=red')).status).toBe(400)
  expect((await app.request('/api/v1/recommendations?rule=a&rule=b')).status).toBe(400)
})

test('a list goes on by cursor until the decisions change', async () => {
  const whole = (await list()).rows.map((row) => row['finding_id'])
  const first = await list('?limit=2')
  const second = await list(`?limit=2&cursor=${first.meta.next_cursor}`)
  expect([...first.rows, ...second.rows].map((row) => row['finding_id'])).toEqual(whole.slice(0, 4))
  await decide(await idOf('aws.ip.idle'), 'accept')
  expect((await app.request(`/api/v1/recommendations?limit=2&cursor=${first.meta.next_cursor}`)).status).toBe(410)
})

test('CSV carries every row', async () => {
  const answer = await app.request('/api/v1/recommendations?format=csv&rule=aws.ip.idle')
  expect(answer.headers.get('content-type')).toContain('text/csv')
  const lines = (await answer.text()).trimEnd().split('\r\n')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(/^finding_id,finding_key,rule,/)
  expect((await app.request('/api/v1/recommendations?format=csv&limit=5')).status).toBe(400)
  expect((await app.request('/api/v1/recommendations?format=xml')).status).toBe(400)
})

test('the rules run once for a state of the data, whoever asks', async () => {
  await Promise.all([list(), list('?class=A'), get('/api/v1/savings')])
  await decide(await idOf('aws.ip.idle'), 'dismiss', { reason: 'kept' })
  await list()
  expect(opened).toBe(1)
})

test('one recommendation opens to the charges of its cost, and to what else is recommended there', async () => {
  const id = await idOf('aws.ec2.graviton')
  const { waterfall, evidence, ledger } = await get(`/api/v1/recommendations/${id}?limit=10`)
  // the reserved half of the instance is no part of it: 30 days at 24
  expect(evidence.meters).toMatchObject([
    { meter: 'BoxUsage:m5.large', charges: '30', effective_cost: '720.0000000000' },
  ])
  expect(evidence.charges).toHaveLength(10)
  expect(evidence.charges[0]).toMatchObject({ ResourceId: 'i-1', source: 'cloud', version: 1 })
  const steps = waterfall.map((row) => [row['rule'], row['role'], cents(row['cash_saving_month'])])
  expect(steps.slice(0, 2)).toEqual([
    ['aws.ec2.graviton', 'counted', '146.00'],
    ['aws.ec2.amd', 'alternative', '0.00'],
  ])
  // of 1,095 a month with the reserved half
  expect(cents(waterfall[0]?.['remaining_cost'])).toBe('949.00')
  expect(ledger).toMatchObject({ saving: { state: 'proposed' }, history: [{ to_state: 'proposed' }] })
  expect((await app.request('/api/v1/recommendations/none')).status).toBe(404)
})

describe('decisions', () => {
  test('from proposed to done, each is kept with who took it, and the funnel follows', async () => {
    const id = await idOf('aws.ip.idle')
    expect((await decide(id, 'accept', { owner: 'network', by: 'jane' })).saving).toMatchObject({ state: 'accepted' })
    expect((await list('?rule=aws.ip.idle&state=accepted')).rows).toHaveLength(1)
    await decide(id, 'start')
    await decide(id, 'done', { on: '2026-10-04' })
    const { savings: done, funnel } = await get('/api/v1/savings?state=done')
    expect(done).toMatchObject([{ finding_id: id, owner: 'network', implemented_on: '2026-10-04' }])
    expect(funnel).toMatchObject([{ currency: 'USD', realisation_rate: 0, implementation_rate: 1 }])
    expect(cents(funnel[0]?.['implemented'])).toBe('7.30')
    const { history } = (await get(`/api/v1/savings/${id}`)) as unknown as { history: readonly Row[] }
    expect(history.map((event) => [event['actor'], event['to_state']]).slice(0, 2)).toEqual([
      ['recommend', 'proposed'],
      ['jane', 'accepted'],
    ])
  })

  test('dismissing what counts lets the next best move on the resource count', async () => {
    await decide(await idOf('aws.ec2.graviton'), 'dismiss', { reason: 'needs x86', until: '2027-01-31' })
    const { rows: left } = await list('?rule=aws.ec2.amd')
    expect(left.map((row) => [row['role'], cents(row['cash_saving_month'])])).toEqual([['counted', '73.00']])
    expect((await get('/api/v1/savings?state=dismissed')).savings).toMatchObject([
      { reason: 'needs x86', until: '2027-01-31' },
    ])
  })

  test('a dismissal without an end holds for 180 days, and not for ever', async () => {
    const { saving } = await decide(await idOf('aws.ec2.graviton'), 'dismiss', { reason: 'kept' })
    expect(saving).toMatchObject({ state: 'dismissed', until: '2027-04-02' })
  })

  test.each([
    ['dismiss', {}, 400],
    ['dismiss', { reason: 'kept', until: '2026-10-01' }, 400],
    ['accept', { on: '2026-02-30' }, 400],
    ['accept', { colour: 'red' }, 400],
    ['start', {}, 409],
    ['verify', {}, 404],
  ])('%s with %j answers %i', async (verb, body, status) => {
    const id = await idOf('aws.ip.idle')
    expect((await post(`/api/v1/savings/${id}/${verb}`, json, JSON.stringify(body))).status).toBe(status)
    expect((await get(`/api/v1/recommendations/${id}`)).ledger?.saving).toMatchObject({ state: 'proposed' })
  })

  test('advice can be dismissed too, an alternative only made to count', async () => {
    const advice = await idOf('aws.ip.inuse')
    expect((await get(`/api/v1/recommendations/${advice}`)).ledger).toBeNull()
    const { saving } = await decide(advice, 'dismiss', { reason: 'public service' })
    expect(saving).toMatchObject({ state: 'dismissed', identified_amount: null })
    expect((await list('?rule=aws.ip.inuse')).rows).toEqual([])
    const alternative = await decide(await idOf('aws.ec2.amd'), 'accept')
    expect(alternative.hint).toBe('Dismiss that one, and this one counts.')
    expect((await decide('none', 'accept')).hint).toContain('/api/v1/savings')
  })

  test('another site, a wrong type and a body that is no JSON change nothing', async () => {
    const path = `/api/v1/savings/${await idOf('aws.ip.idle')}/accept`
    expect((await post(path, { ...json, origin: 'https://evil.example' }, '{}')).status).toBe(403)
    expect((await post(path, { 'content-type': 'text/plain' }, '{}')).status).toBe(415)
    expect((await post(path, json, 'owner=x')).status).toBe(400)
    expect((await get('/api/v1/savings?state=accepted')).savings).toEqual([])
  })
})

describe('pages', () => {
  const page = async (path: string) => (await app.request(path)).text()

  test('the list shows the potential, the classes and the ranked findings', async () => {
    const text = await page('/savings')
    expect(text).toContain('USD\u00a0161')
    expect(text).toContain('nothing is done yet')
    expect(text).toContain('Move to the Graviton successor')
    expect(await page('/savings?rule=aws.ip.idle&provider=&class=A')).not.toContain('Graviton')
    expect(await page('/savings?team=-')).toContain('aws.ec2.graviton')
  })

  test('a recommendation shows how it was computed and takes a decision by form', async () => {
    const id = await idOf('aws.ip.idle')
    expect(await page(`/savings/${id}`)).toMatch(/How it was computed[\s\S]*PublicIPv4:IdleAddress/)
    const answer = await post(`/savings/${id}`, form, 'decision=accept&owner=net%3Cwork%3E&on=&by=')
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/savings/${id}`])
    expect(await page(`/savings/${id}`)).toContain('net&lt;work&gt;')
    expect(await page('/savings/ledger?state=accepted')).toContain('aws.ip.idle')
    expect((await post(`/savings/${id}`, { ...form, 'sec-fetch-site': 'cross-site' }, 'decision=done')).status).toBe(
      403,
    )
    expect((await post(`/savings/${id}`, form, 'decision=explode')).status).toBe(404)
  })

  test('a saving that is no longer recommended keeps its page', async () => {
    const id = await idOf('aws.ip.idle')
    await post(`/savings/${id}`, form, 'decision=dismiss&reason=kept')
    const text = await page(`/savings/${id}`)
    expect(text).toContain('no longer recommended')
    expect(text).toContain('kept')
    expect((await app.request('/savings/none')).status).toBe(404)
  })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readQuery } from '../../src/catalog/files.ts'
import { createOpenCost } from '../../src/collectors/usage/opencost.ts'
import { parseConfig } from '../../src/config.ts'
import { buildWarehouse } from '../../src/pipeline/build.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { type FakeAllocation, type FakeOpenCost, startOpenCost } from '../fakes/opencost.ts'
import { type TestLake, testLake } from '../support/lake.ts'
import { estateOf, type Row } from '../support/rows.ts'
import { collectInto } from './collect-into.ts'
import { type TestContext, testContext } from './context.ts'

let lake: TestLake
let opencost: FakeOpenCost
beforeEach(async () => {
  lake = testLake()
  opencost = await startOpenCost()
})
afterEach(() => opencost.close())

interface Run {
  readonly now?: string
  readonly periods?: readonly string[]
  readonly config?: Row
  readonly context?: TestContext
  readonly env?: Readonly<Record<string, string>>
}

function collectorOf(config: Row, context: TestContext) {
  const raw = { name: 'kube', type: 'opencost', url: opencost.url, cluster: 'prod', days: 2, ...config }
  const [parsed] = parseConfig({ sources: [raw] }).sources
  if (parsed?.type !== 'opencost') throw new Error('not OpenCost')
  return createOpenCost(parsed, context)
}

function collect({ now = '2026-03-20T06:00:00Z', periods, config = {}, context, env }: Run = {}) {
  const used = context ?? testContext({ now, attempts: 3, ...(env ? { env } : {}) })
  return collectInto(lake, collectorOf(config, used), used, { now, ...(periods ? { periods } : {}) })
}

async function rows(sql: string): Promise<Row[]> {
  const context = { layout: lake.layout, config: parseConfig({}), openWarehouse: openDuckDb, onProgress: () => {} }
  const warehouse = await openDuckDb({ path: (await buildWarehouse(context)).path, readOnly: true })
  const found = await warehouse.query(sql)
  warehouse.close()
  return [...found.rows]
}

const workload = (namespace: string, controller: string | undefined, total: number): FakeAllocation => ({
  name: `${namespace}/${controller}`,
  properties: {
    cluster: 'cluster-one',
    namespace,
    ...(controller ? { controller, controllerKind: 'deployment' } : {}),
  },
  cpuCost: total,
  cpuCostAdjustment: 0,
  gpuCost: 0,
  ramCost: 0.00001,
  pvCost: 0,
  networkCost: 0.5,
  loadBalancerCost: 0.25,
  sharedCost: 0,
  externalCost: 0,
  totalCost: total,
  totalEfficiency: 0.5,
})
const idle = (total: number): FakeAllocation => ({
  name: '__idle__',
  properties: { cluster: 'cluster-one' },
  cpuCost: total,
  totalCost: total,
  totalEfficiency: null,
})
const day = (total: number) => ({ 'shop/deployment:web': workload('shop', 'web', total), __idle__: idle(2) })
const totals = `select usage_date::varchar as day, namespace, total_cost::double as total from kubernetes_allocations order by all`

test('each complete day comes with its workloads, exact amounts and idle capacity', async () => {
  opencost.set('2026-03-18', day(1.00001))
  opencost.set('2026-03-19', { 'shop/__unallocated__': workload('shop', undefined, 3) })
  opencost.set('2026-03-20', day(99))
  expect(await collect()).toMatchObject({ status: 'collected', new_units: 2, problems: [] })
  const columns = `usage_date::varchar as day, cluster, allocation, namespace, controller_kind, controller, cpu_cost, memory_cost,
    load_balancer_cost, idle_cost, total_cost, efficiency::double as efficiency, currency`
  expect(await rows(`select ${columns} from kubernetes_allocations order by day, allocation`)).toEqual([
    {
      ...{ day: '2026-03-18', cluster: 'prod', allocation: '__idle__', namespace: '__idle__', controller_kind: '' },
      ...{ controller: '', cpu_cost: '2.000000000000000', memory_cost: null, load_balancer_cost: null },
      ...{ idle_cost: '2.000000000000000', total_cost: '2.000000000000000', efficiency: null, currency: 'USD' },
    },
    {
      ...{ day: '2026-03-18', cluster: 'prod', allocation: 'shop/deployment:web', namespace: 'shop' },
      ...{ controller_kind: 'deployment', controller: 'web', cpu_cost: '1.000010000000000' },
      ...{ memory_cost: '0.000010000000000', load_balancer_cost: '0.250000000000000', idle_cost: '0.000000000000000' },
      ...{ total_cost: '1.000010000000000', efficiency: 0.5, currency: 'USD' },
    },
    expect.objectContaining({ day: '2026-03-19', namespace: 'shop', controller: '__unallocated__' }),
  ])
})

test('a day is asked for again while it may change, replaces what it was, and is then left alone', async () => {
  opencost.set('2026-03-19', { ...day(1), 'gone/deployment:x': workload('gone', 'x', 5) })
  await collect({ config: { days: 1 } })
  expect(await collect({ config: { days: 1 }, now: '2026-03-20T20:00:00Z' })).toMatchObject({ status: 'nothing_new' })
  opencost.set('2026-03-19', day(1.5))
  await collect({ now: '2026-03-22T06:00:00Z', config: { days: 3 } })
  const settled = [
    { day: '2026-03-19', namespace: '__idle__', total: 2 },
    { day: '2026-03-19', namespace: 'shop', total: 1.5 },
  ]
  expect(await rows(totals)).toEqual(settled)
  opencost.set('2026-03-19', day(77))
  await collect({ now: '2026-03-23T06:00:00Z', config: { days: 5 } })
  expect(await rows(totals)).toEqual(settled)
})

test('days missed since the last collection are made up for, and a month may be asked for by name', async () => {
  for (const at of ['2026-02-27', '2026-03-01', '2026-03-05', '2026-03-19']) opencost.set(at, day(1))
  await collect({ now: '2026-03-02T06:00:00Z', config: { days: 1 } })
  await collect()
  const days = async () => (await rows(totals)).filter((row) => row['namespace'] === 'shop').map((row) => row['day'])
  expect(await days()).toEqual(['2026-03-01', '2026-03-05', '2026-03-19'])
  await collect({ periods: ['2026-02', '2026-04'] })
  expect(await days()).toEqual(['2026-02-27', '2026-03-01', '2026-03-05', '2026-03-19'])
})

test.each([
  ['null', null],
  ['an empty list', []],
  ['a set that is null', [null]],
  ['an empty set', [{}]],
  ['an allocation that is null', [{ x: null }]],
])('no data (%s) is a day without rows, not a failure', async (_, data) => {
  opencost.answerWith({ data })
  expect(await collect()).toMatchObject({ status: 'collected', problems: [], deliveries: [] })
  expect(await collect()).toMatchObject({ status: 'nothing_new' })
})

test('a map instead of a list of maps, and no properties, are read too', async () => {
  opencost.answerWith({ data: { 'shop/deployment:web': { totalCost: 3 } } })
  await collect({ config: { days: 1 } })
  expect(await rows(`select namespace, controller, total_cost::integer as total from kubernetes_allocations`)).toEqual([
    { namespace: 'shop', controller: 'deployment:web', total: 3 },
  ])
})

test('throttling, outages and broken connections are mended within the run', async () => {
  opencost.set('2026-03-19', day(1))
  const faults = [
    { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
    { kind: 'status', status: 503, body: 'upstream connect error' },
    { kind: 'status', status: 500, body: '{"code":500,"message":"Error: prometheus"}' },
    { kind: 'cut', after: 20 },
    { kind: 'truncated', by: 5 },
    { kind: 'reset' },
  ] as const
  opencost.faults.next(...faults)
  const context = testContext({ attempts: 7 })
  expect(await collect({ context, config: { days: 1 } })).toMatchObject({ status: 'collected', problems: [] })
  expect(context.waits).toHaveLength(faults.length)
  expect(await rows(totals)).toHaveLength(2)
})

test.each([
  [{ body: '<html>log in</html>' }, /page instead of JSON/],
  [{ body: '{"code":500,"status":"error","message":"no prometheus"}' }, /500 no prometheus for 2026-03-19/],
  [{ body: '{"code":400,"message":"Error: bad aggregate"}', status: 400 }, /400.*bad aggregate/],
  [{ body: 'no', status: 403 }, /403/],
  [{ data: [{ a: { totalCost: 1 } }, { a: { totalCost: 2 } }] }, /2 sets of allocations/],
  [{ data: [{ a: { properties: { cluster: 'x' } }, b: { properties: { cluster: 'y' } } }] }, /2 clusters: x, y/],
])('an answer that cannot be used fails the run and changes nothing: %j', async (answer, message) => {
  opencost.set('2026-03-19', day(1))
  await collect({ config: { days: 1 } })
  const before = await rows(totals)
  opencost.answerWith(answer)
  const run = await collect({ now: '2026-03-21T06:00:00Z' })
  expect(run.status).toBe('failed')
  expect(run.problems.join('\n')).toMatch(message)
  expect(await rows(totals)).toEqual(before)
  opencost.answerWith(null)
  opencost.set('2026-03-20', day(4))
  expect((await collect({ now: '2026-03-21T06:00:00Z' })).problems).toEqual([])
  expect(await rows(totals)).toHaveLength(4)
})

test('doctor asks for yesterday and says what is missing; the authorization appears nowhere', async () => {
  opencost.requireAuthorization('Bearer planted-right')
  const config = { authorization_env: 'KUBE_AUTH' }
  const probe = (value: string) => collectorOf(config, testContext({ env: { KUBE_AUTH: value } })).probe()
  expect(await probe('Bearer planted-right')).toMatchObject([
    { ok: true, check: expect.stringContaining('cluster prod') },
  ])
  const refused = await probe('Bearer planted-wrong')
  expect(refused).toMatchObject([{ ok: false, problem: expect.stringContaining('403') }])
  expect(refused[0]?.remedy).toContain('KUBE_AUTH')
  const run = await collect({ config, env: { KUBE_AUTH: 'Bearer planted-wrong' } })
  expect(JSON.stringify([refused, run])).not.toContain('planted')
})

describe('kubernetes_costs', () => {
  const insert = (
    date: string,
    allocation: string,
    namespace: string,
    controller: string,
    cpu: string,
    efficiency: string,
  ) =>
    `insert into kubernetes_allocations by name select 'Kubernetes' as provider, date '${date}' as usage_date, 'prod' as cluster,
       '${allocation}' as allocation, '${namespace}' as namespace, 'deployment' as controller_kind, '${controller}' as controller,
       ${cpu} as cpu_cost, 0 as memory_cost, 1 as network_cost, null as load_balancer_cost, ${cpu} + 1 as total_cost,
       ${efficiency} as efficiency, 'USD' as currency;`

  test('a line a namespace and month, idle its own and last, efficiency weighted by cost; no bill holds them', async () => {
    const setup =
      insert('2026-03-01', 'a/x', 'a', 'x', '3', '1.0') +
      insert('2026-03-02', 'a/x', 'a', 'x', '1', '0.2') +
      insert('2026-03-02', 'a/y', 'a', 'y', '1', 'null') +
      insert('2026-03-02', 'n', '', '', '0', 'null') +
      insert('2026-03-02', '__idle__', '__idle__', '', '11', 'null') +
      insert('2026-04-01', 'a/x', 'a', 'x', '0', '0.5')
    const estate = await estateOf([{ BilledCost: '5' }], { setup })
    const found = await estate.run('kubernetes_costs', { end_date: '2026-04-01' })
    expect(
      found.map((row) => [row['namespace'], row['kind'], Number(row['total_cost']), row['share_of_cluster']]),
    ).toEqual([
      ['a', 'workload', 8, 8 / 21],
      ['__unallocated__', 'unallocated', 1, 1 / 21],
      ['__idle__', 'idle', 12, 12 / 21],
    ])
    expect(found[0]).toMatchObject({
      usage_month: '2026-03',
      days: '2',
      controllers: '2',
      network_cost: '3.000000000000000',
    })
    expect(found[0]?.['efficiency']).toBeCloseTo(3.2 / 4, 12)
    expect(found.every((row) => row['basis'] === 'modelled by OpenCost: part of the bill, not added to it')).toBe(true)
    expect((await estate.run('kubernetes_costs', { start_date: '2026-04-01' }))[0]).toMatchObject({ efficiency: null })
    expect(await estate.run('kubernetes_costs', { cluster: 'other' })).toEqual([])
    expect((await estate.run('cost_by_month')).map((row) => Number(row['billed_cost']))).toEqual([5])
    expect(readQuery('reports/kubernetes_costs.sql')).toContain('never add the two')
  })
})

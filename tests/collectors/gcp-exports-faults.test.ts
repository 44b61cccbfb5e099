import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CollectorContext, Gone, type RemoteDelivery } from '../../src/collectors/collector.ts'
import { UpstreamError } from '../../src/errors.ts'
import { type BigQueryFake, createBigQuery, refuse } from '../fakes/bigquery.ts'
import { detailed, detailedFields, usageRow } from '../fakes/bigquery-tables.ts'
import { type FaultServer, startServer } from '../fakes/fault-server.ts'
import { testContext } from './context.ts'
import { asks, exportOf, isPage, type Keys, manyRows, rowsOf } from './gcp-source.ts'

let fake: BigQueryFake
let server: FaultServer

async function start(options: Parameters<typeof createBigQuery>[0] = {}) {
  fake = createBigQuery(options)
  server = await startServer(fake.handler)
}
beforeEach(() => start())
afterEach(() => server.close())

const gcpExport = (context: CollectorContext, keys: Keys = {}) => exportOf(server.url, context, keys)

const plan = (keys: Keys = {}, { periods, held }: { periods?: string[]; held?: string[] } = {}) =>
  gcpExport(testContext(), keys).plan({
    periods: periods ?? null,
    held: new Map((held ?? []).map((unit) => [unit, { mark: 'held', collected_at: '' }])),
  })

const first = async (keys: Keys = {}): Promise<RemoteDelivery> => {
  const [delivery] = (await plan(keys)).deliveries
  if (!delivery) throw new Error('nothing was planned')
  return delivery
}

describe('rows', () => {
  beforeEach(async () => {
    await server.close()
    await start({ pageRows: 4 })
    fake.table(detailed, { fields: detailedFields })
  })

  test('keep every digit of FLOAT64 and NUMERIC, at the top and inside of nested columns', async () => {
    const costs = [0.1 + 0.2, 1 / 3, 5e-324, 1e22, -0.000000123456789, 123456789.12345679]
    const credit = (amount: number) => [{ name: 'c', amount }]
    const fields = [...detailedFields, { name: 'exact', type: 'NUMERIC' }, { name: 'big', type: 'INTEGER' }]
    fake.table(detailed, { fields })
    const exact = '99999999999999999999999999999.999999999'
    fake.put(
      detailed,
      '2026-03-10',
      costs.map((cost) => usageRow(cost, { credits: credit(-cost), exact, big: '9223372036854775807' })),
    )
    const rows = await rowsOf(await first())
    expect(rows.map((row) => row['cost'])).toEqual(costs.map(String))
    expect(rows.map((row) => row['credits'])).toEqual(costs.map((cost) => JSON.stringify(credit(-cost))))
    expect(rows[0]).toMatchObject({ exact, big: '9223372036854775807', export_time: '2026-03-10T12:00:00.123456Z' })
  })

  test('have every column of the table, those added later too, and null where a row has none', async () => {
    fake.table(detailed, { fields: [...detailedFields, { name: 'added_in_2027', type: 'STRING' }] })
    fake.put(detailed, '2026-03-10', [usageRow(1), usageRow(2, { added_in_2027: 'x', project: null })])
    const [plain, added] = await rowsOf(await first())
    expect(plain).toMatchObject({ added_in_2027: null, resource: null, labels: '[{"key":"team","value":"shop"}]' })
    expect(added).toMatchObject({ added_in_2027: 'x', project: null })
  })

  test('come in pages of what the plan counted: later rows wait for the next plan', async () => {
    fake.put(detailed, '2026-03-10', manyRows(10))
    const delivery = await first()
    fake.append(detailed, '2026-03-10', [usageRow(99, { export_time: '2026-03-10 23:00:00 UTC' })])
    expect((await rowsOf(delivery)).map((row) => row['cost'])).toEqual(manyRows(10).map((row) => String(row['cost'])))
    expect(server.requests.filter(isPage).length).toBeGreaterThanOrEqual(3)
  })

  test('lost after the plan make it out of date', async () => {
    fake.put(detailed, '2026-03-10', manyRows(10))
    const delivery = await first()
    fake.put(detailed, '2026-03-10', manyRows(9))
    await expect(rowsOf(delivery)).rejects.toThrow(Gone)
  })

  test('of a job that takes long are waited for', async () => {
    fake.put(detailed, '2026-03-10', manyRows(2))
    fake.slowJobs(3)
    expect(await rowsOf(await first())).toHaveLength(2)
  })
})

describe('faults', () => {
  const refusal = (status: number, reason: string, message = reason) => ({ status, reason, message })
  const fault = (status: number, reason: string, headers: Record<string, string> = {}) => {
    const { body } = refuse(refusal(status, reason))
    return { kind: 'status', status, body, headers: { 'content-type': 'application/json', ...headers } } as const
  }
  beforeEach(async () => {
    await server.close()
    await start({ pageRows: 4 })
    fake.table(detailed, { fields: detailedFields })
    fake.put(detailed, '2026-03-10', manyRows(10))
  })

  test.each([
    ['429 rateLimitExceeded', fault(429, 'rateLimitExceeded', { 'retry-after': '7' }), 7250],
    ['403 rateLimitExceeded', fault(403, 'rateLimitExceeded'), 250],
    ['403 quotaExceeded', fault(403, 'quotaExceeded'), 250],
    ['500 backendError', fault(500, 'backendError'), 250],
    ['503 without a body', { kind: 'status', status: 503 } as const, 250],
    ['a cut connection', { kind: 'cut', after: 50 } as const, 250],
    ['a reset connection', { kind: 'reset' } as const, 250],
  ])('%s in the middle of the pages is repeated once, and no row is lost or doubled', async (_, one, waited) => {
    const context = testContext()
    const [delivery] = (await gcpExport(context).plan({ periods: null, held: new Map() })).deliveries
    server.faults.when((request) => isPage(request) && request.query.has('pageToken'), one)
    const rows = await rowsOf(delivery as RemoteDelivery)
    expect(rows.map((row) => row['cost'])).toEqual(manyRows(10).map((row) => String(row['cost'])))
    expect(context.waits).toEqual([waited])
  })

  test.each(['jobInternalError', 'backendError'])(
    'a job that fails with %s is made again under another name',
    async (reason) => {
      const delivery = await first()
      fake.failJobs(refusal(400, reason))
      expect(await rowsOf(delivery)).toHaveLength(10)
    },
  )

  test('a job whose answer to its creation was lost is found again, not paid twice', async () => {
    const delivery = await first()
    server.faults.when((r) => asks('day')(r) && !String(r.body).includes('"dryRun":true'), { kind: 'cut', after: 10 })
    expect(await rowsOf(delivery)).toHaveLength(10)
    expect(fake.jobs.filter(({ label }) => label === 'day')).toHaveLength(1)
  })

  test('a page token that ran out is replaced by the number of the row', async () => {
    const delivery = await first()
    server.faults.when((request) => isPage(request) && request.query.has('pageToken'), {
      kind: 'do',
      run: () => fake.expireTokens(),
    })
    expect((await rowsOf(delivery)).map((row) => row['cost'])).toEqual(manyRows(10).map((row) => String(row['cost'])))
  })

  test('access denied is not repeated and names permission, place and role', async () => {
    fake.refuse(
      'data',
      refusal(
        403,
        'accessDenied',
        `Access Denied: Table bills:exports.${detailed}: User does not have bigquery.tables.getData permission for table`,
      ),
    )
    const context = testContext()
    const failure = gcpExport(context).plan({ periods: null, held: new Map() })
    await expect(failure).rejects.toMatchObject({
      name: 'UserError',
      message: 'google: bigquery.tables.getData on dataset bills.exports',
      hint: 'roles/bigquery.dataViewer on dataset bills.exports',
    })
    expect(context.waits).toEqual([])
  })

  test('expired credentials are not repeated and say how to get new ones', async () => {
    server.faults.when(() => true, fault(401, 'authError'), 9)
    await expect(plan()).rejects.toMatchObject({ name: 'UserError', hint: expect.stringMatching(/gcloud auth/) })
    expect(server.requests).toHaveLength(1)
  })

  test('that do not end make the read fail for good, as a fault of the source', async () => {
    const delivery = await first()
    server.faults.when(isPage, fault(503, 'backendError'), 100)
    await expect(rowsOf(delivery)).rejects.toThrow(UpstreamError)
  })

  test('plain http is for this machine only', () => {
    expect(() => exportOf('http://bigquery.example', testContext())).toThrow(/neither https nor http on this machine/)
  })
})

describe('doctor', () => {
  beforeEach(() => fake.table(detailed, { fields: detailedFields }))
  const probe = () => gcpExport(testContext()).probe()

  test('dry-runs every query, says what a plan reads, and pays nothing', async () => {
    fake.put(detailed, '2026-03-10', manyRows(10))
    const probes = await probe()
    expect(probes.filter(({ ok }) => !ok)).toEqual([])
    expect(probes.map(({ check }) => check)).toContainEqual(
      expect.stringMatching(/watermark of .*, each plan \(0\.1 MiB, USD 0\.000060\)/),
    )
    expect(fake.jobs).toEqual([])
  })

  test.each([
    [
      'job',
      'Access Denied: Project bills: User does not have bigquery.jobs.create permission in project bills.',
      'bigquery.jobs.create on project bills',
      'roles/bigquery.jobUser on project bills',
    ],
    [
      'data',
      'Access Denied: Table bills:exports.t: User does not have permission to query table',
      'bigquery.tables.getData on dataset bills.exports',
      'roles/bigquery.dataViewer on dataset bills.exports',
    ],
    [
      'list',
      'Access Denied: Dataset bills:exports: Permission bigquery.tables.list denied on dataset',
      'bigquery.tables.list on dataset bills.exports',
      'roles/bigquery.dataViewer on dataset bills.exports',
    ],
  ] as const)('a missing permission (%s) is named exactly', async (kind, message, problem, remedy) => {
    fake.refuse(kind, { status: 403, reason: 'accessDenied', message })
    const failed = (await probe()).filter(({ ok }) => !ok)
    expect(failed.length).toBeGreaterThan(0)
    for (const one of failed) expect(one).toMatchObject({ problem, remedy })
  })

  test('an API that is off, a missing dataset and a missing table are told apart', async () => {
    fake.refuse('list', {
      status: 403,
      reason: 'accessNotConfigured',
      message: 'BigQuery API has not been used in project 12 before or it is disabled.',
    })
    expect((await probe())[0]).toMatchObject({
      remedy: 'gcloud services enable bigquery.googleapis.com --project bills',
    })
    fake.allow()
    const [missing] = await gcpExport(testContext(), { dataset: 'nowhere' }).probe()
    expect(missing).toMatchObject({ ok: false, problem: expect.stringMatching(/bills\.nowhere does not exist/) })
    const empty = createBigQuery()
    const other = await startServer(empty.handler)
    const probes = await exportOf(other.url, testContext()).probe()
    await other.close()
    expect(probes.at(-1)).toMatchObject({ ok: false, remedy: expect.stringMatching(/24 hours/) })
  })
})

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CollectorContext, Gone, type RemoteDelivery, type RowsFile } from '../../src/collectors/collector.ts'
import { createGcpExport } from '../../src/collectors/gcp/exports.ts'
import { queryPrice } from '../../src/collectors/gcp/exports-pricing.ts'
import { chooseTables } from '../../src/collectors/gcp/exports-tables.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import { UpstreamError, UserError } from '../../src/errors.ts'
import { writeEstate } from '../../src/estate/estate.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { type BigQueryFake, createBigQuery, refuse } from '../fakes/bigquery.ts'
import type { FakeRow } from '../fakes/bigquery-sql.ts'
import { detailed, detailedFields, focusFields, standardFields, usageRow } from '../fakes/bigquery-tables.ts'
import { type FakeRequest, type FaultServer, startServer } from '../fakes/fault-server.ts'
import { testLake } from '../support/lake.ts'
import { billed, collectInto, everyRow } from './collect-into.ts'
import { testContext } from './context.ts'
import { collectorContract } from './contract.ts'

let fake: BigQueryFake
let server: FaultServer

async function start(options: Parameters<typeof createBigQuery>[0] = {}) {
  fake = createBigQuery(options)
  server = await startServer(fake.handler)
}
beforeEach(() => start())
afterEach(() => server.close())

type Keys = Readonly<Record<string, unknown>>

function gcpExport(context: CollectorContext, keys: Keys = {}, url = server.url) {
  const given = { type: 'gcp_export', name: 'google', project: 'bills', dataset: 'exports', endpoint: url, ...keys }
  const config = sourceSchema.parse(given)
  if (config.type !== 'gcp_export') throw new Error('another type')
  return createGcpExport(config, context)
}

const plan = (keys: Keys = {}, { periods, held }: { periods?: string[]; held?: string[] } = {}) =>
  gcpExport(testContext(), keys).plan({
    periods: periods ?? null,
    held: new Map((held ?? []).map((unit) => [unit, { mark: 'held', collected_at: '' }])),
  })

async function rowsOf({ files }: RemoteDelivery): Promise<Readonly<Record<string, unknown>>[]> {
  const [file] = files as readonly RowsFile[]
  const rows: Readonly<Record<string, unknown>>[] = []
  for await (const row of (file as RowsFile).read(new AbortController().signal)) rows.push(row)
  return rows
}

const first = async (keys: Keys = {}): Promise<RemoteDelivery> => {
  const [delivery] = (await plan(keys)).deliveries
  if (!delivery) throw new Error('nothing was planned')
  return delivery
}

/** A row of a dump; numbers of prices keep their text, `0.0`, which a number would not. */
function parsed(line: string): FakeRow {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }
  const keep = (key: string, value: unknown, context?: { source: string }) =>
    typeof value === 'number' && /^(tier_start_amount|pricing_unit_quantity)$/.test(key)
      ? rawJSON(context?.source ?? '')
      : value
  return JSON.parse(line, keep)
}

const manyRows = (count: number) => Array.from({ length: count }, (_, n) => usageRow(n))
const isPage = ({ path, query }: FakeRequest) =>
  path.includes('/queries/costwright_') && query.get('maxResults') !== '0'
const contentJob = /queries\/costwright_[0-9a-f]{64}_/
const asks = (label: string) => (request: FakeRequest) => String(request.body).includes(`-- costwright: ${label}\\n`)

describe('tables', () => {
  const standard = 'gcp_billing_export_v1_01A2B3_C4D5E6_F7A8B9'
  const focus = 'gcp_billing_export_focus_01A2B3_C4D5E6_F7A8B9'

  test('of one account the richest export is taken and never two, another account has its own', () => {
    const other = 'gcp_billing_export_v1_0A0A0A_0B0B0B_0C0C0C'
    const names = [focus, standard, other, detailed, 'cloud_pricing_export', 'a_view_of_mine']
    const chosen = chooseTables('google', names).map(({ name, kind }) => [name, kind])
    expect(chosen).toEqual([
      ['cloud_pricing_export', 'prices'],
      [detailed, 'detailed'],
      [other, 'standard'],
    ])
  })

  test('can be named with the dashes of the account id, but not two of one account', () => {
    const dashed = 'gcp_billing_export_v1_01A2B3-C4D5E6-F7A8B9'
    expect(chooseTables('google', [standard, detailed], [dashed]).map(({ name }) => name)).toEqual([standard])
    expect(() => chooseTables('google', [standard, detailed], [standard, detailed])).toThrow(/hold the same charges/)
    expect(() => chooseTables('google', [standard], ['missing'])).toThrow(/no export table missing/)
  })

  test('that are not there yet are pending, with how long Google takes', async () => {
    fake.table('something_else', { fields: [] })
    const { deliveries, pending } = await plan()
    expect(deliveries).toEqual([])
    expect(pending).toMatchObject([{ unit: 'exports', reason: expect.stringMatching(/24 hours.*5 days/) }])
  })

  test('that are not partitioned by day of ingestion are refused', async () => {
    fake.table(detailed, { fields: detailedFields, partitioned: false })
    await expect(plan()).rejects.toThrow(/not partitioned by day of ingestion/)
  })
})

describe('a plan', () => {
  beforeEach(() => {
    fake.table(detailed, { fields: detailedFields })
    fake.put(detailed, '2025-12-31', [usageRow(5)])
    fake.put(detailed, '2026-01-05', [usageRow(7)])
    fake.put(detailed, '2026-03-10', [usageRow(1), usageRow(2.5)])
  })

  test('has every day on the first run, marked by newest export time, rows and cost', async () => {
    const { deliveries } = await plan()
    expect(deliveries.map(({ unit, period }) => [unit, period])).toEqual([
      [`${detailed}/2025-12-31`, '2025-12'],
      [`${detailed}/2026-01-05`, '2026-01'],
      [`${detailed}/2026-03-10`, '2026-03'],
    ])
    expect(deliveries.at(-1)).toMatchObject({
      mark: '2026-03-10T12:00:00.123456Z 2 rows 3500000000',
      submitted: '2026-03-10T12:00:00.123456Z',
      files: [{ name: `${detailed}-20260310.ndjson.gz`, rows: 2 }],
      price: { usd: '0.000060' },
    })
  })

  test('has the look-back and older days never held, and scans no more', async () => {
    const { deliveries } = await plan({}, { held: [`${detailed}/2025-12-31`, `${detailed}/2026-03-10`] })
    expect(deliveries.map(({ unit }) => unit)).toEqual([`${detailed}/2026-01-05`, `${detailed}/2026-03-10`])
    const windows = fake.jobs.filter(({ label }) => label === 'watermark').map(({ params }) => params)
    expect(windows).toEqual([
      { from_day: '2026-01-05', before_day: '2026-01-06' },
      { from_day: '2026-02-13', before_day: '9999-01-01' },
    ])
  })

  test('of months asked for has their days and the first ten of the next month, held or not', async () => {
    fake.put(detailed, '2026-01-10', [usageRow(1)])
    fake.put(detailed, '2026-01-11', [usageRow(1)])
    const { deliveries } = await plan({}, { periods: ['2025-12'], held: [`${detailed}/2025-12-31`] })
    expect(deliveries.map(({ unit }) => unit)).toEqual(
      ['2025-12-31', '2026-01-05', '2026-01-10'].map((day) => `${detailed}/${day}`),
    )
  })

  test('fetches no rows', async () => {
    await plan()
    expect([...new Set(fake.jobs.map(({ label }) => label))]).toEqual(['partitions', 'watermark'])
  })

  test('names another mark when rows came late, were lost or were changed in place', async () => {
    const marks = new Set<string | undefined>()
    const note = async () => marks.add((await plan()).deliveries.at(-1)?.mark)
    await note()
    fake.append(detailed, '2026-03-10', [usageRow(4, { export_time: '2026-03-10 18:00:00 UTC' })])
    await note()
    fake.put(detailed, '2026-03-10', [usageRow(1), usageRow(2.75)])
    await note()
    fake.put(detailed, '2026-03-10', [usageRow(1)])
    await note()
    expect(marks.size).toBe(4)
  })

  test('finds a dataset of another project', async () => {
    const { deliveries } = await plan({ dataset: 'bills.exports' })
    expect(deliveries).toHaveLength(3)
  })
})

describe('money', () => {
  beforeEach(() => {
    fake.table(detailed, { fields: detailedFields })
    fake.put(detailed, '2026-03-10', manyRows(10))
  })

  test('of a query is its bytes at USD 6.25 a TiB, 10 MiB at least, rounded up to a millionth', () => {
    expect(queryPrice(1n << 40n, 'x').usd).toBe('6.250000')
    expect(queryPrice((1n << 40n) + 1n, 'x').usd).toBe('6.250001')
    expect(queryPrice(0n, 'x')).toEqual({
      usd: '0.000060',
      what: '10.0 MiB of x at USD 6.25 a TiB (BigQuery on demand)',
    })
  })

  test('a query above max_gib_billed is refused before it runs, and the error names the key', async () => {
    await server.close()
    await start({ bytesPerRow: 2 ** 30 })
    fake.table(detailed, { fields: detailedFields })
    fake.put(detailed, '2026-03-10', manyRows(10))
    const delivery = await first({ max_gib_billed: 9 })
    const before = fake.jobs.length
    await expect(rowsOf(delivery)).rejects.toThrow(/would bill 10\.0 GiB, max_gib_billed allows 9 GiB/)
    expect(fake.jobs.length).toBe(before)
  })

  test('a query that grew beyond max_gib_billed after its dry run is stopped by BigQuery, not repeated', async () => {
    await server.close()
    await start({ bytesPerRow: 2 ** 30 })
    fake.table(detailed, { fields: detailedFields })
    fake.put(detailed, '2026-03-10', manyRows(5))
    const delivery = await first({ max_gib_billed: 9 })
    const grow = () => fake.append(detailed, '2026-03-10', manyRows(5))
    server.faults.when((r) => asks('day')(r) && !String(r.body).includes('"dryRun":true'), { kind: 'do', run: grow })
    await expect(rowsOf(delivery)).rejects.toThrow(UserError)
    await expect(rowsOf(delivery)).rejects.toThrow(/max_gib_billed/)
  })

  test('an answer that was paid for is read again within a day, not asked again', async () => {
    const delivery = await first()
    expect(await rowsOf(delivery)).toHaveLength(10)
    const paid = fake.jobs.length
    expect(await rowsOf(await first())).toHaveLength(10)
    expect(fake.jobs.filter(({ label }) => label === 'day')).toHaveLength(1)
    expect(fake.jobs.length).toBe(paid + 2)
  })

  test('an answer that BigQuery has dropped is asked again', async () => {
    const delivery = await first()
    await rowsOf(delivery)
    fake.expireAnswers()
    expect(await rowsOf(delivery)).toHaveLength(10)
    expect(fake.jobs.filter(({ label }) => label === 'day')).toHaveLength(2)
  })
})

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
    expect(() => gcpExport(testContext(), {}, 'http://bigquery.example')).toThrow(
      /neither https nor http on this machine/,
    )
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
    const probes = await gcpExport(testContext(), {}, other.url).probe()
    await other.close()
    expect(probes.at(-1)).toMatchObject({ ok: false, remedy: expect.stringMatching(/24 hours/) })
  })
})

describe('other exports', () => {
  const focus = 'gcp_billing_export_focus_01A2B3_C4D5E6_F7A8B9'
  const charge = (month: string, cost: string, exported: string): FakeRow => ({
    BillingAccountId: '01A2B3-C4D5E6-F7A8B9',
    BillingCurrency: 'USD',
    ChargeCategory: 'Usage',
    ServiceName: 'Compute Engine',
    BillingPeriodStart: `${month}-01 08:00:00 UTC`,
    BilledCost: cost,
    x_ExportTime: exported,
    Tags: [{ key: 'team', value: 'shop' }],
  })

  test('FOCUS is collected by billing month, whatever day its rows came', async () => {
    fake.table(focus, { fields: focusFields })
    fake.put(focus, '2026-01-20', [charge('2026-01', '1.10', '2026-01-20 05:00:00 UTC')])
    fake.put(focus, '2026-02-03', [
      charge('2026-01', '2.20', '2026-02-03 05:00:00 UTC'),
      charge('2026-02', '4', '2026-02-03 05:00:00 UTC'),
    ])
    const { deliveries } = await plan()
    expect(deliveries.map(({ unit, mark, files }) => [unit, mark, files[0]?.name])).toEqual([
      [`${focus}/2026-01`, '2026-02-03T05:00:00Z 2 rows 3300000000', `${focus}-2026-01.ndjson.gz`],
      [`${focus}/2026-02`, '2026-02-03T05:00:00Z 1 rows 4000000000', `${focus}-2026-02.ndjson.gz`],
    ])
    expect(await rowsOf(deliveries[0] as RemoteDelivery)).toMatchObject([
      { BilledCost: '1.10', Tags: '[{"key":"team","value":"shop"}]' },
      { BilledCost: '2.20' },
    ])
  })

  test('FOCUS looks at the whole table once, then from the first month that is missing', async () => {
    fake.table(focus, { fields: focusFields })
    const since = async (held: string[]) => {
      await plan({}, { held: held.map((month) => `${focus}/${month}`) })
      return fake.jobs.at(-1)?.params['from_month']
    }
    expect(await since([])).toBe('2020-01')
    expect(await since(['2025-11', '2025-12', '2026-01', '2026-02'])).toBe('2026-02')
    expect(await since(['2025-11', '2026-01', '2026-02'])).toBe('2025-12')
  })

  test('the price list of the newest day becomes list_prices, a row per tier', async () => {
    const tier = (start: number, amount: string) => ({
      start_usage_amount: start,
      account_currency_amount: amount,
      pricing_unit_quantity: 1,
    })
    fake.table('cloud_pricing_export', { fields: [] })
    const row = {
      billing_account_id: '01A2B3-C4D5E6-F7A8B9',
      sku: { id: '0012-34', description: 'Spot Preemptible N2 Core' },
      service: { id: 's', description: 'Compute Engine' },
      geo_taxonomy: { regions: ['europe-west1'] },
      pricing_unit: 'h',
      account_currency_code: 'EUR',
      pricing_as_of_time: '2026-03-19 00:00:00 UTC',
      list_price: { tiered_rates: [tier(0, '0.0123'), tier(100, '0.01')] },
    }
    fake.put('cloud_pricing_export', '2026-03-18', [row])
    fake.put('cloud_pricing_export', '2026-03-19', [row])
    const delivery = await first()
    expect(delivery).toMatchObject({
      unit: 'cloud_pricing_export/newest',
      period: null,
      files: [{ name: 'list_prices.ndjson.gz' }],
    })
    expect(await rowsOf(delivery)).toMatchObject([
      {
        provider: 'Google Cloud',
        sku_id: '0012-34',
        tier_start: '0',
        unit_price: '0.0123',
        currency: 'EUR',
        purchase_option: 'Spot',
      },
      { tier_start: '100', unit_price: '0.01', observed_at: '2026-03-20T06:00:00.000Z' },
    ])
  })
})

describe('the lake', () => {
  beforeEach(() => fake.table(detailed, { fields: detailedFields }))
  const collect = (lake: ReturnType<typeof testLake>) => {
    const context = testContext()
    return collectInto(lake, gcpExport(context), context)
  }

  test('gets late rows of a day once, and rows restated under their export time in place of what was held', async () => {
    const lake = testLake()
    fake.put(detailed, '2026-03-10', [usageRow(1), usageRow(2)])
    await collect(lake)
    fake.append(detailed, '2026-03-10', [usageRow(4, { export_time: '2026-03-10 18:00:00 UTC' })])
    await collect(lake)
    expect(await billed(lake)).toEqual({ '2026-03': '7' })
    fake.put(detailed, '2026-03-10', [usageRow(1), usageRow(4, { export_time: '2026-03-10 18:00:00 UTC' })])
    await collect(lake)
    expect(await billed(lake)).toEqual({ '2026-03': '5' })
    expect((await collect(lake)).status).toBe('nothing_new')
  })

  test('splits a day over the invoice months of its rows', async () => {
    const lake = testLake()
    fake.put(detailed, '2026-03-02', [usageRow(1, { invoice: { month: '202602' } }), usageRow(2)])
    await collect(lake)
    expect(await billed(lake)).toEqual({ '2026-02': '1', '2026-03': '2' })
  })

  test('reads the standard export too', async () => {
    const lake = testLake()
    const standard = 'gcp_billing_export_v1_0A0A0A_0B0B0B_0C0C0C'
    fake.table(standard, { fields: standardFields })
    fake.put(standard, '2026-03-02', [usageRow(3, { billing_account_id: '0A0A0A-0B0B0B-0C0C0C' })])
    await collect(lake)
    expect(await billed(lake)).toEqual({ '2026-03': '3' })
  })

  test('is row for row what importing the dump of the sample estate gives', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'estate-'))
    const warehouse = await openDuckDb({ path: ':memory:' })
    const { files } = await writeEstate({
      directory: folder,
      seed: 5,
      months: ['2026-10'],
      scale: 0.02,
      warehouse,
    })
    warehouse.close()
    const dumps = files
      .filter(({ key }) => key.startsWith('gcp/') && key.endsWith('.json.gz'))
      .map(({ key }) => join(folder, key))
    expect(dumps.length).toBeGreaterThan(0)
    const rows = dumps.flatMap((path) =>
      gunzipSync(readFileSync(path))
        .toString()
        .split('\n')
        .filter(Boolean)
        .map((line) => parsed(line)),
    )
    for (const [day, list] of Map.groupBy(rows, (row) => String(row['export_time']).slice(0, 10)))
      fake.put(detailed, day, list)
    const imported = testLake()
    await imported.import(dumps)
    const collected = testLake()
    expect((await collect(collected)).problems).toEqual([])
    const [expected, got] = [await everyRow(imported), await everyRow(collected)]
    expect(expected.length).toBeGreaterThan(500)
    expect(got.length).toBe(expected.length)
    expect(got.filter((row, n) => row !== expected[n]).slice(0, 1)).toEqual([])
  }, 120_000)
})

collectorContract('Google Cloud billing exports', async () => {
  const world = createBigQuery()
  const host = await startServer(world.handler)
  world.table(detailed, { fields: detailedFields })
  const isContent = (request: FakeRequest) => contentJob.test(request.path) && request.query.get('maxResults') !== '0'
  let hour = 0
  return {
    collector: (context) => gcpExport(context, {}, host.url),
    async deliver(month, amounts) {
      const day = `${month}-15`
      const held = world.rows(detailed, day)
      const isMore = held.every((row, n) => row['cost'] === Number(amounts[n]))
      if (isMore && amounts.length > held.length) hour += 1
      const of = (amount: string) =>
        usageRow(Number(amount), {
          invoice: { month: month.replace('-', '') },
          usage_start_time: `${day} 08:00:00 UTC`,
          usage_end_time: `${day} 09:00:00 UTC`,
          export_time: `${day} ${String(hour).padStart(2, '0')}:00:00 UTC`,
        })
      if (isMore) world.append(detailed, day, amounts.slice(held.length).map(of))
      else world.put(detailed, day, amounts.map(of))
    },
    breakContent: (times) => host.faults.when(isContent, { kind: 'cut', after: 30 }, times),
    denyContent(month) {
      const { body } = refuse({ status: 403, reason: 'accessDenied', message: 'Access Denied' })
      const isMonth = (request: FakeRequest) => asks('day')(request) && String(request.body).includes(`"${month}-15"`)
      host.faults.when(isMonth, { kind: 'status', status: 403, body }, 1000)
    },
    heal: () => host.faults.clear(),
    contentRequests: () => host.requests.filter((request) => contentJob.test(request.path)).length,
    close: () => host.close(),
  }
})

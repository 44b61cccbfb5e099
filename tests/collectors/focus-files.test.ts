import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { CollectorContext, Plan } from '../../src/collectors/collector.ts'
import { createFocusFiles } from '../../src/collectors/focus/files.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import { UserError } from '../../src/errors.ts'
import { putDataExport } from '../fakes/aws-bills.ts'
import { exportRun, focusCharge } from '../fakes/azure-export.ts'
import { startBlob } from '../fakes/blob.ts'
import { startServer } from '../fakes/fault-server.ts'
import { startGcs } from '../fakes/gcs.ts'
import { startS3 } from '../fakes/s3.ts'
import { csvText, gz } from '../support/dialect.ts'
import { testLake } from '../support/lake.ts'
import { billed, collectInto, everyRow } from './collect-into.ts'
import { testContext } from './context.ts'
import { collectorContract } from './contract.ts'

type Keys = Readonly<Record<string, unknown>>

function focusFiles(url: string, context: CollectorContext, keys: Keys = {}) {
  const config = sourceSchema.parse({ type: 'focus_files', name: 'focus', url, ...keys })
  if (config.type !== 'focus_files') throw new Error('another type')
  return createFocusFiles(config, context)
}

const file = (month: string, amounts: readonly string[], day?: string) =>
  csvText(amounts.map((amount, index) => focusCharge(month, amount, index, day)))
const planOf = (url: string, keys: Keys = {}): Promise<Plan> =>
  focusFiles(url, testContext(), keys).plan({ periods: null, held: new Map() })

/** A folder with files of yesterday. */
function folder(files: Readonly<Record<string, string | Buffer>>) {
  const root = mkdtempSync(join(tmpdir(), 'costwright-focus-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const put = (name: string, content: string | Buffer, modified = '2026-03-19T06:00:00Z') => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), content)
    utimesSync(join(root, name), new Date(modified), new Date(modified))
  }
  for (const [name, content] of Object.entries(files)) put(name, content)
  return { root, put }
}

collectorContract('FOCUS files in Cloud Storage', async () => {
  const { gcs, server } = await startGcs({ pageSize: 2 })
  const isContent = ({ query }: { query: URLSearchParams }) => query.get('alt') === 'media'
  return {
    collector: (context) => focusFiles('gs://bills/focus/', context, { endpoint: server.url }),
    deliver: async (month, amounts) => gcs.put(`focus/bill-${month}.csv`, file(month, amounts)),
    breakContent: (times) => server.faults.when(isContent, { kind: 'cut', after: 20 }, times),
    denyContent: (month) =>
      server.faults.when(
        (request) => isContent(request) && request.path.includes(month),
        { kind: 'status', status: 403 },
        99,
      ),
    heal: () => server.faults.clear(),
    contentRequests: () => server.requests.filter(isContent).length,
    close: server.close,
  }
})

describe('FOCUS files', () => {
  test('of a folder are one delivery a date in their names; those without are parts of one', async () => {
    const { root } = folder({
      'bill-2026-02.csv': file('2026-02', ['1']),
      'bill-2026-03.csv': file('2026-03', ['2']),
      'parts/team-a.csv': file('2026-01', ['4'], '05'),
      'parts/team-b.csv': file('2026-01', ['8'], '05'),
      'chunks/20260110-00001.csv.gz': gz(file('2025-12', ['16'])),
      'chunks/20260110-00002.csv.gz': gz(file('2025-12', ['32'])),
    })
    const { deliveries } = await planOf(root)
    expect(deliveries.map(({ unit, files }) => [unit, files.length]).sort()).toEqual([
      ['2026-02', 1],
      ['2026-03', 1],
      ['chunks/2026-01-10', 2],
      ['parts/*', 2],
    ])
    const lake = testLake()
    const context = testContext()
    expect(await collectInto(lake, focusFiles(root, context), context)).toMatchObject({ status: 'collected' })
    expect(await billed(lake)).toEqual({ '2025-12': '48', '2026-01': '12', '2026-02': '1', '2026-03': '2' })
  })

  test("in Oracle's layout add up day by day, and a restated day replaces itself", async () => {
    const day = (n: string) => `FOCUS Reports/2026/03/${n}/0001000000000${n}-00001.csv.gz`
    const { root, put } = folder({
      [day('01')]: gz(file('2026-03', ['1', '2'], '01')),
      [day('02')]: gz(file('2026-03', ['4'], '02')),
    })
    const lake = testLake()
    const context = testContext()
    const run = () => collectInto(lake, focusFiles(root, context), context)
    expect(await run()).toMatchObject({ status: 'collected', new_units: 2 })
    expect(await billed(lake)).toEqual({ '2026-03': '7' })
    put(day('03'), gz(file('2026-03', ['8'], '03')))
    put(day('01'), gz(file('2026-03', ['1', '3'], '01')), '2026-03-19T07:00:00Z')
    expect(await run()).toMatchObject({ status: 'collected', new_units: 2 })
    expect(await billed(lake)).toEqual({ '2026-03': '16' })
    expect(await run()).toMatchObject({ status: 'nothing_new' })
  })

  test('beside notes, pictures and what tools write for themselves are found, those alone', async () => {
    const { root } = folder({
      'README.md': '# bill',
      'logo.png': 'x',
      _SUCCESS: '',
      '_delta_log/00000.json': '{}',
      '.hidden.csv': 'a,b',
      'data/part-00000-tid-1.snappy.parquet': 'PAR1',
      'data/part-00001-tid-1.snappy.parquet': 'PAR1',
      'empty-2026-01.csv': '',
    })
    const planned = await planOf(root)
    expect(planned.deliveries).toMatchObject([{ unit: 'data/*', files: [{}, {}] }])
    expect(planned.warnings).toEqual([expect.stringMatching(/empty-2026-01.csv is empty/)])
  })

  test('that are not there are missed', async () => {
    const { root } = folder({ 'README.md': '# bill' })
    expect((await planOf(root)).warnings).toEqual([expect.stringMatching(/there is no table below/)])
    await expect(planOf(`${root}/nowhere`)).rejects.toThrow(UserError)
  })

  test('of a folder wait while they are being written', async () => {
    const { root, put } = folder({ 'bill-2026-02.csv': file('2026-02', ['1']) })
    put('bill-2026-03.csv', file('2026-03', ['1']), '2026-03-20T05:59:50Z')
    const planned = await planOf(root)
    expect(planned.deliveries.map(({ unit }) => unit)).toEqual(['2026-02'])
    expect(planned.pending).toMatchObject([{ unit: '2026-03' }])
  })

  test('are one named file as well as a folder', async () => {
    const { root } = folder({ export: file('2026-03', ['2.5']), 'other.csv': file('2026-03', ['9']) })
    const lake = testLake()
    const context = testContext()
    await collectInto(lake, focusFiles(`file://${root}/export`, context), context)
    expect(await billed(lake)).toEqual({})
    await collectInto(lake, focusFiles(join(root, 'other.csv'), context), context, { name: 'other' })
    expect(await billed(lake)).toEqual({ '2026-03': '9' })
  })

  test('that a manifest names are its newest run alone, also in a copy in a folder', async () => {
    const runs = ['2026-03-18T05:00:00Z', '2026-03-19T05:00:00Z'].map((submitted, index) =>
      exportRun({
        month: '2026-03',
        amounts: index === 0 ? ['1'] : ['2', '3'],
        type: 'FocusCost',
        submitted,
        parts: 2,
      }),
    )
    const { root, put } = folder({ 'backup/extra/bill-2026-01.csv': file('2026-01', ['7']) })
    for (const run of runs) for (const [key, content] of run) put(`copy/${key}`, content)
    const planned = await planOf(root)
    expect(planned.pending).toEqual([])
    expect(planned.deliveries.map(({ unit, period, files }) => [unit, period, files.length])).toEqual([
      ['copy/costs/daily-focuscost/20260301-20260331/manifest.json', '2026-03', 3],
      ['backup/extra/2026-01', null, 1],
    ])
    const lake = testLake()
    const context = testContext()
    await collectInto(lake, focusFiles(root, context), context)
    expect(await billed(lake)).toEqual({ '2026-01': '7', '2026-03': '5' })
  })

  test('that a manifest names and that are not there hold the delivery up', async () => {
    const { root, put } = folder({})
    for (const [key, content] of exportRun({ month: '2026-03', amounts: ['1', '2'], type: 'FocusCost', parts: 2 }))
      if (!key.includes('part_1')) put(key, content)
    expect(await planOf(root)).toMatchObject({ deliveries: [], pending: [{ reason: /which is not there/ }] })
    put('half/manifest.json', '{"blobs": [')
    expect((await planOf(root)).pending.map(({ reason }) => reason).join()).toMatch(/half written/)
  })

  test('in S3 are found below the prefix, by the manifests of Data Exports too', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKEOWNKEY000001')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'own-planted-secret-key')
    onTestFinished(() => void vi.unstubAllEnvs())
    const s3 = await startS3({ pageSize: 3 })
    onTestFinished(s3.close)
    s3.put('bills', 'saas/2026-03.csv', file('2026-03', ['1']))
    s3.put('bills', 'other/2026-03.csv', file('2026-03', ['1']))
    putDataExport(s3, { path: 'saas/focus', month: '2026-02', files: [['5'], ['6']], id: '1' })
    const { deliveries } = await planOf('s3://bills/saas/', { endpoint: s3.url })
    expect(deliveries.map(({ period }) => period)).toEqual(['2026-02', null])
  })

  test('in an Azure container are read with the connection string of the environment', async () => {
    const { blob, server, connection } = await startBlob({ pageSize: 2 })
    onTestFinished(server.close)
    blob.put('exports', 'saas/bill-2026-03.csv', file('2026-03', ['1.5']))
    blob.put('exports', 'other/bill-2026-03.csv', file('2026-03', ['9']))
    const context = testContext({ env: { C: connection } })
    const url = `${server.url}/devstoreaccount1/exports/saas/`
    const lake = testLake()
    await collectInto(lake, focusFiles(url, context, { connection_string_env: 'C' }), context)
    expect(await billed(lake)).toEqual({ '2026-03': '1.5' })
  })

  test('at a web address are collected once a version, as they are imported', async () => {
    let [content, etag] = [file('2026-03', ['1.5', '2']), '"1"']
    const server = await startServer(({ headers }) =>
      headers.authorization === 'Bearer planted-token-of-the-web'
        ? { headers: { etag }, body: content }
        : { status: 403 },
    )
    onTestFinished(server.close)
    const context = testContext({ env: { TOKEN: 'Bearer planted-token-of-the-web' } })
    const lake = testLake()
    const run = () =>
      collectInto(lake, focusFiles(`${server.url}/focus`, context, { authorization_env: 'TOKEN' }), context)
    expect(await run()).toMatchObject({ status: 'collected', problems: [] })
    const other = testLake()
    await other.import([other.file('focus.csv', content)])
    expect(await everyRow(lake)).toEqual(await everyRow(other))
    expect(await run()).toMatchObject({ status: 'nothing_new' })
    ;[content, etag] = [file('2026-03', ['1.5']), '"2"']
    expect(await run()).toMatchObject({ status: 'collected' })
    expect(await billed(lake)).toEqual({ '2026-03': '1.5' })
    const denied = await collectInto(testLake(), focusFiles(`${server.url}/focus`, context), context)
    expect(denied.status).toBe('failed')
    expect(JSON.stringify(denied)).not.toContain('planted')
  })

  test.each([
    ['ftp://host/file.csv', {}, /begins with ftp/],
    ['https://acct.blob.core.windows.net/exports/?sv=1&sig=planted', {}, /holds a SAS token/],
    ['https://acct.blob.core.windows.net/', {}, /names no container/],
  ])('refuse the url %s', (url, keys, message) => {
    expect(() => focusFiles(url, testContext(), keys)).toThrow(message)
    expect(() => focusFiles(url, testContext(), keys)).not.toThrow('planted')
  })
})

describe('doctor on FOCUS files', () => {
  test('lists and reads one', async () => {
    const { root } = folder({ 'bill-2026-03.csv': file('2026-03', ['1']) })
    expect(await focusFiles(root, testContext()).probe()).toMatchObject([{ ok: true }, { ok: true }])
    expect(await focusFiles(`${root}/no`, testContext()).probe()).toMatchObject([
      { ok: false, problem: /is not there/ },
    ])
  })

  test('names what is missing in Cloud Storage and at a web address', async () => {
    const { gcs, server } = await startGcs()
    onTestFinished(server.close)
    gcs.put('a.csv', 'x')
    const probe = () => focusFiles('gs://bills', testContext({ attempts: 1 }), { endpoint: server.url }).probe()
    server.faults.next({ kind: 'status', status: 403 })
    expect(await probe()).toMatchObject([{ ok: false, problem: /^storage.objects.list on gs:\/\/bills/ }])
    server.faults.when(({ query }) => query.has('alt'), { kind: 'status', status: 403 })
    expect(await probe()).toMatchObject([{ ok: true }, { ok: false, problem: /^storage.objects.get/ }])
    const web = await startServer(() => ({ status: 401 }))
    onTestFinished(web.close)
    expect(await focusFiles(`${web.url}/a.csv`, testContext()).probe()).toMatchObject([
      { ok: false, remedy: /authorization_env/ },
    ])
  })
})

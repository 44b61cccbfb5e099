import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { putDataExport, putLegacyCur } from '../fakes/aws-bills.ts'
import type { FaultServer } from '../fakes/fault-server.ts'
import { type S3Fake, startS3 } from '../fakes/s3.ts'
import { testLake } from '../support/lake.ts'
import { awsExport, discovered, onDisk, only, planOf } from './aws-source.ts'
import { billed, collectInto } from './collect-into.ts'
import { testContext } from './context.ts'

let s3: S3Fake & FaultServer

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKEOWNKEY000001')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'own-planted-secret-key')
  s3 = await startS3({ pageSize: 3 })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await s3.close()
})

const plan = (...[keys, request]: [Parameters<typeof planOf>[1]?, Parameters<typeof planOf>[2]?]) =>
  planOf(s3.url, keys, request)

describe('finding exports', () => {
  test('several exports of several payers in one bucket are units of their own', async () => {
    putDataExport(s3, { path: 'payer-1/cur2', month: '2026-03', files: [['1']], id: '1' })
    putDataExport(s3, { path: 'payer-2/cur2', month: '2026-03', files: [['2']], id: '2' })
    putDataExport(s3, { path: 'focus', month: '2026-02', files: [['3']], id: '3', partition: 'billing_period' })
    putLegacyCur(s3, { path: 'old/hourly', month: '2026-03', files: [['4']], id: '4' })
    const { deliveries, pending, warnings } = await plan()
    expect(deliveries.map(({ unit, period }) => [unit, period])).toEqual([
      ['focus/2026-02', '2026-02'],
      ['old/hourly/2026-03', '2026-03'],
      ['payer-1/cur2/2026-03', '2026-03'],
      ['payer-2/cur2/2026-03', '2026-03'],
    ])
    expect([pending, warnings]).toEqual([[], []])
    for (const delivery of deliveries) await discovered(delivery)
  })

  test('the prefix is a folder: what only begins with its letters is another one', async () => {
    putDataExport(s3, { path: 'cur/daily', month: '2026-03', files: [['1']], id: '1' })
    putDataExport(s3, { path: 'cur-old/daily', month: '2026-03', files: [['1']], id: '1' })
    for (const prefix of ['cur', 'cur/', '/cur', 'cur/daily']) {
      expect((await plan({ prefix })).deliveries.map(({ unit }) => unit)).toEqual(['cur/daily/2026-03'])
    }
  })

  test('the data of exports are not listed to find them', async () => {
    const { data } = putDataExport(s3, { month: '2026-03', files: [['1'], ['2']], id: '1', mode: 'create_new' })
    const folder = data[0]?.split('/').slice(0, 4).join('/')
    for (let n = 100; n < 140; n += 1) s3.put('bills', `${folder}/execution-${n}/daily-00001.csv.gz`, 'x')
    await plan({}, { held: [] })
    expect(s3.requests.filter(({ query }) => query.has('list-type')).length).toBeLessThan(8)
  })

  test('partition names of either case in one export are one export', async () => {
    putDataExport(s3, { month: '2026-02', files: [['1']], id: '1', partition: 'billing_period' })
    putDataExport(s3, { month: '2026-03', files: [['1']], id: '2', partition: 'BILLING_PERIOD' })
    expect((await plan()).deliveries.map(({ unit }) => unit)).toEqual(['cur/daily/2026-02', 'cur/daily/2026-03'])
  })

  test('months beyond the look-back come once, or when they are asked for', async () => {
    for (const month of ['2025-01', '2025-12', '2026-02', '2026-03']) {
      putDataExport(s3, { month, files: [['1']], id: month.replace('-', '') })
    }
    const units = async (...[keys, request]: Parameters<typeof plan>) =>
      (await plan(keys, request)).deliveries.map(({ period }) => period)
    const held = ['2025-01', '2025-12', '2026-02', '2026-03'].map((month) => `cur/daily/${month}`)
    expect(await units()).toEqual(['2025-01', '2025-12', '2026-02', '2026-03'])
    expect(await units({}, { held })).toEqual(['2026-02', '2026-03'])
    expect(await units({ look_back_months: 4 }, { held })).toEqual(['2025-12', '2026-02', '2026-03'])
    expect(await units({}, { held, periods: ['2025-01'] })).toEqual(['2025-01'])
    expect((await plan({}, { periods: ['2020-01'] })).warnings).toEqual(['No export of 2020-01 below s3://bills/'])
  })

  test('a bucket without exports says so, one with too many folders asks for a prefix', async () => {
    s3.put('bills', 'logs/a.txt', 'x')
    expect(await plan()).toEqual({
      deliveries: [],
      pending: [],
      warnings: ['There is no Cost and Usage Report and no Data Export below s3://bills/'],
    })
    for (let n = 0; n < 1001; n += 1) s3.put('bills', `f${n}/a`, 'x')
    await expect(plan()).rejects.toThrow(UserError)
  })

  test('a bucket written as an address is refused before anything is asked', () => {
    expect(() => awsExport(s3.url, testContext(), { bucket: 's3://bills/cur' })).toThrow(UserError)
  })
})

describe('what makes up a delivery', () => {
  test('only listed files: what an earlier, larger delivery left behind stays out', async () => {
    putDataExport(s3, { month: '2026-03', files: [['1'], ['2'], ['3']], id: '1' })
    putDataExport(s3, { month: '2026-03', files: [['7']], id: '2' })
    expect(await discovered(only((await plan()).deliveries))).toEqual([
      'cur/daily/data/BILLING_PERIOD=2026-03/daily-00001.csv.gz',
    ])
  })

  test('of several executions the newest by the time in its folder, whenever it was copied', async () => {
    const one = { month: '2026-03', mode: 'create_new' } as const
    const old = putDataExport(s3, { ...one, files: [['1']], id: '1', modified: '2026-03-10T00:00:00Z' })
    const current = putDataExport(s3, { ...one, files: [['2']], id: '2', modified: '2026-03-12T00:00:00Z' })
    putDataExport(s3, { ...one, files: [['3']], id: '3', modified: '2026-03-11T00:00:00Z' })
    s3.put('bills', old.manifest, '{"executionId":"x","dataFiles":["s3://bills/nowhere"]}', {
      modified: '2026-03-19T00:00:00Z',
    })
    const delivery = only((await plan()).deliveries)
    expect(await discovered(delivery)).toEqual(current.data)
    expect(delivery.submitted).toBe('2026-03-12T00:00:00.000Z')
  })

  test('an execution folder without a manifest does not exist yet', async () => {
    const one = { month: '2026-03', mode: 'create_new' } as const
    const current = putDataExport(s3, { ...one, files: [['1']], id: '1', modified: '2026-03-10T00:00:00Z' })
    const next = putDataExport(s3, { ...one, files: [['2']], id: '2', modified: '2026-03-12T00:00:00Z' })
    s3.remove('bills', next.manifest)
    expect(await discovered(only((await plan()).deliveries))).toEqual(current.data)
  })

  test('a manifest in the partition itself counts until a newer execution lies below it', async () => {
    const one = { month: '2026-03', files: [['1']] }
    putDataExport(s3, { ...one, id: '1', modified: '2026-03-10T00:00:00Z' })
    const kept = putDataExport(s3, { ...one, id: '2', modified: '2026-03-12T00:00:00Z', mode: 'create_new' })
    expect(await discovered(only((await plan()).deliveries))).toEqual(kept.data)
    const back = putDataExport(s3, { ...one, id: '3', modified: '2026-03-14T00:00:00Z' })
    expect(await discovered(only((await plan()).deliveries))).toEqual(back.data)
  })

  test('the manifest of a legacy period counts, not the copies of older assemblies; other JSON beside it is none', async () => {
    const old = putLegacyCur(s3, { month: '2026-03', files: [['1']], id: '1', modified: '2026-03-10T00:00:00Z' })
    const current = putLegacyCur(s3, { month: '2026-03', files: [['2'], ['3']], id: '2' })
    s3.put('bills', old.copy, '{}', { modified: '2026-03-20T00:00:00Z' })
    s3.put('bills', current.manifest.replace('-Manifest', '-RedshiftManifest'), '{"entries":[]}', {
      modified: '2026-03-20T00:00:00Z',
    })
    const delivery = only((await plan()).deliveries)
    expect(await discovered(delivery)).toEqual(current.data)
    expect(delivery.mark).toContain('00000000-0000-4000-8000-000000000002')
  })

  test.each([
    ['a slash before the key', { slash: '/' as const }, 'cur/hourly'],
    ['a key that begins with a slash, of a report without prefix', {}, '/hourly'],
  ])('reportKeys: %s', async (_, more, path) => {
    const { data } = putLegacyCur(s3, { month: '2026-03', files: [['1'], ['2']], id: '1', path, ...more })
    const delivery = only((await plan()).deliveries)
    expect(await discovered(delivery)).toEqual(data.map((key) => key.replace(/^\//, '')))
    expect(delivery.unit).toBe(`${path.replace(/^\//, '')}/2026-03`)
  })

  test('legacy Parquet lies beside the period, in partitions that every assembly overwrites', async () => {
    const folder = 'cur/hourly/hourly/year=2026/month=3'
    const reportKeys = [1, 2].map((n) => `${folder}/hourly-0000${n}.snappy.parquet`)
    const modified = '2026-03-19T05:00:00Z'
    for (const key of [...reportKeys, `${folder}/hourly-00003.snappy.parquet`]) s3.put('bills', key, key, { modified })
    const manifest = 'cur/hourly/20260301-20260401/hourly-Manifest.json'
    s3.put('bills', manifest, JSON.stringify({ assemblyId: 'a1', reportKeys }), { modified })
    expect(await discovered(only((await plan()).deliveries))).toEqual(reportKeys)
    s3.put('bills', reportKeys[1] ?? '', 'next', { modified: '2026-03-20T05:00:00Z' })
    expect((await plan()).pending).toEqual([
      { unit: 'cur/hourly/2026-03', reason: expect.stringMatching(/hourly-00002.*is newer than the manifest/) },
    ])
  })

  test.each([
    ['percent-encoded', 'team a/kosten-ü', (key: string) => `s3://bills/${encodeURI(key).replaceAll('=', '%3D')}`],
    ['with plus signs for spaces', 'team a/daily', (key: string) => `s3://bills/${key.replaceAll(' ', '+')}`],
    ['with a plus sign in the key itself', 'a+b/c%20d', (key: string) => `s3://bills/${key}`],
    ['without scheme and bucket', 'cur/daily', (key: string) => key],
  ])('dataFiles %s', async (_, path, uri) => {
    const { data } = putDataExport(s3, { month: '2026-03', files: [['1'], ['2']], id: '1', path, uri })
    expect(await discovered(only((await plan()).deliveries))).toEqual(data)
  })

  test('collected is imported: the same charges as from a copy of the bucket', async () => {
    putDataExport(s3, { month: '2026-03', files: [['1.25', '1.25'], ['-0.50']], id: '1', path: 'team a/daily' })
    const lakes = [testLake(), testLake()] as const
    const context = testContext()
    await collectInto(lakes[0], awsExport(s3.url, context), context)
    await lakes[1].import([await onDisk(only((await plan()).deliveries))])
    const rows = 'select * exclude (version) from charges order by all'
    expect(await lakes[0].rows(rows)).toEqual(await lakes[1].rows(rows))
    expect(await billed(lakes[0])).toEqual({ '2026-03': '2' })
  })
})

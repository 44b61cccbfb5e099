import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type CollectorContext, Gone } from '../../src/collectors/collector.ts'
import { type BillDelivery, putDataExport, putLegacyCur } from '../fakes/aws-bills.ts'
import type { FaultServer } from '../fakes/fault-server.ts'
import { failed, type S3Fake, startS3 } from '../fakes/s3.ts'
import { testLake } from '../support/lake.ts'
import { awsExport, onDisk, only, planOf } from './aws-source.ts'
import { billed, collectInto } from './collect-into.ts'
import { testContext } from './context.ts'
import { collectorContract } from './contract.ts'

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

const plan = () => planOf(s3.url)

const isContent = ({ method, path }: { method: string; path: string }) => method === 'GET' && path.endsWith('.csv.gz')

function contractWorld(put: typeof putDataExport | typeof putLegacyCur) {
  return async () => {
    let runs = 0
    const server = await startS3({ pageSize: 3 })
    return {
      collector: (context: CollectorContext) => awsExport(server.url, context),
      deliver: async (month: string, amounts: readonly string[]) => {
        runs += 1
        put(server, {
          month,
          files: [amounts.slice(0, 1), amounts.slice(1)].filter((one) => one.length > 0),
          id: `${runs}`,
        })
      },
      breakContent: (times: number) => server.faults.when(isContent, { kind: 'cut', after: 20 }, times),
      denyContent: (month: string) => {
        const denial = { kind: 'status', ...failed(403, 'AccessDenied', 'Access Denied') } as const
        const of = (path: string) => path.includes(`=${month}/`) || path.includes(`/${month.replace('-', '')}01-`)
        server.faults.when((request) => isContent(request) && of(request.path), denial, 1000)
      },
      heal: () => server.faults.clear(),
      contentRequests: () => server.requests.filter(isContent).length,
      close: () => server.close(),
    }
  }
}

collectorContract('AWS Data Exports that are overwritten', contractWorld(putDataExport))
collectorContract(
  'AWS Data Exports that keep every execution',
  contractWorld((fake: S3Fake, delivery: BillDelivery) => {
    const modified = new Date(Date.UTC(2026, 2, 1) + Number(delivery.id) * 3_600_000).toISOString()
    return putDataExport(fake, { ...delivery, mode: 'create_new', modified })
  }),
)
collectorContract('legacy Cost and Usage Reports', contractWorld(putLegacyCur))

describe('deliveries that are being written', () => {
  const cases: readonly (readonly [string, RegExp, (s3: S3Fake) => void])[] = [
    [
      'a half-written manifest',
      /half written/,
      (fake) => putDataExport(fake, { ...march, manifest: '{"dataFiles":["s3' }),
    ],
    ['an empty manifest', /half written/, (fake) => putDataExport(fake, { ...march, manifest: '' })],
    [
      'a listed file that is not there',
      /daily-00002\.csv\.gz, which is not there/,
      (fake) => fake.remove('bills', putDataExport(fake, march).data[1] ?? ''),
    ],
    [
      'data newer than the manifest',
      /daily-00001\.csv\.gz is newer than the manifest/,
      (fake) => putDataExport(fake, { ...march, dataModified: '2026-03-19T05:00:01Z' }),
    ],
    [
      'a month whose manifest has not come yet',
      /has no manifest yet/,
      (fake) => fake.remove('bills', putLegacyCur(fake, march).manifest),
    ],
  ]
  const march = { month: '2026-03', files: [['1'], ['2']], id: '1' }

  test.each(cases)('wait: %s', async (_, reason, put) => {
    put(s3)
    const { deliveries, pending } = await plan()
    expect(deliveries).toEqual([])
    expect(pending.map((one) => one.reason)).toEqual([expect.stringMatching(reason)])
    expect(pending[0]?.unit).toMatch(/2026-03$/)
  })

  test('data of an execution of their own are never rewritten: a copied bucket may have them newer than the manifest', async () => {
    const dataModified = '2026-03-19T06:00:00Z'
    putDataExport(s3, { ...march, mode: 'create_new', dataModified })
    putLegacyCur(s3, { ...march, dataModified })
    expect((await plan()).deliveries).toHaveLength(2)
  })

  test('a stale listing names a manifest that has been replaced: wait', async () => {
    putDataExport(s3, march)
    s3.freezeListing()
    putDataExport(s3, { ...march, id: '2' })
    expect((await plan()).pending).toEqual([
      { unit: 'cur/daily/2026-03', reason: expect.stringMatching(/was replaced while it was read/) },
    ])
    s3.thawListing()
    expect((await plan()).deliveries).toHaveLength(1)
  })

  test('a stale listing of the data shows files that have gone on: they are gone, not read as what they were', async () => {
    putDataExport(s3, march)
    s3.freezeListing()
    const delivery = only((await plan()).deliveries)
    s3.put('bills', 'cur/daily/data/BILLING_PERIOD=2026-03/daily-00001.csv.gz', 'other')
    await expect(onDisk(delivery)).rejects.toBeInstanceOf(Gone)
  })

  test('a manifest that lists nothing, and JSON that is no manifest, are told', async () => {
    putDataExport(s3, { ...march, manifest: '{"executionId":"1","dataFiles":[]}' })
    expect((await plan()).warnings).toEqual([expect.stringMatching(/lists no file/)])
    putDataExport(s3, { ...march, manifest: '{"hello":1}' })
    expect((await plan()).warnings).toEqual([expect.stringMatching(/is no manifest of/)])
  })
})

describe('successive deliveries of one month', () => {
  test('growing, shrinking and restated: the total after each is that delivery alone', async () => {
    const lake = testLake()
    const context = testContext()
    const deliveries = [
      [['1']],
      [['1', '2'], ['3']],
      [
        ['1', '2'],
        ['3', '-0.5'],
      ],
      [['0.75']],
    ]
    for (const [n, files] of deliveries.entries()) {
      putDataExport(s3, { month: '2026-03', files, id: `${n + 1}`, modified: `2026-03-1${n}T00:00:00Z` })
      const run = await collectInto(lake, awsExport(s3.url, context), context)
      expect(run).toMatchObject({ status: 'collected', new_units: 1, problems: [] })
      expect(await billed(lake)).toEqual({ '2026-03': ['1', '6', '5.5', '0.75'][n] })
    }
    expect((await collectInto(lake, awsExport(s3.url, context), context)).status).toBe('nothing_new')
  })

  test('rewritten in the middle of a file, a delivery is fetched anew, never mixed', async () => {
    const lake = testLake()
    const context = testContext()
    putDataExport(s3, { month: '2026-03', files: [['1', '2'], ['3']], id: '1' })
    const restate = () =>
      putDataExport(s3, { month: '2026-03', files: [['10', '20'], ['30']], id: '2', modified: '2026-03-19T06:00:00Z' })
    const first = ({ path }: { path: string }) => path.endsWith('daily-00001.csv.gz')
    s3.faults.when(first, { kind: 'cut', after: 30 })
    s3.faults.when(first, { kind: 'do', run: restate })
    expect((await collectInto(lake, awsExport(s3.url, context), context)).problems).toEqual([])
    expect(await billed(lake)).toEqual({ '2026-03': '60' })
  })

  test.each(['short', 'truncated'] as const)('a %s answer is no object: it is read again', async (kind) => {
    const lake = testLake()
    const context = testContext()
    putDataExport(s3, { month: '2026-03', files: [['1', '2']], id: '1' })
    s3.faults.when(isContent, { kind, by: 5 }, 1)
    const run = await collectInto(lake, awsExport(s3.url, context), context)
    expect(run).toMatchObject({ status: 'collected', problems: [] })
    expect(await billed(lake)).toEqual({ '2026-03': '3' })
  })

  test('a storm of throttling slows a run and changes nothing', async () => {
    const lake = testLake()
    const context = testContext()
    putDataExport(s3, { month: '2026-03', files: [['1'], ['2']], id: '1' })
    let n = 0
    const slow = { kind: 'status', ...failed(503, 'SlowDown', 'Please reduce your request rate.') } as const
    s3.faults.when(() => n++ % 3 !== 0, slow, 60)
    expect((await collectInto(lake, awsExport(s3.url, context), context)).problems).toEqual([])
    expect(await billed(lake)).toEqual({ '2026-03': '3' })
    expect(context.waits.length).toBeGreaterThan(5)
  })
})

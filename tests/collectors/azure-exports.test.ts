import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createAzureExport } from '../../src/collectors/azure/exports.ts'
import type { CollectorContext, Plan } from '../../src/collectors/collector.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import { UserError } from '../../src/errors.ts'
import { charge, type ExportRunSpec, enrollment, exportRun, focusCharge } from '../fakes/azure-export.ts'
import { azuriteMissing, startAzurite } from '../fakes/azurite.ts'
import { type BlobFake, type BlobOptions, failed, plantedKey, startBlob } from '../fakes/blob.ts'
import type { FakeRequest, Fault, FaultServer } from '../fakes/fault-server.ts'
import { csvText, landed, parquet } from '../support/dialect.ts'
import { type TestLake, testLake } from '../support/lake.ts'
import { billed, collectInto, everyRow } from './collect-into.ts'
import { type TestContext, testContext } from './context.ts'
import { collectorContract } from './contract.ts'

let blob: BlobFake
let server: FaultServer
let connection: string
let lake: TestLake

beforeEach(async () => {
  ;({ blob, server, connection } = await startBlob({ pageSize: 3 }))
  lake = testLake()
})
afterEach(() => server.close())

type Keys = Readonly<Record<string, unknown>>

function azureExport(context: CollectorContext, keys: Keys = {}, secret = connection) {
  const from = { type: 'azure_export', name: 'azure', container: 'exports', connection_string_env: 'CONNECTION' }
  const config = sourceSchema.parse({ ...from, ...keys })
  if (config.type !== 'azure_export') throw new Error('another type')
  return createAzureExport(config, { ...context, env: (name) => (name === 'CONNECTION' ? secret : undefined) })
}

const put = (spec: ExportRunSpec, options: BlobOptions = {}) => {
  const blobs = exportRun(spec)
  for (const [key, content] of blobs) blob.put('exports', key, content, options)
  return [...blobs.keys()]
}
const plan = (keys: Keys = {}, request: { periods?: string[]; held?: string[] } = {}, now?: string): Promise<Plan> => {
  const held = new Map((request.held ?? []).map((unit) => [unit, { mark: 'held', collected_at: '' }]))
  const context = testContext(now === undefined ? {} : { now })
  return azureExport(context, keys).plan({ periods: request.periods ?? null, held })
}
const collect = (context: TestContext = testContext(), keys: Keys = {}) =>
  collectInto(lake, azureExport(context, keys), context)
const scope = enrollment.slice(1).toLowerCase()
const isContent = ({ path }: FakeRequest) => /part_/.test(path)
const isManifest = ({ path }: FakeRequest) => /manifest\.json/.test(path)
const isList = ({ query }: FakeRequest) => query.get('comp') === 'list'
const answer = (status: number, code: string, headers = {}): Fault => ({
  ...(failed(status, code, headers) as { status: number }),
  kind: 'status',
})

collectorContract('Azure exports', async () => {
  const own = await startBlob({ pageSize: 2 })
  let n = 0
  return {
    collector: (context) => azureExport(context, {}, own.connection),
    async deliver(month, amounts) {
      n += 1
      const submitted = `2026-03-19T00:${String(n).padStart(2, '0')}:00Z`
      for (const [key, content] of exportRun({ month, amounts, parts: 2, submitted }))
        own.blob.put('exports', key, content, { modified: submitted })
    },
    breakContent: (times) => own.server.faults.when(isContent, { kind: 'cut', after: 20 }, times),
    denyContent: (month) =>
      own.server.faults.when(
        (request) => isContent(request) && request.path.includes(month.replace('-', '')),
        answer(403, 'AuthorizationPermissionMismatch'),
        1000,
      ),
    heal: () => own.server.faults.clear(),
    contentRequests: () => own.server.requests.filter(isContent).length,
    close: own.server.close,
  }
})

describe('an Azure export', () => {
  test('collected is the lake that importing the same files gives', async () => {
    put({ month: '2026-02', amounts: ['10.5', '2.25', '-1'], parts: 2, gzip: true })
    put({ month: '2026-02', amounts: ['10.5', '2.25', '-1'], type: 'AmortizedCost', parts: 3 })
    put({ month: '2026-03', amounts: ['7'], parts: 1 })
    expect(await collect()).toMatchObject({ status: 'collected', new_units: 3, problems: [] })
    const other = testLake()
    for (const spec of [
      { month: '2026-02', amounts: ['10.5', '2.25', '-1'], parts: 2, gzip: true },
      { month: '2026-02', amounts: ['10.5', '2.25', '-1'], type: 'AmortizedCost', parts: 3 },
      { month: '2026-03', amounts: ['7'], parts: 1 },
    ])
      for (const [key, content] of exportRun(spec)) other.file(`files/${key}`, content)
    await other.import([`${other.folder}/files`])
    expect(await everyRow(lake)).toEqual(await everyRow(other))
    expect(await billed(lake)).toEqual({ '2026-02': '11.75', '2026-03': '7' })
  })

  test('each run of a month is the month to date: the total is that of the newest run alone, whatever its folder is called', async () => {
    put({ month: '2026-03', amounts: ['1', '2'], submitted: '2026-03-02T05:00:00Z' })
    await collect()
    expect(await billed(lake)).toEqual({ '2026-03': '3' })
    put({ month: '2026-03', amounts: ['1', '2', '3'], submitted: '2026-03-10T05:00:00.5Z' })
    put({ month: '2026-03', amounts: ['1', '2', '4'], submitted: '2026-03-10T05:00:00.1200000Z' })
    await collect()
    expect(await billed(lake)).toEqual({ '2026-03': '6' })
    put({ month: '2026-03', amounts: ['0.5'], submitted: '2026-03-11T05:00:00Z' })
    await collect()
    expect(await billed(lake)).toEqual({ '2026-03': '0.5' })
    expect(await collect()).toMatchObject({ status: 'nothing_new' })
  })

  test('a month is restated by whichever export of its scope and kind ran last', async () => {
    put({ month: '2026-02', amounts: ['5'], name: 'daily', submitted: '2026-02-28T05:00:00Z' })
    put({ month: '2026-02', amounts: ['6'], name: 'last-month', submitted: '2026-03-05T05:00:00Z' })
    const { deliveries } = await plan()
    expect(deliveries.map(({ unit }) => unit)).toEqual([`${scope}/ActualCost/2026-02`])
    expect(deliveries[0]?.files.map(({ name }) => name)[0]).toContain('costs/last-month/')
  })

  test('an overwritten report is one delivery a run, and none while its files are newer than its manifest', async () => {
    const first = { month: '2026-03', amounts: ['10', '20'], overwrite: true, parts: 2 }
    put({ ...first, submitted: '2026-03-19T05:00:00Z' }, { modified: '2026-03-19T05:10:00Z' })
    await collect()
    const [part = '', ...rest] = [...exportRun({ ...first, amounts: ['11', '20'] })]
    blob.put('exports', part[0] as string, part[1] as Buffer, { modified: '2026-03-20T05:10:00Z' })
    const during = await plan({}, { held: [`${scope}/ActualCost/2026-03`] })
    expect(during.deliveries).toEqual([])
    expect(during.pending).toMatchObject([{ unit: `${scope}/ActualCost/2026-03`, reason: /written after/ }])
    expect(await collect()).toMatchObject({ status: 'nothing_new', problems: [] })
    expect(await billed(lake)).toEqual({ '2026-03': '30' })
    put({ ...first, amounts: ['11', '20'], submitted: '2026-03-20T05:00:00Z' }, { modified: '2026-03-20T05:12:00Z' })
    expect(await collect()).toMatchObject({ status: 'collected', new_units: 1 })
    expect(await billed(lake)).toEqual({ '2026-03': '31' })
    expect(rest.length).toBe(2)
  })

  test('files that are newer than the manifest for more than a day were copied in that order', async () => {
    const spec = { month: '2026-03', amounts: ['10'], overwrite: true }
    for (const [key, content] of exportRun(spec)) {
      const modified = key.endsWith('.json') ? '2026-03-17T05:00:00Z' : '2026-03-17T06:00:00Z'
      blob.put('exports', key, content, { modified })
    }
    expect((await plan()).deliveries).toHaveLength(1)
  })

  test.each([
    ['lists a file that is not there', (key: string) => blob.remove('exports', key), /is not there/],
    ['states another size', (key: string) => blob.put('exports', key, 'Date,Cost\n'), /bytes for/],
  ])('a delivery whose manifest %s waits', async (_, spoil, reason) => {
    const [key = ''] = put({ month: '2026-03', amounts: ['10', '20'], parts: 2 })
    spoil(key)
    expect(await plan()).toMatchObject({ deliveries: [], pending: [{ reason }] })
    expect(await collect()).toMatchObject({ status: 'waiting', new_units: 0 })
    expect(await billed(lake)).toEqual({})
  })

  test.each(['', '{"blobCount": 1, "blobs": [', '{"blobCount": 1}'])(
    'a manifest half written (%j) keeps what was held and comes when it is whole',
    async (half) => {
      put(
        { month: '2026-03', amounts: ['10'], submitted: '2026-03-18T05:00:00Z' },
        { modified: '2026-03-18T05:00:00Z' },
      )
      await collect()
      const next = { month: '2026-03', amounts: ['12'], submitted: '2026-03-19T05:00:00Z' }
      const manifest = put(next).at(-1) ?? ''
      blob.put('exports', manifest, half)
      const waiting = await collect()
      expect(waiting).toMatchObject({ status: 'nothing_new', problems: [] })
      expect(waiting.warnings.join()).toMatch(/is being written/)
      expect(await billed(lake)).toEqual({ '2026-03': '10' })
      put(next)
      await collect()
      expect(await billed(lake)).toEqual({ '2026-03': '12' })
    },
  )

  test('a run of several files without its manifest is being written', async () => {
    const keys = put({ month: '2026-03', amounts: ['10', '20'], parts: 2 })
    blob.remove('exports', keys.at(-1) ?? '')
    expect(await plan()).toMatchObject({
      deliveries: [],
      pending: [{ unit: 'costs/daily-actualcost/20260301-20260331' }],
    })
    expect(await plan({}, {}, '2026-03-27T00:00:00Z')).toMatchObject({ pending: [], warnings: [/broke off/] })
  })

  test('a manifest that counts other files than it lists is half written', async () => {
    const run = exportRun({ month: '2026-03', amounts: ['1'] })
    const [key = '', text] = [...run].at(-1) ?? []
    blob.put('exports', key, JSON.stringify({ ...JSON.parse(String(text)), blobCount: 7 }))
    expect(await plan()).toMatchObject({ deliveries: [], pending: [{ reason: /says 7 files and lists 1/ }] })
  })

  test('an empty run is no delivery: the one before it counts', async () => {
    put({ month: '2026-03', amounts: ['10'], submitted: '2026-03-18T05:00:00Z' })
    put({ month: '2026-03', amounts: [], submitted: '2026-03-19T05:00:00Z' })
    const planned = await plan()
    expect(planned.deliveries).toMatchObject([{ submitted: '2026-03-18T05:00:00.000Z' }])
    expect(planned.warnings).toEqual([expect.stringMatching(/holds no rows/)])
  })

  test('a manifest without a row count is not an empty run', async () => {
    const run = exportRun({ month: '2026-03', amounts: ['1'] })
    for (const [key, text] of run) {
      const content = key.endsWith('.json') ? { ...JSON.parse(String(text)), dataRowCount: undefined } : null
      blob.put('exports', key, content ? JSON.stringify(content) : text)
    }
    expect((await plan()).deliveries).toHaveLength(1)
  })

  test.each(['PriceSheet', 'ReservationDetails', 'ReservationRecommendations', 'ReservationTransactions'])(
    'of type %s is no bill, and is named',
    async (type) => {
      put({ month: '2026-03', amounts: ['1'], type, name: 'prices' })
      const planned = await plan()
      expect(planned).toMatchObject({ deliveries: [], pending: [] })
      expect(planned.warnings).toEqual([`export prices is of type ${type}, which is no bill: not collected`])
    },
  )

  test('looks back as many months as configured, at months never collected, and at those asked for', async () => {
    for (const month of ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03']) put({ month, amounts: ['1'] })
    const unit = (month: string) => `${scope}/ActualCost/${month}`
    const periods = async (...args: Parameters<typeof plan>) =>
      (await plan(...args)).deliveries.map(({ period }) => period).sort()
    expect(await periods()).toEqual(['2025-11', '2025-12', '2026-01', '2026-02', '2026-03'])
    const held = ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03'].map(unit)
    expect(await periods({}, { held })).toEqual(['2026-02', '2026-03'])
    expect(await periods({ look_back_months: 4 }, { held })).toEqual(['2025-12', '2026-01', '2026-02', '2026-03'])
    expect(await periods({}, { held: held.slice(1) })).toEqual(['2025-11', '2026-02', '2026-03'])
    expect(await periods({}, { held, periods: ['2025-12'] })).toEqual(['2025-12'])
  })

  test('of FOCUS is the same bill as actual and amortised cost: it alone is taken, while it goes on', async () => {
    put({ month: '2026-03', amounts: ['1'], type: 'FocusCost', submitted: '2026-03-18T05:00:00Z' })
    put({ month: '2026-03', amounts: ['1'], type: 'ActualCost', submitted: '2026-03-19T05:00:00Z' })
    put({ month: '2026-03', amounts: ['1'], type: 'AmortizedCost', submitted: '2026-03-19T05:00:00Z' })
    const planned = await plan()
    expect(planned.deliveries.map(({ unit }) => unit)).toEqual([`${scope}/FocusCost/2026-03`])
    expect(planned.warnings.join('\n')).toMatch(/daily-actualcost is of a bill that comes as FOCUS too/)
    const held = ['FocusCost', 'ActualCost'].map((type) => `${scope}/${type}/2025-01`)
    expect((await plan({}, { held: held.slice(0, 1) })).deliveries).toHaveLength(1)
    put({ month: '2026-03', amounts: ['2'], type: 'ActualCost', submitted: '2026-03-25T05:00:00Z' })
    const later = await plan({}, {}, '2026-03-26T00:00:00Z')
    expect(later.deliveries.map(({ unit }) => unit.split('/').at(-2)).sort()).toEqual(['ActualCost', 'AmortizedCost'])
  })

  test('of FOCUS that is being written is not stood in for by actual cost', async () => {
    put(
      { month: '2026-03', amounts: ['1'], type: 'FocusCost', submitted: '2026-03-18T05:00:00Z' },
      { modified: '2026-03-18T05:00:00Z' },
    )
    put({ month: '2026-03', amounts: ['1'], type: 'ActualCost', submitted: '2026-03-19T05:00:00Z' })
    const manifest =
      put({ month: '2026-03', amounts: ['2'], type: 'FocusCost', submitted: '2026-03-19T05:00:00Z' }).at(-1) ?? ''
    blob.put('exports', manifest, '{')
    expect(await plan()).toMatchObject({ deliveries: [], pending: [{ unit: `${scope}/FocusCost/2026-03` }] })
    put({ month: '2026-03', amounts: ['2'], type: 'FocusCost', submitted: '2026-03-19T05:00:00Z' })
    const actual =
      put({ month: '2026-03', amounts: ['2'], type: 'ActualCost', submitted: '2026-03-19T06:00:00Z' }).at(-1) ?? ''
    blob.put('exports', actual, '{', { modified: '2026-03-20T05:00:00Z' })
    expect(await plan()).toMatchObject({ deliveries: [{ unit: `${scope}/FocusCost/2026-03` }], pending: [] })
  })

  test('that is not there is missed', async () => {
    expect((await plan()).warnings).toEqual([expect.stringMatching(/there is nothing below/)])
    put({ month: '2026-03', amounts: ['1'] })
    const planned = await plan({}, { periods: ['2026-02', '2026-03'] })
    expect(planned.warnings).toEqual([expect.stringMatching(/there is no export of 2026-02 below/)])
  })

  test('of FOCUS in gzip and in Parquet lands', async () => {
    put({ month: '2026-02', amounts: ['1.5', '2.5'], type: 'FocusCost', gzip: true, parts: 2 })
    await collect()
    expect(await billed(lake)).toEqual({ '2026-02': '4' })
    const path = await parquet(
      lake,
      'march.parquet',
      `from read_csv('${lake.file('m.csv', focusMarch)}', all_varchar = true)`,
    )
    const run = exportRun({ month: '2026-03', amounts: ['3'], type: 'FocusCost' })
    const content = readFileSync(path)
    for (const [key, text] of run) {
      if (!key.endsWith('.json')) continue
      const name = `${key.slice(0, -'manifest.json'.length)}part_0_0001.snappy.parquet`
      const blobs = [{ blobName: name, byteCount: content.length }]
      blob.put('exports', name, content)
      blob.put('exports', key, JSON.stringify({ ...JSON.parse(String(text)), blobs }))
    }
    await collect()
    expect(await billed(lake)).toEqual({ '2026-02': '4', '2026-03': '3' })
  })

  test('of scopes that may share a bill is refused, since one would replace the other', async () => {
    put({ month: '2026-03', amounts: ['1'], name: 'a', scope: '/subscriptions/aaaa' })
    put({ month: '2026-03', amounts: ['1'], name: 'b', scope: '/subscriptions/bbbb' })
    await expect(plan()).rejects.toThrow(UserError)
    expect((await plan({ prefix: 'costs/a/' })).deliveries).toHaveLength(1)
  })

  test('without manifests is one file a run, and the newest of the date range counts', async () => {
    const loose = (amount: string, run: string, modified: string) =>
      blob.put(
        'exports',
        `old/daily/20260301-20260331/daily_${run}-0000-4000-8000-000000000000.csv`,
        csvText([charge('2026-03', amount, 1)]),
        { modified },
      )
    loose('5', 'ffffffff', '2026-03-18T05:00:00Z')
    loose('6', 'aaaaaaaa', '2026-03-19T05:00:00Z')
    const planned = await plan()
    expect(planned.deliveries).toMatchObject([{ unit: 'old/daily/2026-03', period: '2026-03' }])
    await collect()
    expect(await billed(lake)).toEqual({ '2026-03': '6' })
    loose('7', 'bbbbbbbb', '2026-03-20T05:00:00Z')
    await collect()
    expect(await billed(lake)).toEqual({ '2026-03': '7' })
  })

  test('files of a month whose blobs were deleted long ago are named and hold nothing up', async () => {
    const [key = ''] = put({ month: '2025-06', amounts: ['1'] }, { modified: '2025-07-01T00:00:00Z' })
    put({ month: '2026-03', amounts: ['1'] })
    blob.remove('exports', key)
    const planned = await plan()
    expect(planned.deliveries.map(({ period }) => period)).toEqual(['2026-03'])
    expect(planned.pending).toEqual([])
    expect(planned.warnings.join()).toMatch(/is not there; it is no longer written/)
  })

  test('is fetched by import alone: what lands is what the manifest counts', async () => {
    put({ month: '2026-03', amounts: ['1', '2', '3'], parts: 2 })
    const result = await collect()
    expect(landed({ deliveries: result.deliveries, failures: [], refused: [], warnings: [] })).toEqual({
      '2026-03': expect.stringMatching(/^3 EUR 6/),
    })
  })
})

const focusMarch = csvText([focusCharge('2026-03', '3', 0)])

describe('an Azure container at fault', () => {
  test('is asked again as late as it says', async () => {
    put({ month: '2026-03', amounts: ['10', '20'] })
    const context = testContext()
    server.faults.when(isList, answer(429, 'TooManyRequests', { 'retry-after': '11' }))
    server.faults.when(isManifest, answer(503, 'ServerBusy', { 'retry-after-ms': '2500' }))
    server.faults.when(isContent, answer(503, 'ServerBusy'))
    expect(await collect(context)).toMatchObject({ status: 'collected', problems: [] })
    expect(await billed(lake)).toEqual({ '2026-03': '30' })
    expect(context.waits.some((ms) => ms >= 11_000)).toBe(true)
    expect(context.waits.some((ms) => ms >= 2500 && ms < 4000)).toBe(true)
  })

  test.each([
    ['cut', { kind: 'cut', after: 100 }],
    ['short', { kind: 'short', by: 7 }],
    ['truncated', { kind: 'truncated', by: 7 }],
  ] as const)('whose answers are %s gives the whole of every file, list and manifest', async (_, fault) => {
    put({ month: '2026-03', amounts: ['10', '20', '30'], parts: 2, gzip: true })
    for (const matches of [isManifest, isContent]) server.faults.when(matches, fault, 2)
    if (fault.kind !== 'truncated') server.faults.when(isList, fault, 2)
    expect(await collect()).toMatchObject({ status: 'collected', problems: [] })
    expect(await billed(lake)).toEqual({ '2026-03': '60' })
  })

  test('that restates a report in the middle of its download gives the new one', async () => {
    const spec = { month: '2026-03', amounts: ['10', '20'], overwrite: true, parts: 2 }
    put({ ...spec, submitted: '2026-03-18T05:00:00Z' }, { modified: '2026-03-18T05:00:00Z' })
    const restate = () => {
      put({ ...spec, amounts: ['11', '20'], submitted: '2026-03-19T05:00:00Z' }, { modified: '2026-03-19T05:00:00Z' })
    }
    server.faults.when(isContent, { kind: 'do', run: restate })
    expect(await collect()).toMatchObject({ status: 'collected', problems: [] })
    expect(await billed(lake)).toEqual({ '2026-03': '31' })
  })

  test('whose blob vanishes after it was listed holds the delivery up', async () => {
    const [key = ''] = put({ month: '2026-03', amounts: ['10', '20'] })
    server.faults.when(isContent, { kind: 'do', run: () => blob.remove('exports', key) })
    expect(await collect()).toMatchObject({ status: 'waiting' })
    expect(await billed(lake)).toEqual({})
  })

  test.each([
    [401, 'InvalidAuthenticationInfo'],
    [403, 'AuthorizationPermissionMismatch'],
  ])('that answers %i %s fails the run at once, without a secret in the message', async (status, code) => {
    put({ month: '2026-03', amounts: ['10'] })
    const body = `<Error><Code>${code}</Code><Message>Signature of AccountKey=${plantedKey} sig=${plantedKey}</Message></Error>`
    server.faults.when(isContent, { ...answer(status, code), body } as Fault, 5)
    const failedRun = await collect()
    expect(failedRun.status).toBe('failed')
    expect(failedRun.problems.join()).toContain(code)
    expect(JSON.stringify(failedRun)).not.toContain(plantedKey)
    expect(server.requests.filter(isContent)).toHaveLength(1)
  })
})

test.skipIf(azuriteMissing)(
  `exports in Azurite are collected and restated${azuriteMissing ? `: ${azuriteMissing}` : ''}`,
  async () => {
    const azurite = await startAzurite()
    onTestFinished(azurite.close)
    const container = await azurite.container('exports')
    const upload = async (spec: ExportRunSpec) => {
      for (const [key, content] of exportRun(spec))
        await container.getBlockBlobClient(key).upload(content, content.length)
    }
    const context = testContext()
    const run = () => collectInto(lake, azureExport(context, {}, azurite.connection), context)
    await upload({ month: '2026-02', amounts: ['1', '2'], parts: 2, gzip: true })
    await upload({ month: '2026-03', amounts: ['5'], overwrite: true })
    expect(await run()).toMatchObject({ status: 'collected', new_units: 2 })
    expect(await run()).toMatchObject({ status: 'nothing_new', fetched_bytes: 0 })
    await upload({ month: '2026-03', amounts: ['5', '6'], overwrite: true, submitted: '2026-03-29T00:00:00Z' })
    expect(await run()).toMatchObject({ status: 'collected', new_units: 1 })
    expect(await billed(lake)).toEqual({ '2026-02': '3', '2026-03': '11' })
  },
)

describe('doctor on an Azure container', () => {
  const probe = (keys: Keys = {}) => azureExport(testContext({ attempts: 1 }), keys).probe()

  test('lists it and reads one manifest', async () => {
    put({ month: '2026-03', amounts: ['1'] })
    const probes = await probe()
    expect(probes.map(({ check, ok }) => [check.replace(/ http.*exports\//, ' …/'), ok])).toEqual([
      ['list …/', true],
      [expect.stringMatching(/^read …\/costs\//), true],
    ])
  })

  test('says that there is no export', async () => {
    blob.put('exports', 'readme.txt', 'x')
    expect((await probe()).at(-1)).toMatchObject({ ok: false, problem: /no manifest.json/ })
    expect((await probe({ prefix: 'other/' })).at(-1)).toMatchObject({ ok: false, problem: 'there is nothing' })
  })

  test.each([
    [
      403,
      'AuthorizationPermissionMismatch',
      /role Storage Blob Data Reader is missing on .*storageAccounts\/devstoreaccount1\/.*containers\/exports/,
    ],
    [403, 'AuthorizationFailure', /the firewall of storage account devstoreaccount1/],
    [403, 'AuthenticationFailed', /account key or token is wrong/],
    [403, 'KeyBasedAuthenticationNotPermitted', /does not allow account keys/],
    [401, 'InvalidAuthenticationInfo', /no Azure credential/],
  ])('tells %i %s by what is missing', async (status, code, problem) => {
    put({ month: '2026-03', amounts: ['1'] })
    server.faults.when(isList, answer(status, code))
    const [listing, ...rest] = await probe()
    expect(listing).toMatchObject({ ok: false, problem })
    expect(listing?.remedy).toBeTruthy()
    expect(rest).toEqual([])
    server.faults.when(isManifest, answer(status, code))
    expect((await probe()).map(({ ok }) => ok)).toEqual([true, false])
  })

  test('tells a container that is not there from an account that is not there', async () => {
    expect(await probe({ container: 'exprots' })).toMatchObject([{ ok: false, problem: /no container exprots/ }])
    const wrong = connection.replace(/BlobEndpoint=[^;]+/, 'BlobEndpoint=https://nosuch.blob.invalid')
    const probes = await azureExport(testContext({ attempts: 1 }), {}, wrong).probe()
    expect(probes).toMatchObject([{ ok: false, problem: /no storage account answers to the name nosuch.blob.invalid/ }])
  })
})

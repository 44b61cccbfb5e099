import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { currentVersions, readJournal } from '../../src/lake/journal.ts'
import { layout } from '../../src/lake/layout.ts'
import { plantedKey } from '../fakes/blob.ts'
import { failed } from '../fakes/s3.ts'
import { runCommand } from '../support/run-command.ts'
import { bucket, startUpstream, type Upstream } from './estate-upstream.ts'
import { chargesIn, filesWithTimes, leaks, totalsIn } from './lakes.ts'
import { planted } from './planted.ts'

let upstream: Upstream
let collected: string
let imported: string

/** An empty data folder with the three sources; months back to the oldest of the estate may still change. */
function dataFolder(more: Readonly<Record<string, object>> = {}): string {
  const data = mkdtempSync(join(tmpdir(), 'costwright-acceptance-'))
  const sources = [
    { name: 'aws', type: 'aws_export', bucket, prefix: 'billing', endpoint: upstream.s3.url, look_back_months: 60 },
    {
      name: 'azure',
      type: 'azure_export',
      container: 'exports',
      connection_string_env: 'CW_TEST_AZURE',
      look_back_months: 60,
    },
    {
      name: 'google',
      type: 'gcp_export',
      project: 'bills',
      dataset: 'exports',
      endpoint: upstream.google.url,
      look_back_days: 3650,
    },
  ]
  writeFileSync(
    join(data, 'costwright.yaml'),
    stringify({ sources: sources.map((one) => ({ ...one, ...more[one.name] })) }),
  )
  return data
}

const said: string[] = []
const run = async (args: readonly string[], data: string) => {
  const ended = await runCommand(args, data)
  said.push(ended.out, ...ended.notes)
  return ended
}
const collect = (data: string, ...args: string[]) => run(['collect', ...args], data)
const json = async (data: string, ...args: string[]) => {
  const { out, ...rest } = await collect(data, ...args, '--json')
  const lines = out.split('\n').filter(Boolean)
  return { ...rest, sources: lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>) }
}
const versionsOf = (data: string) =>
  Object.fromEntries(
    currentVersions(readJournal(layout(data))).map(({ source, period, version }) => [`${source} ${period}`, version]),
  )

beforeAll(async () => {
  upstream = await startUpstream(0.01)
  vi.stubEnv('AWS_ACCESS_KEY_ID', planted.awsKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', planted.awsSecret)
  vi.stubEnv('AWS_SESSION_TOKEN', planted.awsToken)
  vi.stubEnv('CW_TEST_AZURE', upstream.connection)
  collected = dataFolder()
  imported = mkdtempSync(join(tmpdir(), 'costwright-acceptance-'))
}, 120_000)

afterAll(async () => {
  vi.unstubAllEnvs()
  await upstream.close()
})

test('a dry run shows every delivery with its size and price, and fetches nothing', async () => {
  const { code, out } = await collect(collected, '--dry-run', '--json')
  expect(code).toBe(0)
  const plan = JSON.parse(out) as Readonly<Record<string, unknown>>[]
  expect(plan.filter(({ status }) => status !== 'to fetch')).toEqual([])
  expect(plan.filter(({ source }) => source === 'aws').map(({ unit, files }) => [unit, files])).toEqual([
    ['billing/hf-cur2/2026-08', 2],
    ['billing/hf-cur2/2026-09', 3],
    ['billing/hf-cur2/2026-10', 2],
  ])
  expect(plan.filter(({ source }) => source === 'azure')).toHaveLength(6)
  expect(plan.filter(({ source, usd }) => source === 'google' && typeof usd === 'string').length).toBeGreaterThan(10)
  expect((await collect(collected, '--dry-run')).out).toMatch(/aws +billing\/hf-cur2\/2026-09 +2026-09 +3 +\d\.\d/)
  expect(upstream.contentRequests()).toEqual([])
  expect(readJournal(layout(collected))).toEqual([])
})

test('the table of a dry run tells the units of a source apart', async () => {
  const { out } = await collect(collected, 'google', '--dry-run')
  const lines = out.split('\n').filter((line) => line.startsWith('google'))
  expect(new Set(lines).size).toBe(lines.length)
})

test('doctor finds every access there', async () => {
  const { code, out } = await run(['doctor'], collected)
  expect(out).not.toMatch(/FAIL/)
  expect(out).toMatch(/ok +aws: .*\n/)
  expect(out).toMatch(/ok +azure: .*\n/)
  expect(out).toMatch(/ok +google: .*\n/)
  expect(code).toBe(0)
})

test('before the first collection every source is a finding', async () => {
  const { code, notes } = await run(['sources'], collected)
  expect({ code, notes }).toEqual({
    code: 1,
    notes: ['aws', 'azure', 'google'].map((name) => `${name}: never collected`),
  })
})

test('collecting the sample estate gives the lake that importing its files gives, row for row', async () => {
  const { code, notes, sources } = await json(collected)
  expect(sources.map(({ source, status, problems }) => ({ source, status, problems }))).toEqual(
    ['aws', 'azure', 'google'].map((source) => ({ source, status: 'collected', problems: [] })),
  )
  expect({ code, notes }).toEqual({ code: 0, notes: [] })
  expect((await run(['import', ...upstream.folders], imported)).code).toBe(0)
  const charges = await chargesIn(collected)
  expect(charges).toHaveLength(9)
  expect(charges).toEqual(await chargesIn(imported))
  expect(totalsIn(collected)).toEqual(totalsIn(imported))
}, 120_000)

test('what was collected ties to the files, and the sources are fresh', async () => {
  const { code, out } = await run(['reconcile'], collected)
  expect(out).toMatch(/every total ties to its files or is explained/)
  expect(out).not.toMatch(/unexplained/)
  expect(code).toBe(0)
  const sources = await run(['sources'], collected)
  expect(sources).toMatchObject({ code: 0, notes: [] })
  expect(sources.out).toMatch(/aws +aws_export +collected .*2026-11-01T00:00Z/)
})

test('a second collection fetches nothing and says so', async () => {
  upstream.contentRequests()
  const { code, out, notes } = await collect(collected)
  expect({ code, notes }).toEqual({ code: 0, notes: [] })
  expect(out.match(/nothing new/g)).toHaveLength(3)
  expect(upstream.contentRequests()).toEqual([])
  expect((await collect(collected, '--dry-run')).out).not.toMatch(/to fetch/)
})

test('one month restated upstream is fetched and rebuilt alone', async () => {
  upstream.contentRequests()
  const versions = versionsOf(collected)
  const restated = Object.keys(versions).filter((key) => /^aws-.* 2026-08$/.test(key))
  const rollups = filesWithTimes(join(collected, 'lake', 'rollups'))
  expect(Object.keys(rollups).length).toBeGreaterThan(9)
  upstream.restateAws()
  const { code, sources } = await json(collected)
  expect(code).toBe(0)
  expect(sources.map(({ source, new_units }) => [source, new_units])).toEqual([
    ['aws', 1],
    ['azure', 0],
    ['google', 0],
  ])
  const fetched = upstream.contentRequests()
  expect(fetched.length).toBeGreaterThan(0)
  expect(fetched.filter((path) => !path.includes('BILLING_PERIOD=2026-08'))).toEqual([])
  expect(versionsOf(collected)).toEqual({ ...versions, [restated[0] ?? '']: 2 })
  const kept = Object.entries(filesWithTimes(join(collected, 'lake', 'rollups'))).filter(([path]) => path in rollups)
  expect(Object.fromEntries(kept)).toEqual(rollups)
  await run(['import', upstream.restatement], imported)
  expect(await chargesIn(collected)).toEqual(await chargesIn(imported))
}, 60_000)

test('a source that nobody collected for two days is late', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 50 * 3_600_000 })
  try {
    const { code, notes } = await run(['sources'], collected)
    expect(code).toBe(1)
    expect(notes).toEqual(
      ['aws', 'azure', 'google'].map((name) => `${name}: late: not collected for 50 h, expected within 36 h`),
    )
  } finally {
    vi.useRealTimers()
  }
})

test('doctor names the permission that is missing and fails', async () => {
  upstream.s3.deny('GetObject')
  const { code, out } = await run(['doctor'], collected)
  upstream.s3.allow()
  expect(code).toBe(1)
  expect(out).toMatch(/FAIL +aws: .*\n +.*s3:GetObject.*arn:aws:s3:::hf-billing-exports/)
  expect(out.match(/FAIL/g)).toHaveLength(1)
})

test('a source that fails leaves the work of the others done and the run failed', async () => {
  const data = dataFolder()
  const denial = { kind: 'status', ...failed(403, 'AccessDenied', 'Access Denied') } as const
  upstream.s3.faults.when(() => true, denial, 1000)
  const { code, out, notes } = await collect(data, '--period', '2026-10')
  upstream.s3.faults.clear()
  expect(code).toBe(1)
  expect(out).toMatch(/aws +failed/)
  expect(out).toMatch(/azure +collected/)
  expect(out).toMatch(/google +collected/)
  expect(notes.join('\n')).toMatch(/^aws: .*s3:\/\/hf-billing-exports\/billing.*AccessDenied/m)
  const held = Object.keys(versionsOf(data))
  expect(held.filter((key) => key.startsWith('aws'))).toEqual([])
  expect(held.filter((key) => key.endsWith('2026-10'))).toHaveLength(2)
  expect((await run(['sources'], data)).notes).toEqual([expect.stringMatching(/^aws: failed at .*AccessDenied/)])
}, 60_000)

test('a source that cannot even be set up leaves the work of the others done, too', async () => {
  const data = dataFolder({ azure: { connection_string_env: 'CW_TEST_UNSET' }, aws: { prefix: 'nothing-there' } })
  const { code, out, notes } = await collect(data, '--period', '2026-10')
  expect(code).toBe(1)
  expect(out).toMatch(/azure +failed/)
  expect(out).toMatch(/google +collected/)
  expect(notes.join('\n')).toMatch(/azure: .*CW_TEST_UNSET/)
  expect((await run(['sources'], data)).notes.join('\n')).toMatch(/azure: failed at .*CW_TEST_UNSET/)
}, 60_000)

test('doctor goes on with the other sources where one cannot be set up', async () => {
  const data = dataFolder({ azure: { connection_string_env: 'CW_TEST_UNSET' } })
  const { code, out } = await run(['doctor'], data)
  expect(code).toBe(1)
  expect(out).toMatch(/FAIL +azure: .*\n.*CW_TEST_UNSET/)
  expect(out).toMatch(/ok +aws/)
})

test('no credential stands in what the commands said, nor in any file of the data folder', () => {
  const signatures = upstream.signatures()
  expect(signatures.length).toBeGreaterThan(10)
  const secrets = [planted.awsKeyId, planted.awsSecret, planted.awsToken, plantedKey, ...signatures]
  expect(said.join('').length).toBeGreaterThan(1000)
  expect(leaks(secrets, collected, said)).toEqual([])
})

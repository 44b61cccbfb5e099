import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { type Catalog, loadCatalog } from '../../src/catalog/catalog.ts'
import { type AccessList, audienceId, type Manifest } from '../../src/edge/published.ts'
import { UserError } from '../../src/errors.ts'
import { lockFile } from '../../src/lake/lock.ts'
import { referencesOf } from '../../src/publish/published-state.ts'
import {
  openPublishStore,
  publishAccessOnly,
  publishConfigOf,
  publishEstate,
  type RunOptions,
} from '../../src/publish/run.ts'
import type { PublishStore } from '../../src/publish/store.ts'
import { createRuntime, type Runtime } from '../../src/runtime.ts'
import { createKey, revokeKey } from '../../src/state/api-keys.ts'
import { openDatabase } from '../../src/state/sqlite.ts'
import { start } from '../acceptance/processes.ts'
import { startS3 } from '../fakes/s3.ts'
import { brokenReferences, manifestIn } from '../support/published.ts'

const dayMs = 86_400_000
const delivery = readFileSync(resolve(import.meta.dirname, '../../fixtures/focus-1.3/export.csv'), 'utf8')

/** What the overview asks, and a mart of each kind; a parameter takes any value, so that each is asked once or as a page asks it. */
const few: Catalog = new Map(
  [...loadCatalog()]
    .filter(([name]) =>
      [
        'months',
        'daily',
        'tag_policy',
        'cost_by_month',
        'cost_explorer',
        'tag_coverage',
        'spend_variance',
        'commitment_utilization',
      ].includes(name),
    )
    .map(([name, entry]) => [
      name,
      { ...entry, params: entry.params.map((param) => ({ ...param, choices: undefined })) },
    ]),
)

let s3: Awaited<ReturnType<typeof startS3>>
let clock: Date
let data: string
/** A data folder with one delivery, which every test gets a copy of. */
let imported: string

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKEOWNKEY000001')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'own-planted-secret-key')
  imported = mkdtempSync(join(tmpdir(), 'costwright-edge-'))
  data = imported
  await importText(delivery)
  await createRuntime({ data }).build()
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(imported, { recursive: true, force: true })
})
beforeEach(async () => {
  clock = new Date('2026-11-01T00:00:00Z')
  s3 = await startS3({ buckets: ['costs'], now: () => clock })
  data = mkdtempSync(join(tmpdir(), 'costwright-edge-'))
  cpSync(imported, data, { recursive: true })
  onTestFinished(async () => {
    await s3.close()
    rmSync(data, { recursive: true, force: true })
  })
})

/** A delivery of its own, as a source of its own. */
async function importText(text: string, source = 'focus'): Promise<void> {
  const path = join(data, `${source}.csv`)
  writeFileSync(path, text)
  await createRuntime({ data }).import([path], source)
}

function configure(publish: object = {}): Runtime {
  const config = { publish: { bucket: 'costs', endpoint: s3.url, open: true, ...publish } }
  writeFileSync(join(data, 'costwright.yaml'), stringify(config))
  return { ...createRuntime({ data }), now: () => clock }
}

async function optionsOf(runtime: Runtime, watched = (store: PublishStore) => store): Promise<RunOptions> {
  const config = publishConfigOf(runtime)
  const store = await openPublishStore(config, () => {})
  return { runtime, config, store: watched(store), catalog: few, dryRun: false }
}

const publish = async (runtime: Runtime) => publishEstate(await optionsOf(runtime))
const read = (key: string) => s3.contents('costs').get(key) ?? null
const broken = () => brokenReferences(s3.contents('costs').keys(), read)
const writes = () => s3.requests.filter(({ method }) => method === 'PUT' || method === 'DELETE').map(({ path }) => path)

function key(runtime: Runtime, teams: readonly string[] | null) {
  const database = openDatabase(runtime.layout.state)
  const made = createKey(
    database,
    { name: 'k', role: 'viewer', teams, expires_at: null, actor: 'test' },
    new Date('2026-01-01'),
  )
  const revoke = () => {
    revokeKey(database, { key_id: made.key.key_id, actor: 'test' }, clock)
    database.close()
  }
  return { ...made.key, revoke }
}

test('objects come first, then the manifest, then who may read; published again, nothing is written', async () => {
  const runtime = configure()
  const first = await publish(runtime)
  expect(broken()).toEqual([])
  const order = writes().map((path) => path.split('/')[2])
  expect(order.at(-1)).toBe('access.json')
  expect(order.at(-2)).toBe('audiences')
  expect(new Set(order.slice(0, -2))).toEqual(new Set(['objects']))
  expect(first.audiences).toMatchObject([{ audience: 'all', teams: null, changed: true, sent: order.length - 2 }])
  s3.requests.length = 0
  clock = new Date(clock.getTime() + dayMs)
  const again = await publish(runtime)
  expect(again).toMatchObject({ audiences: [{ changed: false, sent: 0 }], access: { changed: false }, swept: 0 })
  expect(writes()).toEqual([])
})

test('new data send what differs; what is gone from the bucket is made again', async () => {
  const runtime = configure()
  await publish(runtime)
  const before = manifestIn(read, 'all')
  await importText(delivery.replaceAll('2026-01', '2026-02'), 'later')
  const second = await publish(runtime)
  const now = manifestIn(read, 'all')
  expect(now.state).not.toBe(before.state)
  expect(second.audiences[0]?.sent).toBeLessThan(second.audiences[0]?.objects ?? 0)
  expect(broken()).toEqual([])
  const lost = Object.values(now.marts)[0]?.key ?? ''
  s3.remove('costs', lost)
  expect((await publish(runtime)).audiences).toMatchObject([{ changed: false, sent: 1 }])
  expect(broken()).toEqual([])
})

test('a key that is revoked is gone from the list at once, and so is the manifest that only it could read', async () => {
  const runtime = configure({ open: false })
  const [team, everything] = [key(runtime, ['platform']), key(runtime, null)]
  await publish(runtime)
  const id = await audienceId(['platform'])
  const list = () => JSON.parse(String(read('access.json'))) as AccessList
  expect(
    list()
      .keys.map(({ key_id }) => key_id)
      .toSorted(),
  ).toEqual([team.key_id, everything.key_id].toSorted())
  expect(manifestIn(read, id).teams).toEqual(['platform'])
  team.revoke()
  s3.requests.length = 0
  const change = await publishAccessOnly(await optionsOf(runtime))
  expect(change).toEqual({ changed: true, keys: 1, removed: [id] })
  expect(writes()).toEqual(['/costs/access.json', `/costs/audiences/${id}/manifest.json`])
  expect(list().keys.map(({ key_id }) => key_id)).toEqual([everything.key_id])
  expect(broken()).toEqual([])
  expect(await publishAccessOnly(await optionsOf(runtime))).toEqual({ changed: false, keys: 1, removed: [] })
})

test('a key that is revoked while objects are being sent does not come back', async () => {
  const runtime = configure({ open: false })
  const [team, everything] = [key(runtime, ['platform']), key(runtime, null)]
  let isRevoked = false
  const options = await optionsOf(runtime, (store) => ({
    ...store,
    async put(name, content) {
      if (!isRevoked) team.revoke()
      isRevoked = true
      await store.put(name, content)
    },
  }))
  const { access } = await publishEstate(options)
  expect(access).toMatchObject({ keys: 1, removed: [await audienceId(['platform'])] })
  expect(String(read('access.json'))).not.toContain(team.key_id)
  expect(String(read('access.json'))).toContain(everything.key_id)
})

test('objects that nothing names go when they are a day old, but none that a reader may still be after', async () => {
  const runtime = configure()
  await publish(runtime)
  const named = () => [...new Set(referencesOf(manifestIn(read, 'all')).map(({ key }) => key))]
  const first = named()
  s3.put('costs', 'objects/young.json', '{}', { modified: new Date(clock.getTime() + 2 * dayMs - 1000).toISOString() })
  s3.put('costs', 'elsewhere/objects/x.json', '{}', { modified: '2020-01-01T00:00:00Z' })
  const change = async (ms: number, source: string) => {
    clock = new Date(clock.getTime() + ms)
    await importText(delivery.replaceAll('2026-01', `2026-0${source.length}`), source)
    return (await publish(runtime)).swept
  }
  expect(await change(2 * dayMs, 'to')).toBe(0)
  const second = named()
  expect(await change(60_000, 'the')).toBe(0)
  const third = named()
  const over = new Set(first.filter((name) => !second.includes(name) && !third.includes(name)))
  expect(over.size).toBeGreaterThan(5)
  expect(await change(20 * 60_000, 'four')).toBe(over.size)
  expect(first.filter((name) => read(name) === null).toSorted()).toEqual([...over].toSorted())
  expect(second.every((name) => read(name) !== null || over.has(name))).toBe(true)
  expect([read('objects/young.json'), read('elsewhere/objects/x.json')]).not.toContain(null)
  expect(broken()).toEqual([])
})

test('whatever instant it ends at, every manifest that is there is whole', async () => {
  const runtime = configure({ open: false })
  const team = key(runtime, ['platform'])
  key(runtime, null)
  const wounds: string[] = []
  let steps = 0
  const watched = (store: PublishStore): PublishStore => ({
    ...store,
    async put(name, content) {
      await store.put(name, content)
      steps += 1
      wounds.push(...broken().map((one) => `after put ${name}: ${one}`))
    },
    async remove(names) {
      for (const name of names) {
        await store.remove([name])
        steps += 1
        wounds.push(...broken().map((one) => `after remove ${name}: ${one}`))
      }
    },
  })
  await publishEstate(await optionsOf(runtime, watched))
  team.revoke()
  for (const source of ['to', 'the']) {
    clock = new Date(clock.getTime() + 2 * dayMs)
    await importText(delivery.replaceAll('2026-01', `2026-0${source.length}`), source)
    await publishEstate(await optionsOf(runtime, watched))
  }
  expect(steps).toBeGreaterThan(60)
  expect(wounds).toEqual([])
})

test('killed while it sends, it leaves what was published before; the next run goes on', async () => {
  const runtime = configure()
  await publish(runtime)
  const old = manifestIn(read, 'all')
  await importText(delivery.replaceAll('2026-01', '2026-02'), 'later')
  await runtime.build()
  for (const after of [1, 60]) {
    const process = start(['publish'], data)
    const sent = () => s3.requests.filter(({ method }) => method === 'PUT').length
    const from = sent()
    s3.faults.when(({ method }) => method === 'PUT' && sent() - from >= after, {
      kind: 'do',
      run: () => process.child.kill('SIGKILL'),
    })
    expect((await process.ended).code).toBeNull()
    s3.faults.clear()
    expect(broken()).toEqual([])
    expect(manifestIn(read, 'all')).toEqual(old)
  }
  const last = await publish(runtime)
  expect(last.audiences[0]?.sent).toBeLessThan(last.audiences[0]?.objects ?? 0)
  expect(manifestIn(read, 'all').state).not.toBe(old.state)
  expect(broken()).toEqual([])
}, 60_000)

test('a dry run says what it would send, and writes nothing', async () => {
  const runtime = configure()
  const run = await publishEstate({ ...(await optionsOf(runtime)), dryRun: true })
  expect(run.audiences[0]?.sent).toBeGreaterThan(10)
  expect(run.access.changed).toBe(true)
  expect(writes()).toEqual([])
})

test('a question that the configuration names is answered too', async () => {
  const params = { group_by: 'team', start_date: '2026-01-01', end_date: '2026-01-15' }
  const runtime = configure({ questions: [{ query: 'cost_explorer', params }] })
  await publish(runtime)
  const names = Object.keys(manifestIn(read, 'all').answers)
  expect(names.filter((name) => name.includes('"end_date":"2026-01-15"'))).toHaveLength(1)
})

describe('is refused with the remedy', () => {
  test('without anybody to publish for', async () => {
    const failure = await publish(configure({ open: false })).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UserError)
    expect((failure as UserError).hint).toContain('costwright keys add')
  })

  test('without a place', () => {
    expect(() => publishConfigOf(createRuntime({ data }))).toThrow(/does not say where to publish/)
  })

  test('with a question about a query that is not there', async () => {
    await expect(publish(configure({ questions: [{ query: 'cost_explorr' }] }))).rejects.toThrow(/no query called/)
  })

  test('while another publication runs', async () => {
    const runtime = configure()
    const release = lockFile(runtime.layout.resolve('state/publish.lock'), 'publication')
    await expect(publish(runtime)).rejects.toThrow(/another publication .* is running/)
    release()
  })

  test('where a newer version has published', async () => {
    const runtime = configure()
    await publish(runtime)
    const newer = { ...manifestIn(read, 'all'), format: 2 }
    s3.put('costs', 'audiences/all/manifest.json', JSON.stringify(newer satisfies Omit<Manifest, 'format'>))
    await expect(publish(runtime)).rejects.toThrow(/manifest\.json was not written by this version/)
    expect(manifestIn(read, 'all')).toEqual(newer)
  })
})

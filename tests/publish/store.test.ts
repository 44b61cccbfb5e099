import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createRetry } from '../../src/collectors/retry.ts'
import { UserError } from '../../src/errors.ts'
import { createFolderStore } from '../../src/publish/folder-store.ts'
import { createS3PublishStore } from '../../src/publish/s3-store.ts'
import { openStaging, type StagedObject } from '../../src/publish/staging.ts'
import type { PublishStore } from '../../src/publish/store.ts'
import { failed, startS3 } from '../fakes/s3.ts'

beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKEOWNKEY000001')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'own-planted-secret-key')
})
afterAll(() => {
  vi.unstubAllEnvs()
})

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-publish-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function s3Store(url: string, prefix = 'edge', bucket = 'costs'): PublishStore {
  const retry = createRetry({ source: 'publish', signal: new AbortController().signal, random: () => 0, attempts: 3 })
  const store = createS3PublishStore({ bucket, prefix, region: 'auto', endpoint: url }, retry)
  onTestFinished(() => store.close())
  return store
}

async function startBucket() {
  const s3 = await startS3({ buckets: ['costs'], pageSize: 2 })
  onTestFinished(() => s3.close())
  return s3
}

const staged = (text: string): Promise<StagedObject> => openStaging(join(temporary(), 'staging')).add(text, '.json')

describe.each([
  ['a folder', async () => createFolderStore(temporary())],
  ['a bucket', async () => s3Store((await startBucket()).url)],
])('%s', (_, open) => {
  test('gives back what was put, lists it below a prefix, and forgets what was removed', async () => {
    const store = await open()
    expect(await store.list('')).toEqual([])
    const object = await staged('{"a":1}')
    await store.put(object.key, object)
    await store.put('access.json', '{"é":1}')
    await store.put('audiences/all/manifest.json', 'first')
    await store.put('audiences/all/manifest.json', 'second')
    expect((await store.read(object.key))?.toString()).toBe('{"a":1}')
    expect((await store.read('access.json'))?.toString()).toBe('{"é":1}')
    expect((await store.read('audiences/all/manifest.json'))?.toString()).toBe('second')
    expect(await store.read('audiences/none/manifest.json')).toBeNull()
    const listed = (await store.list('')).map(({ key, bytes }) => [key, bytes])
    expect(listed.toSorted()).toEqual([
      ['access.json', 8],
      ['audiences/all/manifest.json', 6],
      [object.key, 7],
    ])
    expect((await store.list('objects/')).map(({ key }) => key)).toEqual([object.key])
    await store.remove([object.key, 'objects/nothing.json'])
    expect(await store.list('objects/')).toEqual([])
  })

  test('takes an empty object', async () => {
    const store = await open()
    const object = await staged('')
    await store.put(object.key, object)
    expect((await store.list('')).map(({ bytes }) => bytes)).toEqual([0])
  })
})

describe('a bucket', () => {
  test('is written below its prefix only, with the digest that is the name of the object', async () => {
    const s3 = await startBucket()
    const store = s3Store(s3.url)
    s3.put('costs', 'edge2/objects/other', 'x')
    const object = await staged('content')
    await store.put(object.key, object)
    const [request] = s3.requests
    expect(request?.url).toMatch(/^\/costs\/edge\/objects\//)
    expect(request?.headers['x-amz-content-sha256']).toBe(object.key.slice(8, 72))
    expect((await store.list('')).map(({ key }) => key)).toEqual([object.key])
  })

  test('refuses content that changed on its way, so that a name never lies', async () => {
    const s3 = await startBucket()
    const object = await staged('content')
    writeFileSync(object.path, 'CONTENT')
    await expect(s3Store(s3.url).put(object.key, object)).rejects.toThrow(
      /write s3:\/\/costs\/edge\/objects\/.*Mismatch/,
    )
    expect(s3.contents('costs').size).toBe(0)
  })

  test('is tried again while it is busy or breaks off, with the whole content', async () => {
    const s3 = await startBucket()
    const object = await staged('content')
    s3.faults.next(
      { kind: 'status', ...failed(503, 'SlowDown', 'Please reduce your request rate.') },
      { kind: 'reset' },
    )
    await s3Store(s3.url).put(object.key, object)
    expect(s3.contents('costs').get(`edge/${object.key}`)?.toString()).toBe('content')
    expect(s3.requests).toHaveLength(3)
  })

  test.each([
    ['PutObject', 'write s3://costs/edge/access.json', (store: PublishStore) => store.put('access.json', 'x')],
    ['GetObject', 'read s3://costs/edge/access.json', (store: PublishStore) => store.read('access.json')],
    ['DeleteObject', 'remove s3://costs/edge/access.json', (store: PublishStore) => store.remove(['access.json'])],
    ['ListBucket', 'list s3://costs/edge/', (store: PublishStore) => store.list('')],
  ] as const)('that denies %s is named with the key and the remedy', async (action, what, work) => {
    const s3 = await startBucket()
    s3.deny(action)
    const failure = await work(s3Store(s3.url)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UserError)
    expect((failure as UserError).message).toContain(`${what} is refused`)
    expect((failure as UserError).hint).toContain('Object Read & Write')
  })

  test('that is not there, and a key that is not known, are errors of the configuration', async () => {
    const s3 = await startBucket()
    await expect(s3Store(s3.url, '', 'costz').list('')).rejects.toThrow('There is no bucket costz')
    s3.refuse('InvalidAccessKeyId')
    const failure = await s3Store(s3.url)
      .put('access.json', 'x')
      .catch((error: unknown) => error)
    expect((failure as UserError).hint).toMatch(/AWS_ACCESS_KEY_ID|Object Read & Write/)
    expect(String(failure)).not.toContain('own-planted-secret-key')
  })
})

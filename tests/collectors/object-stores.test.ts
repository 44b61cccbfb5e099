import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type CollectorContext, Gone } from '../../src/collectors/collector.ts'
import { createAzureBlobStore } from '../../src/collectors/objects/azure-blob.ts'
import { createFolderStore } from '../../src/collectors/objects/folder.ts'
import { createGcsStore } from '../../src/collectors/objects/gcs.ts'
import { createHttpsStore } from '../../src/collectors/objects/https.ts'
import { UserError } from '../../src/errors.ts'
import { type Azurite, azuriteMissing, startAzurite } from '../fakes/azurite.ts'
import { failed, plantedKey, startBlob } from '../fakes/blob.ts'
import { type FakeRequest, type FaultServer, type Reply, startServer } from '../fakes/fault-server.ts'
import { startGcs } from '../fakes/gcs.ts'
import { testContext } from './context.ts'
import { objectStoreContract } from './object-store.ts'

const all = async <One>(many: AsyncIterable<One>): Promise<One[]> => {
  const found: One[] = []
  for await (const one of many) found.push(one)
  return found
}

const azure = (connection: string, container = 'exports') => ({
  container,
  connection_string_env: 'CONNECTION',
  connection,
})
const azureStore = ({ connection, ...config }: ReturnType<typeof azure>, context: CollectorContext = testContext()) =>
  createAzureBlobStore(config, { ...context, env: (name) => (name === 'CONNECTION' ? connection : undefined) })

objectStoreContract('Azure Blob', async () => {
  const { blob, server, connection } = await startBlob({ pageSize: 2 })
  return {
    store: (context) => azureStore(azure(connection), context),
    put: async (key, content) => blob.put('exports', key, content),
    remove: async (key) => blob.remove('exports', key),
    busyOnce: () => server.faults.next({ kind: 'status', ...(failed(503, 'ServerBusy') as { status: number }) }),
    cutOnce: (bytes) => server.faults.next({ kind: 'cut', after: bytes }),
    close: server.close,
  }
})

objectStoreContract('Google Cloud Storage', async () => {
  const { gcs, server } = await startGcs({ pageSize: 2 })
  return {
    store: (context) => createGcsStore({ bucket: 'bills', endpoint: server.url }, context),
    put: async (key, content) => gcs.put(key, content),
    remove: async (key) => gcs.remove(key),
    busyOnce: () => server.faults.next({ kind: 'status', status: 503 }),
    cutOnce: (bytes) => server.faults.next({ kind: 'cut', after: bytes }),
    close: server.close,
  }
})

objectStoreContract('a folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-store-'))
  return {
    store: (context) => createFolderStore(folder, context),
    put: async (key, content) => {
      mkdirSync(dirname(join(folder, key)), { recursive: true })
      writeFileSync(join(folder, key), content)
    },
    remove: async (key) => rmSync(join(folder, key)),
    close: async () => rmSync(folder, { recursive: true }),
  }
})

if (azuriteMissing) test.skip(`objects in Azurite: ${azuriteMissing}`, () => {})
else {
  let azurite: Azurite | null = null
  let n = 0
  afterAll(() => azurite?.close())
  objectStoreContract('Azurite', async () => {
    azurite ??= await startAzurite()
    n += 1
    const { connection } = azurite
    const name = `exports${n}`
    const container = await azurite.container(name)
    return {
      store: (context) => azureStore(azure(connection, name), context),
      put: async (key, content) => {
        await container.getBlockBlobClient(key).upload(content, Buffer.byteLength(content))
      },
      remove: async (key) => {
        await container.deleteBlob(key)
      },
      close: async () => {},
    }
  })
}

describe('an Azure container', () => {
  test('that does not exist is an error of the configuration, and says so', async () => {
    const { server, connection } = await startBlob()
    const listing = azureStore(azure(connection, 'exprots')).list('')[Symbol.asyncIterator]()
    await expect(listing.next()).rejects.toThrow(/no container exprots/)
    await server.close()
  })

  test('is read with a SAS token, which is in no message', async () => {
    const { blob, server } = await startBlob()
    blob.put('exports', 'a.csv', 'x')
    const config = { account_url: `${server.url}/devstoreaccount1`, container: 'exports', sas_env: 'SAS' }
    const context = testContext({ env: { SAS: '?sv=2024&sig=planted-signature' }, attempts: 2 })
    const store = createAzureBlobStore(config, context)
    expect(store.url).toBe(`${server.url}/devstoreaccount1/exports`)
    const entries = await all(store.list(''))
    expect(entries.map(({ key }) => key)).toEqual(['a.csv'])
    server.faults.next({ kind: 'cut', after: 3 }, { kind: 'status', status: 500, body: 'sig=planted-signature' })
    const error = await all(store.list('')).catch((one: unknown) => one)
    expect(String(error)).toMatch(/list http.*exports/)
    expect(String(error)).not.toContain('planted')
    await server.close()
  })

  test.each([
    [{}, {}, /account_url is missing/],
    [{ connection_string_env: 'C' }, {}, /C is not set/],
    [{ connection_string_env: 'C' }, { C: plantedKey }, /C holds no connection string/],
    [
      { connection_string_env: 'C' },
      { C: `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=${plantedKey};EndpointSuffix=core.windows.net` },
      /http:\/\/a\.blob\.core\.windows\.net is no https address/,
    ],
    [{ account_url: 'https://a.blob.core.windows.net', sas_env: 'S' }, { S: plantedKey }, /S holds no SAS/],
    [{ account_url: 'http://a.blob.core.windows.net' }, {}, /no https address/],
  ])('refuses settings that cannot work: %o', (config, env, message) => {
    const make = () => createAzureBlobStore({ container: 'exports', ...config }, testContext({ env: { ...env } }))
    expect(make).toThrow(UserError)
    expect(make).toThrow(message)
    expect(make).not.toThrow(plantedKey)
  })
})

describe('a file at a web address', () => {
  const servers: FaultServer[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close()
  })
  const serve = async (handler: (request: FakeRequest) => Reply) => {
    const server = await startServer(handler)
    servers.push(server)
    return server
  }
  const file = (content: string, etag: string) => (request: FakeRequest) => {
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const headers = { etag, 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }
    if (!request.headers.range) return { headers: { etag, 'content-length': String(content.length) }, body: content }
    return { status: 206, headers, body: content.slice(from) }
  }

  test('is listed as one object and read from any byte', async () => {
    const server = await serve(file('0123456789', '"v1"'))
    const store = createHttpsStore({ url: `${server.url}/bills/focus%20march.csv` }, testContext())
    const [entry] = await all(store.list(''))
    expect(entry).toMatchObject({ key: 'focus march.csv', bytes: 10, version: '"v1"' })
    if (!entry) return
    const opened = await store.file(entry, 'x').open(7, new AbortController().signal)
    expect(opened).toMatchObject({ from: 7, bytes: 10, version: '"v1"' })
    expect(Buffer.concat(await all(opened.body)).toString()).toBe('789')
  })

  test('is gone when another version answers', async () => {
    let etag = '"v1"'
    const server = await serve((request) => file('0123456789', etag)(request))
    const store = createHttpsStore({ url: `${server.url}/focus.csv` }, testContext())
    const [entry] = await all(store.list(''))
    etag = '"v2"'
    if (entry) await expect(store.read(entry, 100)).rejects.toBeInstanceOf(Gone)
  })

  test('is asked again when the server is busy, as late as it says', async () => {
    const server = await serve(file('0123456789', '"v1"'))
    const context = testContext()
    server.faults.next({ kind: 'status', status: 429, headers: { 'retry-after': '7' } })
    await all(createHttpsStore({ url: `${server.url}/focus.csv` }, context).list(''))
    expect(context.waits[0]).toBeGreaterThanOrEqual(7000)
  })

  test('without HEAD, length and version is looked at by GET, and is another version the next day', async () => {
    const server = await serve(({ method }) => (method === 'HEAD' ? { status: 405 } : { body: 'abc' }))
    const list = async (now: string) =>
      (await all(createHttpsStore({ url: `${server.url}/x` }, testContext({ now })).list('')))[0]
    expect(await list('2026-03-20T06:00:00Z')).toMatchObject({ version: 'on 2026-03-20' })
    expect(await list('2026-03-21T06:00:00Z')).toMatchObject({ version: 'on 2026-03-21' })
  })

  test('leads by redirects to https only, and never into the network of this machine', async () => {
    for (const [location, message] of [
      ['http://example.com/focus.csv', /no https address/],
      ['http://169.254.169.254/latest/meta-data', /no https address/],
      ['https://169.254.169.254/latest/meta-data', /inside the network/],
      ['https://[::ffff:10.0.0.1]/', /inside the network/],
      ['https://localhost/', /inside the network/],
      ['https://user:planted@example.com/', /holds a password/],
      ['file:///etc/passwd', /no https address/],
    ] as const) {
      const server = await serve(() => ({ status: 302, headers: { location } }))
      const store = createHttpsStore({ url: `${server.url}/focus.csv` }, testContext())
      const error = await all(store.list('')).catch((one: unknown) => one)
      expect(error).toBeInstanceOf(UserError)
      expect(String(error)).toMatch(message)
      expect(String(error)).not.toContain('planted')
    }
  })

  test('gives up after five redirects', async () => {
    const server = await serve(({ path }) => ({ status: 302, headers: { location: `${path}x` } }))
    const listing = all(createHttpsStore({ url: `${server.url}/focus.csv` }, testContext()).list(''))
    await expect(listing).rejects.toThrow(/more than 5 times/)
    expect(server.requests).toHaveLength(6)
  })

  test('is asked with its authorization, which no other server and no message sees', async () => {
    const other = await serve(() => ({ body: 'abc', headers: { etag: '"1"' } }))
    const server = await serve(({ path }) =>
      path === '/a' ? { status: 307, headers: { location: `${other.url}/b` } } : { status: 401 },
    )
    const authorization = 'Bearer planted-token-0123456789'
    const store = (path: string) => createHttpsStore({ url: server.url + path, authorization }, testContext())
    await all(store('/a').list(''))
    expect(server.requests[0]?.headers.authorization).toBe(authorization)
    expect(other.requests[0]?.headers.authorization).toBeUndefined()
    const error = await all(store('/c').list('')).catch((one: unknown) => one)
    expect(String(error)).toMatch(/401/)
    expect(String(error)).not.toContain('planted')
  })

  test.each([
    'http://example.com/focus.csv',
    'ftp://example.com/focus.csv',
    'https://me:planted@example.com/focus.csv',
  ])('refuses the address %s', (url) => {
    expect(() => createHttpsStore({ url }, testContext())).toThrow(UserError)
    expect(() => createHttpsStore({ url }, testContext())).not.toThrow('planted')
  })
})

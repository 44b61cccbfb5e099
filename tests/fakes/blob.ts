import { createHash } from 'node:crypto'
import { type FakeRequest, type FaultServer, type Handler, type Reply, startServer } from './fault-server.ts'

export interface BlobOptions {
  /** ISO instant; default 2026-03-20T00:00:00Z. */
  readonly modified?: string
  /** Without quotes; default made of the content. */
  readonly etag?: string
  /** Whether the blob states its MD5; default true. */
  readonly md5?: boolean
}

/** What tests set up and change. Keys are given as they are, not encoded. */
export interface BlobFake {
  readonly handler: Handler
  put(container: string, key: string, content: string | Buffer, options?: BlobOptions): void
  remove(container: string, key: string): void
  /** Reading (or listing) of keys that contain `part` answers this error. */
  deny(action: 'list' | 'read', part: string, error: { readonly status: number; readonly code: string }): void
  allow(): void
}

interface Stored {
  readonly content: Buffer
  readonly modified: Date
  readonly etag: string
  readonly md5: string | null
}

const account = 'devstoreaccount1'
/** A key that opens nothing; the fake asks for a signature and does not check it. */
export const plantedKey = Buffer.from('planted account key, never to be seen').toString('base64')

export function connectionStringOf(url: string): string {
  return `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${plantedKey};BlobEndpoint=${url}/${account};`
}

/** Blob storage's REST protocol for one account with path-style addresses: List Blobs and Get Blob. `pageSize` bounds a page. */
export function createBlob(options: { containers?: readonly string[]; pageSize?: number } = {}): BlobFake {
  const containers = new Map((options.containers ?? ['exports']).map((name) => [name, new Map<string, Stored>()]))
  const denied: { action: 'list' | 'read'; part: string; status: number; code: string }[] = []
  return {
    put(container, key, content, { modified, etag, md5 } = {}) {
      const bytes = Buffer.from(content)
      const hash = createHash('md5').update(bytes).digest('base64')
      containers.get(container)?.set(key, {
        content: bytes,
        modified: new Date(modified ?? '2026-03-20T00:00:00Z'),
        etag: etag ?? `0x8D${Buffer.from(hash, 'base64').toString('hex').slice(0, 13).toUpperCase()}`,
        md5: md5 === false ? null : hash,
      })
    },
    remove(container, key) {
      containers.get(container)?.delete(key)
    },
    deny(action, part, error) {
      denied.push({ action, part, ...error })
    },
    allow() {
      denied.length = 0
    },
    handler(request) {
      const [, owner, name = '', ...rest] = request.path.split('/')
      const container = containers.get(name)
      const key = rest.join('/')
      if (!request.headers.authorization?.startsWith(`SharedKey ${account}:`) && !request.query.has('sig'))
        return failed(401, 'NoAuthenticationInformation')
      if (owner !== account) return failed(400, 'InvalidUri')
      if (!container) return failed(404, 'ContainerNotFound')
      const listing = request.query.get('comp') === 'list'
      const at = listing ? (request.query.get('prefix') ?? '') : key
      const rule = denied.find(({ action, part }) => action === (listing ? 'list' : 'read') && at.includes(part))
      if (rule) return failed(rule.status, rule.code)
      return listing ? list(container, request, options.pageSize ?? 5000) : read(container.get(key), request)
    },
  }
}

export async function startBlob(
  options: { containers?: readonly string[]; pageSize?: number } = {},
): Promise<{ readonly blob: BlobFake; readonly server: FaultServer; readonly connection: string }> {
  const blob = createBlob(options)
  const server = await startServer(blob.handler)
  return { blob, server, connection: connectionStringOf(server.url) }
}

/** An error as Blob storage answers it; the fake's own requests and faults use it. */
export function failed(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-ms-error-code': code, ...headers },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code} it is.\nRequestId:0\nTime:0</Message></Error>`,
  }
}

const xmlText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function list(container: ReadonlyMap<string, Stored>, { query }: FakeRequest, pageSize: number): Reply {
  const after = query.get('marker') ?? ''
  const keys = [...container.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after).sort()
  const page = keys.slice(0, pageSize)
  const blobs = page.map((key) => {
    const { content, modified, etag, md5 } = container.get(key) as Stored
    return `<Blob><Name>${xmlText(key)}</Name><Properties><Last-Modified>${modified.toUTCString()}</Last-Modified><Etag>${etag}</Etag>
      <Content-Length>${content.length}</Content-Length><Content-Type>text/csv</Content-Type>${md5 ? `<Content-MD5>${md5}</Content-MD5>` : ''}
      <BlobType>BlockBlob</BlobType></Properties></Blob>`
  })
  return {
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://fake/" ContainerName="x"><Blobs>${blobs.join('')}</Blobs><NextMarker>${keys.length > pageSize ? xmlText(page.at(-1) ?? '') : ''}</NextMarker></EnumerationResults>`,
  }
}

function read(stored: Stored | undefined, { headers }: FakeRequest): Reply {
  if (!stored) return failed(404, 'BlobNotFound')
  const wanted = headers['if-match']
  if (wanted && wanted !== `"${stored.etag}"`) return failed(412, 'ConditionNotMet')
  const about = {
    etag: `"${stored.etag}"`,
    'last-modified': stored.modified.toUTCString(),
    'x-ms-blob-type': 'BlockBlob',
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(String(headers['x-ms-range'] ?? headers.range ?? ''))
  if (!range) return { headers: about, body: stored.content }
  const [from, to] = [Number(range[1]), range[2] ? Number(range[2]) : stored.content.length - 1]
  if (from >= stored.content.length) return failed(416, 'InvalidRange')
  return {
    status: 206,
    headers: { ...about, 'content-range': `bytes ${from}-${to}/${stored.content.length}` },
    body: stored.content.subarray(from, to + 1),
  }
}

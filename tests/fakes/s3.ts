import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { type FakeRequest, type FaultServer, type Handler, type Reply, startServer } from './fault-server.ts'
import { isSts, type StsFake, signerOf } from './sts.ts'

/** Content too large for memory: `read` streams the bytes [from, to). */
export interface GeneratedContent {
  readonly bytes: number
  read(from: number, to: number): Readable
}

export interface ObjectOptions {
  /** ISO instant; default 2026-03-20T00:00:00Z. */
  readonly modified?: string
  /** Without quotes; default the MD5 of the content, or one made of the length of generated content. */
  readonly etag?: string
  /** Answered with the object: `x-amz-server-side-encryption`, `x-amz-checksum-sha256` (the latter only when asked for), … */
  readonly headers?: Readonly<Record<string, string>>
}

type S3Action = 'ListBucket' | 'GetObject' | 'PutObject' | 'DeleteObject'

/** What tests set up and change. Keys are given as they are, not encoded. */
export interface S3Fake {
  readonly handler: Handler
  put(bucket: string, key: string, content: string | Buffer | GeneratedContent, options?: ObjectOptions): void
  remove(bucket: string, key: string): void
  /** Content of every object that is held in memory, by key. */
  contents(bucket: string): ReadonlyMap<string, Buffer>
  /** This action answers AccessDenied, for keys or prefixes that begin with `below`. */
  deny(action: S3Action, below?: string, message?: string): void
  allow(): void
  /** From now on every request answers this error, whoever signs: `ExpiredToken`, `InvalidAccessKeyId`; null: back to normal. */
  refuse(code: string | null): void
  /** Only requests signed with this access key are served. */
  acceptOnly(accessKeyId: string): void
  /** Listings go on showing what is there now, whatever is put or removed, until `thawListing`. */
  freezeListing(): void
  thawListing(): void
}

interface Stored {
  readonly content: Buffer | GeneratedContent
  readonly modified: Date
  readonly etag: string
  readonly headers: Readonly<Record<string, string>>
}

interface S3Options {
  readonly buckets?: readonly string[]
  readonly pageSize?: number
  readonly now?: () => Date
}

type Buckets = ReadonlyMap<string, ReadonlyMap<string, Stored>>

/**
 * S3's REST protocol with path-style addresses: ListObjectsV2, GetObject and HeadObject, PutObject and DeleteObject. `pageSize` bounds a page
 * of a listing; `now` dates what is put, by default 2026-03-20T00:00:00Z.
 */
export function createS3(options: S3Options = {}): S3Fake {
  const buckets = new Map((options.buckets ?? ['bills']).map((name) => [name, new Map<string, Stored>()]))
  const denied: { action: S3Action; below: string; message: string }[] = []
  let frozen: Buckets | null = null
  let refusal: string | null = null
  let accepted: string | null = null
  const bucketOf = (name: string) => {
    const bucket = buckets.get(name) ?? new Map<string, Stored>()
    buckets.set(name, bucket)
    return bucket
  }
  const refused = (action: S3Action, at: string): Reply | null => {
    const rule = denied.find((one) => one.action === action && at.startsWith(one.below))
    return rule ? failed(403, 'AccessDenied', rule.message) : null
  }
  const changes: Readonly<Record<string, (request: FakeRequest, bucket: string, key: string) => Reply>> = {
    PUT(request, bucket, key) {
      const failure = refused('PutObject', key) ?? damaged(request)
      if (!failure) fake.put(bucket, key, request.body, { modified: (options.now?.() ?? dated).toISOString() })
      return failure ?? { status: 200, headers: { etag: `"${md5(request.body)}"` } }
    },
    DELETE(_, bucket, key) {
      const failure = refused('DeleteObject', key)
      if (!failure) fake.remove(bucket, key)
      return failure ?? { status: 204 }
    },
  }
  const fake: S3Fake = {
    put(bucket, key, content, { modified, etag, headers } = {}) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      const plain = Buffer.isBuffer(bytes) ? md5(bytes) : `generated-${bytes.bytes}`
      const stored = { content: bytes, modified: new Date(modified ?? dated), etag: etag ?? plain }
      bucketOf(bucket).set(key, { ...stored, headers: headers ?? {} })
    },
    remove(bucket, key) {
      bucketOf(bucket).delete(key)
    },
    contents: (bucket) =>
      new Map(
        [...bucketOf(bucket)].flatMap(([key, { content }]) => (Buffer.isBuffer(content) ? [[key, content]] : [])),
      ),
    deny(action, below = '', message = 'Access Denied') {
      denied.push({ action, below, message })
    },
    allow() {
      denied.length = 0
    },
    refuse(code) {
      refusal = code
    },
    acceptOnly(accessKeyId) {
      accepted = accessKeyId
    },
    freezeListing() {
      frozen = new Map([...buckets].map(([name, objects]) => [name, new Map(objects)]))
    },
    thawListing() {
      frozen = null
    },
    handler(request) {
      const [, name = '', key = ''] = /^\/([^/]+)\/?(.*)$/s.exec(request.path) ?? []
      if (refusal !== null)
        return failed(refusal === 'InvalidAccessKeyId' ? 403 : 400, refusal, 'The credentials are not valid.')
      if (accepted !== null && signerOf(request) !== accepted)
        return failed(403, 'InvalidAccessKeyId', 'Unknown access key.')
      const bucket = buckets.get(name)
      if (!bucket) return failed(404, 'NoSuchBucket', 'The specified bucket does not exist')
      if (request.query.get('list-type') === '2') {
        const prefix = request.query.get('prefix') ?? ''
        return refused('ListBucket', prefix) ?? list(name, frozen?.get(name) ?? bucket, request.query, options.pageSize)
      }
      const change = changes[request.method]
      if (change) return change(request, name, key)
      return refused('GetObject', key) ?? get(bucket.get(key), request)
    },
  }
  return fake
}

const dated = new Date('2026-03-20T00:00:00Z')
const md5 = (content: Buffer) => createHash('md5').update(content).digest('hex')

/** What S3 refuses: a body that is not of the digest that was signed, of the length that was announced, or framed in chunks, which a fake need not take apart. */
function damaged({ headers, body }: FakeRequest): Reply | null {
  const signed = String(headers['x-amz-content-sha256'])
  if (signed.startsWith('STREAMING-')) return failed(501, 'NotImplemented', 'A body in signed chunks')
  if (signed !== 'UNSIGNED-PAYLOAD' && signed !== createHash('sha256').update(body).digest('hex'))
    return failed(400, 'XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match.")
  return Number(headers['content-length']) === body.length
    ? null
    : failed(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.')
}

/** A server for the fake; with `sts` its AssumeRole and GetCallerIdentity too, at the same address. */
export async function startS3(options: S3Options & { sts?: StsFake } = {}): Promise<S3Fake & FaultServer> {
  const fake = createS3(options)
  const { sts } = options
  const server = await startServer((request) => (sts && isSts(request) ? sts.handler(request) : fake.handler(request)))
  return { ...fake, ...server }
}

function list(name: string, objects: ReadonlyMap<string, Stored>, query: URLSearchParams, pageSize = 1000): Reply {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter')
  const token = query.get('continuation-token')
  const after = token === null ? '' : Buffer.from(token, 'base64').toString()
  const asked = Number(query.get('max-keys') ?? 1000)
  const page = { contents: [] as string[], folders: [] as string[], last: '', truncated: false }
  for (const [key, stored] of [...objects].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    if (!key.startsWith(prefix)) continue
    const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1
    const shown = cut < 0 ? key : key.slice(0, cut + 1)
    if (Buffer.compare(Buffer.from(shown), Buffer.from(after)) <= 0 || shown === page.last) continue
    if (page.contents.length + page.folders.length >= Math.min(pageSize, asked)) {
      page.truncated = true
      break
    }
    page.last = shown
    if (cut < 0) page.contents.push(entry(key, stored))
    else page.folders.push(`<CommonPrefixes><Prefix>${escaped(shown)}</Prefix></CommonPrefixes>`)
  }
  const next = `<NextContinuationToken>${Buffer.from(page.last).toString('base64')}</NextContinuationToken>`
  return xml(
    200,
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${name}</Name><Prefix>${escaped(prefix)}</Prefix>` +
      `<KeyCount>${page.contents.length + page.folders.length}</KeyCount><MaxKeys>${asked}</MaxKeys>` +
      `<IsTruncated>${page.truncated}</IsTruncated>${page.truncated ? next : ''}${page.contents.join('')}${page.folders.join('')}</ListBucketResult>`,
  )
}

function entry(key: string, { content, modified, etag }: Stored): string {
  const bytes = Buffer.isBuffer(content) ? content.length : content.bytes
  return (
    `<Contents><Key>${escaped(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>&quot;${etag}&quot;</ETag>` +
    `<Size>${bytes}</Size><StorageClass>STANDARD</StorageClass></Contents>`
  )
}

function get(stored: Stored | undefined, request: FakeRequest): Reply {
  if (!stored) return failed(404, 'NoSuchKey', 'The specified key does not exist.')
  const { content, modified, etag } = stored
  const wanted = request.headers['if-match']
  if (wanted !== undefined && wanted !== '*' && wanted.replaceAll('"', '') !== etag) {
    return failed(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
  const size = Buffer.isBuffer(content) ? content.length : content.bytes
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const from = range ? Number(range[1]) : 0
  const to = range?.[2] ? Math.min(size, Number(range[2]) + 1) : size
  if (range && from >= size) return failed(416, 'InvalidRange', 'The requested range is not satisfiable')
  const asked = request.headers['x-amz-checksum-mode'] === 'ENABLED' && !range
  const stated = Object.entries(stored.headers).filter(([header]) => asked || !header.startsWith('x-amz-checksum-'))
  return {
    status: range ? 206 : 200,
    headers: {
      'accept-ranges': 'bytes',
      'content-type': 'binary/octet-stream',
      etag: `"${etag}"`,
      'last-modified': modified.toUTCString(),
      'content-length': String(to - from),
      ...(range ? { 'content-range': `bytes ${from}-${to - 1}/${size}` } : {}),
      ...Object.fromEntries(stated),
    },
    body: Buffer.isBuffer(content) ? content.subarray(from, to) : bodyOf(content, from, to, request),
  }
}

const bodyOf = (content: GeneratedContent, from: number, to: number, request: FakeRequest) =>
  request.method === 'HEAD' ? Readable.from([]) : content.read(from, to)

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const xml = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
})

/** An error as S3 words it; `startServer`'s `status` fault takes its parts. */
export function failed(status: number, code: string, message: string): Reply & { status: number; body: string } {
  const body = `<Error><Code>${code}</Code><Message>${escaped(message)}</Message><RequestId>r</RequestId></Error>`
  return { ...xml(status, body), status, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` }
}

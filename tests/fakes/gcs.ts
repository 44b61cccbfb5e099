import { createHash } from 'node:crypto'
import { type FakeRequest, type FaultServer, type Reply, startServer } from './fault-server.ts'

/** One bucket of Cloud Storage as tests change it. */
export interface GcsFake {
  put(key: string, content: string | Buffer, options?: { readonly modified?: string }): void
  remove(key: string): void
}

interface Stored {
  readonly content: Buffer
  readonly modified: string
  readonly generation: number
}

/** Cloud Storage's JSON protocol: objects.list and objects.get with alt=media, ranges and generations. */
export async function startGcs(
  options: { bucket?: string; pageSize?: number } = {},
): Promise<{ readonly gcs: GcsFake; readonly server: FaultServer }> {
  const objects = new Map<string, Stored>()
  let generation = 1_700_000_000_000_000
  const bucket = options.bucket ?? 'bills'
  const server = await startServer((request) => {
    const [, place, name, key] =
      /^\/storage\/v1\/b\/([^/]+)\/(o)(?:\/(.+))?$/.exec(request.url.replace(/\?.*/, '')) ?? []
    if (place !== bucket || !name) return failed(404, 'notFound', 'The specified bucket does not exist.')
    if (key === undefined) return list(objects, request, options.pageSize ?? 1000)
    return read(objects.get(decodeURIComponent(key)), request)
  })
  return {
    server,
    gcs: {
      put(key, content, { modified } = {}) {
        generation += 1
        objects.set(key, {
          content: Buffer.from(content),
          modified: modified ?? '2026-03-20T00:00:00.000Z',
          generation,
        })
      },
      remove: (key) => objects.delete(key),
    },
  }
}

function failed(status: number, reason: string, message: string): Reply {
  const body = JSON.stringify({ error: { code: status, message, errors: [{ domain: 'global', reason, message }] } })
  return { status, headers: { 'content-type': 'application/json' }, body }
}

function list(objects: ReadonlyMap<string, Stored>, { query }: FakeRequest, pageSize: number): Reply {
  const after = query.get('pageToken') ?? ''
  const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after).sort()
  const page = keys.slice(0, pageSize)
  const items = page.map((key) => {
    const { content, modified, generation } = objects.get(key) as Stored
    const md5Hash = createHash('md5').update(content).digest('base64')
    return {
      kind: 'storage#object',
      name: key,
      size: String(content.length),
      generation: String(generation),
      updated: modified,
      md5Hash,
    }
  })
  const next = keys.length > pageSize ? { nextPageToken: page.at(-1) } : {}
  return {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'storage#objects', items, ...next }),
  }
}

function read(stored: Stored | undefined, { headers, query }: FakeRequest): Reply {
  const wanted = query.get('generation')
  if (!stored || (wanted && wanted !== String(stored.generation))) return failed(404, 'notFound', 'No such object')
  const about = { 'x-goog-generation': String(stored.generation), 'x-goog-stored-content-encoding': 'identity' }
  const range = /^bytes=(\d+)-/.exec(String(headers.range ?? ''))
  if (!range) return { headers: about, body: stored.content }
  const from = Number(range[1])
  if (from >= stored.content.length) return failed(416, 'requestedRangeNotSatisfiable', 'Range')
  return {
    status: 206,
    headers: { ...about, 'content-range': `bytes ${from}-${stored.content.length - 1}/${stored.content.length}` },
    body: stored.content.subarray(from),
  }
}

import { Hono } from 'hono'
import type { CatalogEntry } from '../catalog/catalog.ts'
import { answerOf } from './answer.ts'
import { type Ask, mediaTypes, readAsk } from './ask.ts'
import type { ApiContext, Snapshot, StreamFormat } from './context.ts'
import { type ApiEnv, type ApiRequest, deliver, entityTag, isKnown, notModified, refuse, takesGzip } from './http.ts'

/** Short names for the questions asked most. */
export const aliases: readonly { readonly path: string; readonly query: string }[] = [
  { path: 'costs', query: 'cost_explorer' },
  { path: 'tag-coverage', query: 'tag_coverage' },
  { path: 'unit-costs', query: 'unit_cost' },
  { path: 'variance', query: 'spend_variance' },
  { path: 'commitments', query: 'commitment_utilization' },
]

const maximalStreams = 4

/** `/queries`, `/queries/{name}` and the aliases. `revision` changes when the text of the queries does. */
export function queryRoutes(context: ApiContext, revision: string): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const answer = answerer(context, revision)
  app.get('/queries', async (c) => {
    const queries = [...context.catalog.values()].map(({ sql: _, ...entry }) => ({
      ...entry,
      href: `/api/v1/queries/${entry.name}`,
    }))
    return deliver(c, {
      type: 'application/json',
      body: JSON.stringify({ queries }),
      etag: await entityTag(revision, 'queries'),
    })
  })
  app.get('/queries/:name/sql', async (c) => {
    const { sql } = entryOf(context, c.req.param('name'))
    return deliver(c, { type: 'application/sql; charset=utf-8', body: sql, etag: await entityTag(sql) })
  })
  app.get('/queries/:name', (c) => answer(c, entryOf(context, c.req.param('name'))))
  for (const { path, query } of aliases) {
    if (context.catalog.has(query)) app.get(`/${path}`, (c) => answer(c, entryOf(context, query)))
  }
  return app
}

/** The query called `name`, else 404. */
export function entryOf(context: ApiContext, name: string): CatalogEntry {
  return (
    context.catalog.get(name) ??
    refuse({
      status: 404,
      code: 'unknown-query',
      detail: `there is no query called ${name.slice(0, 100)}`,
      hint: 'GET /api/v1/queries lists them all.',
    })
  )
}

/** 404 with the remedy while nothing has been imported. */
export function requireData(context: ApiContext): void {
  if (context.current() !== null) return
  refuse({
    status: 404,
    code: 'no-data',
    detail: 'nothing has been imported yet',
    hint: 'Run `costwright import <files>` or `costwright demo` first.',
  })
}

/** 404 when nothing had landed by then. */
export async function requireDataBy(snapshot: Snapshot, asOf: string): Promise<void> {
  if ((await snapshot.lake()).version_count > 0) return
  refuse({
    status: 404,
    code: 'no-data',
    detail: `nothing had landed by ${asOf}`,
    hint: 'GET /api/v1/sources lists the deliveries.',
  })
}

function answerer(context: ApiContext, revision: string) {
  let streams = 0
  return async (c: ApiRequest, entry: CatalogEntry): Promise<Response> => {
    const ask = readAsk(c, entry)
    requireData(context)
    return context.use(ask.asOf, async (snapshot) => {
      if (ask.asOf !== undefined) await requireDataBy(snapshot, ask.asOf)
      const etag = await entityTag(revision, snapshot.id, ask.format, c.req.url)
      if (isKnown(c, etag)) return notModified(etag)
      if (ask.format === 'json') {
        return deliver(c, { type: mediaTypes.json, body: await answerOf(snapshot, entry, ask, c.req.raw.signal), etag })
      }
      const headers = streamHeaders(entry, ask, etag, snapshot)
      if (c.req.method === 'HEAD') return new Response(null, { headers })
      if (streams >= maximalStreams) {
        refuse({
          status: 503,
          code: 'busy',
          detail: `${maximalStreams} downloads are running`,
          hint: 'Try again when one has ended.',
        })
      }
      streams += 1
      const rows = snapshot.stream(entry, ask.params, ask.format, c.req.raw.signal)
      const { promise, resolve } = Promise.withResolvers<number>()
      const body = await primed(rows, (bytes) => {
        streams -= 1
        resolve(bytes)
      })
      if (c.env?.visit) c.env.visit.ended = promise
      return streamed(c, body, headers)
    })
  }
}

function streamHeaders(entry: CatalogEntry, ask: Ask, etag: string, snapshot: Snapshot): Record<string, string> {
  return {
    'content-type': ask.format === 'csv' ? 'text/csv; charset=utf-8; header=present' : mediaTypes[ask.format],
    'content-disposition': `attachment; filename="${entry.name}.${extensions[ask.format as StreamFormat]}"`,
    etag,
    'cache-control': 'private, no-cache',
    vary: 'Accept, Accept-Encoding',
    'x-data-state': snapshot.id,
  }
}

/** Endings of files by format. */
export const extensions: Readonly<Record<StreamFormat, string>> = { csv: 'csv', arrow: 'arrows', parquet: 'parquet' }

/**
 * The first piece is made before the answer starts, so that a query that fails gives an error and not a broken file; what fails later closes
 * the connection. `ended` gets the bytes taken.
 */
export async function primed(
  pieces: AsyncGenerator<Uint8Array>,
  ended: (bytes: number) => void,
): Promise<ReadableStream<Uint8Array>> {
  let first: IteratorResult<Uint8Array> | undefined
  let bytes = 0
  const finish = once(() => ended(bytes))
  try {
    first = await pieces.next()
  } catch (error) {
    finish()
    throw error
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece =
          first ??
          (await pieces.next().catch((cause: unknown) => {
            finish()
            throw new Error('the rows ended early', { cause })
          }))
        first = undefined
        if (!piece.done) {
          bytes += piece.value.length
          return controller.enqueue(piece.value)
        }
        finish()
        controller.close()
      },
      async cancel() {
        finish()
        await pieces.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

function once(action: () => void): () => void {
  let done = false
  return () => {
    if (!done) action()
    done = true
  }
}

function streamed(c: ApiRequest, body: ReadableStream<Uint8Array>, headers: Record<string, string>): Response {
  const text = headers['content-type']?.startsWith('text/csv') && takesGzip(c)
  if (!text) return new Response(body, { headers })
  const zipped = body.pipeThrough(new CompressionStream('gzip') as unknown as TransformStream<Uint8Array, Uint8Array>)
  return new Response(zipped, { headers: { ...headers, 'content-encoding': 'gzip' } })
}

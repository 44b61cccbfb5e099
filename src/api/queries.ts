import { Hono } from 'hono'
import type { CatalogEntry } from '../catalog/catalog.ts'
import { answerOf } from './answer.ts'
import { type Ask, mediaTypes, readAsk } from './ask.ts'
import type { ApiContext, Snapshot, StreamFormat } from './context.ts'
import { extensions, primed, streamed } from './download.ts'
import { type ApiEnv, type ApiRequest, deliver, entityTag, isKnown, notModified, refuse } from './http.ts'

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
  const download = downloads()
  return async (c: ApiRequest, entry: CatalogEntry): Promise<Response> => {
    const ask = readAsk(c, entry)
    requireData(context)
    return context.use(ask.asOf, async (snapshot) => {
      if (ask.asOf !== undefined) await requireDataBy(snapshot, ask.asOf)
      const etag = await entityTag(revision, snapshot.id, ask.format, c.req.url)
      if (isKnown(c, etag)) return notModified(etag)
      const { format } = ask
      if (format === 'json') {
        return deliver(c, { type: mediaTypes.json, body: await answerOf(snapshot, entry, ask, c.req.raw.signal), etag })
      }
      const headers = streamHeaders(entry, ask, etag, snapshot)
      if (c.req.method === 'HEAD') return new Response(null, { headers })
      return download(c, () => snapshot.stream(entry, ask.params, format, c.req.raw.signal), headers)
    })
  }
}

/** Sends the pieces that `start` makes, to so many readers at once. */
function downloads() {
  let running = 0
  return async (c: ApiRequest, start: () => AsyncGenerator<Uint8Array>, headers: Record<string, string>) => {
    if (running >= maximalStreams) {
      refuse({
        status: 503,
        code: 'busy',
        detail: `${maximalStreams} downloads are running`,
        hint: 'Try again when one has ended.',
      })
    }
    running += 1
    return streamed(c, await primed(c, start(), () => (running -= 1)), headers)
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

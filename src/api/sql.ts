import { Hono } from 'hono'
import { z } from 'zod'
import { dataMeta } from './answer.ts'
import { asInstant, formatOf, mediaTypes } from './ask.ts'
import { jsonBody } from './body.ts'
import type { ApiContext, Snapshot, StreamFormat } from './context.ts'
import { extensions, primed } from './download.ts'
import { type ApiEnv, type ApiRequest, refuse } from './http.ts'
import { requireData } from './queries.ts'
import type { Turns } from './turns.ts'

const bodySchema = z.strictObject({
  sql: z.string().min(1).max(15_000),
  as_of: z.string().optional(),
  limit: z.int().min(1).max(100_000_000).optional(),
})

type Statement = z.output<typeof bodySchema>

const example = '{"sql": "select service_name, sum(effective_cost) from daily group by 1"}'
const fresh = { 'cache-control': 'no-store', vary: 'Accept' } as const

/**
 * `POST /sql`: one statement that reads, over exactly what the caller may see, as JSON of at most 10,000 rows, or as CSV, Arrow or Parquet of
 * as many as are configured, by Accept or `format`. It takes 20 s at most, and ends when the caller leaves.
 */
export function sqlRoutes(context: ApiContext, statements: Turns): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.post('/sql', async (c) => {
    const format = formatOf(c, c.req.query('format'))
    const asked = await jsonBody(c.req.raw, bodySchema, example)
    const asOf = asked.as_of === undefined ? undefined : asInstant(asked.as_of)
    requireData(context)
    return statements.run('statements', () =>
      context.use(asOf, async (snapshot) => {
        if (format !== 'json') return sendFile(c, snapshot, asked, format)
        const { columns, rows, truncated } = await snapshot.statement(asked.sql, c.req.raw.signal, asked.limit)
        const meta = {
          ...{ query: null, sql: asked.sql, ledger: null, basis: null, currency: null },
          ...dataMeta(await snapshot.lake()),
          ...{ as_of: asOf ?? null, state: snapshot.id, row_count: rows.length, truncated },
        }
        return c.json({ columns, rows, meta }, 200, fresh)
      }),
    )
  })
  return app
}

/** The file is complete before its first byte goes, so its headers say how many rows it has and whether there are more. */
async function sendFile(c: ApiRequest, snapshot: Snapshot, asked: Statement, format: StreamFormat): Promise<Response> {
  const { signal } = c.req.raw
  const file = await snapshot.statementFile(asked.sql, format, { signal, rows: asked.limit })
  const { complete_through } = dataMeta(await snapshot.lake())
  if (signal.aborted) {
    await file.discard()
    return refuse({ status: 503, code: 'gone', detail: 'the caller left' })
  }
  const body = await primed(c, file.pieces())
  return new Response(body, {
    headers: {
      ...fresh,
      'content-type': format === 'csv' ? 'text/csv; charset=utf-8; header=present' : mediaTypes[format],
      'content-disposition': `attachment; filename="statement.${extensions[format]}"`,
      'x-row-count': String(file.row_count),
      'x-truncated': String(file.truncated),
      'x-data-state': snapshot.id,
      ...(complete_through === null ? {} : { 'x-complete-through': complete_through }),
    },
  })
}

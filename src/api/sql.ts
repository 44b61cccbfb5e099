import { Hono } from 'hono'
import { z } from 'zod'
import { dataMeta } from './answer.ts'
import { asInstant } from './ask.ts'
import { jsonBody } from './body.ts'
import type { ApiContext } from './context.ts'
import { type ApiEnv, refuse } from './http.ts'
import { requireData } from './queries.ts'

const bodySchema = z.strictObject({ sql: z.string().min(1).max(15_000), as_of: z.string().optional() })

const example = '{"sql": "select service_name, sum(effective_cost) from daily group by 1"}'
const mostStatements = 2

/** `POST /sql`: one statement that reads, over exactly what the caller may see. An answer has at most 10,000 rows and takes 20 s. */
export function sqlRoutes(context: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  let running = 0
  app.post('/sql', async (c) => {
    const { sql, as_of } = await jsonBody(c.req.raw, bodySchema, example)
    requireData(context)
    if (running >= mostStatements)
      refuse({ status: 503, code: 'busy', detail: `${mostStatements} statements are running`, hint: 'Try again soon.' })
    running += 1
    try {
      return await context.use(as_of === undefined ? undefined : asInstant(as_of), async (snapshot) => {
        const { columns, rows, truncated } = await snapshot.statement(sql, c.req.raw.signal)
        const meta = { ...dataMeta(await snapshot.lake()), state: snapshot.id, row_count: rows.length, truncated }
        return c.json({ columns, rows, meta }, 200, { 'cache-control': 'no-store' })
      })
    } finally {
      running -= 1
    }
  })
  return app
}

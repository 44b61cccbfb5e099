import { Hono } from 'hono'
import { dataMeta } from './answer.ts'
import type { ApiContext } from './context.ts'
import { type ApiEnv, deliver, entityTag } from './http.ts'
import { requireData } from './queries.ts'

/** `/sources`, `/reconciliation`, `/health`. */
export function statusRoutes(context: ApiContext, revision: string): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/sources', async (c) => {
    requireData(context)
    return context.use(undefined, async (snapshot) => {
      const lake = await snapshot.lake()
      const collections = context.collections()
      const body = {
        sources: lake.sources,
        collections,
        deliveries: lake.deliveries.rows,
        metrics: lake.metrics,
        meta: {
          ...{ query: 'sources', row_count: lake.sources.length },
          currency: [...new Set(lake.sources.map(({ currency }) => currency))].sort(),
          ...dataMeta(lake),
          state: snapshot.id,
        },
      }
      return deliver(c, {
        type: 'application/json',
        body: JSON.stringify(body),
        etag: await entityTag(revision, snapshot.id, 'sources', JSON.stringify(collections)),
      })
    })
  })
  app.get('/reconciliation', async (c) => {
    requireData(context)
    return context.use(undefined, async (snapshot) => {
      const lake = await snapshot.lake()
      const differing = lake.versions.rows.filter(
        (row) => row['status'] === 'differs' || row['status'] === 'rows_differ',
      ).length
      const meta = { ...dataMeta(lake), state: snapshot.id, ties: differing === 0, differing }
      const body = JSON.stringify({ ...lake.versions, meta })
      return deliver(c, {
        type: 'application/json',
        body,
        etag: await entityTag(revision, snapshot.id, 'reconciliation'),
      })
    })
  })
  app.get('/health', async (c) => {
    if (context.current() === null)
      return c.json({ status: 'empty', state: null, complete_through: null, newest_landed_at: null })
    return context.use(undefined, async (snapshot) => {
      const { complete_through, newest_landed_at } = await snapshot.lake()
      return c.json({ status: 'ok', state: snapshot.id, complete_through, newest_landed_at }, 200, {
        'cache-control': 'no-store',
      })
    })
  })
  return app
}

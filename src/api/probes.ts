import { Hono } from 'hono'
import type { ApiEnv } from './http.ts'

/** Asked by those who watch the process; nobody need say who he is. */
export const probePaths: ReadonlySet<string> = new Set(['/livez', '/readyz'])

/** `/livez`: the process answers. `/readyz`: it has data and does not end, so that requests may come. */
export function probeRoutes(isReady: () => Promise<boolean>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const headers = { 'cache-control': 'no-store' }
  app.get('/livez', (c) => c.text('alive\n', 200, headers))
  app.get('/readyz', async (c) =>
    (await isReady()) ? c.text('ready\n', 200, headers) : c.text('not ready\n', 503, headers),
  )
  return app
}

/** Measurements as text that Prometheus reads. */
export interface Exposition {
  readonly type: string
  readonly body: string
}

/** `/metrics`, as OpenMetrics for those who accept it. */
export function metricRoutes(expose: (accept: string) => Promise<Exposition>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/metrics', async (c) => {
    const { type, body } = await expose(c.req.header('accept') ?? '')
    return new Response(body, { headers: { 'content-type': type, 'cache-control': 'no-store', vary: 'Accept' } })
  })
  return app
}

import { Hono } from 'hono'
import type { ApiContext } from './context.ts'
import { eventStream, lastEventId } from './event-stream.ts'
import { type ApiEnv, refuse } from './http.ts'
import type { Listeners } from './listeners.ts'
import { queryParams } from './query-params.ts'

/** `/alerts/events`: incidents as they open, change and end. Without an id to go on after, it begins now. */
export function alertEventRoutes({ incidentFeed: feed }: ApiContext, listeners: Listeners): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/alerts/events', (c) => {
    queryParams(c, 'alerts/events', ['after'])
    if (!feed) return refuse({ status: 404, code: 'no-incidents', detail: 'this server keeps no incidents' })
    const newest = feed.newest()
    return eventStream(c, { feed, after: Math.min(lastEventId(c, newest), newest), listeners })
  })
  return app
}

import { Hono } from 'hono'
import type { ApiContext } from '../api/context.ts'
import { levelOf } from '../api/forecasts.ts'
import type { ApiEnv } from '../api/http.ts'
import { forecastPage } from './forecast-pages.ts'

/** `/forecasts` as HTML; without a currency the one with most scopes. */
export function forecastPageRoutes(context: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/forecasts', async (c) => {
    const issued = context.forecasts().toSorted((a, b) => b.forecasts.length - a.forecasts.length)
    const forecast = issued.find(({ currency }) => currency === c.req.query('currency')) ?? issued[0]
    const isCurrent = forecast?.data_version === context.current()
    const level = levelOf(c.req.query('level') || undefined)
    return c.html(await forecastPage({ issued, forecast, level, isCurrent }), 200, { 'cache-control': 'no-store' })
  })
  return app
}

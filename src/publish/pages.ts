import type { Hono } from 'hono'
import type { ApiContext, Snapshot } from '../api/context.ts'
import type { ApiEnv } from '../api/http.ts'
import { findQuery } from '../catalog/find.ts'
import { UpstreamError } from '../errors.ts'

/** Addresses of the pages that people open: what they ask must be answered at the edge. */
export async function pageAddresses(context: ApiContext, snapshot: Snapshot): Promise<string[]> {
  const months = await snapshot.query(findQuery(context.catalog, 'months'), {}, { offset: 0, limit: 1000 })
  const { sources } = await snapshot.lake()
  const currencies = [...new Set(sources.map(({ currency }) => currency))].sort()
  const free = [...context.catalog.values()].filter(({ params }) =>
    params.every(({ fallback }) => fallback !== undefined),
  )
  return [
    '/',
    ...currencies.flatMap((currency) =>
      months.rows.map((row) => `/?${new URLSearchParams({ month: String(row['charge_month']), currency })}`),
    ),
    ...free.map(({ name }) => `/queries/${name}`),
    ...['/queries', '/alerts', '/forecasts'],
  ]
}

/** Opens the page as a browser would. What is refused for want of a part (404) is refused at the edge too. */
export async function openPage(app: Hono<ApiEnv>, address: string): Promise<void> {
  const response = await app.request(address)
  const body = await response.text()
  if (response.status >= 500) throw new UpstreamError('publish', `the page ${address} fails: ${body.slice(0, 300)}`)
}

import type { Hono } from 'hono'
import type { ApiEnv } from '../api/http.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Values } from './questions.ts'

/** Addresses of the pages that people open: what they ask must be answered at the edge. */
export function pageAddresses(catalog: Catalog, { months, currencies }: Values): string[] {
  const free = [...catalog.values()].filter(({ params }) => params.every(({ fallback }) => fallback !== undefined))
  return [
    '/',
    ...currencies.map((currency) => `/?${new URLSearchParams({ currency })}`),
    ...currencies.flatMap((currency) => months.map((month) => `/?${new URLSearchParams({ month, currency })}`)),
    ...months.map((month) => `/?${new URLSearchParams({ month })}`),
    ...free.map(({ name }) => `/queries/${name}`),
    ...['/queries', '/alerts', '/forecasts'],
  ]
}

/**
 * Opens a page as a browser would. A page that this application does not have (404) is not there at the edge either.
 *
 * @throws Error for a page that fails
 */
export async function openPage(app: Hono<ApiEnv>, address: string): Promise<void> {
  const response = await app.request(address)
  const body = await response.text()
  if (response.status >= 500) throw new Error(`the page ${address} fails: ${body.slice(0, 300)}`)
}

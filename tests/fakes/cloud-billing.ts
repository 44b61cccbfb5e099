import type { FakeRequest, Handler, Reply } from './fault-server.ts'

type Json = Readonly<Record<string, unknown>>
type List = 'accounts' | 'projects' | 'budgets' | 'services' | 'skus'

/** What tests set up and change. Items are in the form of Google's REST API. */
export interface CloudBillingFake {
  readonly handler: Handler
  readonly accounts: Json[]
  /** By billing account: `billingAccounts/…`. */
  readonly projects: Map<string, Json[]>
  readonly budgets: Map<string, Json[]>
  readonly services: Json[]
  /** By service: `services/…`. */
  readonly skus: Map<string, Json[]>
  /** This list answers a refusal, until `allow`. */
  refuse(list: List, status: number, message: string): void
  allow(): void
}

/** Cloud Billing v1, its catalogue and Budgets v1 over REST, `pageSize` items a page at most. */
export function createCloudBilling({ pageSize = 2 } = {}): CloudBillingFake {
  const accounts: Json[] = []
  const services: Json[] = []
  const projects = new Map<string, Json[]>()
  const budgets = new Map<string, Json[]>()
  const skus = new Map<string, Json[]>()
  const refusals = new Map<List, Reply>()

  const routes: readonly (readonly [RegExp, List, string, (owner: string) => readonly Json[] | undefined])[] = [
    [/^\/v1\/billingAccounts()$/, 'accounts', 'billingAccounts', () => accounts],
    [/^\/v1\/(billingAccounts\/[^/]+)\/projects$/, 'projects', 'projectBillingInfo', (owner) => projects.get(owner)],
    [/^\/v1\/(billingAccounts\/[^/]+)\/budgets$/, 'budgets', 'budgets', (owner) => budgets.get(owner)],
    [/^\/v1\/services()$/, 'services', 'services', () => services],
    [/^\/v1\/(services\/[^/]+)\/skus$/, 'skus', 'skus', (owner) => skus.get(owner)],
  ]

  function page(request: FakeRequest, field: string, items: readonly Json[]): Reply {
    const from = Number(request.query.get('pageToken') ?? 0)
    const to = from + Math.min(pageSize, Number(request.query.get('pageSize') ?? pageSize))
    return json(200, { [field]: items.slice(from, to), ...(to < items.length && { nextPageToken: String(to) }) })
  }

  return {
    accounts,
    projects,
    budgets,
    services,
    skus,
    refuse: (list, status, message) => refusals.set(list, refuse(status, message)),
    allow: () => refusals.clear(),
    handler(request) {
      for (const [pattern, list, field, items] of routes) {
        const owner = pattern.exec(request.path)?.[1]
        if (owner !== undefined) return refusals.get(list) ?? page(request, field, items(owner) ?? [])
      }
      return refuse(404, `Not found: ${request.path}`)
    },
  }
}

const words: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
}

const json = (status: number, body: unknown) => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8' },
  body: JSON.stringify(body, null, 2),
})

/** Google's error body, laid out over several lines as Google does; also for faults of the server. */
export const refuse = (status: number, message: string) =>
  json(status, { error: { code: status, message, status: words[status] } })

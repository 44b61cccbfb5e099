import { createApp } from './api/app.ts'
import type { IncidentDesk } from './api/incident-desk.ts'
import { type ApiContextOptions, createApiContext, type WarehouseContext } from './api-context.ts'
import { ownDesk, ownFeed, ownForecast } from './audience-view.ts'
import type { WarehouseFile } from './open-state.ts'

/** An application, and what keeps it on the newest data. */
export interface RunningApp {
  readonly fetch: Awaited<ReturnType<typeof createApp>>['fetch']
  readonly context: WarehouseContext
}

export type AppOptions = NonNullable<Parameters<typeof createApp>[1]>

export async function openApp(context: ApiContextOptions, options: AppOptions): Promise<RunningApp> {
  const opened = await createApiContext(context)
  const app = await createApp(opened, options)
  return { fetch: app.fetch, context: opened }
}

export interface AudienceOptions {
  readonly whole: ApiContextOptions
  readonly app: AppOptions
  /** The warehouse of some teams, at an instant or now. */
  readonly build: (teams: readonly string[], asOf?: string) => Promise<WarehouseFile>
  /** What makes recommendations and reports of these teams' own. */
  readonly desks: (own: ReadonlySet<string>, incidents: IncidentDesk | null) => Desks
}

export type Desks = Pick<ApiContextOptions, 'savings' | 'reports'>

/** Applications for people who may see some teams only, one for each set of teams that asked last. */
export interface AudienceApps {
  of(teams: readonly string[]): Promise<RunningApp>
  refresh(): Promise<void>
  close(): Promise<void>
}

const mostAudiences = 20

export function audienceApps({ whole, app, ...making }: AudienceOptions): AudienceApps {
  const open = new Map<string, Promise<RunningApp>>()
  const close = (one: Promise<RunningApp>) => one.then(({ context }) => context.close()).catch(() => undefined)
  return {
    of(teams) {
      const key = JSON.stringify([...new Set(teams)].sort())
      const known = open.get(key) ?? openApp(restricted(whole, teams, making), app)
      known.catch(() => open.delete(key))
      open.delete(key)
      open.set(key, known)
      for (const [oldest, one] of open) {
        if (open.size <= mostAudiences) break
        open.delete(oldest)
        void close(one)
      }
      return known
    },
    async refresh() {
      for (const one of open.values()) await (await one).context.refresh()
    },
    async close() {
      const all = [...open.values()]
      open.clear()
      await Promise.all(all.map(close))
    },
  }
}

/** The same for people who may see these teams only: their own warehouse, forecasts and incidents; no savings, reports or collections. */
export function restricted(
  whole: ApiContextOptions,
  teams: readonly string[],
  { build, desks }: Pick<AudienceOptions, 'build' | 'desks'>,
): ApiContextOptions {
  const own = new Set(teams)
  const { savings: _savings, reports: _reports, ...shared } = whole
  const incidents = whole.incidents ? ownDesk(whole.incidents, own) : null
  let seen: { of: string; file: WarehouseFile } | null = null
  return {
    ...shared,
    ...desks(own, incidents),
    collections: () => [],
    forecasts: () => (whole.forecasts?.() ?? []).map((forecast) => ownForecast(forecast, own)),
    ...(incidents ? { incidents } : {}),
    ...(whole.incidentFeed ? { incidentFeed: ownFeed(whole.incidentFeed, own) } : {}),
    async current() {
      const newest = await whole.current()
      if (newest && seen?.of !== newest.id) seen = { of: newest.id, file: await build(teams) }
      return newest && seen ? seen.file : null
    },
    build: (asOf) => build(teams, asOf),
  }
}

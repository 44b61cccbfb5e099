import { createApp } from './api/app.ts'
import type { IncidentDesk, OwnedIncident } from './api/incident-desk.ts'
import { type ApiContextOptions, createApiContext, type WarehouseContext, type WarehouseFile } from './api-context.ts'
import { UserError } from './errors.ts'
import type { StoredForecast } from './forecast/issued.ts'
import type { Scope } from './state/silences.ts'

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
}

/** Applications for people who may see some teams only, one for each set of teams that asked last. */
export interface AudienceApps {
  of(teams: readonly string[]): Promise<RunningApp>
  refresh(): Promise<void>
  close(): void
}

const mostAudiences = 20

export function audienceApps({ whole, app, build }: AudienceOptions): AudienceApps {
  const open = new Map<string, Promise<RunningApp>>()
  const close = (one: Promise<RunningApp>) => one.then(({ context }) => context.close()).catch(() => undefined)
  return {
    of(teams) {
      const key = JSON.stringify([...new Set(teams)].sort())
      const known = open.get(key) ?? openApp(restricted(whole, teams, build), app)
      known.catch(() => open.delete(key))
      open.delete(key)
      open.set(key, known)
      for (const [oldest, one] of open) {
        if (open.size <= mostAudiences) break
        open.delete(oldest)
        close(one)
      }
      return known
    },
    async refresh() {
      for (const one of open.values()) await (await one).context.refresh()
    },
    close() {
      for (const one of open.values()) close(one)
      open.clear()
    },
  }
}

/** The same for people who may see these teams only: their own warehouse, forecasts and incidents; no savings, reports or collections. */
export function restricted(
  whole: ApiContextOptions,
  teams: readonly string[],
  build: AudienceOptions['build'],
): ApiContextOptions {
  const own = new Set(teams)
  const { savings: _savings, reports: _reports, ...shared } = whole
  let seen: { of: string; file: WarehouseFile } | null = null
  return {
    ...shared,
    collections: () => [],
    forecasts: () => (whole.forecasts?.() ?? []).map((forecast) => ownForecast(forecast, own)),
    ...(whole.incidents ? { incidents: ownDesk(whole.incidents, own) } : {}),
    async current() {
      const newest = await whole.current()
      if (newest && seen?.of !== newest.id) seen = { of: newest.id, file: await build(teams) }
      return newest && seen ? seen.file : null
    },
    build: (asOf) => build(teams, asOf),
  }
}

function ownForecast(forecast: StoredForecast, own: ReadonlySet<string>): StoredForecast {
  return {
    ...forecast,
    events: [],
    forecasts: forecast.forecasts.filter(({ level, scope }) => level === 'team' && own.has(scope['team'] ?? '')),
  }
}

/** The incidents of these teams' own series: a sum over several teams is nobody's alone. */
function ownDesk(desk: IncidentDesk, own: ReadonlySet<string>): IncidentDesk {
  const isOwn = ({ series }: { readonly series: Scope }) => series.team !== undefined && own.has(series.team ?? '')
  const find = (id: string) => {
    const found = desk.find(id)
    return found && isOwn(found.incident) ? found : null
  }
  return {
    list: (state) => desk.list(state).filter((one: OwnedIncident) => isOwn(one)),
    find,
    decide(choice) {
      const scope = choice.scope ?? find(choice.incident)?.incident.series
      if (!find(choice.incident) || !scope || !isOwn({ series: scope }))
        throw new UserError('the decision covers more than your teams', {
          hint: 'Name one of your teams in its scope.',
        })
      return desk.decide(choice)
    },
    newestRun() {
      const run = desk.newestRun()
      return run && { ...run, findings: run.findings.filter(isOwn) }
    },
    slack: null,
    usefulness: () => ({ told: 0, judged: 0, actionable: 0, share: null }),
  }
}

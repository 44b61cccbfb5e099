import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { localHosts, requestIds } from './api/app.ts'
import { createGate } from './api/gate.ts'
import { securityHeaders } from './api/guard.ts'
import type { IncidentDesk } from './api/incident-desk.ts'
import { createListeners } from './api/listeners.ts'
import { rateLimiter } from './api/rate-limit.ts'
import { turns } from './api/turns.ts'
import type { Visit } from './api/visit.ts'
import type { ApiContextOptions } from './api-context.ts'
import { type AudienceApps, audienceApps, type Desks, openApp, type RunningApp } from './audience-apps.ts'
import { loadCatalog } from './catalog/catalog.ts'
import { UserError } from './errors.ts'
import { explorerScript } from './explorer-script.ts'
import { newestForecasts } from './forecast/issued-store.ts'
import type { SpawnJob } from './jobs/run-job.ts'
import { listen, type NodeEnv } from './listen.ts'
import { createLog, type Log } from './log.ts'
import { currentWarehouse } from './pipeline/build.ts'
import { chooseRules, loadRules } from './recommend/rules.ts'
import { reportDesks } from './report-source.ts'
import { reportThreads } from './report-threads.ts'
import type { Runtime } from './runtime.ts'
import { createIdentify } from './runtime-auth.ts'
import { createDesks } from './runtime-desks.ts'
import type { Alerts } from './runtime-notify.ts'
import { createSavings } from './runtime-savings.ts'
import { failureLog, measure, openDoor } from './server-door.ts'
import { listKeys } from './state/api-keys.ts'
import { appendAudit } from './state/audit.ts'
import { openReadOnly } from './warehouse/duckdb-stream.ts'
import { openSandbox } from './warehouse/sandbox.ts'
import { styleHash } from './web/style.ts'

export interface ServerOptions {
  readonly runtime: Runtime
  /** Default: this machine only. */
  readonly host?: string
  /** 0 takes any free one. */
  readonly port?: number
  readonly onReady?: (url: string) => void
  /** Starts the processes of jobs; without it there are no jobs, uploads or keys over the API. */
  readonly spawnJob?: SpawnJob
  /** Told of failures that are not the caller's, and of requests where configured; as text on standard error by default. */
  readonly log?: Log
}

export interface RunningServer {
  readonly url: string
  /**
   * Ends as operators expect it: not ready any more, then `server.drain_seconds` for those who pass requests on, then no more
   * connections, and `server.grace_seconds` for what runs; then the warehouse is closed.
   */
  close(): Promise<void>
}

const pollMs = 1000

const localAddresses = ['127.0.0.1', 'localhost', '::1']

/**
 * Serves API and pages over the current warehouse, and follows when another becomes current. On an address that others reach, and where
 * the configuration says so, it asks who calls.
 *
 * @throws UserError for such an address while nobody could be known, or a port that is taken
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { runtime } = options
  const { config } = runtime
  const host = options.host ?? '127.0.0.1'
  const log = options.log ?? createLog({ format: 'text', write: toStandardError, now: runtime.now })
  const onFailure = failureLog(log)
  const alerts = await runtime.alerts()
  const isGuarded = mustAsk(host, config.auth)
  if (isGuarded && !config.auth.oidc && listKeys(alerts.database).length === 0) {
    alerts.close()
    throw nobodyKnown(host)
  }
  const desks = desksOf(runtime)
  const measured = measure(alerts.database, runtime.now)
  const { metrics } = measured
  const whole = { ...(await contextOf(runtime, alerts, desks)), telemetry: metrics.telemetry }
  const listeners = createListeners()
  const admin = options.spawnJob ? createDesks({ runtime, alerts, spawn: options.spawnJob, onFailure }) : null
  let isEnding = false
  const app = {
    ...{ hosts: hostsOf(config, isGuarded), origins: config.server.cors.origins, onFailure, listeners },
    ...{ isEnding: () => isEnding, statements: turns(2), explorer: explorerScript() },
  }
  const main = await openApp(whole, {
    ...{ ...app, audit: alerts.audit, cache: metrics.cache, metrics: metrics.expose },
    ...(admin ? { desks: admin.desks } : {}),
  })
  measured.watch(main.context)
  const build = (teams: readonly string[], asOf?: string) => runtime.audience(teams, asOf)
  const audiences = audienceApps({ whole, app, build, desks: desks.of })
  const gate = isGuarded ? gateOf({ runtime, alerts, main, audiences }) : null
  let following = Promise.resolve()
  const follow = async () => {
    await main.context.refresh()
    measured.look()
    await audiences.refresh()
  }
  const timer = setInterval(() => {
    following = following.then(follow).catch((error: unknown) => onFailure('refresh', error))
  }, pollMs)
  const end = async () => {
    clearInterval(timer)
    await admin?.close()
    await main.context.close()
    await audiences.close()
    await desks.close()
    alerts.close()
  }
  try {
    const answer = openDoor({ answer: gate ?? main.fetch, metrics, log, config: config.server, isEnding: app.isEnding })
    const { url, stop } = await listen(answer, host, options.port ?? 8080)
    options.onReady?.(url)
    return {
      url,
      async close() {
        isEnding = true
        await setTimeout(config.server.drain_seconds * 1000)
        clearInterval(timer)
        listeners.close()
        await stop(config.server.grace_seconds * 1000)
        await following
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** Whether callers must say who they are: on an address that others reach, and where it is configured. */
function mustAsk(host: string, auth: Runtime['config']['auth']): boolean {
  return !localAddresses.includes(host) || auth.required || auth.oidc !== undefined
}

function nobodyKnown(host: string): UserError {
  return new UserError(`serving on ${host} is refused: nobody could be told from a stranger`, {
    hint: 'Make a key with `costwright keys add NAME`, or configure auth.oidc.',
  })
}

const toStandardError = (line: string) => process.stderr.write(`${line}\n`)

/** Names under which people and Slack reach the server, through a proxy or not; where a key tells who asks and none is set, any. */
function hostsOf({ server, notifications }: Runtime['config'], isGuarded: boolean): readonly string[] | null {
  const own = [server.public_url, notifications.dashboard_url].flatMap((url) => (url ? [new URL(url).hostname] : []))
  return isGuarded && own.length === 0 ? null : [...localHosts, ...own]
}

/** Makes recommendations and reports, of everything (`own` null) or of some teams' own. */
export interface MakeDesks {
  of(own: ReadonlySet<string> | null, incidents: IncidentDesk | null): Desks
  close(): Promise<void>
}

export function desksOf(runtime: Runtime): MakeDesks {
  const threads = reportThreads()
  const reports = reportDesks(runtime, threads)
  const rules = chooseRules(loadRules(), [])
  const { layout, now } = runtime
  return {
    of: (own, incidents) => ({
      savings: (states) => createSavings({ path: layout.state, rules, now, states, owned: own !== null }),
      reports: reports(own, incidents),
    }),
    close: () => threads.close(),
  }
}

/** What an application over the current warehouse needs; without `desks` it has neither recommendations nor reports. */
export async function contextOf(runtime: Runtime, alerts: Alerts, desks?: MakeDesks): Promise<ApiContextOptions> {
  const { memory_limit: memoryLimit, threads, server } = runtime.config
  const sources = await runtime.sources()
  const lake = join(runtime.layout.data, 'lake', 'focus')
  return {
    incidents: alerts.desk,
    ...desks?.of(null, alerts.desk),
    incidentFeed: alerts.incidentFeed,
    collections: sources.freshness,
    forecasts: newestForecasts(runtime.layout),
    catalog: loadCatalog(),
    title: 'Cloud costs',
    statementRows: server.sql_rows,
    now: runtime.now,
    current: () => {
      const path = currentWarehouse(runtime.layout)
      return path === null ? null : { id: basename(path, '.duckdb'), path }
    },
    build: (asOf) => runtime.build(asOf),
    open: (path) => openReadOnly(path, { memoryLimit, threads }),
    openSandbox: (path) => openSandbox({ path, lake, memoryLimit, threads: 1 }),
  }
}

interface Guarded {
  readonly runtime: Runtime
  readonly alerts: Alerts
  readonly main: RunningApp
  readonly audiences: AudienceApps
}

function gateOf({ runtime, alerts, main, audiences }: Guarded) {
  const { config, now } = runtime
  const gate = createGate({
    identify: createIdentify({ config: config.auth, database: alerts.database, now, fetch }),
    async appFor(teams) {
      const { fetch: inner } = teams === null ? main : await audiences.of(teams)
      return (request, who) => inner(request, who)
    },
    admit: rateLimiter(config.auth.rate_limit, () => now().getTime()),
    audit: (entry) => appendAudit(alerts.database, { at: now().toISOString(), ...entry }),
    open: new Set(config.server.metrics === 'open' ? ['/metrics'] : []),
    headers: securityHeaders(styleHash),
    requestId: requestIds(),
  })
  const base = config.server.public_url
  return (request: Request, env: NodeEnv & { readonly visit: Visit }) => {
    const seen =
      base === undefined
        ? request
        : new Request(new URL(new URL(request.url).pathname + new URL(request.url).search, base), request)
    return gate(seen, env.incoming?.socket.remoteAddress ?? 'unknown', env.visit)
  }
}

import { basename, join } from 'node:path'
import { serve } from '@hono/node-server'
import { localHosts, requestIds } from './api/app.ts'
import { createGate } from './api/gate.ts'
import { securityHeaders } from './api/guard.ts'
import { rateLimiter } from './api/rate-limit.ts'
import type { ApiContextOptions } from './api-context.ts'
import { type AudienceApps, audienceApps, openApp, type RunningApp } from './audience-apps.ts'
import { loadCatalog } from './catalog/catalog.ts'
import { UserError } from './errors.ts'
import { newestForecasts } from './forecast/issued-store.ts'
import { currentWarehouse } from './pipeline/build.ts'
import { chooseRules, loadRules } from './recommend/rules.ts'
import { reportDesk } from './report-source.ts'
import type { Runtime } from './runtime.ts'
import { createIdentify } from './runtime-auth.ts'
import type { Alerts } from './runtime-notify.ts'
import { createSavings } from './runtime-savings.ts'
import { listKeys } from './state/api-keys.ts'
import { appendAudit } from './state/audit.ts'
import { openDuckDb } from './warehouse/duckdb.ts'
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
  /** Told of failures that are not the caller's; standard error by default. */
  readonly onFailure?: (requestId: string, error: unknown) => void
}

export interface RunningServer {
  readonly url: string
  /** Takes no more requests, lets running ones end for at most five seconds, then closes the warehouse. */
  close(): Promise<void>
}

const pollMs = 1000
const graceMs = 5000
/** Request timeouts without a byte in either direction, after which a connection is closed. */
const stalledAfter = 4

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
  const onFailure = options.onFailure ?? logFailure
  const alerts = await runtime.alerts()
  const isGuarded = !localAddresses.includes(host) || config.auth.required || config.auth.oidc !== undefined
  if (isGuarded && !config.auth.oidc && listKeys(alerts.database).length === 0) {
    alerts.close()
    throw new UserError(`serving on ${host} is refused: nobody could be told from a stranger`, {
      hint: 'Make a key with `costwright keys add NAME`, or configure auth.oidc.',
    })
  }
  const savings = createSavings({
    path: runtime.layout.state,
    rules: chooseRules(loadRules(), []),
    now: runtime.now,
    open: (id) =>
      openDuckDb({
        ...{ path: join(runtime.layout.warehouse, `${id}.duckdb`), readOnly: true },
        ...{ memoryLimit: config.memory_limit, threads: config.threads },
      }),
  })
  const whole = { ...(await contextOf(runtime, alerts)), savings: savings.desk }
  const app = { hosts: hostsOf(config, isGuarded), onFailure }
  const main = await openApp(whole, { ...app, audit: alerts.audit })
  const audiences = audienceApps({ whole, app, build: (teams, asOf) => runtime.audience(teams, asOf) })
  const gate = isGuarded ? gateOf({ runtime, alerts, main, audiences }) : null
  const followers = [main.context.refresh, audiences.refresh].map((refresh) =>
    repeating(refresh, (error) => onFailure('refresh', error)),
  )
  const end = async () => {
    await Promise.all(followers.map((follower) => follower.stop()))
    main.context.close()
    audiences.close()
    await savings.close()
    alerts.close()
  }
  try {
    const { url, stop } = await listen(gate ?? main.fetch, { ...config.server, host, port: options.port ?? 8080 })
    options.onReady?.(url)
    return {
      url,
      async close() {
        await stop()
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** Does `work` every second, never twice at once; the building of one audience's data does not keep the others from the newest. */
function repeating(work: () => Promise<void>, onFailure: (error: unknown) => void): { stop(): Promise<void> } {
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= work()
      .catch(onFailure)
      .finally(() => {
        running = null
      })
  }, pollMs)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

/** Names under which people and Slack reach the server, through a proxy or not; where a key tells who asks and none is set, any. */
function hostsOf({ server, notifications }: Runtime['config'], isGuarded: boolean): readonly string[] | null {
  const own = [server.public_url, notifications.dashboard_url].flatMap((url) => (url ? [new URL(url).hostname] : []))
  return isGuarded && own.length === 0 ? null : [...localHosts, ...own]
}

/** What an application over the current warehouse needs. */
export async function contextOf(runtime: Runtime, alerts: Alerts): Promise<ApiContextOptions> {
  const { memory_limit: memoryLimit, threads } = runtime.config
  const sources = await runtime.sources()
  const lake = join(runtime.layout.data, 'lake', 'focus')
  return {
    incidents: alerts.desk,
    reports: reportDesk(runtime),
    collections: sources.freshness,
    forecasts: newestForecasts(runtime.layout),
    catalog: loadCatalog(),
    title: 'Cloud costs',
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

function gateOf({ runtime, alerts, main, audiences }: Guarded): Fetch {
  const { config, now } = runtime
  const gate = createGate({
    identify: createIdentify({ config: config.auth, database: alerts.database, now, fetch }),
    async appFor(teams) {
      const { fetch: inner } = teams === null ? main : await audiences.of(teams)
      return (request, principal, call) =>
        inner(request, { ...(principal ? { principal } : {}), ...(call ? { call } : {}) })
    },
    admit: rateLimiter(config.auth.rate_limit, () => now().getTime()),
    audit: (entry) => appendAudit(alerts.database, { at: now().toISOString(), ...entry }),
    isReady: () => main.context.current() !== null,
    headers: securityHeaders(styleHash),
    requestId: requestIds(),
  })
  const base = config.server.public_url
  return (request, env) => {
    const seen =
      base === undefined
        ? request
        : new Request(new URL(new URL(request.url).pathname + new URL(request.url).search, base), request)
    return gate(seen, env?.incoming?.socket.remoteAddress ?? 'unknown')
  }
}

type Fetch = (
  request: Request,
  env?: { incoming?: { socket: { remoteAddress?: string } } },
) => Response | Promise<Response>

type Address = Pick<Runtime['config']['server'], 'host' | 'port' | 'max_connections' | 'request_timeout_s'>

async function listen(fetch: Fetch | RunningApp['fetch'], address: Address) {
  const { host, port } = address
  const timeoutMs = address.request_timeout_s * 1000
  return new Promise<{ url: string; stop: () => Promise<void> }>((resolve, reject) => {
    const server = serve(
      {
        fetch: fetch as Parameters<typeof serve>[0]['fetch'],
        hostname: host,
        port,
        serverOptions: {
          ...{ requestTimeout: timeoutMs, headersTimeout: timeoutMs, keepAliveTimeout: 75_000, maxHeaderSize: 16_384 },
          connectionsCheckingInterval: Math.min(timeoutMs, 5000),
        },
      },
      (bound) => {
        const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}`
        resolve({ url, stop: () => stopServer(server) })
      },
    )
    server.maxConnections = address.max_connections
    // A reader who takes nothing would hold one of the few downloads for ever.
    if ('timeout' in server) server.timeout = stalledAfter * timeoutMs
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE'
      reject(
        taken
          ? new UserError(`port ${port} is taken`, {
              hint: 'Choose another with --port, or 0 for any free one.',
              cause,
            })
          : cause,
      )
    })
  })
}

async function stopServer(server: ReturnType<typeof serve>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  if ('closeIdleConnections' in server) server.closeIdleConnections()
  const timer = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(timer)
}

function logFailure(requestId: string, error: unknown): void {
  process.stderr.write(`${requestId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}

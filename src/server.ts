import { basename } from 'node:path'
import { serve } from '@hono/node-server'
import { createApp, localHosts } from './api/app.ts'
import { createApiContext } from './api-context.ts'
import { loadCatalog } from './catalog/catalog.ts'
import { UserError } from './errors.ts'
import { newestForecasts } from './forecast/issued-store.ts'
import { currentWarehouse } from './pipeline/build.ts'
import { reportDesk } from './report-source.ts'
import type { Runtime } from './runtime.ts'
import { openReadOnly } from './warehouse/duckdb-stream.ts'

export interface ServerOptions {
  readonly runtime: Runtime
  /** Only an address of this machine, until the API knows who asks. */
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

/**
 * Serves API and pages over the current warehouse, and follows when another becomes current.
 *
 * @throws UserError for a host other than this machine's own, or a port that is taken
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { runtime } = options
  const host = options.host ?? '127.0.0.1'
  if (!['127.0.0.1', 'localhost', '::1'].includes(host)) {
    throw new UserError(`serving on ${host} is refused: anyone who reaches it could read every bill`, {
      hint: 'Serve on 127.0.0.1 (the default) until authentication exists; reach it from elsewhere through an SSH tunnel.',
    })
  }
  const { memory_limit: memoryLimit, threads } = runtime.config
  const sources = await runtime.sources()
  const alerts = await runtime.alerts()
  const context = await createApiContext({
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
  })
  const onFailure = options.onFailure ?? logFailure
  const app = await createApp(context, { hosts: localHosts, onFailure })
  let following = Promise.resolve()
  const timer = setInterval(() => {
    following = following.then(() => context.refresh()).catch((error: unknown) => onFailure('refresh', error))
  }, pollMs)
  try {
    const { url, stop } = await listen(app.fetch, host, options.port ?? 8080)
    options.onReady?.(url)
    return {
      url,
      async close() {
        clearInterval(timer)
        await stop()
        await following
        context.close()
        alerts.close()
      },
    }
  } catch (error) {
    clearInterval(timer)
    context.close()
    alerts.close()
    throw error
  }
}

async function listen(fetch: Parameters<typeof serve>[0]['fetch'], host: string, port: number) {
  return new Promise<{ url: string; stop: () => Promise<void> }>((resolve, reject) => {
    const server = serve(
      { fetch, hostname: host, port, serverOptions: { requestTimeout: 30_000, maxHeaderSize: 16_384 } },
      (address) => {
        const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
        resolve({ url, stop: () => stopServer(server) })
      },
    )
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

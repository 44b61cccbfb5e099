import { readFileSync } from 'node:fs'
import { problemOf, requestIds } from './api/app.ts'
import { withCors } from './api/cors.ts'
import { problemAnswer } from './api/http.ts'
import { type Answering, observe } from './api/observe.ts'
import type { Visit } from './api/visit.ts'
import type { WarehouseContext } from './api-context.ts'
import type { Config } from './config.ts'
import type { NodeEnv } from './listen.ts'
import { errorText, type Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { stateCounts } from './state/counts.ts'
import type { Database } from './state/sqlite.ts'

/** The measurements of a server, and what notices that it serves another state of the data. */
export interface Measured {
  readonly metrics: Metrics
  /** Reads data and collections from there from now on. */
  watch(context: WarehouseContext): void
  look(): void
}

export function measure(database: Database, now: () => Date): Measured {
  let context: WarehouseContext | null = null
  let seen: string | null = null
  const metrics = createMetrics(ownVersion(), async () => ({
    lake: context?.current() == null ? null : await context.use(undefined, (snapshot) => snapshot.lake()),
    collections: context?.collections() ?? [],
    state: stateCounts(database),
  }))
  const look = () => {
    const current = context?.current() ?? null
    if (current === seen) return
    seen = current
    metrics.swapped(now())
  }
  return {
    metrics,
    watch(opened) {
      context = opened
      look()
    },
    look,
  }
}

/** Beside `src/` in the repository, beside `dist/` in the published package. */
function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}

export interface Door {
  readonly answer: Answering<NodeEnv>
  readonly metrics: Metrics
  readonly log: Log
  readonly config: Config['server']
  readonly isEnding: () => boolean
}

/** What every request passes on its way in and out: its id, its measurement, the log, and the headers for pages of other origins. */
export function openDoor({ answer, metrics, log, config, isEnding }: Door) {
  const passed = withCors(
    async (request: Request, env: NodeEnv & { readonly visit: Visit }) => answer(request, env),
    config.cors.origins,
  )
  const inner = async (request: Request, env: NodeEnv & { readonly visit: Visit }) => {
    const response = await passed(request, env)
    if (isEnding()) response.headers.set('connection', 'close')
    return response
  }
  const onFailure = failureLog(log)
  return observe<NodeEnv>(inner, {
    requestId: requestIds(),
    clock: () => performance.now(),
    began: metrics.began,
    done(request, visit, status, durationMs) {
      metrics.answered(request.method, visit.route, status, durationMs / 1000)
      if (config.log === 'requests' || status >= 500) logRequest(log, { request, visit, status, durationMs })
    },
    cut(error, requestId, { incoming }) {
      onFailure(requestId, error)
      incoming?.socket.destroy()
    },
    failed(error, { requestId }) {
      onFailure(requestId, error)
      return problemAnswer(problemOf(error instanceof Error ? error : new Error(String(error))), requestId)
    },
  })
}

/** Writes what broke, under the id of the request or the name of the work. */
export function failureLog(log: Log): (requestId: string, error: unknown) => void {
  return (request_id, error) => log('error', 'failure', { request_id, error: errorText(error) })
}

interface Ended {
  readonly request: Request
  readonly visit: Visit
  readonly status: number
  readonly durationMs: number
}

/** Ids that a proxy or caller gave are theirs to choose, so they stand beside the request's own and never in its place. */
const givenId = /^[A-Za-z0-9._-]{1,64}$/
const traceParent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/

function logRequest(log: Log, { request, visit, status, durationMs }: Ended): void {
  const { requestId, route, principal, body, ended } = visit
  const given = request.headers.get('x-request-id') ?? ''
  const fields = {
    ...{ request_id: requestId, caller_request_id: givenId.test(given) ? given : null },
    trace_id: traceParent.exec(request.headers.get('traceparent') ?? '')?.[1] ?? null,
    ...{ method: request.method, route, status, duration_ms: Math.round(durationMs * 10) / 10, principal },
  }
  const level = status < 500 ? 'info' : status === 503 ? 'warn' : 'error'
  const write = (bytes: number | null) => log(level, 'request', { ...fields, bytes })
  if (ended !== null) ended.then(write)
  else if (body === null || status !== 200 || request.method === 'HEAD') write(null)
  else write(typeof body === 'string' ? Buffer.byteLength(body) : body.length)
}

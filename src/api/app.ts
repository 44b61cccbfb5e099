import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { QueryError, UpstreamError, UserError } from '../errors.ts'
import { mcpRoutes } from '../mcp/routes.ts'
import { alertPageRoutes } from '../web/alert-routes.ts'
import { forecastPageRoutes } from '../web/forecast-routes.ts'
import { pageRoutes } from '../web/pages.ts'
import { referenceRoutes, type Script } from '../web/reference.ts'
import { savingPageRoutes } from '../web/savings-routes.ts'
import { styleHash } from '../web/style.ts'
import { alertEventRoutes } from './alert-events.ts'
import { alertRoutes } from './alerts.ts'
import { type AuditLog, auditRoutes } from './audit.ts'
import { type CacheCounts, responseCache } from './cache.ts'
import { checkRoutes } from './checks.ts'
import type { ApiContext } from './context.ts'
import { exportRoutes } from './export.ts'
import { forecastRoutes } from './forecasts.ts'
import { guard, securityHeaders } from './guard.ts'
import { type ApiEnv, type ApiRequest, deliver, entityTag, type Problem, problemResponse } from './http.ts'
import { importRoutes } from './imports.ts'
import type { JobDesk } from './job-desk.ts'
import { jobRoutes } from './jobs.ts'
import type { KeyDesk } from './key-desk.ts'
import { keyRoutes } from './keys.ts'
import { createListeners, type Listeners } from './listeners.ts'
import { openApi } from './openapi.ts'
import { type Exposition, metricRoutes, probeRoutes } from './probes.ts'
import { queryRoutes } from './queries.ts'
import { recommendationRoutes } from './recommendations.ts'
import { reportRoutes } from './reports.ts'
import { savingRoutes } from './savings.ts'
import { slackRoutes } from './slack.ts'
import { sqlRoutes } from './sql.ts'
import { statusRoutes } from './status.ts'
import { type Turns, turns } from './turns.ts'
import type { UploadDesk } from './upload-desk.ts'

export interface AppOptions {
  /** Host names the server may be addressed by, without port; null for any, where who asks is known by a key. */
  readonly hosts?: readonly string[] | null
  /** The audit log, for an application of those who may see everything; default none. */
  readonly audit?: AuditLog
  /** Bytes of answers that are kept to be sent again; default 64 MiB. */
  readonly cacheBytes?: number
  /** Lets statements of SQL run, together with those of other applications on the machine; default two at a time. */
  readonly statements?: Turns
  /** What administrators work with, likewise; default none. */
  readonly desks?: { readonly jobs: JobDesk; readonly uploads: UploadDesk; readonly keys: KeyDesk }
  /** The script of the API reference; without it the reference is the description itself. */
  readonly explorer?: () => Promise<Script>
  /** Who listens to events, where several applications share it. */
  readonly listeners?: Listeners
  /** Told of every failure that is not the caller's, with the request's id. */
  readonly onFailure?: (requestId: string, error: unknown) => void
  /** Origins whose pages may post JSON with a bearer token; default none. */
  readonly origins?: readonly string[]
  /** Counts what the cache of answers does. */
  readonly cache?: CacheCounts
  /** What `/metrics` shows, for an application of those who may see everything; default nothing. */
  readonly metrics?: (accept: string) => Promise<Exposition>
  /** Whether no further requests should come; default no. */
  readonly isEnding?: () => boolean
}

export const localHosts = ['127.0.0.1', 'localhost', '[::1]'] as const

/** The whole HTTP surface: API below `/api/v1`, description at `/openapi.json`, pages at `/`. What changes something is posted (see `writeRefusal`). */
export async function createApp(context: ApiContext, options: AppOptions = {}): Promise<Hono<ApiEnv>> {
  const app = new Hono<ApiEnv>()
  const { listeners = createListeners() } = options
  const headers = securityHeaders(styleHash)
  const revision = await entityTag(...[...context.catalog.values()].map(({ name, sql }) => `${name}\n${sql}`))
  const description = JSON.stringify(openApi(context.catalog))
  const { hosts = localHosts, origins = [] } = options
  app.use(guard({ hosts, headers, requestId: requestIds(), origins }))
  app.use(responseCache(context, headers, options.cache, options.cacheBytes))
  app.route(
    '/',
    probeRoutes(async () => !options.isEnding?.() && (await hasData(context))),
  )
  if (options.metrics) app.route('/', metricRoutes(options.metrics))
  app.route('/api/v1', queryRoutes(context, revision))
  app.route('/api/v1', statusRoutes(context, revision))
  app.route('/api/v1', checkRoutes(context, revision))
  app.route('/api/v1', exportRoutes(context))
  app.route('/api/v1', alertEventRoutes(context, listeners))
  app.route('/api/v1', alertRoutes(context))
  app.route('/api/v1', sqlRoutes(context, options.statements ?? turns(2)))
  app.route('/api/v1', slackRoutes(context))
  app.route('/api/v1', forecastRoutes(context, revision))
  if (options.audit) app.route('/api/v1', auditRoutes(options.audit))
  app.route('/api/v1', jobRoutes(options.desks?.jobs, listeners))
  app.route('/api/v1', importRoutes(options.desks?.uploads, options.desks?.jobs))
  app.route('/api/v1', keyRoutes(options.desks?.keys))
  app.route('/api/v1', recommendationRoutes(context, revision))
  app.route('/api/v1', savingRoutes(context))
  app.route('/api/v1', reportRoutes(context))
  app.get('/openapi.json', async (c) =>
    deliver(c, { type: 'application/json', body: description, etag: await entityTag(description) }),
  )
  app.route('/', mcpRoutes(app.fetch))
  app.route('/', referenceRoutes(options.explorer))
  app.route('/', pageRoutes(context))
  app.route('/', alertPageRoutes(context))
  app.route('/', forecastPageRoutes(context))
  app.route('/', savingPageRoutes(context))
  app.notFound((c) =>
    problemResponse(c, {
      status: 404,
      code: 'not-found',
      detail: `there is nothing at ${c.req.path.slice(0, 200)}`,
      hint: 'See /openapi.json.',
    }),
  )
  app.onError((error, c) => {
    if (c.req.raw.signal.aborted) return new Response(null, { status: callerLeft })
    const problem = problemOf(error)
    const isExpected = problem.status === 501 || problem.status === 503
    if (problem.status >= 500 && !isExpected) options.onFailure?.(c.get('requestId'), error)
    return problemResponse(c as ApiRequest, problem)
  })
  return app
}

async function hasData(context: ApiContext): Promise<boolean> {
  if (context.current() === null) return false
  const { version_count } = await context.use(undefined, (snapshot) => snapshot.lake())
  return version_count > 0
}

/** Seen by no one but the log, as proxies write it. */
const callerLeft = 499

/** What an error is to the caller. Failures of the engine are logged with the request's id, not shown: they can quote data and paths. */
export function problemOf(error: Error): Problem {
  if (error instanceof HTTPException && error.cause) return error.cause as Problem
  if (error instanceof UserError) {
    const { message: detail, hint } = error
    return error.conflict
      ? { status: 409, code: 'conflict', detail, hint }
      : { status: 400, code: 'bad-request', detail, hint }
  }
  if (error instanceof UpstreamError) return { status: 502, code: 'upstream-failed', detail: `${error.source} failed` }
  const detail = error instanceof QueryError ? `the query ${error.query} failed` : 'an unexpected failure'
  return { status: 500, code: 'failed', detail, hint: 'The server log has the cause under this request id.' }
}

/** Unique over restarts by a random prefix, in order within a run; cheaper than a random id a request. */
export function requestIds(): () => string {
  const run = crypto.randomUUID().slice(0, 8)
  let count = 0
  return () => {
    count += 1
    return `${run}-${count}`
  }
}

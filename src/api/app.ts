import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { QueryError, UpstreamError, UserError } from '../errors.ts'
import { mcpRoutes } from '../mcp/routes.ts'
import { alertPageRoutes } from '../web/alert-routes.ts'
import { forecastPageRoutes } from '../web/forecast-routes.ts'
import { pageRoutes } from '../web/pages.ts'
import { savingPageRoutes } from '../web/savings-routes.ts'
import { styleHash } from '../web/style.ts'
import { alertRoutes } from './alerts.ts'
import { type AuditLog, auditRoutes } from './audit.ts'
import { responseCache } from './cache.ts'
import type { ApiContext } from './context.ts'
import { forecastRoutes } from './forecasts.ts'
import { guard, securityHeaders } from './guard.ts'
import { type ApiEnv, type ApiRequest, deliver, entityTag, type Problem, problemResponse } from './http.ts'
import { openApi } from './openapi.ts'
import { queryRoutes } from './queries.ts'
import { recommendationRoutes } from './recommendations.ts'
import { reportRoutes } from './reports.ts'
import { savingRoutes } from './savings.ts'
import { slackRoutes } from './slack.ts'
import { sqlRoutes } from './sql.ts'
import { statusRoutes } from './status.ts'

export interface AppOptions {
  /** Host names the server may be addressed by, without port; null for any, where who asks is known by a key. */
  readonly hosts?: readonly string[] | null
  /** The audit log, for an application of those who may see everything; default none. */
  readonly audit?: AuditLog
  /** Bytes of answers that are kept to be sent again; default 64 MiB. */
  readonly cacheBytes?: number
  /** Told of every failure that is not the caller's, with the request's id. */
  readonly onFailure?: (requestId: string, error: unknown) => void
}

export const localHosts = ['127.0.0.1', 'localhost', '[::1]'] as const

/** The whole HTTP surface: API below `/api/v1`, description at `/openapi.json`, pages at `/`. Nothing is changed but decisions on incidents and savings. */
export async function createApp(context: ApiContext, options: AppOptions = {}): Promise<Hono<ApiEnv>> {
  const app = new Hono<ApiEnv>()
  const headers = securityHeaders(styleHash)
  const revision = await entityTag(...[...context.catalog.values()].map(({ name, sql }) => `${name}\n${sql}`))
  const description = JSON.stringify(openApi(context.catalog))
  app.use(guard({ hosts: options.hosts === undefined ? localHosts : options.hosts, headers, requestId: requestIds() }))
  app.use(responseCache(context, headers, options.cacheBytes))
  app.route('/api/v1', queryRoutes(context, revision))
  app.route('/api/v1', statusRoutes(context, revision))
  app.route('/api/v1', alertRoutes(context))
  app.route('/api/v1', sqlRoutes(context))
  app.route('/api/v1', slackRoutes(context))
  app.route('/api/v1', forecastRoutes(context, revision))
  if (options.audit) app.route('/api/v1', auditRoutes(options.audit))
  app.route('/api/v1', recommendationRoutes(context, revision))
  app.route('/api/v1', savingRoutes(context))
  app.route('/api/v1', reportRoutes(context))
  app.get('/openapi.json', async (c) =>
    deliver(c, { type: 'application/json', body: description, etag: await entityTag(description) }),
  )
  app.route('/', mcpRoutes(app.fetch))
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
    const problem = problemOf(error)
    if (problem.status >= 500 && problem.status !== 501 && problem.status !== 503)
      options.onFailure?.(c.get('requestId'), error)
    return problemResponse(c as ApiRequest, problem)
  })
  return app
}

/** What an error is to the caller. Failures of the engine are logged with the request's id, not shown: they can quote data and paths. */
export function problemOf(error: Error): Problem {
  if (error instanceof HTTPException && error.cause) return error.cause as Problem
  if (error instanceof UserError) return { status: 400, code: 'bad-request', detail: error.message, hint: error.hint }
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

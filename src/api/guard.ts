import type { MiddlewareHandler } from 'hono'
import { type ApiEnv, problemResponse } from './http.ts'
import { routeOf } from './visit.ts'
import { writeRefusal } from './write-guard.ts'

/** Sent with every answer. The pages carry their style sheet inline, so its hash is allowed; nothing else is, and no script at all. */
export function securityHeaders(styleHash: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': `default-src 'none'; style-src '${styleHash}'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}

export interface GuardOptions {
  /** Host names under which the server may be addressed: any other is a page elsewhere that had its name point here. Null for any. */
  readonly hosts: readonly string[] | null
  readonly headers: Readonly<Record<string, string>>
  readonly requestId: () => string
  /** Origins whose pages may post JSON with a bearer token. */
  readonly origins?: readonly string[]
}

const maximalUrl = 4096

/** Refuses foreign host names, long URLs, and what would change something (see `writeRefusal`); adds request id and security headers. */
export function guard(options: GuardOptions): MiddlewareHandler<ApiEnv> {
  const hosts = options.hosts && new Set(options.hosts)
  const security = Object.entries(options.headers)
  const origins = new Set(options.origins)
  return async (c, next) => {
    const visit = c.env?.visit
    c.set('requestId', visit?.requestId ?? options.requestId())
    const refusal = refusalOf(c.req.raw, hosts, origins)
    if (refusal) c.res = problemResponse(c, refusal)
    else await next()
    if (visit && visit.route === null && !refusal) visit.route = routeOf(c)
    if (c.get('isSealed') || c.res.headers.has('x-request-id')) return
    for (const [name, value] of security) if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    c.res.headers.set('x-request-id', c.get('requestId'))
  }
}

function refusalOf(request: Request, hosts: ReadonlySet<string> | null, origins: ReadonlySet<string>) {
  if (request.url.length > maximalUrl) {
    return { status: 414, code: 'url-too-long', detail: `the URL is longer than ${maximalUrl} characters` } as const
  }
  if (hosts && !hosts.has(hostOf(request.url))) {
    return {
      status: 421,
      code: 'foreign-host',
      detail: 'this server does not answer under that host name',
      hint: `Use ${[...hosts][0]}.`,
    } as const
  }
  return request.method === 'GET' || request.method === 'HEAD' ? null : writeRefusal(request, origins)
}

/** Host without port, as in the URL; cheaper than parsing the whole. */
function hostOf(url: string): string {
  const start = url.indexOf('//') + 2
  const end = url.indexOf('/', start)
  return url
    .slice(start, end === -1 ? undefined : end)
    .replace(/:\d+$/, '')
    .toLowerCase()
}

import { writingMethods } from './write-guard.ts'

/** What pages of other origins may ask: the API and what describes it, never pages or the login. */
const shared = /^\/(api\/v1\/.+|mcp|openapi\.json)$/

const exposed = [
  ...['ETag', 'Location', 'Retry-After', 'Content-Disposition', 'X-Request-Id', 'X-Data-State', 'X-Complete-Through'],
  ...['X-Row-Count', 'X-Truncated', 'X-Audit-Whole', 'X-Audit-Last'],
].join(', ')
const accepted =
  'Authorization, Content-Type, Accept, If-None-Match, Mcp-Protocol-Version, X-Request-Id, Traceparent, Tracestate'

type Answer<Rest extends readonly unknown[]> = (request: Request, ...rest: Rest) => Promise<Response>

/**
 * Lets pages of these origins ask the API with a bearer token. Cookies are never allowed along: the answers do not carry
 * `Access-Control-Allow-Credentials`. Headers are added to the answer as it leaves, after every cache.
 *
 * @param origins exactly as a browser sends them, such as `https://portal.example.com`
 */
export function withCors<Rest extends readonly unknown[]>(
  answer: Answer<Rest>,
  origins: readonly string[],
): Answer<Rest> {
  if (origins.length === 0) return answer
  const allowed = new Set(origins)
  return async (request, ...rest) => {
    const origin = request.headers.get('origin')
    const { pathname } = new URL(request.url)
    const mayAsk = origin !== null && allowed.has(origin) && shared.test(pathname)
    const isPreflight = request.method === 'OPTIONS' && request.headers.has('access-control-request-method')
    const response = mayAsk && isPreflight ? preflight(pathname) : await answer(request, ...rest)
    const { headers } = response
    headers.append('vary', 'Origin')
    if (!mayAsk) return response
    headers.set('access-control-allow-origin', origin)
    headers.set('access-control-expose-headers', exposed)
    headers.set('cross-origin-resource-policy', 'cross-origin')
    return response
  }
}

function preflight(pathname: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': ['GET', 'HEAD', ...writingMethods(pathname)].join(', '),
      'access-control-allow-headers': accepted,
      'access-control-max-age': '600',
    },
  })
}

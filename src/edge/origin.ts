import { type Problem, problemAnswer } from '../api/http.ts'
import { tokenOf } from '../api/login.ts'

/** The full server behind the Worker. */
export interface Origin {
  /** Where it is reached: its scheme and host; fixed by the deployment, so that no request chooses it. */
  readonly url: string
  readonly fetch: (request: Request) => Promise<Response>
  /** Milliseconds until its answer must begin. */
  readonly timeoutMs: number
}

export interface Sending {
  readonly requestId: string
  /** Told why there is no answer. */
  readonly onFailure: (requestId: string, error: unknown) => void
}

/** Of one connection only, or of the way to the Worker: not sent on. The body's length and coding are those of the next connection. */
const ownHeaders = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'content-length', 'accept-encoding', 'host', 'cookie', 'set-cookie', 'forwarded'],
])
const isOwn = (name: string) => ownHeaders.has(name) || /^(cf-|x-forwarded-|x-real-ip$)/.test(name)

/**
 * Sends a request on to the full server: same method, path, query, body and credentials. A browser's key goes as `Authorization`, no cookie
 * goes or comes, and redirects are the caller's to follow.
 *
 * @returns the server's answer, or 502 when it gives none in time or something else answers in its place
 */
export async function sendOn(request: Request, origin: Origin, { requestId, onFailure }: Sending): Promise<Response> {
  const control = new AbortController()
  const timer = setTimeout(() => control.abort(new Error(`no answer within ${origin.timeoutMs} ms`)), origin.timeoutMs)
  try {
    const answer = await origin.fetch(onward(request, origin, control.signal))
    const isForeign = answer.status >= 500 && answer.headers.get('content-type') !== 'application/problem+json'
    if (isForeign) throw new Error(`the full server, or something in its place, answers ${answer.status}`)
    return answerOf(answer, origin)
  } catch (error) {
    onFailure(requestId, error)
    return problemAnswer(failed, requestId)
  } finally {
    clearTimeout(timer)
  }
}

function onward(request: Request, origin: Origin, signal: AbortSignal): Request {
  const { pathname, search } = new URL(request.url)
  const headers = endToEnd(request.headers)
  const token = tokenOf(request)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  headers.set('accept-encoding', 'identity')
  if (headers.has('origin')) {
    // The guard of the edge has let in its own pages only; under the server's own name they would be another site's.
    headers.delete('origin')
    headers.delete('referer')
    headers.set('sec-fetch-site', 'same-origin')
  }
  const init: RequestInit & { duplex: 'half' } = {
    ...{ method: request.method, headers, redirect: 'manual', signal, duplex: 'half' },
    ...(request.body ? { body: request.body } : {}),
  }
  return new Request(`${origin.url}${pathname}${search}`, init)
}

function answerOf(answer: Response, origin: Origin): Response {
  const headers = endToEnd(answer.headers)
  const location = headers.get('location')
  if (location?.startsWith(`${origin.url}/`)) headers.set('location', location.slice(origin.url.length))
  return new Response(answer.body, { status: answer.status, headers })
}

function endToEnd(headers: Headers): Headers {
  const named = new Set((headers.get('connection') ?? '').split(',').map((name) => name.trim().toLowerCase()))
  return new Headers([...headers].filter(([name]) => !isOwn(name) && !named.has(name)))
}

const failed: Problem = {
  status: 502,
  code: 'upstream-failed',
  detail: 'this is not answered at the edge, and the full server gives no answer',
  hint: 'Try again, or look after the full server; what is published is answered all the same.',
}

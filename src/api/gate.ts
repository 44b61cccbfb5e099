import { type Problem, problemAnswer } from './http.ts'
import { loginPage, loginToken, sessionCookie } from './login.ts'
import { type Identify, mayDo, neededRole, type Principal } from './principal.ts'
import type { Admit } from './rate-limit.ts'
import { smallBody } from './write-guard.ts'

/** An application for people who may see the same; it is told who asks, where that is known, and may send further requests as him through the gate. */
export type Inner = (request: Request, principal?: Principal, call?: Call) => Response | Promise<Response>
type Call = (request: Request) => Promise<Response>

export interface GateOptions {
  readonly identify: Identify
  /** The application over what the owners of these teams may see; null for everything. */
  readonly appFor: (teams: Principal['teams']) => Promise<Inner>
  /** Requests of one caller; by principal, and by address for those that nobody knows. */
  readonly admit: (caller: string) => ReturnType<Admit> | Promise<ReturnType<Admit>>
  /** Told of what changes something, of statements, and of what was refused to somebody known. */
  readonly audit: (entry: { actor: string; action: string; subject: string; detail: Record<string, unknown> }) => void
  /** Whether data are there and requests are taken. */
  readonly isReady: () => boolean | Promise<boolean>
  readonly headers: Readonly<Record<string, string>>
  readonly requestId: () => string
}

/** `address` is the peer's, for counting the requests of callers that nobody knows. */
export type Gate = (request: Request, address: string) => Promise<Response>

/**
 * Lets in who is known, as often and as far as allowed, and hands each request to the application over exactly what its sender may see.
 *
 * Answers by itself: `/livez` and `/readyz` for those who watch the process, `/login` for browsers.
 */
export function createGate(options: GateOptions): Gate {
  return async (request, address) => {
    const requestId = options.requestId()
    const response = await answer(request, { ...options, address, requestId })
    if (response.headers.has('x-request-id')) return response
    const headers = new Headers(response.headers)
    for (const [name, value] of Object.entries(options.headers)) headers.set(name, value)
    headers.set('x-request-id', requestId)
    return new Response(response.body, { status: response.status, headers })
  }
}

interface Visit extends Omit<GateOptions, 'requestId'> {
  readonly address: string
  readonly requestId: string
}

async function answer(request: Request, visit: Visit): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (isRead(request) && pathname === '/livez') return plain(200, 'alive')
  if (isRead(request) && pathname === '/readyz')
    return (await visit.isReady()) ? plain(200, 'ready') : plain(503, 'not ready')
  if (pathname === '/login') return login(request, visit)
  if (signed.has(pathname)) return bySignature(request, visit)
  const principal = await visit.identify(request)
  return principal ? enter(request, principal, visit) : stranger(request, visit)
}

/** What somebody known asks, as often and as far as allowed. */
async function enter(request: Request, principal: Principal, visit: Visit): Promise<Response> {
  const { pathname } = new URL(request.url)
  const refuse = (problem: Problem) => problemAnswer(problem, visit.requestId)
  const wait = await visit.admit(principal.id)
  if (wait > 0) return refuse(tooMany(wait))
  const needed = neededRole(request.method, pathname)
  if (!mayDo(principal, needed)) {
    visit.audit({
      ...{ actor: principal.id, action: 'refused', subject: pathname.slice(0, 200) },
      detail: { method: request.method, role: principal.role, needed },
    })
    return refuse({ status: 403, code: 'role', detail: `this needs the role ${needed}; yours is ${principal.role}` })
  }
  const isLogged = !isRead(request) && pathname !== '/mcp'
  const body = isLogged ? await smallBody(request.clone()) : null
  const inner = await visit.appFor(principal.teams)
  const response = await inner(request, principal, (further) => enter(further, principal, visit))
  if (isLogged) {
    const said = body === null ? {} : { body: body.slice(0, longestSaid).toWellFormed() }
    visit.audit({
      ...{ actor: principal.id, action: 'request', subject: pathname.slice(0, 200) },
      detail: {
        ...{ method: request.method, status: response.status, request_id: response.headers.get('x-request-id') },
        ...said,
      },
    })
  }
  return response
}

/** Characters of a statement or decision that the log keeps. */
const longestSaid = 4000

const isRead = ({ method }: Request) => method === 'GET' || method === 'HEAD'
/** Routes whose requests prove themselves by a signature, which their handlers check. */
const signed: ReadonlySet<string> = new Set(['/api/v1/slack/actions'])

async function bySignature(request: Request, visit: Visit): Promise<Response> {
  const wait = await visit.admit(`address ${visit.address}`)
  if (wait > 0) return problemAnswer(tooMany(wait), visit.requestId)
  const inner = await visit.appFor(null)
  return inner(request)
}

async function stranger(request: Request, visit: Visit): Promise<Response> {
  const wait = await visit.admit(`address ${visit.address}`)
  if (wait > 0) return problemAnswer(tooMany(wait), visit.requestId)
  const isPage = request.method === 'GET' && (request.headers.get('accept') ?? '').includes('text/html')
  if (isPage) return new Response(null, { status: 303, headers: { location: '/login', 'cache-control': 'no-store' } })
  return problemAnswer(
    {
      status: 401,
      code: 'unknown-caller',
      detail: 'who asks is not known, or no longer',
      hint: 'Send Authorization: Bearer with a key of `costwright keys add`, or with a token of the identity provider.',
    },
    visit.requestId,
  )
}

/** A browser keeps its key in a cookie that no script and no other site can use. */
async function login(request: Request, visit: Visit): Promise<Response> {
  const page = (status: number, wrong: boolean) =>
    new Response(loginPage(wrong), {
      status,
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    })
  if (request.method === 'GET' || request.method === 'HEAD') return page(200, false)
  const wait = await visit.admit(`address ${visit.address}`)
  if (wait > 0) return problemAnswer(tooMany(wait), visit.requestId)
  const token = await loginToken(request)
  if (token === null)
    return problemAnswer({ status: 403, code: 'foreign-origin', detail: 'use the form of this page' }, visit.requestId)
  const known = await visit.identify(new Request(request.url, { headers: { authorization: `Bearer ${token}` } }))
  if (!known) return page(401, true)
  return new Response(null, {
    status: 303,
    headers: { location: '/', 'set-cookie': sessionCookie(token, request.url), 'cache-control': 'no-store' },
  })
}

const tooMany = (seconds: number): Problem => ({
  ...{ status: 429, code: 'too-many-requests', detail: 'more requests than are allowed' },
  ...{ hint: `Try again in ${seconds} s.`, retry_after: seconds },
})

const plain = (status: number, text: string) =>
  new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' } })

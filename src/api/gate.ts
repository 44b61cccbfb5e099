import { type Problem, problemAnswer } from './http.ts'
import { loginPage, loginToken, sessionCookie } from './login.ts'
import { type Identify, mayDo, neededRole, type Principal } from './principal.ts'
import { probePaths } from './probes.ts'
import type { Admit } from './rate-limit.ts'
import { type Audit, answerLogged, isLogged } from './request-log.ts'
import type { Visit as Noted } from './visit.ts'

/** An application for people who may see the same; it is told who asks, where that is known, and may send further requests as him through the gate. */
export type Inner = (request: Request, who: Who) => Response | Promise<Response>
interface Who {
  readonly principal?: Principal
  readonly call?: Call
  readonly visit?: Noted
  readonly isCurrent?: () => Promise<boolean>
}
type Call = (request: Request) => Promise<Response>

export interface GateOptions {
  readonly identify: Identify
  /** The application over what the owners of these teams may see; null for everything. */
  readonly appFor: (teams: Principal['teams']) => Promise<Inner>
  /** Requests of one caller; by principal, and by address for those that nobody knows. */
  readonly admit: (caller: string) => ReturnType<Admit> | Promise<ReturnType<Admit>>
  readonly audit: Audit
  /** Paths that anyone may read beside those of the probes. */
  readonly open?: ReadonlySet<string>
  readonly headers: Readonly<Record<string, string>>
  readonly requestId: () => string
}

/** `address` is the peer's, for counting the requests of callers that nobody knows; on `visit` it is noted who asks. */
export type Gate = (request: Request, address: string, visit?: Noted) => Promise<Response>

/**
 * Lets in who is known, as often and as far as allowed, and hands each request to the application over exactly what its sender may see.
 *
 * Answers `/login` for browsers by itself; what watches the process is not asked who it is.
 */
export function createGate(options: GateOptions): Gate {
  const finished = new WeakSet<Response>()
  return async (request, address, noted) => {
    const requestId = noted?.requestId ?? options.requestId()
    const response = await answer(request, { ...options, address, requestId, noted, finished })
    if (finished.has(response) || response.headers.has('x-request-id')) return response
    const headers = new Headers(response.headers)
    for (const [name, value] of Object.entries(options.headers)) headers.set(name, value)
    headers.set('x-request-id', requestId)
    return new Response(response.body, { status: response.status, headers })
  }
}

interface Visit extends Omit<GateOptions, 'requestId'> {
  readonly address: string
  readonly requestId: string
  readonly noted: Noted | undefined
  /** Answers of an application, which has put on them what every answer bears; to look for that costs as much as the answer. */
  readonly finished: WeakSet<Response>
}

async function answer(request: Request, visit: Visit): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (isRead(request) && (probePaths.has(pathname) || visit.open?.has(pathname))) return unasked(request, visit)
  if (pathname === '/login') return login(request, visit)
  if (signed.has(pathname)) return bySignature(request, visit)
  const principal = await visit.identify(request)
  if (principal && visit.noted) visit.noted.principal = principal.id
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
  const inner = await visit.appFor(principal.teams)
  const { url, headers } = request
  const isCurrent = async () => isSame(principal, await visit.identify(new Request(url, { headers })))
  const ask = async (one: Request) => {
    const response = await inner(one, {
      ...{ principal, isCurrent, call: (further) => enter(further, principal, { ...visit, noted: undefined }) },
      ...(visit.noted ? { visit: visit.noted } : {}),
    })
    visit.finished.add(response)
    return response
  }
  return isLogged(request) ? answerLogged(request, { actor: principal.id, audit: visit.audit }, ask) : ask(request)
}

/** Whether somebody who was let in would be let in as the same still. */
function isSame(before: Principal, now: Principal | null): boolean {
  return now !== null && JSON.stringify(now) === JSON.stringify(before)
}

const isRead = ({ method }: Request) => method === 'GET' || method === 'HEAD'
/** Routes whose requests prove themselves by a signature, which their handlers check. */
const signed: ReadonlySet<string> = new Set(['/api/v1/slack/actions'])

async function bySignature(request: Request, visit: Visit): Promise<Response> {
  const wait = await visit.admit(`address ${visit.address}`)
  return wait > 0 ? problemAnswer(tooMany(wait), visit.requestId) : unasked(request, visit)
}

async function unasked(request: Request, { appFor, noted }: Visit): Promise<Response> {
  const inner = await appFor(null)
  return inner(request, noted ? { visit: noted } : {})
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

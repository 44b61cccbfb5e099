import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Principal } from './principal.ts'
import type { Visit } from './visit.ts'

/** What middleware hands to handlers. */
export interface ApiEnv {
  /** Who asks, where that is asked. */
  readonly Bindings: {
    readonly principal?: Principal
    /** Sends another request as the same caller, within his limits and role. */
    readonly call?: (request: Request) => Promise<Response>
    /** Where what is known of the request is noted, if anyone asks for it. */
    readonly visit?: Visit
    /** Whether the caller is still who it was, for answers that last. */
    readonly isCurrent?: () => Promise<boolean>
  }
  readonly Variables: {
    readonly requestId: string
    /** Whether the answer has its request id and the security headers already. */
    readonly isSealed?: boolean
    /** Keeps a sent answer for the same request to the same data; absent when it must not be kept. */
    readonly remember?: (answer: SentAnswer) => void
  }
}

export type ApiRequest = Context<ApiEnv>

/** A complete answer before it is compressed. */
export interface Answer {
  readonly type: string
  readonly body: string
  readonly etag: string
  /** How long the same answer stays right while the data stay the same; for ever when absent. */
  readonly seconds?: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface SentAnswer {
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly etag: string
  readonly headers: Readonly<Record<string, string>>
  readonly seconds: number | undefined
}

/** Sends `answer`, compressed where the client takes it, or 304 when the client has it. */
export async function deliver(c: ApiRequest, answer: Answer): Promise<Response> {
  if (isKnown(c, answer.etag)) return notModified(answer.etag)
  const gzip = takesGzip(c) && answer.body.length > 1024
  const sent: SentAnswer = {
    body: gzip ? await compress(answer.body) : answer.body,
    etag: answer.etag,
    seconds: answer.seconds,
    headers: {
      'content-type': answer.type,
      etag: answer.etag,
      'cache-control': 'private, no-cache',
      vary: 'Accept, Accept-Encoding',
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      ...answer.headers,
    },
  }
  c.get('remember')?.(sent)
  if (c.env?.visit) c.env.visit.body = sent.body
  return new Response(sent.body, { headers: { ...sent.headers } })
}

export function notModified(etag: string): Response {
  return new Response(null, {
    status: 304,
    headers: { etag, 'cache-control': 'private, no-cache', vary: 'Accept, Accept-Encoding' },
  })
}

/** Whether the client's `If-None-Match` names this entity tag. */
export function isKnown(c: ApiRequest, etag: string): boolean {
  const known = c.req.header('if-none-match')
  if (known === undefined) return false
  const bare = (tag: string) => tag.trim().replace(/^W\//, '')
  return known.trim() === '*' || known.split(',').some((tag) => bare(tag) === bare(etag))
}

export function takesGzip(c: ApiRequest): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(c.req.header('accept-encoding') ?? '')
}

async function compress(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const zipped = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(zipped).arrayBuffer())
}

/** A weak entity tag over everything that decides the answer. */
export async function entityTag(...parts: readonly string[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(parts.join('\0')))
  return `W/"${[...new Uint8Array(digest).subarray(0, 12)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}"`
}

export interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 405 | 406 | 409 | 410 | 413 | 414 | 415 | 421 | 429 | 500 | 501 | 502 | 503
  /** Last part of the problem's `type`, in kebab case. */
  readonly code: string
  readonly detail: string
  readonly hint?: string | undefined
  /** Methods that are answered, where the status says that another was used; default those that read. */
  readonly allow?: string
  /** Seconds after which the request may be sent again. */
  readonly retry_after?: number
}

const titles: Readonly<Record<Problem['status'], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}

/** An RFC 9457 answer; `hint` says what to do about it. */
export function problemResponse(c: ApiRequest, problem: Problem): Response {
  return problemAnswer(problem, c.get('requestId'))
}

/** The same for a request that no application has taken. */
export function problemAnswer(problem: Problem, requestId: string): Response {
  const body = {
    type: `urn:costwright:problem:${problem.code}`,
    title: titles[problem.status],
    status: problem.status,
    detail: problem.detail,
    ...(problem.hint ? { hint: problem.hint } : {}),
    instance: `urn:request:${requestId}`,
  }
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(problem.status === 503 || problem.retry_after ? { 'retry-after': String(problem.retry_after ?? 5) } : {}),
      // The rest of the body is not waited for.
      ...(problem.status === 413 ? { connection: 'close' } : {}),
      ...(problem.status === 401 ? { 'www-authenticate': 'Bearer realm="costwright"' } : {}),
      ...(problem.status === 405 ? { allow: problem.allow ?? 'GET, HEAD' } : {}),
    },
  })
}

/** Ends the request with this problem. */
export function refuse(problem: Problem): never {
  throw new HTTPException(problem.status, { message: problem.detail, cause: problem })
}

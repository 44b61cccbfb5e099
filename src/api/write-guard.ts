import type { Problem } from './http.ts'

const formType = 'application/x-www-form-urlencoded'
const maximalBody = 16_384
/** Slack sends the whole message back with a pressed button. */
export const maximalSlackBody = 262_144

interface Writable {
  readonly path: RegExp
  readonly type: string
  readonly isForm: boolean
  readonly maximalBody: number
}

/** What may be posted: decisions, as JSON below the API, as forms below the pages, signed from Slack; statements that read, and messages of agents. */
const writable: readonly Writable[] = [
  { path: /^\/api\/v1\/alerts\/[^/]+\/[a-z]+$/, type: 'application/json', isForm: false, maximalBody },
  { path: /^\/api\/v1\/savings\/[^/]+\/[a-z]+$/, type: 'application/json', isForm: false, maximalBody },
  { path: /^\/api\/v1\/sql$/, type: 'application/json', isForm: false, maximalBody },
  { path: /^\/mcp$/, type: 'application/json', isForm: false, maximalBody },
  { path: /^\/alerts\/[^/]+$/, type: formType, isForm: true, maximalBody },
  { path: /^\/savings\/[^/]+$/, type: formType, isForm: true, maximalBody },
  { path: /^\/api\/v1\/slack\/actions$/, type: formType, isForm: false, maximalBody: maximalSlackBody },
]

/**
 * Why a request that changes something is refused, or null. Nobody logs in yet, so that another site's page must not be able to act in a
 * reader's browser: JSON cannot be sent across origins without asking first, and a form must come from this server's own pages. A page sent
 * with `referrer-policy: no-referrer` posts with `Origin: null`; then `Sec-Fetch-Site` tells where it comes from.
 */
export function writeRefusal(request: Request): Problem | null {
  const url = new URL(request.url)
  const target = writable.find(({ path }) => path.test(url.pathname))
  if (request.method !== 'POST' || !target)
    return {
      status: 405,
      code: 'read-only',
      detail: `${request.method} is not supported`,
      hint: 'Everything here is read with GET; decisions on incidents and savings are posted.',
    }
  const { headers } = request
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const isOwn = origin === url.origin || ((origin === null || origin === 'null') && site === 'same-origin')
  const isProgram = origin === null && (site === null || site === 'none')
  if (!isOwn && (target.isForm || !isProgram))
    return { status: 403, code: 'foreign-origin', detail: 'the request comes from another site', hint: 'Use the page.' }
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== target.type)
    return { status: 415, code: 'wrong-type', detail: `the content type must be ${target.type}` }
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity')
    return { status: 415, code: 'wrong-encoding', detail: 'the body must not be compressed' }
  const length = headers.get('content-length')
  if (length !== null && !(Number(length) <= target.maximalBody))
    return { status: 413, code: 'body-too-large', detail: `the body is longer than ${target.maximalBody} bytes` }
  return null
}

/** The body as text; null when it is longer than `longest`, by default than any decision. */
export async function smallBody(request: Request, longest = maximalBody): Promise<string | null> {
  let text = ''
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for await (const piece of request.body ?? []) {
    text += decoder.decode(piece as Uint8Array, { stream: true })
    if (text.length > longest) return null
  }
  return text + decoder.decode()
}

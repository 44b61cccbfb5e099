import type { Problem } from './http.ts'

const formType = 'application/x-www-form-urlencoded'
const maximalBody = 16_384
/** Slack sends the whole message back with a pressed button. */
export const maximalSlackBody = 262_144

interface Writable {
  readonly path: RegExp
  /** Default POST. */
  readonly method?: 'POST' | 'PUT' | 'DELETE'
  /** Media type of the body; null for any, or none. */
  readonly type: string | null
  readonly isForm: boolean
  readonly maximalBody: number
}

/** A file of an import set: the one body that is large, and no text. */
const uploadPath = /^\/api\/v1\/imports\/[^/]+\/files\/[^/]+$/

/** Whether the body of a request is a file. */
export const isUpload = ({ method, url }: Request) => method === 'PUT' && uploadPath.test(new URL(url).pathname)

/** What may be sent: files of imports; jobs, keys and what ends them; decisions, as JSON below the API, as forms below the pages, signed from Slack; statements that read, and messages of agents. */
const writable: readonly Writable[] = [
  { path: /^\/api\/v1\/alerts\/[^/]+\/[a-z]+$/, type: 'application/json', isForm: false, maximalBody },
  { path: /^\/api\/v1\/savings\/[^/]+\/[a-z]+$/, type: 'application/json', isForm: false, maximalBody },
  { path: /^\/api\/v1\/sql$/, type: 'application/json', isForm: false, maximalBody },
  { path: /^\/api\/v1\/(jobs|keys)$/, type: 'application/json', isForm: false, maximalBody },
  { path: /^\/api\/v1\/(jobs|keys|imports)\/[^/]+$/, method: 'DELETE', type: null, isForm: false, maximalBody: 0 },
  { path: /^\/api\/v1\/imports$/, type: null, isForm: false, maximalBody },
  { path: /^\/api\/v1\/imports\/[^/]+\/run$/, type: 'application/json', isForm: false, maximalBody },
  // The uploads count what arrives and know how much may.
  { path: uploadPath, method: 'PUT', type: null, isForm: false, maximalBody: Infinity },
  { path: /^\/mcp$/, type: 'application/json', isForm: false, maximalBody },
  { path: /^\/alerts\/[^/]+$/, type: formType, isForm: true, maximalBody },
  { path: /^\/savings\/[^/]+$/, type: formType, isForm: true, maximalBody },
  { path: /^\/api\/v1\/slack\/actions$/, type: formType, isForm: false, maximalBody: maximalSlackBody },
]

/** Methods by which a program may change something at a path. */
export function writingMethods(pathname: string): string[] {
  return writable
    .filter(({ path, isForm, type }) => path.test(pathname) && !isForm && type !== formType)
    .map(({ method = 'POST' }) => method)
}

/**
 * Why a request that changes something is refused, or null. Another site's page must not be able to act in a reader's browser with the
 * reader's cookie: JSON cannot be sent across origins without asking first, and a form must come from this server's own pages. A page sent
 * with `referrer-policy: no-referrer` posts with `Origin: null`; then `Sec-Fetch-Site` tells where it comes from.
 *
 * @param origins of pages elsewhere that may post JSON with a bearer token, which wins over a cookie
 */
export function writeRefusal(request: Request, origins: ReadonlySet<string> = new Set()): Problem | null {
  const url = new URL(request.url)
  const here = writable.filter(({ path }) => path.test(url.pathname))
  const target = here.find(({ method = 'POST' }) => method === request.method)
  if (!target)
    return {
      status: 405,
      code: 'read-only',
      detail: `${request.method} is not supported`,
      hint: 'Everything here is read with GET; /openapi.json says what can be posted.',
      allow: ['GET', 'HEAD', ...here.map(({ method = 'POST' }) => method)].join(', '),
    }
  const { headers } = request
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const isOwn = origin === url.origin || ((origin === null || origin === 'null') && site === 'same-origin')
  const isProgram = origin === null && (site === null || site === 'none')
  const isGuest =
    origin !== null && origins.has(origin) && /^Bearer\s+\S/i.test(headers.get('authorization') ?? '') && !target.isForm
  if (!isOwn && !isGuest && (target.isForm || !isProgram))
    return { status: 403, code: 'foreign-origin', detail: 'the request comes from another site', hint: 'Use the page.' }
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (target.type !== null && type !== target.type)
    return { status: 415, code: 'wrong-type', detail: `the content type must be ${target.type}` }
  const length = headers.get('content-length')
  if (length !== null && !(Number(length) <= target.maximalBody))
    return { status: 413, code: 'body-too-large', detail: `the body is longer than ${target.maximalBody} bytes` }
  return null
}

/** How long a small body may take. */
const patienceMs = 30_000

/** The body as text; null when it is longer than `longest`, by default than any decision, or does not come. */
export async function smallBody(request: Request, longest = maximalBody): Promise<string | null> {
  const reader = request.body?.getReader()
  if (!reader) return ''
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    void reader.cancel()
  }, patienceMs)
  let text = ''
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return isLate ? null : text + decoder.decode()
      text += decoder.decode(value, { stream: true })
      if (text.length > longest) {
        void reader.cancel()
        return null
      }
    }
  } finally {
    clearTimeout(timer)
  }
}

import type { MiddlewareHandler } from 'hono'
import type { ApiContext } from './context.ts'
import { type ApiEnv, isKnown, notModified, type SentAnswer, takesGzip } from './http.ts'

interface Entry extends SentAnswer {
  readonly size: number
  readonly expires: number
}

const maximalEntryBytes = 4 * 2 ** 20

/**
 * Answers again what was answered for the same URL, format and state of the data. Least recently used out first;
 * a new state forgets everything.
 *
 * @param headers sent with every answer
 * @param maximalBytes kept at most, 64 MiB by default
 */
export function responseCache(
  context: ApiContext,
  headers: Readonly<Record<string, string>>,
  maximalBytes = 64 * 2 ** 20,
): MiddlewareHandler<ApiEnv> {
  const entries = new Map<string, Entry>()
  let state: string | null = null
  let bytes = 0
  const forget = (key: string) => {
    bytes -= entries.get(key)?.size ?? 0
    entries.delete(key)
  }
  const keep = (key: string, answer: SentAnswer) => {
    const size = answer.body.length + key.length + 500
    if (size > maximalEntryBytes) return
    forget(key)
    entries.set(key, {
      ...answer,
      size,
      expires: answer.seconds === undefined ? Infinity : context.now().getTime() + answer.seconds * 1000,
    })
    bytes += size
    for (const oldest of entries.keys()) {
      if (bytes <= maximalBytes) return
      forget(oldest)
    }
  }
  return async (c, next) => {
    const current = context.current()
    if (current === null) return next()
    if (current !== state) {
      entries.clear()
      bytes = 0
      state = current
    }
    const key = `${takesGzip(c)}\n${c.req.header('accept') ?? ''}\n${c.req.url}`
    const hit = entries.get(key)
    if (!hit || (hit.expires !== Infinity && hit.expires <= context.now().getTime())) {
      c.set('remember', (answer) => {
        if (context.current() === current) keep(key, answer)
      })
      return next()
    }
    entries.delete(key)
    entries.set(key, hit)
    if (isKnown(c, hit.etag)) return notModified(hit.etag)
    return new Response(hit.body, { headers: { ...headers, ...hit.headers, 'x-request-id': c.get('requestId') } })
  }
}

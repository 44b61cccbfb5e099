import type { MiddlewareHandler } from 'hono'
import type { ApiContext } from './context.ts'
import { type ApiEnv, isKnown, notModified, type SentAnswer, takesGzip } from './http.ts'
import { routeOf } from './visit.ts'

/** What a cache did and holds, counted up by it. */
export interface CacheCounts {
  hits: number
  misses: number
  bytes: number
}

interface Entry extends SentAnswer {
  /** Template of the route that made the answer. */
  readonly route: string | null
  readonly size: number
  readonly expires: number
}

const maximalEntryBytes = 4 * 2 ** 20

/**
 * Answers again what was answered for the same URL, format and state of the data. Least recently used out first;
 * a new state forgets everything.
 *
 * @param headers sent with every answer
 * @param counts of this cache alone
 * @param maximalBytes kept at most, 64 MiB by default
 */
export function responseCache(
  context: ApiContext,
  headers: Readonly<Record<string, string>>,
  counts: CacheCounts = { hits: 0, misses: 0, bytes: 0 },
  maximalBytes = 64 * 2 ** 20,
): MiddlewareHandler<ApiEnv> {
  const entries = new Map<string, Entry>()
  let state: string | null = null
  const forget = (key: string) => {
    counts.bytes -= entries.get(key)?.size ?? 0
    entries.delete(key)
  }
  const keep = (key: string, answer: SentAnswer, route: string | null) => {
    const size = answer.body.length + key.length + 500
    if (size > maximalEntryBytes) return
    forget(key)
    entries.set(key, {
      ...answer,
      route,
      size,
      expires: answer.seconds === undefined ? Infinity : context.now().getTime() + answer.seconds * 1000,
    })
    counts.bytes += size
    for (const oldest of entries.keys()) {
      if (counts.bytes <= maximalBytes) return
      forget(oldest)
    }
  }
  return async (c, next) => {
    const current = context.current()
    if (current === null) return next()
    if (current !== state) {
      entries.clear()
      counts.bytes = 0
      state = current
    }
    const key = `${takesGzip(c)}\n${c.req.header('accept') ?? ''}\n${c.req.url}`
    const hit = entries.get(key)
    if (!hit || (hit.expires !== Infinity && hit.expires <= context.now().getTime())) {
      c.set('remember', (answer) => {
        if (context.current() !== current) return
        counts.misses += 1
        keep(key, answer, routeOf(c))
      })
      return next()
    }
    entries.delete(key)
    entries.set(key, hit)
    counts.hits += 1
    const visit = c.env?.visit
    if (visit) {
      visit.route = hit.route
      visit.body = hit.body
    }
    if (isKnown(c, hit.etag)) return notModified(hit.etag)
    c.set('isSealed', true)
    return new Response(hit.body, { headers: { ...headers, ...hit.headers, 'x-request-id': c.get('requestId') } })
  }
}

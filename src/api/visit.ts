import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { ApiEnv } from './http.ts'

/** What is known of a request while it is answered: those who answer it write, whoever keeps the books reads. */
export interface Visit {
  readonly requestId: string
  /** Template of the route that answered, such as `/api/v1/queries/:name`, never a path as sent; null where none did. */
  route: string | null
  /** Id of who asks, where that is known. */
  principal: string | null
  /** Body of an answer that is sent whole, before its transport. */
  body: string | Uint8Array | null
  /** Of an answer that goes on after its handler: how many bytes it had, when it has ended. */
  ended: Promise<number> | null
  /** Breaks the connection under an answer that has begun and cannot be finished, so that nobody takes the part for the whole. */
  readonly cut: (error: unknown) => void
}

/** Template of the route that takes a request; null where only middleware does. */
export function routeOf(c: Context<ApiEnv>): string | null {
  const path = matchedRoutes(c).at(-1)?.path
  return path === undefined || path === '/*' ? null : path
}

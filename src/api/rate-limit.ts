export interface RateLimit {
  /** Requests a minute that may go on for ever. */
  readonly per_minute: number
  /** Requests at once after a rest. */
  readonly burst: number
}

/** How many seconds a caller must wait; 0 when the request may go on. */
export type Admit = (caller: string) => number

const mostCallers = 10_000

/** A bucket of `burst` requests for each caller, refilled evenly. `now` is in milliseconds. The least recent callers are forgotten first. */
export function rateLimiter({ per_minute, burst }: RateLimit, now: () => number): Admit {
  const buckets = new Map<string, { left: number; at: number }>()
  const perMs = per_minute / 60_000
  return (caller) => {
    const at = now()
    const known = buckets.get(caller)
    const left = known ? Math.min(burst, known.left + Math.max(0, at - known.at) * perMs) : burst
    const isAdmitted = left >= 1
    buckets.delete(caller)
    buckets.set(caller, { left: isAdmitted ? left - 1 : left, at })
    for (const oldest of buckets.keys()) {
      if (buckets.size <= mostCallers) break
      buckets.delete(oldest)
    }
    return isAdmitted ? 0 : Math.ceil((1 - left) / perMs / 1000)
  }
}

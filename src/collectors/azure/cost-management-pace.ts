/** Before each call of one scope `take` waits until its quota allows the call; `note` reads what an answer says of the quota. */
export interface Pace {
  take(signal: AbortSignal): Promise<void>
  note(headers: Iterable<readonly [string, string]>): void
}

const windowMs = 60_000

/**
 * At most `calls` a minute, since Cost Management throttles calls by scope beside its quota of processing units
 * (specs/exports.md section 3.6). An answer that says a quota is used up (`…-qpu-remaining: QueriesPerHour:577,QueriesPerMin:0`)
 * holds the next call back a minute.
 */
export function createPace(
  calls: number,
  clock: { now: () => Date; wait: (ms: number, signal: AbortSignal) => Promise<unknown> },
): Pace {
  let starts: number[] = []
  let emptyUntil = 0
  return {
    async take(signal) {
      const now = clock.now().getTime()
      const free = starts.length < calls ? now : (starts[0] ?? now) + windowMs
      const start = Math.max(now, free, emptyUntil)
      starts = [...starts, start].slice(-calls)
      if (start > now) await clock.wait(start - now, signal)
    },
    note(headers) {
      for (const [name, value] of headers) {
        if (!/^x-ms-ratelimit-.*(remaining|requests)$/i.test(name)) continue
        const left = value.split(/[,;]/).map((part) => part.split(':').at(-1)?.trim())
        if (left.includes('0')) emptyUntil = Math.max(emptyUntil, clock.now().getTime() + windowMs)
      }
    },
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { UpstreamError } from '../errors.ts'
import { type Failure, failureOf } from './failure.ts'

/** Runs `call` until it succeeds, fails for good, or has used up its attempts; then throws UpstreamError. `what` names the call. */
export type Retry = <Result>(what: string, call: (signal: AbortSignal) => Promise<Result>) => Promise<Result>

export interface RetryOptions {
  /** Name of the source, for errors. */
  readonly source: string
  readonly signal: AbortSignal
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly onWait?: (what: string, failure: Failure, waitMs: number) => void
  /** Attempts in all; default 7. */
  readonly attempts?: number
  /** Waits `ms`; a test passes its own. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

const baseMs = 500
const longestMs = 30_000
/** A provider may ask for a longer wait than ours; beyond this the run fails and says when to come back. */
const longestAskedMs = 15 * 60_000

/**
 * The one retry loop. Waits as long as the provider asks, else exponentially with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). Denied, expired and wrong requests are not repeated.
 */
export function createRetry(options: RetryOptions): Retry {
  const attempts = options.attempts ?? 7
  const wait = options.wait ?? ((ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }))
  return async (what, call) => {
    for (let attempt = 1; ; attempt += 1) {
      options.signal.throwIfAborted()
      try {
        return await call(options.signal)
      } catch (error) {
        options.signal.throwIfAborted()
        const failure = failureOf(error)
        if (failure.kind === 'gone' || failure.kind === 'ours') throw error
        const asked = failure.waitMs ?? 0
        const backoff = options.random() * Math.min(longestMs, baseMs * 2 ** (attempt - 1))
        if (!failure.retryable || attempt >= attempts || asked > longestAskedMs) {
          throw new UpstreamError(options.source, `${what}: ${failure.message}`, {
            retryable: failure.retryable,
            cause: error,
          })
        }
        const waitMs = Math.round(asked > 0 ? asked + backoff : backoff)
        options.onWait?.(what, failure, waitMs)
        await wait(waitMs, options.signal)
      }
    }
  }
}

/**
 * Something the user can put right: bad file, key, option. `hint` is the remedy. Exit code 2, HTTP 400; 409 for a `conflict`: the request
 * is right, and does not fit the state that something is in now.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly hint: string | undefined
  readonly conflict: boolean
  constructor(message: string, options: { hint?: string; conflict?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.hint = options.hint
    this.conflict = options.conflict ?? false
  }
}

/** A delivery that is sound and holds no charge: it changes nothing. */
export class EmptyDelivery extends UserError {}

/** Another system failed: which one, and whether trying again can help. Exit code 1, HTTP 502. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly source: string
  readonly retryable: boolean
  constructor(source: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(`${source}: ${message}`, { cause: options.cause })
    this.source = source
    this.retryable = options.retryable ?? false
  }
}

/** A query failed inside the engine; `query` names it. Exit code 1, HTTP 500. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  readonly query: string
  constructor(query: string, cause: unknown) {
    super(`${query}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.query = query
  }
}

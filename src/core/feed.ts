/** One message to whoever listens. Ids rise. */
export interface FeedEvent {
  readonly id: number
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Messages that can be read again from any id for as long as they are kept. */
export interface Feed {
  /** Id of the newest message, or of what may become one. */
  newest(): number
  /**
   * The messages after `after`, oldest first, and the id through which that is all; `isOver` when none will follow. No messages and a
   * `through` beyond `after` means: go on reading there.
   */
  read(after: number): { readonly events: readonly FeedEvent[]; readonly through: number; readonly isOver: boolean }
  /** Calls `wake` whenever there may be more; returns the function that ends that. */
  subscribe(wake: () => void): () => void
}

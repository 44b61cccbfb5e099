/** Those who listen to streams of events, over all applications of a server. */
export interface Listeners {
  /** A place for one, ended by `end` when the server closes; null when too many listen, in all or for this caller. */
  join(caller: string, end: () => void): (() => void) | null
  readonly count: () => number
  /** Ends every stream; nobody joins any more. */
  close(): void
}

export interface ListenerLimits {
  readonly most: number
  readonly mostOfOne: number
}

export function createListeners({ most, mostOfOne }: ListenerLimits = { most: 200, mostOfOne: 20 }): Listeners {
  const open = new Map<() => void, string>()
  let isClosed = false
  return {
    join(caller, end) {
      const own = [...open.values()].filter((one) => one === caller).length
      if (isClosed || open.size >= most || own >= mostOfOne) return null
      open.set(end, caller)
      return () => open.delete(end)
    },
    count: () => open.size,
    close() {
      isClosed = true
      for (const end of [...open.keys()]) end()
      open.clear()
    },
  }
}

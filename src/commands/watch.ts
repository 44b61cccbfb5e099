import type { ChildProcess } from 'node:child_process'

/** What a watch of the data needs of the outside. */
export interface WatchOptions {
  /** The warehouse that is current now; null before the first import. */
  readonly current: () => string | null
  readonly spawn: (args: readonly string[]) => ChildProcess
  /** What else follows each change of the data, after incidents and forecasts. */
  readonly followers?: readonly (readonly string[])[]
  /** Sends the messages that are due; throws what went wrong. */
  readonly deliver: (signal: AbortSignal) => Promise<readonly { readonly error: string | null }[]>
  readonly note: (text: string) => void
}

export interface Watch {
  /** Looks at the data now, whether they changed or not. */
  look(): void
  end(): void
}

/** How often the data are looked at, and messages that fell due (quiet hours, digests, retries, escalations) are sent. */
const lookMs = 5000
const deliverMs = 30_000

/** What follows each change of the data: incidents, then forecasts that were not issued from these data. */
const jobs: readonly (readonly string[])[] = [['detect'], ['forecast', '--new']]

/**
 * Judges and forecasts whenever other data are current, whoever imported them, in a process of its own at a time, so that those who
 * ask lose neither memory nor breath; and sends what is due, without any request.
 */
export function watchData(options: WatchOptions): Watch {
  const ending = new AbortController()
  let seen: string | null = null
  let running: ChildProcess | null = null
  let queue: (readonly string[])[] = []
  let sending = false
  const send = async () => {
    if (sending || ending.signal.aborted) return
    sending = true
    try {
      const results = await options.deliver(ending.signal)
      for (const { error } of results) if (error !== null) options.note(`not delivered: ${error}`)
    } catch (error) {
      if (!ending.signal.aborted) options.note(`delivery: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      sending = false
    }
  }
  const next = () => {
    const [args, ...rest] = queue
    if (running || args === undefined || ending.signal.aborted) return
    queue = rest
    const child = options.spawn(args)
    running = child
    const over = (problem: string | null) => {
      if (running !== child) return
      running = null
      if (problem !== null && !ending.signal.aborted) options.note(`${args.join(' ')}: ${problem}`)
      if (args === jobs[0]) void send()
      next()
    }
    child.once('exit', (code) => over(code === 0 ? null : `failed (exit code ${code})`))
    child.once('error', (error) => over(error.message))
  }
  const look = () => {
    queue = [...jobs, ...(options.followers ?? [])]
    next()
  }
  const timers = [
    setInterval(() => {
      const current = options.current()
      if (current === null || current === seen) return
      seen = current
      look()
    }, lookMs),
    setInterval(() => void send(), deliverMs),
  ]
  seen = options.current()
  if (seen !== null) look()
  void send()
  return {
    look,
    end() {
      ending.abort()
      for (const timer of timers) clearInterval(timer)
      running?.kill('SIGTERM')
    },
  }
}

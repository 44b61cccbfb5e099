import type { Feed, FeedEvent } from '../core/feed.ts'
import type { Job, JobProgress } from '../state/jobs.ts'

/** What is kept of a job's notes, and of what is sent to listeners. */
export const mostLines = 200
const longestLine = 2000
const mostEvents = 500

/** What is known of a job while it runs: its newest notes and how far it has come, and who listens. */
export interface LiveJob {
  readonly feed: Feed
  readonly log: readonly string[]
  readonly progress: JobProgress | null
  note(line: string): void
  advance(progress: JobProgress): void
  /** Tells the listeners how it ended. */
  end(job: Job): void
}

export function liveJob(): LiveJob {
  const events: FeedEvent[] = []
  const listeners = new Set<() => void>()
  const log: string[] = []
  let progress: JobProgress | null = null
  let newest = 0
  let isOver = false
  const say = (event: string, data: FeedEvent['data']) => {
    newest += 1
    events.push({ id: newest, event, data })
    if (events.length > mostEvents) events.shift()
    for (const wake of [...listeners]) wake()
  }
  return {
    feed: {
      newest: () => newest,
      read(after) {
        const found = events.filter(({ id }) => id > after)
        return { events: found, through: newest, isOver }
      },
      subscribe(wake) {
        listeners.add(wake)
        return () => listeners.delete(wake)
      },
    },
    log,
    get progress() {
      return progress
    },
    note(line) {
      const text = line.slice(0, longestLine)
      log.push(text)
      if (log.length > mostLines) log.shift()
      say('log', { line: text })
    },
    advance(next) {
      progress = next
      say('progress', { ...next })
    },
    end(job) {
      isOver = true
      say('done', doneOf(job))
    },
  }
}

/** A job that another process runs, or that ended before this one began: the last message alone, when it has ended. */
export function storedFeed(read: () => Job | null): Feed {
  return {
    newest: () => 0,
    read(after) {
      const job = read()
      if (job && job.ended_at === null) return { events: [], through: after, isOver: false }
      const events = job ? [{ id: after + 1, event: 'done', data: doneOf(job) }] : []
      return { events, through: after + events.length, isOver: true }
    },
    subscribe: () => () => {},
  }
}

function doneOf({ job_id, state, ended_at, exit_code, problem }: Job): FeedEvent['data'] {
  return { job_id, state, ended_at, exit_code, problem }
}

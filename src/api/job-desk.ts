import type { Feed } from '../core/feed.ts'
import type { OptionValues } from '../jobs/options.ts'
import type { Job, JobHead, JobState } from '../state/jobs.ts'

/** Work that is to be done; without `actor` for the user that runs the server. */
export interface JobOrder {
  readonly kind: string
  readonly options: OptionValues
  readonly actor: string | undefined
}

/** Long work as the API sees it. */
export interface JobDesk {
  /** Puts a job in line, unless too many wait or an upload that it names is not there. */
  start(order: JobOrder): Job | 'busy' | 'no-file'
  /** Newest first, with what reads on after them; null when they are all. */
  list(page: { readonly state: JobState | null; readonly before: number; readonly limit: number }): {
    readonly jobs: readonly JobHead[]
    readonly next: number | null
  }
  find(id: string): Job | null
  /** Ends a job, at once when it waits; null for one that has ended. */
  cancel(id: string, actor: string | undefined): Job | null
  /** What happens to a job; null for one that is not there. */
  feed(id: string): Feed | null
}

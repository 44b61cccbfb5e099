import { Cron } from 'croner'

/** A source and when it is collected: a cron line of five fields, UTC. */
export interface Scheduled {
  readonly source: string
  readonly schedule: string
}

/**
 * Calls `run` for each source when its time has come; a source whose run has not ended yet is left out that time.
 * Returns the function that ends the schedule.
 */
export function startSchedule(
  sources: readonly Scheduled[],
  run: (source: string) => Promise<void>,
  onFailure: (source: string, error: unknown) => void,
): () => void {
  const jobs = sources.map(
    ({ source, schedule }) =>
      new Cron(
        schedule,
        { timezone: 'UTC', protect: true, unref: true, catch: (error) => onFailure(source, error) },
        () => run(source),
      ),
  )
  return () => {
    for (const job of jobs) job.stop()
  }
}

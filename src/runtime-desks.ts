import type { AppOptions } from './api/app.ts'
import type { SpawnJob } from './jobs/run-job.ts'
import type { Runtime } from './runtime.ts'
import { createKeyDesk } from './runtime-auth.ts'
import { createJobs } from './runtime-jobs.ts'
import type { Alerts } from './runtime-notify.ts'
import { createUploads } from './runtime-uploads.ts'
import { isInJob, type Job } from './state/jobs.ts'

export interface Desks {
  readonly desks: NonNullable<AppOptions['desks']>
  /** Ends what runs. */
  close(): Promise<void>
}

export interface DesksOptions {
  readonly runtime: Runtime
  readonly alerts: Alerts
  readonly spawn: SpawnJob
  readonly onFailure: (id: string, error: unknown) => void
}

const sweepMs = 60 * 60_000

/** What administrators work with: jobs, import sets and keys. */
export function createDesks({ runtime, alerts, spawn, onFailure }: DesksOptions): Desks {
  const { layout, config, now } = runtime
  const { database, actor } = alerts
  const uploads = createUploads({
    folder: layout.uploads,
    largest: config.server.max_upload,
    isInUse: (id) => isInJob(database, id),
    now,
  })
  const onEnd = ({ kind, state, options }: Job) => {
    if (kind === 'import' && state === 'succeeded') uploads.remove(String(options['import']))
  }
  const { pathOf } = uploads
  const jobs = createJobs({ database, data: layout.data, spawn, pathOf, actor, now, onFailure, onEnd })
  uploads.sweep()
  const timer = setInterval(uploads.sweep, sweepMs)
  timer.unref()
  return {
    desks: { jobs, uploads, keys: createKeyDesk(database, now) },
    async close() {
      clearInterval(timer)
      await jobs.close()
    },
  }
}

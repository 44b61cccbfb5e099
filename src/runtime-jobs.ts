import { randomBytes, randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobDesk, JobOrder } from './api/job-desk.ts'
import { argumentsOf, kindNamed, missingUploads, type PathOf } from './jobs/arguments.ts'
import type { JobKind } from './jobs/kinds.ts'
import { type LiveJob, liveJob, storedFeed } from './jobs/live-job.ts'
import { type RunningJob, runJob, type SpawnJob } from './jobs/run-job.ts'
import { isAlive } from './lake/lock.ts'
import { appendAudit } from './state/audit.ts'
import {
  adoptJob,
  beginJob,
  endJob,
  forgetJobs,
  insertJob,
  type Job,
  type JobEnd,
  listJobs,
  noteProgress,
  pendingJobs,
  readJob,
} from './state/jobs.ts'
import type { Database } from './state/sqlite.ts'

export interface JobsOptions {
  readonly database: Database
  /** Data folder; it is not shown in notes. */
  readonly data: string
  readonly spawn: SpawnJob
  readonly pathOf: PathOf
  /** Who acts when the server itself does. */
  readonly actor: string
  readonly now: () => Date
  /** Told when the end of a job could not be written down. */
  readonly onFailure: (job_id: string, error: unknown) => void
  /** Told when a job has ended, however it did. */
  readonly onEnd?: (job: Job) => void
}

export interface Jobs extends JobDesk {
  /** Ends running jobs as failed, and leaves waiting ones for the next start. */
  close(): Promise<void>
}

const limits = { atOnce: 2, waiting: 20, kept: 200 }

/** How often the progress of a running job is written down, for those who ask another process. */
const writeDownMs = 2000

/** Work in this process's hands: waiting, or with its child. */
interface Held {
  readonly kind: JobKind
  readonly live: LiveJob
  child: RunningJob | null
}

/** Runs jobs as child processes: two at a time, one that writes the lake. What ran when its server died has failed. */
export function createJobs(options: JobsOptions): Jobs {
  const { database, now } = options
  const owner = `${process.pid}/${randomUUID()}`
  const held = new Map<string, Held>()
  const ending = new Set<Promise<void>>()
  let isClosing = false
  const hold = (job_id: string, kind: string) =>
    held.set(job_id, { kind: kindNamed(kind), live: liveJob(), child: null })
  const over = (job_id: string, ended: Omit<JobEnd, 'at'>) => {
    const live = held.get(job_id)?.live
    if (live?.progress) noteProgress(database, job_id, live.progress)
    const job = recordEnd(options, job_id, ended)
    live?.end(job)
    held.delete(job_id)
    options.onEnd?.(job)
  }
  const next = () => {
    for (const [job_id, one] of held) {
      const busy = [...held.values()].filter(({ child }) => child !== null)
      if (isClosing || busy.length >= limits.atOnce) return
      if (one.child || (one.kind.writes && busy.some(({ kind }) => kind.writes))) continue
      if (!beginJob(database, job_id, now().toISOString())) continue
      one.child = childOf(options, job_id, one)
      const ended = one.child.ended
        .then((result) => over(job_id, result))
        .catch((error: unknown) => options.onFailure(job_id, error))
        .then(() => {
          held.delete(job_id)
          ending.delete(ended)
          next()
        })
      ending.add(ended)
    }
  }
  for (const { job_id, kind } of recover(options, owner)) hold(job_id, kind)
  next()
  const timer = setInterval(() => {
    for (const [job_id, { live, child }] of held)
      if (child && live.progress) noteProgress(database, job_id, live.progress)
  }, writeDownMs)
  timer.unref()
  return {
    start(order) {
      const waiting = [...held.values()].filter(({ child }) => child === null)
      if (isClosing || waiting.length >= limits.waiting) return 'busy'
      if (missingUploads(kindNamed(order.kind), order.options, options.pathOf).length > 0) return 'no-file'
      const job_id = recordStart(options, order, owner)
      hold(job_id, order.kind)
      next()
      return readJob(database, job_id) as Job
    },
    list: (page) => pageOf(database, page),
    find(id) {
      const job = readJob(database, id)
      const live = held.get(id)?.live
      return job && live ? { ...job, progress: live.progress, log: [...live.log] } : job
    },
    cancel(id, actor = options.actor) {
      const one = held.get(id)
      if (!one) return null
      appendAudit(database, { at: now().toISOString(), actor, action: 'job_cancelled', subject: id, detail: {} })
      if (one.child) one.child.stop('cancelled')
      else over(id, { state: 'cancelled', exit_code: null, result: null, log: [], problem: null })
      return readJob(database, id)
    },
    feed: (id) => held.get(id)?.live.feed ?? (readJob(database, id) ? storedFeed(() => readJob(database, id)) : null),
    async close() {
      isClosing = true
      clearInterval(timer)
      for (const { child } of held.values()) child?.stop('closing')
      await Promise.all(ending)
    },
  }
}

function childOf({ database, data, spawn, pathOf }: JobsOptions, job_id: string, { kind, live }: Held): RunningJob {
  const out = join(tmpdir(), `costwright-job-${job_id}.json`)
  const { options, actor } = readJob(database, job_id) as Job
  const args = () => argumentsOf(kind, options as JobOrder['options'], { pathOf, actor, out })
  return runJob({ kind, args, out, live, spawn, hidden: data })
}

function recordStart(context: JobsOptions, { kind, options, ...order }: JobOrder, owner: string): string {
  const { database, now } = context
  const actor = order.actor ?? context.actor
  const job_id = randomBytes(16).toString('hex')
  const created_at = now().toISOString()
  database.transaction(() => {
    insertJob(database, { job_id, kind, options, actor, owner, created_at })
    forgetJobs(database, limits.kept)
    appendAudit(database, { at: created_at, actor, action: 'job_started', subject: job_id, detail: { kind, options } })
  })
  return job_id
}

function recordEnd({ database, now, actor }: JobsOptions, job_id: string, ended: Omit<JobEnd, 'at'>): Job {
  const at = now().toISOString()
  const detail = { state: ended.state, exit_code: ended.exit_code }
  database.transaction(() => {
    endJob(database, job_id, { ...ended, at })
    appendAudit(database, { at, actor, action: 'job_ended', subject: job_id, detail })
  })
  return readJob(database, job_id) as Job
}

/** Ends what ran when its server died, and takes over what waited there; jobs of a server that lives are left to it. */
function recover(options: JobsOptions, owner: string): { readonly job_id: string; readonly kind: string }[] {
  const left = pendingJobs(options.database).filter((job) => !isHeldByOther(job.owner))
  for (const { job_id } of left.filter(({ state }) => state === 'running'))
    recordEnd(options, job_id, {
      ...{ state: 'failed', exit_code: null, result: null, log: [] },
      problem: { detail: 'the server ended while the job was running', hint: 'Start it again.' },
    })
  const waiting = left.filter(({ state }) => state === 'queued')
  for (const { job_id } of waiting) adoptJob(options.database, job_id, owner)
  return waiting
}

/** A process of the same number as this one is gone: this one has its number. */
function isHeldByOther(owner: string): boolean {
  const pid = Number(owner.split('/')[0])
  return pid !== process.pid && isAlive(pid)
}

function pageOf(database: Database, page: Parameters<JobDesk['list']>[0]): ReturnType<JobDesk['list']> {
  const found = listJobs(database, { ...page, limit: page.limit + 1 })
  const rows = found.slice(0, page.limit)
  return {
    jobs: rows.map(({ sequence: _, ...job }) => job),
    next: found.length > page.limit ? (rows.at(-1)?.sequence ?? null) : null,
  }
}

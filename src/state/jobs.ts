import type { Database, Row } from './sqlite.ts'

export const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type JobState = (typeof jobStates)[number]

/** How far a job has come: `done` of `total`, in any unit. */
export interface JobProgress {
  readonly label: string
  readonly done: number
  readonly total: number
}

/** Work that somebody started and a process of its own does. Instants are ISO text. */
export interface Job {
  readonly job_id: string
  readonly kind: string
  readonly options: Readonly<Record<string, unknown>>
  readonly actor: string
  readonly state: JobState
  readonly created_at: string
  readonly started_at: string | null
  readonly ended_at: string | null
  readonly exit_code: number | null
  readonly progress: JobProgress | null
  /** What the command printed: JSON where it was, else text. Null while it runs, and for nothing. */
  readonly result: unknown
  readonly problem: { readonly detail: string; readonly hint: string | null } | null
  /** The last lines of its notes. */
  readonly log: readonly string[]
}

/** A job in a list: without what may be long. */
export type JobHead = Omit<Job, 'result' | 'log'>

const headColumns =
  'sequence, job_id, kind, options, actor, state, created_at, started_at, ended_at, exit_code, progress, problem'

export function insertJob(
  database: Database,
  job: Pick<Job, 'job_id' | 'kind' | 'options' | 'actor' | 'created_at'> & { readonly owner: string },
): void {
  database.run(
    `insert into jobs (job_id, kind, options, actor, owner, state, created_at)
     values ($job_id, $kind, $options, $actor, $owner, 'queued', $created_at)`,
    { ...job, options: JSON.stringify(job.options) },
  )
}

export function readJob(database: Database, job_id: string): Job | null {
  const [row] = database.all(`select ${headColumns}, result, log from jobs where job_id = $job_id`, { job_id })
  return row ? { ...headOf(row), result: parsed(row['result']), log: parsed(row['log']) as string[] } : null
}

/** At most `limit` jobs of a state, or of all, newest first, before a sequence. */
export function listJobs(
  database: Database,
  { state, before, limit }: { readonly state: JobState | null; readonly before: number; readonly limit: number },
): (JobHead & { readonly sequence: number })[] {
  return database
    .all(
      `select ${headColumns} from jobs where sequence < $before and ($state is null or state = $state)
       order by sequence desc limit $limit`,
      { state, before, limit },
    )
    .map((row) => ({ ...headOf(row), sequence: Number(row['sequence']) }))
}

/** Jobs that have not ended, oldest first, each with the process that has it. */
export function pendingJobs(database: Database): { job_id: string; kind: string; state: JobState; owner: string }[] {
  return database.all(
    "select job_id, kind, state, owner from jobs where state in ('queued', 'running') order by sequence",
  ) as unknown as ReturnType<typeof pendingJobs>
}

/** Takes over a waiting job of a process that is gone. */
export function adoptJob(database: Database, job_id: string, owner: string): void {
  database.run("update jobs set owner = $owner where job_id = $job_id and state = 'queued'", { job_id, owner })
}

/** Marks a waiting job as running; false when it no longer waits. */
export function beginJob(database: Database, job_id: string, at: string): boolean {
  return (
    database.run("update jobs set state = 'running', started_at = $at where job_id = $job_id and state = 'queued'", {
      ...{ job_id, at },
    }) === 1
  )
}

export function noteProgress(database: Database, job_id: string, progress: JobProgress): void {
  database.run('update jobs set progress = $progress where job_id = $job_id', {
    ...{ job_id, progress: JSON.stringify(progress) },
  })
}

export type JobEnd = Pick<Job, 'exit_code' | 'problem' | 'result' | 'log'> & {
  readonly state: 'succeeded' | 'failed' | 'cancelled'
  readonly at: string
}

export function endJob(database: Database, job_id: string, { result, problem, log, at, ...end }: JobEnd): void {
  database.run(
    `update jobs set state = $state, exit_code = $exit_code, result = $result, problem = $problem, log = $log, ended_at = $at
     where job_id = $job_id and state in ('queued', 'running')`,
    {
      ...{ job_id, at, ...end, log: JSON.stringify(log) },
      result: result === null ? null : JSON.stringify(result),
      problem: problem && JSON.stringify(problem),
    },
  )
}

/** Forgets all ended jobs but the newest `kept`. */
export function forgetJobs(database: Database, kept: number): void {
  database.run(
    `delete from jobs where state not in ('queued', 'running')
     and sequence <= (select sequence from jobs order by sequence desc limit 1 offset $kept)`,
    { kept },
  )
}

const parsed = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : null)

function headOf({ sequence: _, options, progress, problem, result: _r, log: _l, ...row }: Row): JobHead {
  return {
    ...row,
    options: parsed(options),
    progress: parsed(progress),
    problem: parsed(problem),
  } as unknown as JobHead
}

/** Whether a job that has not ended has `text` in its options. */
export function isInJob(database: Database, text: string): boolean {
  const found = database.all(
    "select 1 from jobs where state in ('queued', 'running') and instr(options, $text) > 0 limit 1",
    { text },
  )
  return found.length > 0
}

import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { UserError } from '../errors.ts'
import type { Job, JobEnd } from '../state/jobs.ts'
import { type ChildEnd, followChild, longestResult, resultOf } from './child.ts'
import type { JobKind } from './kinds.ts'
import type { LiveJob } from './live-job.ts'

/** Starts costwright in a process of its own with piped output and a message channel. */
export type SpawnJob = (args: readonly string[], options: { readonly onFiles: boolean }) => ChildProcess

/** Why a job is ended before it is done. */
export type StopReason = 'cancelled' | 'closing'

export interface RunningJob {
  readonly ended: Promise<Omit<JobEnd, 'at'>>
  /** Asks the process to end, and ends it when it does not. */
  stop(why: StopReason): void
}

export interface RunOptions {
  readonly kind: JobKind
  /** The command line. Throws UserError for a file that is gone. */
  readonly args: () => readonly string[]
  /** Where the kind writes its result, if it does. */
  readonly out: string
  readonly live: LiveJob
  readonly spawn: SpawnJob
  /** Text that is not shown in notes: the data folder. */
  readonly hidden: string
}

const killAfterMs = 10_000

/** Runs one job as a child to its end. */
export function runJob(options: RunOptions): RunningJob {
  const { kind, out, live, hidden } = options
  const shown = (text: string) => text.replaceAll(`${hidden}/`, '')
  const run: { child: ChildProcess | null; stopped: StopReason | null; killing?: NodeJS.Timeout } = {
    ...{ child: null, stopped: null },
  }
  const follow = async (): Promise<Omit<JobEnd, 'at'>> => {
    run.child = options.spawn(options.args(), { onFiles: kind.onFiles ?? false })
    const ended = await followChild(run.child, {
      onLine: (line) => live.note(shown(line)),
      onProgress: (progress) => live.advance({ ...progress, label: shown(progress.label) }),
    })
    clearTimeout(run.killing)
    const end = { exit_code: ended.code, log: [...live.log] }
    if (run.stopped === 'cancelled') return { ...end, state: 'cancelled', result: null, problem: null }
    const { result, isCut } = kind.out ? written(out) : printed(kind, ended)
    const problem = problemOf(ended, run.stopped, isCut, live.log)
    return { ...end, state: problem === null ? 'succeeded' : 'failed', result, problem }
  }
  return {
    ended: follow().catch(notStarted),
    stop(why) {
      run.stopped ??= why
      run.child?.kill('SIGTERM')
      run.killing ??= setTimeout(() => run.child?.kill('SIGKILL'), killAfterMs)
    },
  }
}

/** The boundary of a job: what goes wrong before its process runs ends this job alone. */
function notStarted(error: unknown): Omit<JobEnd, 'at'> {
  const detail = error instanceof Error ? error.message : String(error)
  const hint = error instanceof UserError ? (error.hint ?? null) : null
  return { state: 'failed', exit_code: null, result: null, log: [], problem: { detail, hint } }
}

const printed = ({ lines }: JobKind, { output, isCut }: ChildEnd) => ({
  result: resultOf(output, lines ?? false),
  isCut,
})

function written(out: string): { result: unknown; isCut: boolean } {
  if (!existsSync(out)) return { result: null, isCut: false }
  const isCut = statSync(out).size > longestResult
  const result = isCut ? null : resultOf(readFileSync(out, 'utf8'), false)
  rmSync(out, { force: true })
  return { result, isCut }
}

/** What went wrong, as the command said it last; null when nothing did. */
function problemOf(
  { code, signal, error }: ChildEnd,
  stopped: StopReason | null,
  isCut: boolean,
  log: readonly string[],
): Job['problem'] {
  if (stopped === 'closing') return { detail: 'the server ended while the job was running', hint: 'Start it again.' }
  if (error) return { detail: `the process could not be started: ${error.message}`, hint: null }
  if (signal) return { detail: `the process was ended by ${signal}`, hint: 'It may have needed too much memory.' }
  if (code !== 0) return { detail: saidLast(log) ?? `the command ended with exit code ${code}`, hint: null }
  if (!isCut) return null
  return { detail: `the result is longer than ${longestResult} bytes`, hint: 'Run the command on the machine itself.' }
}

/** The command's last message with the lines that belong to it; not where it came from. */
function saidLast(log: readonly string[]): string | null {
  const lines = log.filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
  const start = lines.findLastIndex((line) => !/^\s/.test(line))
  return start < 0 ? null : lines.slice(start).join('\n').slice(0, 2000)
}

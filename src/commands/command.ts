import type { ChildProcess } from 'node:child_process'
import type { ParseArgsOptionsConfig } from 'node:util'
import { UserError } from '../errors.ts'
import type { SpawnJob } from '../jobs/run-job.ts'
import type { Runtime, RuntimeOptions } from '../runtime.ts'

/** What a command may use of the outside. */
export interface CommandIo {
  /** Result text, to standard output. */
  out(text: string): void
  /** Notes beside the result, to standard error. */
  note(text: string): void
  /** Width of the terminal, or null when the output is not one. */
  readonly columns: number | null
  runtime(options?: Partial<RuntimeOptions>): Runtime
  /** Another costwright in a process of its own, on the same data and configuration; its messages go to standard error, or to who reads them. */
  spawn(args: readonly string[], messages?: 'inherit' | 'pipe'): ChildProcess
  /** The same with piped output and a message channel, for a job of the API. */
  readonly spawnJob: SpawnJob
}

export interface CommandArgs {
  readonly positionals: readonly string[]
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

/** One command of the command line. `run` returns the exit code: 0 done, 1 failed, 2 wrong use. */
export interface Command {
  readonly options?: ParseArgsOptionsConfig
  /** Lines of help on the options. */
  readonly help?: readonly string[]
  run(args: CommandArgs, io: CommandIo): Promise<number>
}

/** A text option's value, or undefined when it was not given. */
export function textOption(args: CommandArgs, name: string): string | undefined {
  const value = args.values[name]
  return typeof value === 'string' ? value : undefined
}

/**
 * A number option's value, or undefined when it was not given. Throws UserError unless `accepts` holds;
 * `expected` completes "--port abc is not …".
 */
export function numberOption(
  args: CommandArgs,
  name: string,
  accepts: (value: number) => boolean,
  expected: string,
): number | undefined {
  const text = textOption(args, name)
  if (text === undefined) return undefined
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!accepts(value)) throw new UserError(`--${name} ${text} is not ${expected}`)
  return value
}

/** The port given by `--port`, or undefined. */
export function portOption(args: CommandArgs): number | undefined {
  return numberOption(
    args,
    'port',
    (n) => Number.isInteger(n) && n >= 0 && n <= 65_535,
    'a port: 0 (any free one) to 65535',
  )
}

/** A day given by an option, or undefined. Throws UserError for text that is no day. */
export function dayOption(args: CommandArgs, name: string): string | undefined {
  const day = textOption(args, name)
  if (day === undefined || (/^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)))) return day
  throw new UserError(`--${name} ${day} is no day`, { hint: 'Write 2026-03-31.' })
}

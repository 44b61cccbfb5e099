import type { ParseArgsOptionsConfig } from 'node:util'
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

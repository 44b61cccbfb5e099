import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Command, CommandIo } from '../../src/commands/command.ts'
import { commands } from '../../src/commands/registry.ts'
import { createRuntime } from '../../src/runtime.ts'

const common = {
  data: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

type Values = Record<string, string | boolean | string[] | undefined>

/** A command line taken apart as `src/cli.ts` does. Throws for a command or option that does not exist. */
export async function parseCommand(
  args: readonly string[],
): Promise<{ command: Command; positionals: string[]; values: Values }> {
  const entry = commands.find(({ name }) => name === args[0])
  if (!entry) throw new Error(`there is no command ${args[0]}`)
  const command = await entry.load()
  const options: ParseArgsOptionsConfig = { ...common, ...command.options }
  const { positionals, values } = parseArgs({ args: args.slice(1), options, allowPositionals: true })
  return { command, positionals, values: values as Values }
}

function noProcess(): never {
  throw new Error('a command in a test starts no process')
}

/** Runs a command in process on the data folder, on a terminal 150 columns wide. Errors are thrown, not printed. */
export async function runCommand(
  args: readonly string[],
  data: string,
): Promise<{ code: number; out: string; notes: string[] }> {
  let out = ''
  const notes: string[] = []
  const io: CommandIo = {
    out: (text) => {
      out += text
    },
    note: (text) => {
      notes.push(text)
    },
    columns: 150,
    runtime: (options) => createRuntime({ data, ...options }),
    spawn: noProcess,
    spawnJob: noProcess,
  }
  const { command, positionals, values } = await parseCommand(args)
  const code = await command.run({ positionals, values: { ...values, data } }, io)
  return { code, out, notes }
}

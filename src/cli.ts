#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import type { CommandIo } from './commands/command.ts'
import { progressBar, progressMessages } from './commands/progress.ts'
import { commands } from './commands/registry.ts'
import { QueryError, UpstreamError, UserError } from './errors.ts'
import { createRuntime } from './runtime.ts'

const common = {
  data: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
// A job whose server is gone would work for nobody.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  const name = argv[0]
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(overview())
    return name === undefined ? 2 : 0
  }
  const command = commands.find((one) => one.name === name)
  if (!command) {
    process.stderr.write(`there is no command ${name}\n\n${overview()}`)
    return 2
  }
  return run(command, argv.slice(1))
}

async function run(entry: (typeof commands)[number], argv: readonly string[]): Promise<number> {
  const bar = process.send ? progressMessages(tell, Date.now) : progressBar(process.stderr, Date.now)
  try {
    const command = await entry.load()
    const { positionals, values } = parseArgs({
      args: [...argv],
      options: { ...common, ...command.options },
      allowPositionals: true,
    })
    const given = values as Record<string, string | boolean | string[] | undefined>
    if (given['help']) {
      process.stdout.write(
        `costwright ${entry.usage}\n\n${entry.summary}\n${(command.help ?? []).map((line) => `  ${line}\n`).join('')}`,
      )
      return 0
    }
    const text = (key: string) => (typeof given[key] === 'string' ? given[key] : undefined)
    const io: CommandIo = {
      out: (output) => {
        bar.clear()
        process.stdout.write(output)
      },
      note: (output) => {
        bar.clear()
        process.stderr.write(`${output}\n`)
      },
      columns: process.stdout.isTTY ? process.stdout.columns : null,
      runtime: (options) =>
        createRuntime({ data: text('data'), config: text('config'), onProgress: bar.onProgress, ...options }),
      spawn: (args, messages = 'inherit') =>
        spawn(process.execPath, [import.meta.filename, ...args, ...shared(text, ['data', 'config'])], {
          stdio: ['ignore', 'ignore', messages],
        }),
      spawnJob: (args, { onFiles }) =>
        spawn(
          process.execPath,
          [import.meta.filename, ...args, ...shared(text, onFiles ? ['data'] : ['data', 'config'])],
          {
            stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
          },
        ),
    }
    return await command.run({ positionals, values: given }, io)
  } catch (error) {
    bar.clear()
    return explain(error)
  }
}

/** Tells the process that started this one, as long as it is there. */
function tell(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

/** Options that every command has, to hand on. */
function shared(text: (key: string) => string | undefined, keys: readonly string[]): string[] {
  return keys.flatMap((key) => {
    const value = text(key)
    return value === undefined ? [] : [`--${key}`, value]
  })
}

function explain(error: unknown): number {
  if (error instanceof UserError) {
    process.stderr.write(`${error.message}\n${error.hint ? `  ${error.hint}\n` : ''}`)
    return 2
  }
  if (error instanceof UpstreamError || error instanceof QueryError) {
    process.stderr.write(`${error.message}\n`)
    return 1
  }
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    process.stderr.write(`${error.message}\n`)
    return 2
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  return 1
}

function overview(): string {
  const longest = Math.max(...commands.map((command) => command.usage.length))
  const lines = commands.map((command) => `  ${command.usage.padEnd(Math.min(longest, 62))}  ${command.summary}`)
  return `costwright: who owns the spend, what does one unit cost, why is it off plan, are commitments used\n\n${lines.join('\n')}\n\n  everywhere: --data DIR  --config FILE  --json  --help\n`
}

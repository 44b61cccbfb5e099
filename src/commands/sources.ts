import type { Command } from './command.ts'
import { formatTable } from './table.ts'

/** `costwright sources`: how fresh each configured source is. Exit code 1 when one is late or failed. */
export const sourcesCommand: Command = {
  help: ['Last run and delivery, through when the data are complete, the next run, and what is wrong (exit code 1).'],
  async run(args, io) {
    const sources = (await io.runtime().sources()).freshness()
    if (args.values['json']) io.out(`${JSON.stringify(sources)}\n`)
    else if (sources.length === 0) io.out('no sources are configured; docs/configuration.md shows one of each type\n')
    else {
      const names = [
        'source',
        'type',
        'status',
        'last_run',
        'last_delivery',
        'data_complete_through',
        'next_run',
      ] as const
      const columns = names.map((name) => ({ name, type: 'VARCHAR' }))
      const short = (instant: unknown) =>
        typeof instant === 'string' ? instant.replace(/:\d\d(\.\d+)?Z$/, 'Z') : instant
      const rows = sources.map((source) => Object.fromEntries(names.map((name) => [name, short(source[name])])))
      io.out(formatTable({ columns, rows }, io.columns))
    }
    for (const { source, finding } of sources) if (finding) io.note(`${source}: ${finding}`)
    return sources.some(({ finding }) => finding !== null) ? 1 : 0
  },
}

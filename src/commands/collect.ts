import type { CollectedSource } from '../collect/collection.ts'
import { UserError } from '../errors.ts'
import type { PlannedSource } from '../runtime-sources.ts'
import { analyse } from './analyse.ts'
import type { Command, CommandArgs, CommandIo } from './command.ts'
import { deliveriesTable } from './import.ts'
import { formatTable } from './table.ts'

/** `costwright collect`: pulls what is new from the configured sources into the lake. */
export const collectCommand: Command = {
  options: { period: { type: 'string', multiple: true }, 'dry-run': { type: 'boolean' } },
  help: [
    'SOURCE…           names under `sources` in costwright.yaml; default all',
    '--period YYYY-MM  a billing period, again for more; default: what may still change, and what was never collected',
    '--dry-run         say what would be fetched and what it would cost; fetches nothing',
    '',
    'A source that fails stops no other; the run then ends with exit code 1. Run again: what was fetched is not fetched twice.',
  ],
  async run(args, io) {
    const periods = periodsOf(args)
    const abort = new AbortController()
    const stop = () => abort.abort(new Interrupted('interrupted; run again to go on where it stopped'))
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    try {
      const runtime = io.runtime({ onNote: io.note })
      const sources = await runtime.sources()
      if (args.values['dry-run']) return showPlan(await sources.plan(args.positionals, periods, abort.signal), args, io)
      const collected = await sources.collect(args.positionals, periods, abort.signal)
      report(collected, args, io)
      if (collected.some(({ deliveries }) => deliveries.length > 0)) await analyse(runtime, { note: noteProblem(io) })
      return collected.every(({ problems }) => problems.length === 0) ? 0 : 1
    } catch (error) {
      if (!abort.signal.aborted) throw error
      io.note(String((abort.signal.reason as Error).message))
      return 130
    } finally {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    }
  },
}

/** A collection says what it collected; of what follows it, only what did not work. */
const noteProblem = (io: CommandIo) => (text: string) => {
  if (text.startsWith('no forecast')) io.note(text)
}

class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** Billing periods given by `--period`, or null. Throws UserError for what is no month. */
export function periodsOf(args: CommandArgs): string[] | null {
  const given = args.values['period']
  if (!Array.isArray(given)) return null
  for (const period of given) {
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(period))
      throw new UserError(`--period ${period} is no billing period`, { hint: 'Write a month, such as 2026-03.' })
  }
  return [...given]
}

function report(collected: readonly CollectedSource[], args: CommandArgs, io: CommandIo): void {
  if (args.values['json']) for (const one of collected) io.out(`${JSON.stringify(one)}\n`)
  else {
    const rows = collected.map(({ source, status, units, new_units, fetched_bytes }) => ({
      source,
      status: status.replace('_', ' '),
      units,
      new: new_units,
      fetched_mb: (fetched_bytes / 1e6).toFixed(1),
    }))
    const columns = [
      { name: 'source', type: 'VARCHAR' },
      { name: 'status', type: 'VARCHAR' },
      { name: 'units', type: 'BIGINT' },
      { name: 'new', type: 'BIGINT' },
      { name: 'fetched_mb', type: 'DECIMAL(18,1)' },
    ]
    io.out(formatTable({ columns, rows }, io.columns))
    const deliveries = collected.flatMap((one) => one.deliveries)
    if (deliveries.length > 0) io.out(`\n${deliveriesTable(deliveries, io.columns)}`)
  }
  for (const { source, warnings } of collected)
    for (const warning of warnings) io.note(`${source}: warning: ${warning}`)
  for (const { source, problems } of collected) for (const problem of problems) io.note(said(source, problem))
}

function showPlan(plans: readonly PlannedSource[], args: CommandArgs, io: CommandIo): number {
  const rows = plans.flatMap(({ source, deliveries, pending }) => [
    ...deliveries.map(({ unit, period, files, price, held }) => ({
      source,
      unit: shortened(unit),
      period,
      files: files.length,
      mb: held ? '0.0' : megabytes(files),
      usd: held ? null : (price?.usd ?? null),
      status: held ? 'held' : 'to fetch',
    })),
    ...pending.map(({ unit }) => ({
      source,
      unit: shortened(unit),
      period: null,
      files: null,
      mb: null,
      usd: null,
      status: 'being written',
    })),
  ])
  if (args.values['json']) {
    io.out(`${JSON.stringify(rows)}\n`)
    return notePlanProblems(plans, io)
  }
  const columns = [
    { name: 'source', type: 'VARCHAR' },
    { name: 'unit', type: 'VARCHAR' },
    { name: 'period', type: 'VARCHAR' },
    { name: 'files', type: 'BIGINT' },
    { name: 'mb', type: 'DECIMAL(18,1)' },
    { name: 'usd', type: 'DECIMAL(18,4)' },
    { name: 'status', type: 'VARCHAR' },
  ]
  io.out(formatTable({ columns, rows }, io.columns))
  for (const { source, deliveries } of plans) {
    const priced = [...new Set(deliveries.flatMap(({ price, held }) => (price && !held ? [price.what] : [])))]
    for (const what of priced) io.note(`${source}: ${what}`)
  }
  for (const { source, warnings } of plans) for (const warning of warnings) io.note(`${source}: warning: ${warning}`)
  return notePlanProblems(plans, io)
}

function notePlanProblems(plans: readonly PlannedSource[], io: CommandIo): number {
  for (const { source, problem } of plans) if (problem) io.note(said(source, problem))
  return plans.every(({ problem }) => problem === null) ? 0 : 1
}

function megabytes(files: PlannedSource['deliveries'][number]['files']): string | null {
  const sizes = files.map((file) => (file.kind === 'object' ? file.bytes : null))
  return sizes.includes(null) ? null : (sizes.reduce<number>((sum, size) => sum + (size as number), 0) / 1e6).toFixed(1)
}

/** The problem with its source's name in front, once. */
function said(source: string, problem: string): string {
  return problem.startsWith(`${source}: `) ? problem : `${source}: ${problem}`
}

const unitWidth = 48

/** The end of a long unit tells it from others: its month or day. */
function shortened(unit: string): string {
  return unit.length > unitWidth ? `…${unit.slice(1 - unitWidth)}` : unit
}

import type { ImportedDelivery, ImportResult } from '../pipeline/import.ts'
import { type Command, type CommandIo, textOption } from './command.ts'
import { formatTable } from './table.ts'

/** `costwright import`: takes local export files or folders into the lake and brings the warehouse up to date. */
export const importCommand: Command = {
  options: { source: { type: 'string' } },
  help: [
    '--source NAME   name of the source; default: provider and billing account',
    '',
    'Known: AWS CUR, Azure cost details, Google billing export, FOCUS 1.0 to 1.4, budgets, business metrics (docs/formats.md).',
    'A refused delivery stops no other and changes nothing; exit code 2 then. The same delivery again changes nothing.',
  ],
  async run(args, io) {
    if (args.positionals.length === 0) {
      io.note('Give at least one file or folder: costwright import <path…>')
      return 2
    }
    const runtime = io.runtime()
    const result = await runtime.import(args.positionals, textOption(args, 'source'))
    if (args.values['json']) for (const delivery of result.deliveries) io.out(`${JSON.stringify(delivery)}\n`)
    else if (result.deliveries.length > 0) io.out(deliveriesTable(result.deliveries, io.columns))
    for (const warning of [...result.warnings, ...result.deliveries.flatMap((delivery) => delivery.warnings)])
      io.note(`warning: ${warning}`)
    noteRefused(result, io)
    if (result.deliveries.length === 0) {
      io.note('nothing was imported')
      return 2
    }
    await runtime.build()
    return result.failures.length > 0 ? 2 : 0
  },
}

/** Says which deliveries were refused and why; before anything else that may fail. */
export function noteRefused(result: ImportResult, io: CommandIo): void {
  for (const failure of result.failures)
    io.note(`refused: ${failure.message}${failure.hint ? `\n  ${failure.hint}` : ''}`)
}

/** One line per delivery, billing period and currency. */
export function deliveriesTable(deliveries: readonly ImportedDelivery[], width: number | null): string {
  const rows = deliveries.flatMap((delivery): Readonly<Record<string, unknown>>[] => {
    const status = delivery.unchanged ? 'unchanged' : 'imported'
    if (delivery.table) {
      return [
        {
          source: delivery.source,
          format: delivery.format,
          period: '–',
          version: null,
          rows_in: delivery.table.rows,
          rows_out: delivery.table.rows,
          billed: null,
          effective: null,
          currency: '',
          status,
        },
      ]
    }
    return delivery.billing_periods.flatMap((period) =>
      Object.keys(period.billed_cost).map((currency) => ({
        source: delivery.source,
        format: delivery.format,
        period: period.period,
        version: period.version,
        rows_in: period.rows_in,
        rows_out: period.rows_out,
        billed: period.billed_cost[currency],
        effective: period.effective_cost[currency],
        currency,
        status,
      })),
    )
  })
  const type = (name: string) =>
    /rows|version/.test(name) ? 'BIGINT' : /billed|effective/.test(name) ? 'DECIMAL' : 'VARCHAR'
  const columns = [
    'source',
    'format',
    'period',
    'version',
    'rows_in',
    'rows_out',
    'billed',
    'effective',
    'currency',
    'status',
  ].map((name) => ({ name, type: type(name) }))
  return formatTable({ columns, rows }, width)
}

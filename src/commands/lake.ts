import { loadCatalog } from '../catalog/catalog.ts'
import { QueryError } from '../errors.ts'
import { exportFocus } from '../pipeline/export-focus.ts'
import { reconcile } from '../pipeline/reconcile.ts'
import { type Command, textOption } from './command.ts'
import { formatTable } from './table.ts'

const asOfOption = { 'as-of': { type: 'string' } } as const

/** `costwright build`: brings the warehouse up to date with the lake. */
export const buildCommand: Command = {
  async run(args, io) {
    const build = await io.runtime().build()
    io.out(
      args.values['json'] ? `${JSON.stringify(build)}\n` : `${build.fresh ? 'built' : 'up to date'}: ${build.path}\n`,
    )
    return 0
  },
}

/** `costwright check`: runs every query of `queries/checks`; a row is a finding. Exit 1 when one is an error. */
export const checkCommand: Command = {
  options: asOfOption,
  async run(args, io) {
    const warehouse = await io.runtime().open(textOption(args, 'as-of'))
    const checks = [...loadCatalog().values()].filter(
      (entry) => entry.kind === 'checks' && (args.positionals.length === 0 || args.positionals.includes(entry.name)),
    )
    let errors = 0
    const report = []
    try {
      for (const check of checks) {
        const result = await warehouse.query(check.sql).catch((cause: unknown) => {
          throw new QueryError(check.name, cause)
        })
        const failed = result.rows.filter((row) => row['severity'] !== 'warning').length
        errors += failed
        report.push({
          check: check.name,
          title: check.title,
          findings: result.rows.length,
          errors: failed,
          rows: result.rows.slice(0, 20),
        })
        if (args.values['json']) continue
        io.out(`${failed > 0 ? 'FAIL' : result.rows.length > 0 ? 'note' : 'ok  '}  ${check.name}: ${check.title}\n`)
        if (result.rows.length > 0)
          io.out(`${formatTable({ ...result, rows: result.rows.slice(0, 10) }, io.columns)}\n`)
      }
    } finally {
      warehouse.close()
    }
    if (args.values['json']) io.out(`${JSON.stringify(report)}\n`)
    return errors > 0 ? 1 : 0
  },
}

/** `costwright reconcile`: totals as delivered against totals as stored. Exit 1 on an unexplained difference. */
export const reconcileCommand: Command = {
  options: { ...asOfOption, invoices: { type: 'boolean' } },
  async run(args, io) {
    const runtime = io.runtime()
    const warehouse = await runtime.scratch()
    try {
      const { totals, invoices } = await reconcile(runtime.layout, warehouse, textOption(args, 'as-of'))
      const unexplained = totals.filter((row) => row.state === 'unexplained')
      if (args.values['json']) io.out(`${JSON.stringify({ totals, invoices })}\n`)
      else {
        const money = (name: string) => /delivered|stored|difference|unexplained|billed_cost/.test(name)
        const columns = (names: string[]) =>
          names.map((name) => ({
            name,
            type: money(name) ? 'DECIMAL' : /rows|version/.test(name) ? 'BIGINT' : 'VARCHAR',
          }))
        io.out(
          formatTable(
            {
              columns: columns([
                'source',
                'billing_period',
                'version',
                'ledger',
                'currency',
                'rows_in',
                'rows_out',
                'delivered',
                'stored',
                'difference',
                'state',
              ]),
              rows: totals as never,
            },
            io.columns,
          ),
        )
        for (const row of totals)
          for (const cause of row.causes)
            io.out(
              `  ${row.source} ${row.billing_period} ${row.ledger}: ${cause.amount} ${row.currency} on ${cause.rows} rows: ${cause.cause}\n`,
            )
        if (args.values['invoices'])
          io.out(
            `\n${formatTable({ columns: columns(['source', 'billing_period', 'invoice_id', 'currency', 'rows', 'billed_cost']), rows: invoices as never }, io.columns)}`,
          )
        io.out(
          unexplained.length === 0
            ? '\nevery total ties to its files or is explained\n'
            : `\n${unexplained.length} totals differ without explanation\n`,
        )
      }
      return unexplained.length > 0 ? 1 : 0
    } finally {
      warehouse.close()
    }
  },
}

/** `costwright export focus`: the normalised table as one file. */
export const exportCommand: Command = {
  options: { ...asOfOption, out: { type: 'string' }, period: { type: 'string' }, source: { type: 'string' } },
  async run(args, io) {
    const out = textOption(args, 'out')
    if (args.positionals[0] !== 'focus' || !out) {
      io.note('usage: costwright export focus --out FILE.parquet|csv [--period YYYY-MM] [--as-of T]')
      return 2
    }
    const warehouse = await io.runtime().open(textOption(args, 'as-of'))
    try {
      const rows = await exportFocus(warehouse, out, {
        period: textOption(args, 'period'),
        source: textOption(args, 'source'),
      })
      io.out(args.values['json'] ? `${JSON.stringify({ out, rows })}\n` : `${rows} rows written to ${out}\n`)
    } finally {
      warehouse.close()
    }
    return 0
  },
}

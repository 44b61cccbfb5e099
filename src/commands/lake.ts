import { type CatalogEntry, loadCatalog } from '../catalog/catalog.ts'
import { QueryError, UserError } from '../errors.ts'
import { exportFocus } from '../pipeline/export-focus.ts'
import { reconcile } from '../pipeline/reconcile.ts'
import { asOfHelp, asOfInstant, asOfOption } from './as-of.ts'
import { type Command, textOption } from './command.ts'
import { checkFolder } from './output.ts'
import { formatTable, groupDigits } from './table.ts'

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
  help: [
    'NAME…           only these checks; default: all of queries/checks',
    asOfHelp,
    '',
    'FAIL: an invariant is broken (exit code 1). note: worth a look, and may be how the provider bills.',
  ],
  async run(args, io) {
    const checks = checksNamed(args.positionals)
    const runtime = io.runtime()
    const warehouse = await runtime.open(asOfInstant(args, runtime))
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

function checksNamed(names: readonly string[]): CatalogEntry[] {
  const checks = [...loadCatalog().values()].filter((entry) => entry.kind === 'checks')
  const unknown = names.find((name) => !checks.some((check) => check.name === name))
  if (unknown !== undefined)
    throw new UserError(`there is no check called ${unknown}`, {
      hint: `The checks are: ${checks.map((check) => check.name).join(', ')}.`,
    })
  return checks.filter((check) => names.length === 0 || names.includes(check.name))
}

/** `costwright reconcile`: totals as delivered against totals as stored. Exit 1 on an unexplained difference. */
export const reconcileCommand: Command = {
  options: { ...asOfOption, invoices: { type: 'boolean' } },
  help: [
    '--invoices      also the total of each invoice id; "open" is not invoiced yet',
    asOfHelp,
    '',
    'ties: equal to the last digit. explained: the rows that differ say why. unexplained: exit code 1.',
    'not_computable: the export does not hold this ledger (Azure actual cost alone has no amortised cost).',
  ],
  async run(args, io) {
    const runtime = io.runtime()
    const asOf = asOfInstant(args, runtime)
    const warehouse = await runtime.scratch()
    try {
      const { totals, invoices } = await reconcile(runtime.layout, warehouse, asOf)
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
  help: [
    '--out FILE      its ending decides: .parquet or .csv',
    '--period M      one billing period, written 2026-03; default: all',
    '--source NAME   one source, as `costwright doctor` lists them; default: all',
    asOfHelp,
  ],
  async run(args, io) {
    const out = textOption(args, 'out')
    if (args.positionals[0] !== 'focus' || !out) {
      io.note('usage: costwright export focus --out FILE.parquet|csv [--period YYYY-MM] [--source NAME] [--as-of T]')
      return 2
    }
    checkFolder(out)
    const runtime = io.runtime()
    const warehouse = await runtime.open(asOfInstant(args, runtime))
    try {
      const rows = await exportFocus(warehouse, out, {
        period: textOption(args, 'period'),
        source: textOption(args, 'source'),
      })
      io.out(
        args.values['json']
          ? `${JSON.stringify({ out, rows })}\n`
          : `${groupDigits(String(rows), 0)} rows written to ${out}\n`,
      )
    } finally {
      warehouse.close()
    }
    return 0
  },
}

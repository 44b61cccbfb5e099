import { renameSync, rmSync } from 'node:fs'
import { extname } from 'node:path'
import { focusColumns } from '../core/focus.ts'
import { UserError } from '../errors.ts'
import { quoteIdentifier, quoteText, type Warehouse } from '../warehouse/warehouse.ts'

/**
 * Writes the charges of the warehouse as a FOCUS table: the 65 columns of FOCUS 1.4 by name, then the `x_` columns.
 * Parquet: DECIMAL(38,15), TIMESTAMP (UTC), JSON columns as text. CSV: plain decimals, instants `YYYY-MM-DDThh:mm:ssZ`.
 * The file appears complete or not at all. Returns the number of rows. Throws UserError for another file type.
 */
export async function exportFocus(
  warehouse: Warehouse,
  out: string,
  filter: { readonly period?: string | undefined; readonly source?: string | undefined },
): Promise<number> {
  const kind = extname(out).slice(1).toLowerCase()
  if (kind !== 'csv' && kind !== 'parquet')
    throw new UserError(`--out ${out} is neither .csv nor .parquet`, { hint: 'For example --out focus.parquet.' })
  if (filter.period !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(filter.period)) {
    throw new UserError(`--period ${filter.period} is no billing period`, { hint: 'Write it as 2026-03.' })
  }
  const stored = await warehouse.describe('select * from charges')
  const own = stored.filter(
    ({ name }) => name.startsWith('x_') && !['x_SourceCost', 'x_SourceEffectiveCost', 'x_RowKind'].includes(name),
  )
  const columns = [...focusColumns.map(({ name, type }) => ({ name, type })), ...own].map(({ name, type }) => {
    const column = quoteIdentifier(name)
    return `${kind === 'csv' ? csvExpression(column, type) : type.startsWith('MAP') ? `to_json(${column})::varchar` : column} as ${column}`
  })
  const draft = `${out}.${process.pid}.tmp`
  const options = kind === 'csv' ? 'format csv, header true' : 'format parquet, compression zstd'
  try {
    await warehouse.exec(
      `copy (select ${columns.join(', ')} from charges
             where ($period::varchar is null or billing_period = $period) and ($source::varchar is null or source = $source))
       to ${quoteText(draft)} (${options})`,
      { period: filter.period ?? null, source: filter.source ?? null },
    )
    renameSync(draft, out)
  } finally {
    rmSync(draft, { force: true })
  }
  const { rows } = await warehouse.query(
    'select count(*) as n from charges where ($period::varchar is null or billing_period = $period) and ($source::varchar is null or source = $source)',
    { period: filter.period ?? null, source: filter.source ?? null },
  )
  return Number(rows[0]?.['n'])
}

function csvExpression(column: string, type: string): string {
  if (type.startsWith('DECIMAL')) return `regexp_replace(${column}::varchar, '\\.?0+$', '')`
  if (type.startsWith('TIMESTAMP')) return `strftime(${column}, '%Y-%m-%dT%H:%M:%SZ')`
  return type.startsWith('MAP') || type.startsWith('STRUCT') ? `to_json(${column})::varchar` : column
}

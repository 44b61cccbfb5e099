import { renameSync, rmSync } from 'node:fs'
import { extname } from 'node:path'
import { focusColumns } from '../core/focus.ts'
import { UserError } from '../errors.ts'
import { quoteIdentifier, quoteText, type ResultColumn, type Warehouse } from '../warehouse/warehouse.ts'

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
  checkPeriod(filter.period)
  const sql = focusSelect(await warehouse.describe('select * from charges'), kind)
  const params = { period: filter.period ?? null, source: filter.source ?? null }
  const draft = `${out}.${process.pid}.tmp`
  const options = kind === 'csv' ? 'format csv, header true' : 'format parquet, compression zstd'
  try {
    await warehouse.exec(`copy (${sql}) to ${quoteText(draft)} (${options})`, params)
    renameSync(draft, out)
  } finally {
    rmSync(draft, { force: true })
  }
  const { rows } = await warehouse.query(`select count(*) as n from charges ${filtered}`, params)
  return Number(rows[0]?.['n'])
}

const filtered =
  'where ($period::varchar is null or billing_period = $period) and ($source::varchar is null or source = $source)'

/** Throws UserError for what is no billing period. */
export function checkPeriod(period: string | undefined): void {
  if (period !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(period))
    throw new UserError(`--period ${period.slice(0, 40)} is no billing period`, { hint: 'Write it as 2026-03.' })
}

/**
 * The rows that `exportFocus` writes, as text of a query with the parameters `$period` and `$source`, null for all.
 *
 * @param stored the columns of `charges`
 */
export function focusSelect(stored: readonly ResultColumn[], kind: 'csv' | 'parquet'): string {
  const own = stored.filter(
    ({ name }) => name.startsWith('x_') && !['x_SourceCost', 'x_SourceEffectiveCost', 'x_RowKind'].includes(name),
  )
  const columns = [...focusColumns.map(({ name, type }) => ({ name, type })), ...own].map(({ name, type }) => {
    const column = quoteIdentifier(name)
    return `${kind === 'csv' ? csvExpression(column, type) : type.startsWith('MAP') ? `to_json(${column})::varchar` : column} as ${column}`
  })
  return `select ${columns.join(', ')} from charges ${filtered}`
}

function csvExpression(column: string, type: string): string {
  if (type.startsWith('DECIMAL')) return `regexp_replace(${column}::varchar, '\\.?0+$', '')`
  if (type.startsWith('TIMESTAMP')) return `strftime(${column}, '%Y-%m-%dT%H:%M:%SZ')`
  return type.startsWith('MAP') || type.startsWith('STRUCT') ? `to_json(${column})::varchar` : column
}

import type { Warehouse } from '../warehouse/warehouse.ts'
import { type CellKey, dayIndex, type LeafKey, type SeriesInput } from './input.ts'
import { parseRows } from './parse-rows.ts'

export const keyColumns = ['provider', 'account', 'service', 'team']
export const cellColumns = ['region', 'usage_type', 'charge_category']

/**
 * Reads table `typed` (the columns above as text, `day` and `seen` as dates, `cost` as decimal(28, 9)) into dense arrays, and drops it.
 *
 * Costs are kept to nine decimals; rows of one key, day and day of appearance are added up exactly.
 */
export async function readDense(
  warehouse: Warehouse,
  vintages: boolean,
): Promise<Omit<SeriesInput, 'long' | 'vintages'>> {
  const cellKey = [...keyColumns, ...cellColumns].join(', ')
  const { rows: bounds } =
    await warehouse.query(`select min(day)::varchar as first, max(day)::varchar as last, max(seen)::varchar as seen,
    coalesce(max(length(rtrim(split_part(cost::varchar, '.', 2), '0'))), 0) as scale from typed`)
  const bound = bounds[0]
  if (!bound || bound['first'] === null) return nothing
  const first = String(bound['first'])
  const scale = Number(bound['scale'])
  const { rows } = await warehouse.query(
    `with summed as (
       select ${cellKey}, day - $first::date as day, seen - $first::date as seen, sum(cost) as cost from typed group by all
     )
     select ${cellKey}, count(*)::integer as n,
       string_agg(day || ',' || ${vintages ? `seen || ',' || ` : ''}(cost::decimal(28, 9) * ${10 ** scale})::bigint, ';' order by day, seen) as amounts
     from summed group by all order by ${cellKey}`,
    { first },
  )
  await warehouse.exec('drop table typed')
  const leaves: LeafKey[] = []
  const cells: CellKey[] = rows.map((row) => {
    const text = (name: string) => String(row[name])
    const last = leaves.at(-1)
    if (!last || keyColumns.some((name) => last[name as keyof LeafKey] !== text(name)))
      leaves.push({
        provider: text('provider'),
        account: text('account'),
        service: text('service'),
        team: text('team'),
      })
    return {
      leaf: leaves.length - 1,
      region: text('region'),
      usage_type: text('usage_type'),
      charge_category: text('charge_category'),
    }
  })
  const days = dayIndex(first, String(bound['last'])) + 1
  const parts = rows.map((row) => ({ count: Number(row['n']), text: String(row['amounts']) }))
  return {
    first_date: first,
    days,
    scale,
    last_seen: vintages ? dayIndex(first, String(bound['seen'])) : days - 1,
    leaves,
    cells,
    rows: parseRows(parts, vintages),
  }
}

const nothing: Omit<SeriesInput, 'long' | 'vintages'> = {
  first_date: '1970-01-01',
  days: 0,
  scale: 2,
  last_seen: -1,
  leaves: [],
  cells: [],
  rows: {
    length: 0,
    cell: new Int32Array(),
    day: new Int32Array(),
    seen: new Int32Array(),
    amount: new Float64Array(),
  },
}

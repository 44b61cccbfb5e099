import { bad, checkColumn, loadText, readHeader } from '../lake/text-table.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { SeriesInput } from './input.ts'
import { cellColumns, keyColumns, readDense } from './read-dense.ts'

const required = ['date', ...keyColumns, 'cost']

/** Text to a wide decimal costs two hundred times as much as to a narrow one, which holds all but amounts of a thousand million. */
const cost = 'coalesce(try_cast(cost as decimal(18, 9))::decimal(28, 9), try_cast(cost as decimal(28, 9)))'

/**
 * Reads a series file (anomalies.md section 8, short or long form, with or without `available_on`) into dense arrays.
 *
 * `warehouse` is an empty scratch database. Costs are kept to nine decimals; rows of one key and day that become visible on one
 * day are added up exactly.
 *
 * @throws UserError with file, row, column and remedy for anything that is not of the form
 */
export async function readSeries(warehouse: Warehouse, file: string): Promise<SeriesInput> {
  const header = headerOf(file)
  const long = cellColumns.every((name) => header.includes(name))
  const vintages = header.includes('available_on')
  const columns = [...required, ...cellColumns, 'available_on'].filter((name) => header.includes(name))
  await loadText(warehouse, { file, header }, { table: 'raw', columns, isNumbered: false })
  for (const rule of rules)
    if (header.includes(rule.column)) await checkColumn(warehouse, { file, header }, 'raw', rule)
  await warehouse.exec(`create table typed as
    select ${keyColumns.map((name) => `coalesce(${name}, '') as ${name}`).join(', ')},
      ${cellColumns.map((name) => `${long ? `coalesce(${name}, '')` : `''`} as ${name}`).join(', ')},
      date::date as day, ${vintages ? 'available_on::date' : 'date::date'} as seen, ${cost} as cost
    from raw`)
  await warehouse.exec('drop table raw')
  return { long, vintages, ...(await readDense(warehouse, vintages)) }
}

function headerOf(file: string): string[] {
  const header = readHeader(file)
  if (header.length === 0)
    throw bad(file, 1, 'date', 'the file is empty', `Give a CSV file with the header ${required.join(',')}.`)
  const twice = header.find((name, index) => header.indexOf(name) < index)
  if (twice !== undefined) throw bad(file, 1, twice, 'stands twice in the header', 'Name each column once.')
  const missing = required.find((name) => !header.includes(name))
  if (missing) throw bad(file, 1, missing, 'is not in the header', `The header names ${required.join(',')} at least.`)
  return header
}

const dayForm = `'^\\d{4}-\\d{2}-\\d{2}$'`
const rules: readonly { column: string; fails: string; remedy: string }[] = [
  ...['date', 'available_on'].map((column) => ({
    column,
    fails: `${column} is null or not regexp_matches(${column}, ${dayForm}) or try_cast(${column} as date) is null`,
    remedy: 'Write a day as 2025-06-30.',
  })),
  { column: 'cost', fails: `${cost} is null`, remedy: 'Write an amount as 1234.56 or -0.5.' },
]

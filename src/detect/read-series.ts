import { closeSync, openSync, readSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { UserError } from '../errors.ts'
import { quoteIdentifier, quoteText, type Warehouse } from '../warehouse/warehouse.ts'
import type { SeriesInput } from './input.ts'
import { cellColumns, keyColumns, readDense } from './read-dense.ts'

const required = ['date', ...keyColumns, 'cost']

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
  const missing = required.find((name) => !header.includes(name))
  if (missing) throw bad(file, 1, missing, 'is not in the header', `The header names ${required.join(',')} at least.`)
  const long = cellColumns.every((name) => header.includes(name))
  const vintages = header.includes('available_on')
  await load(warehouse, file, header)
  await check(warehouse, file, vintages)
  await warehouse.exec(`create table typed as
    select ${keyColumns.map((name) => `coalesce(${name}, '') as ${name}`).join(', ')},
      ${cellColumns.map((name) => `${long ? `coalesce(${name}, '')` : `''`} as ${name}`).join(', ')},
      date::date as day, ${vintages ? 'available_on::date' : 'date::date'} as seen, cost::decimal(28, 9) as cost
    from raw`)
  await warehouse.exec('drop table raw')
  return { long, vintages, ...(await readDense(warehouse, vintages)) }
}

function headerOf(file: string): string[] {
  const buffer = Buffer.alloc(65_536)
  const handle = open(file)
  const length = readSync(handle, buffer, 0, buffer.length, 0)
  closeSync(handle)
  const text = buffer.toString('utf8', 0, length)
  const [header] = parse(text, { bom: true, to_line: 1, relax_quotes: true }) as string[][]
  if (!header) throw bad(file, 1, 'date', 'the file is empty', `Give a CSV file with the header ${required.join(',')}.`)
  const twice = header.find((name, index) => header.indexOf(name) < index)
  if (twice !== undefined) throw bad(file, 1, twice, 'stands twice in the header', 'Name each column once.')
  return header
}

function open(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (cause) {
    throw new UserError(`${file} cannot be read`, { hint: 'Give the path of a CSV file.', cause })
  }
}

async function load(warehouse: Warehouse, file: string, header: readonly string[]): Promise<void> {
  const columns = header.map((name) => `${quoteText(name || '_')}: 'VARCHAR'`).join(', ')
  const wanted = [...required, ...cellColumns, 'available_on'].filter((name) => header.includes(name))
  await warehouse.exec(`create table raw as select ${wanted.map(quoteIdentifier).join(', ')}
    from read_csv(${quoteText(file)}, auto_detect = false, columns = {${columns}}, header = true, delim = ',', quote = '"',
      escape = '"', store_rejects = true, rejects_limit = 1)`)
  const { rows } = await warehouse.query(
    'select line, column_name, error_message from reject_errors order by line limit 1',
  )
  const first = rows[0]
  if (first) {
    const what = String(first['error_message']).split('\n')[0] ?? ''
    throw bad(
      file,
      Number(first['line']),
      String(first['column_name'] ?? ''),
      what,
      `Every row has ${header.length} fields, quoted as RFC 4180 says.`,
    )
  }
}

const dayForm = `'^\\d{4}-\\d{2}-\\d{2}$'`
const rules: readonly { column: string; fails: string; remedy: string }[] = [
  ...['date', 'available_on'].map((column) => ({
    column,
    fails: `${column} is null or not regexp_matches(${column}, ${dayForm}) or try_cast(${column} as date) is null`,
    remedy: 'Write a day as 2025-06-30.',
  })),
  { column: 'cost', fails: 'try_cast(cost as decimal(28, 9)) is null', remedy: 'Write an amount as 1234.56 or -0.5.' },
]

async function check(warehouse: Warehouse, file: string, vintages: boolean): Promise<void> {
  for (const { column, fails, remedy } of rules) {
    if (column === 'available_on' && !vintages) continue
    const { rows } = await warehouse.query(
      `select rowid + 2 as row, ${column} as value from raw where ${fails} order by rowid limit 1`,
    )
    const first = rows[0]
    if (first) throw bad(file, Number(first['row']), column, `"${first['value'] ?? ''}" is not valid`, remedy)
  }
}

function bad(file: string, row: number, column: string, what: string, hint: string): UserError {
  return new UserError(`${file}: row ${row}, column ${column}: ${what}`, { hint })
}

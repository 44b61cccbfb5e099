import { closeSync, openSync, readSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { UserError } from '../errors.ts'
import { quoteIdentifier, quoteText, type Warehouse } from '../warehouse/warehouse.ts'

/** A fault of a file in words: file, row (the header is row 1), column, what is wrong and what to do about it. */
export function bad(file: string, row: number, column: string, what: string, hint: string): UserError {
  return new UserError(`${file}: row ${row}, column ${column}: ${what}`, { hint })
}

/**
 * Loads a CSV file as text into a table of `warehouse` with the columns of its header and `row`, the number of the row in the file.
 *
 * @param shapes column names of the shapes the file may have, each complete
 * @returns the shape that the header has
 * @throws UserError for a file that cannot be read, another header, or a row with another number of fields
 */
export async function loadCsv(
  warehouse: Warehouse,
  file: string,
  table: string,
  shapes: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const header = headerOf(file, shapes)
  const shape = shapes.find((names) => names.length === header.length && names.every((name) => header.includes(name)))
  if (!shape) {
    const known = shapes.flat()
    const odd = header.find((name, index) => !known.includes(name) || header.indexOf(name) < index)
    const lacks = shapes[0]?.find((name) => !header.includes(name))
    const what = odd !== undefined ? 'is not expected here' : 'is not in the header'
    throw bad(file, 1, odd ?? lacks ?? header.join(','), what, `The header is ${spelled(shapes)}.`)
  }
  const columns = header.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(', ')
  await warehouse.exec('set preserve_insertion_order = true')
  await warehouse.exec(`create table ${quoteIdentifier(table)} as
    select *, row_number() over () + 1 as row from read_csv(${quoteText(file)}, auto_detect = false, columns = {${columns}},
      header = true, delim = ',', quote = '"', escape = '"', store_rejects = true, rejects_limit = 1)`)
  const { rows } = await warehouse.query(
    'select line, column_name, error_message from reject_errors order by line limit 1',
  )
  const first = rows[0]
  if (first) {
    const what = String(first['error_message']).split('\n')[0] ?? ''
    const remedy = `Every row has ${header.length} fields, quoted as RFC 4180 says.`
    throw bad(file, Number(first['line']), String(first['column_name'] ?? ''), what, remedy)
  }
  return shape
}

/** Throws UserError for the first row of a loaded table where the SQL condition `fails` holds. */
export async function checkColumn(
  warehouse: Warehouse,
  file: string,
  table: string,
  rule: { readonly column: string; readonly fails: string; readonly remedy: string },
): Promise<void> {
  const column = quoteIdentifier(rule.column)
  const { rows } = await warehouse.query(
    `select row, ${column} as value from ${quoteIdentifier(table)} where ${rule.fails} order by row limit 1`,
  )
  const first = rows[0]
  if (!first) return
  const what = first['value'] === null ? 'is empty' : `"${first['value']}" is not valid`
  throw bad(file, Number(first['row']), rule.column, what, rule.remedy)
}

function spelled(shapes: readonly (readonly string[])[]): string {
  return shapes.map((names) => names.join(',')).join(' or ')
}

function headerOf(file: string, shapes: readonly (readonly string[])[]): string[] {
  const buffer = Buffer.alloc(65_536)
  const handle = open(file)
  let length: number
  try {
    length = readSync(handle, buffer, 0, buffer.length, 0)
  } catch (cause) {
    throw unreadable(file, cause)
  } finally {
    closeSync(handle)
  }
  const lines = parse(buffer.toString('utf8', 0, length), { bom: true, to_line: 1, relax_quotes: true }) as string[][]
  const header = lines[0]
  if (!header)
    throw bad(file, 1, shapes[0]?.[0] ?? '', 'the file is empty', `Give a CSV file with the header ${spelled(shapes)}.`)
  return header.map((name) => name.trim())
}

function open(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

function unreadable(file: string, cause: unknown): UserError {
  return new UserError(`${file} cannot be read`, { hint: 'Give the path of a CSV file.', cause })
}

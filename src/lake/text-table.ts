import { closeSync, openSync, readSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { UserError } from '../errors.ts'
import { quoteIdentifier, quoteText, type Warehouse } from '../warehouse/warehouse.ts'

/** A CSV file that a person wrote, and the names of its header. */
export interface TextFile {
  readonly file: string
  readonly header: readonly string[]
}

/** A fault of a file in words: file, row (the header is row 1), column, what is wrong and what to do about it. */
export function bad(file: string, row: number, column: string, what: string, hint: string): UserError {
  return new UserError(`${file}: row ${row}, column ${column}: ${what}`, { hint })
}

/** The trimmed names of a CSV file's header, none for an empty file. Throws UserError for a file that cannot be read. */
export function readHeader(file: string): string[] {
  const buffer = Buffer.alloc(65_536)
  const handle = guarded(file, () => openSync(file, 'r'))
  try {
    const length = guarded(file, () => readSync(handle, buffer, 0, buffer.length, 0))
    const [header] = parse(buffer.toString('utf8', 0, length), { bom: true, to_line: 1, relax_quotes: true })
    return (header ?? []).map((name) => name.trim())
  } finally {
    closeSync(handle)
  }
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new UserError(`${file} cannot be read`, { hint: 'Give the path of a CSV file.', cause })
  }
}

/**
 * Loads columns of a CSV file as text into a new table of `warehouse`, a scratch database. `isNumbered` adds `row`, the number of the
 * row in the file, which costs the parallel read.
 *
 * @throws UserError for the first row with another number of fields than the header
 */
export async function loadText(
  warehouse: Warehouse,
  source: TextFile,
  { table, columns, isNumbered }: { table: string; columns: readonly string[]; isNumbered: boolean },
): Promise<void> {
  await warehouse.exec(`set preserve_insertion_order = ${isNumbered}`)
  await warehouse.exec(`create table ${quoteIdentifier(table)} as
    select ${columns.map(quoteIdentifier).join(', ')}${isNumbered ? `, ${rowNumber}` : ''} from ${fileRows(source)}`)
  const { rows } = await warehouse.query(
    'select line, column_name, error_message from reject_errors order by line limit 1',
  )
  const first = rows[0]
  if (!first) return
  const what = String(first['error_message']).split('\n')[0] ?? ''
  const remedy = `Every row has ${source.header.length} fields, quoted as RFC 4180 says.`
  throw bad(source.file, Number(first['line']), String(first['column_name'] ?? ''), what, remedy)
}

/** Throws UserError for the first row of a loaded file where `fails`, an SQL condition on that column alone, holds. */
export async function checkColumn(
  warehouse: Warehouse,
  source: TextFile,
  table: string,
  rule: { readonly column: string; readonly fails: string; readonly remedy: string },
): Promise<void> {
  const { rows: faults } = await warehouse.query(`select 1 from ${quoteIdentifier(table)} where ${rule.fails} limit 1`)
  if (faults.length === 0) return
  await warehouse.exec('set preserve_insertion_order = true')
  const { rows } = await warehouse.query(
    `select * from (select ${quoteIdentifier(rule.column)}, ${rowNumber} from ${fileRows(source)})
     where ${rule.fails} order by row limit 1`,
  )
  const value = rows[0]?.[rule.column] ?? null
  const what = value === null ? 'is empty' : `"${value}" is not valid`
  throw bad(source.file, Number(rows[0]?.['row']), rule.column, what, rule.remedy)
}

const rowNumber = 'row_number() over () + 1 as row'

function fileRows({ file, header }: TextFile): string {
  const columns = header.map((name) => `${quoteText(name || '_')}: 'VARCHAR'`).join(', ')
  return `read_csv(${quoteText(file)}, auto_detect = false, columns = {${columns}}, header = true, delim = ',', quote = '"',
    escape = '"', store_rejects = true, rejects_limit = 1)`
}

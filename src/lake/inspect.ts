import { EmptyDelivery, UserError } from '../errors.ts'
import type { FileHead } from '../formats/format.ts'
import { quoteIdentifier, type ResultColumn, type Warehouse } from '../warehouse/warehouse.ts'
import { checkGzip, peek, unzip, type Wrapping, wrappingOf } from './container.ts'
import { type CsvHead, readCsvHead } from './csv-head.ts'

/** One file made readable: its head, and what the stage needs to read the rest of it. */
export interface InspectedFile {
  /** The file as given, for messages. */
  readonly original: string
  /** What the engine reads: the file itself, or its unpacked copy. */
  readonly path: string
  readonly wrapping: Wrapping
  readonly head: FileHead
  readonly csv: CsvHead | null
  /** Physical column types, by position; VARCHAR throughout for text files. */
  readonly types: readonly string[]
}

const nested = /^(STRUCT|MAP|JSON|UNION)|\[\d*\]$/

/** True for column types that the stage hands on as JSON. */
export function isNested(type: string): boolean {
  return nested.test(type)
}

/**
 * Looks into a file of any supported kind (CSV, NDJSON or Parquet; plain, gzip, zstd or zip). `scratch` holds unpacked copies.
 * Throws UserError for a file that is empty, damaged or none of these.
 */
export async function inspectFile(path: string, warehouse: Warehouse, scratch: string): Promise<InspectedFile> {
  const wrapping = await wrappingOf(path)
  if (wrapping === 'zip')
    return { ...(await inspectFile(await unzip(path, scratch), warehouse, scratch)), original: path }
  if (wrapping === 'parquet') return inspectParquet(path, warehouse)
  if (wrapping === 'zstd') {
    throw new UserError(`${path} is packed with zstd`, { hint: 'Unpack it (zstd -d) and import the result.' })
  }
  if (wrapping === 'gzip') await checkGzip(path)
  const bytes = await peek(path, wrapping)
  const first = bytes
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()[0]
  if (first === '{' || first === '[') return inspectJson(path, wrapping, warehouse)
  const csv = readCsvHead(path, bytes)
  return {
    original: path,
    path,
    wrapping,
    head: { container: 'csv', columns: csv.columns, sample: csv.sample },
    csv,
    types: csv.columns.map(() => 'VARCHAR'),
  }
}

async function inspectParquet(path: string, warehouse: Warehouse): Promise<InspectedFile> {
  try {
    const source = 'select * from read_parquet($path, hive_partitioning = false)'
    const columns = await warehouse.describe(source, { path })
    const sample = await sampleOf(warehouse, 'read_parquet($path, hive_partitioning = false)', columns, path)
    return {
      original: path,
      path,
      wrapping: 'parquet',
      head: { container: 'parquet', columns: columns.map((column) => column.name), sample },
      csv: null,
      types: columns.map((column) => column.type),
    }
  } catch (cause) {
    throw new UserError(`${path} is a damaged Parquet file`, { hint: 'Copy or export it again.', cause })
  }
}

async function inspectJson(path: string, wrapping: Wrapping, warehouse: Warehouse): Promise<InspectedFile> {
  try {
    const compression = wrapping === 'gzip' ? 'gzip' : 'uncompressed'
    const keys = await warehouse.query(
      `select distinct unnest(json_keys(json)) as key
       from (from read_json_objects($path, format = 'auto', compression = $compression, maximum_object_size = 67108864) limit 200000)`,
      { path, compression },
    )
    const columns = keys.rows
      .map((row) => ({ name: String(row['key']), type: 'VARCHAR' }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    if (columns.length === 0)
      throw new EmptyDelivery(`${path} holds no JSON object`, {
        hint: 'An empty export changes nothing; export the period again.',
      })
    const objects = await warehouse.query(
      `select json::varchar as j from read_json_objects($path, format = 'auto', compression = $compression, maximum_object_size = 67108864) limit 1000`,
      { path, compression },
    )
    const sample = objects.rows.map((row) => {
      const object = JSON.parse(String(row['j'])) as Record<string, unknown>
      return columns.map(({ name }) => cellText(object[name]))
    })
    return {
      original: path,
      path,
      wrapping,
      head: { container: 'ndjson', columns: columns.map((column) => column.name), sample },
      csv: null,
      types: columns.map(() => 'VARCHAR'),
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    throw new UserError(
      `${path} is no readable JSON: ${cause instanceof Error ? cause.message.split('\n')[0] : cause}`,
      {
        hint: 'costwright reads one JSON object a line (NDJSON) or one array of objects.',
        cause,
      },
    )
  }
}

function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

async function sampleOf(
  warehouse: Warehouse,
  reader: string,
  columns: readonly ResultColumn[],
  path: string,
): Promise<(string | null)[][]> {
  const texts = columns.map(({ name, type }, index) => {
    const column = quoteIdentifier(name)
    return `${isNested(type) ? `to_json(${column})` : column}::varchar as c${index}`
  })
  const result = await warehouse.query(`select ${texts.join(', ')} from ${reader} limit 1000`, { path })
  return result.rows.map((row) => columns.map((_, index) => (row[`c${index}`] as string | null | undefined) ?? null))
}

import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { JsonDuckDBValueConverter } from '@duckdb/node-api'
import type { FocusAsk, StreamFormat } from './api/context.ts'
import { csvEncoder } from './api/csv.ts'
import type { CatalogEntry } from './catalog/catalog.ts'
import { QueryError } from './errors.ts'
import { focusSelect } from './pipeline/export-focus.ts'
import { isStored } from './pipeline/marts.ts'
import { arrowStream } from './warehouse/arrow.ts'
import type { ChunkStream, Reader } from './warehouse/duckdb-stream.ts'
import { type Params, quoteIdentifier } from './warehouse/warehouse.ts'

const isStoredMart = ({ kind, name }: CatalogEntry) => kind === 'marts' && isStored(name)

/** Reads of a stored mart take its table; the rest is computed. */
export function sqlOf(entry: CatalogEntry): string {
  return isStoredMart(entry) ? `from ${quoteIdentifier(entry.name)}` : entry.sql
}

/** Runs work on a query; what fails names it. */
export async function named<T>(entry: CatalogEntry, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new QueryError(entry.name, cause)
  }
}

/** Cells encoded before others get their turn: a few milliseconds of work. */
const csvSlice = 2000

/** Rows of a mart's row group in Parquet: as many as the edge reads at a time within the 128 MB of a Worker. */
const martGroupRows = 10_240

/** Chunks in pieces of a format that needs no file. */
export const encodeChunks: Readonly<
  Record<'csv' | 'arrow', (stream: ChunkStream) => AsyncGenerator<Uint8Array<ArrayBufferLike>>>
> = {
  async *csv({ columns, chunks }) {
    const utf8 = new TextEncoder()
    const encode = csvEncoder(columns.map(({ type }) => type.toString()))
    yield utf8.encode(csvEncoder([])(columns.map(({ name }) => name)))
    const slice = Math.max(1, Math.floor(csvSlice / columns.length))
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.rowCount; start += slice) {
        const lines = Array.from({ length: Math.min(slice, chunk.rowCount - start) }, (_, row) =>
          encode(chunk.convertRowValues(start + row, JsonDuckDBValueConverter)),
        )
        yield utf8.encode(lines.join(''))
        await setImmediate()
      }
    }
  },
  arrow: arrowStream,
}

/** A query's rows in pieces of each format. */
export const encoders: Readonly<
  Record<StreamFormat, (reader: Reader, entry: CatalogEntry, params: Params) => AsyncGenerator<Uint8Array>>
> = {
  async *csv(reader, entry, params) {
    yield* encodeChunks.csv(await named(entry, () => reader.stream(sqlOf(entry), params)))
  },
  async *arrow(reader, entry, params) {
    yield* encodeChunks.arrow(await named(entry, () => reader.stream(sqlOf(entry), params)))
  },
  parquet(reader, entry, params) {
    const groupRows = isStoredMart(entry) ? martGroupRows : undefined
    return throughFile('parquet', (path) =>
      named(entry, () => reader.copyToParquet(sqlOf(entry), params, path, groupRows)),
    )
  },
}

/** What the engine writes to a file only, in pieces; the file is gone afterwards. */
async function* throughFile(ending: string, write: (path: string) => Promise<void>): AsyncGenerator<Uint8Array> {
  const path = join(tmpdir(), `costwright-${randomUUID()}.${ending}`)
  try {
    await write(path)
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 })) yield piece as Uint8Array
  } finally {
    await rm(path, { force: true })
  }
}

/** The normalised charges as a FOCUS table, byte for byte what `costwright export focus` writes. */
export async function* focusStream(reader: Reader, { format, ...filter }: FocusAsk): AsyncGenerator<Uint8Array> {
  const { rows } = await reader.query('describe select * from charges', {})
  const stored = rows.map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }))
  const sql = focusSelect(stored, format)
  const params = { period: filter.period ?? null, source: filter.source ?? null }
  yield* throughFile(format, (path) =>
    format === 'csv' ? reader.copyToCsv(sql, params, path) : reader.copyToParquet(sql, params, path),
  )
}

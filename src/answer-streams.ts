import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { JsonDuckDBValueConverter } from '@duckdb/node-api'
import type { StreamFormat } from './api/context.ts'
import { csvEncoder } from './api/csv.ts'
import type { CatalogEntry } from './catalog/catalog.ts'
import { QueryError } from './errors.ts'
import { isStored } from './pipeline/marts.ts'
import { arrowStream } from './warehouse/arrow.ts'
import type { Reader } from './warehouse/duckdb-stream.ts'
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

/** Rows encoded before others get their turn: a few milliseconds of work. */
const csvSlice = 256

/** Rows of a mart's row group in Parquet: as many as the edge reads at a time within the 128 MB of a Worker. */
const martGroupRows = 10_240

/** A query's rows in pieces of each format. */
export const encoders: Readonly<
  Record<StreamFormat, (reader: Reader, entry: CatalogEntry, params: Params) => AsyncGenerator<Uint8Array>>
> = {
  async *csv(reader, entry, params) {
    const { columns, chunks } = await named(entry, () => reader.stream(sqlOf(entry), params))
    const utf8 = new TextEncoder()
    const encode = csvEncoder(columns.map(({ type }) => type.toString()))
    yield utf8.encode(csvEncoder([])(columns.map(({ name }) => name)))
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.rowCount; start += csvSlice) {
        const lines = Array.from({ length: Math.min(csvSlice, chunk.rowCount - start) }, (_, row) =>
          encode(chunk.convertRowValues(start + row, JsonDuckDBValueConverter)),
        )
        yield utf8.encode(lines.join(''))
        await setImmediate()
      }
    }
  },
  async *arrow(reader, entry, params) {
    yield* arrowStream(await named(entry, () => reader.stream(sqlOf(entry), params)))
  },
  async *parquet(reader, entry, params) {
    const path = join(tmpdir(), `costwright-${randomUUID()}.parquet`)
    try {
      const groupRows = isStoredMart(entry) ? martGroupRows : undefined
      await named(entry, () => reader.copyToParquet(sqlOf(entry), params, path, groupRows))
      for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 })) yield piece as Uint8Array
    } finally {
      await rm(path, { force: true })
    }
  },
}

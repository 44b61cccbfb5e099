import { JsonDuckDBValueConverter } from '@duckdb/node-api'
import { sqlOf } from './answer-streams.ts'
import type { Page, PageAsk } from './api/context.ts'
import type { CatalogEntry } from './catalog/catalog.ts'
import type { Reader } from './warehouse/duckdb-stream.ts'
import type { Params } from './warehouse/warehouse.ts'

/** Runs a query for as long as somebody waits for it. */
export async function whileWanted<T>(
  reader: Reader,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!signal) return work()
  signal.throwIfAborted()
  const interrupt = () => reader.interrupt()
  signal.addEventListener('abort', interrupt)
  try {
    return await work()
  } finally {
    signal.removeEventListener('abort', interrupt)
  }
}

/** One page of a query's rows, and whether there are more. */
export async function readPage(reader: Reader, entry: CatalogEntry, params: Params, page: PageAsk): Promise<Page> {
  const { columns, chunks } = await reader.stream(sqlOf(entry), params)
  const names = columns.map(({ name }) => name)
  const rows: Record<string, unknown>[] = []
  let skip = page.offset
  for await (const chunk of chunks) {
    if (skip >= chunk.rowCount) {
      skip -= chunk.rowCount
      continue
    }
    for (const cells of chunk.convertRows(JsonDuckDBValueConverter).slice(skip)) {
      rows.push(Object.fromEntries(names.map((name, index) => [name, cells[index]])))
    }
    skip = 0
    if (rows.length > page.limit) break
  }
  return {
    columns: columns.map(({ name, type }) => ({ name, type: type.toString() })),
    rows: rows.slice(0, page.limit),
    more: rows.length > page.limit,
  }
}

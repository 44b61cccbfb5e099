import type { Page, Snapshot } from '../api/context.ts'
import { csvEncoder } from '../api/csv.ts'
import type { CatalogEntry } from '../catalog/catalog.ts'
import type { Params, ResultColumn } from '../warehouse/warehouse.ts'
import type { NotHere } from './not-here.ts'
import type { PublishedObjects } from './objects.ts'
import {
  answerKey,
  type Manifest,
  type PublishedAnswer,
  type PublishedDocument,
  type PublishedMart,
} from './published.ts'

export interface Publication {
  readonly manifest: Manifest
  readonly document: PublishedDocument
  readonly objects: PublishedObjects
  readonly notHere: NotHere
}

/** Rows encoded at a time. */
const csvSlice = 256

/** The published state: stored marts from their files, everything else from the answers that were published; else 501. */
export function publishedSnapshot({ manifest, document, objects, notHere }: Publication): Snapshot {
  const martOf = ({ kind, name }: CatalogEntry): PublishedMart | undefined =>
    kind === 'marts' ? manifest.marts[name] : undefined
  const answerOf = (entry: CatalogEntry, params: Params): Promise<PublishedAnswer> => {
    const key = answerKey(entry, params)
    const reference = Object.hasOwn(manifest.answers, key) ? manifest.answers[key] : undefined
    return reference ? objects.json(reference) : notHere(`${entry.name} with these parameters`)
  }
  const snapshot: Snapshot = {
    id: manifest.state,
    async query(entry, params, { offset, limit }): Promise<Page> {
      const mart = martOf(entry)
      if (mart) return martPage(mart, objects, offset, offset + limit)
      const { columns, rows } = await answerOf(entry, params)
      return { columns, rows: rows.slice(offset, offset + limit), more: rows.length > offset + limit }
    },
    async *stream(entry, params, format) {
      const mart = martOf(entry)
      if (format === 'parquet' && mart) yield* objects.pieces(mart)
      else if (format !== 'csv') notHere(`${entry.name} as ${format}`)
      else if (mart) yield* csvOf(mart.columns, (await objects.mart(mart)).groups())
      else {
        const { columns, rows } = await answerOf(entry, params)
        const cells = rows.map((row) => columns.map(({ name }) => row[name]))
        yield* csvOf(columns, [cells])
      }
    },
    lake: async () => document.lake,
    statement: async () => notHere('SQL'),
    statementFile: async () => notHere('SQL'),
    focus: () => notHere('the FOCUS table'),
  }
  return snapshot
}

async function martPage(mart: PublishedMart, objects: PublishedObjects, start: number, end: number): Promise<Page> {
  const rows = start < mart.rows ? await (await objects.mart(mart)).rows(start, Math.min(end, mart.rows)) : []
  const names = mart.columns.map(({ name }) => name)
  return {
    columns: mart.columns,
    rows: rows.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index]]))),
    more: mart.rows > end,
  }
}

async function* csvOf(
  columns: readonly ResultColumn[],
  groups: Iterable<unknown[][]> | AsyncIterable<unknown[][]>,
): AsyncGenerator<Uint8Array> {
  const utf8 = new TextEncoder()
  const encode = csvEncoder(columns.map(({ type }) => type))
  yield utf8.encode(csvEncoder([])(columns.map(({ name }) => name)))
  for await (const rows of groups)
    for (let start = 0; start < rows.length; start += csvSlice)
      yield utf8.encode(
        rows
          .slice(start, start + csvSlice)
          .map(encode)
          .join(''),
      )
}

import { zstdDecompressSync } from 'node:zlib'
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from 'hyparquet'
import { cellOf, rawElement, type ToCell } from './parquet-cells.ts'
import type { PublishedMart } from './published.ts'
import type { ObjectStore } from './store.ts'

/** A stored mart whose rows are read by stretches. */
export interface MartFile {
  /** Bytes that the opened file takes in memory, roughly. */
  readonly bytes: number
  /** Rows `[start, end)`, cells in the order of the mart's columns; fewer where the file ends. */
  rows(start: number, end: number): Promise<unknown[][]>
  /** Every row, a row group at a time. */
  groups(): AsyncGenerator<unknown[][]>
}

interface Group {
  readonly start: number
  readonly end: number
  /** Where its columns lie, one after the other. */
  readonly from: number
  readonly to: number
}

interface OpenFile {
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
  readonly columns: readonly { readonly name: string; readonly cell: ToCell }[]
}

/** Marts are written with zstd; the runtime's own is there in Workers, and quicker than one in JavaScript. */
const compressors: Compressors = { ZSTD: (input) => zstdDecompressSync(input) }

/** Most files' description fits into the first read of their end. */
const tailBytes = 65_536

/**
 * Opens a mart by the description at its end; rows come with the row groups that hold them, and one column of a group is decoded at a time,
 * so that memory holds a compressed group and the cells that are asked for.
 *
 * @param gone called when the object is not there
 */
export async function openMart(store: ObjectStore, mart: PublishedMart, gone: () => never): Promise<MartFile> {
  const file: AsyncBuffer = {
    byteLength: mart.bytes,
    slice: async (start, end = mart.bytes) => (await store.range(mart.key, start, end)) ?? gone(),
  }
  const found = await parquetMetadataAsync(file, {
    initialFetchSize: Math.min(mart.bytes, tailBytes),
    geoparquet: false,
  })
  const tree = parquetSchema(found)
  const columns = mart.columns.map(({ name, type }, index) => {
    const column = tree.children[index]
    if (column?.element.name !== name) throw new Error(`${mart.key} has no column ${name} in its place`)
    return { name, cell: cellOf(column, type) }
  })
  const open: OpenFile = { file, metadata: { ...found, schema: found.schema.map(rawElement) }, columns }
  const groups = groupsOf(found)
  return {
    bytes: found.metadata_length * 10,
    async rows(start, end) {
      const rows: unknown[][] = []
      for (const group of groups)
        if (group.start < end && group.end > start)
          rows.push(...(await readGroup(open, group, Math.max(start, group.start), Math.min(end, group.end))))
      return rows
    },
    async *groups() {
      for (const group of groups) yield await readGroup(open, group, group.start, group.end)
    },
  }
}

function groupsOf({ row_groups }: FileMetaData): Group[] {
  let start = 0
  return row_groups.map(({ columns, num_rows }) => {
    const spans = columns.map(({ meta_data: meta }) => {
      if (!meta) throw new Error('a column in the file is not described')
      const from = Number(meta.dictionary_page_offset || meta.data_page_offset)
      return { from, to: from + Number(meta.total_compressed_size) }
    })
    const group = { start, end: start + Number(num_rows) }
    start = group.end
    return { ...group, from: Math.min(...spans.map(({ from }) => from)), to: Math.max(...spans.map(({ to }) => to)) }
  })
}

async function readGroup({ file, metadata, columns }: OpenFile, group: Group, start: number, end: number) {
  const bytes = await file.slice(group.from, group.to)
  const inMemory: AsyncBuffer = {
    byteLength: file.byteLength,
    slice: (from, to = file.byteLength) => bytes.slice(from - group.from, to - group.from),
  }
  const rows = Array.from({ length: end - start }, (): unknown[] => [])
  for (const { name, cell } of columns) {
    await parquetRead({
      ...{ file: inMemory, metadata, compressors, columns: [name], rowStart: start, rowEnd: end, geoparquet: false },
      onComplete: (found) => {
        for (const [index, row] of rows.entries()) row.push(cell(found[index]?.[0]))
      },
    })
  }
  return rows
}

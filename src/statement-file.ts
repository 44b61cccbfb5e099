import { createReadStream, createWriteStream, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { encodeChunks } from './answer-streams.ts'
import type { StatementFile, StreamFormat } from './api/context.ts'
import type { ChunkStream } from './warehouse/duckdb-stream.ts'
import { writeParquet } from './warehouse/parquet-file.ts'

const pieceBytes = 1 << 18

/**
 * Writes the rows of a statement into a file of its own before anything is sent, so that its answer says how many there are, and a statement
 * that fails halfway is a problem and not a broken file. The file goes when the pieces are read, or left.
 *
 * @param most rows; further ones are left out, and `truncated` says so
 */
export async function statementFile(stream: ChunkStream, format: StreamFormat, most: number): Promise<StatementFile> {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-sql-'))
  const path = join(folder, `rows.${format}`)
  const remove = () => rm(folder, { recursive: true, force: true })
  const counted = upTo(most, stream)
  try {
    if (format === 'parquet') await writeParquet(counted.stream, path)
    else await pipeline(Readable.from(encodeChunks[format](counted.stream)), createWriteStream(path))
  } catch (cause) {
    await remove()
    throw cause
  }
  return {
    ...counted.seen(),
    discard: remove,
    async *pieces() {
      try {
        for await (const piece of createReadStream(path, { highWaterMark: pieceBytes })) yield piece as Uint8Array
      } finally {
        await remove()
      }
    },
  }
}

function upTo(most: number, { columns, chunks }: ChunkStream) {
  let row_count = 0
  let truncated = false
  async function* first(): ChunkStream['chunks'] {
    for await (const chunk of chunks) {
      const left = most - row_count
      if (left === 0 || chunk.rowCount > left) truncated = true
      if (left === 0) return
      if (chunk.rowCount > left) chunk.rowCount = left
      row_count += chunk.rowCount
      yield chunk
      if (truncated) return
    }
  }
  return { stream: { columns, chunks: first() }, seen: () => ({ row_count, truncated }) }
}

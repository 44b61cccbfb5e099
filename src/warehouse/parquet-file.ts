import { rmSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import type { ChunkStream } from './duckdb-stream.ts'
import { parquetColumns } from './parquet-columns.ts'
import { quoteIdentifier, quoteText } from './warehouse.ts'

/** Writes the chunks of a query as one Parquet file, by way of a database of its own: the one that was asked may write nothing. */
export async function writeParquet({ columns, chunks }: ChunkStream, path: string): Promise<void> {
  const draft = `${path}.draft`
  const instance = await DuckDBInstance.create(draft, {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    memory_limit: '512MB',
    threads: '1',
  })
  const connection = await instance.connect()
  try {
    const named = columns.map(({ name, type }) => ({ name, type: type.toString() }))
    const fields = named.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`)
    await connection.run(`create table statement_rows (${fields.join(', ')})`)
    const appender = await connection.createAppender('statement_rows')
    for await (const chunk of chunks) appender.appendDataChunk(chunk)
    appender.closeSync()
    const rows = `(select ${parquetColumns(named)} from statement_rows)`
    await connection.run(`copy ${rows} to ${quoteText(path)} (format parquet, compression zstd)`)
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(draft, { force: true })
    rmSync(`${draft}.wal`, { force: true })
  }
}

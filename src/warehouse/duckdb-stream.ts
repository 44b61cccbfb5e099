import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  listValue,
} from '@duckdb/node-api'
import { connectTo } from './duckdb.ts'
import { parquetColumns } from './parquet-columns.ts'
import { type Param, type Params, quoteText, type Result, type Warehouse } from './warehouse.ts'
import { collectYoungGarbage } from './young-garbage.ts'

/** A running query whose rows are fetched chunk by chunk, so that memory stays flat whatever its length. */
export interface ChunkStream {
  readonly columns: readonly { readonly name: string; readonly type: DuckDBType }[]
  /** Rows in chunks of at most 2,048; never an empty one. */
  readonly chunks: AsyncGenerator<DuckDBDataChunk>
}

/** One connection to a read-only database: one query at a time. */
export interface Reader {
  query(sql: string, params: Params): Promise<Result>
  stream(sql: string, params: Params): Promise<ChunkStream>
  /** Writes a query's rows as Parquet (see `parquetColumns`), with at most `groupRows` rows a row group: a multiple of 2,048, default 122,880. */
  copyToParquet(sql: string, params: Params, path: string, groupRows?: number): Promise<void>
  /** Writes a query's rows as CSV with a header. */
  copyToCsv(sql: string, params: Params, path: string): Promise<void>
  /** Makes the running query fail at once. */
  interrupt(): void
  close(): void
}

export interface ReadOnlyDatabase {
  connect(): Promise<Reader>
  /** A connection for work of many steps, with temporary tables of its own. It stays usable until it is closed itself. */
  warehouse(): Promise<Warehouse>
  close(): void
}

export interface ReadOnlyOptions {
  readonly memoryLimit?: string | undefined
  readonly threads?: number | undefined
}

/**
 * Opens a DuckDB file for readers that never change it. Instants are UTC; row order of tables is kept, so pages are stable.
 *
 * @throws Error when the file is absent or no DuckDB database
 */
export async function openReadOnly(path: string, options: ReadOnlyOptions = {}): Promise<ReadOnlyDatabase> {
  const instance = await DuckDBInstance.create(path, {
    access_mode: 'READ_ONLY',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(options.memoryLimit ? { memory_limit: options.memoryLimit } : {}),
    ...(options.threads ? { threads: String(options.threads) } : {}),
  })
  return {
    async connect() {
      const connection = await instance.connect()
      await connection.run("set timezone = 'UTC'")
      return readerOf(connection)
    },
    warehouse: () => connectTo(instance),
    close: () => instance.closeSync(),
  }
}

/** Chunks of a stream that may wait to be freed. */
const chunksHeld = 4

function readerOf(connection: DuckDBConnection): Reader {
  const copy = async (sql: string, params: Params, target: string) => {
    await connection.run(`copy (${withoutTerminator(sql)}\n) to ${target}`, bind(params))
  }
  return {
    async query(sql, params) {
      const reader = await connection.runAndReadAll(sql, bind(params))
      const names = reader.deduplicatedColumnNames()
      return {
        columns: names.map((name, index) => ({ name, type: reader.columnType(index).toString() })),
        rows: reader.getRowObjectsJson(),
      }
    },
    async stream(sql, params) {
      const result = await connection.stream(sql, bind(params))
      const names = result.deduplicatedColumnNames()
      return {
        columns: names.map((name, index) => ({ name, type: result.columnType(index) })),
        chunks: (async function* () {
          for (let count = 1; ; count += 1) {
            const chunk = await result.fetchChunk()
            if (!chunk || chunk.rowCount === 0) return
            yield chunk
            if (count % chunksHeld === 0) collectYoungGarbage()
          }
        })(),
      }
    },
    async copyToParquet(sql, params, path, groupRows) {
      const rows = `(${withoutTerminator(sql)}\n)`
      const described = await connection.runAndReadAll(`describe select * from ${rows}`, bind(params))
      const columns = described
        .getRowObjectsJson()
        .map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }))
      const size = groupRows === undefined ? '' : `, row_group_size ${groupRows}`
      const target = `${quoteText(path)} (format parquet, compression zstd${size})`
      await copy(`select ${parquetColumns(columns)} from ${rows}`, params, target)
    },
    copyToCsv: (sql, params, path) => copy(sql, params, `${quoteText(path)} (format csv, header true)`),
    interrupt: () => connection.interrupt(),
    close: () => connection.closeSync(),
  }
}

function withoutTerminator(sql: string): string {
  return sql.trimEnd().replace(/;$/, '')
}

function bind(params: Params): Record<string, DuckDBValue> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, bindValue(value)]))
}

function bindValue(value: Param): DuckDBValue {
  return Array.isArray(value) ? listValue(value.map(bindValue)) : (value as DuckDBValue)
}

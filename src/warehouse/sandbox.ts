import { setImmediate } from 'node:timers/promises'
import { type DuckDBConnection, DuckDBInstance, JsonDuckDBValueConverter } from '@duckdb/node-api'
import { UserError } from '../errors.ts'
import type { ChunkStream } from './duckdb-stream.ts'
import { checkStatement } from './statement.ts'
import { quoteText, type ResultColumn } from './warehouse.ts'

export interface SandboxLimits {
  /** Rows that are read at most. */
  readonly rows: number
  /** Characters that the answer's values have at most, about. */
  readonly characters: number
  readonly timeout_ms: number
}

export interface StreamLimits {
  readonly timeout_ms: number
  readonly signal: AbortSignal
}

/** Rows as JSON values, and whether there are more than were read. */
export interface SandboxAnswer {
  readonly columns: readonly ResultColumn[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly truncated: boolean
}

/** A warehouse that strangers may question in SQL. */
export interface Sandbox {
  /**
   * Runs one statement that reads. A signal that is aborted ends it.
   *
   * @throws UserError for a statement that is not allowed, wrong, too long in time or too large in memory
   */
  run(sql: string, limits: SandboxLimits, signal: AbortSignal): Promise<SandboxAnswer>
  /**
   * The same chunk by chunk: `work` is given the rows and reads as many as it wants; the time is that until it ends.
   *
   * @throws UserError as `run` does; what `work` throws stays as it is
   */
  stream<T>(sql: string, limits: StreamLimits, work: (rows: ChunkStream) => Promise<T>): Promise<T>
  close(): void
}

export interface SandboxOptions {
  /** The warehouse file. */
  readonly path: string
  /** Folder of the Parquet files that the view `charges` reads; no other file can be opened. */
  readonly lake: string
  readonly memoryLimit?: string | undefined
  readonly threads?: number | undefined
  /** Where what does not fit into memory may go; default nowhere. */
  readonly spill?: string | undefined
}

const longest = 20_000

/**
 * Opens a warehouse for foreign statements: read-only, without network, extensions or settings, and no file but the lake's.
 * Whoever may read the lake through `charges` could name its files too: statements are judged before they run.
 */
export async function openSandbox({ path, lake, spill = '', memoryLimit, threads }: SandboxOptions): Promise<Sandbox> {
  const instance = await DuckDBInstance.create(path, {
    access_mode: 'READ_ONLY',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: spill,
    ...(memoryLimit ? { memory_limit: memoryLimit } : {}),
    ...(threads ? { threads: String(threads) } : {}),
  })
  const first = await instance.connect()
  await first.run("set timezone = 'UTC'")
  await first.run(`set allowed_directories = [${quoteText(lake.endsWith('/') ? lake : `${lake}/`)}]`)
  await first.run('set enable_external_access = false')
  await first.run('set lock_configuration = true')
  const reader = await first.runAndReadAll(
    `select lower(table_name) from information_schema.tables where table_schema = 'main'`,
  )
  const tables = new Set(reader.getRowsJson().map(([name]) => String(name)))
  const stream: Sandbox['stream'] = async (sql, limits, work) => {
    const connection = await instance.connect()
    try {
      await check(connection, sql, tables)
      return await guarded(connection, sql, limits, work)
    } finally {
      connection.closeSync()
    }
  }
  return {
    stream,
    run: (sql, limits, signal) =>
      stream(sql, { timeout_ms: limits.timeout_ms, signal }, (rows) => collected(rows, limits)),
    close() {
      first.closeSync()
      instance.closeSync()
    },
  }
}

async function check(connection: DuckDBConnection, sql: string, tables: ReadonlySet<string>): Promise<void> {
  if (sql.length > longest)
    throw new UserError(`the statement is longer than ${longest} characters`, { hint: 'Ask for less at once.' })
  const reader = await connection.runAndReadAll('select json_serialize_sql($sql::varchar)', { sql })
  checkStatement(JSON.parse(String(reader.getRowsJson()[0]?.[0])), tables)
}

/** Rows up to the limits. */
async function collected({ columns, chunks }: ChunkStream, limits: SandboxLimits): Promise<SandboxAnswer> {
  const names = columns.map(({ name }) => name)
  const head = columns.map(({ name, type }) => ({ name, type: type.toString() }))
  const rows: Record<string, unknown>[] = []
  let characters = 0
  for await (const chunk of chunks) {
    for (const cells of chunk.convertRows(JsonDuckDBValueConverter)) {
      characters += JSON.stringify(cells).length
      if (rows.length >= limits.rows || characters > limits.characters) return { columns: head, rows, truncated: true }
      rows.push(Object.fromEntries(names.map((name, index) => [name, cells[index]])))
    }
    await setImmediate()
  }
  return { columns: head, rows, truncated: false }
}

/** Runs a statement that was judged; what ends it says why. */
async function guarded<T>(
  connection: DuckDBConnection,
  sql: string,
  { timeout_ms, signal }: StreamLimits,
  work: (rows: ChunkStream) => Promise<T>,
): Promise<T> {
  let late = false
  const interrupt = () => connection.interrupt()
  const timer = setTimeout(() => {
    late = true
    interrupt()
  }, timeout_ms)
  const ended = () => {
    signal.throwIfAborted()
    if (late) throw tooLong(timeout_ms)
  }
  const asked = async <R>(step: () => Promise<R>): Promise<R> => {
    ended()
    try {
      return await step()
    } catch (cause) {
      ended()
      throw new UserError(firstLines(cause), {
        hint: '"show tables" lists the tables, "describe daily" the columns of one.',
        cause,
      })
    }
  }
  signal.addEventListener('abort', interrupt)
  try {
    const result = await asked(() => connection.stream(sql))
    const names = result.deduplicatedColumnNames()
    const columns = names.map((name, index) => ({ name, type: result.columnType(index) }))
    const rows = (async function* () {
      for (;;) {
        const chunk = await asked(() => result.fetchChunk())
        if (!chunk || chunk.rowCount === 0) return
        yield chunk
      }
    })()
    return await work({ columns, chunks: rows })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', interrupt)
  }
}

/** A statement that took longer than it may. */
export class StatementTimeout extends UserError {}

function tooLong(timeout: number): StatementTimeout {
  return new StatementTimeout(`the statement was stopped after ${timeout / 1000} s`, {
    hint: 'Narrow the days, or read the table daily instead of charges.',
  })
}

/** The engine's message without the paths and values that its further lines quote. */
function firstLines(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return (text.split('\n')[0] ?? '').slice(0, 500)
}

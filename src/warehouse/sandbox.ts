import { type DuckDBConnection, DuckDBInstance, JsonDuckDBValueConverter } from '@duckdb/node-api'
import { UserError } from '../errors.ts'
import { checkStatement } from './statement.ts'
import { quoteText, type ResultColumn } from './warehouse.ts'

export interface SandboxLimits {
  /** Rows that are read at most. */
  readonly rows: number
  /** Characters that the answer's values have at most, about. */
  readonly characters: number
  readonly timeout_ms: number
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
  return {
    async run(sql, limits, signal) {
      const connection = await instance.connect()
      try {
        await check(connection, sql, tables)
        return await read(connection, sql, limits, signal)
      } finally {
        connection.closeSync()
      }
    },
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

async function read(
  connection: DuckDBConnection,
  sql: string,
  limits: SandboxLimits,
  signal: AbortSignal,
): Promise<SandboxAnswer> {
  let late = false
  const interrupt = () => connection.interrupt()
  const timer = setTimeout(() => {
    late = true
    interrupt()
  }, limits.timeout_ms)
  signal.addEventListener('abort', interrupt)
  try {
    signal.throwIfAborted()
    const result = await connection.stream(sql)
    const names = result.deduplicatedColumnNames()
    const columns = names.map((name, index) => ({ name, type: result.columnType(index).toString() }))
    const rows: Record<string, unknown>[] = []
    let characters = 0
    for (;;) {
      const chunk = await result.fetchChunk()
      if (!chunk || chunk.rowCount === 0) return { columns, rows, truncated: false }
      for (const cells of chunk.convertRows(JsonDuckDBValueConverter)) {
        characters += JSON.stringify(cells).length
        if (rows.length >= limits.rows || characters > limits.characters) return { columns, rows, truncated: true }
        rows.push(Object.fromEntries(names.map((name, index) => [name, cells[index]])))
      }
    }
  } catch (cause) {
    if (signal.aborted) throw signal.reason
    if (late) throw tooLong(limits.timeout_ms, cause)
    throw new UserError(firstLines(cause), {
      hint: '"show tables" lists the tables, "describe daily" the columns of one.',
      cause,
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', interrupt)
  }
}

/** A statement that took longer than it may. */
export class StatementTimeout extends UserError {}

function tooLong(timeout: number, cause: unknown): StatementTimeout {
  return new StatementTimeout(`the statement was stopped after ${timeout / 1000} s`, {
    hint: 'Narrow the days, or read the table daily instead of charges.',
    cause,
  })
}

/** The engine's message without the paths and values that its further lines quote. */
function firstLines(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return (text.split('\n')[0] ?? '').slice(0, 500)
}

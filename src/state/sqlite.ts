import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { UserError } from '../errors.ts'
import { migrations } from './migrations.ts'

export type Row = Readonly<Record<string, unknown>>
export type Values = Readonly<Record<string, SQLInputValue>>

/** What people entered and what was told to whom; several processes may hold it open at once. */
export interface Database {
  /** Rows of a select; values by name without the `$`. */
  all(sql: string, values?: Values): Row[]
  /** Runs a change and returns how many rows it touched. */
  run(sql: string, values?: Values): number
  /** Runs `work` in one transaction that holds the write lock from its start; all of it happens or nothing. */
  transaction<Result>(work: () => Result): Result
  close(): void
}

/** How long a process waits for another one's transaction. */
const patienceMs = 15_000

/**
 * Opens the state database, created where absent and migrated to this version's schema.
 *
 * @param path a file, or `:memory:`
 * @throws UserError when a newer costwright has migrated the file already
 */
export function openDatabase(path: string): Database {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  const sqlite = new DatabaseSync(path, { timeout: patienceMs, enableForeignKeyConstraints: true })
  sqlite.exec('pragma journal_mode = wal; pragma synchronous = full;')
  const statements = new Map<string, ReturnType<typeof sqlite.prepare>>()
  const prepared = (sql: string) => {
    const known = statements.get(sql)
    if (known) return known
    const statement = sqlite.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  let depth = 0
  const database: Database = {
    all: (sql, values = {}) => prepared(sql).all(values) as Row[],
    run: (sql, values = {}) => Number(prepared(sql).run(values).changes),
    transaction(work) {
      if (depth > 0) return work()
      sqlite.exec('begin immediate')
      depth += 1
      let done = false
      try {
        const result = work()
        sqlite.exec('commit')
        done = true
        return result
      } finally {
        depth -= 1
        if (!done && sqlite.isTransaction) sqlite.exec('rollback')
      }
    },
    close: () => sqlite.close(),
  }
  migrate(sqlite, database, path)
  return database
}

function migrate(sqlite: DatabaseSync, database: Database, path: string): void {
  const version = () => Number(sqlite.prepare('pragma user_version').get()?.['user_version'])
  if (version() > migrations.length) {
    throw new UserError(`${path} was written by a newer costwright`, {
      hint: 'Run that version, or give another --data folder.',
    })
  }
  if (version() === migrations.length) return
  database.transaction(() => {
    for (const migration of migrations.slice(version())) sqlite.exec(migration)
    sqlite.exec(`pragma user_version = ${migrations.length}`)
  })
}

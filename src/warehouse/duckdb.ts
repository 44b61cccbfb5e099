import { readFileSync } from 'node:fs'
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, listValue } from '@duckdb/node-api'
import { queriesUrl } from '../catalog/files.ts'
import type { EngineOptions, Param, Params, Result, ResultColumn, Warehouse } from './warehouse.ts'

const prelude = new URL('prelude/duckdb.sql', queriesUrl)

/** Opens a DuckDB database; a writable one gets the macros of `queries/prelude/duckdb.sql`. Instants are UTC. */
export async function openDuckDb(options: EngineOptions): Promise<Warehouse> {
  const settings: Record<string, string> = {
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(options.readOnly ? { access_mode: 'READ_ONLY' } : {}),
    ...(options.memoryLimit ? { memory_limit: options.memoryLimit } : {}),
    ...(options.threads ? { threads: String(options.threads) } : {}),
    ...(options.tempDirectory ? { temp_directory: options.tempDirectory } : {}),
  }
  const instance = await DuckDBInstance.create(options.path, settings)
  const connection = await instance.connect()
  await connection.run("set timezone = 'UTC'")
  if (!options.readOnly) await connection.run(readFileSync(prelude, 'utf8'))
  return wrap(instance, connection, true)
}

/** A connection of its own to an open database; closing it leaves the database open. */
export async function connectTo(instance: DuckDBInstance): Promise<Warehouse> {
  const connection = await instance.connect()
  await connection.run("set timezone = 'UTC'")
  return wrap(instance, connection, false)
}

function wrap(instance: DuckDBInstance, connection: DuckDBConnection, owner: boolean): Warehouse {
  return {
    async query(sql, params): Promise<Result> {
      const reader = await connection.runAndReadAll(sql, bind(params))
      const names = reader.deduplicatedColumnNames()
      return {
        columns: names.map((name, index) => ({ name, type: reader.columnType(index).toString() })),
        rows: reader.getRowObjectsJson(),
      }
    },
    async exec(sql, params) {
      await connection.run(sql, bind(params))
    },
    async describe(sql, params): Promise<readonly ResultColumn[]> {
      const reader = await connection.runAndReadAll(`describe ${sql}`, bind(params))
      return reader
        .getRowObjectsJson()
        .map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }))
    },
    fork: () => connectTo(instance),
    close() {
      connection.closeSync()
      if (owner) instance.closeSync()
    },
  }
}

function bind(params: Params | undefined): Record<string, DuckDBValue> | undefined {
  if (!params) return undefined
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, bindValue(value)]))
}

function bindValue(value: Param): DuckDBValue {
  return Array.isArray(value) ? listValue(value.map(bindValue)) : (value as DuckDBValue)
}

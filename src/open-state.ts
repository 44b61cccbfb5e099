import { JsonDuckDBValueConverter } from '@duckdb/node-api'
import { encoders, focusStream, named, sqlOf } from './answer-streams.ts'
import type { LakeState, Page, PageAsk, Snapshot, StreamFormat } from './api/context.ts'
import type { CatalogEntry } from './catalog/catalog.ts'
import { readLake } from './lake-state.ts'
import { statementFile } from './statement-file.ts'
import { noTelemetry, type Telemetry } from './telemetry.ts'
import type { Reader, ReadOnlyDatabase } from './warehouse/duckdb-stream.ts'
import { readerPool } from './warehouse/reader-pool.ts'
import { type Sandbox, StatementTimeout } from './warehouse/sandbox.ts'
import type { Params, Warehouse } from './warehouse/warehouse.ts'

export interface WarehouseFile {
  readonly id: string
  readonly path: string
}

export interface StateOptions {
  readonly open: (path: string) => Promise<ReadOnlyDatabase>
  /** Opens a warehouse for foreign statements. */
  readonly openSandbox: (path: string) => Promise<Sandbox>
  /** Told of queries, downloads and statements; default nobody. */
  readonly telemetry?: Telemetry
  /** Rows of a statement's file at most; default 1,000,000. */
  readonly statementRows?: number
  /** Connections a state; more requests than that wait for one. */
  readonly connections?: number
}

/** One state of the data, opened. */
export interface OpenState {
  readonly snapshot: Snapshot
  connect(): Promise<Warehouse>
  /** Requests that use it now. */
  users: number
  retired: boolean
  close(): void
}

/** Counts one more request that uses the state. */
export function used(state: OpenState): OpenState {
  state.users += 1
  return state
}

/** One request has ended; the last one closes a state that another has followed. */
export function leave(state: OpenState): void {
  state.users -= 1
  if (state.retired && state.users === 0) state.close()
}

/** A stream outlives the request handler that started it, so it holds its state itself. */
export function holding(state: OpenState): Snapshot {
  return {
    ...state.snapshot,
    async *stream(entry, params, format, signal) {
      yield* held(state, state.snapshot.stream(entry, params, format, signal))
    },
    async *focus(ask) {
      yield* held(state, state.snapshot.focus(ask))
    },
  }
}

async function* held(state: OpenState, pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  state.users += 1
  try {
    yield* pieces
  } finally {
    leave(state)
  }
}

const defaultFileRows = 1_000_000
const statementLimits = { rows: 10_000, characters: 20_000_000, timeout_ms: 20_000 }

/** Opens a warehouse and its sandbox; `onClose` is told when both are closed. */
export async function openState(file: WarehouseFile, options: StateOptions, onClose: () => void): Promise<OpenState> {
  const sandbox = options.openSandbox(file.path)
  const closeSandbox = () =>
    sandbox.then(
      (opened) => opened.close(),
      () => undefined,
    )
  // Opened before the state answers: a later build may have removed the file by the time somebody asks.
  await sandbox.catch(() => undefined)
  const database = await options.open(file.path).catch((cause: unknown) => {
    void closeSandbox()
    throw cause
  })
  const pool = readerPool(() => database.connect(), options.connections ?? 4)
  const { telemetry = noTelemetry } = options
  let lake: Promise<LakeState> | undefined
  const streamed = async function* (format: StreamFormat, pieces: AsyncGenerator<Uint8Array>) {
    for await (const piece of pieces) {
      telemetry.streamed(format, piece.length)
      yield piece
    }
  }
  const counted = async <T>(signal: AbortSignal, work: () => Promise<T>) => {
    try {
      const answer = await work()
      telemetry.statement('ended')
      return answer
    } catch (error) {
      telemetry.statement(signal.aborted ? 'aborted' : error instanceof StatementTimeout ? 'timed_out' : 'refused')
      throw error
    }
  }
  const snapshot: Snapshot = {
    id: file.id,
    async query(entry, params, page) {
      const end = telemetry.query(entry.name)
      try {
        return await pool.run((reader) =>
          whileWanted(reader, page.signal, () => named(entry, () => readPage(reader, entry, params, page))),
        )
      } finally {
        end()
      }
    },
    stream: (entry, params, format, signal) =>
      streamed(
        format,
        ownReader(database, (reader) => encoders[format](reader, entry, params), signal),
      ),
    focus: (ask) =>
      streamed(
        ask.format,
        ownReader(database, (reader) => focusStream(reader, ask)),
      ),
    lake: () => (lake ??= pool.run(readLake)),
    async statement(sql, signal, rows = statementLimits.rows) {
      const most = Math.min(rows, statementLimits.rows)
      return counted(signal, async () => (await sandbox).run(sql, { ...statementLimits, rows: most }, signal))
    },
    async statementFile(sql, format, { signal, rows }) {
      const most = Math.min(rows ?? Infinity, options.statementRows ?? defaultFileRows)
      const { timeout_ms } = statementLimits
      return counted(signal, async () =>
        (await sandbox).stream(sql, { timeout_ms, signal }, (found) => statementFile(found, format, most)),
      )
    },
  }
  return {
    snapshot,
    connect: () => database.warehouse(),
    users: 0,
    retired: false,
    close() {
      onClose()
      pool.close()
      database.close()
      void closeSandbox()
    },
  }
}

/** Runs a query for as long as somebody waits for it. */
async function whileWanted<T>(reader: Reader, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
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

/** Pieces made by a connection of their own, which a reader who leaves (or aborts `signal`) interrupts. */
async function* ownReader(
  database: ReadOnlyDatabase,
  pieces: (reader: Reader) => AsyncGenerator<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = await database.connect()
  const interrupt = () => reader.interrupt()
  let ended = false
  signal?.addEventListener('abort', interrupt)
  try {
    signal?.throwIfAborted()
    yield* pieces(reader)
    ended = true
  } finally {
    signal?.removeEventListener('abort', interrupt)
    if (!ended) reader.interrupt()
    reader.close()
  }
}

async function readPage(reader: Reader, entry: CatalogEntry, params: Params, page: PageAsk): Promise<Page> {
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

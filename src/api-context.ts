import { JsonDuckDBValueConverter } from '@duckdb/node-api'
import { encoders, named, sqlOf } from './answer-streams.ts'
import type { ApiContext, LakeState, Page, Snapshot } from './api/context.ts'
import type { IncidentDesk } from './api/incident-desk.ts'
import type { ReportDesk } from './api/report-desk.ts'
import type { Catalog, CatalogEntry } from './catalog/catalog.ts'
import type { SourceFreshness } from './collect/freshness.ts'
import { UserError } from './errors.ts'
import type { StoredForecast } from './forecast/issued.ts'
import { readLake } from './lake-state.ts'
import { openFound } from './pipeline/sweep.ts'
import type { SavingsKeeper } from './runtime-savings.ts'
import { statementFile } from './statement-file.ts'
import type { Reader, ReadOnlyDatabase } from './warehouse/duckdb-stream.ts'
import type { HeldStates } from './warehouse/held-states.ts'
import { createPool } from './warehouse/pool.ts'
import type { Sandbox } from './warehouse/sandbox.ts'
import type { Params, Warehouse } from './warehouse/warehouse.ts'

export interface WarehouseFile {
  readonly id: string
  readonly path: string
}

export interface ApiContextOptions {
  readonly catalog: Catalog
  readonly title: string
  readonly now: () => Date
  /** How fresh the configured sources are; default none. */
  readonly collections?: () => readonly SourceFreshness[]
  /** The newest forecast issued for each currency; default none. */
  readonly forecasts?: () => readonly StoredForecast[]
  /** Incidents and decisions; default none. */
  readonly incidents?: IncidentDesk
  /** Recommendations and the ledger of savings; default none. */
  readonly savings?: (states: HeldStates) => SavingsKeeper
  /** Makes printable reports; default none. */
  readonly reports?: (states: HeldStates) => ReportDesk
  /** The warehouse that is current now; null before the first import. */
  readonly current: () => WarehouseFile | null | Promise<WarehouseFile | null>
  /** The warehouse of the lake's state at an ISO instant, built where absent. */
  readonly build: (asOf: string) => Promise<WarehouseFile>
  readonly open: (path: string) => Promise<ReadOnlyDatabase>
  /** Opens a warehouse for foreign statements. */
  readonly openSandbox: (path: string) => Promise<Sandbox>
  /** Rows of a statement's file at most; default 1,000,000. */
  readonly statementRows?: number
  /** Connections a state; more requests than that wait for one. */
  readonly connections?: number
}

/** An `ApiContext` over warehouse files. `refresh` follows a swap: later requests read the new file, running ones end on theirs. */
export interface WarehouseContext extends ApiContext {
  refresh(): Promise<void>
  /** Ends when the requests that run have ended. */
  close(): Promise<void>
}

interface OpenState {
  readonly snapshot: Snapshot
  connect(): Promise<Warehouse>
  /** Requests that use it now. */
  users: number
  retired: boolean
  close(): void
}

export async function createApiContext(options: ApiContextOptions): Promise<WarehouseContext> {
  let newest: OpenState | null = null
  const past = new Map<string, OpenState>()
  let building: Promise<unknown> = Promise.resolve()
  const held = new Map<string, OpenState>()
  const ends = new Set<Promise<void>>()
  const states: HeldStates = {
    connect(id) {
      const state = held.get(id)
      if (!state) throw new Error(`the state ${id} is not open`)
      return state.connect()
    },
  }
  const keeper = options.savings?.(states) ?? null
  const open = async (file: WarehouseFile) => {
    const { promise: end, resolve: ended } = Promise.withResolvers<void>()
    const state = await openState(file, options, () => {
      ended()
      ends.delete(end)
      if (held.get(file.id) !== state) return
      held.delete(file.id)
      keeper?.retire(file.id)
    })
    ends.add(end)
    held.set(file.id, state)
    return state
  }
  const retire = (state: OpenState) => {
    state.retired = true
    if (state.users === 0) state.close()
  }
  const pastState = async (asOf: string): Promise<OpenState> => {
    const state = await openFound(
      () => options.build(asOf),
      async (file) => (newest?.snapshot.id === file.id ? newest : (past.get(file.id) ?? open(file))),
    )
    if (state === newest) return state
    past.delete(state.snapshot.id)
    past.set(state.snapshot.id, state)
    for (const [id, old] of past) {
      if (past.size <= 2) break
      past.delete(id)
      retire(old)
    }
    return state
  }
  /** A state that is taken counts its user at once, so that no swap in between closes it. */
  const take = async (asOf: string | undefined): Promise<OpenState> => {
    if (asOf === undefined) {
      if (newest) return used(newest)
      throw new UserError('nothing has been imported yet', {
        hint: 'Run `costwright import <files>` or `costwright demo` first.',
      })
    }
    const next = building.then(async () => used(await pastState(asOf)))
    building = next.catch(() => undefined)
    return next
  }
  const context: WarehouseContext = {
    catalog: options.catalog,
    title: options.title,
    now: options.now,
    collections: options.collections ?? (() => []),
    forecasts: options.forecasts ?? (() => []),
    incidents: options.incidents ?? null,
    savings: keeper?.desk ?? null,
    reports: options.reports?.(states) ?? null,
    current: () => newest?.snapshot.id ?? null,
    async use(asOf, work) {
      const state = await take(asOf)
      try {
        return await work(holding(state))
      } finally {
        leave(state)
      }
    },
    async refresh() {
      const file = await options.current()
      if (!file || file.id === newest?.snapshot.id) return
      const next = await openFound(async () => (await options.current()) ?? file, open)
      const old = newest
      newest = next
      if (old) retire(old)
    },
    async close() {
      for (const state of [...past.values(), ...(newest ? [newest] : [])]) retire(state)
      past.clear()
      newest = null
      await Promise.all(ends)
      await keeper?.close()
    },
  }
  await context.refresh()
  return context
}

function used(state: OpenState): OpenState {
  state.users += 1
  return state
}

function leave(state: OpenState): void {
  state.users -= 1
  if (state.retired && state.users === 0) state.close()
}

/** A stream outlives the request handler that started it, so it holds its state itself. */
function holding(state: OpenState): Snapshot {
  return {
    ...state.snapshot,
    async *stream(entry, params, format) {
      state.users += 1
      try {
        yield* state.snapshot.stream(entry, params, format)
      } finally {
        leave(state)
      }
    },
  }
}

const defaultFileRows = 1_000_000
const statementLimits = { rows: 10_000, characters: 20_000_000, timeout_ms: 20_000 }

async function openState(file: WarehouseFile, options: ApiContextOptions, onClose: () => void): Promise<OpenState> {
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
  const pool = createPool(() => database.connect(), options.connections ?? 4)
  let lake: Promise<LakeState> | undefined
  const snapshot: Snapshot = {
    id: file.id,
    query: (entry, params, page) => pool.run((reader) => named(entry, () => readPage(reader, entry, params, page))),
    async *stream(entry, params, format) {
      const reader = await database.connect()
      let ended = false
      try {
        yield* encoders[format](reader, entry, params)
        ended = true
      } finally {
        if (!ended) reader.interrupt()
        reader.close()
      }
    },
    lake: () => (lake ??= pool.run(readLake)),
    async statement(sql, signal, rows = statementLimits.rows) {
      return (await sandbox).run(sql, { ...statementLimits, rows: Math.min(rows, statementLimits.rows) }, signal)
    },
    async statementFile(sql, format, { signal, rows }) {
      const most = Math.min(rows ?? Infinity, options.statementRows ?? defaultFileRows)
      const { timeout_ms } = statementLimits
      return (await sandbox).stream(sql, { timeout_ms, signal }, (found) => statementFile(found, format, most))
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

async function readPage(
  reader: Reader,
  entry: CatalogEntry,
  params: Params,
  page: { offset: number; limit: number },
): Promise<Page> {
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

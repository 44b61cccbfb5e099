import { JsonDuckDBValueConverter } from '@duckdb/node-api'
import { encoders, focusStream, named, sqlOf } from './answer-streams.ts'
import type { ApiContext, LakeState, Page, Snapshot } from './api/context.ts'
import type { IncidentDesk } from './api/incident-desk.ts'
import type { ReportDesk } from './api/report-desk.ts'
import type { SavingsDesk } from './api/savings-desk.ts'
import type { Catalog, CatalogEntry } from './catalog/catalog.ts'
import type { SourceFreshness } from './collect/freshness.ts'
import type { Feed } from './core/feed.ts'
import { UserError } from './errors.ts'
import type { StoredForecast } from './forecast/issued.ts'
import { readLake } from './lake-state.ts'
import type { Incident } from './state/incidents.ts'
import type { Reader, ReadOnlyDatabase } from './warehouse/duckdb-stream.ts'
import type { Sandbox } from './warehouse/sandbox.ts'
import type { Params } from './warehouse/warehouse.ts'

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
  /** What happens to the incidents that somebody may see; default none. */
  readonly incidentFeed?: (isSeen: (incident: Incident) => boolean) => Feed
  /** Recommendations and the ledger of savings; default none. */
  readonly savings?: SavingsDesk
  /** Makes printable reports; default none. */
  readonly reports?: ReportDesk
  /** The warehouse that is current now; null before the first import. */
  readonly current: () => WarehouseFile | null | Promise<WarehouseFile | null>
  /** The warehouse of the lake's state at an ISO instant, built where absent. */
  readonly build: (asOf: string) => Promise<WarehouseFile>
  readonly open: (path: string) => Promise<ReadOnlyDatabase>
  /** Opens a warehouse for foreign statements. */
  readonly openSandbox: (path: string) => Promise<Sandbox>
  /** Connections a state; more requests than that wait for one. */
  readonly connections?: number
}

/** An `ApiContext` over warehouse files. `refresh` follows a swap: later requests read the new file, running ones end on theirs. */
export interface WarehouseContext extends ApiContext {
  refresh(): Promise<void>
  close(): void
}

interface OpenState {
  readonly snapshot: Snapshot
  /** Requests that use it now. */
  users: number
  retired: boolean
  close(): void
}

export async function createApiContext(options: ApiContextOptions): Promise<WarehouseContext> {
  let newest: OpenState | null = null
  const past = new Map<string, OpenState>()
  let building: Promise<unknown> = Promise.resolve()

  const retire = (state: OpenState) => {
    state.retired = true
    if (state.users === 0) state.close()
  }
  const pastState = async (asOf: string): Promise<OpenState> => {
    const file = await options.build(asOf)
    if (newest?.snapshot.id === file.id) return newest
    const known = past.get(file.id)
    past.delete(file.id)
    const state = known ?? (await openState(file, options))
    past.set(file.id, state)
    for (const [id, old] of past) {
      if (past.size <= 2) break
      past.delete(id)
      retire(old)
    }
    return state
  }
  const stateOf = async (asOf: string | undefined): Promise<OpenState> => {
    if (asOf === undefined) {
      if (newest) return newest
      throw new UserError('nothing has been imported yet', {
        hint: 'Run `costwright import <files>` or `costwright demo` first.',
      })
    }
    const next = building.then(() => pastState(asOf))
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
    incidentFeed: options.incidentFeed?.(() => true) ?? null,
    savings: options.savings ?? null,
    reports: options.reports ?? null,
    current: () => newest?.snapshot.id ?? null,
    async use(asOf, work) {
      const state = await stateOf(asOf)
      state.users += 1
      try {
        return await work(holding(state))
      } finally {
        leave(state)
      }
    },
    async refresh() {
      const file = await options.current()
      if (!file || file.id === newest?.snapshot.id) return
      const next = await openState(file, options)
      const old = newest
      newest = next
      if (old) retire(old)
    },
    close() {
      for (const state of [...past.values(), ...(newest ? [newest] : [])]) retire(state)
      past.clear()
      newest = null
    },
  }
  await context.refresh()
  return context
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
      yield* held(state, state.snapshot.stream(entry, params, format))
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

const statementLimits = { rows: 10_000, characters: 20_000_000, timeout_ms: 20_000 }

async function openState(file: WarehouseFile, options: ApiContextOptions): Promise<OpenState> {
  const database = await options.open(file.path)
  const pool = createPool(() => database.connect(), options.connections ?? 4)
  let lake: Promise<LakeState> | undefined
  // Opened with the state: a later build may have removed the file by the time somebody asks.
  const sandbox = options.openSandbox(file.path)
  sandbox.catch(() => undefined)
  const snapshot: Snapshot = {
    id: file.id,
    query: (entry, params, page) => pool.run((reader) => named(entry, () => readPage(reader, entry, params, page))),
    stream: (entry, params, format) => ownReader(database, (reader) => encoders[format](reader, entry, params)),
    focus: (ask) => ownReader(database, (reader) => focusStream(reader, ask)),
    lake: () => (lake ??= pool.run(readLake)),
    async statement(sql, signal, rows = statementLimits.rows) {
      return (await sandbox).run(sql, { ...statementLimits, rows }, signal)
    },
  }
  return {
    snapshot,
    users: 0,
    retired: false,
    close() {
      pool.close()
      database.close()
      sandbox.then(
        (opened) => opened.close(),
        () => undefined,
      )
    },
  }
}

/** Pieces made by a connection of their own, which a reader who leaves interrupts. */
async function* ownReader(
  database: ReadOnlyDatabase,
  pieces: (reader: Reader) => AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const reader = await database.connect()
  let ended = false
  try {
    yield* pieces(reader)
    ended = true
  } finally {
    if (!ended) reader.interrupt()
    reader.close()
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

interface Pool {
  run<T>(work: (reader: Reader) => Promise<T>): Promise<T>
  close(): void
}

/** At most `size` connections, opened when first needed; who comes when all are busy waits in line. */
function createPool(connect: () => Promise<Reader>, size: number): Pool {
  const idle: Reader[] = []
  const waiting: ((reader: Reader) => void)[] = []
  let opened = 0
  const take = async (): Promise<Reader> => {
    const free = idle.pop()
    if (free) return free
    if (opened < size) {
      opened += 1
      return connect()
    }
    return new Promise((resolve) => waiting.push(resolve))
  }
  return {
    async run(work) {
      const reader = await take()
      try {
        return await work(reader)
      } finally {
        const next = waiting.shift()
        if (next) next(reader)
        else idle.push(reader)
      }
    },
    close() {
      for (const reader of idle.splice(0)) reader.close()
    },
  }
}

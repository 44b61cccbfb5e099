import type { ApiContext } from './api/context.ts'
import type { IncidentDesk } from './api/incident-desk.ts'
import type { ReportDesk } from './api/report-desk.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { SourceFreshness } from './collect/freshness.ts'
import type { Feed } from './core/feed.ts'
import { UserError } from './errors.ts'
import type { StoredForecast } from './forecast/issued.ts'
import { holding, leave, type OpenState, openState, type StateOptions, used, type WarehouseFile } from './open-state.ts'
import { openFound } from './pipeline/sweep.ts'
import type { SavingsKeeper } from './runtime-savings.ts'
import type { Incident } from './state/incidents.ts'
import type { HeldStates } from './warehouse/held-states.ts'

export interface ApiContextOptions extends StateOptions {
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
  readonly savings?: (states: HeldStates) => SavingsKeeper
  /** Makes printable reports; default none. */
  readonly reports?: (states: HeldStates) => ReportDesk
  /** The warehouse that is current now; null before the first import. */
  readonly current: () => WarehouseFile | null | Promise<WarehouseFile | null>
  /** The warehouse of the lake's state at an ISO instant, built where absent. */
  readonly build: (asOf: string) => Promise<WarehouseFile>
}

/** An `ApiContext` over warehouse files. `refresh` follows a swap: later requests read the new file, running ones end on theirs. */
export interface WarehouseContext extends ApiContext {
  refresh(): Promise<void>
  close(): Promise<void>
}

export async function createApiContext(options: ApiContextOptions): Promise<WarehouseContext> {
  let newest: OpenState | null = null
  const past = new Map<string, OpenState>()
  let building: Promise<unknown> = Promise.resolve()
  const held = new Map<string, OpenState>()
  const states: HeldStates = {
    connect(id) {
      const state = held.get(id)
      if (!state) throw new Error(`the state ${id} is not open`)
      return state.connect()
    },
  }
  const keeper = options.savings?.(states) ?? null
  const open = async (file: WarehouseFile) => {
    const state = await openState(file, options, () => {
      if (held.get(file.id) !== state) return
      held.delete(file.id)
      keeper?.retire(file.id)
    })
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
    incidentFeed: options.incidentFeed?.(() => true) ?? null,
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
      await keeper?.close()
    },
  }
  await context.refresh()
  return context
}

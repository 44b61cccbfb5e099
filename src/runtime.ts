import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { type Config, loadConfig } from './config.ts'
import { UserError } from './errors.ts'
import { readJournal } from './lake/journal.ts'
import { type Layout, layout } from './lake/layout.ts'
import { type Build, buildAudience, buildWarehouse } from './pipeline/build.ts'
import type { ImportContext, ImportResult } from './pipeline/import.ts'
import { openFound } from './pipeline/sweep.ts'
import type { Alerts } from './runtime-notify.ts'
import type { Sources } from './runtime-sources.ts'
import { openDuckDb } from './warehouse/duckdb.ts'
import type { Warehouse } from './warehouse/warehouse.ts'

/** Told about work that takes long; `done` of `total` in any unit. */
export type OnProgress = (label: string, done: number, total: number) => void

/** The composed application: the one place that knows clock, engine and folders. */
export interface Runtime {
  readonly layout: Layout
  readonly config: Config
  readonly now: () => Date
  readonly onProgress: OnProgress
  import(paths: readonly string[], source?: string): Promise<ImportResult>
  build(asOf?: string): Promise<Build>
  /** The warehouse of people who may see the charges of these teams only. */
  audience(teams: readonly string[], asOf?: string): Promise<Build>
  /** A read-only connection to the current warehouse (or to the lake's state `asOf` an instant), built first if it is behind. */
  open(asOf?: string): Promise<Warehouse>
  /** Incidents and notifications; to be closed after use. */
  alerts(): Promise<Alerts>
  /** A fresh in-memory database with the engine's limits, for imports and generators. */
  scratch(): Promise<Warehouse>
  /** The configured sources. */
  sources(): Promise<Sources>
}

export interface RuntimeOptions {
  /** Data directory; default `./data`. */
  readonly data?: string | undefined
  /** Configuration file; default `costwright.yaml` in the data directory, else in the working directory, else defaults. */
  readonly config?: string | undefined
  readonly onProgress?: OnProgress | undefined
  /** Told of what is worth a line while work goes on; default nobody. */
  readonly onNote?: ((text: string) => void) | undefined
}

/** How long an import of collected files waits for another import to end. */
const importPatienceMs = 10 * 60_000

export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const paths = layout(resolve(options.data ?? 'data'))
  const config = loadConfig(
    options.config ?? firstExisting([join(paths.data, 'costwright.yaml'), resolve('costwright.yaml')]),
  )
  const onProgress = options.onProgress ?? (() => {})
  const now = () => new Date()
  const context = { layout: paths, config, openWarehouse: openDuckDb, onProgress }
  const scratch = async () => {
    const temp = join(paths.data, 'lake', 'spill')
    mkdirSync(temp, { recursive: true })
    return openDuckDb({
      path: ':memory:',
      memoryLimit: config.memory_limit,
      threads: config.threads ?? Math.max(2, availableParallelism()),
      tempDirectory: temp,
    })
  }
  let building: Promise<unknown> = Promise.resolve()
  /** One build at a time: two of one state would write the same draft. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = building.then(work)
    building = next.catch(() => undefined)
    return next
  }
  const build = (asOf?: string) => inTurn(() => buildWarehouse(context, asOf))
  const importInto = async (
    files: readonly string[],
    source?: string,
    more?: Pick<ImportContext, 'collected' | 'tableSource' | 'patienceMs'>,
  ) => {
    const warehouse = await scratch()
    try {
      const { importPaths } = await import('./pipeline/import.ts')
      return await importPaths({ layout: paths, warehouse, now, onProgress, ...more }, files, source)
    } finally {
      warehouse.close()
      rmSync(join(paths.data, 'lake', 'spill'), { recursive: true, force: true })
    }
  }
  const open = async (asOf?: string) => {
    if (readJournal(paths).length === 0) {
      throw new UserError(`nothing has been imported into ${paths.data} yet`, {
        hint: 'Run `costwright import <files>` or `costwright demo` first, or give --data.',
      })
    }
    const instant = asOf === undefined ? undefined : asInstant(asOf)
    const { memory_limit: memoryLimit, threads } = config
    return openFound(
      () => build(instant),
      ({ path }) => openDuckDb({ path, readOnly: true, memoryLimit, threads }),
    )
  }
  return {
    layout: paths,
    config,
    now,
    onProgress,
    scratch,
    build,
    audience: (teams, asOf) => inTurn(() => buildAudience(context, teams, asOf)),
    import: importInto,
    open,
    async alerts() {
      const { createAlerts } = await import('./runtime-notify.ts')
      const env = (name: string) => process.env[name]
      return createAlerts({ path: paths.state, config: config.notifications, now, env })
    },
    async sources() {
      const { createSources } = await import('./runtime-sources.ts')
      return createSources({
        layout: paths,
        config,
        now,
        env: (name) => process.env[name],
        importFolders: async (folders, { source, tableSource }, collected) =>
          importInto(folders, source, { collected, tableSource, patienceMs: importPatienceMs }),
        open,
        onProgress,
        onNote: options.onNote ?? (() => {}),
      })
    },
  }
}
/** `text` as an ISO instant; a day alone means its end, UTC. Throws UserError for anything else. */
export function asInstant(text: string): string {
  const instant = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.999Z` : text)
  if (Number.isNaN(instant.getTime())) {
    throw new UserError(`--as-of ${text} is no instant`, {
      hint: 'Write 2026-03-31 (end of that day, UTC) or 2026-03-31T12:00:00Z.',
    })
  }
  return instant.toISOString()
}

function firstExisting(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path))
}

import { setTimeout as sleep } from 'node:timers/promises'
import { type CollectedSource, collectSource } from './collect/collection.ts'
import { freshnessOf, type SourceFreshness } from './collect/freshness.ts'
import { createMeter } from './collect/meter.ts'
import { type ImportFolders, problemOf } from './collect/run.ts'
import { readState } from './collect/state.ts'
import type { Collector, Plan, Probe, RemoteDelivery } from './collectors/collector.ts'
import { createCollector } from './collectors/index.ts'
import { createRetry, type Retry } from './collectors/retry.ts'
import type { Config } from './config.ts'
import type { SourceConfig } from './config-sources.ts'
import { nearest } from './core/nearest.ts'
import { UserError } from './errors.ts'
import { readJournal } from './lake/journal.ts'
import type { Layout } from './lake/layout.ts'
import { createGate } from './pipeline/gate.ts'
import type { Warehouse } from './warehouse/warehouse.ts'

/** What the configured sources need from the outside. */
export interface SourcesContext {
  readonly layout: Layout
  readonly config: Config
  readonly now: () => Date
  readonly env: (name: string) => string | undefined
  readonly importFolders: ImportFolders
  readonly open: () => Promise<Warehouse>
  readonly onProgress: (label: string, done: number, total: number) => void
  /** Told of waits and other things worth a line. */
  readonly onNote: (text: string) => void
}

/** What a source would fetch. */
export interface PlannedSource {
  readonly source: string
  readonly deliveries: readonly (RemoteDelivery & { readonly held: boolean })[]
  readonly pending: Plan['pending']
  readonly warnings: readonly string[]
  /** Why it could not be listed; null when it could. */
  readonly problem: string | null
}

/** The configured sources at work. Every method takes names; none given means all of them. */
export interface Sources {
  /** Collects the sources side by side; a failure of one is in its answer and stops no other. */
  collect(names: readonly string[], periods: readonly string[] | null, signal: AbortSignal): Promise<CollectedSource[]>
  plan(names: readonly string[], periods: readonly string[] | null, signal: AbortSignal): Promise<PlannedSource[]>
  probe(
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly source: string; readonly probes: readonly Probe[] }[]>
  freshness(): SourceFreshness[]
  /** Asks a source's provider to write months of an export once more. Throws UserError where it cannot. */
  backfill(name: string, exportName: string, months: readonly string[], signal: AbortSignal): Promise<void>
}

/** `doctor` says soon what does not answer. */
const probeAttempts = 2

export function createSources(context: SourcesContext): Sources {
  const { layout, config } = context
  const connect = async (source: SourceConfig, signal: AbortSignal, attempts?: number) =>
    connectSource(source, context, signal, attempts)
  return {
    async collect(names, periods, signal) {
      const meter = createMeter(context.onProgress, () => context.now().getTime())
      const gates = { downloads: createGate(config.collect.downloads), imports: createGate(1) }
      const common = { layout, now: context.now, signal, ...gates, importFolders: context.importFolders, meter }
      return inParallel(chosen(config, names), async (source) => {
        const { name, lake_source: lakeSource } = source
        return collectSource({ name, lakeSource, connect: () => connect(source, signal) }, periods, common)
      })
    },
    async plan(names, periods, signal) {
      const planOne = async (source: SourceConfig): Promise<PlannedSource> => {
        const { collector } = await connect(source, signal)
        try {
          const { units } = readState(layout, source.name, readJournal(layout))
          const plan = await collector.plan({ periods, held: new Map(Object.entries(units)) })
          const deliveries = plan.deliveries.map((one) => ({ ...one, held: units[one.unit]?.mark === one.mark }))
          return { ...plan, source: source.name, deliveries, problem: null }
        } finally {
          collector.close?.()
        }
      }
      return inParallel(chosen(config, names), (source) =>
        planOne(source).catch((error: unknown) => {
          signal.throwIfAborted()
          return { source: source.name, deliveries: [], pending: [], warnings: [], problem: problemOf(error) }
        }),
      )
    },
    async probe(names, signal) {
      const probeOne = async (source: SourceConfig) => {
        const { collector } = await connect(source, signal, probeAttempts)
        try {
          return { source: source.name, probes: await collector.probe() }
        } finally {
          collector.close?.()
        }
      }
      return inParallel(chosen(config, names), (source) =>
        probeOne(source).catch((error: unknown) => ({
          source: source.name,
          probes: [{ check: 'set up', ok: false, problem: problemOf(error), remedy: null }],
        })),
      )
    },
    async backfill(name, exportName, months, signal) {
      for (const source of chosen(config, [name])) {
        const { collector } = await connect(source, signal)
        if (!collector.backfill)
          throw new UserError(`a source of type ${source.type} cannot write exports anew`, {
            hint: 'Sources of type azure_cost_management can; elsewhere ask for it in the console of the cloud.',
          })
        for (const month of months) await collector.backfill(exportName, month)
      }
    },
    freshness() {
      const journal = readJournal(layout)
      const now = context.now()
      return config.sources.map((source) =>
        freshnessOf(
          source,
          source.schedule ?? config.collect.schedule,
          readState(layout, source.name, journal),
          journal,
          now,
        ),
      )
    },
  }
}

async function connectSource(
  source: SourceConfig,
  context: SourcesContext,
  signal: AbortSignal,
  attempts?: number,
): Promise<{ collector: Collector; retry: Retry }> {
  const { layout, now, env, open, onNote } = context
  const retry = createRetry({
    source: source.name,
    signal,
    random: Math.random,
    ...(attempts !== undefined && { attempts }),
    onWait: (what, failure, waitMs) => {
      if (waitMs >= 5000) onNote(`${source.name}: ${what}: ${failure.message}; again in ${Math.round(waitMs / 1000)} s`)
    },
  })
  const query = async (sql: string) => {
    const warehouse = await open()
    try {
      return (await warehouse.query(sql)).rows
    } finally {
      warehouse.close()
    }
  }
  const wait = async (ms: number, until: AbortSignal) => sleep(ms, undefined, { signal: until })
  const cache = layout.resolve(`lake/collected/${source.name}`)
  return {
    retry,
    collector: await createCollector(source, {
      retry,
      now,
      wait,
      env,
      cache,
      query,
      note: (text) => onNote(`${source.name}: ${text}`),
    }),
  }
}

function chosen(config: Config, names: readonly string[]): readonly SourceConfig[] {
  if (config.sources.length === 0)
    throw new UserError('no sources are configured', {
      hint: 'List them under `sources` in costwright.yaml; docs/configuration.md shows one of each type.',
    })
  const known = config.sources.map(({ name }) => name)
  for (const name of names) {
    if (known.includes(name)) continue
    const guess = nearest(name, known)
    throw new UserError(`there is no source ${name}`, {
      hint: guess ? `Did you mean ${guess}?` : `Known: ${known.join(', ')}.`,
    })
  }
  return names.length === 0 ? config.sources : config.sources.filter(({ name }) => names.includes(name))
}

/** Runs the work side by side; when one fails with a bug, the others still end before it is thrown. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const ended = await Promise.allSettled(items.map(work))
  return ended.map((end) => {
    if (end.status === 'rejected') throw end.reason
    return end.value
  })
}

import { existsSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Collector, Gone, type PlanRequest, type RemoteDelivery } from '../collectors/collector.ts'
import { redact } from '../collectors/redact.ts'
import type { Retry } from '../collectors/retry.ts'
import { UpstreamError, UserError } from '../errors.ts'
import { readJournal } from '../lake/journal.ts'
import type { Layout } from '../lake/layout.ts'
import { lockFile } from '../lake/lock.ts'
import type { Gate } from '../pipeline/gate.ts'
import type { ImportedDelivery, ImportResult } from '../pipeline/import.ts'
import { deliveryFolder, type FetchedDelivery, fetchDelivery } from './fetch.ts'
import type { Meter } from './meter.ts'
import { type RunRecord, readState, writeState } from './state.ts'

/** A source that is to be collected. */
export interface CollectSource {
  readonly name: string
  readonly lakeSource: string | undefined
  readonly collector: Collector
  readonly retry: Retry
}

/** Imports fetched folders by the ordinary way; `hashes` are those of the files, by path. */
export type ImportFolders = (
  folders: readonly string[],
  source: string | undefined,
  hashes: ReadonlyMap<string, string>,
) => Promise<ImportResult>

export interface CollectContext {
  readonly layout: Layout
  readonly now: () => Date
  readonly signal: AbortSignal
  /** How many files are fetched at a time, over all sources. */
  readonly downloads: Gate
  /** One import at a time. */
  readonly imports: Gate
  readonly importFolders: ImportFolders
  readonly meter: Meter
  /** Waits before listing again what changed meanwhile, in ms. */
  readonly wait?: (ms: number) => Promise<unknown>
}

/** How the collection of one source ended. */
export interface CollectedSource {
  readonly source: string
  readonly status: RunRecord['status']
  /** Units upstream, those among them that were fetched, and the bytes fetched for them. */
  readonly units: number
  readonly new_units: number
  readonly fetched_bytes: number
  readonly deliveries: readonly ImportedDelivery[]
  /** What is missing and why; empty unless `failed` or `waiting`. */
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

/** What a run gathers about one source. */
interface Tally {
  units: number
  new_units: number
  fetched_bytes: number
  readonly deliveries: ImportedDelivery[]
  readonly waiting: string[]
  readonly problems: string[]
  readonly warnings: Set<string>
}

const rounds = 3
const replanMs = 2000

/** Folder of a source's fetched and not yet imported deliveries. */
export function inboxOf(layout: Layout, source: string): string {
  return layout.resolve(join('lake', 'inbox', source))
}

/**
 * Collects one source: lists, fetches what is new, imports it, and only then records it as collected. A failure is an answer
 * (`status: failed`), so that other sources go on; what was fetched stays for the next run.
 */
export async function collectSource(
  source: CollectSource,
  periods: PlanRequest['periods'],
  context: CollectContext,
): Promise<CollectedSource> {
  const { layout } = context
  const started_at = context.now().toISOString()
  const tally: Tally = {
    units: 0,
    new_units: 0,
    fetched_bytes: 0,
    deliveries: [],
    waiting: [],
    problems: [],
    warnings: new Set(),
  }
  const unlock = lockFile(
    layout.resolve(join('lake', 'collected', `${source.name}.lock`)),
    `collection of ${source.name}`,
  )
  try {
    await collectRounds(source, periods, context, tally).catch((error: unknown) =>
      tally.problems.push(problemOf(error)),
    )
    context.signal.throwIfAborted()
    const ended_at = context.now().toISOString()
    const problems = [...tally.problems, ...tally.waiting]
    const { fetched_bytes } = tally
    const run: RunRecord = { started_at, ended_at, status: statusOf(tally), fetched_bytes, problems }
    const state = readState(layout, source.name, readJournal(layout))
    writeState(layout, source.name, {
      ...state,
      last_run: run,
      last_success: problems.length === 0 ? ended_at : state.last_success,
    })
    const { units, new_units, deliveries } = tally
    return {
      source: source.name,
      status: run.status,
      units,
      new_units,
      fetched_bytes,
      deliveries,
      problems,
      warnings: [...tally.warnings],
    }
  } finally {
    unlock()
  }
}

function statusOf({ problems, waiting, new_units }: Tally): RunRecord['status'] {
  if (problems.length > 0) return 'failed'
  if (waiting.length > 0) return 'waiting'
  return new_units > 0 ? 'collected' : 'nothing_new'
}

/** A delivery that is restated while it is fetched makes the listing out of date: then all is listed again. */
async function collectRounds(
  source: CollectSource,
  periods: PlanRequest['periods'],
  context: CollectContext,
  tally: Tally,
): Promise<void> {
  for (let round = 1; ; round += 1) {
    const changed = await collectRound(source, periods, context, tally)
    if (changed.length === 0) return
    if (round === rounds) {
      tally.problems.push(...changed.map((what) => `${what}; it changed again each of ${rounds} times it was listed`))
      return
    }
    tally.problems.length = 0
    await (context.wait ?? ((ms) => sleep(ms, undefined, { signal: context.signal })))(replanMs)
  }
}

async function collectRound(
  source: CollectSource,
  periods: PlanRequest['periods'],
  context: CollectContext,
  tally: Tally,
): Promise<string[]> {
  const { units } = readState(context.layout, source.name, readJournal(context.layout))
  const plan = await planOf(source, periods, units)
  if (typeof plan === 'string') return [plan]
  tally.units = plan.deliveries.length
  for (const warning of plan.warnings) tally.warnings.add(redact(warning))
  tally.waiting.length = 0
  for (const { unit, reason } of plan.pending) {
    if (units[unit]) tally.warnings.add(`${unit} is being written: ${redact(reason)}; the delivery before it stays`)
    else tally.waiting.push(`${unit} is being written and was never collected: ${redact(reason)}; collect again later`)
  }
  const fresh = plan.deliveries.filter(({ unit, mark }) => units[unit]?.mark !== mark)
  const inbox = inboxOf(context.layout, source.name)
  keepOnly(inbox, fresh)
  const changed: string[] = []
  const fetched = await fetchAll(source, fresh, inbox, context, tally, changed)
  for (const group of byPeriod(fetched)) await importGroup(source, group, context, tally)
  return changed
}

async function planOf(
  source: CollectSource,
  periods: PlanRequest['periods'],
  units: Awaited<ReturnType<typeof readState>>['units'],
) {
  try {
    const plan = await source.collector.plan({ periods, held: new Map(Object.entries(units)) })
    const deliveries = plan.deliveries.toSorted((a, b) => (a.submitted + a.unit < b.submitted + b.unit ? -1 : 1))
    return { ...plan, deliveries }
  } catch (error) {
    if (error instanceof Gone) return error.message
    throw error
  }
}

/** Removes from the inbox what was left of deliveries that no longer count. */
function keepOnly(inbox: string, fresh: readonly RemoteDelivery[]): void {
  if (!existsSync(inbox)) return
  const wanted = new Set(fresh.map((delivery) => basename(deliveryFolder(inbox, delivery))))
  for (const name of readdirSync(inbox))
    if (!wanted.has(name)) rmSync(join(inbox, name), { recursive: true, force: true })
}

async function fetchAll(
  source: CollectSource,
  fresh: readonly RemoteDelivery[],
  inbox: string,
  { downloads: gate, signal, meter }: CollectContext,
  tally: Tally,
  changed: string[],
): Promise<FetchedDelivery[]> {
  const files = fresh.flatMap((delivery) => delivery.files)
  meter.expect(files.reduce((sum, file) => sum + (file.kind === 'object' && file.bytes !== null ? file.bytes : 0), 0))
  const fetching = {
    retry: source.retry,
    signal,
    gate,
    onBytes: (bytes: number) => {
      tally.fetched_bytes += bytes
      meter.got(source.name, bytes)
    },
    onRows: (file: { readonly name: string }, rows: number) => meter.rows(source.name, file.name, rows),
  }
  const fetched: FetchedDelivery[] = []
  const ended = await Promise.allSettled(fresh.map((delivery) => fetchDelivery(delivery, inbox, fetching)))
  for (const [index, end] of ended.entries()) {
    const unit = fresh[index]?.unit ?? ''
    if (end.status === 'fulfilled') fetched.push(end.value)
    else if (end.reason instanceof Gone) changed.push(`${unit}: ${redact(end.reason.message)}`)
    else tally.problems.push(`${unit}: ${problemOf(end.reason)}`)
  }
  signal.throwIfAborted()
  return fetched
}

/** Deliveries of one billing period are imported together: Azure's two views of a month complete each other. */
function byPeriod(fetched: readonly FetchedDelivery[]): FetchedDelivery[][] {
  const groups = new Map<string, FetchedDelivery[]>()
  for (const one of fetched) {
    const key = one.delivery.period ?? ''
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()]
}

async function importGroup(
  source: CollectSource,
  group: readonly FetchedDelivery[],
  context: CollectContext,
  tally: Tally,
): Promise<void> {
  const filled = group.filter(({ hashes }) => hashes.size > 0)
  const hashes = new Map(filled.flatMap((one) => [...one.hashes]))
  const folders = filled.map(({ folder }) => folder)
  const result = await context
    .imports(async () => (folders.length === 0 ? null : context.importFolders(folders, source.lakeSource, hashes)))
    .catch((error: unknown) => {
      if (error instanceof UserError) return error
      throw error
    })
  if (result instanceof UserError && group.length > 1) {
    for (const one of group) await importGroup(source, [one], context, tally)
    return
  }
  if (result instanceof UserError) {
    tally.problems.push(`${group[0]?.delivery.unit}: ${problemOf(result)}`)
    return
  }
  tally.deliveries.push(...(result?.deliveries ?? []))
  for (const warning of result?.warnings ?? []) tally.warnings.add(warning)
  for (const failure of result?.failures ?? []) tally.problems.push(problemOf(failure))
  for (const one of group) recordUnit(source, one, result, context, tally)
}

/** Records a unit as collected, if no file of it was refused, and clears its folder. */
function recordUnit(
  source: CollectSource,
  { delivery, folder, hashes }: FetchedDelivery,
  result: ImportResult | null,
  { layout, now }: CollectContext,
  tally: Tally,
): void {
  if (result?.refused.some((file) => hashes.has(file))) return
  const landed = result?.deliveries.filter(({ files }) => files.some((file) => hashes.has(file))) ?? []
  const state = readState(layout, source.name, readJournal(layout))
  const { mark, period, submitted } = delivery
  const bytes = delivery.files.reduce((sum, file) => sum + (file.kind === 'object' ? (file.bytes ?? 0) : 0), 0)
  const unit = {
    mark,
    period,
    submitted,
    collected_at: now().toISOString(),
    bytes,
    deliveries: landed.map(({ id }) => id),
  }
  writeState(layout, source.name, { ...state, units: { ...state.units, [delivery.unit]: unit } })
  tally.new_units += 1
  rmSync(folder, { recursive: true, force: true })
}

/** A failure in words, without secrets; a bug keeps its stack. */
export function problemOf(error: unknown): string {
  if (error instanceof UserError) return redact(error.hint ? `${error.message}. ${error.hint}` : error.message)
  if (error instanceof UpstreamError || error instanceof Gone) return redact(error.message)
  return redact(error instanceof Error ? (error.stack ?? error.message) : String(error))
}

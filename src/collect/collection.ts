import { existsSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Gone, type PlanRequest, type RemoteDelivery } from '../collectors/collector.ts'
import { redact } from '../collectors/redact.ts'
import { UserError } from '../errors.ts'
import { readJournal } from '../lake/journal.ts'
import type { Layout } from '../lake/layout.ts'
import { lockFile } from '../lake/lock.ts'
import type { ImportedDelivery } from '../pipeline/import.ts'
import { deliveryFolder, type FetchedDelivery, fetchDelivery } from './fetch.ts'
import { landFetched } from './land-fetched.ts'
import { type CollectContext, type CollectSource, type ConnectedSource, problemOf, type Tally } from './run.ts'
import { type RunRecord, readState, writeState } from './state.ts'

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
  const { layout, now } = context
  const started_at = now().toISOString()
  const tally: Tally = {
    units: 0,
    new_units: 0,
    fetched_bytes: 0,
    deliveries: [],
    waiting: [],
    problems: [],
    warnings: new Set(),
  }
  const unlock = lockSource(source, layout, tally)
  if (!unlock) return ended(source, tally)
  try {
    await collectConnected(source, periods, context, tally).catch((error: unknown) =>
      tally.problems.push(problemOf(error)),
    )
    context.signal.throwIfAborted()
    const result = ended(source, tally)
    const { status, fetched_bytes, problems } = result
    const ended_at = now().toISOString()
    const state = readState(layout, source.name, readJournal(layout))
    writeState(layout, source.name, {
      ...state,
      last_run: { started_at, ended_at, status, fetched_bytes, problems },
      last_success: problems.length === 0 ? ended_at : state.last_success,
    })
    return result
  } finally {
    unlock()
  }
}

/** Another collection of the source is a problem of this one, and nothing of it is recorded. */
function lockSource(source: CollectSource, layout: Layout, tally: Tally): (() => void) | null {
  try {
    return lockFile(layout.resolve(join('lake', 'collected', `${source.name}.lock`)), `collection of ${source.name}`)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    tally.problems.push(problemOf(error))
    return null
  }
}

async function collectConnected(
  source: CollectSource,
  periods: PlanRequest['periods'],
  context: CollectContext,
  tally: Tally,
): Promise<void> {
  const connected = await source.connect()
  try {
    await collectRounds({ ...source, ...connected }, periods, context, tally)
  } finally {
    connected.collector.close?.()
  }
}

function ended(source: CollectSource, tally: Tally): CollectedSource {
  const { units, new_units, fetched_bytes, deliveries } = tally
  const problems = [...tally.problems, ...tally.waiting]
  const warnings = [...tally.warnings]
  return {
    source: source.name,
    status: statusOf(tally),
    units,
    new_units,
    fetched_bytes,
    deliveries,
    problems,
    warnings,
  }
}

function statusOf({ problems, waiting, new_units }: Tally): RunRecord['status'] {
  if (problems.length > 0) return 'failed'
  if (waiting.length > 0) return 'waiting'
  return new_units > 0 ? 'collected' : 'nothing_new'
}

/** A delivery that is restated while it is fetched makes the listing out of date: then all is listed again. */
async function collectRounds(
  source: ConnectedSource,
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
  source: ConnectedSource,
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
  await landFetched(source, fetched, context, tally)
  return changed
}

async function planOf(
  source: ConnectedSource,
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
  source: ConnectedSource,
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

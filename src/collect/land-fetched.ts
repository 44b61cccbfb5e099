import { rmSync } from 'node:fs'
import { UserError } from '../errors.ts'
import { readJournal } from '../lake/journal.ts'
import type { ImportResult } from '../pipeline/import.ts'
import type { FetchedDelivery } from './fetch.ts'
import { type CollectContext, type CollectSource, problemOf, type Tally } from './run.ts'
import { readState, writeState } from './state.ts'

/** Imports fetched deliveries and records each as collected once the lake holds it; what is refused is a problem of the run. */
export async function landFetched(
  source: CollectSource,
  fetched: readonly FetchedDelivery[],
  context: CollectContext,
  tally: Tally,
): Promise<void> {
  for (const group of byPeriod(fetched)) {
    context.signal.throwIfAborted()
    await importGroup(source, group, context, tally)
  }
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
  const result = await importFilled(source, group, context)
  const refused = group.filter((one) => isRefused(one, result))
  if (result.imported) {
    tally.deliveries.push(...result.imported.deliveries)
    for (const warning of result.imported.warnings) tally.warnings.add(warning)
  }
  for (const one of group) if (!refused.includes(one)) recordUnit(source, one, result.imported, context, tally)
  // One by one it shows which of them is to blame, and the others land.
  if (group.length > 1) for (const one of refused) await importGroup(source, [one], context, tally)
  else for (const failure of result.failures) tally.problems.push(`${group[0]?.delivery.unit}: ${problemOf(failure)}`)
}

interface GroupResult {
  /** Null when there was nothing to import, or it was refused as a whole. */
  readonly imported: ImportResult | null
  readonly failures: readonly UserError[]
}

async function importFilled(
  source: CollectSource,
  group: readonly FetchedDelivery[],
  context: CollectContext,
): Promise<GroupResult> {
  const filled = group.filter(({ hashes }) => hashes.size > 0)
  if (filled.length === 0) return { imported: null, failures: [] }
  const hashes = new Map(filled.flatMap((one) => [...one.hashes]))
  const folders = filled.map(({ folder }) => folder)
  const names = { source: source.lakeSource, tableSource: source.lakeSource ?? source.name }
  try {
    const imported = await context.imports(async () => context.importFolders(folders, names, hashes))
    return { imported, failures: imported.failures }
  } catch (error) {
    if (error instanceof UserError) return { imported: null, failures: [error] }
    throw error
  }
}

function isRefused({ hashes }: FetchedDelivery, { imported, failures }: GroupResult): boolean {
  if (!imported) return failures.length > 0
  return imported.refused.some((file) => hashes.has(file))
}

/** Records a unit as collected and clears its folder; a refused one stays for the next run. */
function recordUnit(
  source: CollectSource,
  { delivery, folder, hashes }: FetchedDelivery,
  result: ImportResult | null,
  { layout, now }: CollectContext,
  tally: Tally,
): void {
  const landed = result?.deliveries.filter(({ files }) => files.some((file) => hashes.has(file))) ?? []
  const state = readState(layout, source.name, readJournal(layout))
  const { mark, period, submitted } = delivery
  const held = state.units[delivery.unit]?.deliveries
  const bytes = delivery.files.reduce((sum, file) => sum + (file.kind === 'object' ? (file.bytes ?? 0) : 0), 0)
  const unit = {
    mark,
    period,
    submitted,
    collected_at: now().toISOString(),
    bytes,
    // A delivery without rows changes nothing: what the unit became before still stands for it.
    deliveries: landed.length > 0 || !held ? landed.map(({ id }) => id) : held,
  }
  writeState(layout, source.name, { ...state, units: { ...state.units, [delivery.unit]: unit } })
  tally.new_units += 1
  rmSync(folder, { recursive: true, force: true })
}

import { UserError } from '../../errors.ts'
import { placeOf } from '../objects/listed-files.ts'
import { type ExportRun, newestRunFirst } from './export-runs.ts'
import { monthOfFolder } from './loose-exports.ts'

/** Datasets that are bills; the others are prices, reservations and advice. */
const bills = ['FocusCost', 'ActualCost', 'AmortizedCost', 'Usage']
/** A FOCUS export that is this much older than the others of its month has stopped. */
const stoppedMs = 3 * 86_400_000

/** A manifest that is newest in its place and cannot be read. */
export interface BrokenManifest {
  readonly place: string
  readonly reason: string
}

/** What a run replaces: its scope, kind of dataset and month, whichever export made it. */
export const unitOf = ({ scope, type, span }: ExportRun) => `${scope}/${type}/${span}`

/** Runs of bills, of every unit the newest first. */
export function runsByUnit(runs: readonly ExportRun[]): ReadonlyMap<string, readonly ExportRun[]> {
  const units = new Map<string, ExportRun[]>()
  for (const run of runs) {
    if (bills.includes(run.type)) units.set(unitOf(run), [...(units.get(unitOf(run)) ?? []), run])
  }
  for (const ofUnit of units.values()) ofUnit.sort(newestRunFirst)
  return units
}

/** Units whose newest manifest is half written: that of its folder's other runs, or the folder where there are none. */
export function unitsBeingWritten(
  broken: readonly BrokenManifest[],
  runs: readonly ExportRun[],
): ReadonlyMap<string, { readonly reason: string; readonly month: string | null }> {
  const units = new Map<string, { reason: string; month: string | null }>()
  for (const { place, reason } of broken) {
    const sibling = runs.find((run) => placeOf(run.manifest.key) === place)
    if (!sibling) units.set(place, { reason, month: monthOfFolder(place) })
    else if (bills.includes(sibling.type)) units.set(unitOf(sibling), { reason, month: sibling.month })
  }
  return units
}

/** Names the exports that are no bills. */
export function skippedTypes(runs: readonly ExportRun[]): string[] {
  const others = runs.filter(({ type }) => !bills.includes(type))
  const named = others.map((run) => `export ${run.export_name} is of type ${run.type}, which is no bill: not collected`)
  return [...new Set(named)]
}

/**
 * Throws UserError for runs of one month and several scopes, unless those are different billing accounts: runs of scopes that share
 * an account would replace each other's month, and the total would shrink.
 */
export function refuseMixedScopes(runs: readonly ExportRun[], lakeSource: string | undefined): void {
  const scopes = [...new Set(runs.map(({ scope }) => scope))].sort()
  const within = (scope: string) => scopes.some((other) => other !== scope && scope.startsWith(`${other}/`))
  const apart = scopes.every((scope) => scope.startsWith('providers/microsoft.billing/') && !within(scope))
  if (scopes.length < 2 || (apart && lakeSource === undefined)) return
  throw new UserError(`exports of ${scopes.length} scopes lie together: ${scopes.slice(0, 4).join(', ')}`, {
    hint: 'Configure one source for each, with its own prefix and lake_source.',
  })
}

/** FOCUS, or actual and amortised cost: both are the same bill, and the later import would replace the earlier one. */
export function oneBill(runs: readonly ExportRun[], warnings: string[]): ExportRun[] {
  const left = new Map<string, string>()
  const kept = runs.filter((run) => {
    const others = runs.filter((other) => other.scope === run.scope && other.span === run.span)
    const focus = others.find(({ type }) => type === 'FocusCost')
    const newest = others.filter(({ type }) => type !== 'FocusCost').sort(newestRunFirst)[0]
    if (!focus || !newest) return true
    const stopped = Date.parse(newest.submitted) - Date.parse(focus.submitted) > stoppedMs
    if (stopped === (run.type !== 'FocusCost')) return true
    left.set(run.export_name, stopped ? 'has stopped, the others go on' : 'is of a bill that comes as FOCUS too')
    return false
  })
  for (const [name, why] of left) warnings.push(`export ${name} ${why}: not collected`)
  return kept
}

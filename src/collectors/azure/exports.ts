import { UserError } from '../../errors.ts'
import {
  type CollectorContext,
  type CreateCollector,
  Gone,
  type Plan,
  type PlanRequest,
  type RemoteDelivery,
} from '../collector.ts'
import { createAzureBlobStore } from '../objects/azure-blob.ts'
import { listedFiles, placeOf } from '../objects/listed-files.ts'
import type { ObjectEntry, ObjectStore } from '../objects/object-store.ts'
import { probeContainer } from './blob-probes.ts'
import { type ExportRun, newestRunFirst, readExportRun } from './export-runs.ts'
import { looseExports, unfinishedRuns } from './loose-exports.ts'

/** Runs of one export and month whose manifests are read, newest first: enough for runs that end in another order than they began. */
const runsRead = 5
const readsAtATime = 8
const largestManifest = 64 << 20
const bills = ['FocusCost', 'ActualCost', 'AmortizedCost', 'Usage']
/** A FOCUS export that is this much older than the others of its month has stopped. */
const stoppedMs = 3 * 86_400_000
/** A manifest that is older lists files that were deleted, not files still to come. */
const deletedMs = 2 * 86_400_000

/** Cost exports in a container of Blob storage: FOCUS, actual and amortised cost, by their run manifests. */
export const createAzureExport: CreateCollector<'azure_export'> = (config, context) => {
  const store = createAzureBlobStore(config, context)
  return {
    plan: (request) => planExports(store, { ...config, ...request }, context),
    probe: () => probeContainer(store, config),
  }
}

interface ExportRequest extends PlanRequest {
  readonly prefix: string
  readonly look_back_months: number
  readonly lake_source?: string | undefined
}

/** What a listing and the manifests in it tell. */
interface Found {
  readonly entries: ReadonlyMap<string, ObjectEntry>
  readonly runs: readonly ExportRun[]
  /** Newest manifests of their place that cannot be read, with the reason. */
  readonly broken: readonly { readonly place: string; readonly reason: string }[]
}

interface Draft {
  readonly deliveries: RemoteDelivery[]
  readonly pending: { unit: string; reason: string }[]
  readonly warnings: string[]
}

async function planExports(store: ObjectStore, request: ExportRequest, context: CollectorContext): Promise<Plan> {
  const found = await findRuns(store, request.prefix)
  const places = new Set([...found.entries.keys()].filter(isManifest).map(placeOf))
  const draft: Draft = { deliveries: [], pending: [], warnings: skippedTypes(found.runs) }
  const counts = (month: string | null, unit: string) => isAsked(request, context.now(), month, unit)
  const chosen = oneBill(chooseRuns(found, draft), draft.warnings)
  const asked = chosen.filter((run) => counts(run.month, unitOf(run)))
  for (const span of new Set(asked.map((run) => run.span)))
    refuseMixedScopes(
      chosen.filter((run) => run.span === span),
      request.lake_source,
    )
  for (const run of asked) addRun(store, run, found, draft, { request, now: context.now() })
  for (const { unit, month, file } of looseExports(found.entries.values(), places)) {
    if (!counts(month, unit)) continue
    const files = [store.file(file, file.key)]
    draft.deliveries.push({ unit, mark: file.version, period: month, submitted: file.modified, files })
  }
  for (const { place, month, modified } of unfinishedRuns(found.entries.values(), places)) {
    const reason = 'files of a run are there and no manifest.json'
    if (!counts(month, place)) continue
    if (context.now().getTime() - Date.parse(modified) < deletedMs) draft.pending.push({ unit: place, reason })
    else draft.warnings.push(`${place}: ${reason}; a run that broke off`)
  }
  return draft
}

const isManifest = (key: string) => /(^|\/)manifest\.json$/i.test(key)

async function findRuns(store: ObjectStore, prefix: string): Promise<Found> {
  const entries = new Map<string, ObjectEntry>()
  const byPlace = new Map<string, ObjectEntry[]>()
  for await (const entry of store.list(prefix)) {
    entries.set(entry.key, entry)
    if (isManifest(entry.key)) byPlace.set(placeOf(entry.key), [...(byPlace.get(placeOf(entry.key)) ?? []), entry])
  }
  const wanted = [...byPlace.values()].flatMap((manifests) =>
    manifests.sort((a, b) => (a.modified < b.modified ? 1 : -1)).slice(0, runsRead),
  )
  const runs: ExportRun[] = []
  const broken: { place: string; reason: string }[] = []
  for (let at = 0; at < wanted.length; at += readsAtATime) {
    const batch = wanted.slice(at, at + readsAtATime)
    for (const [index, run] of (await Promise.all(batch.map((entry) => readRun(store, entry)))).entries()) {
      const entry = batch[index]
      if (!('broken' in run)) runs.push(run)
      else if (entry && byPlace.get(placeOf(entry.key))?.[0] === entry)
        broken.push({ place: placeOf(entry.key), reason: run.broken })
    }
  }
  return { entries, runs, broken }
}

/** A manifest that is written anew between listing and reading is as good as half written. */
async function readRun(store: ObjectStore, entry: ObjectEntry): Promise<ReturnType<typeof readExportRun>> {
  const content = await store.read(entry, largestManifest).catch((error: unknown) => {
    if (error instanceof Gone) return null
    throw error
  })
  return content ? readExportRun(entry, content.toString('utf8')) : { broken: `${entry.key} is being written` }
}

/** What a run replaces: its scope, kind of dataset and month, whichever export made it. */
const unitOf = ({ scope, type, span }: ExportRun) => `${scope}/${type}/${span}`

/** The newest run that holds rows, of every unit; a unit whose newest manifest is half written is pending instead. */
function chooseRuns({ runs, broken }: Found, draft: Draft): ExportRun[] {
  const units = new Map<string, ExportRun[]>()
  for (const run of runs) {
    if (bills.includes(run.type)) units.set(unitOf(run), [...(units.get(unitOf(run)) ?? []), run])
  }
  const writing = new Set<string>()
  for (const { place, reason } of broken) {
    const sibling = runs.find((run) => placeOf(run.manifest.key) === place)
    if (sibling && !bills.includes(sibling.type)) continue
    const unit = sibling ? unitOf(sibling) : place
    writing.add(unit)
    draft.pending.push({ unit, reason })
  }
  return [...units].flatMap(([unit, ofUnit]) => {
    const [newest] = ofUnit.sort(newestRunFirst)
    if (newest?.empty) draft.warnings.push(`${newest.manifest.key}: run ${newest.run_id} of ${unit} holds no rows`)
    const filled = ofUnit.find((run) => !run.empty)
    return writing.has(unit) || !filled ? [] : [filled]
  })
}

function skippedTypes(runs: readonly ExportRun[]): string[] {
  const others = runs.filter(({ type }) => !bills.includes(type))
  const named = others.map((run) => `export ${run.export_name} is of type ${run.type}, which is no bill: not collected`)
  return [...new Set(named)]
}

/** Whether a unit was asked for: of the asked months, else of those that may still change, or never collected. */
function isAsked({ periods, held, look_back_months }: ExportRequest, now: Date, month: string | null, unit: string) {
  if (periods) return month === null || periods.includes(month)
  const oldest = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1 - look_back_months, 1))
  return month === null || month >= oldest.toISOString().slice(0, 7) || !held.has(unit)
}

/** Runs of scopes that may share a billing account would replace each other's months, and the total would shrink. */
function refuseMixedScopes(runs: readonly ExportRun[], lakeSource: string | undefined): void {
  const scopes = [...new Set(runs.map(({ scope }) => scope))].sort()
  const within = (scope: string) => scopes.some((other) => other !== scope && scope.startsWith(`${other}/`))
  const apart = scopes.every((scope) => scope.startsWith('providers/microsoft.billing/') && !within(scope))
  if (scopes.length < 2 || (apart && lakeSource === undefined)) return
  throw new UserError(`exports of ${scopes.length} scopes lie together: ${scopes.slice(0, 4).join(', ')}`, {
    hint: 'Configure one source for each, with its own prefix and lake_source; left out are exports outside the prefix.',
  })
}

/** FOCUS, or actual and amortised cost: both are the same bill, and the later import would replace the earlier one. */
function oneBill(runs: readonly ExportRun[], warnings: string[]): ExportRun[] {
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

function addRun(
  store: ObjectStore,
  run: ExportRun,
  { entries }: Found,
  draft: Draft,
  { request, now }: { request: ExportRequest; now: Date },
): void {
  const unit = unitOf(run)
  const { manifest, month: period, submitted, overwrites } = run
  const listed = listedFiles(manifest, run.blobs, (key) => entries.get(key), { overwrites, now })
  if ('files' in listed) {
    const files = [manifest, ...listed.files].map((entry) => store.file(entry, entry.key))
    draft.deliveries.push({ unit, mark: `${run.run_id} ${manifest.version}`, period, submitted, files })
    return
  }
  const recent = isAsked({ ...request, held: new Map([[unit, { mark: '', collected_at: '' }]]) }, now, period, unit)
  if (recent || now.getTime() - Date.parse(manifest.modified) < deletedMs)
    draft.pending.push({ unit, reason: listed.missing })
  else draft.warnings.push(`${listed.missing}; it is no longer written, so ${unit} cannot be collected`)
}

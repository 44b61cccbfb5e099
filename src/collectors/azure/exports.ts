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
import {
  type BrokenManifest,
  oneBill,
  refuseMixedScopes,
  runsByUnit,
  skippedTypes,
  unitOf,
  unitsBeingWritten,
} from './bill-runs.ts'
import { probeContainer } from './blob-probes.ts'
import { type ExportRun, readExportRun } from './export-runs.ts'
import { looseExports, unfinishedRuns } from './loose-exports.ts'

/** Runs of one export and month whose manifests are read, newest first: enough for runs that end in another order than they began. */
const runsRead = 5
const readsAtATime = 8
const largestManifest = 64 << 20
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
  readonly broken: readonly BrokenManifest[]
}

interface Draft {
  readonly deliveries: RemoteDelivery[]
  readonly pending: { unit: string; reason: string }[]
  readonly warnings: string[]
}

async function planExports(store: ObjectStore, request: ExportRequest, context: CollectorContext): Promise<Plan> {
  const found = await findRuns(store, request.prefix)
  const draft: Draft = { deliveries: [], pending: [], warnings: skippedTypes(found.runs) }
  const counts = (month: string | null, unit: string) => isAsked(request, context.now(), month, unit)
  const units = runsByUnit(found.runs)
  const writing = unitsBeingWritten(found.broken, found.runs)
  const filled = [...units.values()].flatMap((runs) => runs.find((run) => !run.empty) ?? [])
  const bill = oneBill(filled, draft.warnings)
  const leftOut = new Set(filled.filter((run) => !bill.includes(run)).map(unitOf))
  const asked = bill.filter((run) => counts(run.month, unitOf(run)))
  for (const span of new Set(asked.map((run) => run.span))) {
    const together = bill.filter((run) => run.span === span)
    refuseMixedScopes(together, request.lake_source)
  }
  for (const [unit, { month, reason }] of writing)
    if (!leftOut.has(unit) && counts(month, unit)) draft.pending.push({ unit, reason })
  for (const run of asked)
    if (!writing.has(unitOf(run))) addRun(store, run, found, draft, { request, now: context.now() })
  for (const [unit, [newest]] of units)
    if (newest?.empty && counts(newest.month, unit))
      draft.warnings.push(`${newest.manifest.key}: run ${newest.run_id} of ${unit} holds no rows`)
  addLoose(store, found, draft, { counts, now: context.now() })
  draft.warnings.push(...absent(draft, request, `${store.url}/${request.prefix}`, found.entries.size))
  return draft
}

/** Adds the exports without manifests, and says which runs have none yet. */
function addLoose(
  store: ObjectStore,
  { entries }: Found,
  draft: Draft,
  { counts, now }: { counts: (month: string | null, unit: string) => boolean; now: Date },
): void {
  const places = new Set([...entries.keys()].filter(isManifest).map(placeOf))
  for (const { unit, month, file } of looseExports(entries.values(), places)) {
    if (!counts(month, unit)) continue
    const files = [store.file(file, file.key)]
    draft.deliveries.push({ unit, mark: file.version, period: month, submitted: file.modified, files })
  }
  for (const { place, month, modified } of unfinishedRuns(entries.values(), places)) {
    const reason = 'files of a run are there and no manifest.json'
    if (!counts(month, place)) continue
    if (now.getTime() - Date.parse(modified) < deletedMs) draft.pending.push({ unit: place, reason })
    else draft.warnings.push(`${place}: ${reason}; a run that broke off`)
  }
}

/** Says what was looked for and is not there at all. */
function absent({ deliveries, pending }: Draft, { periods }: ExportRequest, where: string, objects: number): string[] {
  if (periods) {
    const there = deliveries.map(({ period }) => period)
    const missing = periods.filter((period) => !there.includes(period) && pending.length === 0)
    return missing.map((period) => `there is no export of ${period} below ${where}`)
  }
  return objects === 0 ? [`there is nothing below ${where}`] : []
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
  const broken: BrokenManifest[] = []
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

/** Whether a unit was asked for: of the asked months, else of those that may still change, or never collected. */
function isAsked({ periods, held, look_back_months }: ExportRequest, now: Date, month: string | null, unit: string) {
  if (periods) return month === null || periods.includes(month)
  const oldest = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1 - look_back_months, 1))
  return month === null || month >= oldest.toISOString().slice(0, 7) || !held.has(unit)
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

import { createHash } from 'node:crypto'
import { UserError } from '../../errors.ts'
import { keySpellings, type Manifest, readManifest } from '../../lake/manifests.ts'
import { Gone, type RemoteDelivery } from '../collector.ts'
import { listedFiles, placeOf } from '../objects/listed-files.ts'
import type { ObjectEntry, ObjectStore } from '../objects/object-store.ts'

const largestManifest = 64 << 20
const manifestsRead = 3
const tableName = /\.(csv|tsv|parquet|ndjson|jsonl|json)(\.(gz|zip))?$|\.(gz|zip)$/i
const manifestName = /(^|[/-])manifest\.json$/i
/** Spark, Delta and Iceberg write their own files beside the tables. */
const ownFiles = /(^|\/)[._]/

/** Whether a key is named as a table, and is no file that a tool wrote for itself. */
export const isTable = (key: string) => tableName.test(key) && !ownFiles.test(key) && !manifestName.test(key)

export interface Found {
  readonly deliveries: RemoteDelivery[]
  readonly pending: { unit: string; reason: string }[]
  readonly warnings: string[]
}

/** Deliveries that manifests of AWS and Azure exports name, and the keys that belong to them, superseded runs included. */
export async function manifestDeliveries(
  store: ObjectStore,
  entries: readonly ObjectEntry[],
  now: Date,
): Promise<Found & { readonly isTheirs: (key: string) => boolean }> {
  const found: Found = { deliveries: [], pending: [], warnings: [] }
  const scopes: string[] = []
  const find = finder(entries)
  for (const [unit, manifests] of byUnit(entries.filter(({ key }) => manifestName.test(key)))) {
    const read: { entry: ObjectEntry; manifest: Manifest | null | string }[] = []
    for (const entry of manifests.slice(0, manifestsRead)) read.push({ entry, manifest: await readEntry(store, entry) })
    const [newest] = read
    if (typeof newest?.manifest === 'string') found.pending.push({ unit, reason: newest.manifest })
    const whole = read.flatMap(({ entry, manifest }) => (manifest instanceof Object ? [{ entry, manifest }] : []))
    if (whole.length === 0 && typeof newest?.manifest !== 'string') continue
    scopes.push(scopeOf(unit))
    const order = ({ entry, manifest }: (typeof whole)[number]) => `${manifest.submitted} ${entry.modified}`
    const current = whole
      .sort((a, b) => (order(a) < order(b) ? 1 : -1))
      .find(({ manifest }) => manifest.keys.length > 0)
    if (typeof newest?.manifest === 'string') continue
    if (!current) {
      found.warnings.push(`${newest?.entry.key} lists no file: an empty delivery`)
      continue
    }
    const listed = listedFiles(current.entry, current.manifest.keys, (key) => find(key, current.entry), {
      overwrites: true,
      now,
    })
    if ('missing' in listed) found.pending.push({ unit, reason: listed.missing })
    else found.deliveries.push(delivery(store, unit, current, listed.files))
  }
  return { ...found, isTheirs: (key) => scopes.some((scope) => key.startsWith(scope)) }
}

function delivery(
  store: ObjectStore,
  unit: string,
  { entry, manifest }: { entry: ObjectEntry; manifest: Manifest },
  listed: readonly ObjectEntry[],
): RemoteDelivery {
  const submitted = Number.isNaN(Date.parse(manifest.submitted))
    ? entry.modified
    : new Date(manifest.submitted).toISOString()
  const files = [...new Set([entry, ...listed])].map((one) => store.file(one, nameOf(one.key)))
  return { unit, mark: `${manifest.upstream} ${entry.version}`.trim(), period: periodOf(unit), submitted, files }
}

/** Manifests of one export and period, newest first. */
function byUnit(manifests: readonly ObjectEntry[]): ReadonlyMap<string, ObjectEntry[]> {
  const units = new Map<string, ObjectEntry[]>()
  for (const entry of manifests) {
    const unit = [placeOf(entry.key), entry.key.split('/').at(-1)].filter(Boolean).join('/')
    units.set(unit, [...(units.get(unit) ?? []), entry])
  }
  for (const ofUnit of units.values()) ofUnit.sort((a, b) => (a.modified < b.modified ? 1 : -1))
  return units
}

/** The manifest; null for other JSON; the reason where it is half written. */
async function readEntry(store: ObjectStore, entry: ObjectEntry): Promise<Manifest | null | string> {
  const content = await store.read(entry, largestManifest).catch((error: unknown) => {
    if (error instanceof Gone) return null
    throw error
  })
  if (content === null) return `${entry.key} is being written`
  try {
    return readManifest(entry.key, JSON.parse(content.toString('utf8').replace(/^\uFEFF/, '')))
  } catch (error) {
    if (error instanceof SyntaxError) return `${entry.key} is half written`
    if (error instanceof UserError) return error.message
    throw error
  }
}

type Find = (key: string, manifest: ObjectEntry) => ObjectEntry | undefined

/**
 * Looks up what a manifest lists. Its keys are of the bucket that the export writes to; a copy may lie in another folder of another
 * store: then the same name in a folder of the same name, or beside the manifest.
 */
function finder(entries: readonly ObjectEntry[]): Find {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  const byName = new Map<string, ObjectEntry[]>()
  for (const entry of entries) {
    const name = entry.key.split('/').at(-1) ?? ''
    byName.set(name, [...(byName.get(name) ?? []), entry])
  }
  return (key, manifest) => {
    for (const spelling of keySpellings(key)) if (byKey.has(spelling)) return byKey.get(spelling)
    const wanted = nameOf(key).split('/')
    const near = ({ key: other }: ObjectEntry) => folderOf(other) === folderOf(manifest.key)
    const tail = (entry: ObjectEntry) => sharedTail(entry.key.split('/'), wanted) + (near(entry) ? 1 : 0)
    const [best, second] = [...(byName.get(wanted.at(-1) ?? '') ?? [])].sort((a, b) => tail(b) - tail(a))
    return best && tail(best) >= 2 && (!second || tail(best) > tail(second)) ? best : undefined
  }
}

const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1)

function sharedTail(path: readonly string[], wanted: readonly string[]): number {
  let n = 0
  while (n < wanted.length && n < path.length && path.at(-1 - n) === wanted.at(-1 - n)) n += 1
  return n
}

/** Where files lie that only the unit's manifest may name: below it, or in the `data` folder beside its `metadata` folder. */
function scopeOf(unit: string): string {
  const folder = unit.split('/').slice(0, -1)
  const metadata = folder.findIndex((segment) => segment.toLowerCase() === 'metadata')
  const scope = metadata < 0 ? folder : [...folder.slice(0, metadata), 'data']
  return scope.length === 0 ? '' : `${scope.join('/')}/`
}

function periodOf(unit: string): string | null {
  const [, year, month] =
    /billing_period=(\d{4})-(\d{2})/i.exec(unit) ?? /(?:^|\/)(\d{4})(\d{2})\d{2}-\d{8}/.exec(unit) ?? []
  return year === undefined ? null : `${year}-${month}`
}

const date = /(?<!\d)(20\d{2})[-_.]?(0[1-9]|1[0-2])(?:[-_.]?([0-2]\d|3[01]))?(?!\d)/g

/**
 * Deliveries of files that no manifest names. The lake takes the files of one folder for parts of one bill, so they are one unit,
 * but those with different dates in their names: each date is one.
 */
export function looseDeliveries(store: ObjectStore, entries: readonly ObjectEntry[]): RemoteDelivery[] {
  const units = new Map<string, ObjectEntry[]>()
  for (const entry of entries) {
    const segments = entry.key.split('/').filter(Boolean)
    const dates = [...(segments.at(-1) ?? '').matchAll(date)].map((found) => found.slice(1).filter(Boolean).join('-'))
    const unit = [...segments.slice(0, -1), dates.length > 0 ? dates.join('--') : '*'].join('/')
    units.set(unit, [...(units.get(unit) ?? []), entry])
  }
  return [...units].map(([unit, files]) => ({
    unit,
    mark: markOf(files),
    period: null,
    submitted:
      files
        .map(({ modified }) => modified)
        .sort()
        .at(-1) ?? '',
    files: files.map((entry) => store.file(entry, nameOf(entry.key))),
  }))
}

/** The version of one file; of several, a hash of their names and versions. */
function markOf(files: readonly ObjectEntry[]): string {
  const lines = files.map(({ key, version }) => `${key}\n${version}\n`).sort()
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 32)
}

/** The key as a path in the delivery's folder. */
const nameOf = (key: string) => key.split('/').filter(Boolean).join('/')

import { UserError } from '../../errors.ts'
import type { ObjectEntry } from '../objects/object-store.ts'
import type { S3Store } from '../objects/s3.ts'

/** One export and billing period, as its folders tell. */
export interface ExportPeriod {
  /** `<export path>/<YYYY-MM>`: the same from run to run. */
  readonly unit: string
  readonly period: string
  readonly layout: 'legacy' | 'data_exports'
  /** Where its manifests lie, with a slash at the end. */
  readonly folders: readonly string[]
}

const billingPeriod = /(^|\/)billing_period=(\d{4}-\d{2})\/$/i
const legacyPeriod = /(^|\/)(\d{4})(\d{2})\d{2}-\d{8}\/$/
/** Partitions of data, and what services that are no exports write by the million. */
const noExports = /(^|\/)(year=[^/]*|month=[^/]*|date=[^/]*|usage_period=[^/]*|AWSLogs|cost_and_usage_data_status)\/$/i
const mostFolders = 1000

/**
 * Finds exports below `prefix` by folders alone: `data` beside `metadata` is not entered, nor is a period. Legacy CUR has
 * `<report>/YYYYMMDD-YYYYMMDD/`, Data Exports have `<export>/metadata/BILLING_PERIOD=YYYY-MM/`
 * (https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html). Throws UserError beyond 1000 folders.
 */
export async function findExports(store: S3Store, prefix: string): Promise<readonly ExportPeriod[]> {
  const found = new Map<string, ExportPeriod>()
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  const open = [...new Set([folder, folder.replace(/^\/+/, '')])]
  for (let entered = 0; ; entered += 1) {
    const next = open.pop()
    if (next === undefined) return [...found.values()].sort((a, b) => (a.unit < b.unit ? -1 : 1))
    if (entered >= mostFolders) {
      throw new UserError(`${store.url}/${prefix} has more than ${mostFolders} folders to search for exports`, {
        hint: 'Set `prefix` of the source to the folder that holds the exports.',
      })
    }
    const below = await foldersBelow(store, next)
    for (const child of below) {
      const period = periodOf(child)
      if (period) add(found, period)
      else if (!isData(child, below) && !noExports.test(child)) open.push(child)
    }
  }
}

async function foldersBelow(store: S3Store, folder: string): Promise<string[]> {
  const folders: string[] = []
  for await (const one of store.level(folder)) if ('folder' in one) folders.push(one.folder)
  return folders
}

function isData(folder: string, siblings: readonly string[]): boolean {
  if (!/(^|\/)data\/$/i.test(folder)) return false
  const parent = folder.slice(0, -'data/'.length)
  return siblings.some((one) => one.toLowerCase() === `${parent}metadata/`.toLowerCase())
}

function periodOf(folder: string): ExportPeriod | null {
  const modern = billingPeriod.exec(folder)
  const legacy = legacyPeriod.exec(folder)
  const period = modern?.[2] ?? (legacy ? `${legacy[2]}-${legacy[3]}` : null)
  if (period === null) return null
  const parents = folder.split('/').filter(Boolean).slice(0, -1)
  const last = parents.at(-1)?.toLowerCase()
  const path = modern && last === 'metadata' ? parents.slice(0, -1) : parents
  return {
    unit: [...path, period].join('/'),
    period,
    layout: modern ? 'data_exports' : 'legacy',
    folders: [folder],
  }
}

/** Partition names differ in case from export to export, and in one export from month to month. */
function add(found: Map<string, ExportPeriod>, one: ExportPeriod): void {
  const other = found.get(one.unit)
  if (!other) found.set(one.unit, one)
  else if (other.layout === one.layout) found.set(one.unit, { ...other, folders: [...other.folders, ...one.folders] })
  else if (one.layout === 'data_exports') found.set(one.unit, one)
}

/**
 * Manifests of a period that may be the current one: the newest of those directly in its folder, then (Data Exports that keep every
 * execution) the newest in a folder below. Copies in a legacy report's assembly folders are never current, nor looked at.
 */
export async function manifestsOf(store: S3Store, { layout, folders }: ExportPeriod): Promise<readonly ObjectEntry[]> {
  let direct: ObjectEntry | null = null
  let nested: ObjectEntry | null = null
  for (const folder of folders) {
    const objects = layout === 'legacy' ? objectsIn(store, folder) : store.list(folder)
    for await (const object of objects) {
      if (!isManifest(object.key)) continue
      if (object.key.slice(folder.length).includes('/')) nested = newer(nested, object)
      else direct = newer(direct, object)
    }
  }
  return [direct, nested].filter((one) => one !== null)
}

async function* objectsIn(store: S3Store, folder: string): AsyncGenerator<ObjectEntry> {
  for await (const one of store.level(folder)) if ('object' in one) yield one.object
}

/** Not `-RedshiftManifest.json` and the like, which lie beside it. */
const isManifest = (key: string) => /(^|[/-])manifest\.json$/i.test(key)

function newer(a: ObjectEntry | null, b: ObjectEntry): ObjectEntry {
  return a && instantOf(a.key, a.modified) > instantOf(b.key, b.modified) ? a : b
}

/** When a delivery was made: the time in its folder's name (a copied bucket has times of its own), else `modified`. ISO instant. */
export function instantOf(key: string, modified: string): string {
  const stamp = /(\d{4})-?(\d{2})-?(\d{2})T(\d{2})[:-]?(\d{2})[:-]?(\d{2})/.exec(key)
  return stamp ? `${stamp.slice(1, 4).join('-')}T${stamp.slice(4, 7).join(':')}.000Z` : modified
}

import { placeOf } from '../objects/listed-files.ts'
import type { ObjectEntry } from '../objects/object-store.ts'

/** A file of an export without manifests: those made before partitioning write one CSV file a run. */
export interface LooseExport {
  /** Folder and name of the export, with the month. */
  readonly unit: string
  readonly month: string | null
  readonly file: ObjectEntry
}

const range = /(?:^|\/)(\d{8})-(\d{8})\//
const guid = /[_-]?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i
/** Names of the files of a partitioned run, which count only by their manifest. */
const partitioned = /(^|\/)part_\d+_\d+[^/]*$/i

/** The newest file of every export and month that lies below a date-range folder and outside the `places` of manifests. */
export function looseExports(entries: Iterable<ObjectEntry>, places: ReadonlySet<string>): readonly LooseExport[] {
  const newest = new Map<string, LooseExport>()
  for (const file of entries) {
    const dates = range.exec(file.key)
    if (!dates || !/\.csv(\.gz)?$/i.test(file.key) || partitioned.test(file.key) || places.has(placeOf(file.key)))
      continue
    const { month, span } = monthOf(dates[1] ?? '', dates[2] ?? '')
    const folder = placeOf(file.key).replace(/(^|\/)\d{8}-\d{8}(?=\/|$)/, '')
    const name = (file.key.split('/').at(-1) ?? '').replace(/\.csv(\.gz)?$/i, '').replace(guid, '')
    const unit = [...folder.split('/'), name === folder.split('/').at(-1) ? '' : name, span].filter(Boolean).join('/')
    const held = newest.get(unit)
    if (!held || held.file.modified < file.modified) newest.set(unit, { unit, month, file })
  }
  return [...newest.values()]
}

/** Places where files of a partitioned run lie and no manifest does, or not yet; with the time of the newest file. */
export function unfinishedRuns(
  entries: Iterable<ObjectEntry>,
  places: ReadonlySet<string>,
): readonly { readonly place: string; readonly month: string | null; readonly modified: string }[] {
  const found = new Map<string, { place: string; month: string | null; modified: string }>()
  for (const { key, modified } of entries) {
    const place = placeOf(key)
    const dates = range.exec(key)
    if (!dates || !partitioned.test(key) || places.has(place)) continue
    const known = found.get(place)
    if (known && known.modified >= modified) continue
    found.set(place, { place, month: monthOf(dates[1] ?? '', dates[2] ?? '').month, modified })
  }
  return [...found.values()]
}

/** The month of the date range that a folder's path holds; null where it holds none or spans more than a month. */
export function monthOfFolder(path: string): string | null {
  const dates = range.exec(`${path}/`)
  return dates ? monthOf(dates[1] ?? '', dates[2] ?? '').month : null
}

function monthOf(first: string, last: string): { month: string | null; span: string } {
  const month = `${first.slice(0, 4)}-${first.slice(4, 6)}`
  return first.slice(0, 6) === last.slice(0, 6) ? { month, span: month } : { month: null, span: `${first}-${last}` }
}

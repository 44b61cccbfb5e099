import { keySpellings, type Manifest, readManifest } from '../../lake/manifests.ts'
import { Gone, type RemoteDelivery } from '../collector.ts'
import type { ObjectEntry } from '../objects/object-store.ts'
import type { S3Store } from '../objects/s3.ts'
import { type ExportPeriod, instantOf, manifestsOf } from './layout.ts'

/** What a period of an export amounts to now. */
export type Examined =
  | { readonly delivery: RemoteDelivery }
  | { readonly pending: string }
  | { readonly warning: string }

const largestManifest = 64 << 20

/**
 * Reads the current manifest of a period and looks whether exactly the files that it lists are there. Without a manifest a `recent`
 * period is being written; an old one may be what is left of a delivery.
 */
export async function examine(store: S3Store, one: ExportPeriod, recent: boolean): Promise<Examined> {
  const entries = await manifestsOf(store, one)
  if (entries.length === 0) {
    const message = `${store.url}/${one.folders[0]} has no manifest`
    return recent ? { pending: `${message} yet` } : { warning: `${message}: not collected` }
  }
  const read: Read[] = []
  for (const entry of entries) {
    const result = await readEntry(store, entry)
    if ('manifest' in result) read.push(result)
    else return result
  }
  const current = read.reduce((best, other) => (other.submitted > best.submitted ? other : best))
  return assemble(store, one, current)
}

interface Read {
  readonly entry: ObjectEntry
  readonly manifest: Manifest
  readonly submitted: string
}

async function readEntry(
  store: S3Store,
  entry: ObjectEntry,
): Promise<Read | { pending: string } | { warning: string }> {
  const at = `${store.url}/${entry.key}`
  const content = await store.read(entry, largestManifest).catch(replaced)
  if (content === null) return { pending: `${at} was replaced while it was read` }
  const json = parsed(content)
  if (json === undefined) return { pending: `${at} is half written` }
  const manifest = readManifest(entry.key, json)
  if (manifest?.kind !== 'aws') return { warning: `${at} is no manifest of a Cost and Usage Report or a Data Export` }
  const instants = [entry.key, ...manifest.keys.map(({ key }) => key)].map((key) => instantOf(key, ''))
  return { entry, manifest, submitted: instants.find((instant) => instant !== '') ?? entry.modified }
}

function replaced(error: unknown): null {
  if (error instanceof Gone) return null
  throw error
}

function parsed(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'))
  } catch {
    return undefined
  }
}

async function assemble(store: S3Store, one: ExportPeriod, { entry, manifest, submitted }: Read): Promise<Examined> {
  const at = `${store.url}/${entry.key}`
  if (manifest.keys.length === 0) return { warning: `${at} lists no file: nothing to collect` }
  const there = await entriesOf(store, manifest)
  const files = new Map<string, ObjectEntry>()
  for (const { key } of manifest.keys) {
    const found = keySpellings(key)
      .map((spelling) => there.get(spelling))
      .find((object) => object !== undefined)
    if (!found) return { pending: `${at} lists ${key}, which is not there` }
    if (found.modified > entry.modified && !belongsTo(found.key, manifest)) {
      return {
        pending: `${found.key} is newer than the manifest ${at}: it is being overwritten, or was copied after it`,
      }
    }
    files.set(found.key, found)
  }
  return {
    delivery: {
      unit: one.unit,
      mark: [manifest.upstream, entry.version].filter(Boolean).join(' '),
      period: one.period,
      submitted,
      files: [entry, ...files.values()].map((object) => store.file(object, nameOf(object.key))),
    },
  }
}

/** Files in a folder of their own execution or assembly are never rewritten. */
function belongsTo(key: string, { upstream }: Manifest): boolean {
  return (
    upstream !== '' &&
    key
      .split('/')
      .slice(0, -1)
      .some((segment) => segment.includes(upstream))
  )
}

/** Listed objects by key: only the folders in which they lie are listed, and of those only what is listed is kept. */
async function entriesOf(store: S3Store, manifest: Manifest): Promise<ReadonlyMap<string, ObjectEntry>> {
  const wanted = new Set(manifest.keys.flatMap(({ key }) => keySpellings(key)))
  const folders = new Set([...wanted].map((key) => key.slice(0, key.lastIndexOf('/') + 1)))
  const there = new Map<string, ObjectEntry>()
  for (const folder of folders) {
    for await (const found of store.level(folder)) {
      if ('object' in found && wanted.has(found.object.key)) there.set(found.object.key, found.object)
    }
  }
  return there
}

/** The key as a path in the delivery's folder. */
const nameOf = (key: string) => key.split('/').filter(Boolean).join('/')

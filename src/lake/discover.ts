import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { UserError } from '../errors.ts'
import { keySpellings, type Manifest, readManifest } from './manifests.ts'
import { isUnrelated } from './unrelated.ts'

/** Files that belong to one delivery, as far as folders and manifests tell. */
export interface Candidate {
  readonly files: readonly string[]
  readonly manifest: Manifest | null
  /** Named by the user: must be a bill. Found in a folder: may be anything. */
  readonly named: boolean
}

export interface Discovery {
  readonly candidates: readonly Candidate[]
  readonly warnings: readonly string[]
}

const dataName = /\.(csv|tsv|txt|parquet|json|jsonl|ndjson|gz|zip)$/i
const largestManifest = 64 << 20

/**
 * Finds deliveries below the given paths. A manifest alone decides which files make up its delivery; other files of one folder
 * are chunks of one delivery. Deliveries come in the order in which they must land (older first).
 * Throws UserError for a path that does not exist and for a file that a manifest lists and that is not there.
 */
export function discover(paths: readonly string[]): Discovery {
  const warnings: string[] = []
  const named = paths.map((path) => resolve(path))
  const files = [...new Set(named.flatMap((path) => walk(path)))]
  const manifests: Manifest[] = []
  const data: string[] = []
  for (const file of files) {
    const manifest = /\.json$/i.test(file) ? parseManifest(file) : null
    if (manifest) manifests.push(manifest)
    else if (dataName.test(file) || named.includes(file) || !isUnrelated(file)) data.push(file)
  }
  const near = manifests.filter(({ path }) => named.includes(path)).flatMap(({ path }) => walk(exportFolder(path)))
  const deliveries = manifestDeliveries(manifests, [...new Set([...data, ...near])], warnings)
  const claimed = new Set(deliveries.flatMap((delivery) => delivery.files))
  const loose = new Map<string, string[]>()
  for (const file of data) {
    if (claimed.has(file)) continue
    const owner = superseder(file, deliveries)
    if (owner) warnings.push(`${file} is not listed by ${owner.path}: superseded, not imported`)
    else loose.set(dirname(file), [...(loose.get(dirname(file)) ?? []), file])
  }
  const candidates: Candidate[] = deliveries.flatMap(({ manifest, files: listed }) => {
    if (listed.length > 0) return [{ files: listed, manifest, named: true }]
    warnings.push(`${manifest.path} lists no file: an empty delivery, nothing to import`)
    return []
  })
  for (const group of loose.values()) {
    candidates.push({ files: group.sort(), manifest: null, named: group.some((file) => named.includes(file)) })
  }
  return { candidates: candidates.sort(landingOrder), warnings }
}

/** Where a manifest's data lie: beside or below it, or beside the `metadata` folder of Data Exports. */
function exportFolder(manifest: string): string {
  const segments = dirname(manifest).split(sep)
  const metadata = segments.findLastIndex((segment) => segment.toLowerCase() === 'metadata')
  return metadata > 0 ? segments.slice(0, metadata).join(sep) : dirname(manifest)
}

/** What each manifest lists, once where copies of one manifest lie in the period's folder and in the assembly's. */
function manifestDeliveries(
  manifests: readonly Manifest[],
  data: readonly string[],
  warnings: string[],
): { manifest: Manifest; files: string[] }[] {
  const deliveries = new Map<string, { manifest: Manifest; files: string[] }>()
  for (const manifest of manifests) {
    const newer = manifests.find((other) => outdates(other, manifest))
    if (newer) {
      warnings.push(`${manifest.path} is superseded by ${newer.path}: not imported`)
      continue
    }
    const listed = manifest.keys.map(({ key, size }) => locate(key, size, manifest, data))
    deliveries.set(`${manifest.upstream}\n${[...listed].sort().join('\n')}`, { manifest, files: listed })
  }
  return [...deliveries.values()]
}

/** The manifest of a legacy CUR period folder names the current assembly; those kept in folders below are older ones or its copy. */
function outdates(upper: Manifest, lower: Manifest): boolean {
  if (upper.scope === null || upper.upstream === lower.upstream) return false
  return lower.scope?.startsWith(upper.scope + sep) ?? false
}

const runId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{10,}$/i

/**
 * By stated time of submission, then by path, so that a later run folder restates an earlier one; folders named by a run id
 * tell no time, so the files' own counts.
 */
function landingOrder(a: Candidate, b: Candidate): number {
  const key = ({ manifest, files }: Candidate) => {
    const folder = dirname(files[0] ?? '')
    const named = runId.test(basename(folder)) ? `${dirname(folder)}${sep}${modifiedAt(files)}` : ''
    return [manifest?.submitted ?? '', named || folder, files[0]].join('\n')
  }
  return key(a) < key(b) ? -1 : 1
}

function modifiedAt(files: readonly string[]): string {
  return new Date(Math.max(...files.map((file) => statSync(file).mtimeMs))).toISOString()
}

/** Files at or below a path, links followed; a folder that contains itself through a link is entered once. */
function walk(path: string, above: readonly string[] = []): string[] {
  let names: string[]
  let here: string
  try {
    const about = statSync(path)
    if (!about.isDirectory()) return about.isFile() ? [path] : []
    here = realpathSync(path)
    names = readdirSync(path)
  } catch (cause) {
    throw new UserError(`${path} cannot be read`, {
      hint: 'Give the path of an export file or of a folder that holds some.',
      cause,
    })
  }
  if (above.includes(here)) return []
  return names
    .filter((name) => !/^(\.|_(SUCCESS|started|committed))/.test(name))
    .sort()
    .flatMap((name) => walk(join(path, name), [...above, here]))
}

function parseManifest(path: string): Manifest | null {
  if (statSync(path).size > largestManifest) return null
  try {
    return readManifest(path, JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    // NDJSON and JSON data files land here: they are no manifests.
    if (error instanceof SyntaxError && !/manifest/i.test(path)) return null
    if (!(error instanceof SyntaxError)) throw error
    throw new UserError(`${path} is a half-written manifest`, {
      hint: 'Import again when the export has ended.',
      cause: error,
    })
  }
}

/** The local copy of an object key: the data file that shares its longest tail of path segments. */
function locate(key: string, size: number | null, manifest: Manifest, data: readonly string[]): string {
  const wanted = keySpellings(key).map((spelling) => spelling.split('/').filter(Boolean))
  const near = dirname(manifest.path)
  const scored = data
    .map((file) => {
      const path = file.split(sep)
      return { file, tail: Math.max(...wanted.map((one) => sharedTail(path, one))), close: sharedHead(file, near) }
    })
    .filter(({ tail }) => tail > 0)
    .sort((a, b) => b.tail - a.tail || b.close - a.close)
  const best = scored[0]?.file
  if (!best) {
    throw new UserError(`${manifest.path} lists ${key}, which is not there`, {
      hint: 'Copy the whole delivery, then import its folder.',
    })
  }
  if (size !== null && statSync(best).size !== size) {
    throw new UserError(`${best} has ${statSync(best).size} bytes, its manifest says ${size}`, {
      hint: 'Copy the file again.',
    })
  }
  return best
}

function sharedTail(path: readonly string[], wanted: readonly string[]): number {
  let n = 0
  while (n < wanted.length && n < path.length && path.at(-1 - n) === wanted.at(-1 - n)) n += 1
  return n
}

function sharedHead(file: string, folder: string): number {
  const a = file.split(sep)
  const b = folder.split(sep)
  let n = 0
  while (n < a.length && n < b.length && a[n] === b[n]) n += 1
  return n
}

function superseder(
  file: string,
  deliveries: readonly { manifest: Manifest; files: readonly string[] }[],
): Manifest | null {
  for (const { manifest, files } of deliveries) {
    const scopes = manifest.scope ? [manifest.scope] : files.map((listed) => periodFolder(listed))
    if (scopes.some((scope) => file.startsWith(scope + sep))) return manifest
  }
  return null
}

function periodFolder(file: string): string {
  const segments = file.split(sep)
  const index = segments.findIndex((segment) => /^billing_period=/i.test(segment))
  return index < 0 ? dirname(file) : segments.slice(0, index + 1).join(sep)
}

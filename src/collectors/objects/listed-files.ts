import type { ObjectEntry } from './object-store.ts'

/** A file as a manifest names it, with its size where the manifest states one. */
export interface NamedKey {
  readonly key: string
  readonly size: number | null
}

/** Time after which files that are newer than their manifest are taken for copied in that order, not for half written. */
const settledMs = 86_400_000

/**
 * The objects that a manifest lists, or why they do not make up a delivery now: not there, of another size, or, for an export that
 * writes over its last delivery, written after the manifest and less than a day ago. `find` looks a key up in the listing.
 */
export function listedFiles(
  manifest: ObjectEntry,
  keys: readonly NamedKey[],
  find: (key: string) => ObjectEntry | undefined,
  { overwrites, now }: { overwrites: boolean; now: Date },
): { readonly files: readonly ObjectEntry[] } | { readonly missing: string } {
  const files: ObjectEntry[] = []
  const settled = new Date(now.getTime() - settledMs).toISOString()
  for (const { key, size } of keys) {
    const entry = find(key)
    if (!entry) return { missing: `${manifest.key} lists ${key}, which is not there` }
    if (size !== null && entry.bytes !== size)
      return { missing: `${manifest.key} says ${size} bytes for ${key}, which has ${entry.bytes}` }
    if (overwrites && entry.modified > manifest.modified && entry.modified > settled)
      return { missing: `${key} was written after ${manifest.key}, which lists it` }
    files.push(entry)
  }
  return { files }
}

/** Folders that exports make for one run: by time, by GUID, by both. */
const runFolder =
  /^\d{12,14}$|^\d{8}T\d{6}|^\d{4}-\d{2}-\d{2}T\d{2}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i

/** The folder in which `key` lies, without the folders of runs: the same for every run of an export and period. */
export function placeOf(key: string): string {
  const segments = key.split('/').slice(0, -1)
  while (runFolder.test(segments.at(-1) ?? '')) segments.pop()
  return segments.join('/')
}

import { createReadStream, existsSync } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { UserError } from '../../errors.ts'
import { type CollectorContext, Gone, type ObjectFile } from '../collector.ts'
import type { ObjectEntry, ObjectStore } from './object-store.ts'
import { readSmall } from './read-small.ts'

/**
 * A folder of this machine, or one file of it. Links are followed, hidden files left out; a version is size and time of change.
 * Listing throws UserError for a path that is not there.
 */
export function createFolderStore(path: string, context: CollectorContext): ObjectStore {
  const root = resolve(path)
  const store: ObjectStore = {
    url: root,
    async *list(prefix) {
      if (!existsSync(root)) {
        throw new UserError(`${root} is not there`, { hint: 'Give the path of a folder or of a file; is it mounted?' })
      }
      const folder = (await stat(root)).isDirectory() ? root : dirname(root)
      const entries = folder === root ? walk(root, '', []) : [await entryOf(root, basename(root))]
      for await (const entry of entries) if (entry.key.startsWith(prefix)) yield entry
    },
    file: (entry, name) => localFile(pathOf(root, entry.key), entry, name),
    read: (entry, limit) => readSmall(store.file(entry, entry.key), root, limit, context.retry),
  }
  return store
}

/** The file itself, where `root` is one. */
const pathOf = (root: string, key: string) => (existsSync(join(root, key)) ? join(root, key) : root)

async function* walk(folder: string, under: string, above: readonly string[]): AsyncIterable<ObjectEntry> {
  const here = await realpath(folder)
  if (above.includes(here)) return
  for (const name of (await readdir(folder)).filter((one) => !one.startsWith('.')).sort()) {
    const path = join(folder, name)
    const about = await stat(path)
    if (about.isDirectory()) yield* walk(path, `${under}${name}/`, [...above, here])
    else if (about.isFile()) yield await entryOf(path, `${under}${name}`)
  }
}

async function entryOf(path: string, key: string): Promise<ObjectEntry> {
  const about = await stat(path, { bigint: true })
  return {
    key,
    bytes: Number(about.size),
    version: versionOf(about),
    modified: about.mtime.toISOString(),
    md5: null,
  }
}

const versionOf = ({ size, mtimeNs }: { size: bigint; mtimeNs: bigint }) => `${size}-${mtimeNs}`

function localFile(path: string, entry: ObjectEntry, name: string): ObjectFile {
  return {
    kind: 'object',
    name,
    bytes: entry.bytes,
    version: entry.version,
    async open(from, signal) {
      signal.throwIfAborted()
      const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') throw new Gone(`${path} vanished after it was listed`)
        throw error
      })
      const about = await handle.stat({ bigint: true })
      if (versionOf(about) !== entry.version) {
        await handle.close()
        throw new Gone(`${path} changed after it was listed`)
      }
      const body = createReadStream(path, { fd: handle, start: from, signal, highWaterMark: 1 << 20 })
      return { body, bytes: entry.bytes, version: entry.version, from }
    },
  }
}

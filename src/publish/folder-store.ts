import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { PublishStore, StoredObject } from './store.ts'

/** Name of a file that is being written; what a killed process leaves of it is no object, and goes with the next listing that is a day old. */
const draftName = /^\.draft-/

/** A folder of this machine, made where absent. */
export function createFolderStore(root: string): PublishStore {
  const pathOf = (key: string) => join(root, ...key.split('/'))
  return {
    async list(prefix) {
      if (!existsSync(root)) return []
      const found: StoredObject[] = []
      for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        const about = await stat(path)
        const modified = about.mtime.toISOString()
        const key = relative(root, path).split(sep).join('/')
        if (!draftName.test(entry.name) && key.startsWith(prefix)) found.push({ key, bytes: about.size, modified })
      }
      return found
    },
    async read(key) {
      return existsSync(pathOf(key)) ? readFile(pathOf(key)) : null
    },
    async put(key, content) {
      const path = pathOf(key)
      const draft = join(dirname(path), `.draft-${randomUUID()}`)
      await mkdir(dirname(path), { recursive: true })
      await (typeof content === 'string' ? writeFile(draft, content) : copyFile(content.path, draft))
      await rename(draft, path)
    },
    async remove(keys) {
      for (const key of keys) await rm(pathOf(key), { force: true })
    },
    close() {},
  }
}

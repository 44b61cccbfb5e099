import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { UploadDesk, Uploading, UploadRefusal, UploadSet } from './api/upload-desk.ts'
import { safeFileName } from './core/file-name.ts'
import type { PathOf } from './jobs/arguments.ts'
import { optionTypes } from './jobs/options.ts'
import { sha256Of } from './lake/land.ts'

export interface UploadsOptions {
  /** Folder of the sets. */
  readonly folder: string
  /** Bytes of a set at most. */
  readonly largest: number
  /** Whether work that waits or runs has a set. */
  readonly isInUse: (id: string) => boolean
  readonly now: () => Date
}

export interface Uploads extends UploadDesk {
  readonly pathOf: PathOf
  /** Removes sets that nobody has touched for a day. */
  sweep(): void
}

const limits = { sets: 20, files: 1000, abandonedMs: 24 * 60 * 60_000, stalledMs: 60_000 }
const idForm = new RegExp(optionTypes.upload.pattern)

/** Import sets, a folder each: what came whole lies in `files`, what is under way beside it. */
export function createUploads({ folder, largest, isInUse, now }: UploadsOptions): Uploads {
  /** Bytes of a set, with those under way. */
  const taken = new Map<string, number>()
  const add = (id: string, bytes: number) => taken.set(id, (taken.get(id) ?? 0) + bytes)
  const pathOfSet = (id: string) => (idForm.test(id) && existsSync(join(folder, id)) ? join(folder, id) : null)
  const ids = () => (existsSync(folder) ? readdirSync(folder).filter((name) => idForm.test(name)) : [])
  const take = async (id: string, path: string, file: Uploading): ReturnType<UploadDesk['put']> => {
    const name = safeFileName(file.name)
    if (name === null) return 'name'
    const { files, bytes } = setIn(path, id)
    if (!taken.has(id)) taken.set(id, bytes)
    const isKnown = files.some((one) => one.name === name)
    if (files.length >= limits.files && !isKnown) return 'too-many'
    const room = () => largest - (taken.get(id) ?? 0)
    if (file.length !== null && file.length > room()) return 'too-large'
    const part = join(path, `${randomUUID()}.part`)
    let size = 0
    let isTaken = false
    try {
      const received = await receive(file.body, part, (piece) => {
        if (piece > room()) return false
        add(id, piece)
        size += piece
        return true
      })
      if (typeof received === 'string') return received
      if (file.length !== null && file.length !== size) return 'broken'
      const settled = await settle(part, join(path, 'files', name), { name, size, sha256: received.sha256 })
      isTaken = !isKnown && typeof settled !== 'string'
      return settled
    } finally {
      if (!isTaken) add(id, -size)
      rmSync(part, { force: true })
    }
  }
  return {
    largest,
    create() {
      if (ids().length >= limits.sets) return null
      const id = randomBytes(16).toString('hex')
      mkdirSync(join(folder, id, 'files'), { recursive: true })
      return setIn(join(folder, id), id)
    },
    list: () =>
      ids()
        .map((id) => setIn(join(folder, id), id))
        .sort((a, b) => (a.created_at > b.created_at ? -1 : 1)),
    async put(id, file) {
      const path = pathOfSet(id)
      if (path === null) return 'unknown'
      return isInUse(id) ? 'in-use' : take(id, path, file)
    },
    remove(id) {
      const path = pathOfSet(id)
      if (path === null || isInUse(id)) return false
      rmSync(path, { recursive: true, force: true })
      taken.delete(id)
      return true
    },
    pathOf(type, value) {
      const [id = '', name = ''] = value.split('/')
      const set = pathOfSet(id)
      const path = set && (type === 'upload' ? join(set, 'files') : join(set, 'files', safeFileName(name) ?? 'unnamed'))
      return path && existsSync(path) && (type === 'file' || readdirSync(path).length > 0) ? path : null
    },
    sweep() {
      for (const id of ids()) {
        const touched = Math.max(...[id, join(id, 'files')].map((name) => statSync(join(folder, name)).mtimeMs))
        const isOld = now().getTime() - touched > limits.abandonedMs
        if (isOld && !isInUse(id)) rmSync(join(folder, id), { recursive: true, force: true })
      }
    },
  }
}

function setIn(path: string, import_id: string): UploadSet {
  const files = readdirSync(join(path, 'files'))
    .sort()
    .map((name) => ({ name, bytes: statSync(join(path, 'files', name)).size }))
  const created_at = statSync(path).birthtime.toISOString()
  return { import_id, created_at, files, bytes: files.reduce((sum, file) => sum + file.bytes, 0) }
}

/** Writes a body to `part` as it comes; `admit` is asked for every piece. */
async function receive(
  body: AsyncIterable<Uint8Array>,
  part: string,
  admit: (bytes: number) => boolean,
): Promise<{ readonly sha256: string } | UploadRefusal> {
  const file = await open(part, 'wx')
  const hash = createHash('sha256')
  const pieces = body[Symbol.asyncIterator]()
  let isEmpty = true
  try {
    for (;;) {
      const piece = await inTime(pieces.next())
      if (piece === 'broken') return 'broken'
      if (piece.done) break
      if (!admit(piece.value.length)) return 'too-large'
      isEmpty &&= piece.value.length === 0
      hash.update(piece.value)
      await file.writeFile(piece.value)
    }
    await file.sync()
  } finally {
    void pieces.return?.()
    await file.close()
  }
  return isEmpty ? 'empty' : { sha256: hash.digest('hex') }
}

/** The next piece, unless the sender is gone or says nothing for too long. */
async function inTime(next: Promise<IteratorResult<Uint8Array>>): Promise<IteratorResult<Uint8Array> | 'broken'> {
  const stalled = Promise.withResolvers<'broken'>()
  const timer = setTimeout(() => stalled.resolve('broken'), limits.stalledMs)
  const piece = await Promise.race([next.catch(() => 'broken' as const), stalled.promise])
  clearTimeout(timer)
  return piece
}

async function settle(
  part: string,
  path: string,
  { name, size, sha256 }: { name: string; size: number; sha256: string },
): ReturnType<UploadDesk['put']> {
  if (existsSync(path) && (await sha256Of(path)) !== sha256) return 'exists'
  renameSync(part, path)
  return { name, bytes: size }
}

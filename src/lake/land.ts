import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, link, mkdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DeliveredFile } from './journal.ts'

/** Size and modification time: enough to know an unchanged file again without reading it. */
export async function fileStamp(path: string): Promise<{ size: number; modified_ms: number }> {
  const { size, mtimeMs } = await stat(path)
  return { size, modified_ms: mtimeMs }
}

/** SHA-256 of a file's content, hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

/**
 * Copies a delivered file byte for byte to `directory` as `name`: a copy-on-write clone where the file system has one. A file that
 * is costwright's `own` (collected) becomes a second name of the same content instead, where the file system can.
 */
export async function landFile(path: string, directory: string, name: string, own = false): Promise<void> {
  const target = join(directory, name)
  await mkdir(dirname(target), { recursive: true })
  if (own) {
    await rm(target, { force: true })
    const linked = await link(path, target).then(
      () => true,
      () => false,
    )
    if (linked) return
  }
  await copyFile(path, target, constants.COPYFILE_FICLONE)
}

/** Names for a delivery's raw copies: the base names, numbered where two are alike. */
export function rawNames(paths: readonly string[]): string[] {
  const used = new Set<string>()
  return paths.map((path) => {
    let name = basename(path)
    for (let n = 2; used.has(name); n += 1) name = `${n}-${basename(path)}`
    used.add(name)
    return name
  })
}

/** Hash that identifies a delivery by the contents of its files, in any order. */
export function fingerprintOf(files: readonly Pick<DeliveredFile, 'sha256'>[], options: string): string {
  const hash = createHash('sha256')
  for (const digest of files.map((file) => file.sha256).sort()) hash.update(digest)
  return hash.update(options).digest('hex')
}

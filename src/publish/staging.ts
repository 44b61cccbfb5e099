import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Reference } from '../edge/published.ts'

/** An object that waits in a local file to be sent. */
export interface StagedObject extends Reference {
  readonly path: string
}

/** A local folder of objects named for their content. */
export interface Staging {
  /** @param extension of the key, with its dot */
  add(content: AsyncIterable<Uint8Array> | string, extension: string): Promise<StagedObject>
  close(): void
}

/** Objects wait in `folder`, which is emptied first and removed in the end. */
export function openStaging(folder: string): Staging {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return {
    async add(content, extension) {
      const draft = join(folder, randomUUID())
      const digest = createHash('sha256')
      let bytes = 0
      const counted = async function* (pieces: AsyncIterable<Uint8Array>) {
        for await (const piece of pieces) {
          digest.update(piece)
          bytes += piece.length
          yield piece
        }
      }
      const source = typeof content === 'string' ? Readable.from([Buffer.from(content)]) : Readable.from(content)
      await pipeline(source, counted, createWriteStream(draft))
      const name = `${digest.digest('hex')}${extension}`
      const path = join(folder, name)
      if (existsSync(path)) rmSync(draft)
      else renameSync(draft, path)
      return { key: `objects/${name}`, bytes, path }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

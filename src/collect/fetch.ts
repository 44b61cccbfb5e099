import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { RemoteDelivery, RemoteFile } from '../collectors/collector.ts'
import type { Retry } from '../collectors/retry.ts'
import { UserError } from '../errors.ts'
import { slug } from '../lake/layout.ts'
import type { Gate } from '../pipeline/gate.ts'
import { download } from './download.ts'
import { writeRows } from './write-rows.ts'

export interface FetchContext {
  readonly retry: Retry
  readonly signal: AbortSignal
  /** Downloads at a time, over all sources. */
  readonly gate: Gate
  readonly onBytes: (bytes: number) => void
  readonly onRows: (file: RemoteFile, rows: number) => void
}

/** A delivery on disk, complete. */
export interface FetchedDelivery {
  readonly delivery: RemoteDelivery
  readonly folder: string
  /** Absolute paths of the files that hold something, with their SHA-256. */
  readonly hashes: ReadonlyMap<string, string>
}

/** Folder of a delivery below the inbox: the same for the same delivery, so that a fetch goes on where it stopped. */
export function deliveryFolder(inbox: string, { unit, mark }: Pick<RemoteDelivery, 'unit' | 'mark'>): string {
  return join(inbox, `${slug(unit)}-${createHash('sha256').update(`${unit}\n${mark}`).digest('hex').slice(0, 12)}`)
}

/** Brings all files of a delivery to `inbox`; on return every one of them is there and proven. */
export async function fetchDelivery(
  delivery: RemoteDelivery,
  inbox: string,
  context: FetchContext,
): Promise<FetchedDelivery> {
  const folder = deliveryFolder(inbox, delivery)
  mkdirSync(folder, { recursive: true })
  const hashes = new Map<string, string>()
  const ended = await Promise.allSettled(
    delivery.files.map((file) =>
      context.gate(async () => {
        context.signal.throwIfAborted()
        const target = pathBelow(folder, file.name)
        if (file.kind === 'rows') {
          const { rows, sha256 } = await writeRows(file, target, context.signal, (n) => context.onRows(file, n))
          if (rows > 0) hashes.set(target, sha256)
          return
        }
        const own = createHash('sha256').update(file.name).digest('hex').slice(0, 16)
        const paths = {
          target,
          part: join(folder, '.fetch', `${own}.part`),
          facts: join(folder, '.fetch', `${own}.json`),
        }
        hashes.set(target, await download(file, paths, context.retry, context.onBytes))
      }),
    ),
  )
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  return { delivery, folder, hashes }
}

/** `name` below `folder`. Throws UserError for a name that would leave it: names come from listings and manifests of others. */
export function pathBelow(folder: string, name: string): string {
  const segments = name.split('/')
  const bad = segments.some(
    (part) => part === '' || part === '.' || part === '..' || /[\\\0]/.test(part) || part.length > 255,
  )
  const path = join(folder, ...segments)
  if (bad || !path.startsWith(folder + sep))
    throw new UserError(`an object is named ${JSON.stringify(name.slice(0, 200))}, which is no path below its folder`, {
      hint: 'Give the source a prefix that leaves such objects out.',
    })
  return path
}

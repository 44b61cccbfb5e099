import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import yauzl from 'yauzl'
import { UserError } from '../errors.ts'

/** How the bytes are wrapped, decided by their first bytes, never by the file's name. */
export type Wrapping = 'none' | 'gzip' | 'zstd' | 'zip' | 'parquet'

const peekBytes = 1 << 20
const fullCheckBytes = 4 << 20

/** Reads the first bytes of `path` and says how the file is wrapped. Throws UserError for an empty file. */
export async function wrappingOf(path: string): Promise<Wrapping> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
    if (bytesRead === 0) throw new UserError(`${path} is empty`, { hint: 'Export it again; nothing was imported.' })
    const magic = buffer.toString('latin1')
    if (magic === 'PAR1') return 'parquet'
    if (magic.startsWith('\x1f\x8b')) return 'gzip'
    if (magic === '\x28\xb5\x2f\xfd') return 'zstd'
    if (magic === 'PK\x03\x04') return 'zip'
    return 'none'
  } finally {
    await file.close()
  }
}

/** The first megabyte of the file's text, unwrapped. */
export async function peek(path: string, wrapping: Wrapping): Promise<Buffer> {
  const source = createReadStream(path, { end: wrapping === 'none' ? peekBytes - 1 : undefined })
  const stream = wrapping === 'gzip' ? source.pipe(createGunzip()) : source
  const chunks: Buffer[] = []
  let size = 0
  try {
    await new Promise<void>((resolve, reject) => {
      source.on('error', reject)
      stream.on('error', reject)
      stream.on('end', resolve)
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size >= peekBytes) resolve()
      })
    })
  } catch (cause) {
    throw new UserError(`${path} is a damaged gzip file`, { hint: 'Copy or export it again.', cause })
  } finally {
    source.destroy()
    stream.destroy()
  }
  return Buffer.concat(chunks).subarray(0, peekBytes)
}

/**
 * Refuses a gzip file that was cut off: the engine would read it to the cut without complaint. A file is unpacked to prove it
 * when it is small, or when the length in its trailer is not possible for its size (several gzip members do that as well).
 */
export async function checkGzip(path: string): Promise<void> {
  const { size } = await stat(path)
  if (size > fullCheckBytes && (await plausibleTrailer(path, size))) return
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
  try {
    await pipeline(createReadStream(path), createGunzip(), sink)
  } catch (cause) {
    throw new UserError(`${path} is cut off or damaged: its gzip trailer does not match`, {
      hint: 'Copy or export it again.',
      cause,
    })
  }
}

/** The trailer holds the unpacked length modulo 2^32; text packs 2 to 200 times, so the bytes of a cut file rarely look like one. */
async function plausibleTrailer(path: string, size: number): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, size - 4)
    const unpacked = buffer.readUInt32LE(0)
    return [0, 1, 2, 3, 4, 5, 6, 7].some(
      (n) => unpacked + n * 2 ** 32 > size * 2 && unpacked + n * 2 ** 32 < size * 200,
    )
  } finally {
    await file.close()
  }
}

/** Text packs 2 to 200 times; what packs better than this is no export, but there to fill a disk. Small files may. */
const mostPacked = 500
const smallBytes = 64 << 20

/** Throws UserError for a file of a zip that unpacks to more than an export would, or than there is room for. */
async function checkUnpacked(
  path: string,
  { compressedSize, uncompressedSize }: { readonly compressedSize: number; readonly uncompressedSize: number },
  directory: string,
): Promise<void> {
  if (uncompressedSize > Math.max(smallBytes, compressedSize * mostPacked))
    throw new UserError(`${path} unpacks to ${uncompressedSize} bytes, more than ${mostPacked} times its size`, {
      hint: 'No billing export packs that well; unpack it and look.',
    })
  const { bavail, bsize } = await statfs(directory)
  if (uncompressedSize > bavail * bsize)
    throw new UserError(`${path} unpacks to ${uncompressedSize} bytes, and ${bavail * bsize} are free`, {
      hint: 'Make room in the data folder.',
    })
}

/**
 * Unpacks the one data file of a zip into `directory` and returns its path. Throws UserError for none or several, and for one that
 * unpacks to too much: before it does, since a file that is longer than its entry says is refused while it is read.
 */
export async function unzip(path: string, directory: string): Promise<string> {
  const target = join(directory, `${crypto.randomUUID()}.unzipped`)
  const zip = await yauzl.openPromise(path, { lazyEntries: true }).catch((cause: unknown) => {
    throw new UserError(`${path} is a damaged zip file`, { hint: 'Copy or export it again.', cause })
  })
  let found: string | undefined
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName === '[Content_Types].xml')
      throw new UserError(`${path} is an Office document`, { hint: 'Save the sheet as CSV and import that.' })
    if (entry.fileName.endsWith('/') || entry.fileName.startsWith('__MACOSX/')) continue
    if (found) {
      throw new UserError(`${path} holds several files (${found}, ${entry.fileName})`, {
        hint: 'Unpack it and import the folder.',
      })
    }
    found = entry.fileName
    await checkUnpacked(path, entry, directory)
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target))
  }
  if (!found) throw new UserError(`${path} holds no file`, { hint: 'Export it again.' })
  return target
}

import { createHash, type Hash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { Gone, type ObjectFile, type Opened } from '../collectors/collector.ts'
import type { Retry } from '../collectors/retry.ts'
import { UpstreamError } from '../errors.ts'

/** A stretch of a download that ends early is no failed attempt when it brought at least this much. */
const progressBytes = 1 << 20
/** Bytes gathered before they are written. */
const writeBytes = 1 << 20
/** A body that brings nothing for so long is given up, and its rest asked for again. */
const silentMs = 120_000
/** How often content that does not have its stated checksum is fetched anew. */
const checksumTries = 3

/** Where a download's unfinished bytes and its facts lie while it is under way. */
export interface DownloadPaths {
  readonly target: string
  /** Unfinished content; kept when the process dies. */
  readonly part: string
  /** Version of the content in `part`; after the end, version and hash of `target`. */
  readonly facts: string
}

interface Facts {
  readonly version: string | null
  readonly sha256?: string
}

/** What lies in the unfinished file, hashed. */
interface Progress {
  size: number
  sha256: Hash
  /** From the first byte on, once an MD5 is stated; null where it was stated only later. */
  md5: Hash | null
  /** What the listing or an answer states of the content. */
  stated: ObjectFile['checksum']
}

/**
 * Brings an object to `target`, going on where an earlier process stopped if it still is of the same version. Returns its
 * SHA-256, hexadecimal. Size and stated checksum are proven before the file gets its name. `onBytes` is told what is there
 * already, then what comes; negative when unfinished bytes had to be thrown away.
 *
 * @throws Gone when the object vanished or is not the listed version, UpstreamError when it cannot be had
 */
export async function download(
  file: ObjectFile,
  paths: DownloadPaths,
  retry: Retry,
  onBytes: (bytes: number) => void,
): Promise<string> {
  mkdirSync(dirname(paths.target), { recursive: true })
  mkdirSync(dirname(paths.part), { recursive: true })
  const known = readFacts(paths.facts)
  const same = known !== null && known.version !== null && known.version === file.version
  if (same && known.sha256 && existsSync(paths.target)) {
    onBytes(statSync(paths.target).size)
    return known.sha256
  }
  if (!same || known.sha256) {
    await rm(paths.part, { force: true })
    writeFileSync(paths.facts, JSON.stringify({ version: file.version } satisfies Facts))
  }
  for (let tries = 1; ; tries += 1) {
    const progress = await fetchAll(file, paths.part, retry, onBytes)
    const { stated } = progress
    const md5 = stated?.algorithm === 'md5' ? (progress.md5 ?? (await hashOf(paths.part, 'md5'))) : null
    const sha256 = progress.sha256.digest('hex')
    const actual = md5 ? md5.digest('base64') : Buffer.from(sha256, 'hex').toString('base64')
    if (!stated || actual === stated.base64) {
      await rename(paths.part, paths.target)
      writeFileSync(paths.facts, JSON.stringify({ version: file.version, sha256 } satisfies Facts))
      return sha256
    }
    await rm(paths.part, { force: true })
    onBytes(-progress.size)
    if (tries >= checksumTries)
      throw new UpstreamError(
        file.name,
        `its content does not have the ${stated.algorithm} checksum that is stated for it`,
      )
  }
}

function readFacts(path: string): Facts | null {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Facts) : null
}

async function fetchAll(
  file: ObjectFile,
  part: string,
  retry: Retry,
  onBytes: (bytes: number) => void,
): Promise<Progress> {
  let progress = await readPart(file, part)
  onBytes(progress.size)
  for (let complete = false; !complete; ) {
    complete = await retry(`get ${file.name}`, async (signal) => {
      // What a broken stretch hashed may not all have reached the file.
      if (sizeOf(part) !== progress.size) {
        const told = progress.size
        progress = await readPart(file, part)
        onBytes(progress.size - told)
      }
      if (file.bytes !== null && progress.size === file.bytes && existsSync(part)) return true
      const opened = checked(await file.open(progress.size, signal), file)
      // A stream that breaks before it is read, or after, would end the process; reading it throws what broke it.
      opened.body.on('error', () => {})
      progress.stated = file.checksum ?? opened.checksum
      if (progress.stated?.algorithm === 'md5' && progress.size === 0) progress.md5 ??= createHash('md5')
      if (opened.from !== progress.size) {
        opened.body.destroy()
        await rm(part, { force: true })
        return false
      }
      return appendStretch(opened, file, part, progress, signal, onBytes)
    })
  }
  return progress
}

/** The answer, when it is of the object that was listed. */
function checked(opened: Opened, file: ObjectFile): Opened {
  const otherVersion = file.version !== null && opened.version !== null && opened.version !== file.version
  const otherSize = file.bytes !== null && opened.bytes !== null && opened.bytes !== file.bytes
  if (!otherVersion && !otherSize) return opened
  opened.body.destroy()
  throw new Gone(`${file.name} changed after it was listed`)
}

/** Appends the rest of the content. True when it is complete, false when the stretch ended early but brought something. */
async function appendStretch(
  opened: Opened,
  file: ObjectFile,
  part: string,
  progress: Progress,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  const expected = opened.bytes ?? file.bytes
  const from = progress.size
  const broken = await appendTo(part, opened.body, signal, (chunk) => {
    add(progress, chunk)
    onBytes(chunk.length)
  }).then(
    () => null,
    (error: unknown) => error,
  )
  signal.throwIfAborted()
  if (expected !== null && progress.size > expected) throw new Gone(`${file.name} is longer than its ${expected} bytes`)
  if (!broken && (expected === null || progress.size === expected)) return true
  if (progress.size - from >= progressBytes) return false
  throw broken ?? shortAnswer(progress.size, expected)
}

/** Appends a stream to a file in large writes, one ahead of the reading. What arrived before a failure is written, too. */
async function appendTo(
  path: string,
  body: Readable,
  signal: AbortSignal,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const stop = () => body.destroy(signal.reason as Error)
  const silent = setTimeout(() => body.destroy(silence()), silentMs)
  signal.addEventListener('abort', stop, { once: true })
  const file = await open(path, 'a')
  let waiting: Buffer[] = []
  let bytes = 0
  let writing: Promise<unknown> = Promise.resolve()
  const flush = async () => {
    await writing
    writing = waiting.length > 0 ? writeAll(file, waiting, bytes) : Promise.resolve()
    waiting = []
    bytes = 0
  }
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      silent.refresh()
      onChunk(chunk)
      waiting.push(chunk)
      bytes += chunk.length
      if (bytes >= writeBytes) await flush()
    }
  } finally {
    clearTimeout(silent)
    signal.removeEventListener('abort', stop)
    await flush()
    await writing
    await file.close()
  }
}

function silence(): Error {
  return Object.assign(new Error(`nothing came for ${silentMs / 1000} s`), { code: 'ETIMEDOUT' })
}

async function writeAll(file: FileHandle, chunks: readonly Buffer[], bytes: number): Promise<void> {
  const { bytesWritten } = await file.writev(chunks)
  if (bytesWritten < bytes)
    throw new Error(`only ${bytesWritten} of ${bytes} bytes could be written: is the disk full?`)
}

function shortAnswer(size: number, expected: number | null): Error {
  return Object.assign(new Error(`the answer ended after ${size} of ${expected} bytes`), {
    code: 'ERR_STREAM_PREMATURE_CLOSE',
  })
}

async function readPart(file: ObjectFile, part: string): Promise<Progress> {
  const progress: Progress = {
    size: 0,
    sha256: createHash('sha256'),
    md5: file.checksum?.algorithm === 'md5' ? createHash('md5') : null,
    stated: file.checksum,
  }
  if (existsSync(part))
    for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20 })) add(progress, chunk)
  return progress
}

async function hashOf(path: string, algorithm: string): Promise<Hash> {
  const hash = createHash(algorithm)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash
}

function add(progress: Progress, chunk: Buffer): void {
  progress.size += chunk.length
  progress.sha256.update(chunk)
  progress.md5?.update(chunk)
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}

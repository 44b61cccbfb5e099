import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { RowsFile } from '../collectors/collector.ts'

/** Writes rows as NDJSON, gzipped when the name ends in .gz, whole or not at all. Returns how many, and the file's SHA-256. */
export async function writeRows(
  file: RowsFile,
  target: string,
  signal: AbortSignal,
  onRows: (rows: number) => void,
): Promise<{ rows: number; sha256: string }> {
  mkdirSync(dirname(target), { recursive: true })
  const draft = `${dirname(target)}/.${file.name.replaceAll('/', '-')}.part`
  const hash = createHash('sha256')
  let rows = 0
  async function* lines(): AsyncGenerator<string> {
    for await (const row of file.read(signal)) {
      rows += 1
      onRows(rows)
      yield `${JSON.stringify(row)}\n`
    }
  }
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  const source = Readable.from(lines(), { objectMode: true })
  const sink = createWriteStream(draft)
  if (file.name.endsWith('.gz')) await pipeline(source, createGzip({ level: 1 }), hashing, sink, { signal })
  else await pipeline(source, hashing, sink, { signal })
  if (rows === 0) await rm(draft)
  else await rename(draft, target)
  return { rows, sha256: hash.digest('hex') }
}

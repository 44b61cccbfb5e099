import { createReadStream, readdirSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { startS3 } from '../tests/fakes/s3.ts'

// node bench/s3-server.ts FOLDER: serves the files below FOLDER as the bucket `bills`; prints its address, ends with its parent.
const folder = process.argv[2] ?? ''
const server = await startS3({ buckets: ['bills'] })
for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  const path = join(folder, name)
  const { size, mtime } = statSync(path)
  if (!statSync(path).isFile()) continue
  const read = (from: number, to: number) =>
    createReadStream(path, { start: from, end: to - 1, highWaterMark: 1 << 20 })
  server.put(
    'bills',
    relative(folder, path).split(sep).join('/'),
    { bytes: size, read },
    { modified: mtime.toISOString() },
  )
}
console.log(server.url)
process.stdin.resume().on('end', () => process.exit(0))

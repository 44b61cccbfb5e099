import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { curFiles } from './import.ts'
import { type Measured, measure, report } from './measure.ts'

const program = (name: string) => resolve(import.meta.dirname, name)
const rowsPerGib = 680_000

/** Collects a generated delivery of plain CSV from a local S3: fetching against the SDK alone, then the whole of `collect`. */
export async function benchCollect(gib: number): Promise<void> {
  const folder = await plainFiles(await curFiles('csv.gz', Math.round(gib * rowsPerGib)))
  const bytes = sizeBelow(folder)
  const server = spawn(process.execPath, [program('s3-server.ts'), folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  const endpoint = line.toString().trim()
  process.env['AWS_ACCESS_KEY_ID'] = 'bench'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'bench'
  const scratch = mkdtempSync(join(process.env['BENCH_SCRATCH'] ?? tmpdir(), 'bench-collect-'))
  try {
    const copy = await measure(program('copy-objects.ts'), [endpoint, join(scratch, 'copy')])
    rmSync(join(scratch, 'copy'), { recursive: true })
    const fetch = await measure(program('fetch-objects.ts'), [endpoint, join(scratch, 'fetch')])
    rmSync(join(scratch, 'fetch'), { recursive: true })
    const data = join(scratch, 'data')
    mkdirSync(data)
    writeFileSync(
      join(data, 'costwright.yaml'),
      `memory_limit: 200MB\nthreads: 1\nsources:\n  - { name: aws, type: aws_export, bucket: bills, endpoint: '${endpoint}' }\n`,
    )
    const collect = await measure(program('../src/cli.ts'), ['collect', '--data', data, '--json'])
    const again = await measure(program('../src/cli.ts'), ['collect', '--data', data, '--json'])
    const row = (what: string, { seconds, peakBytes }: Measured) => ({
      what,
      GB: (bytes / 1e9).toFixed(2),
      seconds: seconds.toFixed(1),
      'MB/s': (bytes / 1e6 / seconds).toFixed(0),
      'of SDK alone': `${((copy.seconds / seconds) * 100).toFixed(0)} %`,
      'peak RSS': `${(peakBytes / 2 ** 20).toFixed(0)} MiB`,
    })
    report('collect: one delivery of plain CSV from a local S3 (goals: fetch ≥ 80 % of the SDK alone, RSS < 512 MB)', [
      row('SDK alone', copy),
      row('fetch', fetch),
      row('collect, import and build included', collect),
      row('collect again, nothing new', again),
    ])
  } finally {
    server.kill()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** The same files unpacked, so that few rows make many bytes; the manifest names them so. */
async function plainFiles(folder: string): Promise<string> {
  const plain = `${folder}-plain`
  if (existsSync(plain)) return plain
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const from = join(folder, name)
    if (!statSync(from).isFile()) continue
    const to = join(`${plain}.draft`, name.replace(/\.gz$/, ''))
    mkdirSync(dirname(to), { recursive: true })
    if (name.endsWith('.gz')) await pipeline(createReadStream(from), createGunzip(), createWriteStream(to))
    else writeFileSync(to, readFileSync(from, 'utf8').replaceAll('.csv.gz', '.csv'))
  }
  renameSync(`${plain}.draft`, plain)
  return plain
}

function sizeBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
}

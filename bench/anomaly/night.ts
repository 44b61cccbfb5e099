import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { deserialize } from 'node:v8'
import { parseDetectConfig } from '../../src/detect/config.ts'
import type { SeriesInput } from '../../src/detect/input.ts'
import { alertsDocument } from '../../src/detect/records.ts'
import { detectFrom } from '../../src/detect/resume.ts'
import { folderStore } from '../../src/detect/snapshot-store.ts'

/** What one run cost; `document` is the beginning of its checksum. */
export interface Night {
  readonly cpu_s: number
  readonly read_s: number
  readonly write_s: number
  readonly wall_s: number
  readonly peak_bytes: number
  readonly document: string
}

// node bench/anomaly/night.ts INPUT FOLDER: detects on a serialised input with the snapshots of a folder, prints a Night.
const [file = '', folder = ''] = process.argv.slice(2)
const input = deserialize(readFileSync(file)) as SeriesInput
const store = folderStore(folder, 'bench', (text) => process.stderr.write(`${text}\n`))
const spent = { read: 0, write: 0 }
const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
function timed<T>(name: keyof typeof spent, work: () => T): T {
  const before = cpu()
  const result = work()
  spent[name] += cpu() - before
  return result
}
const started = performance.now()
const before = cpu()
const detection = detectFrom(input, parseDetectConfig({}, input), {
  note: store.note,
  read: (slot) => timed('read', () => store.read(slot)),
  write: (slot, snapshot) => timed('write', () => store.write(slot, snapshot)),
})
const document = JSON.stringify(alertsDocument(detection))
const night: Night = {
  cpu_s: cpu() - before,
  read_s: spent.read,
  write_s: spent.write,
  wall_s: (performance.now() - started) / 1000,
  peak_bytes: process.resourceUsage().maxRSS * 1024,
  document: createHash('sha256').update(document).digest('hex').slice(0, 8),
}
process.stdout.write(JSON.stringify(night))

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import type { SeriesInput } from '../../src/detect/input.ts'
import { measure, report } from '../measure.ts'
import { truncated } from './causality.ts'
import { estateInput } from './estate.ts'
import type { Night } from './night.ts'

const days = 400
const nights = 7

/**
 * Prints what detection on 10,000 series costs on one core: all of 400 days, and the nights after it that go on from the snapshot, each
 * in a process of its own, reading and writing the snapshot included, reading the series not. The document of each night is compared
 * with that of walking everything on the last of them.
 */
export async function benchNightly(wanted: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-nightly-'))
  try {
    const all = estateInput(wanted, days + nights)
    const rows: Record<string, string>[] = []
    for (let night = 0; night <= nights; night++) {
      const known = upTo(all, days + night)
      rows.push(await row(night === 0 ? `${days} days` : `day ${days + night}`, known, folder, folder))
    }
    rows.push(await row('all, anew', all, folder, join(folder, 'anew')))
    report(
      `Detection on ${all.leaves.length} series, ${all.cells.length} cells, CPU seconds (goals: back-fill 60, night 2)`,
      rows,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function row(name: string, input: SeriesInput, folder: string, store: string): Promise<Record<string, string>> {
  const file = join(folder, 'input')
  writeFileSync(file, serialize(input))
  const { output } = await measure(join(import.meta.dirname, 'night.ts'), [file, store])
  const night = JSON.parse(output) as Night
  const seconds = (value: number) => value.toFixed(2)
  return {
    run: name,
    'CPU s': seconds(night.cpu_s),
    'of it read': seconds(night.read_s),
    write: seconds(night.write_s),
    'wall s': seconds(night.wall_s),
    'peak MB': (night.peak_bytes / 1e6).toFixed(0),
    'snapshot MB': (statSync(join(store, 'bench.newest.snapshot')).size / 1e6).toFixed(0),
    document: night.document,
  }
}

/** The first `count` days: rows are in the order of days. */
function upTo(input: SeriesInput, count: number): SeriesInput {
  return truncated(input, count - 1)
}

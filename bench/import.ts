import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { writeCurBenchmark } from '../src/estate/cur-benchmark.ts'
import { openDuckDb } from '../src/warehouse/duckdb.ts'
import { measure, report } from './measure.ts'

const cli = resolve(import.meta.dirname, '../src/cli.ts')
const bare = resolve(import.meta.dirname, 'bare.ts')

/** Import against bare DuckDB on the same files in the same run: CSV.gz and Parquet, at each size in millions of rows. */
export async function benchImport(millions: readonly number[]): Promise<void> {
  const rows = []
  for (const container of ['csv.gz', 'parquet'] as const) {
    for (const million of millions) {
      const directory = await curFiles(container, million * 1_000_000)
      const files = dataFiles(directory, container)
      const scratch = mkdtempSync(join(tmpdir(), 'bench-import-'))
      const yardstick = await measure(bare, [
        container === 'csv.gz' ? 'csv' : 'parquet',
        join(scratch, 'bare'),
        ...files,
      ])
      const ours = await measure(cli, ['import', directory, '--data', join(scratch, 'data'), '--json'])
      const again = await measure(cli, ['import', directory, '--data', join(scratch, 'data'), '--json'])
      rows.push({
        container,
        rows: `${million} M`,
        'bare DuckDB': `${yardstick.seconds.toFixed(1)} s`,
        import: `${ours.seconds.toFixed(1)} s`,
        ratio: (ours.seconds / yardstick.seconds).toFixed(2),
        goal: '≤ 1.50',
        'peak RSS': `${(ours.peakBytes / 2 ** 30).toFixed(2)} GiB`,
        'rows/s': Math.round((million * 1_000_000) / ours.seconds).toLocaleString('en'),
        'again (≤ 1 s)': `${again.seconds.toFixed(2)} s`,
      })
      rmSync(scratch, { recursive: true, force: true })
    }
  }
  report(
    'import: land, normalise, control totals, version, rollups, marts; against bare DuckDB on the same files',
    rows,
  )
}

/** Generated CUR 2.0 files, kept in .bench/ between runs. */
export async function curFiles(container: 'csv.gz' | 'parquet', rows: number): Promise<string> {
  const directory = resolve(import.meta.dirname, '..', '.bench', `cur-${container}-${rows}`)
  if (existsSync(directory)) return directory
  const warehouse = await openDuckDb({ path: ':memory:', memoryLimit: '4GB' })
  await writeCurBenchmark({
    directory: `${directory}.draft`,
    rows,
    files: Math.max(2, Math.round(rows / 500_000)),
    container,
    period: '2026-09',
    warehouse,
    seed: 1,
  })
  warehouse.close()
  renameSync(`${directory}.draft`, directory)
  return directory
}

function dataFiles(directory: string, container: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile() && path.endsWith(container))
    .sort()
}

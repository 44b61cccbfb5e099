import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export interface Measured {
  readonly seconds: number
  readonly peakBytes: number
  readonly output: string
}

/** Runs a TypeScript program in its own process; wall seconds from start to exit and its peak resident memory. */
export async function measure(program: string, args: readonly string[]): Promise<Measured> {
  const usage = join(mkdtempSync(join(tmpdir(), 'bench-')), 'usage')
  const started = performance.now()
  const child = spawn(
    process.execPath,
    ['--import', resolve(import.meta.dirname, 'usage.ts'), resolve(program), ...args],
    {
      env: { ...process.env, BENCH_USAGE: usage },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await new Promise((done) => child.on('exit', done))
  const output = Buffer.concat(chunks).toString()
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${output.slice(-2000)}`)
  return { seconds: (performance.now() - started) / 1000, peakBytes: Number(readFileSync(usage, 'utf8')), output }
}

/** p-th percentile (0 to 1) of measurements, by nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN
}

/** Aligned text of a table of measurements. */
export function report(title: string, rows: readonly Readonly<Record<string, string>>[]): void {
  const names = Object.keys(rows[0] ?? {})
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => row[name]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()
  console.log(`\n${title}\n${line(names)}`)
  for (const row of rows) console.log(line(names.map((name) => row[name] ?? '')))
}

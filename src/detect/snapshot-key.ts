import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DetectConfig } from './config.ts'
import type { SeriesInput } from './input.ts'

const methods = [import.meta.dirname, join(import.meta.dirname, '..', 'stats')]

/**
 * Names what a walk's outcome depends on beside its rows: the text of the detectors with their tuning, the configuration, and the
 * form of the input. A snapshot of another name is of no use.
 */
export function snapshotKey({ first_date, scale, long, vintages }: SeriesInput, config: DetectConfig): string {
  const hash = createHash('sha256')
  for (const folder of methods)
    for (const name of readdirSync(folder).sort())
      if (/\.[jt]s$/.test(name)) hash.update(readFileSync(join(folder, name)))
  const { holidays, ...rest } = config
  hash.update(JSON.stringify([rest, [...holidays], { first_date, scale, long, vintages }]))
  return hash.digest('hex')
}

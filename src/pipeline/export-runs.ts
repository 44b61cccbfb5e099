import { basename, dirname } from 'node:path'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { RawFile } from './fresh-parts.ts'
import type { NewPart } from './period.ts'
import { parquetOf } from './totals.ts'

const runName = /^(.+)_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?=[._]|$)/i

interface Run {
  readonly export: string
  readonly id: string
  readonly dataset: string
  readonly parts: readonly NewPart[]
  readonly modified: number
  readonly accounts: readonly string[]
  readonly last: string
}

/**
 * Azure exports without partitioning add a file `<export>_<guid>.csv` a run, each the whole month to date, and no manifest.
 * Of the runs of one export and billing period the newest stays: the one that reaches furthest into the month, then the last written.
 * Returns the parts that count and a warning for each file left out.
 */
export async function newestRuns(
  warehouse: Warehouse,
  period: string,
  parts: readonly NewPart[],
  raw: readonly RawFile[],
): Promise<{ parts: readonly NewPart[]; warnings: string[] }> {
  const runs = new Map<string, { export: string; id: string; dataset: string; parts: NewPart[]; modified: number }>()
  for (const part of parts) {
    const name = runName.exec(basename(part.raw))
    if (!name) continue
    const stamp = raw.find(({ rawName }) => rawName === part.raw)?.stamp
    const key = [dirname(stamp?.origin ?? ''), name[1], name[2], part.dataset].join('\n')
    const run = runs.get(key) ?? {
      export: name[1] ?? '',
      id: name[2] ?? '',
      dataset: part.dataset,
      parts: [],
      modified: 0,
    }
    run.parts.push(part)
    run.modified = Math.max(run.modified, stamp?.modified_ms ?? 0)
    runs.set(key, run)
  }
  if (runs.size < 2) return { parts, warnings: [] }
  const described: Run[] = []
  for (const run of runs.values()) {
    const { rows } = await warehouse.query(
      `select list(distinct coalesce("SubAccountId", "BillingAccountId")) as accounts, max("ChargePeriodStart")::varchar as last
       from ${parquetOf(run.parts.flatMap((part) => part.files))}`,
    )
    const accounts = (rows[0]?.['accounts'] as string[] | null) ?? []
    described.push({ ...run, accounts, last: String(rows[0]?.['last'] ?? '') })
  }
  const older = described.filter((run) => described.some((other) => restates(other, run)))
  const dropped = new Set(older.flatMap((run) => run.parts))
  return {
    parts: parts.filter((part) => !dropped.has(part)),
    warnings: [...dropped].map((part) => `${part.raw}: an older run of the same export for ${period}, not counted`),
  }
}

function restates(newer: Run, older: Run): boolean {
  if (newer.id === older.id || newer.export !== older.export || newer.dataset !== older.dataset) return false
  if (!newer.accounts.some((account) => older.accounts.includes(account))) return false
  if (newer.last !== older.last) return newer.last > older.last
  return newer.modified !== older.modified ? newer.modified > older.modified : newer.id > older.id
}

import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readQuery } from '../catalog/files.ts'
import type { Recognition } from '../formats/format.ts'
import type { InspectedFile } from '../lake/inspect.ts'
import type { LakeVersion } from '../lake/journal.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { FormatGroup } from './delivery.ts'
import { filesAtATime } from './gate.ts'
import type { ImportRun, StampedFile } from './import.ts'
import { normaliseFile, readStaged } from './normalise.ts'
import type { NewPart } from './period.ts'

/** A file of the delivery with the name of its raw copy. */
export interface RawFile {
  readonly stamp: StampedFile
  readonly file: InspectedFile
  readonly recognition: Recognition
  readonly rawName: string
}

/** What a delivery's files became: parts by billing period, still in scratch. */
export interface FreshParts {
  readonly parts: Map<string, NewPart[]>
  readonly warnings: string[]
}

interface Job {
  readonly entry: RawFile
  readonly traits: Readonly<Record<string, string>>
  /** Billing periods to keep of the file; null for all. */
  readonly periods: ReadonlySet<string> | null
}

/**
 * Normalises every file of a delivery into `scratch` and returns its parts by billing period. A format with datasets is told
 * per billing period whether the companion dataset is there, in this delivery or among the current versions.
 */
export async function freshParts(
  context: ImportRun,
  group: FormatGroup,
  raw: readonly RawFile[],
  scratch: string,
  current: readonly LakeVersion[],
  sourceName: string | undefined,
  fixedTraits?: Readonly<Record<string, string>>,
): Promise<FreshParts> {
  const { format } = group
  mkdirSync(scratch, { recursive: true })
  // A lookup stays the hashed side of its join: the engine takes a CSV file for small, and would hold its rows instead.
  await context.warehouse.exec("set disabled_optimizers = 'build_side_probe_side'")
  const warnings: string[] = []
  const entries = [...raw]
  const read: Read = async (index, known, query) => {
    const entry = entries[index] as RawFile
    const source = { file: entry.file, format, recognition: entry.recognition, traits: known }
    const { warehouse } = context
    const done = await readStaged(warehouse, source, scratch, async () => warehouse.query(query()))
    entries[index] = { ...entry, file: done.file }
    warnings.push(...done.warnings)
    return done.result.rows
  }
  const traits: Readonly<Record<string, string>>[] = []
  for (const [index, entry] of raw.entries())
    traits.push(fixedTraits ?? (await traitsOf(entry, group, (known, query) => read(index, known, query))))
  const companions = fixedTraits ? null : await companionPeriods(group, traits, read, current, sourceName)
  const parts = new Map<string, NewPart[]>()
  const total = raw.reduce((sum, { stamp }) => sum + stamp.size, 0)
  let done = 0
  const jobs = entries.flatMap((entry, index): Job[] => {
    const own = traits[index] ?? {}
    if (!companions) return [{ entry, traits: own, periods: null }]
    return companions(index).map(({ companion, periods }) => ({ entry, traits: { ...own, companion }, periods }))
  })
  const queue = jobs.entries()
  const work = async (connection: Warehouse) => {
    for (const [number, job] of queue) {
      const directory = join(scratch, `parts-${number}`)
      const source = { file: job.entry.file, format, recognition: job.entry.recognition, traits: job.traits }
      const notes = await context.normalise(() => normaliseFile(connection, source, directory, 'p', scratch))
      warnings.push(...notes)
      for (const [period, files] of partitions(directory)) {
        if (job.periods && !job.periods.has(period)) continue
        const part = { files, raw: job.entry.rawName, dataset: job.traits['dataset'] ?? '', traits: job.traits }
        parts.set(period, [...(parts.get(period) ?? []), part])
      }
      done += job.entry.stamp.size
      context.onProgress(job.entry.stamp.origin, done, total)
    }
  }
  const connections = await Promise.all(
    Array.from({ length: Math.min(filesAtATime, jobs.length) }, () => context.warehouse.fork()),
  )
  try {
    const ended = await Promise.allSettled(connections.map(work))
    for (const end of ended) if (end.status === 'rejected') throw end.reason
  } finally {
    for (const connection of connections) connection.close()
  }
  return { parts, warnings }
}

/** Rows of a query over one staged file, which is repaired first where that is needed. */
type Read = (
  index: number,
  traits: Readonly<Record<string, string>>,
  query: () => string,
) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** What the query is told of a file; its dataset from the first rows, the manifest, all rows, or the name, in this order. */
async function traitsOf(
  { recognition, stamp }: RawFile,
  { format, manifest }: FormatGroup,
  read: (
    traits: Readonly<Record<string, string>>,
    query: () => string,
  ) => Promise<readonly Readonly<Record<string, unknown>>[]>,
) {
  const known = { format_version: '', ...recognition.traits, companion: 'false' }
  let dataset = recognition.traits['dataset'] || manifest?.traits['dataset'] || ''
  if (format.datasets && dataset === '') {
    const { query, hint } = format.datasets
    const [row] = await read(known, () => readQuery(query))
    dataset = String(row?.['dataset'] ?? '') || hint(stamp.origin)
  }
  return { ...known, dataset }
}

/** For formats with datasets: per file, its billing periods split by whether the other dataset is present for them. */
async function companionPeriods(
  { format }: FormatGroup,
  traits: readonly Readonly<Record<string, string>>[],
  read: Read,
  current: readonly LakeVersion[],
  sourceName: string | undefined,
) {
  if (!format.datasets) return null
  const periods: string[][] = []
  let account: string | undefined
  for (const [index, known] of traits.entries()) {
    const rows = await read(
      index,
      known,
      () => `select distinct strftime("BillingPeriodStart", '%Y-%m') as billing_period, "BillingAccountId" as account
        from (${readQuery(format.query)})`,
    )
    periods.push([...new Set(rows.map((row) => String(row['billing_period'])))])
    account ??= rows[0] ? String(rows[0]['account']) : undefined
  }
  const present = (dataset: string, period: string) =>
    traits.some((other, index) => other['dataset'] !== dataset && periods[index]?.includes(period)) ||
    current.some(
      (version) =>
        version.period === period &&
        version.format === format.id &&
        (sourceName
          ? version.source === sourceName
          : account !== undefined && version.totals.billing_accounts.includes(account)) &&
        version.parts.some((part) => part.dataset !== dataset),
    )
  return (index: number) => {
    const dataset = traits[index]?.['dataset'] ?? ''
    return ['true', 'false']
      .map((companion) => ({
        companion,
        periods: new Set((periods[index] ?? []).filter((period) => String(present(dataset, period)) === companion)),
      }))
      .filter((job) => job.periods.size > 0)
  }
}

function partitions(directory: string): [string, string[]][] {
  if (!existsSync(directory)) return []
  return readdirSync(directory).map((folder) => [
    decodeURIComponent(folder.slice('billing_period='.length)),
    readdirSync(join(directory, folder))
      .sort()
      .map((file) => join(directory, folder, file)),
  ])
}

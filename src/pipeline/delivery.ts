import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { EmptyDelivery, UserError } from '../errors.ts'
import type { Format, Recognition } from '../formats/format.ts'
import { recognise } from '../formats/registry.ts'
import { daySliceOf } from '../lake/day-slice.ts'
import type { Candidate } from '../lake/discover.ts'
import { type InspectedFile, inspectFile } from '../lake/inspect.ts'
import {
  allVersions,
  currentVersions,
  type Delivery,
  type LakeVersion,
  readJournal,
  recordDelivery,
} from '../lake/journal.ts'
import { fingerprintOf, landFile, rawNames } from '../lake/land.ts'
import type { Manifest } from '../lake/manifests.ts'
import { withoutSample } from '../lake/number-style.ts'
import { isUnrelated } from '../lake/unrelated.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { finerVersion } from './coarse.ts'
import { newestRuns } from './export-runs.ts'
import { folderWarnings } from './folder-period.ts'
import { type FreshParts, freshParts, type RawFile } from './fresh-parts.ts'
import type { ImportRun, StampedFile } from './import.ts'
import { keptParts } from './kept-parts.ts'
import { landTable } from './land-table.ts'
import { type ComposedPeriod, composePeriod, type NewPart } from './period.ts'
import { chooseSource, guardReplacement, refuseTwins } from './source-name.ts'
import { parquetOf } from './totals.ts'

/** Files of one format that land together. */
export interface FormatGroup {
  readonly format: Format
  readonly manifest: Manifest | null
  readonly files: readonly {
    readonly stamp: StampedFile
    readonly file: InspectedFile
    readonly recognition: Recognition
  }[]
}

/** Looks into the files of a candidate and groups them by format. Refuses what is no export, notes what may lie beside one. */
export async function groupByFormat(
  context: ImportRun,
  candidate: Candidate,
  stamped: readonly StampedFile[],
  notes: string[],
): Promise<FormatGroup[]> {
  const groups = new Map<Format, FormatGroup & { files: FormatGroup['files'][number][] }>()
  const unknown: InspectedFile[] = []
  for (const stamp of stamped) {
    const file = await inspectFile(stamp.origin, context.warehouse, context.layout.scratch).catch((error: unknown) => {
      if (candidate.named || !(error instanceof UserError) || !isUnrelated(stamp.origin)) throw error
      notes.push(`${stamp.origin} is no billing export: left alone`)
      return null
    })
    const found = file && recognise(file.head)
    if (file && found) {
      const group = groups.get(found.format) ?? { format: found.format, manifest: candidate.manifest, files: [] }
      const { recognition } = found
      group.files.push({ stamp, file: withoutSample(file, found.format, recognition), recognition })
      groups.set(found.format, group)
    } else if (file) unknown.push(file)
  }
  const known = [...groups.values()]
  const widths = new Set(known.flatMap(({ files }) => files.map(({ file }) => file.head.columns.length)))
  for (const file of unknown) {
    const beside = widths.size > 0 && !widths.has(file.head.columns.length)
    if (candidate.named || !(beside || isUnrelated(file.original))) throw notRecognised(file)
    notes.push(`${file.original} is no billing export: left alone`)
  }
  return known
}

function notRecognised(file: InspectedFile): UserError {
  return new UserError(
    `${file.original} is no billing export that costwright knows; its columns begin ${file.head.columns.slice(0, 6).join(', ')}`,
    {
      hint: 'Known: AWS CUR, Azure cost details, Google billing export, FOCUS 1.0–1.4, budgets, business metrics and collected tables (see docs/formats.md). Was the header cut off?',
    },
  )
}

/**
 * Lands one delivery: raw copies, normalised versions of every billing period it touches, and the record that makes it exist.
 * Reading and normalising may overlap with other deliveries; composing and recording are one at a time.
 */
export async function landDelivery(
  context: ImportRun,
  group: FormatGroup,
  sourceName: string | undefined,
): Promise<Delivery> {
  const { layout } = context
  const fingerprint = fingerprintOf(
    group.files.map(({ stamp }) => stamp),
    '',
  )
  const scratch = join(layout.scratch, `${group.format.id}-${fingerprint.slice(0, 16)}`)
  mkdirSync(scratch, { recursive: true })
  const names = rawNames(group.files.map(({ stamp }) => stamp.origin))
  const raw: RawFile[] = group.files.map((entry, index) => ({
    ...entry,
    rawName: names[index] ?? basename(entry.stamp.origin),
  }))
  const read = (current: readonly LakeVersion[], folder: string) =>
    freshParts(context, group, raw, join(scratch, folder), current, sourceName)
  const before = currentVersions(readJournal(layout))
  let fresh = group.format.table ? null : await read(before, 'read')
  return context.commit(async () => {
    const now = currentVersions(readJournal(layout))
    // A companion that landed meanwhile changes how this delivery's rows count.
    if (group.format.datasets && ofFormat(now, group.format) !== ofFormat(before, group.format))
      fresh = await read(now, 'again')
    const landed_at = instantAfter(readJournal(layout).at(-1)?.landed_at, context.now())
    const id = `${landed_at.replace(/[-:.]/g, '')}-${group.format.id}-${fingerprint.slice(0, 8)}`
    const base = { id, format: group.format.id, landed_at, fingerprint, upstream: group.manifest?.upstream ?? null }
    const delivery = fresh
      ? await landBill(context, group, raw, fresh, base, scratch, sourceName)
      : await landTable(context, group, raw, base, scratch, sourceName)
    recordDelivery(layout, delivery)
    rmSync(scratch, { recursive: true, force: true })
    return delivery
  })
}

function ofFormat(versions: readonly LakeVersion[], format: Format): string {
  return versions
    .filter((version) => version.format === format.id)
    .map((version) => version.delivery)
    .join()
}

/** What a record says before its rows are known. */
export type Base = Pick<Delivery, 'id' | 'format' | 'landed_at' | 'fingerprint' | 'upstream'>

async function landBill(
  context: ImportRun,
  group: FormatGroup,
  raw: readonly RawFile[],
  { parts, warnings }: FreshParts,
  base: Base,
  scratch: string,
  sourceName: string | undefined,
): Promise<Delivery> {
  const { layout, warehouse } = context
  const journal = readJournal(layout)
  const allFiles = [...parts.values()].flat().flatMap((part) => part.files)
  if (allFiles.length === 0)
    throw new EmptyDelivery(`${raw[0]?.stamp.origin} holds a header and no rows`, {
      hint: 'An empty export changes nothing; export the period again.',
    })
  const source = sourceName ?? (await chooseSource(warehouse, group.format, allFiles))
  const rawFolder = layout.raw(source, base.id)
  const versions = allVersions(journal).filter((version) => version.source === source)
  const composed: ComposedPeriod[] = []
  warnings.push(...folderWarnings(raw, parts))
  for (const [period, delivered] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const target = { source, period, rawFolder, previous: versions.findLast((version) => version.period === period) }
    const result = await landPeriod(context, group, raw, target, delivered, scratch)
    warnings.push(...result.warnings)
    if (result.composed) composed.push(result.composed)
  }
  await proveManifestRows(warehouse, group.manifest, allFiles)
  for (const { stamp, rawName } of raw)
    await landFile(stamp.origin, layout.resolve(rawFolder), rawName, context.collected !== undefined)
  for (const period of composed) {
    rmSync(layout.resolve(layout.version(source, period.period, period.version)), { recursive: true, force: true })
    for (const { from, to } of period.moves) {
      mkdirSync(dirname(layout.resolve(to)), { recursive: true })
      renameSync(from, layout.resolve(to))
    }
  }
  return {
    ...base,
    source,
    files: raw.map(({ stamp, rawName }) => ({ ...stamp, raw: join(rawFolder, rawName) })),
    periods: composed.map(({ period, version, parts: stored, settled, totals }) => ({
      period,
      version,
      parts: stored,
      settled,
      totals,
    })),
    table: null,
    warnings,
  }
}

/** What stays of the month, what the delivery brings, and both composed; null when it brings nothing new. */
async function landPeriod(
  context: ImportRun,
  group: FormatGroup,
  raw: readonly RawFile[],
  target: { source: string; period: string; rawFolder: string; previous: LakeVersion | undefined },
  delivered: readonly NewPart[],
  scratch: string,
): Promise<{ composed: ComposedPeriod | null; warnings: string[] }> {
  const { layout, warehouse } = context
  const { format, manifest } = group
  const { period, previous } = target
  const finer = await finerVersion(warehouse, format, target, delivered, currentVersions(readJournal(layout)))
  if (finer) {
    const kept = `${period}: ${finer.source} holds this month in more detail (${finer.format}) and keeps it`
    return { composed: null, warnings: [`${kept}; the ${format.title} of it are not counted`] }
  }
  const runs = manifest ? { parts: delivered, warnings: [] } : await newestRuns(warehouse, period, delivered, raw)
  const warnings = [...runs.warnings]
  if (!manifest && format.delivery === 'replace') await refuseTwins(warehouse, runs.parts)
  const fresh = runs.parts.map((part) => {
    const slice = context.collected && format.delivery === 'append' ? daySliceOf(part.raw) : null
    return { ...part, raw: join(target.rawFolder, part.raw), ...(slice !== null && { slice }) }
  })
  const kept = await keptParts(context, group, previous, fresh, scratch)
  if (previous) warnings.push(...(await guardReplacement(context, previous, kept.replaced, fresh)))
  const composed = await composePeriod({
    layout,
    warehouse,
    scratch,
    source: target.source,
    format,
    period,
    version: (previous?.version ?? 0) + 1,
    kept: kept.same,
    fresh: [...fresh, ...kept.remade],
    previous,
  })
  return { composed, warnings: [...warnings, ...(composed?.warnings ?? [])] }
}

/** Every row that the manifest promises was read. */
async function proveManifestRows(
  warehouse: Warehouse,
  manifest: Manifest | null,
  files: readonly string[],
): Promise<void> {
  if (manifest?.rows == null) return
  const { rows } = await warehouse.query(
    `select count(*) filter ("x_RowKind" in ('charge', 'excluded')) as n from ${parquetOf(files)}`,
  )
  if (Number(rows[0]?.['n']) === manifest.rows) return
  throw new UserError(`${manifest.path} says ${manifest.rows} rows, the files hold ${rows[0]?.['n']}`, {
    hint: 'Copy the whole delivery again.',
  })
}

/** The landing instant: now, but always later than the delivery before, so that `as_of` orders them. */
function instantAfter(last: string | undefined, now: Date): string {
  const iso = now.toISOString()
  return last !== undefined && iso <= last ? new Date(Date.parse(last) + 1).toISOString() : iso
}

import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readQuery } from '../catalog/files.ts'
import { UserError } from '../errors.ts'
import type { Format, Recognition } from '../formats/format.ts'
import { recognise } from '../formats/registry.ts'
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
import { stageFile } from '../lake/stage.ts'
import { isUnrelated } from '../lake/unrelated.ts'
import { quoteText, type Warehouse } from '../warehouse/warehouse.ts'
import { newestRuns } from './export-runs.ts'
import { folderWarnings } from './folder-period.ts'
import { type FreshParts, freshParts, type RawFile } from './fresh-parts.ts'
import type { ImportRun, StampedFile } from './import.ts'
import { type ComposedPeriod, composePeriod, type NewPart } from './period.ts'
import { chooseSource, guardReplacement, refuseTwins } from './source-name.ts'
import { parquetBelow, parquetOf } from './totals.ts'

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
      group.files.push({ stamp, file, recognition: found.recognition })
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
      hint: 'Known: AWS CUR, Azure cost details, Google billing export, FOCUS 1.0–1.4, budgets and business metrics (see docs/formats.md). Was the header cut off?',
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
  const current = currentVersions(readJournal(layout))
  const fresh = group.format.table ? null : await freshParts(context, group, raw, scratch, current, sourceName)
  return context.commit(async () => {
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

type Base = Pick<Delivery, 'id' | 'format' | 'landed_at' | 'fingerprint' | 'upstream'>

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
    throw new UserError(`${raw[0]?.stamp.origin} holds a header and no rows`, {
      hint: 'An empty export changes nothing; export the period again.',
    })
  const source = sourceName ?? (await chooseSource(warehouse, group.format, allFiles))
  const rawFolder = layout.raw(source, base.id)
  const versions = allVersions(journal).filter((version) => version.source === source)
  const composed: ComposedPeriod[] = []
  warnings.push(...folderWarnings(raw, parts))
  for (const [period, delivered] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { parts: fresh, warnings: runs } = group.manifest
      ? { parts: delivered, warnings: [] }
      : await newestRuns(warehouse, period, delivered, raw)
    warnings.push(...runs)
    const previous = versions.findLast((version) => version.period === period)
    if (!group.manifest && group.format.delivery === 'replace') await refuseTwins(warehouse, fresh)
    const located = fresh.map((part) => ({ ...part, raw: join(rawFolder, part.raw) }))
    if (previous) warnings.push(...(await guardReplacement(context, group.format, previous, located)))
    const kept = await keptParts(context, group.format, previous, located, scratch)
    const result = await composePeriod({
      layout,
      warehouse,
      scratch,
      source,
      format: group.format,
      period,
      version: (previous?.version ?? 0) + 1,
      kept: kept.same,
      fresh: [...located, ...kept.remade],
      previous,
    })
    if (result) {
      composed.push(result)
      warnings.push(...result.warnings)
    }
  }
  await proveManifestRows(warehouse, group.manifest, allFiles)
  for (const { stamp, rawName } of raw) await landFile(stamp.origin, layout.resolve(rawFolder), rawName)
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

/** Parts of the previous version that stay: those of other datasets; remade where the companion dataset came or went. */
async function keptParts(
  context: ImportRun,
  format: Format,
  previous: LakeVersion | undefined,
  fresh: readonly NewPart[],
  scratch: string,
) {
  if (!previous || format.delivery === 'append') return { same: [], remade: [] }
  const datasets = new Set(fresh.map((part) => part.dataset))
  const others = previous.parts.filter((part) => !datasets.has(part.dataset))
  const same = others.filter((part) => part.traits['companion'] !== 'false')
  const remade: NewPart[] = []
  for (const part of others.filter((one) => one.traits['companion'] === 'false')) {
    const path = context.layout.resolve(part.raw)
    const file = await inspectFile(path, context.warehouse, scratch)
    const recognition = format.recognise(file.head)
    if (!recognition) throw new Error(`${path} is no longer recognised as ${format.id}`)
    const raw: RawFile = {
      stamp: { origin: path, size: 0, modified_ms: 0, sha256: '' },
      file,
      recognition,
      rawName: part.raw,
    }
    const traits = { ...part.traits, companion: 'true' }
    const again = await freshParts(
      context,
      { format, manifest: null, files: [raw] },
      [raw],
      join(scratch, `again-${remade.length}`),
      [],
      undefined,
      traits,
    )
    remade.push(...(again.parts.get(previous.period) ?? []))
  }
  return { same, remade }
}

async function landTable(
  context: ImportRun,
  group: FormatGroup,
  raw: readonly RawFile[],
  base: Base,
  scratch: string,
  sourceName: string | undefined,
): Promise<Delivery> {
  const { layout, warehouse } = context
  const name = group.format.table ?? ''
  const folder = layout.table(name, base.id)
  mkdirSync(layout.resolve(folder), { recursive: true })
  for (const [index, { file, recognition, stamp }] of raw.entries()) {
    await stageFile(warehouse, file, group.format, recognition, recognition.traits)
    const target = join(scratch, `${index}.parquet`)
    try {
      await warehouse.exec(
        `copy (${readQuery(group.format.query).trim().replace(/;$/, '')}) to ${quoteText(target)} (format parquet, compression zstd)`,
      )
    } catch (cause) {
      const reason = (cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)).replace(
        /^[A-Z][\w ]* Error: /,
        '',
      )
      throw new UserError(`${stamp.origin}: ${reason}`, {
        hint: `It was read as ${group.format.title}; nothing was imported.`,
        cause,
      })
    }
  }
  const files = parquetBelow(scratch)
  const { rows } = await warehouse.query(`select count(*) as n from ${parquetOf(files)}`)
  const rawFolder = layout.raw(sourceName ?? group.format.provider, base.id)
  for (const { stamp, rawName } of raw) await landFile(stamp.origin, layout.resolve(rawFolder), rawName)
  for (const file of files) renameSync(file, layout.resolve(join(folder, basename(file))))
  return {
    ...base,
    source: sourceName ?? group.format.provider,
    files: raw.map(({ stamp, rawName }) => ({ ...stamp, raw: join(rawFolder, rawName) })),
    periods: [],
    table: { name, files: files.map((file) => join(folder, basename(file))), rows: Number(rows[0]?.['n']) },
    warnings: raw.flatMap(({ recognition }) => recognition.warnings),
  }
}

/** The landing instant: now, but always later than the delivery before, so that `as_of` orders them. */
function instantAfter(last: string | undefined, now: Date): string {
  const iso = now.toISOString()
  return last !== undefined && iso <= last ? new Date(Date.parse(last) + 1).toISOString() : iso
}

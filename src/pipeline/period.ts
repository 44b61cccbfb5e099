import { isAbsolute, join } from 'node:path'
import { readQuery } from '../catalog/files.ts'
import { UserError } from '../errors.ts'
import type { Format } from '../formats/format.ts'
import type { ControlTotals, LakeVersion, Part } from '../lake/journal.ts'
import type { Layout } from '../lake/layout.ts'
import { quoteText, type Warehouse } from '../warehouse/warehouse.ts'
import { copyNormalised } from './normalise.ts'
import { measureTotals, parquetBelow, parquetOf } from './totals.ts'

/** A part whose files still lie in scratch. */
export interface NewPart extends Omit<Part, 'files'> {
  readonly files: readonly string[]
}

/** A billing period as it will be recorded; `moves` brings its new files from scratch into the lake. */
export interface ComposedPeriod {
  readonly period: string
  readonly version: number
  readonly parts: readonly Part[]
  readonly settled: readonly string[]
  readonly totals: ControlTotals
  readonly moves: readonly { readonly from: string; readonly to: string }[]
  readonly warnings: readonly string[]
}

export interface PeriodInput {
  readonly layout: Layout
  readonly warehouse: Warehouse
  readonly scratch: string
  readonly source: string
  readonly format: Format
  readonly period: string
  readonly version: number
  readonly kept: readonly Part[]
  readonly fresh: readonly NewPart[]
  readonly previous: LakeVersion | undefined
}

/**
 * Puts a billing period together from the parts that stay and the parts that are new, runs the settling query over all of
 * them, and proves conservation: Σ delivered cost = Σ BilledCost, digit for digit. Null when an append brings nothing new.
 */
export async function composePeriod(input: PeriodInput): Promise<ComposedPeriod | null> {
  const { layout, warehouse, format, period } = input
  const appended =
    format.delivery === 'append' ? await appendBatches(input) : { kept: input.kept, fresh: input.fresh, warnings: [] }
  if (appended.fresh.length === 0) return null
  const kept = appended.kept.flatMap((part) => part.files.map(layout.resolve))
  const fresh = appended.fresh.flatMap((part) => part.files)
  const settled = await settle(input, [...kept, ...fresh])
  const totals = await measureTotals(warehouse, [...kept, ...fresh, ...settled])
  if (![...appended.kept, ...appended.fresh].some((part) => part.traits['companion'] === 'true'))
    proveConservation(totals, input)

  const folder = layout.version(input.source, period, input.version)
  const moves: { from: string; to: string }[] = []
  const place = (from: string, name: string) => {
    const to = join(folder, name)
    moves.push({ from, to })
    return to
  }
  const parts = appended.fresh.map((part, index) => ({
    ...part,
    files: part.files.map((file, n) => place(file, `part-${index}-${n}.parquet`)),
  }))
  return {
    period,
    version: input.version,
    parts: [...appended.kept, ...parts],
    settled: settled.map((file, n) => place(file, `settled-${n}.parquet`)),
    totals,
    moves,
    warnings: appended.warnings,
  }
}

async function settle(input: PeriodInput, files: readonly string[]): Promise<string[]> {
  const { format, warehouse, period, scratch } = input
  if (!format.settle) return []
  const directory = join(scratch, `settled-${period}`)
  await warehouse.exec(
    `create or replace temp view parts as select *, ${quoteText(period)} as billing_period from ${parquetOf(files)}`,
  )
  await copyNormalised(warehouse, format, readQuery(format.settle), directory, 'settled')
  return parquetBelow(directory)
}

function proveConservation(totals: ControlTotals, { source, period, format }: PeriodInput): void {
  for (const [currency, delivered] of Object.entries(totals.delivered_billed)) {
    if (delivered === totals.billed_cost[currency]) continue
    throw new UserError(
      `${source} ${period}: the files hold ${delivered} ${currency}, the normalised charges ${totals.billed_cost[currency]} ${currency}`,
      {
        hint: `costwright does not understand some rows of this ${format.title}; nothing was imported. Please report it with the file's header.`,
      },
    )
  }
}

/**
 * Google's rows are appended in batches that share one export time. Batches already held are left out of the new parts, and so
 * is a batch that two files of one delivery both hold whole; a batch that comes again with another total replaces the one held.
 * A collected ingestion day replaces what was held of it, and says nothing about other days, though a batch may span two of them.
 * Without export times a delivery replaces the period.
 */
async function appendBatches(
  input: PeriodInput,
): Promise<{ kept: readonly Part[]; fresh: readonly NewPart[]; warnings: string[] }> {
  const { warehouse, layout, previous, period } = input
  const { rows } = await warehouse.query(
    `select count(*) filter ("x_ExportTime" is null) as unknown from ${parquetOf(input.fresh.flatMap((part) => part.files))}`,
  )
  if (rows[0]?.['unknown'] !== '0') {
    return {
      kept: [],
      fresh: input.fresh,
      warnings: [`${period}: rows without export_time: this delivery replaces the whole month`],
    }
  }
  const slices = new Set(input.fresh.flatMap(({ slice }) => slice ?? []))
  const held = (previous?.parts ?? []).filter(({ slice }) => slice === undefined || !slices.has(slice))
  const warnings = mixedExports(period, [...held, ...input.fresh])
  let fresh: readonly NewPart[] = []
  for (const part of input.fresh) {
    const others = fresh.filter(({ slice }) => slice === undefined || part.slice === undefined)
    const twins =
      others.length === 0
        ? { same: 0 }
        : await compareBatches(
            warehouse,
            part.files,
            others.flatMap(({ files }) => files),
          )
    fresh = [...fresh, ...(twins.same === 0 ? [part] : await without(input, [part], 'same', `twin-${fresh.length}`))]
  }
  const sliced = fresh.every(({ slice }) => slice !== undefined)
  const comparable = held.filter(({ slice }) => !sliced || slice === undefined)
  if (comparable.length === 0 || fresh.length === 0) return { kept: held, fresh, warnings }
  const heldFiles = comparable.flatMap((part) => part.files.map(layout.resolve))
  const { same, changed } = await compareBatches(
    warehouse,
    fresh.flatMap((part) => part.files),
    heldFiles,
  )
  const added = same === 0 ? fresh : await without(input, fresh, 'same', 'added')
  if (changed === 0) return { kept: held, fresh: added, warnings }
  const rest = await without(input, comparable, 'not same', 'kept')
  return {
    kept: held.filter((part) => !comparable.includes(part)),
    fresh: [...rest, ...added],
    warnings: [
      ...warnings,
      `${period}: ${changed} export batches came again with other totals and replace what was held`,
    ],
  }
}

/** The standard and the detailed export of one account hold the same charges; their batches cannot be told from new ones. */
function mixedExports(period: string, parts: readonly Pick<Part, 'traits'>[]): string[] {
  const kinds = [...new Set(parts.map((part) => part.traits['format_version'] ?? ''))].sort()
  return kinds.length < 2
    ? []
    : [
        `${period}: rows of the ${kinds.join(' and of the ')} export add up; if both hold the same charges, keep one of them`,
      ]
}

/** Fills the table `batches` with the export times that both sides hold, and whether they hold the same rows and cost. */
async function compareBatches(warehouse: Warehouse, fresh: readonly string[], held: readonly string[]) {
  const batch = (list: readonly string[]) =>
    `select "x_ExportTime" as batch, count(*) filter ("x_RowKind" in ('charge', 'excluded')) as n, sum("x_SourceCost") as cost from ${parquetOf(list)} group by 1`
  await warehouse.exec(`create or replace temp table batches as
    select batch, (held.n, held.cost) is not distinct from (fresh.n, fresh.cost) as same
    from (${batch(fresh)}) as fresh join (${batch(held)}) as held using (batch)`)
  const { rows } = await warehouse.query(
    'select count(*) filter (same) as same, count(*) filter (not same) as changed from batches',
  )
  return { same: Number(rows[0]?.['same']), changed: Number(rows[0]?.['changed']) }
}

/** The parts without the batches of table `batches` that match, rewritten in scratch; parts that end up empty are left out. */
async function without(
  { warehouse, layout, scratch, period }: PeriodInput,
  parts: readonly (Part | NewPart)[],
  which: 'same' | 'not same',
  name: string,
): Promise<NewPart[]> {
  const result: NewPart[] = []
  for (const [index, part] of parts.entries()) {
    const from = part.files.map((file) => (isAbsolute(file) ? file : layout.resolve(file)))
    const target = join(scratch, `${name}-${period}-${index}.parquet`)
    await warehouse.exec(
      `copy (from ${parquetOf(from)} where "x_ExportTime" not in (select batch from batches where ${which})) to ${quoteText(target)} (format parquet, compression zstd)`,
    )
    const { rows } = await warehouse.query(`select count(*) as n from ${parquetOf([target])}`)
    if (rows[0]?.['n'] !== '0') result.push({ ...part, files: [target] })
  }
  return result
}

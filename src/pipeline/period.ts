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
  if (!format.datasetHint) proveConservation(totals, input)

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
 * Google's rows are appended in batches that share one export time. Batches already held are left out of the new parts;
 * a batch that comes again with another total replaces the one held. Without export times a delivery replaces the period.
 */
async function appendBatches({ warehouse, layout, previous, fresh, period, scratch }: PeriodInput) {
  const files = fresh.flatMap((part) => part.files)
  const { rows: stamps } = await warehouse.query(
    `select count(*) filter ("x_ExportTime" is null) as unknown from ${parquetOf(files)}`,
  )
  if (stamps[0]?.['unknown'] !== '0') {
    return {
      kept: [],
      fresh,
      warnings: [`${period}: rows without export_time: this delivery replaces the whole month`],
    }
  }
  if (!previous) return { kept: [], fresh, warnings: [] }
  const held = previous.parts.flatMap((part) => part.files.map(layout.resolve))
  const batch = (list: readonly string[]) =>
    `select "x_ExportTime" as batch, count(*) filter ("x_RowKind" <> 'derived') as n, sum("x_SourceCost") as cost from ${parquetOf(list)} group by 1`
  await warehouse.exec(`create or replace temp table batches as
    select batch, (held.n, held.cost) is not distinct from (fresh.n, fresh.cost) as same
    from (${batch(files)}) as fresh join (${batch(held)}) as held using (batch)`)
  const { rows } = await warehouse.query(
    `select count(*) filter (same) as same, count(*) filter (not same) as changed from batches`,
  )
  const same = Number(rows[0]?.['same'])
  const changed = Number(rows[0]?.['changed'])
  const kept =
    changed === 0 ? previous.parts : await rewrite(previous.parts, 'select batch from batches where not same', 'kept')
  const added = same === 0 ? fresh : await rewrite(fresh, 'select batch from batches where same', 'added')
  const warnings =
    changed === 0 ? [] : [`${period}: ${changed} export batches came again with other totals and replace what was held`]
  return changed === 0
    ? { kept: previous.parts, fresh: added, warnings }
    : { kept: [], fresh: [...kept, ...added], warnings }

  async function rewrite(parts: readonly (Part | NewPart)[], without: string, name: string): Promise<NewPart[]> {
    const result: NewPart[] = []
    for (const [index, part] of parts.entries()) {
      const from = part.files.map((file) => (isAbsolute(file) ? file : layout.resolve(file)))
      const target = join(scratch, `${name}-${period}-${index}.parquet`)
      await warehouse.exec(
        `copy (from ${parquetOf(from)} where "x_ExportTime" not in (${without})) to ${quoteText(target)} (format parquet, compression zstd)`,
      )
      const { rows: left } = await warehouse.query(`select count(*) as n from ${parquetOf([target])}`)
      if (left[0]?.['n'] !== '0') result.push({ ...part, files: [target] })
    }
    return result
  }
}

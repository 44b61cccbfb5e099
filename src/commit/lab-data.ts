import { fileURLToPath } from 'node:url'
import { queriesUrl, readQuery } from '../catalog/files.ts'
import { QueryError } from '../errors.ts'
import { type Params, quoteText, type Result, type Warehouse } from '../warehouse/warehouse.ts'
import type { PriceSource } from './lab-document.ts'

/** Usage that a commitment could cover, by hour from the start of the data: on-demand currency units, statistics. */
export interface LabSeries {
  readonly series: number
  readonly provider: string
  readonly billing_account_id: string
  readonly currency: string
  readonly service_name: string
  readonly region_id: string
  readonly family: string
  readonly granularity: 'hourly' | 'daily'
  readonly programs: readonly string[]
  readonly open: Float64Array
  /** What commitments covered, by commitment. */
  readonly covered: ReadonlyMap<string, Float64Array>
}

/** A commitment of the bill. Hours count from the start of the data and may lie outside it; null is unknown. */
export interface BilledCommitment {
  readonly commitment_id: string
  readonly provider: string
  readonly currency: string
  readonly commitment_type: string
  readonly starts_at: string | null
  readonly ends_at: string | null
  /** Used and unused cost of each day. */
  readonly days: Float64Array
}

/** A discount of a series under a programme; see queries/lab/discounts.sql. */
export interface Discount {
  readonly term_months: number
  readonly payment: string
  readonly upfront_share: number
  readonly discount: number
  readonly price_source: PriceSource
  readonly price_note: string
  /** Day on which it was known, from charges before it; null for always. */
  readonly known_from: string | null
}

/** What is sold: the rows of queries/lookups/commitment_programs.csv of one programme together. */
export interface Program {
  readonly provider: string
  readonly program: string
  readonly kind: string
  readonly per_family: boolean
  readonly per_region: boolean
}

/** Everything the lab reads of the lake. */
export interface LabData {
  /** First day and exclusive last day, `YYYY-MM-DD`. */
  readonly start: string
  readonly end: string
  readonly series: readonly LabSeries[]
  readonly commitments: readonly BilledCommitment[]
  readonly programs: readonly Program[]
  readonly eligibility: string
  /** Discounts by `discountKey`, best source first, newest first. */
  readonly discounts: ReadonlyMap<string, readonly Discount[]>
}

/** Series fetched together: what bounds the memory of the engine's answer. */
const batch = 50
/** Charges of the last hours before the clock may still be missing (specs/commitments.md section 8). */
const settlingHours = 72

type Days = { readonly start_date: string; readonly end_date: string }

export const discountKey = (series: number, program: string) => `${series} ${program}`

/**
 * Reads the demand that commitments could cover, from the charges of the lake: aggregated by the engine, one vector of hours for each
 * series. Null for a lake without usage. Leaves the temporary tables `lab_*` on the connection, which may be read-only.
 *
 * @param now the last 72 hours before it are left out
 */
export async function readLabData(warehouse: Warehouse, now: Date): Promise<LabData | null> {
  await warehouse.exec(readQuery('recommenders/base/functions.sql'))
  await loadTable(warehouse, 'commitment_discounts')
  const settled = new Date(now.getTime() - settlingHours * 3_600_000).toISOString().slice(0, 10)
  const [extent] = (await run(warehouse, 'extent', { settled })).rows
  if (extent?.['end_date'] == null) return null
  const [start_date, end_date] = [String(extent['start_date']), String(extent['end_date'])]
  const days: Days = { start_date, end_date }
  await createTable(warehouse, 'usage', days)
  await createTable(warehouse, 'series', {})
  const programs = await programsOf(warehouse)
  return {
    start: start_date,
    end: end_date,
    series: await seriesOf(warehouse, days),
    commitments: await commitmentsOf(warehouse, days),
    ...programs,
    discounts: await discountsOf(warehouse, { end_date }),
  }
}

async function seriesOf(warehouse: Warehouse, days: Days): Promise<LabSeries[]> {
  const { rows } = await warehouse.query('select * exclude (meters, on_demand_cost) from lab_series order by series')
  const length = (Date.parse(days.end_date) - Date.parse(days.start_date)) / 3_600_000
  const found: LabSeries[] = []
  for (let from = 0; from < rows.length; from += batch) {
    const part = rows.slice(from, from + batch)
    const hours = new Map<number, Map<string, Float64Array>>()
    const params = { ...days, first: from + 1, last: from + part.length }
    for (const row of (await run(warehouse, 'hours', params)).rows) {
      const series = Number(row['series'])
      const own = hours.get(series) ?? new Map<string, Float64Array>()
      hours.set(series, own.set(String(row['commitment_id']), denseOf(row, length)))
    }
    for (const row of part) {
      const own = hours.get(Number(row['series']))
      if (!own) continue
      const open = own.get('') ?? new Float64Array(length)
      own.delete('')
      found.push({ ...(row as unknown as LabSeries), series: Number(row['series']), open, covered: own })
    }
  }
  return found
}

function denseOf(row: Readonly<Record<string, unknown>>, length: number): Float64Array {
  const values = new Float64Array(length)
  const costs = row['costs'] as readonly number[]
  for (const [index, hour] of (row['hours'] as readonly (number | string)[]).entries())
    values[Number(hour)] = costs[index] as number
  return values
}

async function commitmentsOf(warehouse: Warehouse, days: Params): Promise<BilledCommitment[]> {
  const { rows } = await run(warehouse, 'commitments', days)
  return rows.map((row) => ({
    ...(row as unknown as BilledCommitment),
    days: Float64Array.from(row['days'] as number[]),
  }))
}

async function programsOf(warehouse: Warehouse): Promise<{ programs: Program[]; eligibility: string }> {
  const { rows } = await warehouse.query(
    `select provider, program, any_value(kind) as kind, bool_or(per_family::boolean) as per_family, bool_or(per_region::boolean) as per_region,
       max(version) as version
     from commitment_programs group by provider, program order by provider, program`,
  )
  const versions = [...new Set(rows.map((row) => String(row['version'])))]
  return { programs: rows as unknown as Program[], eligibility: versions.sort().join(', ') }
}

async function discountsOf(warehouse: Warehouse, end: Params): Promise<ReadonlyMap<string, readonly Discount[]>> {
  const found = new Map<string, Discount[]>()
  for (const row of (await run(warehouse, 'discounts', end)).rows) {
    const key = discountKey(Number(row['series']), String(row['program']))
    const own = found.get(key) ?? []
    found.set(key, own)
    own.push(row as unknown as Discount)
  }
  return found
}

async function loadTable(warehouse: Warehouse, name: string): Promise<void> {
  const path = quoteText(fileURLToPath(new URL(`lookups/${name}.csv`, queriesUrl)))
  await warehouse.exec(
    `create or replace temp table ${name} as from read_csv(${path}, all_varchar = true, header = true)`,
  )
}

async function createTable(warehouse: Warehouse, name: string, params: Params): Promise<void> {
  const sql = `create or replace temp table lab_${name} as ${readQuery(`lab/${name}.sql`)}`
  await warehouse.exec(sql, params).catch((cause: unknown) => {
    throw new QueryError(`lab/${name}`, cause)
  })
}

async function run(warehouse: Warehouse, name: string, params: Params): Promise<Result> {
  return warehouse.query(readQuery(`lab/${name}.sql`), params).catch((cause: unknown) => {
    throw new QueryError(`lab/${name}`, cause)
  })
}

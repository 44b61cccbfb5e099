import type { Fraction } from '../core/money.ts'
import { UserError } from '../errors.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { type Calendar, calendarOf, entryOf, type HourRow } from './calendar.ts'
import { type Demand, demandOf, residualOf } from './demand.ts'
import { fraction } from './fraction.ts'
import { bad, checkColumn, loadCsv } from './load-csv.ts'

const plain = ['hour', 'ode']
const mixed = ['hour', 'item', 'ode', 'discount']

/** Money of a file is kept to this many decimals (DECIMAL(38, 18)). */
const amountType = 'decimal(38, 18)'
const amountForm = `'^\\s*\\+?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?\\s*$'`

/** What a purchase is sized on. */
export interface HoursInput {
  /** Everything, before existing commitments. */
  readonly total: Demand
  /** What existing commitments leave over. */
  readonly residual: Demand
  readonly calendar: Calendar
  /** Whether rows carry their own discounts. */
  readonly mixed: boolean
  readonly files: readonly string[]
}

export interface HoursOptions {
  /** CSV `hour,ode` or `hour,item,ode,discount`. */
  readonly hours: string
  /** The one discount of the first form, a decimal below 1. */
  readonly discount?: Fraction | undefined
  /** CSV `hour,ode`: covered in that hour by commitments that stay alive. */
  readonly existing?: string | undefined
  /** Whether an hour without a row had no demand; otherwise it is unknown, which is an error. */
  readonly missingIsZero: boolean
}

/**
 * Reads the files of a purchase (specs/commitments.md section 16) into exact demand by hour, or by day where there is one row a day.
 *
 * `warehouse` is an empty scratch database. Amounts are kept to 18 decimals.
 *
 * @throws UserError with file, row, column and remedy for anything that is not of the form, and for a missing hour
 */
export async function readHours(warehouse: Warehouse, options: HoursOptions): Promise<HoursInput> {
  const shape = await loadCsv(warehouse, options.hours, 'hours', [plain, mixed])
  const isMixed = shape === mixed
  checkDiscount(options, isMixed)
  await checkRows(warehouse, options.hours, 'hours', isMixed)
  if (options.existing !== undefined) {
    await loadCsv(warehouse, options.existing, 'existing', [plain])
    await checkRows(warehouse, options.existing, 'existing', false)
  }
  const scale = await scaleOf(warehouse, options.existing === undefined ? ['hours'] : ['hours', 'existing'])
  const discounts = isMixed ? await discountsOf(warehouse) : [options.discount as Fraction]
  const grouped = await hourRows(warehouse, 'hours', scale, isMixed)
  const calendar = calendarOf(options.hours, grouped, options.missingIsZero)
  const total = assemble(grouped, calendar, { scale, discounts, file: options.hours })
  const covered =
    options.existing === undefined
      ? null
      : await existingUnits(warehouse, options.existing, calendar, { scale, missingIsZero: options.missingIsZero })
  const files = options.existing === undefined ? [options.hours] : [options.hours, options.existing]
  return { total, residual: covered ? residualOf(total, covered) : total, calendar, mixed: isMixed, files }
}

function checkDiscount({ hours, discount }: HoursOptions, isMixed: boolean): void {
  if (!isMixed && discount === undefined)
    throw new UserError('--discount is missing', {
      hint: `${hours} has no column discount; give one for all hours, for example --discount 0.30.`,
    })
  if (isMixed && discount !== undefined)
    throw new UserError('--discount is given twice', {
      hint: `${hours} has a column discount; leave out --discount, or give a file with the columns hour,ode.`,
    })
}

async function checkRows(warehouse: Warehouse, file: string, table: string, isMixed: boolean): Promise<void> {
  const rules = [
    { column: 'hour', fails: `hour is null or trim(hour) = ''`, remedy: 'Write a UTC hour as 2026-03-01T05:00:00Z.' },
    {
      column: 'ode',
      fails: `ode is null or not regexp_matches(ode, ${amountForm}) or try_cast(trim(ode) as ${amountType}) is null`,
      remedy: 'Write the on-demand equivalent of the hour as a decimal number of 0 or more, for example 12.50.',
    },
    { column: 'item', fails: `item is null or trim(item) = ''`, remedy: 'Name what the cost is of.' },
    {
      column: 'discount',
      fails: `discount is null or try_cast(trim(discount) as ${amountType}) is null or discount::${amountType} >= 1`,
      remedy: 'Write 30 % as 0.30; a discount is below 1.',
    },
  ]
  for (const rule of rules) if (isMixed || plain.includes(rule.column)) await checkColumn(warehouse, file, table, rule)
  const key = isMixed ? 'trim(hour), trim(item)' : 'trim(hour)'
  const { rows } = await warehouse.query(
    `select max(row) as row, any_value(hour) as hour from "${table}" group by ${key} having count(*) > 1 order by row limit 1`,
  )
  const twice = rows[0]
  if (twice) {
    const what = `${twice['hour']} stands twice${isMixed ? ' for one item' : ''}`
    throw bad(file, Number(twice['row']), 'hour', what, 'Add the rows up, so that each stands once.')
  }
}

async function scaleOf(warehouse: Warehouse, tables: readonly string[]): Promise<number> {
  const rows = tables.map((table) => `select trim(ode)::${amountType} as ode from "${table}"`).join(' union all ')
  const { rows: found } = await warehouse.query(
    `select coalesce(max(length(rtrim(split_part(ode::varchar, '.', 2), '0'))), 0)::integer as scale from (${rows})`,
  )
  return Number(found[0]?.['scale'] ?? 0)
}

/** Distinct discounts in descending order; a row's class is its rank among them. */
async function discountsOf(warehouse: Warehouse): Promise<Fraction[]> {
  const { rows } = await warehouse.query(
    `select discount, row_number() over (order by discount desc) - 1 as class
     from (select distinct trim(discount)::${amountType} as discount from hours) order by class`,
  )
  return rows.map((row) => shortest(String(row['discount'])))
}

function shortest(text: string): Fraction {
  return fraction(text.includes('.') ? text.replace(/\.?0+$/, '') : text)
}

/** Rows of an hour as text `units,class;…`, in the order in which they are applied. */
async function hourRows(
  warehouse: Warehouse,
  table: string,
  scale: number,
  isMixed: boolean,
): Promise<readonly HourRow[]> {
  const units = `(trim(ode)::${amountType}::decimal(38, ${scale}) * ${10n ** BigInt(scale)})::hugeint`
  const source = isMixed
    ? `select trim(hour) as hour, row, item, ${units} as units,
         dense_rank() over (order by trim(discount)::${amountType} desc) - 1 as class from "${table}"`
    : `select trim(hour) as hour, row, '' as item, ${units} as units, 0 as class from "${table}"`
  const { rows } = await warehouse.query(
    `select hour, min(row)::integer as row, string_agg(units || ',' || class, ';' order by class, item) as amounts
     from (${source}) group by hour order by row`,
  )
  return rows.map((row) => ({
    text: String(row['hour']),
    row: Number(row['row']),
    amounts: String(row['amounts']),
  }))
}

function assemble(
  rows: readonly HourRow[],
  calendar: Calendar,
  { scale, discounts, file }: { scale: number; discounts: readonly Fraction[]; file: string },
): Demand {
  const byEntry = new Array<HourRow | undefined>(calendar.entries).fill(undefined)
  for (const row of rows) byEntry[entryOf(calendar, row, file)] = row
  const starts = new Uint32Array(calendar.entries + 1)
  const units: bigint[] = []
  const classes: number[] = []
  for (let entry = 0; entry < calendar.entries; entry++) {
    for (const part of byEntry[entry]?.amounts.split(';') ?? []) {
      const comma = part.indexOf(',')
      units.push(BigInt(part.slice(0, comma)))
      classes.push(Number(part.slice(comma + 1)))
    }
    starts[entry + 1] = units.length
  }
  return demandOf({ scale, starts, units, discount: Uint32Array.from(classes), discounts })
}

/** Units covered in each entry; an entry outside the demand's hours is left out. */
async function existingUnits(
  warehouse: Warehouse,
  file: string,
  calendar: Calendar,
  { scale, missingIsZero }: { scale: number; missingIsZero: boolean },
): Promise<bigint[]> {
  const rows = await hourRows(warehouse, 'existing', scale, false)
  const covered = new Array<bigint | null>(calendar.entries).fill(missingIsZero ? 0n : null)
  for (const row of rows) {
    const entry = entryOf(calendar, row, file)
    if (entry >= 0 && entry < calendar.entries) covered[entry] = BigInt(row.amounts.slice(0, row.amounts.indexOf(',')))
  }
  return covered.map((units, entry) => {
    if (units !== null) return units
    throw calendar.missing(file, entry)
  })
}

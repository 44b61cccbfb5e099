import type { Fraction } from '../core/money.ts'
import { UserError } from '../errors.ts'
import { bad, checkColumn, type TextFile } from '../lake/text-table.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { type AmountType, amountTypeOf } from './amount-type.ts'
import { type Calendar, calendarOf, entryOf, type HourRow } from './calendar.ts'
import { type Demand, demandOf, residualOf } from './demand.ts'
import { fraction } from './fraction.ts'
import { loadCsv } from './load-csv.ts'

const plain = ['hour', 'ode']
const mixed = ['hour', 'item', 'ode', 'discount']
const ending = ['hour', 'ode', 'end']

/** Exact for discounts of up to 18 decimals. */
const discountType = 'decimal(38, 18)'

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
  /** CSV `hour,ode`: covered in that hour by commitments that stay alive; or `hour,ode,end` with the end of what covered it. */
  readonly existing?: string | undefined
  /** End of the horizon, a date: what covered an hour and ends until then is put back. */
  readonly until?: string | undefined
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
  const hours = await loadCsv(warehouse, options.hours, 'hours', [plain, mixed])
  const isMixed = hours.shape === mixed
  checkDiscount(options, isMixed)
  const existing = options.existing === undefined ? null : await loadExisting(warehouse, options)
  const amount = await amountTypeOf(warehouse, options.existing === undefined ? ['hours'] : ['hours', 'existing'])
  await checkRows(warehouse, hours, 'hours', amount, isMixed)
  if (existing) {
    const hasEnds = existing.shape === ending
    await checkRows(warehouse, existing, 'existing', amount, false, hasEnds)
    if (hasEnds) await putBackEnded(warehouse, options.until as string)
  }
  const discounts = isMixed ? await discountsOf(warehouse) : [options.discount as Fraction]
  const grouped = await hourRows(warehouse, 'hours', amount, isMixed)
  const calendar = calendarOf(options.hours, grouped, options.missingIsZero)
  const total = assemble(grouped, calendar, { discounts, scale: amount.decimals, file: options.hours })
  const covered =
    options.existing === undefined
      ? null
      : await existingUnits(warehouse, options.existing, calendar, { amount, missingIsZero: options.missingIsZero })
  const files = options.existing === undefined ? [options.hours] : [options.hours, options.existing]
  return { total, residual: covered ? residualOf(total, covered) : total, calendar, mixed: isMixed, files }
}

/** Loads what is covered already, with ends where the file has them. */
async function loadExisting(warehouse: Warehouse, { existing = '', until }: HoursOptions) {
  const found = await loadCsv(warehouse, existing, 'existing', [plain, ending])
  const hasEnds = found.shape === ending
  if (hasEnds && until === undefined)
    throw new UserError('--until is missing', {
      hint: `${existing} has a column end; say until when is planned, for example --until 2027-09-01.`,
    })
  if (!hasEnds && until !== undefined)
    throw new UserError(`${existing} has no column end`, {
      hint: 'Add the day on which what covered an hour ends, empty where it stays; or leave out --until.',
    })
  return found
}

/** What ends within the horizon covers nothing (specs/commitments.md section 8); its hours stay known. */
async function putBackEnded(warehouse: Warehouse, until: string): Promise<void> {
  await warehouse.exec(
    `update existing set ode = '0' where trim(coalesce("end", '')) <> '' and cast("end" as timestamptz) <= cast($until as timestamptz)`,
    { until: `${until}T00:00:00Z` },
  )
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

async function checkRows(
  warehouse: Warehouse,
  source: TextFile,
  table: string,
  ...[{ type }, isMixed, hasEnds = false]: [AmountType, boolean, boolean?]
): Promise<void> {
  const rules = [
    { column: 'hour', fails: `hour is null or trim(hour) = ''`, remedy: 'Write a UTC hour as 2026-03-01T05:00:00Z.' },
    {
      column: 'ode',
      fails: `coalesce(try_cast(ode as ${type}) < 0, true)`,
      remedy: 'Write the on-demand equivalent of the hour as a decimal number of 0 or more, for example 12.50.',
    },
    { column: 'item', fails: `item is null or trim(item) = ''`, remedy: 'Name what the cost is of.' },
    {
      column: 'discount',
      fails: `coalesce(try_cast(discount as ${discountType}) >= 1, true)`,
      remedy: 'Write 30 % as 0.30; a discount is below 1.',
    },
  ]
  for (const rule of rules)
    if (isMixed || plain.includes(rule.column)) await checkColumn(warehouse, source, table, rule)
  if (hasEnds) {
    const fails = `trim(coalesce("end", '')) <> '' and try_cast("end" as timestamptz) is null`
    const remedy = 'Write 2026-09-01 or 2026-09-01T00:00:00Z, or leave it empty for a commitment that stays.'
    await checkColumn(warehouse, source, table, { column: 'end', fails, remedy })
  }
  const key = isMixed ? 'hour, item' : hasEnds ? 'hour, coalesce(trim("end"), \'\')' : 'hour'
  const { rows } = await warehouse.query(
    `select max(row) as row, any_value(hour) as hour from "${table}" group by ${key} having count(*) > 1 order by row limit 1`,
  )
  const twice = rows[0]
  if (twice) {
    const what = `${twice['hour']} stands twice${isMixed ? ' for one item' : ''}`
    throw bad(source.file, Number(twice['row']), 'hour', what, 'Add the rows up, so that each stands once.')
  }
}

/** Distinct discounts in descending order; a row's class is its rank among them. */
async function discountsOf(warehouse: Warehouse): Promise<Fraction[]> {
  await warehouse.exec(`create table classes as
    select text, value, dense_rank() over (order by value desc) - 1 as class
    from (select distinct discount as text, discount::${discountType} as value from hours)`)
  const { rows } = await warehouse.query(
    'select class, any_value(value) as value from classes group by class order by class',
  )
  return rows.map((row) => fraction(String(row['value']).replace(/\.?0+$/, '') || '0'))
}

/** Amounts of an hour as text `amount,class;…` in the order in which they are applied, one for each discount. */
async function hourRows(
  warehouse: Warehouse,
  table: string,
  ...[{ type }, isMixed]: [AmountType, boolean]
): Promise<readonly HourRow[]> {
  const { rows } = await warehouse.query(
    `select hour, min(row)::integer as row, string_agg(ode || ',' || class, ';' order by class) as amounts
     from (
       select hour, ${isMixed ? 'class' : '0 as class'}, min(row) as row, sum(ode::${type}) as ode
       from "${table}" ${isMixed ? 'join classes on classes.text = discount' : ''} group by all
     ) group by hour order by row`,
  )
  return rows.map((row) => ({ text: String(row['hour']), row: Number(row['row']), amounts: String(row['amounts']) }))
}

function assemble(
  rows: readonly HourRow[],
  calendar: Calendar,
  { discounts, scale, file }: { discounts: readonly Fraction[]; scale: number; file: string },
): Demand {
  const byEntry = new Array<HourRow | undefined>(calendar.entries).fill(undefined)
  for (const row of rows) byEntry[entryOf(calendar, row, file)] = row
  const starts = new Uint32Array(calendar.entries + 1)
  const units: bigint[] = []
  const classes: number[] = []
  for (let entry = 0; entry < calendar.entries; entry++) {
    for (const part of byEntry[entry]?.amounts.split(';') ?? []) {
      const comma = part.indexOf(',')
      units.push(unitsOf(part.slice(0, comma)))
      classes.push(Number(part.slice(comma + 1)))
    }
    starts[entry + 1] = units.length
  }
  return demandOf({ scale, starts, units, discount: Uint32Array.from(classes), discounts })
}

/** Whole units of the last decimal of an amount; the engine prints all amounts with the same decimals. */
function unitsOf(text: string): bigint {
  return BigInt(text.replace('.', ''))
}

/** Units covered in each entry; an entry outside the demand's hours is left out. */
async function existingUnits(
  warehouse: Warehouse,
  file: string,
  calendar: Calendar,
  { amount, missingIsZero }: { amount: AmountType; missingIsZero: boolean },
): Promise<bigint[]> {
  const rows = await hourRows(warehouse, 'existing', amount, false)
  const covered = new Array<bigint | null>(calendar.entries).fill(missingIsZero ? 0n : null)
  for (const row of rows) {
    const entry = entryOf(calendar, row, file)
    if (entry >= 0 && entry < calendar.entries) covered[entry] = unitsOf(row.amounts.slice(0, row.amounts.indexOf(',')))
  }
  return covered.map((units, entry) => {
    if (units !== null) return units
    throw calendar.missing(file, entry)
  })
}

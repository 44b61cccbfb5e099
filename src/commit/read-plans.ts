import type { Fraction } from '../core/money.ts'
import { bad } from '../lake/text-table.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { compare, fraction, zero } from './fraction.ts'
import { loadCsv } from './load-csv.ts'
import type { PricedOffer } from './offers.ts'
import type { OwnedPlan } from './portfolio-terms.ts'

const planColumns = ['id', 'start', 'end', 'commitment_per_hour']
const offerColumns = ['offer', 'term_months', 'upfront', 'recurring_per_hour', 'on_demand_per_hour']
const instantForm = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z)?$/

type Row = Readonly<Record<string, unknown>>

/** Reads an inventory of commitments, CSV `id,start,end,commitment_per_hour`. Throws UserError with file, row, column, remedy. */
export async function readPlans(warehouse: Warehouse, file: string): Promise<OwnedPlan[]> {
  const rows = await rowsOf(warehouse, file, planColumns)
  return rows.map((row) => {
    const plan = {
      id: text(file, row, 'id'),
      start: instant(file, row, 'start'),
      end: instant(file, row, 'end'),
      commitment_per_hour: amount(file, row, 'commitment_per_hour'),
    }
    if (Date.parse(plan.end) > Date.parse(plan.start)) return plan
    throw bad(file, Number(row['row']), 'end', `"${plan.end}" is not after the start`, 'A term is [start, end).')
  })
}

/** Reads offers, CSV `offer,term_months,upfront,recurring_per_hour,on_demand_per_hour`. Throws UserError likewise. */
export async function readOffers(warehouse: Warehouse, file: string): Promise<PricedOffer[]> {
  const rows = await rowsOf(warehouse, file, offerColumns)
  return rows.map((row) => {
    const months = text(file, row, 'term_months')
    if (!/^[1-9]\d{0,3}$/.test(months))
      throw bad(file, Number(row['row']), 'term_months', `"${months}" is not valid`, 'Write a year as 12.')
    return {
      offer: text(file, row, 'offer'),
      term_months: Number(months),
      upfront: amount(file, row, 'upfront'),
      recurring_per_hour: amount(file, row, 'recurring_per_hour'),
      on_demand_per_hour: amount(file, row, 'on_demand_per_hour'),
    }
  })
}

async function rowsOf(warehouse: Warehouse, file: string, columns: readonly string[]): Promise<readonly Row[]> {
  await loadCsv(warehouse, file, 'entries', [columns])
  const { rows } = await warehouse.query('select * from entries order by row')
  return rows
}

function text(file: string, row: Row, column: string): string {
  const value = String(row[column] ?? '').trim()
  if (value === '') throw bad(file, Number(row['row']), column, 'is empty', 'Fill it in.')
  return value
}

function instant(file: string, row: Row, column: string): string {
  const value = text(file, row, column)
  if (instantForm.test(value) && !Number.isNaN(Date.parse(value))) return value
  throw bad(file, Number(row['row']), column, `"${value}" is not valid`, 'Write 2026-03-01 or 2026-03-01T05:00:00Z.')
}

function amount(file: string, row: Row, column: string): Fraction {
  const value = text(file, row, column)
  let found: Fraction | null
  try {
    found = fraction(value)
  } catch {
    found = null
  }
  if (found && compare(found, zero) >= 0) return found
  throw bad(
    file,
    Number(row['row']),
    column,
    `"${value}" is not valid`,
    'Write an amount of 0 or more, for example 0.045.',
  )
}

import type { Result, Warehouse } from '../warehouse/warehouse.ts'
import { insertRecords, runBase } from './prepare.ts'

/** What the funnel reads of a saving: amounts a month as decimal text, days YYYY-MM-DD. */
export interface LedgerEntry {
  readonly state: string
  readonly currency: string
  readonly identified_amount: string | null
  readonly one_off_cost: string | null
  readonly verified_amount: string | null
  readonly accepted_on: string | null
  readonly implemented_on: string | null
}

/** Identified, accepted, implemented and verified amounts with their ratios, per currency; columns of queries/recommenders/base/funnel.sql. */
export async function funnelOf(warehouse: Warehouse, entries: readonly LedgerEntry[]): Promise<Result> {
  const columns =
    'state varchar, currency varchar, identified decimal(38,9), one_off decimal(38,9), verified decimal(38,9), accepted_on date, implemented_on date'
  const records = entries.map((entry) => ({
    state: entry.state,
    currency: entry.currency,
    identified: entry.identified_amount,
    one_off: entry.one_off_cost,
    verified: entry.verified_amount,
    accepted_on: entry.accepted_on,
    implemented_on: entry.implemented_on,
  }))
  await insertRecords(warehouse, 'ledger', columns, records)
  return runBase(warehouse, 'funnel')
}

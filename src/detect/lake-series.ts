import { readQuery } from '../catalog/files.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { dayIndex, type SeriesInput } from './input.ts'
import { readDense } from './read-dense.ts'

/** Days before the date are complete, by provider and account (`accountKey`). */
export type CompleteDays = ReadonlyMap<string, string>

export const accountKey = (provider: string, account: string) => `${provider}\u0000${account}`

/** Billing currencies of the charges, those with most charges first. */
export async function currenciesOf(warehouse: Warehouse): Promise<string[]> {
  const { rows } = await warehouse.query(`
    select billing_currency as currency from daily where billing_currency is not null
    group by 1 order by sum(charge_count) desc, 1`)
  return rows.map((row) => String(row['currency']))
}

/** The source that delivers each account: the one with its newest charge, as queries/detectors/complete_days.sql takes it. */
export async function sourcesOfAccounts(warehouse: Warehouse): Promise<ReadonlyMap<string, string>> {
  const { rows } = await warehouse.query(readQuery('detectors/complete_days.sql'))
  return new Map(
    rows.map(({ provider, account, source }) => [accountKey(String(provider), String(account)), String(source)]),
  )
}

/** Through which day each account is complete: queries/detectors/complete_days.sql. Accounts of which nothing is known are left out. */
export async function completeDays(warehouse: Warehouse): Promise<CompleteDays> {
  const { rows } = await warehouse.query(readQuery('detectors/complete_days.sql'))
  return new Map(
    rows.flatMap(({ provider, account, complete_before }) =>
      complete_before === null ? [] : [[accountKey(String(provider), String(account)), String(complete_before)]],
    ),
  )
}

/**
 * The daily series of the lake in one currency: what `readSeries` reads of a file, from queries/detectors/daily_series.sql. An account that
 * is not complete through any known day is taken as complete.
 */
export async function readLakeSeries(
  warehouse: Warehouse,
  currency: string,
  complete: CompleteDays,
): Promise<SeriesInput> {
  await warehouse.exec(
    `create or replace temp table typed as
    select * exclude (date), date as day, date as seen from (${readQuery('detectors/daily_series.sql')})`,
    { currency },
  )
  const dense = await readDense(warehouse, false)
  const complete_before = Int32Array.from(dense.leaves, ({ provider, account }) => {
    const date = complete.get(accountKey(provider, account))
    return date === undefined ? dense.days : dayIndex(dense.first_date, date)
  })
  return { long: true, vintages: false, ...dense, complete_before }
}

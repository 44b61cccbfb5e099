import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlTotals, Money } from '../lake/journal.ts'
import { quoteText, type Warehouse } from '../warehouse/warehouse.ts'

/** `read_parquet` over exactly these files, whatever columns each has; Hive keys in their paths become columns. */
export function parquetOf(files: readonly string[], options: { partitions?: boolean } = {}): string {
  const list = files.map(quoteText).join(', ')
  const partitions = options.partitions
    ? "hive_partitioning = true, hive_types = {'source': varchar, 'billing_period': varchar, 'version': integer}"
    : 'hive_partitioning = false'
  return `read_parquet([${list}], union_by_name = true, ${partitions})`
}

/** The Parquet files below a directory, sorted; none when it does not exist. */
export function parquetBelow(directory: string): string[] {
  if (!existsSync(directory)) return []
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.parquet'))
    .sort()
    .map((name) => join(directory, name))
}

/** Control totals of one billing period, measured on the rows that will be stored. */
export async function measureTotals(warehouse: Warehouse, files: readonly string[]): Promise<ControlTotals> {
  const { rows } = await warehouse.query(`
    select
        coalesce("BillingCurrency", 'XXX') as currency,
        count(*) filter ("x_RowKind" in ('charge', 'excluded')) as rows_in,
        count(*) filter ("x_RowKind" in ('charge', 'derived')) as rows_out,
        count(*) filter ("x_RowKind" = 'derived') as rows_derived,
        count(*) filter ("x_RowKind" = 'excluded') as rows_excluded,
        sum("x_SourceCost") as delivered_billed,
        sum("x_SourceEffectiveCost") as delivered_effective,
        sum("BilledCost") filter ("x_RowKind" in ('charge', 'derived')) as billed_cost,
        sum("EffectiveCost") filter ("x_RowKind" in ('charge', 'derived')) as effective_cost,
        count(*) filter ("x_RowKind" in ('charge', 'derived') and "EffectiveCost" is null) as unknown_effective,
        list(distinct "BillingAccountId") as billing_accounts,
        min("ChargePeriodStart") as first_charge,
        max("ChargePeriodEnd") filter ("ChargeCategory" = 'Usage' and "ChargePeriodEnd" - "ChargePeriodStart" <= interval 1 day) as complete_through
    from ${parquetOf(files)}
    group by 1
    order by 1`)
  const count = (name: string) => rows.reduce((total, row) => total + Number(row[name]), 0)
  const money = (name: string): Money =>
    Object.fromEntries(rows.map((row) => [String(row['currency']), (row[name] as string | null) ?? null]))
  const instants = (name: string) => rows.flatMap((row) => (row[name] ? [String(row[name])] : [])).sort()
  return {
    rows_in: count('rows_in'),
    rows_out: count('rows_out'),
    rows_derived: count('rows_derived'),
    rows_excluded: count('rows_excluded'),
    delivered_billed: money('delivered_billed'),
    delivered_effective: money('delivered_effective'),
    billed_cost: money('billed_cost'),
    effective_cost: money('effective_cost'),
    unknown_effective: count('unknown_effective'),
    billing_accounts: [...new Set(rows.flatMap((row) => (row['billing_accounts'] as string[] | null) ?? []))].sort(),
    first_charge: instants('first_charge')[0] ?? null,
    complete_through: instants('complete_through').at(-1) ?? null,
  }
}

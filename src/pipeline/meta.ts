import type { Warehouse } from '../warehouse/warehouse.ts'

/** What every figure travels with: how far the data reach and which lake state they come from. */
export interface DataMeta {
  /** The earliest of the sources' last complete instants, UTC: through here every source is complete. */
  readonly data_complete_through: string | null
  readonly newest_delivery: string | null
  readonly lake_versions: number
  readonly billing_periods: { readonly first: string | null; readonly last: string | null }
  readonly currencies: readonly string[]
}

/** Freshness and extent of the data behind a warehouse. */
export async function dataMeta(warehouse: Warehouse): Promise<DataMeta> {
  const { rows } = await warehouse.query(`
    with sources as (
        select source, max(complete_through) as complete_through from lake_versions group by source
    )
    select
        (select min(complete_through) from sources) as complete_through,
        max(landed_at) as newest,
        count(distinct (source, billing_period)) as versions,
        min(billing_period) as first_period,
        max(billing_period) as last_period,
        coalesce(list(distinct currency order by currency), []) as currencies
    from lake_versions`)
  const row = rows[0] ?? {}
  const text = (name: string) => (row[name] === null || row[name] === undefined ? null : String(row[name]))
  return {
    data_complete_through: text('complete_through'),
    newest_delivery: text('newest'),
    lake_versions: Number(row['versions']),
    billing_periods: { first: text('first_period'), last: text('last_period') },
    currencies: (row['currencies'] as string[] | null) ?? [],
  }
}

import { type CollectedTable, collectedTables } from '../formats/collected-tables.ts'
import type { Delivery } from '../lake/journal.ts'
import type { Layout } from '../lake/layout.ts'
import { quoteIdentifier, quoteText, type Warehouse } from '../warehouse/warehouse.ts'
import { parquetOf } from './totals.ts'

/**
 * Fills the tables that files and collectors bring, from the deliveries of `journal`, oldest first. Of each budget its newest
 * delivery counts, of each metric value the newest one; of a collected table see `CollectedTable`.
 */
export async function fillImportedTables(
  layout: Layout,
  warehouse: Warehouse,
  journal: readonly Delivery[],
): Promise<void> {
  const metrics = deliveredRows(layout, journal, 'business_metrics')
  if (metrics) {
    await warehouse.exec(`insert into business_metrics by name
      select metric_date, metric, unit, dimensions, value, delivery_source as source from (${metrics})
      qualify delivery_order = max(delivery_order) over (partition by metric_date, metric, dimensions)`)
  }
  await warehouse.exec('insert into budgets by name from config_budgets')
  const budgets = deliveredRows(layout, journal, 'budgets')
  if (budgets) {
    await warehouse.exec(`insert into budgets by name
      select * exclude (delivery_order, delivery_source) from (${budgets})
      where budget not in (select budget from config_budgets)
      qualify delivery_order = max(delivery_order) over (partition by budget)`)
  }
  for (const table of collectedTables) {
    const rows = deliveredRows(layout, journal, table.table)
    if (rows) await warehouse.exec(`insert into ${quoteIdentifier(table.table)} by name ${standingRows(table, rows)}`)
  }
}

/** Rows of every delivery of a table, each with its place in the journal and its source; null when there is none. */
function deliveredRows(layout: Layout, journal: readonly Delivery[], name: string): string | null {
  const parts = journal.flatMap(({ table, source }, order) =>
    table?.name === name && table.files.length > 0
      ? [
          `select *, ${order} as delivery_order, ${quoteText(source)} as delivery_source from ${parquetOf(table.files.map(layout.resolve))}`,
        ]
      : [],
  )
  return parts.length > 0 ? parts.join(' union all by name ') : null
}

function standingRows({ key, whole, apart }: CollectedTable, rows: string): string {
  const list = (names: readonly string[]) => names.map(quoteIdentifier).join(', ')
  const exempt = apart ? `${quoteIdentifier(apart.column)} = ${quoteText(apart.value)} or ` : ''
  const current =
    whole.length === 0
      ? rows
      : `select * from (${rows})
         qualify ${exempt}delivery_order = max(delivery_order) over (partition by delivery_source, ${list(whole)})`
  return `select * exclude (delivery_order, delivery_source), delivery_source as source from (${current})
    qualify row_number() over (partition by ${list(key)} order by delivery_order desc, observed_at desc) = 1`
}

import type { CollectorContext, RemoteDelivery } from '../collector.ts'
import type { Engine, Query } from './exports-bigquery.ts'
import { partitionsOf } from './exports-partitions.ts'
import { queryPrice } from './exports-pricing.ts'
import { pricesQuery } from './exports-queries.ts'
import type { DatasetId, ExportTable } from './exports-tables.ts'

/** The price list of the newest day, as rows of `list_prices`; every day is a whole list. */
export async function planPrices(
  engine: Engine,
  id: DatasetId,
  table: ExportTable,
  context: CollectorContext,
): Promise<RemoteDelivery[]> {
  const partitions = await partitionsOf(engine, id, table)
  const day = [...partitions.keys()].sort().at(-1)
  const newest = day === undefined ? undefined : partitions.get(day)
  if (day === undefined || newest === undefined) return []
  const mark = `${day} ${newest.rows} rows`
  const query: Query = {
    what: `${table.name} of ${day}`,
    text: pricesQuery(table),
    params: { unit: day },
    location: table.location,
    key: mark,
  }
  return [
    {
      unit: `${table.name}/newest`,
      mark,
      period: null,
      submitted: `${day}T00:00:00Z`,
      price: queryPrice(newest.bytes, query.what),
      files: [
        {
          kind: 'rows',
          name: 'list_prices.ndjson.gz',
          rows: null,
          read: () => readPrices(engine, query, context.now().toISOString()),
        },
      ],
    },
  ]
}

async function* readPrices(engine: Engine, query: Query, observed_at: string) {
  await engine.dryRun(query)
  for await (const row of engine.rows(query)) {
    const purchase_option = purchaseOption(row['sku_name'] ?? '')
    for (const region of (row['region'] || 'global').split(','))
      yield { provider: 'Google Cloud', ...row, region, purchase_option, observed_at }
  }
}

/** The export does not say; the SKU's name does. */
function purchaseOption(sku: string): string {
  if (/\b(spot|preemptible)\b/i.test(sku)) return 'Spot'
  return /^commitment\b/i.test(sku) ? 'Commitment' : 'On-Demand'
}

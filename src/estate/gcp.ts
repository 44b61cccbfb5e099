import { readQuery } from '../catalog/files.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { copyRows, type WrittenFile } from './files.ts'
import { createTemp, recordSpend } from './tables.ts'

const table = 'gcp_billing_export_resource_v1_01A2B3_C4D5E6_F7A8B9'

export interface GcpDelivery {
  readonly directory: string
  readonly month: string
  readonly container: 'json.gz' | 'parquet'
  /** Rows of the month's last days arrive in a dump of their own, with a later export_time. */
  readonly withLateRows: boolean
}

/** Writes the dump of one invoice month of the detailed BigQuery export, and the late rows where there are any. */
export async function writeGcpMonth(warehouse: Warehouse, delivery: GcpDelivery): Promise<WrittenFile[]> {
  const { month, container, directory } = delivery
  await createTemp(warehouse, 'usage_days', 'usage_days', { provider: 'gcp', month })
  await createTemp(warehouse, 'gcp_charges', 'gcp_charges', { month })
  await recordSpend(
    warehouse,
    'gcp',
    month,
    `select owner_id, product, cost + coalesce(list_sum(list_transform(credits, lambda c: c.amount)), 0) as effective
    from gcp_charges`,
  )
  const dumps = [
    { late: false, key: `gcp/export/${month}/${table}-${month.replace('-', '')}-000000000000.${container}` },
    ...(delivery.withLateRows
      ? [{ late: true, key: `gcp/late/${month}/${table}-${month.replace('-', '')}-000000000001.${container}` }]
      : []),
  ]
  const written: WrittenFile[] = []
  for (const { late, key } of dumps) {
    await warehouse.exec(`create or replace temp table gcp_rows as ${readQuery('estate/gcp_export.sql')}`, {
      month,
      late,
    })
    written.push(
      await copyRows(warehouse, `select ${instants(container)} from gcp_rows order by rowid`, {
        directory,
        key,
        container,
      }),
    )
  }
  return written
}

/** `bq extract` prints instants as `2026-01-31 08:00:00 UTC` in JSON and keeps them as such in Parquet. */
function instants(container: string): string {
  if (container === 'parquet') return '*'
  const texts = ['usage_start_time', 'usage_end_time', 'export_time'].map(
    (name) => `strftime(${name}, '%Y-%m-%d %H:%M:%S UTC') as ${name}`,
  )
  return `* replace (${texts.join(', ')})`
}

import type { TableField } from '@google-cloud/bigquery'
import { type DatasetId, type ExportTable, quoted } from './exports-tables.ts'

/**
 * Text of the queries. Identifiers are those of the table's own metadata, quoted; values are parameters. Every selected column is
 * text, so that no client turns a number into another one. The first line names the query.
 */

const instant = "'%Y-%m-%dT%H:%M:%E*SZ'"
/** Billing months begin at midnight in Los Angeles (specs/exports.md section 4.2). */
const billingZone = "'America/Los_Angeles'"

/** Rows and bytes of every partition; `@table_name`. Metadata only: bills the least that a query can. */
export function partitionsQuery({ project, dataset }: DatasetId): string {
  return `-- costwright: partitions
select
    partition_id,
    cast(sum(total_rows) as string) as row_count,
    cast(sum(total_logical_bytes) as string) as byte_count,
from ${quoted(project)}.${quoted(dataset)}.INFORMATION_SCHEMA.PARTITIONS
where table_name = @table_name
group by partition_id
order by partition_id`
}

/** Newest export time, rows and cost of each day of ingestion in [@from_day, @before_day): what changes when anything does. */
export function watermarkQuery({ path }: ExportTable): string {
  return `-- costwright: watermark
select
    format_timestamp('%Y-%m-%d', _partitiontime) as unit,
    format_timestamp(${instant}, max(export_time)) as newest,
    cast(count(*) as string) as row_count,
    cast(sum(cast(cost as numeric)) as string) as cost,
from ${path}
where _partitiontime >= timestamp(@from_day) and _partitiontime < timestamp(@before_day)
group by unit
order by unit`
}

/** The same for each billing month of the FOCUS export from @from_month on. */
export function focusWatermarkQuery(table: ExportTable): string {
  return `-- costwright: focus-watermark
select
    format_timestamp('%Y-%m', BillingPeriodStart, ${billingZone}) as unit,
    format_timestamp(${instant}, max(x_ExportTime)) as newest,
    cast(count(*) as string) as row_count,
    cast(sum(cast(BilledCost as numeric)) as string) as cost,
from ${table.path}
where BillingPeriodStart >= timestamp(concat(@from_month, '-01'), ${billingZone})${pruned(table)}
group by unit
order by unit`
}

/** The rows of day @unit that the watermark @newest counts, columns as the table has them now. */
export function dayQuery({ path, fields }: ExportTable): string {
  return `-- costwright: day
select
${fields.map((field) => `    ${asText(field)} as ${quoted(field.name ?? '')},`).join('\n')}
from ${path}
where _partitiontime = timestamp(@unit) and (export_time is null or export_time <= timestamp(@newest))`
}

/** The rows of billing month @from_month that the watermark @newest counts. */
export function focusMonthQuery(table: ExportTable): string {
  return `-- costwright: focus-month
select
${table.fields.map((field) => `    ${asText(field)} as ${quoted(field.name ?? '')},`).join('\n')}
from ${table.path}
where format_timestamp('%Y-%m', BillingPeriodStart, ${billingZone}) = @from_month
    and (x_ExportTime is null or x_ExportTime <= timestamp(@newest))${pruned(table)}`
}

/** List prices of partition @unit, a row per tier; prices are for one unit, whatever quantity Google quotes. */
export function pricesQuery({ path }: ExportTable): string {
  return `-- costwright: prices
select
    p.sku.id as sku_id,
    p.sku.description as sku_name,
    p.service.description as service,
    array_to_string(p.geo_taxonomy.regions, ',') as region,
    p.pricing_unit as unit,
    p.account_currency_code as currency,
    cast(cast(tier.start_usage_amount as bignumeric) as string) as tier_start,
    cast(cast(tier.account_currency_amount as bignumeric) / nullif(cast(tier.pricing_unit_quantity as bignumeric), 0) as string) as unit_price,
    format_timestamp(${instant}, p.pricing_as_of_time) as effective_at,
    to_json_string(struct(p.billing_account_id, p.product_taxonomy, p.billing_account_price)) as detail,
from ${path} as p
cross join unnest(p.list_price.tiered_rates) as tier
where p._partitiontime = timestamp(@unit)`
}

/** Rows of a billing month are not exported before it begins; a day is left for zones. */
function pruned({ byIngestionDay }: ExportTable): string {
  return byIngestionDay
    ? "\n    and _partitiontime >= timestamp_sub(timestamp(concat(@from_month, '-01')), interval 1 day)"
    : ''
}

/** Numbers keep their digits: to_json_string writes a FLOAT64 so that it reads back as the same one, and so nested amounts too. */
function asText({ name = '', type = '', mode }: TableField): string {
  const column = quoted(name)
  if (mode === 'REPEATED' || /^(RECORD|STRUCT|JSON|FLOAT|FLOAT64|RANGE)$/.test(type)) {
    return `if(${column} is null, null, to_json_string(${column}))`
  }
  if (type === 'STRING') return column
  if (type === 'TIMESTAMP') return `format_timestamp(${instant}, ${column})`
  return type === 'BYTES' ? `to_base64(${column})` : `cast(${column} as string)`
}

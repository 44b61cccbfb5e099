import { createReadStream, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'

// What DuckDB alone needs to turn the same CUR files into FOCUS-shaped Parquet: one statement a file, two files at a time,
// plain casts, no checks, no repairs, no control totals, no versions, no rollups. The yardstick of the import benchmark.
const [container, out, ...files] = process.argv.slice(2)
if (!container || !out || files.length === 0) throw new Error('usage: bare.ts csv|parquet OUT FILE…')
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const instance = await DuckDBInstance.create(':memory:', {
  memory_limit: '1GB',
  threads: '2',
  preserve_insertion_order: 'false',
  temp_directory: join(out, 'spill'),
})

const money = (name: string) =>
  container === 'parquet' ? `nullif(${name}::varchar, '')::decimal(38, 15)` : `${name}::decimal(38, 15)`
const tags = container === 'parquet' ? 'resource_tags' : 'resource_tags::json::map(varchar, varchar)'
const select = (source: string) => `
  select
    ${money('line_item_unblended_cost')} as BilledCost,
    case line_item_line_item_type
      when 'SavingsPlanCoveredUsage' then ${money('savings_plan_savings_plan_effective_cost')}
      when 'DiscountedUsage' then ${money('reservation_effective_cost')}
      else ${money('line_item_unblended_cost')} end as EffectiveCost,
    coalesce(${money('pricing_public_on_demand_cost')}, ${money('line_item_unblended_cost')}) as ListCost,
    ${money('line_item_unblended_cost')} as ContractedCost,
    ${money('pricing_public_on_demand_rate')} as ListUnitPrice,
    ${money('line_item_unblended_rate')} as ContractedUnitPrice,
    ${money('line_item_usage_amount')} as PricingQuantity,
    ${money('line_item_usage_amount')} as ConsumedQuantity,
    line_item_usage_start_date::timestamp as ChargePeriodStart,
    line_item_usage_end_date::timestamp as ChargePeriodEnd,
    bill_billing_period_start_date::timestamp as BillingPeriodStart,
    bill_billing_period_end_date::timestamp as BillingPeriodEnd,
    bill_payer_account_id as BillingAccountId,
    bill_invoice_id as InvoiceId,
    line_item_usage_account_id as SubAccountId,
    line_item_usage_account_name as SubAccountName,
    line_item_currency_code as BillingCurrency,
    line_item_line_item_type as ChargeCategory,
    line_item_line_item_description as ChargeDescription,
    line_item_product_code as ServiceName,
    line_item_availability_zone as AvailabilityZone,
    line_item_resource_id as ResourceId,
    line_item_usage_type as SkuMeter,
    line_item_operation as x_Operation,
    product_region_code as RegionId,
    product_location as RegionName,
    product_sku as SkuId,
    pricing_rate_code as SkuPriceId,
    pricing_unit as PricingUnit,
    coalesce(savings_plan_savings_plan_a_r_n, reservation_reservation_a_r_n) as CommitmentDiscountId,
    ${tags} as Tags
  from ${source}`

const header = container === 'csv' ? await headerOf(files[0] ?? '') : []
const queue = files.entries()
async function work(): Promise<void> {
  const connection = await instance.connect()
  for (const [index, file] of queue) {
    const columns = header.map((name) => `'${name}': 'VARCHAR'`).join(', ')
    const source =
      container === 'parquet'
        ? `read_parquet('${file}')`
        : `read_csv('${file}', auto_detect = false, header = false, skip = 1, delim = ',', quote = '"', escape = '"', compression = 'gzip', nullstr = '', columns = {${columns}})`
    await connection.run(
      `copy (${select(source)}) to '${join(out ?? '', `${index}.parquet`)}' (format parquet, compression zstd)`,
    )
  }
  connection.closeSync()
}
await Promise.all([work(), work()])
instance.closeSync()

async function headerOf(file: string): Promise<string[]> {
  for await (const line of createInterface({ input: createReadStream(file).pipe(createGunzip()) }))
    return line.split(',').map((name) => name.replaceAll('"', ''))
  throw new Error(`${file} is empty`)
}

import type { FakeField, FakeRow } from './bigquery-sql.ts'

export const detailed = 'gcp_billing_export_resource_v1_01A2B3_C4D5E6_F7A8B9'

const text = (...names: string[]): FakeField[] => names.map((name) => ({ name, type: 'STRING' }))
const record = (name: string, mode = 'NULLABLE'): FakeField => ({ name, type: 'RECORD', mode, fields: [] })
const number = (name: string): FakeField => ({ name, type: 'FLOAT' })
const instant = (name: string): FakeField => ({ name, type: 'TIMESTAMP' })

/** Columns of the standard usage export (specs/exports.md section 4.2). */
export const standardFields: readonly FakeField[] = [
  ...text('billing_account_id', 'currency', 'cost_type', 'transaction_type', 'seller_name'),
  instant('usage_start_time'),
  instant('usage_end_time'),
  instant('export_time'),
  ...[
    'service',
    'sku',
    'project',
    'location',
    'usage',
    'invoice',
    'adjustment_info',
    'price',
    'consumption_model',
    'subscription',
  ].map((name) => record(name)),
  ...['labels', 'system_labels', 'tags', 'credits'].map((name) => record(name, 'REPEATED')),
  ...['cost', 'currency_conversion_rate', 'cost_at_list', 'cost_at_effective_price_default'].map(number),
]

/** The detailed export has the resource beside them. */
export const detailedFields: readonly FakeField[] = [...standardFields, record('resource')]

export const focusFields: readonly FakeField[] = [
  ...text(
    'BillingAccountId',
    'BillingCurrency',
    'ChargeCategory',
    'ChargeDescription',
    'ChargeFrequency',
    'InvoiceIssuerName',
  ),
  ...text('ProviderName', 'PublisherName', 'ServiceCategory', 'ServiceName', 'SubAccountId'),
  ...['BillingPeriodStart', 'BillingPeriodEnd', 'ChargePeriodStart', 'ChargePeriodEnd', 'x_ExportTime'].map(instant),
  ...['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'].map((name) => ({ name, type: 'NUMERIC' })),
  record('Tags', 'REPEATED'),
]

/** One hour of a virtual machine; `cost` keeps the digits of a FLOAT64. */
export function usageRow(cost: number, more: FakeRow = {}): FakeRow {
  return {
    billing_account_id: '01A2B3-C4D5E6-F7A8B9',
    service: { id: '6F81-5844-456A', description: 'Compute Engine' },
    sku: { id: 'BB77-5FDA-69D9', description: 'N2 Instance Core running in Americas' },
    usage_start_time: '2026-03-10 08:00:00 UTC',
    usage_end_time: '2026-03-10 09:00:00 UTC',
    export_time: '2026-03-10 12:00:00.123456 UTC',
    project: { id: 'shop-prod', number: '4000', name: 'Shop' },
    location: { location: 'us-central1', region: 'us-central1' },
    labels: [{ key: 'team', value: 'shop' }],
    system_labels: [],
    tags: [],
    credits: [],
    cost,
    currency: 'USD',
    currency_conversion_rate: 1,
    usage: { amount: 3600, unit: 'seconds', amount_in_pricing_units: 1, pricing_unit: 'hour' },
    invoice: { month: '202603' },
    cost_type: 'regular',
    ...more,
  }
}

import { prepareTables } from '../../src/recommend/prepare.ts'
import { readRule } from '../../src/recommend/rules.ts'
import { runRule } from '../../src/recommend/run-rule.ts'
import type { Params } from '../../src/warehouse/warehouse.ts'
import { type EstateOptions, estateOf, type Row } from './rows.ts'

/** Look-back of the tests: September 2026, 720 hours; rules of 14 days see its second half from the 17th. */
export const september = { start: '2026-09-01', end: '2026-10-01' }

/** FOCUS columns that a provider's rows share. */
export const providers: Readonly<Record<'aws' | 'azure' | 'gcp', Row>> = {
  aws: { x_ProviderName: 'AWS', ServiceProviderName: 'AWS', InvoiceIssuerName: 'AWS', RegionId: 'us-east-1' },
  azure: {
    x_ProviderName: 'Microsoft',
    ServiceProviderName: 'Microsoft',
    InvoiceIssuerName: 'Microsoft',
    RegionId: 'westeurope',
    BillingCurrency: 'EUR',
  },
  gcp: {
    x_ProviderName: 'Google Cloud',
    ServiceProviderName: 'Google Cloud',
    InvoiceIssuerName: 'Google Cloud',
    RegionId: 'europe-west1',
  },
}

/** The row once for each day of `[from, to)`, a charge of a whole day. Default: all of September 2026. */
export function daily(row: Row, from = september.start, to = september.end): Row[] {
  const start = Date.parse(`${from}T00:00:00Z`)
  const days = (Date.parse(`${to}T00:00:00Z`) - start) / 86_400_000
  return Array.from({ length: days }, (_, day) => ({
    ...row,
    ChargePeriodStart: new Date(start + day * 86_400_000).toISOString(),
    ChargePeriodEnd: new Date(start + (day + 1) * 86_400_000).toISOString(),
  }))
}

/**
 * Findings of one rule (file name without `.sql`) over these charges, given as in `estateOf`; the cloud is that of the rule's name.
 * Optional columns: x_UsageType, x_Operation, x_MeterCategory, x_MeterSubCategory.
 */
export async function findingsOf(
  name: string,
  rows: readonly Row[],
  options: EstateOptions & { readonly params?: Params } = {},
): Promise<Row[]> {
  const cloud = name.split('_')[0]
  const base = cloud === 'aws' || cloud === 'azure' || cloud === 'gcp' ? providers[cloud] : {}
  const estate = await estateOf(rows, { ...options, defaults: { ...base, ...options.defaults } })
  try {
    await prepareTables(estate.warehouse, september)
    return [...(await runRule(estate.warehouse, readRule(name), september, options.params)).rows]
  } finally {
    estate.warehouse.close()
  }
}

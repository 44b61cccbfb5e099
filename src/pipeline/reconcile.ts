import { currentVersions, type LakeVersion, readJournal } from '../lake/journal.ts'
import type { Layout } from '../lake/layout.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { parquetOf } from './totals.ts'

/** Why stored and delivered totals of a ledger differ: a note on the rows concerned and its amount. */
export interface Cause {
  readonly cause: string
  readonly amount: string
  readonly rows: string
}

/** One ledger of one billing period in one currency: as delivered, as stored, the difference and its causes. */
export interface Reconciled {
  readonly source: string
  readonly format: string
  readonly billing_period: string
  readonly version: number
  readonly currency: string
  readonly ledger: 'billed' | 'effective'
  readonly rows_in: number
  readonly rows_out: number
  readonly delivered: string | null
  readonly stored: string | null
  readonly difference: string | null
  readonly unexplained: string | null
  readonly state: 'ties' | 'explained' | 'unexplained' | 'not_computable'
  readonly causes: readonly Cause[]
}

/** One invoice of one billing period, from the rows that carry its id; `open` rows carry none yet. */
export interface InvoiceTotal {
  readonly source: string
  readonly billing_period: string
  readonly invoice_id: string
  readonly currency: string
  readonly rows: string
  readonly billed_cost: string
}

/**
 * Compares, per source, billing period, currency and ledger, the provider's own figures with the stored charges
 * (reconciliation.md section 1). Stored totals are measured anew on the Parquet rows, not taken from the record.
 */
export async function reconcile(
  layout: Layout,
  warehouse: Warehouse,
  asOf?: string,
): Promise<{ totals: Reconciled[]; invoices: InvoiceTotal[] }> {
  const totals: Reconciled[] = []
  const invoices: InvoiceTotal[] = []
  for (const version of currentVersions(readJournal(layout), asOf)) {
    const rows = parquetOf([...version.parts.flatMap((part) => part.files), ...version.settled].map(layout.resolve))
    for (const ledger of ['billed', 'effective'] as const)
      totals.push(...(await ledgerTotals(warehouse, version, rows, ledger)))
    invoices.push(...(await invoiceTotals(warehouse, version, rows)))
  }
  return { totals, invoices }
}

const ledgers = {
  billed: { stored: '"BilledCost"', delivered: '"x_SourceCost"' },
  effective: { stored: '"EffectiveCost"', delivered: '"x_SourceEffectiveCost"' },
}

async function ledgerTotals(
  warehouse: Warehouse,
  version: LakeVersion,
  rows: string,
  ledger: 'billed' | 'effective',
): Promise<Reconciled[]> {
  const { stored, delivered } = ledgers[ledger]
  const sums = await warehouse.query(`
    select
        coalesce("BillingCurrency", 'XXX') as currency,
        sum(${delivered}) as delivered,
        sum(${stored}) filter ("x_RowKind" in ('charge', 'derived')) as stored,
        sum(${stored}) filter ("x_RowKind" in ('charge', 'derived')) - sum(${delivered}) as difference,
        count(*) filter ("x_RowKind" in ('charge', 'excluded')) as rows_in,
        count(*) filter ("x_RowKind" in ('charge', 'derived')) as rows_out
    from ${rows}
    group by 1
    order by 1`)
  const result: Reconciled[] = []
  for (const row of sums.rows) {
    const text = (name: string) => (row[name] === null || row[name] === undefined ? null : String(row[name]))
    const difference = text('difference')
    const ties = difference !== null && /^-?0(\.0+)?$/.test(difference)
    const found =
      difference === null || ties
        ? { causes: [], unexplained: ties ? '0' : null }
        : await causesOf(warehouse, rows, ledger, String(row['currency']))
    result.push({
      source: version.source,
      format: version.format,
      billing_period: version.period,
      version: version.version,
      currency: String(row['currency']),
      ledger,
      rows_in: Number(row['rows_in']),
      rows_out: Number(row['rows_out']),
      delivered: text('delivered'),
      stored: text('stored'),
      difference,
      unexplained: found.unexplained,
      state:
        difference === null
          ? 'not_computable'
          : ties
            ? 'ties'
            : /^-?0(\.0+)?$/.test(found.unexplained ?? '1')
              ? 'explained'
              : 'unexplained',
      causes: found.causes,
    })
  }
  return result
}

/** Rows that were changed carry a note; the difference is split by it. What bears no note stays unexplained. */
async function causesOf(warehouse: Warehouse, rows: string, ledger: 'billed' | 'effective', currency: string) {
  const { stored, delivered } = ledgers[ledger]
  const { rows: notes } = await warehouse.query(
    `select "x_SourceChanges" as cause, count(*) as n,
        sum(coalesce(case when "x_RowKind" in ('charge', 'derived') then ${stored} end, 0) - coalesce(${delivered}, 0)) as amount
     from ${rows}
     where coalesce("BillingCurrency", 'XXX') = $currency
     group by all
     having amount <> 0
     order by abs(amount) desc`,
    { currency },
  )
  const causes = notes
    .filter((note) => note['cause'] !== null)
    .map((note) => ({ cause: String(note['cause']), amount: String(note['amount']), rows: String(note['n']) }))
  const bare = notes.find((note) => note['cause'] === null)
  return { causes, unexplained: bare ? String(bare['amount']) : '0' }
}

async function invoiceTotals(warehouse: Warehouse, version: LakeVersion, rows: string): Promise<InvoiceTotal[]> {
  const result = await warehouse.query(`
    select
        coalesce(nullif(trim("InvoiceId"), ''), 'open') as invoice_id,
        coalesce("BillingCurrency", 'XXX') as currency,
        count(*) as n,
        sum("BilledCost") as billed_cost
    from ${rows}
    where "x_RowKind" in ('charge', 'derived')
    group by 1, 2
    order by 1, 2`)
  return result.rows.map((row) => ({
    source: version.source,
    billing_period: version.period,
    invoice_id: String(row['invoice_id']),
    currency: String(row['currency']),
    rows: String(row['n']),
    billed_cost: String(row['billed_cost']),
  }))
}

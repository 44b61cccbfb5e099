import { loadCatalog } from '../../src/catalog/catalog.ts'
import { runQuery } from '../../src/catalog/run.ts'
import { focusColumns, lakeColumns } from '../../src/core/focus.ts'
import { buildMarts, buildRollups, prepareConfig } from '../../src/pipeline/marts.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { type Param, quoteIdentifier, type Warehouse } from '../../src/warehouse/warehouse.ts'

export type Row = Readonly<Record<string, unknown>>

export interface Estate {
  readonly warehouse: Warehouse
  /** Rows of a catalogue query. */
  run(name: string, params?: Readonly<Record<string, Param>>): Promise<Row[]>
  rows(sql: string): Promise<Row[]>
}

export interface EstateOptions {
  /** SQL that runs before the marts are built: policy, budgets, business metrics, ... */
  readonly setup?: string
  /** FOCUS columns that every row gets unless it says otherwise. */
  readonly defaults?: Row
}

const columns = [
  ...focusColumns.map(({ name, type }) => ({ name, type })),
  ...lakeColumns,
  { name: 'source', type: 'VARCHAR' },
  { name: 'billing_period', type: 'VARCHAR' },
  { name: 'version', type: 'INTEGER' },
  ...[
    'x_UsageType',
    'x_Operation',
    'x_MeterCategory',
    'x_MeterSubCategory',
    'x_OfferId',
    'x_Term',
    'x_CommitmentEnd',
  ].map((name) => ({
    name,
    type: 'VARCHAR',
  })),
]

const ordinary: Row = {
  ChargeCategory: 'Usage',
  ChargeFrequency: 'Usage-Based',
  BillingCurrency: 'USD',
  BillingAccountId: 'payer',
  SubAccountId: 'account',
  ServiceProviderName: 'Cloud',
  InvoiceIssuerName: 'Cloud',
  ServiceName: 'Compute Engine',
  ServiceCategory: 'Compute',
  ChargePeriodStart: '2026-09-01T00:00:00Z',
  x_RowKind: 'charge',
  source: 'cloud',
  version: 1,
}

/**
 * A warehouse with rollups and marts over these charges, given by their FOCUS columns (amounts as text, Tags as an object).
 * BilledCost gives the costs that a row does not state; the billing period is that of ChargePeriodStart; a charge lasts an hour.
 */
export async function estateOf(rows: readonly Row[], options: EstateOptions = {}): Promise<Estate> {
  const warehouse = await openDuckDb({ path: ':memory:', threads: 2 })
  await warehouse.exec(
    `create table charges (${columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(', ')})`,
  )
  await prepareConfig(warehouse)
  await insertCharges(
    warehouse,
    rows.map((row) => complete({ ...ordinary, ...options.defaults, ...row })),
  )
  if (options.setup) await warehouse.exec(options.setup)
  await buildRollups(warehouse)
  await buildMarts(warehouse)
  const catalog = loadCatalog()
  return {
    warehouse,
    run: async (name, params = {}) => [...(await runQuery(warehouse, catalog, name, params)).rows],
    rows: async (sql) => [...(await warehouse.query(sql)).rows],
  }
}

function complete(row: Row): Row {
  const start = new Date(String(row['ChargePeriodStart']))
  const month = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), 1))
  const cost = row['BilledCost'] === undefined ? row['EffectiveCost'] : row['BilledCost']
  const base: Row = {
    BilledCost: cost,
    EffectiveCost: cost,
    ContractedCost: cost,
    ListCost: cost,
    x_SourceCost: row['BilledCost'] ?? cost,
    ChargePeriodEnd: new Date(start.getTime() + 3_600_000).toISOString(),
    BillingPeriodStart: month.toISOString(),
    BillingPeriodEnd: new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1)).toISOString(),
  }
  const full = { ...base, ...row }
  return { ...full, billing_period: full['billing_period'] ?? String(full['BillingPeriodStart']).slice(0, 7) }
}

async function insertCharges(warehouse: Warehouse, rows: readonly Row[]): Promise<void> {
  const value = ({ name, type }: { name: string; type: string }) => {
    const text = `r->>'$."${name}"'`
    return type.startsWith('MAP') ? `cast(cast(${text} as json) as map(varchar, varchar))` : `cast(${text} as ${type})`
  }
  await warehouse.exec(
    `insert into charges select ${columns.map(value).join(', ')} from (select unnest(cast(cast($rows as json) as json[])) as r)`,
    { rows: JSON.stringify(rows) },
  )
}

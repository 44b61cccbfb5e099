import { createHash } from 'node:crypto'
import { readQuery } from '../catalog/files.ts'
import type { Config } from '../config.ts'
import kpis from '../core/kpi-targets.json' with { type: 'json' }
import { budgets } from '../formats/budgets.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'

const dimensions = ['team', 'product', 'environment'] as const

/** A table of `columns` (name and SQL type) that arrives as rows of text in one parameter. */
interface ConfigTable {
  readonly name: string
  readonly columns: Readonly<Record<string, string>>
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/**
 * Makes the tables that marts and queries are configured with, replacing those of an earlier build: `policy_keys`, `tag_aliases`,
 * `placeholders`, `dimension_keys`, `account_dimensions`, `business_metric_kinds`, `kpi_targets` and `config_budgets`
 * (columns of the table `budgets`; annual budgets already split into months). Columns as in queries/marts/00_config.sql.
 */
export async function createConfigTables(warehouse: Warehouse, config: Config): Promise<void> {
  for (const table of configTables(config)) await createTable(warehouse, table, 'table')
  await createBudgets(warehouse, config)
}

/**
 * A hash that changes when a setting changes that tag rollups are computed with (policy, placeholders, dimensions, accounts);
 * the order of keys, accounts and allowed values does not matter, the priority of a dimension's tags does.
 */
export function policyKey(config: Config): string {
  const sorted = (values: readonly string[] | undefined) => (values ? [...values].sort() : null)
  const settings = {
    required: config.policy.required
      .map((key) => JSON.stringify([key.key, sorted(key.allowed), sorted(key.aliases)]))
      .sort(),
    placeholders: sorted(config.policy.placeholders),
    dimensions: dimensions.map((dimension) => config.dimensions[dimension]),
    accounts: accountRows(config)
      .map((row) => JSON.stringify(Object.values(row)))
      .sort(),
  }
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16)
}

function configTables(config: Config): ConfigTable[] {
  const { required, placeholders } = config.policy
  return [
    {
      name: 'policy_keys',
      columns: { tag_key: 'varchar', required: 'boolean', allowed: 'varchar[]' },
      rows: required.map(({ key, allowed }) => ({ tag_key: key, required: true, allowed: allowed ?? null })),
    },
    {
      name: 'tag_aliases',
      columns: { tag_key: 'varchar', alias: 'varchar' },
      rows: required.flatMap(({ key, aliases }) => aliases.map((alias) => ({ tag_key: key, alias }))),
    },
    {
      name: 'placeholders',
      columns: { value: 'varchar' },
      // A blank is a placeholder anyway; the row keeps an intended empty list from being filled with the defaults.
      rows: [...new Set(['', ...placeholders])].map((value) => ({ value })),
    },
    {
      name: 'dimension_keys',
      columns: { dimension: 'varchar', tag_key: 'varchar', priority: 'integer' },
      rows: dimensionRows(config),
    },
    {
      name: 'account_dimensions',
      columns: { sub_account_id: 'varchar', dimension: 'varchar', value: 'varchar' },
      rows: accountRows(config),
    },
    {
      name: 'business_metric_kinds',
      columns: { metric: 'varchar', aggregation: 'varchar', minimum_quantity: 'decimal(38, 15)' },
      rows: config.metrics.map(({ name, aggregation, minimum_quantity }) => ({
        metric: name,
        aggregation,
        minimum_quantity,
      })),
    },
    {
      name: 'kpi_targets',
      columns: { kpi: 'varchar', comparison: 'varchar', met: 'double', near: 'double', origin: 'varchar' },
      rows: targetRows(config),
    },
  ]
}

/** Tag keys of each dimension by priority; the aliases of a policy key rank right after it. */
function dimensionRows(config: Config): Record<string, unknown>[] {
  const aliases = new Map(config.policy.required.map((key) => [key.key, key.aliases]))
  return dimensions.flatMap((dimension) => {
    const own = config.dimensions[dimension]
    const keys = new Set(
      own.flatMap((key) => [key, ...(aliases.get(key) ?? []).filter((alias) => !own.includes(alias))]),
    )
    return [...keys].map((tag_key, index) => ({ dimension, tag_key, priority: index + 1 }))
  })
}

function accountRows(config: Config): { sub_account_id: string; dimension: string; value: string }[] {
  return Object.entries(config.accounts).flatMap(([account, values]) =>
    dimensions.flatMap((dimension) => {
      const value = values[dimension]
      return value === undefined ? [] : [{ sub_account_id: account, dimension, value }]
    }),
  )
}

function targetRows(config: Config): Record<string, unknown>[] {
  const rows = new Map<string, Record<string, unknown>>(kpis.targets.map((target) => [target.kpi, target]))
  for (const target of config.targets) rows.set(target.kpi, { ...target, origin: 'costwright.yaml' })
  return [...rows.values()]
}

/** Budgets of the configuration take the way of budgets from files: the same query splits years into months. */
async function createBudgets(warehouse: Warehouse, config: Config): Promise<void> {
  const types = {
    text: 'varchar',
    decimal: 'decimal(38, 15)',
    instant: 'timestamp',
    map: 'map(varchar, varchar)',
    json: 'varchar',
  }
  const columns = Object.fromEntries(Object.entries(budgets.input).map(([name, type]) => [name, types[type]]))
  const apart = await warehouse.fork()
  try {
    await createTable(apart, { name: 'staged', columns, rows: budgetRows(config) }, 'temp table')
    await apart.exec(`create temp table traits as select '' as dimension`)
    await apart.exec(`create or replace table config_budgets as ${readQuery(budgets.query)}`)
  } finally {
    apart.close()
  }
}

function budgetRows(config: Config): Record<string, unknown>[] {
  return config.budgets.flatMap(({ name, months, annual, ...rest }) => {
    const { phasing } = annual ?? {}
    const year = annual && { month: String(annual.year), amount: annual.amount }
    const words = typeof phasing === 'string' || phasing === undefined ? phasing : phasing.join(' ')
    const parts = year
      ? [{ ...year, phasing: words }]
      : Object.entries(months ?? {}).map(([month, amount]) => ({ month, amount }))
    return parts.map((part) => ({ budget: name, ...rest, ...part }))
  })
}

async function createTable(warehouse: Warehouse, table: ConfigTable, kind: 'table' | 'temp table'): Promise<void> {
  const columns = Object.entries(table.columns)
  const shape = JSON.stringify([
    Object.fromEntries(columns.map(([name, type]) => [name, type.endsWith('[]') ? ['VARCHAR'] : 'VARCHAR'])),
  ])
  const selected = columns.map(([name, type]) => `cast(r.${name} as ${type}) as ${name}`)
  await warehouse.exec(
    `create or replace ${kind} ${table.name} as
     select ${selected.join(', ')} from (select unnest(from_json($rows::json, $shape)) as r)`,
    { rows: JSON.stringify(table.rows), shape },
  )
}

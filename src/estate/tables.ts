import { readQuery } from '../catalog/files.ts'
import type { Params, Warehouse } from '../warehouse/warehouse.ts'

export interface EstateModel {
  readonly seed: number
  readonly months: readonly string[]
  readonly scale: number
}

const fixed = ['owners', 'lines_aws', 'lines_azure', 'lines_gcp', 'events', 'fleets', 'commitments_aws']

/** Fills schema `estate` of the warehouse: the company's accounts, resources, commitments and planted events. */
export async function createModel(warehouse: Warehouse, model: EstateModel): Promise<void> {
  const { seed, scale } = model
  await dropModel(warehouse)
  await warehouse.exec('create schema estate')
  await warehouse.exec(readQuery('estate/functions.sql'))
  await createTable(warehouse, 'estate.calendar', 'calendar', { months: model.months })
  for (const name of fixed) await createTable(warehouse, `estate.${name}`, name)
  await createTable(warehouse, 'estate.event_days', 'event_days', { seed })
  await createTable(warehouse, 'estate.resources', 'resources', { seed, scale })
  await createTable(warehouse, 'estate.fleet_members', 'fleet_members', { seed, scale })
  for (const name of ['plan_terms', 'commitments_azure', 'commitments_gcp'])
    await createTable(warehouse, `estate.${name}`, name)
  await warehouse.exec(
    `create table estate.spend (provider varchar, month varchar, currency varchar, team varchar, product varchar,
      owner_id varchar, effective decimal(28, 10))`,
  )
}

export async function dropModel(warehouse: Warehouse): Promise<void> {
  await warehouse.exec('drop schema if exists estate cascade')
}

/** `create table` from `queries/estate/<query>.sql`; `table` is one of the names in this folder. */
export async function createTable(
  warehouse: Warehouse,
  table: string,
  query: string,
  params: Params = {},
): Promise<void> {
  await warehouse.exec(`create table ${table} as ${readQuery(`estate/${query}.sql`)}`, params)
}

/** The same for a table of one connection, replaced month by month. */
export async function createTemp(
  warehouse: Warehouse,
  table: string,
  query: string,
  params: Params = {},
): Promise<void> {
  await warehouse.exec(`create or replace temp table ${table} as ${readQuery(`estate/${query}.sql`)}`, params)
}

/** Adds what teams, products and accounts spent in a month (accrual) to `estate.spend`: the basis of the budgets. */
export async function recordSpend(
  warehouse: Warehouse,
  provider: string,
  month: string,
  effective: string,
): Promise<void> {
  await warehouse.exec(
    `insert into estate.spend
    select $provider::varchar, $month::varchar, $currency::varchar, o.team, coalesce(c.product, o.product), o.owner_id, sum(c.effective)
    from (${effective}) as c
    join estate.owners as o on o.owner_id = c.owner_id
    group by all`,
    { provider, month, currency: provider === 'azure' ? 'EUR' : 'USD' },
  )
}

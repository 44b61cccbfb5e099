import { join } from 'node:path'
import { readQuery } from '../catalog/files.ts'
import type { LakeVersion } from '../lake/journal.ts'
import { quoteText, type Warehouse } from '../warehouse/warehouse.ts'
import { parquetOf } from './totals.ts'

/** Who may see what: the rows that these teams own, as the mart `daily` names their owner. Never empty. */
export interface Audience {
  readonly teams: readonly string[]
  /** The warehouse that holds the rows of everyone, for the same state of the lake. */
  readonly whole: string
}

/** A version and the folder of its rollups. */
export interface RolledUp extends LakeVersion {
  readonly folder: string
}

/**
 * Creates what tells the rows of an audience from those of others: `owned_teams`, `owned_rows` (combination of tags and account),
 * `owned_resources` and `owned_accounts` (of which nobody else has a row) and `owned_keys` (the tag keys that number the combinations of a
 * version).
 */
export async function createOwned(
  warehouse: Warehouse,
  { teams, whole }: Audience,
  versions: readonly RolledUp[],
): Promise<void> {
  await warehouse.exec('create table owned_teams (team varchar)')
  await warehouse.exec('insert into owned_teams select unnest($teams::varchar[])', { teams: [...teams] })
  await warehouse.exec(`attach ${quoteText(whole)} as whole (read_only)`)
  await warehouse.exec(`create table owned_rows as
    select distinct tag_set, sub_account_id from whole.daily where team in (select team from owned_teams)`)
  await warehouse.exec(readQuery('audience/owned_alone.sql'))
  await warehouse.exec('detach whole')
  await warehouse.exec(
    'create table owned_keys (source varchar, billing_period varchar, version integer, raw_keys varchar[])',
  )
  for (const { source, period, version, folder } of versions) {
    await warehouse.exec(
      `insert into owned_keys
       select $source, $period, $version::integer, coalesce(list(distinct raw_key order by raw_key), [])
       from ${parquetOf([join(folder, 'rollup_tag_keys.parquet')])} where tag_key is not null`,
      { source, period, version },
    )
  }
}

/**
 * The part of a rollup, or of `charges`, that the audience owns. `rows` is the text of a relation. Which way a semi join runs, and so the order of
 * its rows, the engine chooses anew each time: store them where their order matters.
 */
export function ownedPart(name: string, rows: string): string {
  if (name === 'rollup_tag_keys' || name === 'rollup_meters') return `from ${rows}`
  if (name === 'rollup_tag_sets')
    return `select r.* from ${rows} as r semi join owned_rows as o on o.tag_set = r.tag_set`
  if (name === 'charges')
    return `select r.* from ${rows} as r
      inner join owned_keys as k on k.source = r.source and k.billing_period = r.billing_period and k.version = r.version
      semi join owned_rows as o
        on o.tag_set = tag_set_id(tag_values_of(r.Tags, k.raw_keys), k.raw_keys) and o.sub_account_id is not distinct from r.SubAccountId`
  return `select r.* from ${rows} as r
    semi join owned_rows as o on o.tag_set = r.tag_set and o.sub_account_id is not distinct from r.sub_account_id`
}

/** Takes out of the tables that feed reports what the audience may not see: budgets, totals and names of others. Before the marts. */
export async function restrictTables(warehouse: Warehouse): Promise<void> {
  await warehouse.exec(readQuery('audience/restrict.sql'))
}

/** Counts and amounts of versions become those of their owned charges. After the marts. */
export async function restateVersions(warehouse: Warehouse): Promise<void> {
  await warehouse.exec(readQuery('audience/restate.sql'))
}

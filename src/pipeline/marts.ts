import { fileURLToPath } from 'node:url'
import { queriesUrl, readFolder, readQuery } from '../catalog/files.ts'
import { QueryError } from '../errors.ts'
import { quoteIdentifier, quoteText, type Warehouse } from '../warehouse/warehouse.ts'

/** A query and the name of the table that holds its rows. */
export interface NamedQuery {
  readonly name: string
  readonly sql: string
}

const rollupNames = ['rollup_tag_keys', 'rollup_meters', 'rollup_daily', 'rollup_tag_sets', 'rollup_resources'] as const
const martNames = [
  'tag_policy',
  'tag_set_keys',
  'tag_sets',
  'taggable_types',
  'accounts',
  'daily',
  'monthly',
  'daily_accrual',
  'dimension_days',
  'resources',
  'months',
  'metric_days',
] as const

/** Usage that commitments can cover, by meter: rollups read it. */
const programsFile = 'lookups/commitment_programs.csv'

/**
 * The queries that sum up the charges of one version (source, billing period, version), in the order they must run.
 *
 * Each reads the relation `charges` and the tables of `prepareConfig`, and may read the results of those before it, which
 * must exist under their names on the same connection. Rows of different versions add up by union.
 */
export const rollupQueries: readonly NamedQuery[] = rollupNames.map((name) => ({
  name,
  sql: readQuery(`marts/${name}.sql`),
}))

/** The texts that tell rollups of the same charges apart. */
export function rollupTexts(): readonly string[] {
  return [readQuery('marts/00_config.sql'), readQuery(programsFile), ...rollupQueries.map(({ sql }) => sql)]
}

/** Whether a mart's rows are stored in the warehouse; the others are computed when they are asked for. */
export function isStored(mart: string): boolean {
  return ([...rollupNames, ...martNames] as readonly string[]).includes(mart)
}

/** The text of every mart, macro script and table of theirs: what tells warehouses of the same lake apart. */
export function martScripts(): readonly string[] {
  return [...readFolder('marts'), readQuery('prelude/duckdb.sql'), readQuery(programsFile)]
}

/**
 * Creates the tables that answers are configured with, where absent, with their defaults, and the shared macros.
 * Call it after creating the tables that `costwright.yaml` fills, before rollups and marts.
 */
export async function prepareConfig(warehouse: Warehouse): Promise<void> {
  for (const name of ['00_config', '01_collected_tables']) await run(warehouse, name, readQuery(`marts/${name}.sql`))
  const programs = fileURLToPath(new URL(programsFile, queriesUrl))
  await run(
    warehouse,
    'commitment_programs',
    `create or replace table commitment_programs as from read_csv(${quoteText(programs)}, all_varchar = true, header = true)`,
  )
}

/** Computes the rollups of the whole relation `charges` as tables of this warehouse: what tests and small estates need. */
export async function buildRollups(warehouse: Warehouse): Promise<void> {
  for (const query of rollupQueries) await createTable(warehouse, query)
}

/**
 * Builds the tables that reports read. `rollup_*` hold the rows of all current versions, `lake_versions` their deliveries.
 *
 * @throws QueryError naming the mart that failed
 */
export async function buildMarts(warehouse: Warehouse): Promise<void> {
  await prepareConfig(warehouse)
  for (const name of martNames) await createTable(warehouse, { name, sql: readQuery(`marts/${name}.sql`) })
  await run(warehouse, 'commitment_terms', readQuery('marts/98_commitment_terms.sql'))
  await run(warehouse, 'costs_between', readQuery('marts/99_costs_between.sql'))
}

async function createTable(warehouse: Warehouse, query: NamedQuery): Promise<void> {
  await run(warehouse, query.name, `create or replace table ${quoteIdentifier(query.name)} as ${query.sql}`)
}

async function run(warehouse: Warehouse, name: string, sql: string): Promise<void> {
  try {
    await warehouse.exec(sql)
  } catch (cause) {
    throw new QueryError(name, cause)
  }
}

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readFolder } from '../catalog/files.ts'
import type { Config } from '../config.ts'
import { focusColumns, lakeColumns } from '../core/focus.ts'
import { currentVersions, type Delivery, type LakeVersion, readJournal } from '../lake/journal.ts'
import type { Layout } from '../lake/layout.ts'
import { type OpenWarehouse, quoteIdentifier, quoteText, type Warehouse } from '../warehouse/warehouse.ts'
import { type Audience, createOwned, ownedPart, restateVersions, restrictTables } from './audience.ts'
import { createConfigTables, policyKey } from './config-tables.ts'
import { fillImportedTables } from './imported-tables.ts'
import { buildMarts, martScripts, prepareConfig, rollupQueries, rollupTexts } from './marts.ts'
import { openFound, sweepWarehouses } from './sweep.ts'
import { parquetOf } from './totals.ts'

export interface BuildContext {
  readonly layout: Layout
  readonly config: Config
  readonly openWarehouse: OpenWarehouse
  readonly onProgress: (label: string, done: number, total: number) => void
}

/** A warehouse file that answers queries for one state of the lake. */
export interface Build {
  readonly id: string
  readonly path: string
  readonly fresh: boolean
}

/**
 * Makes sure that the warehouse of the lake's present state (or of its state `asOf` an instant) exists, and returns it.
 * Costs nothing when it is there; otherwise rolls up the versions that changed and writes a new file beside the old one.
 */
export async function buildWarehouse(context: BuildContext, asOf?: string): Promise<Build> {
  const { layout } = context
  const journal = readJournal(layout).filter((delivery) => asOf === undefined || delivery.landed_at <= asOf)
  const versions = currentVersions(journal)
  const policy = policyOf(context)
  const id = hash(
    layout.data,
    policy,
    ...martScripts(),
    JSON.stringify(context.config),
    JSON.stringify(journal.map((delivery) => delivery.id)),
  )
  const path = join(layout.warehouse, `${id}.duckdb`)
  const fresh = !existsSync(path)
  if (fresh) {
    mkdirSync(layout.warehouse, { recursive: true })
    await rollUpMissing(context, versions, policy)
    await writeWarehouse(context, path, { journal, versions, policy })
  }
  if (asOf === undefined) {
    pointTo(layout, id)
    if (fresh) sweepWarehouses(layout.warehouse, id)
  }
  return { id, path, fresh }
}

/**
 * The same for people who may see the charges of some teams only: a warehouse built from those charges alone, so that no query, whoever
 * wrote it, finds another team's. Unowned charges are nobody's.
 *
 * @param teams names as the mart `daily` spells them; a name that owns nothing adds nothing
 */
export async function buildAudience(context: BuildContext, teams: readonly string[], asOf?: string): Promise<Build> {
  const { layout } = context
  const names = [...new Set(teams)].sort()
  return openFound(
    () => buildWarehouse(context, asOf),
    async (whole) => {
      const id = `${whole.id}-${hash(...readFolder('audience'), JSON.stringify(names))}`
      const path = join(layout.warehouse, `${id}.duckdb`)
      if (existsSync(path)) return { id, path, fresh: false }
      const journal = readJournal(layout).filter((delivery) => asOf === undefined || delivery.landed_at <= asOf)
      const state = { journal, versions: currentVersions(journal), policy: policyOf(context) }
      await writeWarehouse(context, path, state, { teams: names, whole: whole.path })
      return { id, path, fresh: true }
    },
  )
}

/** A state of the lake, and what its rollups are told apart by. */
interface BuildState {
  readonly journal: readonly Delivery[]
  readonly versions: readonly LakeVersion[]
  readonly policy: string
}

async function writeWarehouse(
  context: BuildContext,
  path: string,
  state: BuildState,
  audience?: Audience,
): Promise<void> {
  const draft = `${path.replace(/\.duckdb$/, '')}.${process.pid}.draft`
  rmSync(draft, { force: true })
  const warehouse = await context.openWarehouse({ path: draft, memoryLimit: context.config.memory_limit })
  try {
    await fillWarehouse(context, warehouse, state, audience)
  } finally {
    warehouse.close()
  }
  renameSync(draft, path)
}

function policyOf({ config }: BuildContext): string {
  return hash(policyKey(config), ...rollupTexts())
}

/** Path of the warehouse that `buildWarehouse` last made current, or null before the first import. */
export function currentWarehouse(layout: Layout): string | null {
  const pointer = join(layout.warehouse, 'current')
  if (!existsSync(pointer)) return null
  const path = join(layout.warehouse, `${readFileSync(pointer, 'utf8').trim()}.duckdb`)
  return existsSync(path) ? path : null
}

function pointTo(layout: Layout, id: string): void {
  const pointer = join(layout.warehouse, 'current')
  if (existsSync(pointer) && readFileSync(pointer, 'utf8') === id) return
  writeFileSync(`${pointer}.tmp`, id)
  renameSync(`${pointer}.tmp`, pointer)
}

async function rollUpMissing(context: BuildContext, versions: readonly LakeVersion[], policy: string): Promise<void> {
  const missing = versions.filter((version) => !existsSync(rollupFolder(context.layout, policy, version)))
  if (missing.length === 0) return
  const warehouse = await context.openWarehouse({
    path: ':memory:',
    memoryLimit: context.config.memory_limit,
    tempDirectory: join(context.layout.data, 'lake', 'tmp-rollup'),
  })
  try {
    await createConfigTables(warehouse, context.config)
    await prepareConfig(warehouse)
    for (const [index, version] of missing.entries()) {
      await rollUp(context.layout, warehouse, version, policy)
      context.onProgress(`${version.source} ${version.period}`, index + 1, missing.length)
    }
  } finally {
    warehouse.close()
    rmSync(join(context.layout.data, 'lake', 'tmp-rollup'), { recursive: true, force: true })
  }
}

async function rollUp(layout: Layout, warehouse: Warehouse, version: LakeVersion, policy: string): Promise<void> {
  const target = rollupFolder(layout, policy, version)
  const draft = `${target}.${process.pid}.draft`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true })
  await warehouse.exec(`create or replace temp view charges as
    select *, ${quoteText(version.source)} as source, ${quoteText(version.period)} as billing_period, ${version.version} as version
    from ${parquetOf(filesOf(layout, version))} where "x_RowKind" in ('charge', 'derived')`)
  for (const { name, sql } of rollupQueries) {
    await warehouse.exec(`create or replace temp table ${quoteIdentifier(name)} as ${sql}`)
    await warehouse.exec(
      `copy (from ${quoteIdentifier(name)}) to ${quoteText(join(draft, `${name}.parquet`))} (format parquet, compression zstd)`,
    )
  }
  mkdirSync(dirname(target), { recursive: true })
  renameSync(draft, target)
}

async function fillWarehouse(
  context: BuildContext,
  warehouse: Warehouse,
  { journal, versions, policy }: BuildState,
  audience?: Audience,
): Promise<void> {
  const { layout, config } = context
  await createConfigTables(warehouse, config)
  await prepareConfig(warehouse)
  await createLakeTables(warehouse, journal, versions)
  await fillImportedTables(layout, warehouse, journal)
  const rolledUp = versions.map((version) => ({ ...version, folder: rollupFolder(layout, policy, version) }))
  if (audience) {
    await createOwned(warehouse, audience, rolledUp)
    await restrictTables(warehouse)
  }
  const part = (name: string, rows: string) => (audience ? ownedPart(name, rows) : `from ${rows}`)
  await warehouse.exec(`create view charges as ${part('charges', `(${chargesOf(layout, versions)})`)}`)
  for (const { name, sql } of rollupQueries) {
    const files = rolledUp.map(({ folder }) => join(folder, `${name}.parquet`))
    const rows = files.length > 0 ? parquetOf(files) : `(${sql})`
    await warehouse.exec(`create ${audience ? 'table' : 'view'} ${quoteIdentifier(name)} as ${part(name, rows)}`)
  }
  await buildMarts(warehouse)
  if (audience) await restateVersions(warehouse)
  await warehouse.exec('checkpoint')
}

/**
 * Current charges: every stored row of the current versions that is a charge.
 *
 * A version may hold parts written for an earlier one, whose path names that one: `version` is that of the period, joined by its
 * key, so that filters on source and billing period still choose files and filters on columns still reach the scan.
 */
export function chargesOf(layout: Layout, versions: readonly LakeVersion[]): string {
  if (versions.length === 0) {
    const columns = [...focusColumns, ...lakeColumns].map(
      ({ name, type }) => `null::${type} as ${quoteIdentifier(name)}`,
    )
    return `select ${columns.join(', ')}, null::varchar as source, null::varchar as billing_period, null::integer as version where false`
  }
  const files = versions.flatMap((version) => filesOf(layout, version))
  const current = versions.map(
    ({ source, period, version }) => `(${quoteText(source)}, ${quoteText(period)}, ${version}::integer)`,
  )
  return `select c.* replace (v.version as version)
    from ${parquetOf(files, { partitions: true })} as c
    inner join (values ${current.join(', ')}) as v(source, billing_period, version)
      on v.source = c.source and v.billing_period = c.billing_period
    where c."x_RowKind" in ('charge', 'derived')`
}

function filesOf(layout: Layout, version: LakeVersion): string[] {
  return [...version.parts.flatMap((part) => part.files), ...version.settled].map(layout.resolve)
}

async function createLakeTables(
  warehouse: Warehouse,
  journal: readonly Delivery[],
  versions: readonly LakeVersion[],
): Promise<void> {
  await warehouse.exec(`create or replace table lake_versions (
    source varchar, format varchar, billing_period varchar, version integer, landed_at timestamp, delivery varchar, currency varchar,
    rows_in bigint, rows_out bigint, rows_derived bigint, rows_excluded bigint,
    delivered_billed decimal(38, 15), billed_cost decimal(38, 15), delivered_effective decimal(38, 15), effective_cost decimal(38, 15),
    unknown_effective bigint, first_charge timestamp, complete_through timestamp)`)
  const rows = versions.flatMap((version) =>
    Object.keys(version.totals.billed_cost).map((currency) => ({
      source: version.source,
      format: version.format,
      billing_period: version.period,
      version: version.version,
      landed_at: version.landed_at,
      delivery: version.delivery,
      currency,
      rows_in: version.totals.rows_in,
      rows_out: version.totals.rows_out,
      rows_derived: version.totals.rows_derived,
      rows_excluded: version.totals.rows_excluded,
      delivered_billed: version.totals.delivered_billed[currency],
      billed_cost: version.totals.billed_cost[currency],
      delivered_effective: version.totals.delivered_effective[currency],
      effective_cost: version.totals.effective_cost[currency],
      unknown_effective: version.totals.unknown_effective,
      first_charge: version.totals.first_charge,
      complete_through: version.totals.complete_through,
    })),
  )
  await insertJson(warehouse, 'lake_versions', rows)
  await warehouse.exec(`create or replace table deliveries (
    id varchar, source varchar, format varchar, landed_at timestamp, upstream varchar, files integer, bytes bigint, warnings varchar[])`)
  await insertJson(
    warehouse,
    'deliveries',
    journal.map((delivery) => ({
      id: delivery.id,
      source: delivery.source,
      format: delivery.format,
      landed_at: delivery.landed_at,
      upstream: delivery.upstream,
      files: delivery.files.length,
      bytes: delivery.files.reduce((sum, file) => sum + file.size, 0),
      warnings: delivery.warnings,
    })),
  )
}

/** Inserts records by column name; values travel as one JSON parameter and are cast to the table's types. */
async function insertJson(warehouse: Warehouse, table: string, records: readonly object[]): Promise<void> {
  if (records.length === 0) return
  const columns = await warehouse.describe(`select * from ${quoteIdentifier(table)}`)
  const shape = JSON.stringify([
    Object.fromEntries(columns.map(({ name, type }) => [name, type.endsWith('[]') ? ['VARCHAR'] : 'VARCHAR'])),
  ])
  const casts = columns.map(({ name, type }) => `(r).${quoteIdentifier(name)}::${type} as ${quoteIdentifier(name)}`)
  await warehouse.exec(
    `insert into ${quoteIdentifier(table)} by name select ${casts.join(', ')} from (select unnest(from_json($rows::json, ${quoteText(shape)})) as r)`,
    {
      rows: JSON.stringify(records),
    },
  )
}

function rollupFolder(layout: Layout, policy: string, version: LakeVersion): string {
  return layout.resolve(layout.rollup(policy, version.source, version.period, version.version))
}

function hash(...texts: string[]): string {
  const digest = createHash('sha256')
  for (const text of texts) digest.update(text).update('\0')
  return digest.digest('hex').slice(0, 16)
}

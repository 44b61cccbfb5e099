import { fileURLToPath } from 'node:url'
import { queriesUrl, readQuery } from '../catalog/files.ts'
import { QueryError } from '../errors.ts'
import { type Params, quoteIdentifier, quoteText, type Result, type Warehouse } from '../warehouse/warehouse.ts'

/** The look-back of a run: days `YYYY-MM-DD`, UTC; `end` is exclusive. */
export interface LookBack {
  readonly start: string
  readonly end: string
}

/** Columns of single providers that `charges` has only where such a provider was imported. */
const optionalColumns = [
  'x_ProviderName',
  'x_UsageType',
  'x_Operation',
  'x_MeterCategory',
  'x_MeterSubCategory',
  'x_OfferId',
  'x_Term',
  'x_CommitmentEnd',
]
/** Macros that rules read the tables through. */
const macroFiles = ['rule_macros', 'commitment_macros', 'disk_macros']
const historyDays = 91
/** Charges of the last hours before the clock may still be missing (specs/optimisation.md section 2). */
const settlingHours = 72

/**
 * The look-back of `days` complete days that ends where the bills of every active provider are complete, and 72 hours before `now`.
 * Null when nothing was charged.
 */
export async function lookBack(warehouse: Warehouse, now: Date, days: number): Promise<LookBack | null> {
  const settled = new Date(now.getTime() - settlingHours * 3_600_000).toISOString().slice(0, 10)
  const { rows } = await runBase(warehouse, 'look_back', { settled, days })
  const [found] = rows
  return found?.['end_date'] == null ? null : { start: String(found['start_date']), end: String(found['end_date']) }
}

/** Creates the temporary tables that recommenders read; see queries/recommenders/README.md. Works on a read-only connection. */
export async function prepareTables(warehouse: Warehouse, { start, end }: LookBack): Promise<void> {
  const history = new Date(new Date(`${end}T00:00:00Z`).getTime() - historyDays * 86_400_000).toISOString().slice(0, 10)
  await prepareCharges(warehouse)
  await loadTable(warehouse, 'listed_prices', 'unit_prices')
  await loadTable(warehouse, 'price_ratios', 'price_ratios')
  await loadTable(warehouse, 'instance_families', 'aws_instance_families')
  await createTable(warehouse, 'usage_days', { history_start: history, end_date: end })
  await createTable(warehouse, 'usage_resources', { start_date: start, end_date: end })
  await createTable(warehouse, 'usage_tags', { start_date: start, end_date: end })
  await createTable(warehouse, 'unit_prices', { start_date: start })
  await createTable(warehouse, 'ignored', { history_start: history, end_date: end })
  for (const name of macroFiles) await warehouse.exec(readQuery(`recommenders/base/${name}.sql`))
}

/** The view `recommender_charges` (charges with every column that rules name) and the functions of rules. */
export async function prepareCharges(warehouse: Warehouse): Promise<void> {
  const present = new Set((await warehouse.describe('select * from charges')).map(({ name }) => name))
  const missing = optionalColumns.filter((name) => !present.has(name))
  const nulls = missing.map((name) => `, null::varchar as ${quoteIdentifier(name)}`).join('')
  await warehouse.exec(`create or replace temp view recommender_charges as select *${nulls} from charges`)
  await warehouse.exec(readQuery('recommenders/base/functions.sql'))
}

async function loadTable(warehouse: Warehouse, name: string, file: string): Promise<void> {
  const path = fileURLToPath(new URL(`lookups/${file}.csv`, queriesUrl))
  await warehouse.exec(
    `create or replace temp table ${name} as from read_csv(${quoteText(path)}, all_varchar = true, header = true)`,
  )
}

/** `create temp table` from a query of queries/recommenders/base. */
export async function createTable(warehouse: Warehouse, name: string, params: Params): Promise<void> {
  const sql = readQuery(`recommenders/base/${name}.sql`)
  await warehouse.exec(`create or replace temp table ${name} as ${sql}`, params).catch((cause: unknown) => {
    throw new QueryError(`recommenders/base/${name}`, cause)
  })
}

/** Result of a query of queries/recommenders/base. */
export async function runBase(warehouse: Warehouse, name: string, params: Params = {}): Promise<Result> {
  return warehouse.query(readQuery(`recommenders/base/${name}.sql`), params).catch((cause: unknown) => {
    throw new QueryError(`recommenders/base/${name}`, cause)
  })
}

/** A temporary table of these records; `columns` (name type, …) is a fixed text of this program. */
export async function insertRecords(
  warehouse: Warehouse,
  table: string,
  columns: string,
  records: readonly object[],
): Promise<void> {
  await warehouse.exec(`create or replace temp table ${table} (${columns})`)
  const names = columns.split(', ').map((column) => column.split(' '))
  const casts = names.map(([name, type]) => `(r->>'${name}')::${type}`)
  await warehouse.exec(
    `insert into ${table} select ${casts.join(', ')} from (select unnest(cast($records::json as json[])) as r)`,
    { records: JSON.stringify(records) },
  )
}

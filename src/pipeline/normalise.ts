import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { queriesUrl, readQuery } from '../catalog/files.ts'
import { focusColumns, lakeColumns } from '../core/focus.ts'
import { UserError } from '../errors.ts'
import type { Format, Recognition } from '../formats/format.ts'
import type { CsvHead } from '../lake/csv-head.ts'
import type { InspectedFile } from '../lake/inspect.ts'
import { decoratedAmounts } from '../lake/number-style.ts'
import { repairCsv } from '../lake/repair-csv.ts'
import { badCells, stageFile } from '../lake/stage.ts'
import { quoteIdentifier, quoteText, type Warehouse } from '../warehouse/warehouse.ts'
import { parquetBelow, parquetOf } from './totals.ts'

/** A file that a format has recognised, with the facts that its query reads. */
export interface SourceFile {
  readonly file: InspectedFile
  readonly format: Format
  readonly recognition: Recognition
  readonly traits: Readonly<Record<string, string>>
}

/** Loads every CSV of `queries/lookups/` as a table `lookup_<name>`, all VARCHAR. Once per import database. */
export async function loadLookups(warehouse: Warehouse): Promise<void> {
  const folder = new URL('lookups/', queriesUrl)
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.csv')) continue
    const table = quoteIdentifier(`lookup_${name.slice(0, -4)}`)
    await warehouse.exec(
      `create or replace table ${table} as from read_csv(${quoteText(fileURLToPath(new URL(name, folder)))}, all_varchar = true, header = true)`,
    )
  }
}

/**
 * Normalises one file to FOCUS and writes it as Parquet below `directory`, one folder per billing period.
 * `prefix` begins the file names. Returns warnings. Throws UserError naming file, row and column for what cannot be read.
 */
export async function normaliseFile(
  warehouse: Warehouse,
  source: SourceFile,
  directory: string,
  prefix: string,
  scratch: string,
): Promise<string[]> {
  const { format, recognition, traits } = source
  const write = () => copyNormalised(warehouse, format, readQuery(format.query), directory, prefix)
  let { file, warnings } = await readStaged(warehouse, source, scratch, write)
  if (existsSync(join(directory, undated))) {
    const refusal = await undatedRow(warehouse, format, file.original)
    if (!file.csv || file.csv.dialect.isRepaired) throw refusal
    rmSync(directory, { recursive: true })
    const csv = { ...file.csv, dialect: { ...file.csv.dialect, needsRepair: true } }
    const again = await readStaged(warehouse, { ...source, file: { ...file, csv } }, scratch, write)
    if (existsSync(join(directory, undated))) throw refusal
    file = again.file
    warnings = again.warnings
  }
  return [
    ...recognition.warnings,
    ...warnings,
    ...decoratedAmounts(file, format, recognition),
    ...(await instantWarnings(warehouse, { file, format, recognition, traits }, directory, prefix)),
  ]
}

/**
 * Stages a file and runs `read` over it. A CSV file that the engine's strict reader refuses is repaired in `scratch` and read again.
 * Returns the file as it was read and what the repair changed. Throws UserError naming file, row and column.
 */
export async function readStaged<T>(
  warehouse: Warehouse,
  { file, format, recognition, traits }: SourceFile,
  scratch: string,
  read: () => Promise<T>,
): Promise<{ file: InspectedFile; warnings: string[]; result: T }> {
  const run = async (staged: InspectedFile, warnings: string[]) => {
    await stageFile(warehouse, staged, format, recognition, traits)
    return { file: staged, warnings, result: await read() }
  }
  const repaired = async (head: CsvHead) => {
    const { path, notes } = await repairCsv(file.path, file.wrapping, head, scratch)
    const dialect = {
      delimiter: ',',
      skipLines: 1,
      quoteEscape: '"',
      encoding: 'utf-8',
      needsRepair: false,
      isRepaired: true,
      padded: false,
    } as const
    const clean: InspectedFile = { ...file, path, wrapping: 'none', csv: { ...head, dialect } }
    const warnings = notes.map(
      (note) => `${file.original}: ${note.rows} rows ${note.what}, the first is row ${note.first}`,
    )
    return run(clean, warnings).catch((cause: unknown) =>
      refuse(warehouse, { file: clean, format, recognition }, cause),
    )
  }
  if (file.csv?.dialect.needsRepair) return repaired(file.csv)
  try {
    return await run(file, [])
  } catch (cause) {
    if (file.csv && !file.csv.dialect.isRepaired && isCsvComplaint(cause)) return repaired(file.csv)
    return refuse(warehouse, { file, format, recognition }, cause)
  }
}

/** Runs a normalising or settling query and writes its rows in lake shape: FOCUS columns first, then ours, then the source's own. */
export async function copyNormalised(
  warehouse: Warehouse,
  format: Format,
  query: string,
  directory: string,
  prefix: string,
): Promise<void> {
  const draft = join(directory, `${prefix}.draft`)
  mkdirSync(directory, { recursive: true })
  await warehouse.exec(
    `copy (${await lakeSelect(warehouse, format, query)}) to ${quoteText(draft)} (${parquetOptions})`,
  )
  const { rows } = await warehouse.query(
    `select distinct "x_BillingPeriod" as period from read_parquet(${quoteText(draft)})`,
  )
  const periods = rows.map((row) => (row['period'] === null ? null : String(row['period'])))
  for (const period of periods) {
    const folder = join(directory, `billing_period=${period ?? '__HIVE_DEFAULT_PARTITION__'}`)
    mkdirSync(folder, { recursive: true })
    const target = join(folder, `${prefix}-0.parquet`)
    if (periods.length === 1) renameSync(draft, target)
    else {
      await warehouse.exec(
        `copy (from read_parquet(${quoteText(draft)}) where "x_BillingPeriod" is not distinct from $period) to ${quoteText(target)} (${parquetOptions})`,
        { period },
      )
    }
  }
  rmSync(draft, { force: true })
}

// One statement a billing period: COPY … PARTITION_BY buffers whole rows and needs a gigabyte for 150,000 of them.
// Small row groups and dictionaries: the writer holds both for every one of some 150 columns.
const parquetOptions =
  'format parquet, compression zstd, compression_level 1, row_group_size 8192, string_dictionary_page_size_limit 16384, dictionary_size_limit 512'

/** The lake's columns over a query's output: missing ones null, all cast, `extras` unpacked, `x_BillingPeriod` (YYYY-MM) last. */
export async function lakeSelect(warehouse: Warehouse, format: Format, query: string): Promise<string> {
  const text = query.trim().replace(/;$/, '')
  const output = new Map((await warehouse.describe(text)).map((column) => [column.name.toLowerCase(), column]))
  const wanted = [...focusColumns, ...lakeColumns]
  const columns = wanted.map(({ name, type }) => {
    if (name === 'x_SourceFormat') return `${quoteText(format.id)} as "x_SourceFormat"`
    const value = output.has(name.toLowerCase()) ? quoteIdentifier(name) : 'null'
    return `cast(${value} as ${type}) as ${quoteIdentifier(name)}`
  })
  const known = new Set(wanted.map(({ name }) => name.toLowerCase()))
  for (const [key, { name, type }] of output) {
    if (key === 'extras' && type.startsWith('STRUCT')) columns.push('extras.*')
    else if (key.startsWith('x_') && !known.has(key) && key !== 'x_billingperiod') columns.push(quoteIdentifier(name))
  }
  const period = output.has('x_billingperiod') ? '"x_BillingPeriod"' : `strftime("BillingPeriodStart", '%Y-%m')`
  return `select ${columns.join(',\n')},\n${period} as "x_BillingPeriod"\nfrom (${text})`
}

function isCsvComplaint(cause: unknown): boolean {
  const message = cause instanceof Error ? cause.message : ''
  return /CSV|state machine|Maximum line size|unterminated quote/i.test(message) && !message.includes('not a number')
}

const undated = 'billing_period=__HIVE_DEFAULT_PARTITION__'

/** Names the first staged row whose dates give no billing period. A repair of the file leaves out rows that are blank. */
async function undatedRow(warehouse: Warehouse, format: Format, path: string): Promise<UserError> {
  const select = await lakeSelect(warehouse, format, readQuery(format.query))
  const { rows } = await warehouse.query(
    `select min(n) + 1 as n from (select row_number() over () as n, "x_BillingPeriod" as period from (${select})) where period is null`,
  )
  return new UserError(`${path}, row ${rows[0]?.['n']}: the row names no billing period`, {
    hint: 'Its billing and charge period are empty or no dates. Is it a line of totals? Correct or remove it; nothing of this delivery was imported.',
  })
}

const troubles = [
  { pattern: /cannot be read/i, type: 'json', what: 'neither JSON nor a Python list; was the cell cut off?' },
  { pattern: /not a number|Could not convert|Conversion Error|out of range/i, type: 'decimal', what: 'not a number' },
] as const

/** Rethrows an engine error over a file as a UserError that names file, row and column. */
export async function refuse(warehouse: Warehouse, source: Omit<SourceFile, 'traits'>, cause: unknown): Promise<never> {
  const { file, format, recognition } = source
  if (cause instanceof UserError) throw cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const trouble = troubles.find(({ pattern }) => pattern.test(message))
  const [cell] = trouble ? await badCells(warehouse, file, format, recognition, trouble.type) : []
  if (trouble && cell)
    throw new UserError(
      `${file.original}, row ${cell.row}, column ${cell.column}: '${cell.text.slice(0, 200)}' is ${trouble.what}`,
      { hint: 'Correct the value or export the file again; nothing of this delivery was imported.', cause },
    )
  if (message.startsWith('Out of Memory'))
    throw new UserError(`${file.original} needs more memory than memory_limit allows`, {
      hint: 'Raise memory_limit in costwright.yaml.',
      cause,
    })
  throw new UserError(
    `${file.original} cannot be read as ${format.title}: ${message.split('\n').slice(0, 3).join(' ')}`,
    {
      hint: 'Export the file again; nothing of this delivery was imported.',
      cause,
    },
  )
}

async function instantWarnings(
  warehouse: Warehouse,
  source: SourceFile,
  directory: string,
  prefix: string,
): Promise<string[]> {
  const files = parquetBelow(directory).filter((path) => basename(path).startsWith(`${prefix}-`))
  if (source.file.head.container !== 'csv' || files.length === 0) return []
  const { rows } = await warehouse.query(
    `select count(*) as n from ${parquetOf(files)}
     where "x_RowKind" = 'charge' and ("ChargePeriodStart" is null or "ChargePeriodEnd" is null or "x_SourceChanges" like '%ChargePeriod%')`,
  )
  if (rows[0]?.['n'] === '0') return []
  const cells = await badCells(warehouse, source.file, source.format, source.recognition, 'instant')
  return cells.map(
    (cell) =>
      `${source.file.original}, row ${cell.row}, column ${cell.column}: '${cell.text}' is no instant; stored as unknown`,
  )
}

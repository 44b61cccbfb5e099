import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readQuery } from '../../src/catalog/files.ts'
import type { Format } from '../../src/formats/format.ts'
import { recognise } from '../../src/formats/registry.ts'
import { inspectFile } from '../../src/lake/inspect.ts'
import { copyNormalised, loadLookups, normaliseFile } from '../../src/pipeline/normalise.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText, type Warehouse } from '../../src/warehouse/warehouse.ts'

export interface Normalised {
  readonly warehouse: Warehouse
  /** Rows of a query over `charges` (what readers see) and `all_rows` (with excluded ones). */
  rows(sql: string): Promise<Readonly<Record<string, unknown>>[]>
  readonly format: Format
  readonly warnings: readonly string[]
}

/**
 * Runs files of one delivery through recognition, stage, normalising and settling query, without a lake.
 * `format` skips recognition by the registry; `traits` override what recognition found (e.g. Azure `companion`).
 */
export async function normaliseFiles(
  paths: readonly string[],
  options: { format?: Format; traits?: Record<string, string> } = {},
): Promise<Normalised> {
  const warehouse = await openDuckDb({ path: ':memory:' })
  await loadLookups(warehouse)
  const scratch = mkdtempSync(join(tmpdir(), 'costwright-'))
  const out = join(scratch, 'parts')
  const warnings: string[] = []
  const datasets = new Set<string>()
  const sources = []
  for (const path of paths) {
    const file = await inspectFile(path, warehouse, scratch)
    const recognition = options.format?.recognise(file.head)
    const found = options.format && recognition ? { format: options.format, recognition } : recognise(file.head)
    if (!found) throw new Error(`${path} was not recognised`)
    datasets.add(found.recognition.traits['dataset'] ?? '')
    sources.push({ file, ...found })
  }
  for (const [index, source] of sources.entries()) {
    const traits = { companion: String(datasets.size > 1), ...source.recognition.traits, ...options.traits }
    warnings.push(...(await normaliseFile(warehouse, { ...source, traits }, out, `f${index}`, scratch)))
  }
  const format = sources[0]?.format
  if (!format) throw new Error('no files')
  const glob = (directory: string) =>
    `read_parquet(${quoteText(`${directory}/*/*.parquet`)}, union_by_name = true, hive_partitioning = true, hive_types_autocast = false)`
  await warehouse.exec(`create table all_rows as from ${glob(out)}`)
  if (format.settle) {
    const settled = join(scratch, 'settled')
    for (const folder of readdirSync(out)) {
      await warehouse.exec(
        `create or replace temp view parts as from all_rows where billing_period = ${quoteText(folder.split('=')[1] ?? '')}`,
      )
      await copyNormalised(warehouse, format, readQuery(format.settle), settled, 'settle')
    }
    if (readdirSafe(settled).length > 0)
      await warehouse.exec(`create or replace table all_rows as from all_rows union all by name from ${glob(settled)}`)
  }
  await warehouse.exec(`create view charges as from all_rows where x_RowKind in ('charge', 'derived')`)
  return { warehouse, format, warnings, rows: async (sql) => [...(await warehouse.query(sql)).rows] }
}

function readdirSafe(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readQuery } from '../../src/catalog/files.ts'
import type { Format } from '../../src/formats/format.ts'
import { inspectFile } from '../../src/lake/inspect.ts'
import { stageFile } from '../../src/lake/stage.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'

/** Stages one file of a `table` format and makes `format.table` from its query's rows (with the column `source`). */
export async function loadTable(path: string, format: Format): Promise<Warehouse> {
  const warehouse = await openDuckDb({ path: ':memory:' })
  const file = await inspectFile(path, warehouse, mkdtempSync(join(tmpdir(), 'costwright-')))
  const recognition = format.recognise(file.head)
  if (!recognition) throw new Error(`${path} was not recognised as ${format.id}`)
  await stageFile(warehouse, file, format, recognition, recognition.traits)
  await warehouse.exec(`create table ${format.table} as select *, 'test' as source from (${readQuery(format.query)})`)
  return warehouse
}

/** The same for text, as a file of its own. */
export function loadText(text: string, format: Format): Promise<Warehouse> {
  const path = join(mkdtempSync(join(tmpdir(), 'costwright-')), 'file')
  writeFileSync(path, text)
  return loadTable(path, format)
}

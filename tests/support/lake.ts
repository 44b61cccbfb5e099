import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { currentVersions, readJournal } from '../../src/lake/journal.ts'
import { layout } from '../../src/lake/layout.ts'
import { chargesOf } from '../../src/pipeline/build.ts'
import { type ImportContext, type ImportResult, importPaths } from '../../src/pipeline/import.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'

export interface TestLake {
  readonly folder: string
  readonly layout: ReturnType<typeof layout>
  /** Writes a file below the test's folder and returns its path. */
  file(name: string, content: string | Buffer): string
  import(
    paths: readonly string[],
    source?: string,
    collected?: Pick<ImportContext, 'collected' | 'tableSource'>,
  ): Promise<ImportResult>
  /** Rows of a query over the `charges` of the lake as it is now, or as it was. */
  rows(sql: string, asOf?: string): Promise<Readonly<Record<string, unknown>>[]>
}

/** An empty lake in a temporary folder. Its clock advances one minute with every import, from 2026-11-01. */
export function testLake(): TestLake {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-lake-'))
  const paths = layout(join(folder, 'data'))
  let minutes = 0
  return {
    folder,
    layout: paths,
    file(name, content) {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
      return path
    },
    async import(files, source, collected) {
      const warehouse = await openDuckDb({ path: ':memory:' })
      minutes += 1
      const now = () => new Date(Date.UTC(2026, 10, 1, 0, minutes))
      try {
        return await importPaths({ layout: paths, warehouse, now, onProgress: () => {}, ...collected }, files, source)
      } finally {
        warehouse.close()
      }
    },
    async rows(sql, asOf) {
      const warehouse = await openDuckDb({ path: ':memory:' })
      try {
        await warehouse.exec(`create view charges as ${chargesOf(paths, currentVersions(readJournal(paths), asOf))}`)
        return [...(await warehouse.query(sql)).rows]
      } finally {
        warehouse.close()
      }
    },
  }
}

import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { LakeVersion } from '../../src/lake/journal.ts'
import { layout } from '../../src/lake/layout.ts'
import { chargesOf } from '../../src/pipeline/build.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText } from '../../src/warehouse/warehouse.ts'

test('a part kept from an earlier version counts as the current one, and a filter on the period reads its files only', async () => {
  const lake = layout(mkdtempSync(join(tmpdir(), 'costwright-version-')))
  const warehouse = await openDuckDb({ path: ':memory:' })
  const part = async (period: string, version: number) => {
    const file = join(lake.version('cloud', period, version), 'part.parquet')
    mkdirSync(dirname(lake.resolve(file)), { recursive: true })
    await warehouse.exec(
      `copy (select 1 as "BilledCost", 'charge' as "x_RowKind") to ${quoteText(lake.resolve(file))} (format parquet)`,
    )
    return file
  }
  const current = (period: string, version: number, files: readonly string[]) =>
    ({ source: 'cloud', period, version, parts: [{ files }], settled: [] }) as unknown as LakeVersion
  const kept = await part('2026-08', 1)
  const added = await part('2026-08', 2)
  const other = await part('2026-09', 1)
  const versions = [current('2026-08', 2, [kept, added]), current('2026-09', 1, [other])]
  await warehouse.exec(`create view charges as ${chargesOf(lake, versions)}`)
  const { rows } = await warehouse.query('select billing_period, version from charges order by all')
  expect(rows).toEqual([
    { billing_period: '2026-08', version: 2 },
    { billing_period: '2026-08', version: 2 },
    { billing_period: '2026-09', version: 1 },
  ])
  const plan = await warehouse.query(`explain analyze select * from charges where billing_period = '2026-09'`)
  expect(String(plan.rows[0]?.['explain_value'])).toMatch(/Total Files Read: 1\b/)
  warehouse.close()
})

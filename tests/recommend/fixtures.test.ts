import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recommend } from '../../src/recommend/recommend.ts'
import { loadRules } from '../../src/recommend/rules.ts'
import { createRuntime } from '../../src/runtime.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import { brokenIn } from '../support/broken-findings.ts'

const fixtures = new URL('../../fixtures/', import.meta.url).pathname
const names = readdirSync(fixtures).filter((name) => existsSync(join(fixtures, name, 'expected', 'charges.csv')))

let folder: string
let warehouse: Warehouse

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'costwright-fixtures-'))
  const runtime = createRuntime({ data: folder })
  for (const name of names) {
    const files = readdirSync(join(fixtures, name)).filter((file) => file !== 'expected' && file !== 'README.md')
    await runtime.import(
      files.map((file) => join(fixtures, name, file)),
      name,
    )
  }
  warehouse = await runtime.open()
}, 200_000)
afterAll(() => {
  warehouse?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('on the bills of every exporter, every rule runs, and none claims more than it concerns, in their own currency', async () => {
  const { rows } = await warehouse.query(
    `select distinct (max(ChargePeriodStart)::date + 4)::varchar as seen_on from charges group by source order by seen_on`,
  )
  expect(names.length).toBeGreaterThan(10)
  expect(rows.length).toBeGreaterThan(2)
  for (const { seen_on } of rows) {
    const now = new Date(`${String(seen_on)}T00:00:00Z`)
    // every rule, also those that are off, however young and small the finding
    const options = { rules: loadRules(), now, decisions: [], minSaving: '0', minAgeDays: 0 }
    const { look } = await recommend(warehouse, options)
    if (look !== null) expect(await brokenIn(warehouse), String(seen_on)).toEqual([])
  }
}, 200_000)

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CatalogEntry, loadCatalog } from '../../src/catalog/catalog.ts'
import { checkParams } from '../../src/catalog/params.ts'
import type { Param } from '../../src/warehouse/warehouse.ts'
import { type Estate, estateOf } from '../support/rows.ts'

const catalog = loadCatalog()
const queries = [...catalog.values()]
let estate: Estate

beforeAll(async () => {
  estate = await estateOf([])
})
afterAll(() => estate.warehouse.close())

const required: Readonly<Record<string, Param>> = { date: '2026-09-01', varchar: 'x', integer: '1' }

function paramsOf(query: CatalogEntry) {
  const missing = query.params.filter((param) => param.fallback === undefined)
  return checkParams(query, Object.fromEntries(missing.map(({ name, type }) => [name, required[type]])))
}

async function engineType(type: string): Promise<string> {
  const [column] = await estate.warehouse.describe(`select cast(null as ${type}) as x`)
  return column?.type ?? ''
}

describe.each(queries)('$kind/$name', (query) => {
  test('declares the columns and types that the engine gives', async () => {
    const engine = await estate.warehouse.describe(query.sql, paramsOf(query))
    const declared = await Promise.all(
      query.columns.map(async ({ name, type }) => ({ name, type: await engineType(type) })),
    )
    expect(engine.map(({ name, type }) => ({ name, type }))).toEqual(declared)
  })

  test('declares exactly the parameters of its text, each cast to its type', () => {
    const text = query.sql.replaceAll(/^--.*$/gm, '')
    const used = [...text.matchAll(/\$([a-z_]+)(::(\w+(?:\([^)]*\))?))?/g)]
    expect([...new Set(used.map((match) => match[1]))].sort()).toEqual(query.params.map(({ name }) => name).sort())
    const types = new Map(query.params.map(({ name, type }) => [name, type]))
    for (const match of used) expect(`${match[1]} ${match[3]}`).toBe(`${match[1]} ${types.get(match[1] ?? '')}`)
  })

  test('runs on an estate without charges', async () => {
    await expect(estate.warehouse.query(query.sql, paramsOf(query))).resolves.toBeDefined()
  })

  test('stays in house style: at most 140 lines, no wall clock', () => {
    expect(query.sql.split('\n').length).toBeLessThanOrEqual(140)
    expect(query.sql).not.toMatch(/current_date|now\(\)|current_timestamp/)
  })
})

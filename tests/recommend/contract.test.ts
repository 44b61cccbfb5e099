import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outputColumns } from '../../src/recommend/output.ts'
import { prepareTables } from '../../src/recommend/prepare.ts'
import { loadRules } from '../../src/recommend/rules.ts'
import { runRule } from '../../src/recommend/run-rule.ts'
import { september } from '../support/recommend.ts'
import { type Estate, estateOf } from '../support/rows.ts'

let estate: Estate

beforeAll(async () => {
  estate = await estateOf([])
  await prepareTables(estate.warehouse, september)
}, 60_000)
afterAll(() => estate.warehouse.close())

const rules = loadRules()

test('the catalogue holds at least 45 rules, and some for each cloud', () => {
  expect(rules.length).toBeGreaterThanOrEqual(45)
  expect([...new Set(rules.map(({ name }) => name.split('_')[0]))].sort()).toEqual(['any', 'aws', 'azure', 'gcp'])
})

test('every rule of Azure, Google Cloud and any cloud has a case', () => {
  const texts = readdirSync(import.meta.dirname).map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
  const untested = rules.filter(
    ({ name }) => !name.startsWith('aws_') && !texts.some((text) => text.includes(`'${name}'`)),
  )
  expect(untested.map(({ name }) => name)).toEqual([])
})

describe.each(rules)('$id', (rule) => {
  test('gives the columns of every recommender, and no row without charges', async () => {
    const { columns, rows } = await runRule(estate.warehouse, rule, september)
    expect(columns).toEqual(outputColumns.map(({ name, type }) => ({ name, type })))
    expect(rows).toEqual([])
  })

  test('declares its parameters, casts them, gives defaults, and fits the house style', () => {
    const text = rule.sql.replaceAll(/^--.*$/gm, '')
    const used = [...text.matchAll(/\$([a-z_]+)(?:::(\w+))?/g)]
    expect([...new Set(used.map((match) => match[1]))].sort()).toEqual(rule.params.map(({ name }) => name).sort())
    const types = new Map(rule.params.map(({ name, type }) => [name, type]))
    for (const match of used) expect(`${match[1]} ${match[2]}`).toBe(`${match[1]} ${types.get(match[1] ?? '')}`)
    const given = rule.params.filter(({ fallback }) => fallback === undefined).map(({ name }) => name)
    expect(['start_date', 'end_date']).toEqual(expect.arrayContaining(given))
    expect(rule.sql.split('\n').length).toBeLessThanOrEqual(120)
    expect(rule.sql).not.toMatch(/current_date|now\(\)|current_timestamp/)
  })
})

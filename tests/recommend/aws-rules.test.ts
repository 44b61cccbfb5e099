import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prepareTables } from '../../src/recommend/prepare.ts'
import { loadRules, readRule } from '../../src/recommend/rules.ts'
import { runRule } from '../../src/recommend/run-rule.ts'
import { providers, september } from '../support/recommend.ts'
import { type Estate, estateOf, type Row } from '../support/rows.ts'
import { cases, type RuleCase } from './aws-cases.ts'

let firing: Estate
let quiet: Estate

/** One estate for all cases: each has its own account and payer. */
async function estateWith(rowsOf: (each: RuleCase) => readonly Row[]): Promise<Estate> {
  const rows = cases.flatMap((each) =>
    rowsOf(each).map((row) => ({ ...row, SubAccountId: each.rule, BillingAccountId: each.rule })),
  )
  const estate = await estateOf(rows, { defaults: providers.aws })
  await prepareTables(estate.warehouse, september)
  return estate
}

beforeAll(async () => {
  firing = await estateWith(({ fires }) => fires)
  quiet = await estateWith(({ quiet: rows }) => rows)
}, 120_000)
afterAll(() => {
  firing.warehouse.close()
  quiet.warehouse.close()
})

async function findings(estate: Estate, rule: string): Promise<Row[]> {
  const { rows } = await runRule(estate.warehouse, readRule(rule), september)
  return rows.filter((row) => row['billing_account_id'] === rule)
}

describe.each(cases)('$rule', ({ rule, finding, count }) => {
  test('fires, with the money worked out by hand', async () => {
    const found = await findings(firing, rule)
    expect(found).toHaveLength(count ?? 1)
    for (const [name, value] of Object.entries(finding)) {
      if (typeof value === 'number') expect(Number(found[0]?.[name]), name).toBeCloseTo(value, 6)
      else expect(found[0]?.[name], name).toEqual(value)
    }
  })

  test('stays quiet', async () => {
    expect(await findings(quiet, rule)).toEqual([])
  })
})

test('every AWS rule has a case', () => {
  const rules = loadRules()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('aws_') && name !== 'aws_ip_idle')
  expect([...cases.map(({ rule }) => rule)].sort()).toEqual(rules.sort())
})

import { describe, expect, it } from 'vitest'
import { type RunOptions, runRules } from '../../src/conformance/evaluate.ts'
import { knownDefects } from '../../src/conformance/exceptions.ts'
import { type Check, readModel } from '../../src/conformance/model.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { haveModel, model12, sharedData } from './conformance.ts'

interface Given {
  readonly requirement: Check
  readonly condition?: Check
  readonly keyword?: string
  readonly criteria?: readonly string[]
  readonly composite?: boolean
  readonly dynamic?: boolean
}

function modelOf(rules: Readonly<Record<string, Given>>) {
  const entries = Object.entries(rules).map(([id, rule]) => [
    id,
    {
      Function: rule.composite ? 'Composite' : 'Validation',
      Type: rule.dynamic ? 'Dynamic' : 'Static',
      ApplicabilityCriteria: rule.criteria ?? [],
      ValidationCriteria: {
        Keyword: rule.keyword ?? 'MUST',
        Requirement: rule.requirement,
        Condition: rule.condition ?? {},
        Dependencies: [],
      },
    },
  ])
  return readModel({ Details: { FOCUSVersion: 'test' }, ModelRules: Object.fromEntries(entries) })
}

async function run(rows: string, rules: Readonly<Record<string, Given>>, options: Partial<RunOptions> = {}) {
  const warehouse = await openDuckDb({ path: ':memory:' })
  await warehouse.exec(`create table t as ${rows}`)
  const verdicts = await runRules(warehouse, modelOf(rules), { table: 't', ...options })
  return verdicts.map(({ rule, verdict, violations }) => `${rule} ${verdict} ${violations}`)
}

const isNull = (ColumnName: string): Check => ({ CheckFunction: 'CheckValue', ColumnName, Value: null })
const notNull = (ColumnName: string): Check => ({ CheckFunction: 'CheckNotValue', ColumnName, Value: null })
const is = (ColumnName: string, Value: string | number): Check => ({ CheckFunction: 'CheckValue', ColumnName, Value })
const isNot = (ColumnName: string, Value: string): Check => ({ CheckFunction: 'CheckNotValue', ColumnName, Value })
const rule = (ModelRuleId: string): Check => ({ CheckFunction: 'CheckModelRule', ModelRuleId })

describe('semantics of specs/focus.md section 8.2', () => {
  const rows = `from (values ('Correction', null), (null, null), (null, 'x')) r(ChargeClass, SkuId)`
  const given = { r: { requirement: notNull('SkuId'), condition: isNot('ChargeClass', 'Correction') } }

  it('a condition "is not X" holds for null in strict mode, and never in official mode', async () => {
    expect(await run(rows, given)).toEqual(['r fail 1'])
    expect(await run(rows, given, { mode: 'official' })).toEqual(['r pass 0'])
  })

  it('null passes a value check, and fails "not null" only', async () => {
    const values = `from (values (null), ('a'), ('b')) r(c)`
    expect(
      await run(values, {
        v: { requirement: is('c', 'a') },
        n: { requirement: notNull('c') },
        u: { requirement: isNull('c') },
      }),
    ).toEqual(['v fail 1', 'n fail 1', 'u fail 2'])
  })

  it('a composite hands its condition down to the rules it references, through every level', async () => {
    const composite = (condition: Check | undefined, child: string): Given => ({
      composite: true,
      requirement: { CheckFunction: 'AND', Items: [rule(child)] },
      ...(condition ? { condition } : {}),
    })
    const values = `from (values (null, null), ('a', null), ('a', 1)) r(k, v)`
    expect(
      await run(values, {
        top: composite(notNull('k'), 'mid'),
        mid: composite(undefined, 'leaf'),
        leaf: { requirement: notNull('v') },
      }),
    ).toEqual(['top fail 1', 'mid fail 1', 'leaf fail 1'])
  })

  it('an OR composite passes when one of its rules passes', async () => {
    const or: Given = { composite: true, requirement: { CheckFunction: 'OR', Items: [rule('a'), rule('b')] } }
    expect(
      await run(`select 1 as c`, { or, a: { requirement: isNull('c') }, b: { requirement: notNull('c') } }),
    ).toEqual(['or pass 0', 'a fail 1', 'b pass 0'])
    expect(
      await run(`select 1 as c where false`, { or, a: { requirement: isNull('c') }, b: { requirement: notNull('c') } }),
    ).toEqual(['or pass 0', 'a pass 0', 'b pass 0'])
  })

  it('skips dynamic and optional rules, absent columns and criteria that are not enabled', async () => {
    const requirement = notNull('c')
    const rules: Record<string, Given> = {
      d: { requirement: {}, dynamic: true },
      m: { requirement, keyword: 'MAY' },
      x: { requirement: notNull('gone') },
      k: { requirement, criteria: ['TAGGING_SUPPORTED'] },
      p: { requirement: { CheckFunction: 'ColumnPresent', ColumnName: 'gone' } },
    }
    expect(await run('select 1 as c', rules)).toEqual(['d skip 0', 'm skip 0', 'x skip 0', 'k pass 0', 'p fail 1'])
    expect(await run('select 1 as c', rules, { criteria: [] })).toContain('k skip 0')
  })

  it('compares products exactly, or within half a unit of the last decimal where a tolerance is excepted', async () => {
    const product = {
      CheckFunction: 'ColumnByColumnEqualsColumnValue',
      ColumnAName: 'p',
      ColumnBName: 'q',
      ResultColumnName: 'c',
    }
    const values = `select p::decimal(38, 15) as p, q::decimal(38, 15) as q, c::decimal(38, 15) as c
      from (values ('0.333', '3', '1.00'), ('0.0155', '3', '0.0465'), ('0.0155', '3', '0.0464'), (null, '3', '9')) r(p, q, c)`
    const exceptions = [{ rule: 'r', model: 'test', tolerance: true, reason: 'rounded' }]
    expect(await run(values, { r: { requirement: product } })).toEqual(['r fail 2'])
    expect(await run(values, { r: { requirement: product } }, { exceptions })).toEqual(['r fail 1'])
  })

  it('checks units and key-values in strict mode only; text may be Unicode', async () => {
    const rules = {
      unit: { requirement: { CheckFunction: 'FormatUnit', ColumnName: 'u' } },
      map: { requirement: { CheckFunction: 'FormatKeyValue', ColumnName: 'm' } },
      text: { requirement: { CheckFunction: 'FormatString', ColumnName: 's' } },
    }
    const values = `from (values ('GB-Hours', '{"a":"b"}', 'Zürich'), ('GB Hours', '{"a":{}}', null), ('1000 Requests', '[]', 'x'), ('Requests/3 Months', null, 'y')) r(u, m, s)`
    expect(await run(values, rules)).toEqual(['unit fail 1', 'map fail 2', 'text pass 0'])
    expect(await run(values, rules, { mode: 'official' })).toEqual(['unit skip 0', 'map skip 0', 'text fail 1'])
  })

  it('an exception skips a rule, replaces its requirement, or narrows its condition', async () => {
    const values = `from (values ('a', null), ('b', null)) r(k, v)`
    const exception = { rule: 'r', model: 'test', reason: 'wrong' }
    const rules = { r: { requirement: notNull('v') } }
    expect(await run(values, rules, { exceptions: [{ ...exception, skip: true }] })).toEqual(['r skip 0'])
    expect(await run(values, rules, { exceptions: [{ ...exception, requirement: isNull('v') }] })).toEqual(['r pass 0'])
    expect(await run(values, rules, { exceptions: [{ ...exception, and: is('k', 'a') }] })).toEqual(['r fail 1'])
    expect(await run(values, rules, { exceptions: [{ ...exception, skip: true, model: '1.3' }] })).toEqual(['r fail 2'])
  })

  it('quotes names and values of a foreign model', async () => {
    expect(
      await run(`select 1 as "a""; drop table t --"`, { r: { requirement: is('a"; drop table t --', "x'") } }),
    ).toEqual(['r fail 1'])
  })

  it('refuses what is no rule model', () => {
    expect(() => readModel({ rules: [] })).toThrow('not a FOCUS rule model')
  })
})

describe.skipIf(!haveModel)('the published 1.2 model on the FOCUS 1.0 sample (specs/focus.md section 8.3)', () => {
  const numbers = [
    'BilledCost',
    'ConsumedQuantity',
    'ContractedCost',
    'ContractedUnitPrice',
    'EffectiveCost',
    'ListCost',
    'ListUnitPrice',
    'PricingQuantity',
  ]

  async function sample(type: string, options: Omit<RunOptions, 'table'>) {
    const warehouse = await openDuckDb({ path: ':memory:' })
    const types = numbers.map((name) => `'${name}': '${type}'`).join(', ')
    await warehouse.exec(
      `create table sample as from read_csv('${sharedData}focus-sample-1.0.csv', header = true, nullstr = ['NULL', ''], types = {${types}})`,
    )
    return runRules(warehouse, model12(), { table: 'sample', ...options })
  }

  it('skips and finds in official mode what the specification counted', async () => {
    const verdicts = await sample('DOUBLE', { mode: 'official' })
    const reasons = verdicts.filter(({ verdict }) => verdict === 'skip').map(({ reason }) => reason)
    expect(verdicts).toHaveLength(621)
    expect({
      dynamic: reasons.filter((reason) => reason.startsWith('dynamic')).length,
      may: reasons.filter((reason) => reason.startsWith('optional')).length,
      column: reasons.filter((reason) => reason.startsWith('column')).length,
      unimplemented: reasons.filter((reason) => reason.startsWith('check')).length,
    }).toEqual({ dynamic: 201, may: 9, column: 54, unimplemented: 4 })
    expect(verdicts.filter(({ reason, verdict }) => verdict === 'fail' && reason.endsWith('absent'))).toHaveLength(17)
    const counts = new Map(verdicts.map(({ rule: id, violations }) => [id, violations]))
    const cited = {
      'BilledCost-C-005-C': 615,
      'ContractedCost-C-003-M': 7,
      'ServiceName-C-005-C': 1,
      'RegionName-C-004-C': 7,
      'ResourceType-C-004-C': 36,
      'BillingAccountName-C-003-C': 7,
      'ConsumedQuantity-C-004-C': 2,
    }
    expect(Object.fromEntries(Object.keys(cited).map((id) => [id, counts.get(id)]))).toEqual(cited)
  })

  it('finds 490 and 38 inexact products in strict mode before tolerance', async () => {
    const counts = new Map(
      (await sample('DECIMAL(38, 15)', { mode: 'strict' })).map(({ rule: id, violations }) => [id, violations]),
    )
    expect(counts.get('ListCost-C-009-C')).toBe(490)
    expect(counts.get('ContractedUnitPrice-C-011-C')).toBe(38)
  })

  it('each exception for 1.2 names a rule of the model and a reason', () => {
    const { rules } = model12()
    const own = knownDefects.filter(({ model }) => model === '1.2')
    expect(own.filter(({ rule: id, reason }) => !rules.has(id) || reason.length < 20)).toEqual([])
  })
})

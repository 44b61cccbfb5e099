import { describe, expect, test } from 'vitest'
import { estateOf, type Row } from '../support/rows.ts'
import { vector, withoutVectors } from '../support/vectors.ts'

const onlyTeam = `delete from policy_keys; insert into policy_keys values ('team', true, null)`
const tagged = (id: string, cost: string, tags: unknown, more: Row = {}): Row => ({
  ResourceId: id,
  BilledCost: cost,
  Tags: tags,
  ...more,
})

async function coverage(rows: readonly Row[], setup = onlyTeam, params: Record<string, string> = { key: 'team' }) {
  return (await estateOf(rows, { setup })).run('tag_coverage', params)
}

test.skipIf(withoutVectors)('A06: the four figures together, strict and normalised', async () => {
  const { inputs, expected } = vector('A06')
  const rows = inputs.rows.map((row: { id: string; service: string; cost: string; taggable: boolean; tags: unknown }) =>
    tagged(row.id, row.cost, row.tags, {
      ServiceName: row.service,
      ...(row.taggable ? {} : { ResourceId: null, ChargeCategory: row.service === 'Tax' ? 'Tax' : 'Usage' }),
    }),
  )
  const [row] = await coverage(rows)
  const figures = [row?.['total_cost'], row?.['taggable_cost'], row?.['untaggable_cost'], row?.['untagged_cost']].map(
    Number,
  )
  expect(figures).toEqual(
    [expected.total, expected.taggable, expected.untaggable, expected.untagged_taggable_cost_strict].map(Number),
  )
  for (const [prefix, wanted] of [
    ['', expected.strict],
    ['normalised_', expected.normalised],
  ] as const) {
    expect(row?.[`${prefix}coverage_taggable`]).toBeCloseTo(Number(wanted.by_cost_of_taggable), 9)
    expect(row?.[`${prefix}coverage_total`]).toBeCloseTo(Number(wanted.by_cost_of_total), 9)
    expect(row?.[`${prefix}coverage_count`]).toBeCloseTo(Number(wanted.by_resource_count), 9)
  }
})

test.each(['', '   ', 'none', 'N/A', 'na', 'Unknown', 'TBD', '-'])(
  'the value "%s" counts as untagged',
  async (value) => {
    const [row] = await coverage([tagged('a', '1', { team: value }), tagged('b', '1', { team: 'pay' })])
    expect(row).toMatchObject({ coverage_taggable: 0.5, normalised_coverage_taggable: 0.5, tagged_resources: '1' })
  },
)

test.each([
  ['team', true, true],
  ['user:team', true, true],
  ['user_team', true, true],
  ['TEAM', false, true],
  ['user:Team', false, true],
  ['labels.team', false, true],
  ['teams', false, false],
])('the key %s is strict: %s, normalised: %s', async (key, strict, normalised) => {
  const [row] = await coverage([tagged('a', '1', { [key]: 'pay' })])
  expect(row).toMatchObject({ coverage_taggable: Number(strict), normalised_coverage_taggable: Number(normalised) })
})

test('a key of several words folds its separators', async () => {
  const setup = `delete from policy_keys; insert into policy_keys values ('cost-center', true, null)`
  const [row] = await coverage([tagged('a', '1', { 'user_Cost Center': '42' })], setup, { key: 'cost-center' })
  expect(row).toMatchObject({ coverage_taggable: 0, normalised_coverage_taggable: 1 })
})

test('another name of a key counts as a spelling of it', async () => {
  const setup = `${onlyTeam}; insert into tag_aliases values ('team', 'squad')`
  const [row] = await coverage([tagged('a', '1', { 'user:Squad': 'pay' })], setup)
  expect(row).toMatchObject({ coverage_taggable: 0, normalised_coverage_taggable: 1 })
})

test('an exact key without value does not hide the value of another spelling', async () => {
  const [row] = await coverage([tagged('a', '1', { team: ' ', Team: 'pay' })])
  expect(row).toMatchObject({ coverage_taggable: 0, normalised_coverage_taggable: 1 })
})

test('kinds of resource that never show a user tag are untaggable, and provider tags prove nothing', async () => {
  const [row] = await coverage([
    tagged('a', '10', { team: 'pay' }),
    tagged('b', '7', { 'aws:createdBy': 'root' }, { ServiceName: 'Keys' }),
    tagged('c', '3', null, { ServiceName: 'Keys' }),
    tagged('d', '5', { team: 'x' }, { ResourceType: 'disk' }),
  ])
  expect(row).toMatchObject({
    taggable_cost: '15.000000000000000',
    untaggable_cost: '10.000000000000000',
    taggable_resources: '2',
  })
})

test('unused commitments, credits and tax are never taggable', async () => {
  const [row] = await coverage([
    tagged('a', '10', { team: 'pay' }),
    tagged('plan', '4', { team: 'pay' }, { CommitmentDiscountId: 'plan', CommitmentDiscountStatus: 'Unused' }),
    tagged('a', '-2', { team: 'pay' }, { ChargeCategory: 'Credit' }),
  ])
  expect(row).toMatchObject({ taggable_cost: '10.000000000000000', total_cost: '12.000000000000000' })
})

test('a tag shown in the last three months makes the kind taggable, an older or later one does not', async () => {
  const of = (month: string, tags: unknown) =>
    tagged(`r${month}`, '1', tags, { ChargePeriodStart: `2026-${month}-05T00:00:00Z` })
  const rows = await coverage([of('01', null), of('02', { team: 'a' }), of('05', null), of('06', null)], onlyTeam, {
    key: 'team',
    group_by: 'month',
  })
  expect(Object.fromEntries(rows.map((row) => [row['group_value'], row['taggable_cost']]))).toEqual({
    '2026-01': '0.000000000000000',
    '2026-02': '1.000000000000000',
    '2026-05': '1.000000000000000',
    '2026-06': '0.000000000000000',
  })
  expect(rows.find((row) => row['group_value'] === '2026-06')).toMatchObject({
    coverage_taggable: null,
    state: 'not_computable',
  })
})

test('several required keys: each, all of them, any of them, and allowed values', async () => {
  const setup = `delete from policy_keys;
    insert into policy_keys values ('team', true, null), ('environment', true, ['prod', 'dev'])`
  const rows = await coverage(
    [
      tagged('a', '4', { team: 'x', environment: 'prod' }),
      tagged('b', '3', { team: 'x', environment: 'Prod' }),
      tagged('c', '2', { environment: 'live' }),
      tagged('d', '1', { Name: 'd' }),
    ],
    setup,
    {},
  )
  const byKey = Object.fromEntries(
    rows.map((row) => [row['tag_key'], [row['coverage_taggable'], row['compliance'], row['normalised_compliance']]]),
  )
  expect(byKey).toEqual({
    environment: [0.9, 0.4, 0.7],
    team: [0.7, 0.7, 0.7],
    '(all required)': [0.7, 0.4, 0.7],
    '(any required)': [0.9, 0.7, 0.7],
  })
})

describe('ownership', () => {
  test('spellings of one value are one owner, under the commonest spelling', async () => {
    const estate = await estateOf([
      tagged('a', '1', { team: 'Pay ' }),
      tagged('b', '1', { team: 'pay' }),
      tagged('c', '1', { Team: 'pay' }),
    ])
    expect((await estate.run('cost_by_team')).map((row) => [row['team'], row['effective_cost']])).toEqual([
      ['pay', '3.000000000000000'],
    ])
  })

  test('an account answers where the tag does not', async () => {
    const setup = `insert into account_dimensions values ('account', 'team', 'platform')`
    const estate = await estateOf([tagged('a', '1', { team: 'tbd' }), tagged('b', '2', { team: 'pay' })], { setup })
    expect((await estate.run('cost_by_team')).map((row) => row['team'])).toEqual(['pay', 'platform'])
  })
})

test('tag values: what is wrong with each', async () => {
  const setup = `delete from policy_keys; insert into policy_keys values ('environment', true, ['prod', 'dev'])`
  const estate = await estateOf(
    ['prod', 'Prod', 'live', 'tbd', null]
      .map((value, i) => tagged(`r${i}`, '1', value === null ? { Name: 'x' } : { environment: value }))
      .concat([tagged('v', '1', { Environment: 'dev' })]),
    { setup },
  )
  const rows = await estate.run('tag_values')
  expect(Object.fromEntries(rows.map((row) => [String(row['raw_value']), row['status']]))).toEqual({
    prod: 'ok',
    Prod: 'non_canonical',
    live: 'not_allowed',
    tbd: 'placeholder',
    null: 'missing',
    dev: 'key_variant',
  })
})

test('currencies are apart and an empty estate has no row', async () => {
  const rows = await coverage([tagged('a', '1', { team: 'x' }), tagged('b', '1', {}, { BillingCurrency: 'EUR' })])
  expect(rows.map((row) => [row['billing_currency'], row['coverage_taggable']])).toEqual([
    ['EUR', 0],
    ['USD', 1],
  ])
  expect(await coverage([])).toEqual([])
})

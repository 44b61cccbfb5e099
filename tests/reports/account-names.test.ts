import { expect, test } from 'vitest'
import { estateOf, type Row } from '../support/rows.ts'

const name = (id: string, called: string, tags = '{}', provider = 'AWS', observed = '2026-09-01') =>
  `insert into account_names values ('${provider}', 'org', '${id}', '${called}', 'Account', 'Root/Shops', 'ACTIVE',
    cast('${tags}'::json as map(varchar, varchar)), '${observed}', 'organization');`
const charge = (account: string, more: Row = {}): Row => ({ BilledCost: '1', SubAccountId: account, ...more })
const byAccount = (rows: readonly Row[]) => rows.map((row) => [row['sub_account_id'], row['sub_account_name']])

test('an account that the bill does not name, or names by its id, is shown by its collected name', async () => {
  const estate = await estateOf(
    [
      charge('1', { SubAccountName: 'as billed' }),
      charge('2', { SubAccountName: null }),
      charge('3', { SubAccountName: '3' }),
      charge('4', { SubAccountName: '4' }),
    ],
    { setup: ['1', '2', '3'].map((id) => name(id, `collected ${id}`)).join('') },
  )
  const shown = [
    ['1', 'as billed'],
    ['2', 'collected 2'],
    ['3', 'collected 3'],
    ['4', '4'],
  ]
  expect(byAccount(await estate.run('account_inventory'))).toEqual(shown)
  expect(byAccount(await estate.run('cost_by_account'))).toEqual(shown)
})

test('a subscription is the same account with or without its path and in any case', async () => {
  const estate = await estateOf([charge('/subscriptions/aa-11')], { setup: name('AA-11', 'Shop', '{"team":"shop"}') })
  expect(byAccount(await estate.run('cost_by_account'))).toEqual([['/subscriptions/aa-11', 'Shop']])
  expect((await estate.run('cost_by_team')).map((row) => row['team'])).toEqual(['shop'])
})

test('who owns a charge: its tag, then the configuration, then the tag of its account', async () => {
  const estate = await estateOf(
    [charge('1', { Tags: { team: 'tagged' } }), charge('1', { Tags: { team: 'TBD' } }), charge('2'), charge('3')],
    {
      setup: `insert into account_dimensions values ('1', 'team', 'configured');
        ${name('1', 'one', '{"team":"account","app":"portal"}')} ${name('2', 'two', '{"Team":"account"}')}`,
    },
  )
  expect(await estate.rows(`select sub_account_id as id, team, product from daily order by id, team desc`)).toEqual([
    { id: '1', team: 'tagged', product: 'portal' },
    { id: '1', team: 'configured', product: 'portal' },
    { id: '2', team: 'account', product: null },
    { id: '3', team: null, product: null },
  ])
})

test('tags of an account count under the spelling that charges have, and placeholders do not count', async () => {
  const estate = await estateOf([charge('1', { Tags: { team: 'payments' } }), charge('2'), charge('3')], {
    setup: name('2', 'two', '{"user:Team":" Payments "}') + name('3', 'three', '{"team":"n/a","env":"Prod"}'),
  })
  expect(
    await estate.rows('select team, environment, count(*)::integer as n from daily group by all order by all'),
  ).toEqual([
    { team: 'payments', environment: null, n: 2 },
    { team: null, environment: 'Prod', n: 1 },
  ])
})

test('resources of an account have its owner, and a name adds no row and no money', async () => {
  const rows = [charge('1', { ResourceId: 'r' }), charge('1'), charge('2')]
  const setup = name('1', 'one', '{"team":"x"}') + name('1', 'uno', '{"team":"y"}', 'Google Cloud', '2026-10-01')
  const estate = await estateOf(rows, { setup })
  expect(await estate.rows('select team, effective_cost::integer as cost from resources')).toEqual([
    { team: 'y', cost: 1 },
  ])
  expect(await estate.rows('select sum(effective_cost)::integer as cost, count(*)::integer as n from daily')).toEqual([
    { cost: 3, n: 3 },
  ])
  for (const check of ['mart_keys', 'rollup_conservation', 'spread_conservation'])
    expect(await estate.run(check)).toEqual([])
})

test('the inventory shows accounts without charges too, as they were collected', async () => {
  const estate = await estateOf([charge('1', { ServiceProviderName: 'AWS', BillingAccountId: 'org' })], {
    setup: name('1', 'one') + name('9', 'dormant', '{"team":"x"}'),
  })
  expect(await estate.run('account_inventory')).toMatchObject([
    { sub_account_id: '1', sub_account_name: 'one', parent_path: 'Root/Shops', status: 'ACTIVE', services: '1' },
    {
      provider: 'AWS',
      sub_account_id: '9',
      sub_account_name: 'dormant',
      services: '0',
      first_date: null,
      teams: ['x'],
    },
  ])
})

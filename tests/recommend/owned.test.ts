import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { chooseRules, loadRules } from '../../src/recommend/rules.ts'
import { createSavings, type SavingsKeeper } from '../../src/runtime-savings.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { warehouseFile } from '../support/api.ts'
import { daily, providers } from '../support/recommend.ts'
import type { Row } from '../support/rows.ts'

const now = () => new Date('2026-10-04T12:00:00Z')
const address = (id: string, account: string, team: string): Row => ({
  ...providers.aws,
  ResourceId: id,
  SubAccountId: account,
  ServiceName: 'Amazon Virtual Private Cloud',
  SkuMeter: 'PublicIPv4:IdleAddress',
  PricingUnit: 'Hours',
  PricingQuantity: '24',
  EffectiveCost: '0.24',
  Tags: { team },
})
const mine = address('ip-mine', 'a1', 'web')
const shared = address('ip-shared', 'a1', 'web')
const theirs = address('ip-theirs', 'a2', 'data')
/** Usage on demand of a whole account: an offer to commit to it, which looks beyond one resource. */
const steady: Row = {
  ...mine,
  ResourceId: 'i-1',
  ServiceName: 'Amazon Elastic Compute Cloud',
  SkuMeter: 'BoxUsage:m5.large',
  x_Operation: 'RunInstances',
  PricingCategory: 'Standard',
  EffectiveCost: '24',
}
const all = [
  ...daily(mine),
  ...daily(shared),
  ...daily(theirs),
  ...daily({ ...shared, Tags: { team: 'data' } }),
  ...daily(steady),
]
const webOnly = [...daily(mine), ...daily(shared), ...daily(steady)]
const owned = `
  create table owned_resources as select * from (values ('a1', 'ip-mine'), ('a1', 'i-1')) as t(sub_account_id, resource_id);
  create table owned_accounts (sub_account_id varchar);`

const files: Record<string, string> = {}
let keepers: readonly SavingsKeeper[]
let everyone: SavingsKeeper['desk']
let web: SavingsKeeper['desk']

beforeAll(async () => {
  files['all'] = (await warehouseFile(all)).path
  files['web'] = (await warehouseFile(webOnly, 'web', owned)).path
}, 60_000)
afterAll(() => {
  for (const path of Object.values(files)) rmSync(dirname(path), { recursive: true })
})
beforeEach(() => {
  const path = join(dirname(files['all'] ?? ''), `${randomUUID()}.sqlite`)
  const rules = chooseRules(loadRules(), ['aws.ip.idle', 'aws.commit.gap', 'aws.ec2.graviton'])
  const states = { connect: (state: string) => openDuckDb({ path: files[state] ?? '', readOnly: true, threads: 1 }) }
  keepers = [false, true].map((isOwned) => createSavings({ path, rules, now, states, owned: isOwned }))
  ;[everyone, web] = keepers.map(({ desk }) => desk) as [typeof everyone, typeof web]
  return async () => {
    for (const keeper of keepers) await keeper.close()
  }
})

const page = { offset: 0, limit: 100 }
const placesOf = (rows: readonly Row[]) => rows.map((row) => row['resource_id']).sort()

test('of a resource that two teams are charged for neither alone gets a finding or a saving', async () => {
  const whole = await everyone.list('all', {}, page)
  expect(placesOf(whole.page.rows)).toEqual(expect.arrayContaining(['ip-mine', 'ip-shared', 'ip-theirs']))
  const own = await web.list('web', {}, page)
  expect(placesOf(own.page.rows)).toEqual(['i-1', 'ip-mine'])
  expect((await web.savings('web')).map(({ resource_id }) => resource_id).sort()).toEqual(['i-1', 'ip-mine'])
  // 0.24 a day is 7.30 a month of 730 hours; Graviton saves 20 % of 730
  expect((await web.funnel('web')).map(({ identified }) => Number(identified))).toEqual([153.3])
})

test('rules that look beyond one resource do not run over the charges of one team', async () => {
  const rulesOf = async (desk: typeof web, state: string) =>
    new Set((await desk.list(state, {}, page)).page.rows.map((row) => row['rule']))
  expect(await rulesOf(everyone, 'all')).toContain('aws.commit.gap')
  expect(await rulesOf(web, 'web')).toEqual(new Set(['aws.ip.idle', 'aws.ec2.graviton']))
})

test('what the rules find in the charges of one team is not entered, and lets nothing of others expire', async () => {
  await web.list('web', {}, page)
  expect([web.revision(), await everyone.savings('all')]).toEqual([0, expect.any(Array)])
  const before = (await everyone.savings('all')).map(({ finding_id, state }) => [finding_id, state])
  const entered = everyone.revision()
  await web.list('web', {}, page)
  expect(everyone.revision()).toBe(entered)
  expect((await everyone.savings('all')).map(({ finding_id, state }) => [finding_id, state])).toEqual(before)
})

test('a team decides on its own only; an own finding that nobody entered yet is entered with the decision', async () => {
  const own = (await web.list('web', { rule: 'aws.ip.idle' }, page)).page.rows[0]
  const id = String(own?.['finding_id'])
  expect(await web.savings('web')).toEqual([])
  expect(await web.decide('web', id, { to: 'accepted', actor: 'jane' })).toMatchObject({ state: 'accepted' })
  expect((await web.find('web', id))?.history.map(({ to_state }) => to_state)).toEqual(['proposed', 'accepted'])
  const whole = (await everyone.list('all', { rule: 'aws.ip.idle' }, page)).page.rows
  for (const place of ['ip-shared', 'ip-theirs']) {
    const other = String(whole.find((row) => row['resource_id'] === place)?.['finding_id'])
    expect(await web.find('web', other)).toBeNull()
    expect(await web.open('web', other, page)).toBeNull()
    expect(await web.decide('web', other, { to: 'dismissed', reason: 'x', actor: 'jane' })).toBeNull()
  }
  await expect(web.decide('web', id, { to: 'proposed', actor: 'jane' })).rejects.toMatchObject({ conflict: true })
})

import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRuntime, type Runtime } from '../../src/runtime.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteIdentifier, type Warehouse } from '../../src/warehouse/warehouse.ts'
import { estateLake } from '../support/estate-lake.ts'

let runtime: Runtime
let whole: Warehouse
let mine: Warehouse
let team: string

beforeAll(async () => {
  runtime = createRuntime({ data: await estateLake() })
  whole = await runtime.open()
  const { rows } = await whole.query(
    'select team from daily where team is not null group by team order by sum(effective_cost) desc, team limit 1 offset 1',
  )
  team = String(rows[0]?.['team'])
  mine = await openAudience([team])
}, 300_000)
afterAll(() => {
  whole?.close()
  mine?.close()
})

async function openAudience(teams: readonly string[]): Promise<Warehouse> {
  const { path } = await runtime.audience(teams)
  return openDuckDb({ path, readOnly: true })
}

const one = async (warehouse: Warehouse, sql: string, params = {}) =>
  (await warehouse.query(sql, params)).rows[0]?.['x'] as string

test('an audience sees what its teams own, to the last decimal, and nothing else', async () => {
  for (const measure of ['billed_cost', 'effective_cost', 'charge_count']) {
    const own = await one(mine, `select sum(${measure})::varchar as x from daily`)
    expect(own).toBe(
      await one(whole, `select sum(${measure})::varchar as x from daily where team = $team::varchar`, { team }),
    )
    expect(Number(own)).toBeGreaterThan(0)
  }
  expect((await mine.query('select distinct team from daily')).rows).toEqual([{ team }])
})

test('its single charges add up to the same, and so do its resources and versions', async () => {
  const total = await one(mine, 'select sum(effective_cost)::varchar as x from daily')
  expect(await one(mine, 'select sum(EffectiveCost)::varchar as x from charges')).toBe(total)
  expect(await one(mine, 'select sum(effective_cost)::decimal(38, 15)::varchar as x from lake_versions')).toBe(total)
  expect(await one(mine, 'select sum(effective_cost)::varchar as x from resources')).toBe(
    await one(whole, 'select sum(effective_cost)::varchar as x from resources where team = $team::varchar', { team }),
  )
})

test('no name of another team, its accounts or its resources stands anywhere in the warehouse, but for what discounts its own charges', async () => {
  const { rows: secrets } = await whole.query(
    `with told as (
       select distinct unnest([team, resource_id, resource_name]) as secret, team from resources
       union select distinct unnest([team, product, sub_account_id, sub_account_name]), team from daily
     )
     select distinct secret from told where secret is not null and team is distinct from $team::varchar
     except select secret from told where team = $team::varchar
     except select unnest([commitment_id, billing_account_id]) from daily where team = $team::varchar
     except select BillingAccountName from charges`,
    { team },
  )
  expect(secrets.length).toBeGreaterThan(100)
  const list = secrets.map((row) => String(row['secret']))
  const { rows: tables } = await mine.query(
    `select distinct table_name as name from information_schema.tables where table_schema = 'main' order by all`,
  )
  expect(tables.length).toBeGreaterThan(25)
  const leaks: unknown[] = []
  for (const name of tables.map((row) => String(row['name']))) {
    const { rows } = await mine.query(
      `select distinct v from (unpivot (select columns(*)::varchar from ${quoteIdentifier(name)}) on columns(*) into name k value v)
       where v in (select unnest($list::varchar[]))`,
      { list },
    )
    leaks.push(...rows.map((row) => ({ name, ...row })))
  }
  expect(leaks).toEqual([])
})

test('several teams see their sum; a name that owns nothing sees nothing, and no amount of anyone', async () => {
  const { rows } = await whole.query('select distinct team from daily where team is not null')
  const all = await openAudience(rows.map((row) => String(row['team'])))
  expect(await one(all, 'select sum(effective_cost)::varchar as x from daily')).toBe(
    await one(whole, 'select sum(effective_cost)::varchar as x from daily where team is not null'),
  )
  all.close()
  const none = await openAudience(["nobody's"])
  for (const table of ['daily', 'charges', 'resources', 'budgets', 'tag_set_keys', 'owned_rows'])
    expect(await one(none, `select count(*)::varchar as x from ${table}`)).toBe('0')
  expect(await one(none, 'select sum(abs(billed_cost) + rows_in)::varchar as x from lake_versions')).toMatch(
    /^0(\.0*)?$/,
  )
  none.close()
})

test('the same audience in any order is built once', async () => {
  const first = await runtime.audience([team, 'x'])
  const again = await runtime.audience(['x', team, team])
  expect(again).toEqual({ ...first, fresh: false })
  expect(existsSync(first.path)).toBe(true)
})

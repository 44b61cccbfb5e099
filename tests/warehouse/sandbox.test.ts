import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { openSandbox, type Sandbox } from '../../src/warehouse/sandbox.ts'

let folder: string
let sandbox: Sandbox
const limits = { rows: 5, characters: 10_000, timeout_ms: 1500 }
const ask = (sql: string, signal = new AbortController().signal) => sandbox.run(sql, limits, signal)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'costwright-sandbox-'))
  mkdirSync(join(folder, 'lake'))
  const path = join(folder, 'w.duckdb')
  const warehouse = await openDuckDb({ path })
  await warehouse.exec(`copy (select 1 as a, 'x' as team) to '${folder}/lake/p.parquet'`)
  await warehouse.exec(`copy (select 2 as a) to '${folder}/other.parquet'`)
  await warehouse.exec(`create table daily as select i as a, 1.50::decimal(38, 15) as cost from range(10) r(i)`)
  await warehouse.exec(`create view charges as from read_parquet('${folder}/lake/p.parquet')`)
  await warehouse.exec('create macro costs_between(x) as table select * from daily where a < x')
  warehouse.close()
  sandbox = await openSandbox({ path, lake: join(folder, 'lake'), memoryLimit: '200MB', threads: 1 })
}, 60_000)
afterAll(() => sandbox?.close())

test.each([
  ['from charges', [{ a: 1, team: 'x' }]],
  ['select sum(cost) as cost from main.daily;', [{ cost: '15.000000000000000' }]],
  ['with own as (select a from daily where a > 8) select * from own', [{ a: '9' }]],
  [
    'with recursive t(n) as (select 1 union all select n + 1 from t where n < 4) select sum(n)::int as n from t',
    [{ n: 10 }],
  ],
  ['select (select max(a) from charges) as a, b from range(1) r(b)', [{ a: 1, b: '0' }]],
  ['select count(*) as n from costs_between(3)', [{ n: '3' }]],
  ['show tables', [{ name: 'charges' }, { name: 'daily' }]],
  [
    "select column_name from information_schema.columns where table_name = 'charges'",
    [{ column_name: 'a' }, { column_name: 'team' }],
  ],
])('%s is answered', async (sql, rows) => {
  expect((await ask(sql)).rows).toEqual(rows)
})

test('an answer stops at its limits and says so', async () => {
  expect(await ask('from daily')).toMatchObject({ truncated: true, rows: { length: 5 } })
  expect((await ask("select repeat('x', 9000) as x from range(3)")).truncated).toBe(true)
})

const escapes = [
  `select * from '<lake>/p.parquet'`,
  `from "<lake>/p.parquet"`,
  `from '<folder>/other.parquet'`,
  `select * from read_parquet('<lake>/p.parquet')`,
  `select * from parquet_scan(['<lake>/p.parquet'])`,
  `select * from read_parquet('<lake>/*.parquet', filename = true)`,
  `select * from (select * from (select * from read_csv('/etc/passwd')))`,
  `select a from daily where a in (select 1 from read_text('/etc/passwd'))`,
  `select (select content from read_text('/etc/passwd'))`,
  `select * from daily union all select * from read_json('/etc/hosts')`,
  `select * from read_blob('/etc/passwd')`,
  `select * from glob('/etc/*')`,
  `select * from sniff_csv('/etc/passwd')`,
  `select * from parquet_metadata('<lake>/p.parquet')`,
  `select * from parquet_schema('<lake>/p.parquet')`,
  `with "<lake>/p.parquet" as (select 1 as a) select * from "<lake>/p.parquet"`,
  `with x as (from '<lake>/p.parquet') select * from x`,
  `select * from daily, lateral (select * from read_csv('/etc/passwd'))`,
  `describe '<lake>/p.parquet'`,
  `summarize '<lake>/p.parquet'`,
  `from query('from read_text(''/etc/passwd'')')`,
  `from query_table('daily')`,
  `select * from duckdb_settings()`,
  `select * from duckdb_secrets()`,
  `select * from duckdb_views()`,
  `select * from duckdb_databases()`,
  `select * from pg_catalog.pg_views`,
  `select * from information_schema.views`,
  `select * from system.information_schema.tables`,
  `select * from sqlite_master`,
  `select * from pragma_version()`,
  `pragma database_list`,
  `call pragma_table_info('daily')`,
  `attach '<folder>/w2.duckdb' as w2`,
  `attach ':memory:' as m`,
  `copy daily to '<folder>/out.csv'`,
  `copy (select 1) to '<lake>/p.parquet'`,
  `export database '<folder>/out'`,
  `install httpfs`,
  `load httpfs`,
  `set enable_external_access = true`,
  `reset lock_configuration`,
  `create table t as select 1`,
  `create temp table t as select 1`,
  `create macro m() as 1`,
  `insert into daily values (1, 1)`,
  `delete from daily`,
  `drop table daily`,
  `checkpoint`,
  `begin; select 1`,
  `select 1; drop table daily`,
  `select 1; select 2`,
  `prepare p as select 1`,
  `execute p`,
  `explain analyze select * from read_csv('/etc/passwd')`,
  `use other`,
  `from 'https://example.com/x.parquet'`,
  `select * from read_csv('https://example.com/x.csv')`,
  `select * from w.main.daily`,
  `select getenv('HOME')`,
]

test('at least 60 distinct escapes are tried', () => {
  expect(new Set(escapes).size).toBeGreaterThanOrEqual(60)
})

test.each(escapes)('%s is refused', async (sql) => {
  const text = sql.replaceAll('<lake>', join(folder, 'lake')).replaceAll('<folder>', folder)
  await expect(ask(text)).rejects.toBeInstanceOf(UserError)
})

test('what takes too long, or too much memory, ends', async () => {
  await expect(ask('select count(*) from range(1000000) a, range(1000000) b')).rejects.toThrow(/stopped after 1.5 s/)
  await expect(ask('select * from (select * from range(40000000) t(i) order by hash(i))')).rejects.toThrow(UserError)
  expect((await ask('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('who leaves ends his statement', async () => {
  const asked = new AbortController()
  const running = ask('select count(*) from range(1000000) a, range(1000000) b', asked.signal)
  setTimeout(() => asked.abort(new Error('gone')), 100)
  await expect(running).rejects.toThrow('whoever asked has left')
})

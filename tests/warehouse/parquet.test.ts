import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { openReadOnly, type Reader, type ReadOnlyDatabase } from '../../src/warehouse/duckdb-stream.ts'
import { quoteText, type Warehouse } from '../../src/warehouse/warehouse.ts'

const folder = mkdtempSync(join(tmpdir(), 'costwright-parquet-'))
const target = join(folder, 'answer.parquet')
let database: ReadOnlyDatabase
let reader: Reader
let other: Warehouse

beforeAll(async () => {
  other = await openDuckDb({ path: ':memory:' })
  const file = join(folder, 'data.duckdb')
  await other.exec(
    `attach ${quoteText(file)} as file; create table file.days as select range as day from range(50000); detach file`,
  )
  database = await openReadOnly(file)
  reader = await database.connect()
})
afterAll(() => {
  reader?.close()
  database?.close()
  other?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('integers of 128 bits keep every digit, under their names and in their places', async () => {
  const sql = `select 1 as "a b", 12345678901234567890123456789012345678::hugeint as "the ""sum""", $n::uhugeint as n, sum(day) as days from days;`
  await reader.copyToParquet(sql, { n: '99999999999999999999999999999999999999' }, target)
  const { columns, rows } = await other.query(`from ${quoteText(target)}`)
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'a b INTEGER',
    'the "sum" DECIMAL(38,0)',
    'n DECIMAL(38,0)',
    'days DECIMAL(38,0)',
  ])
  expect(rows[0]).toMatchObject({
    'the "sum"': '12345678901234567890123456789012345678',
    n: '99999999999999999999999999999999999999',
    days: '1249975000',
  })
})

test('an integer of more digits than Parquet holds is an error, not another number', async () => {
  const sql = 'select 170141183460469231731687303715884105727::hugeint as n'
  await expect(reader.copyToParquet(sql, {}, target)).rejects.toThrow(/170141183460469231731687303715884105727/)
})

test('row groups are as small as asked for, rows in order', async () => {
  await reader.copyToParquet('from days', {}, target, 10_240)
  const groups = await other.query(
    `select distinct row_group_id, row_group_num_rows as n from parquet_metadata(${quoteText(target)}) order by all`,
  )
  expect(groups.rows.map(({ n }) => Number(n)).every((n) => n < 20_480)).toBe(true)
  expect(groups.rows.length).toBeGreaterThan(2)
  const { rows } = await other.query(
    `select count(*) as n from (select day, row_number() over () as row from ${quoteText(target)}) where day <> row - 1`,
  )
  expect(rows).toEqual([{ n: '0' }])
})

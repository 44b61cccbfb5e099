import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { beforeAll, expect, test } from 'vitest'
import { UserError } from '../src/errors.ts'
import { openDuckDb } from '../src/warehouse/duckdb.ts'
import { runCommand } from './support/run-command.ts'

const data = mkdtempSync(join(tmpdir(), 'costwright-commands-'))
const empty = join(data, 'nothing-here')
const bill = resolve(import.meta.dirname, '../fixtures/focus-oracle/export.csv')
const target = (name: string) => join(data, name)

beforeAll(async () => {
  expect((await runCommand(['import', bill], data)).code).toBe(0)
})

test.each([
  [['serve', '--port', 'abc'], '--port abc is not a port'],
  [['demo', '--seed', 'seven'], '--seed seven is not a whole number'],
  [['demo', '--scale', '0'], '--scale 0 is not a factor'],
  [['check', 'nope'], 'there is no check called nope'],
  [['query', 'nope'], 'there is no query called nope'],
  [['query', 'cost_by_month', '--format', 'xlsx'], '--format xlsx is unknown'],
  [['query', 'cost_by_month', '--format', 'parquet'], '--format parquet needs a file'],
  [
    ['query', 'cost_by_month', '--format', 'csv', '--out', '/no/such/folder/x.csv'],
    'there is no folder /no/such/folder',
  ],
  [['export', 'focus', '--out', '/no/such/folder/x.csv'], 'there is no folder /no/such/folder'],
  [['reconcile', '--as-of', 'yesterday'], '--as-of yesterday is no instant'],
  [['query', 'cost_by_month', '--as-of', '2020-01-01'], 'nothing had landed yet'],
  [['check', '--as-of', '2020-01-01'], 'nothing had landed yet'],
])('%j is refused in words, as the user can put it right', async (args, message) => {
  const refusal = await runCommand(args, data).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(UserError)
  expect(String(refusal)).toContain(message)
})

test.each([
  [['reconcile']],
  [['check']],
  [['query', 'cost_by_month']],
  [['sql', 'select 1']],
  [['export', 'focus', '--out', target('x.csv')]],
])('%j on an empty data folder says that nothing has been imported', async (args) => {
  await expect(runCommand(args, empty)).rejects.toThrow(`nothing has been imported into ${empty} yet`)
})

test('an import says what was refused and why, and lands the rest', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-commands-'))
  const bad = join(folder, 'bad.csv')
  writeFileSync(bad, 'some,other,table\n1,2,3\n')
  const { code, out, notes } = await runCommand(['import', bad, bill], join(folder, 'data'))
  expect(code).toBe(2)
  expect(out).toContain('imported')
  expect(notes.join('\n')).toContain(`refused: ${bad} is no billing export that costwright knows`)
})

test('an import that finds no export at all fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-commands-'))
  writeFileSync(join(folder, 'settings.json'), '{"colour": "blue"}')
  const { code, notes } = await runCommand(['import', folder], join(folder, 'data'))
  expect(code).toBe(2)
  expect(notes.at(-1)).toBe('nothing was imported')
})

test('a query writes its answer as Parquet and Arrow with every row', async () => {
  const { rows } = JSON.parse((await runCommand(['query', 'cost_by_month', '--json'], data)).out) as { rows: object[] }
  for (const format of ['parquet', 'arrow'])
    expect(
      (await runCommand(['query', 'cost_by_month', '--format', format, '--out', target(`x.${format}`)], data)).code,
    ).toBe(0)
  const warehouse = await openDuckDb({ path: ':memory:' })
  const parquet = await warehouse.query('select * from read_parquet($path)', { path: target('x.parquet') })
  warehouse.close()
  expect(parquet.rows).toEqual(rows)
  expect(tableFromIPC(readFileSync(target('x.arrow'))).numRows).toBe(rows.length)
  expect(readdirSync(data).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test.each([
  ['select count(*) as n from charges'],
  ['with c as (select * from charges) select count(*) as n from c; '],
  ['show tables'],
  ['describe charges'],
])('sql reads: %s', async (statement) => {
  expect((await runCommand(['sql', statement], data)).code).toBe(0)
})

test.each([
  ['a file outside the lake', `select * from read_csv('${bill}')`],
  ['a file beside the charges', `copy (select 1) to '${join(data, 'lake/focus/x.csv')}'`],
  ['a second statement', `select 1; copy (select 1) to '${join(data, 'lake/focus/x.csv')}'`],
  ['a second statement behind describe', 'describe charges; drop table daily'],
  ['a setting', 'set enable_external_access = true'],
  ['another database', `attach '${join(data, 'other.duckdb')}'`],
  ['a table', 'create table x as select 1'],
])('sql does not touch %s', async (_, statement) => {
  await expect(runCommand(['sql', statement], data)).rejects.toThrow(UserError)
  expect(readdirSync(join(data, 'lake/focus'))).toEqual(['source=oracle-5501'])
})

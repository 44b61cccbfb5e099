import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JsonDuckDBValueConverter } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMart } from '../../src/edge/mart-file.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { openReadOnly, type ReadOnlyDatabase } from '../../src/warehouse/duckdb-stream.ts'
import { mapStore } from './map-store.ts'

const wideRows = 1_000_000
let folder: string
let database: ReadOnlyDatabase

const gone = (): never => {
  throw new Error('gone')
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'costwright-mart-'))
  const path = join(folder, 'marts.duckdb')
  const writer = await openDuckDb({ path })
  await writer.exec(kinds)
  await writer.exec(`create table wide as select i as row_number, (i % 97)::varchar as team, 'r' || hash(i) as resource,
    (i * 1.000000000000001)::decimal(38, 15) as cost, date '2026-01-01' + (i // 10000)::integer as day from range(${wideRows}) t(i) order by i`)
  writer.close()
  database = await openReadOnly(path)
})
afterAll(() => {
  database?.close()
  rmSync(folder, { recursive: true })
})

const kinds = `create table kinds as from (values
  (1, 12345678901234567890123.456789012345678::decimal(38, 15), 99999999999999999999999999999999999999::decimal(38, 0), -0.005::decimal(9, 3), -123456789012.345678::decimal(18, 6),
   date '1969-12-31', timestamp '1969-12-31 23:59:59.999999', timestamptz '2026-03-29 01:00:00+00', time '13:05:00.25', true,
   (-9223372036854775807 - 1)::bigint, 18446744073709551615::ubigint, 9007199254740991::hugeint, (-127 - 1)::tinyint, 1e21::double, 0.1::float,
   'Grüße "x", ' || chr(10), ['a', null, 'b']::varchar[], map {'b': '1', 'a': null}, '{"a": 1.50}'::json, uuid '00112233-4455-6677-8899-aabbccddeeff', 'big'::enum('big', 'small')),
  (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
  (3, -0.000000000000001, -99999999999999999999999999999999999999, 0, 0.000001, date '0001-01-01', timestamp '0001-01-01 00:00:00', timestamptz '1900-01-01 00:00:00.5+00', time '00:00:00', false,
   9223372036854775807, 0, -9007199254740991, 127, 'nan'::double, '-infinity'::float, '', [], map {}, 'null', uuid 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'small'),
  (4, 1, 0, 999999.999, 0, date '9999-12-31', timestamp 'infinity', timestamptz '-infinity', time '23:59:59.999999', true,
   0, 1, 0, 0, '-0.0'::double, 3.4028235e38::float, '=1+1', ['x'], map {'k': 'v'}, '[1]', uuid '00000000-0000-0000-0000-000000000000', 'big'),
  (5, 0, 5, -999999.999, -0.000001, date '0044-03-15 (BC)', timestamp '0044-03-15 (BC) 12:00:00', timestamptz '290000-01-01 00:00:00+00', time '00:00:00.000001', null,
   -1, 9007199254740993, 1, 1, 5e-324::double, 1.5::float, chr(128512), null, null, '"x"', null, null)
 ) t(n, wide, whole, narrow, middle, day, instant, zoned, clock, flag, big, ubig, huge, tiny, real64, real32, words, list, entries, json, id, word)`

/** Rows as the server answers them. */
async function answered(sql: string) {
  const reader = await database.connect()
  const { columns, chunks } = await reader.stream(sql, {})
  const rows: unknown[][] = []
  for await (const chunk of chunks) rows.push(...chunk.convertRows(JsonDuckDBValueConverter))
  reader.close()
  return { rows, columns: columns.map(({ name, type }) => ({ name, type: type.toString() })) }
}

/** The table as the edge reads it from the file that the server sends. */
async function published(table: string, count: number) {
  const reader = await database.connect()
  const path = join(folder, `${table}.parquet`)
  await reader.copyToParquet(`from ${table}`, {}, path, 10_240)
  reader.close()
  const bytes = new Uint8Array(readFileSync(path))
  const { store, read } = mapStore(new Map([['objects/mart', bytes]]))
  const { columns } = await answered(`from ${table} limit 0`)
  const mart = await openMart(store, { key: 'objects/mart', bytes: bytes.length, rows: count, columns }, gone)
  return { mart, read, bytes: bytes.length }
}

describe('a stored mart in a Parquet file', () => {
  test('has the cells of the API to the last digit, whatever their type', async () => {
    const { mart } = await published('kinds', 5)
    const { rows: expected } = await answered('from kinds')
    const rows = await mart.rows(0, 10)
    expect(JSON.parse(JSON.stringify(rows))).toEqual(JSON.parse(JSON.stringify(expected)))
    expect(rows[0]?.slice(1, 6)).toEqual([
      ...['12345678901234567890123.456789012345678', '99999999999999999999999999999999999999', '-0.005'],
      ...['-123456789012.345678', '1969-12-31'],
    ])
  })

  test('gives any stretch of a million rows for a small part of its bytes, the last one too', async () => {
    const { mart, read, bytes } = await published('wide', wideRows)
    for (const start of [0, 499_990, wideRows - 10]) {
      const before = read.bytes
      const rows = await mart.rows(start, start + 1001)
      expect(rows).toEqual((await answered(`from wide limit 1001 offset ${start}`)).rows)
      expect((read.bytes - before) / bytes, `from ${start}`).toBeLessThan(0.06)
    }
    expect(await mart.rows(wideRows, wideRows + 10)).toEqual([])
  })

  test('is refused where its columns are not those that were published, or exact integers are floats in it', async () => {
    const reader = await database.connect()
    const path = join(folder, 'huge.parquet')
    await reader.copyToParquet('select 9007199254740993::double as n', {}, path)
    reader.close()
    const bytes = new Uint8Array(readFileSync(path))
    const { store } = mapStore(new Map([['k', bytes]]))
    const mart = (name: string) => ({ key: 'k', bytes: bytes.length, rows: 1, columns: [{ name, type: 'HUGEINT' }] })
    await expect(openMart(store, mart('n'), gone)).rejects.toThrow(/no cell can be made of the column n/)
    await expect(openMart(store, mart('m'), gone)).rejects.toThrow(/no column m in its place/)
    await expect(openMart(store, { ...mart('n'), key: 'other' }, gone)).rejects.toThrow('gone')
  })
})

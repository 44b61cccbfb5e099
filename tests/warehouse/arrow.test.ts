import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { arrowStream } from '../../src/warehouse/arrow.ts'

async function arrowOf(sql: string) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const result = await connection.stream(sql)
  const pieces: Uint8Array[] = []
  const columns = result.columnNames().map((name, index) => ({ name, type: result.columnType(index) }))
  const chunks = async function* () {
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
      yield chunk
  }
  for await (const piece of arrowStream({ columns, chunks: chunks() })) pieces.push(piece)
  return tableFromIPC(Buffer.concat(pieces))
}

describe('arrowStream', () => {
  it.each([
    ["'kurz'", 'Utf8', 'kurz'],
    ["''", 'Utf8', ''],
    ["'twelve bytes'", 'Utf8', 'twelve bytes'],
    ["'ein langer Text mit Ümläut €'", 'Utf8', 'ein langer Text mit Ümläut €'],
    ["'y'::enum('x', 'y')", 'Dictionary<Int32, Utf8>', 'y'],
    ["date '1969-12-31'", 'Date32<DAY>', Date.UTC(1969, 11, 31)],
    ["timestamp '2026-01-01 01:02:03.456789'", 'Timestamp<MICROSECOND>', Date.UTC(2026, 0, 1, 1, 2, 3) + 456.789],
    ['true', 'Bool', true],
    ['5::ubigint', 'Uint64', 5n],
    ['-7::tinyint', 'Int8', -7],
    ['0.1::double', 'Float64', 0.1],
  ])('carries %s as %s, with nulls beside it', async (literal, type, value) => {
    const table = await arrowOf(`select unnest([null, ${literal}, null]) as v`)
    const column = table.getChild('v')
    expect(String(column?.type)).toBe(type)
    expect([...(column ?? [])]).toEqual([null, value, null])
  })

  it.each([
    ['-0.000000000000001::decimal(38, 15)', 15, 38, '-1'],
    ['12345678901234567890123.123456789012345::decimal(38, 15)', 15, 38, '12345678901234567890123123456789012345'],
    ['-2.50::decimal(9, 2)', 2, 9, '-250'],
    ['-2.5::decimal(4, 1)', 1, 4, '-25'],
    ['1234567890.12::decimal(18, 2)', 2, 18, '123456789012'],
    ['(-3)::hugeint', 0, 38, '-3'],
  ])('carries %s exactly', async (literal, scale, precision, unscaled) => {
    const column = (await arrowOf(`select unnest([${literal}, null]) as v`)).getChild('v')
    expect(column?.type).toMatchObject({ scale, precision, bitWidth: 128 })
    const words = [...((column?.get(0) as Uint32Array | null) ?? [])]
    expect(
      String(
        BigInt.asIntN(
          128,
          words.reduceRight((high, word) => (high << 32n) | BigInt(word), 0n),
        ),
      ),
    ).toBe(unscaled)
    expect(column?.get(1)).toBeNull()
  })

  it('sends the values of an enum once, for as many batches as there are', async () => {
    const kinds = "enum('Usage', 'Überhang', 'Tax')"
    const sql = `select ['Usage', 'Überhang', null][1 + range % 3]::${kinds} as kind, 'Tax'::${kinds} as other from range(5000)`
    const table = await arrowOf(sql)
    const kind = table.getChild('kind')
    expect([kind?.get(0), kind?.get(1), kind?.get(2), kind?.get(4999)]).toEqual(['Usage', 'Überhang', null, 'Überhang'])
    expect(table.batches.length).toBeGreaterThan(1)
    expect(new Set(table.batches.map((batch) => batch.getChildAt(0)?.data[0]?.dictionary?.data[0])).size).toBe(1)
    expect(table.getChild('other')?.get(4999)).toBe('Tax')
  })

  it('keeps lists and maps of text', async () => {
    const table = await arrowOf("select ['a', null, 'é'] as l, map {'k': 'v', 'n': null} as m")
    expect(JSON.stringify(table.get(0))).toBe('{"l":["a",null,"é"],"m":{"k":"v","n":null}}')
  })

  it('streams many chunks in order and an empty answer with its columns', async () => {
    const table = await arrowOf("select range as n, 'row number ' || range as t from range(5000)")
    expect(table.numRows).toBe(5000)
    expect(table.getChild('t')?.get(4999)).toBe('row number 4999')
    const empty = await arrowOf('select 1 as a, 2.5 as b where false')
    expect([empty.numRows, empty.schema.fields.map((field) => field.name)]).toEqual([0, ['a', 'b']])
  })
})

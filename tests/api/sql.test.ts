import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { serve } from '@hono/node-server'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WarehouseFile } from '../../src/open-state.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { apiOver, warehouseFile } from '../support/api.ts'

let api: Awaited<ReturnType<typeof apiOver>>
let file: WarehouseFile

beforeAll(async () => {
  file = await warehouseFile([{ ChargePeriodStart: '2026-10-05T00:00:00Z', BilledCost: '1.25' }])
  api = await apiOver(file, { statementRows: 3000 })
}, 60_000)
afterAll(async () => {
  await api?.context.close()
  rmSync(dirname(file.path), { recursive: true })
})

const ask = (sql: string, more: { accept?: string; query?: string; limit?: number; signal?: AbortSignal } = {}) =>
  api.request(`http://localhost/api/v1/sql${more.query ?? ''}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: more.accept ?? '*/*' },
    body: JSON.stringify({ sql, ...(more.limit ? { limit: more.limit } : {}) }),
    ...(more.signal ? { signal: more.signal } : {}),
  })
const odd = `select 1.50::decimal(38, 15) as cost, '=1+1' as text, null as nothing, date '2026-02-28' as day,
  map { 'team': 'pay' } as tags, [1, 2] as list, 12345678901234567890::hugeint as big, 'S'::enum('S', 'M') as size,
  timestamptz '2026-10-05 00:00:00+00' as at`
const spool = () => readdirSync(tmpdir()).filter((name) => name.startsWith('costwright-sql-'))

test('JSON says what it rests on, how many rows it has and that it holds no more than 10,000', async () => {
  const body = await (await ask('select 1 as n')).json()
  expect(body).toMatchObject({
    rows: [{ n: 1 }],
    meta: { query: null, sql: 'select 1 as n', row_count: 1, truncated: false, state: 'state1', as_of: null },
  })
  const { rows, meta } = (await (await ask('select * from range(10001) r(n)', { limit: 50_000 })).json()) as {
    rows: unknown[]
    meta: object
  }
  expect([rows.length, meta]).toEqual([10_000, expect.objectContaining({ row_count: 10_000, truncated: true })])
})

test('CSV, Arrow and Parquet hold the same values, exact to the last digit', async () => {
  const csv = await ask(odd, { accept: 'text/csv' })
  expect(csv.headers.get('content-disposition')).toBe('attachment; filename="statement.csv"')
  expect((await csv.text()).split('\r\n')[1]).toContain("1.500000000000000,'=1+1,,2026-02-28,")
  const arrow = tableFromIPC(
    new Uint8Array(await (await ask(odd, { accept: 'application/vnd.apache.arrow.stream' })).arrayBuffer()),
  )
  expect([arrow.numRows, String(arrow.get(0)?.['text'])]).toEqual([1, '=1+1'])
  const parquet = await ask(odd, { query: '?format=parquet' })
  const path = join(dirname(file.path), 'answer.parquet')
  writeFileSync(path, Buffer.from(await parquet.arrayBuffer()))
  const warehouse = await openDuckDb({ path: ':memory:' })
  const { columns, rows } = await warehouse.query(`from read_parquet('${path}')`)
  warehouse.close()
  expect(rows).toMatchObject([
    { cost: '1.500000000000000', text: '=1+1', nothing: null, day: '2026-02-28', list: [1, 2] },
  ])
  expect(columns.slice(0, 4).map(({ type }) => type)).toEqual(['DECIMAL(38,15)', 'VARCHAR', 'INTEGER', 'DATE'])
})

test.each([
  ['csv', 3000, 3000, 'false'],
  ['csv', 3001, 3000, 'true'],
  ['arrow', 9000, 3000, 'true'],
  ['parquet', 3001, 3000, 'true'],
  ['parquet', 0, 0, 'false'],
])('as %s, %i rows are sent as %i with X-Truncated %s', async (format, there, sent, truncated) => {
  const response = await ask(`select * from range(${there}) r(n)`, { query: `?format=${format}` })
  const said = ['x-row-count', 'x-truncated', 'x-data-state'].map((name) => response.headers.get(name))
  expect([response.status, ...said]).toEqual([200, String(sent), truncated, 'state1'])
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (format === 'csv') expect(new TextDecoder().decode(bytes).trimEnd().split('\r\n')).toHaveLength(sent + 1)
  if (format === 'arrow') expect(tableFromIPC(bytes).numRows).toBe(sent)
  expect(spool()).toEqual([])
})

test('what a statement may not do, or cannot, is a problem in every format, and no file stays', async () => {
  for (const query of ['', '?format=csv', '?format=arrow', '?format=parquet']) {
    expect((await ask("select * from read_csv('/etc/passwd')", { query })).status).toBe(400)
    expect((await ask("select cast(n::varchar || 'x' as integer) from range(5000) r(n)", { query })).status).toBe(400)
    expect((await ask('create table x as select 1', { query })).status).toBe(400)
  }
  expect((await ask('select 1', { accept: 'image/png' })).status).toBe(406)
  expect((await ask('select 1', { query: '?format=xlsx' })).status).toBe(400)
  expect(spool()).toEqual([])
})

const endless = 'select count(*) as n from range(1000000) a, range(1000000) b'

test('the third statement at a time is told to come again; who leaves a connection ends his and makes room', async () => {
  const server = serve({ fetch: api.fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const leaving = new AbortController()
  const send = (sql: string, signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${port}/api/v1/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql }),
      ...(signal ? { signal } : {}),
    })
  const running = [send(endless, leaving.signal), send(endless, leaving.signal)].map((one) => one.catch(() => 'left'))
  const statusUntil = async (wanted: number) => {
    for (;;) {
      const { status } = await send('select 1')
      if (status === wanted) return status
    }
  }
  expect(await statusUntil(503)).toBe(503)
  leaving.abort()
  expect(await Promise.all(running)).toEqual(['left', 'left'])
  expect(await statusUntil(200)).toBe(200)
  expect(api.failures).toEqual([])
  server.close()
}, 15_000)

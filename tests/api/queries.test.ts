import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { apiOver, type Body, warehouseFile } from '../support/api.ts'
import type { Row } from '../support/rows.ts'

const charge = (month: string, amount: string, service: string, currency = 'USD'): Row => ({
  ChargePeriodStart: `${month}-03T00:00:00Z`,
  BilledCost: amount,
  ServiceName: service,
  BillingCurrency: currency,
})

const rows = [
  charge('2026-09', '0.100000000000001', '=cmd|calc'),
  charge('2026-09', '-2.5', 'Storage, "cold"'),
  charge('2026-10', '12345678901234567890.123456789012345', 'Compute'),
  charge('2026-10', '3', 'Compute', 'EUR'),
]

let api: Awaited<ReturnType<typeof apiOver>>

beforeAll(async () => {
  api = await apiOver(await warehouseFile(rows))
})
afterAll(() => api.context.close())

describe('a query as JSON', () => {
  it('carries columns, rows with exact amounts as text, and meta', async () => {
    const response = await api.get('/api/v1/queries/cost_by_month')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    const body = (await response.json()) as Body
    expect(body.columns[0]).toEqual({ name: 'month', type: 'VARCHAR' })
    const amounts = body.rows.map((row) => row['effective_cost'])
    expect(amounts).toContain('12345678901234567890.123456789012345')
    expect(body.meta).toMatchObject({
      query: 'cost_by_month',
      ledger: 'cash, accrual',
      currency: ['EUR', 'USD'],
      complete_through: '2026-09-30T00:00:00Z',
      lake_versions: { count: 3, newest_landed_at: '2026-11-02T03:00:00Z' },
      as_of: null,
      state: 'state1',
      next_cursor: null,
    })
  })

  it('pages by cursor until every row was sent once', async () => {
    const all = (await api.json('/api/v1/queries/cost_by_month')).rows
    const paged: Row[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const body = await api.json(`/api/v1/queries/cost_by_month?limit=1&cursor=${cursor}`)
      expect(body.rows).toHaveLength(1)
      paged.push(...body.rows)
      cursor = body.meta.next_cursor
    }
    expect(paged).toEqual(all)
  })

  it('refuses a cursor of another question or unreadable text', async () => {
    const { meta } = await api.json('/api/v1/queries/cost_by_month?limit=1')
    expect((await api.get(`/api/v1/queries/cost_explorer?cursor=${meta.next_cursor}`)).status).toBe(400)
    expect((await api.get('/api/v1/queries/cost_by_month?cursor=nonsense')).status).toBe(400)
  })

  it('answers short names with the same rows', async () => {
    const long = await api.json('/api/v1/queries/cost_explorer?group_by=provider')
    const short = await api.json('/api/v1/costs?group_by=provider')
    expect(short.rows).toEqual(long.rows)
  })

  it('gives a parameter named like a paging name to the query that declares it', async () => {
    const body = await api.json('/api/v1/queries/top_resources?limit=5')
    expect(body.meta.params['limit']).toBe('5')
  })
})

describe('a wrong request', () => {
  it.each([
    ['/api/v1/queries/nothing', 404, 'unknown-query'],
    ['/api/v1/nothing', 404, 'not-found'],
    ['/api/v1/costs?group_by=colour', 400, 'bad-request'],
    ['/api/v1/costs?start_date=2026-02-30', 400, 'bad-request'],
    ['/api/v1/costs?unknown=1', 400, 'bad-request'],
    ['/api/v1/costs?group_by=service&group_by=team', 400, 'bad-request'],
    ['/api/v1/costs?limit=10001', 400, 'bad-request'],
    ['/api/v1/costs?limit=0', 400, 'bad-request'],
    ['/api/v1/costs?as_of=yesterday', 400, 'bad-request'],
    ['/api/v1/costs?format=xlsx', 400, 'bad-request'],
    ['/api/v1/costs?format=csv&limit=5', 400, 'bad-request'],
    ['/api/v1/unit-costs', 400, 'bad-request'],
    [`/api/v1/costs?service=${'x'.repeat(5000)}`, 414, 'url-too-long'],
  ])('%s is a problem with status %i', async (path, status, code) => {
    const response = await api.get(path)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const problem = (await response.json()) as Row
    expect(problem).toMatchObject({ type: `urn:costwright:problem:${code}`, status })
    expect(problem['detail']).not.toBe('')
    expect(problem['instance']).toBe(`urn:request:${response.headers.get('x-request-id')}`)
  })

  it('names no acceptable type', async () => {
    expect((await api.get('/api/v1/costs', { accept: 'image/png' })).status).toBe(406)
  })
})

describe('the other formats', () => {
  it('guards text of CSV against formulas and leaves negative numbers alone', async () => {
    const response = await api.get('/api/v1/costs?group_by=service', { accept: 'text/csv' })
    expect(response.headers.get('content-type')).toContain('text/csv')
    const lines = (await response.text()).split('\r\n')
    expect(lines[0]).toBe('period,group_value,billing_currency,billed_cost,effective_cost,share,charge_count')
    expect(lines.find((line) => line.includes('cmd'))).toMatch(/^total,'=cmd\|calc,USD,0\.100000000000001,/)
    expect(lines.find((line) => line.includes('cold'))).toMatch(/^total,"Storage, ""cold""",USD,-2\.500000000000000,/)
  })

  it('gives Arrow with the decimals of JSON to the last digit', async () => {
    const response = await api.get('/api/v1/queries/cost_by_month?format=arrow')
    expect(response.headers.get('content-type')).toBe('application/vnd.apache.arrow.stream')
    const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()))
    const column = table.getChild('effective_cost')
    expect(String(column?.type)).toContain('15')
    const json = (await api.json('/api/v1/queries/cost_by_month')).rows
    expect([...(column ?? [])].map((value) => decimalText(value))).toEqual(json.map((row) => row['effective_cost']))
    expect([...(table.getChild('is_complete') ?? [])]).toEqual(json.map((row) => row['is_complete']))
    expect([...(table.getChild('charge_count') ?? [])].map(String)).toEqual(json.map((row) => row['charge_count']))
  })

  it('gives Parquet that the engine reads back exactly', async () => {
    const response = await api.get('/api/v1/queries/cost_by_month', { accept: 'application/vnd.apache.parquet' })
    const path = join(mkdtempSync(join(tmpdir(), 'costwright-api-')), 'answer.parquet')
    writeFileSync(path, new Uint8Array(await response.arrayBuffer()))
    const warehouse = await openDuckDb({ path: ':memory:' })
    const read = await warehouse.query(`from '${path}'`)
    warehouse.close()
    const json = await api.json('/api/v1/queries/cost_by_month')
    expect(read.rows).toEqual(json.rows)
    expect(read.columns).toEqual(json.columns)
  })

  it('prefers the type with the higher quality', async () => {
    const response = await api.get('/api/v1/costs', { accept: 'text/csv;q=0.5, application/json' })
    expect(response.headers.get('content-type')).toBe('application/json')
  })
})

/** Unscaled little-endian 128-bit integer as decimal text with 15 digits after the point. */
function decimalText(words: Uint32Array): string {
  const value = BigInt.asIntN(
    128,
    [...words].reduceRight((high, word) => (high << 32n) | BigInt(word), 0n),
  )
  const digits = (value < 0n ? -value : value).toString().padStart(16, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -15)}.${digits.slice(-15)}`
}

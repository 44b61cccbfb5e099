import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRuntime } from '../../src/runtime.ts'
import { startServer } from '../../src/server.ts'
import { apiOver, warehouseFile } from '../support/api.ts'

const cost = (amount: string) => [{ ChargePeriodStart: '2026-09-03T00:00:00Z', BilledCost: amount }]
let api: Awaited<ReturnType<typeof apiOver>>

beforeAll(async () => {
  api = await apiOver(await warehouseFile(cost('1')), { past: await warehouseFile(cost('0.5'), 'past') })
})
afterAll(() => api.context.close())

const total = async (path = '/api/v1/costs?group_by=total') => (await api.json(path)).rows[0]?.['billed_cost']

describe('entity tags and cache', () => {
  it('answers 304 to a client that has the answer, first time and from the cache', async () => {
    const first = await api.get('/api/v1/costs')
    const etag = first.headers.get('etag') ?? ''
    for (const known of [etag, `"other", ${etag}`, etag.replace('W/', '')]) {
      expect((await api.get('/api/v1/costs', { 'if-none-match': known })).status).toBe(304)
    }
    expect((await api.get('/api/v1/costs', { 'if-none-match': '"other"' })).status).toBe(200)
  })

  it('gives different URLs different tags', async () => {
    const tags = await Promise.all(
      ['/api/v1/costs', '/api/v1/costs?group_by=team', '/api/v1/costs?format=json'].map(async (path) =>
        (await api.get(path)).headers.get('etag'),
      ),
    )
    expect(new Set(tags).size).toBe(3)
  })

  it('sends the same bytes from the cache, compressed for who takes it', async () => {
    const plain = await (await api.get('/api/v1/queries')).text()
    const packed = await api.get('/api/v1/queries', { 'accept-encoding': 'gzip' })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    const unpacked = packed.body?.pipeThrough(new DecompressionStream('gzip') as unknown as ReadableWritablePair)
    expect(await new Response(unpacked).text()).toBe(plain)
    const again = await api.get('/api/v1/queries')
    expect(await again.text()).toBe(plain)
    expect(again.headers.get('content-encoding')).toBeNull()
    expect(again.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('reads the past with as_of and says so', async () => {
    expect(await total('/api/v1/costs?group_by=total&as_of=2026-10-15')).toBe('0.500000000000000')
    const { meta } = await api.json('/api/v1/costs?as_of=2026-10-15')
    expect(meta).toMatchObject({ as_of: '2026-10-15T23:59:59.999Z', state: 'past' })
  })
})

describe('a swap of the warehouse', () => {
  it('shows later requests the new data, ends running ones on the old, and turns cursors away', async () => {
    const other = await apiOver(
      await warehouseFile([...cost('1'), { ...cost('1')[0], ChargePeriodStart: '2026-10-01T00:00:00Z' }], 'old'),
    )
    const old = await other.json('/api/v1/costs?grain=month&limit=1')
    const running = await other.get('/api/v1/queries/daily?format=csv')
    await other.swap(await warehouseFile(cost('7'), 'new'))
    const rows = (await other.json('/api/v1/costs?group_by=total')).rows
    expect(rows[0]?.['billed_cost']).toBe('7.000000000000000')
    expect((await running.text()).trim().split('\r\n')).toHaveLength(3)
    const stale = await other.get(`/api/v1/costs?grain=month&limit=1&cursor=${old.meta.next_cursor}`)
    expect(stale.status).toBe(410)
    other.context.close()
  })
})

describe('security', () => {
  it('refuses a foreign host name, whatever the path', async () => {
    for (const path of ['/', '/api/v1/costs', '/openapi.json']) {
      const response = await api.request(`http://evil.example${path}`)
      expect(response.status).toBe(421)
      expect(response.headers.get('content-security-policy')).toBeTruthy()
    }
    expect((await api.request('http://127.0.0.1:9999/api/v1/health')).status).toBe(200)
    expect((await api.request('http://[::1]:9999/api/v1/health')).status).toBe(200)
  })

  it('changes nothing: other methods are refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await api.request('http://localhost/api/v1/costs', { method })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('GET, HEAD')
    }
  })

  it('allows no script and no framing, with or without error', async () => {
    for (const path of ['/', '/api/v1/nothing', '/api/v1/costs?x=1']) {
      const headers = (await api.get(path)).headers
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
      expect(headers.get('content-security-policy')).not.toContain('unsafe')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it('escapes what the URL says', async () => {
    const body = await (await api.get('/queries/cost_explorer?service=%3Cscript%3Ealert(1)%3C/script%3E')).text()
    expect(body).not.toContain('<script')
    expect(body).toContain('&lt;script&gt;')
  })

  it.each(['0.0.0.0', '192.168.1.5', '::', 'example.com'])(
    'does not serve on %s while there is no key',
    async (host) => {
      const runtime = createRuntime({ data: mkdtempSync(join(tmpdir(), 'costwright-serve-')) })
      await expect(startServer({ runtime, host })).rejects.toThrow(/refused: nobody could be told from a stranger/)
    },
  )
})

describe('state of the data', () => {
  it('says which versions tie', async () => {
    const body = await api.json('/api/v1/reconciliation')
    expect(body.rows.map((row) => row['status'])).toEqual(['ties', 'differs', 'not_stated'])
    expect(body.rows[1]?.['billed_difference']).toBe('0.010000000000000')
    expect(body.meta).toMatchObject({ ties: false, differing: 1 })
  })

  it('lists sources with totals per currency', async () => {
    const body = await api.json('/api/v1/sources')
    expect(body.sources).toMatchObject([
      {
        source: 'cloud',
        currency: 'USD',
        billed_cost: '150.100000000000000',
        difference: '0.010000000000000',
        differing: 1,
      },
      { source: 'saas', currency: 'EUR', difference: null, unstated: 1 },
    ])
    expect(body.deliveries[0]?.['warnings']).toEqual(['a note'])
  })

  it('is healthy with and without data', async () => {
    expect(await api.json('/api/v1/health')).toMatchObject({ status: 'ok', state: 'state1' })
    const empty = await apiOver(null)
    expect(await empty.json('/api/v1/health')).toMatchObject({ status: 'empty' })
    expect((await empty.get('/api/v1/costs')).status).toBe(404)
    expect(await (await empty.get('/')).text()).toContain('Nothing to show yet')
  })
})

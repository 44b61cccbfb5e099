import { describe, expect, test } from 'vitest'
import { type EstateKeys, estateUrl, limitedTeam } from '../support/small-estate-facts.ts'
import { accessContract } from './access-contract.ts'

/** Something that serves the application over the small estate. */
export interface Subject {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
  readonly keys: EstateKeys
  /** Whether it compresses its answers itself. */
  readonly compresses: boolean
  /** Whether it answers what needs the engine; else it refuses with 501. */
  readonly isWhole: boolean
}

/** Asks as the holder of a key; null for nobody. */
export type Call = (path: string, key?: keyof EstateKeys | null, init?: RequestInit) => Promise<Response>

interface Body {
  readonly rows: readonly Readonly<Record<string, string | null>>[]
  readonly columns: readonly { readonly name: string }[]
  readonly queries: readonly { readonly name: string; readonly href: string; readonly kind: string }[]
  readonly alerts: readonly { readonly incident_id: string }[]
  readonly meta: Readonly<Record<string, unknown>> & { readonly next_cursor: string | null; readonly state: string }
}

export function callOf(subject: () => Subject): Call {
  return (path, key = 'viewer', init = {}) =>
    subject().fetch(`${estateUrl}${path}`, {
      redirect: 'manual',
      ...init,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${subject().keys[key]}` }),
        ...(init.headers as Record<string, string>),
      },
    })
}

/** What every server of the application keeps, whatever it reads from. */
export function routeContract(subject: () => Subject): void {
  const call = callOf(subject)
  const json = async (path: string, key?: keyof EstateKeys) => (await (await call(path, key)).json()) as Body
  const problem = async (response: Response) =>
    (await response.json()) as Readonly<Record<'type' | 'detail' | 'hint' | 'instance', string>> & { status: number }

  describe('answers', () => {
    test('of the catalogue name every query with its parameters and columns, and no SQL', async () => {
      const { queries } = await json('/api/v1/queries')
      expect(queries.length).toBeGreaterThan(60)
      expect(queries.find(({ name }) => name === 'daily')).toMatchObject({
        kind: 'marts',
        href: '/api/v1/queries/daily',
      })
      expect(JSON.stringify(queries)).not.toContain('group by 1')
      const description = (await (await call('/openapi.json')).json()) as { paths: object }
      expect(Object.keys(description.paths)).toEqual(expect.arrayContaining(['/api/v1/queries/daily', '/api/v1/costs']))
    })

    test('say what they are: parameters, ledger, currency, period, completeness, versions, state', async () => {
      const { rows, meta } = await json('/api/v1/costs?group_by=team')
      expect(rows.length).toBeGreaterThan(0)
      expect(meta).toMatchObject({
        ...{ query: 'cost_explorer', currency: ['EUR', 'USD'], as_of: null, next_cursor: null },
        ...{ period: { start: '2026-09-01T00:00:00Z', end: '2026-11-01T00:00:00Z' }, lake_versions: { count: 2 } },
      })
      expect(meta.state).toBe((await json('/api/v1/queries/months')).meta.state)
    })

    test('come by pages to the end, every row once and in one order', async () => {
      const whole = (await json('/api/v1/queries/daily?limit=10000')).rows
      const paged: unknown[] = []
      let cursor: string | null = ''
      do {
        const page: Body = await json(`/api/v1/queries/daily?limit=200&cursor=${cursor}`)
        paged.push(...page.rows)
        cursor = page.meta.next_cursor
      } while (cursor !== null)
      expect(whole.length).toBeGreaterThan(600)
      expect(paged).toEqual(whole)
      const lines = (await (await call('/api/v1/queries/daily?format=csv')).text()).split('\r\n')
      expect(lines.length - 2).toBe(whole.length)
    })

    test('are known again by their entity tag, and HEAD has their headers alone', async () => {
      for (const path of [
        '/api/v1/queries/months',
        '/api/v1/queries',
        '/api/v1/sources',
        '/openapi.json',
        '/queries',
      ]) {
        const first = await call(path)
        const etag = first.headers.get('etag') ?? ''
        expect(etag, path).toMatch(/^W\/"[0-9a-f]{24}"$/)
        expect((await call(path, 'viewer', { headers: { 'if-none-match': etag } })).status, path).toBe(304)
        expect((await call(path, 'viewer', { headers: { 'if-none-match': 'W/"other"' } })).status).toBe(200)
        const head = await call(path, 'viewer', { method: 'HEAD' })
        expect([head.status, head.headers.get('etag'), await head.text()], path).toEqual([200, etag, ''])
      }
    })

    test('are compressed for who takes it', async () => {
      const take = { headers: { 'accept-encoding': 'gzip' } }
      const response = await call('/api/v1/queries', 'viewer', take)
      expect(response.headers.get('content-encoding')).toBe(subject().compresses ? 'gzip' : null)
      expect(((await response.json()) as Body).queries.length).toBeGreaterThan(60)
    })

    test('come as CSV and, of stored marts, as Parquet', async () => {
      const csv = await call('/api/v1/queries/months', 'viewer', { headers: { accept: 'text/csv' } })
      expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
      expect(csv.headers.get('content-disposition')).toBe('attachment; filename="months.csv"')
      expect(csv.headers.get('x-data-state')).toBe((await json('/api/v1/queries/months')).meta.state)
      expect(await csv.text()).toMatch(/^charge_month,[^\r]*\r\n2026-09,/)
      const parquet = await call('/api/v1/queries/daily?format=parquet')
      const bytes = new Uint8Array(await parquet.arrayBuffer())
      expect([bytes.subarray(0, 4), bytes.subarray(-4)].map((part) => new TextDecoder().decode(part))).toEqual([
        ...['PAR1', 'PAR1'],
      ])
      expect((await call('/api/v1/queries/cost_by_team?format=csv')).status).toBe(200)
    })

    test('that need the engine are given, or refused with where to ask', async () => {
      const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"sql": "select 1 as x"}' }
      const paths = ['/api/v1/queries/daily?as_of=2030-01-01', '/api/v1/queries/months?format=arrow', '/api/v1/savings']
      const [alert] = (await json('/api/v1/alerts')).alerts
      const answers = [...paths, '/api/v1/recommendations', '/api/v1/audit', `/api/v1/alerts/${alert?.incident_id}`]
      for (const path of answers) {
        const response = await call(path, 'admin')
        expect(response.status, path).toBe(subject().isWhole ? 200 : 501)
        if (!subject().isWhole)
          expect(await problem(response), path).toMatchObject({
            ...{ type: 'urn:costwright:problem:not-at-the-edge', hint: expect.stringContaining('full server') },
          })
        else await response.arrayBuffer()
      }
      expect((await call('/api/v1/sql', 'admin', post)).status).toBe(subject().isWhole ? 200 : 501)
    })

    test('of agents are those of the API', async () => {
      const message = (id: number, method: string, params: object) => ({
        ...{ method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id, method, params }) },
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      })
      const call1 = message(1, 'tools/call', { name: 'ask', arguments: { query: 'months', limit: 5 } })
      const answer = (await (await call('/mcp', 'viewer', call1)).json()) as {
        result: { isError?: boolean; content: { text: string }[] }
      }
      expect(answer.result.isError).toBeUndefined()
      expect(JSON.parse(answer.result.content[0]?.text ?? '')).toEqual(await json('/api/v1/queries/months?limit=5'))
    })
  })

  describe('refusals', () => {
    const long = 'x'.repeat(20_000)
    const post = (body: string, type = 'application/json') => ({
      ...{ method: 'POST', body, headers: { 'content-type': type } },
    })
    test.each<[number, string, string, RequestInit]>([
      [400, 'bad-request', '/api/v1/queries/daily?colour=red', {}],
      [400, 'bad-request', '/api/v1/queries/daily?limit=0', {}],
      [400, 'bad-request', '/api/v1/costs?group_by=colour', {}],
      [400, 'bad-request', '/api/v1/queries/daily?cursor=WyJ4Il0', {}],
      [404, 'unknown-query', '/api/v1/queries/nothing', {}],
      [404, 'not-found', '/api/v1/nothing', {}],
      [405, 'read-only', '/api/v1/queries/daily', { method: 'DELETE' }],
      [405, 'no-stream', '/mcp', {}],
      [406, 'not-acceptable', '/api/v1/queries/daily', { headers: { accept: 'image/png' } }],
      [413, 'body-too-large', '/api/v1/sql', post(JSON.stringify({ sql: long }))],
      [414, 'url-too-long', `/api/v1/queries/daily?team=${long.slice(0, 5000)}`, {}],
      [415, 'wrong-type', '/api/v1/sql', post('x', 'text/plain')],
    ])('%i %s at %s', async (status, code, path, init) => {
      const response = await call(path, 'admin', init)
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await problem(response)).toMatchObject({ type: `urn:costwright:problem:${code}`, status })
    })

    test('a cursor of another question is wrong, one of another state is over', async () => {
      const { meta } = await json('/api/v1/queries/daily?limit=1')
      expect((await call(`/api/v1/queries/monthly?limit=1&cursor=${meta.next_cursor}`)).status).toBe(400)
      const [, question, offset] = JSON.parse(atob(meta.next_cursor ?? '')) as unknown[]
      const past = btoa(JSON.stringify(['another state', question, offset])).replaceAll('=', '')
      expect((await call(`/api/v1/queries/daily?limit=1&cursor=${past}`)).status).toBe(410)
    })
  })

  describe('pages', () => {
    test.each(['/', '/queries', '/queries/daily', '/queries/cost_by_team', '/alerts', '/forecasts'])(
      '%s',
      async (path) => {
        const response = await call(path)
        expect(response.status).toBe(200)
        expect(response.headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i)
        expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
        expect(response.headers.get('x-content-type-options')).toBe('nosniff')
        const body = await response.text()
        expect(body).toContain('<main')
        expect(body).not.toContain('<script')
      },
    )

    test('say nothing of other teams to who sees one only', async () => {
      for (const path of ['/', '/queries/daily', '/alerts', '/api/v1/alerts', '/api/v1/queries/daily?format=csv']) {
        const [own, all] = [await (await call(path, 'team')).text(), await (await call(path)).text()]
        expect(own, path).not.toContain('payments')
        expect(all, path).toContain('payments')
      }
      const { rows } = await json('/api/v1/queries/daily?limit=10000', 'team')
      expect([...new Set(rows.map(({ team }) => team))]).toEqual([limitedTeam])
      expect((await call('/api/v1/savings', 'team')).status).toBe(subject().isWhole ? 200 : 501)
    })
  })

  accessContract(call, () => subject().keys)
}

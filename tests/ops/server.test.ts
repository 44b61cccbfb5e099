import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { parseConfig } from '../../src/config.ts'
import { listen } from '../../src/listen.ts'
import { createLog } from '../../src/log.ts'
import { createMetrics } from '../../src/metrics.ts'
import { createRuntime } from '../../src/runtime.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { openDoor } from '../../src/server-door.ts'
import { createKey, type Role } from '../../src/state/api-keys.ts'
import { openDatabase } from '../../src/state/sqlite.ts'
import { apiOver, warehouseFile } from '../support/api.ts'
import { oneDayOfCharges } from '../support/one-day.ts'
import { samplesOf } from '../support/prometheus-text.ts'

const portal = 'https://portal.example.com'
const other = 'https://other.example.com'
const foreign = 'https://evil.example.com'
const now = () => new Date('2026-11-21T12:00:00Z')

let data: string
let server: RunningServer
let lines: Record<string, unknown>[] = []
let viewer: string
let analyst: string

function key(role: Role, teams: readonly string[] | null = null): string {
  const database = openDatabase(createRuntime({ data }).layout.state)
  const made = createKey(database, { name: 'portal', role, teams, expires_at: null, actor: 'test' }, new Date())
  database.close()
  return made.token
}

async function serve(keys: string): Promise<RunningServer> {
  writeFileSync(join(data, 'ops.yaml'), `auth: { required: true, rate_limit: { burst: 5000 } }\nserver: { ${keys} }\n`)
  const log = createLog({ format: 'json', write: (line) => lines.push(JSON.parse(line)), now })
  return startServer({ runtime: createRuntime({ data, config: join(data, 'ops.yaml') }), port: 0, log })
}

const ask = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { redirect: 'manual', ...init, headers })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

beforeAll(async () => {
  data = await oneDayOfCharges(50)
  viewer = key('viewer')
  analyst = key('analyst')
  server = await serve(`log: requests, cors: { origins: ['${portal}', '${other}'] }`)
}, 120_000)
afterAll(async () => {
  await server?.close()
  rmSync(data, { recursive: true, force: true })
})

describe('/metrics', () => {
  const scrape = async (accept = '*/*') => {
    const answer = await ask('/metrics', { ...bearer(viewer), accept })
    expect(answer.status).toBe(200)
    return { type: answer.headers.get('content-type'), text: await answer.text() }
  }

  test('asks for a key of all teams like any answer, unless it is configured as open', async () => {
    expect((await ask('/metrics')).status).toBe(401)
    expect((await ask('/metrics', bearer(key('admin', ['payments'])))).status).toBe(404)
    const open = await serve('metrics: open')
    onTestFinished(() => open.close())
    const answer = await fetch(`${open.url}/metrics`)
    expect([answer.status, (await answer.text()).includes('costwright_build_info')]).toEqual([200, true])
    expect((await fetch(`${open.url}/metrics`, { method: 'POST' })).status).toBe(401)
    expect((await fetch(`${open.url}/api/v1/queries`)).status).toBe(401)
  })

  test('counts requests by template of the route, so that no caller can make series', async () => {
    for (const path of ['daily', 'nothing', 'other?x=1'])
      await (await ask(`/api/v1/queries/${path}`, bearer(viewer))).text()
    for (const path of ['/a', '/b/c', '/livez']) await ask(path, bearer(viewer))
    await ask('/readyz', {}, { method: 'PURGE' })
    const { series, value } = samplesOf((await scrape()).text)
    const count = (route: string, status: string, method = 'GET') =>
      value('costwright_http_request_duration_seconds_count', { method, route, status })
    expect([count('/api/v1/queries/:name', '2xx'), count('/api/v1/queries/:name', '4xx')]).toEqual([1, 2])
    expect([count('none', '4xx') >= 2, count('/livez', '2xx'), count('none', '4xx', 'other')]).toEqual([true, 1, 1])
    const routes = new Set(series.map(({ labels }) => labels['route']).filter((route) => route !== undefined))
    expect([...routes].filter((route) => !/^(none|\/[\w/.:-]*)$/.test(route) || /nothing|\/b/.test(route))).toEqual([])
  })

  test('tells what the data are, what the cache did and how the engine was used', async () => {
    for (let time = 0; time < 3; time++) await (await ask('/api/v1/queries/monthly', bearer(viewer))).text()
    const csv = await (await ask('/api/v1/queries/charges_of_day?date=2026-10-05&format=csv', bearer(viewer))).text()
    const sql = (statement: string) =>
      ask(
        '/api/v1/sql',
        { ...bearer(analyst), 'content-type': 'application/json' },
        { method: 'POST', body: JSON.stringify({ sql: statement }) },
      )
    const before = samplesOf((await scrape()).text)
    await sql('select 1 as x')
    await sql('drop table daily')
    const { value, series } = samplesOf((await scrape()).text)
    const source = series.find(({ name }) => name === 'costwright_data_rows')?.labels['source'] ?? ''
    expect(value('costwright_data_rows', { source })).toBe(50)
    expect(value('costwright_data_complete_through_timestamp_seconds', { source })).toBe(Date.UTC(2026, 9, 6) / 1000)
    expect(value('costwright_cache_hits_total')).toBeGreaterThanOrEqual(2)
    expect(value('costwright_cache_bytes')).toBeGreaterThan(0)
    expect(value('costwright_query_duration_seconds_count', { query: 'monthly' })).toBe(1)
    expect(value('costwright_stream_bytes_total', { format: 'csv' })).toBe(Buffer.byteLength(csv))
    for (const outcome of ['ended', 'refused'])
      expect(value('costwright_sql_statements_total', { outcome })).toBe(
        before.value('costwright_sql_statements_total', { outcome }) + 1,
      )
    expect(value('costwright_incidents', { state: 'open' })).toBe(0)
    expect(value('costwright_outbox_messages', { status: 'failed' })).toBe(0)
    expect(series.some(({ name }) => name === 'costwright_outbox_oldest_timestamp_seconds')).toBe(false)
    expect(value('costwright_http_requests_in_flight')).toBe(1)
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e6)
    expect(series.some(({ name }) => name.startsWith('nodejs_eventloop_lag'))).toBe(true)
  })

  test('is Prometheus text, and OpenMetrics for those who accept it, again and again', async () => {
    for (const accept of ['*/*', 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5', 'text/plain']) {
      const { type, text } = await scrape(accept)
      const isOpen = accept.includes('openmetrics')
      expect(type).toMatch(isOpen ? /^application\/openmetrics-text; version=1/ : /^text\/plain; version=0\.0\.4/)
      expect(text.endsWith('\n# EOF\n')).toBe(isOpen)
      expect(text).toContain(
        isOpen ? '# TYPE costwright_cache_hits counter' : '# TYPE costwright_cache_hits_total counter',
      )
      const { series, types, value } = samplesOf(text)
      const family = (name: string) =>
        types.get(name) ??
        types.get(name.replace(/_(bucket|sum|count)$/, '')) ??
        (isOpen ? types.get(name.replace(/_total$/, '')) : undefined)
      expect(series.filter(({ name }) => family(name) === undefined)).toEqual([])
      const labels = { method: 'GET', route: '/metrics', status: '2xx' }
      const name = 'costwright_http_request_duration_seconds'
      expect(value(`${name}_bucket`, { ...labels, le: '+Inf' })).toBe(value(`${name}_count`, labels))
    }
  })
})

test('a download that breaks in the middle breaks the connection, and only the log says why', async () => {
  const file = await warehouseFile([{ ChargePeriodStart: '2026-09-03T00:00:00Z', BilledCost: '1.25' }])
  const { context } = await apiOver(file)
  onTestFinished(() => context.close())
  const broken = async function* () {
    yield Buffer.from('a,b\n'.repeat(100))
    yield Buffer.from('1,2\n'.repeat(100))
    throw new Error('disk /data/x is gone')
  }
  const app = await createApp({
    ...context,
    use: (asOf, work) => context.use(asOf, (snapshot) => work({ ...snapshot, stream: broken })),
  })
  const metrics = createMetrics('1', () => Promise.reject(new Error('not asked')))
  const log = createLog({ format: 'json', write: (line) => lines.push(JSON.parse(line)), now })
  const config = { ...parseConfig(undefined).server, log: 'requests' as const }
  const answer = openDoor({ answer: app.fetch, metrics, log, config, isEnding: () => false })
  const listening = await listen(answer, { ...config, port: 0 })
  onTestFinished(() => listening.stop(1000))
  for (const encoding of ['identity', 'gzip']) {
    lines = []
    const asked = fetch(`${listening.url}/api/v1/queries/daily?format=csv`, {
      headers: { 'accept-encoding': encoding },
    })
    await expect(asked.then((response) => response.text())).rejects.toThrow(/^(terminated|fetch failed)$/)
    await expect.poll(() => lines.length).toBe(2)
    expect(lines[0]).toMatchObject({ event: 'failure', error: expect.stringContaining('/data/x is gone') })
    expect(lines[1]).toMatchObject({ event: 'request', request_id: lines[0]?.['request_id'], status: 200, bytes: 800 })
  }
  expect((await fetch(`${listening.url}/readyz`)).status).toBe(200)
})

test('whoever watches the process may ask under any host name, and must not say who he is', async () => {
  const named = await serve('public_url: https://costs.example.com')
  onTestFinished(() => named.close())
  const asked = get(`${named.url}/readyz`, { headers: { host: '10.1.2.3:8080' }, agent: false })
  expect(((await once(asked, 'response')) as [IncomingMessage])[0].statusCode).toBe(200)
})

describe('the log', () => {
  test('has a line for each request with route, status, time and who asked, and none of his secrets', async () => {
    lines = []
    const secret = 'sup3rs3cr3t'
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const answer = await ask(`/api/v1/queries/daily?token=${secret}%0d%0aforged`, {
      ...bearer(viewer),
      ...{ cookie: `other=${secret}`, 'x-request-id': 'proxy-42', traceparent: `00-${trace}-b7ad6b7169203331-01` },
    })
    await answer.text()
    await ask('/nothing', { 'x-request-id': 'not "well" formed', authorization: `Bearer ${secret}` })
    const [first, second] = lines
    expect(first).toMatchObject({
      ...{ time: now().toISOString(), level: 'info', event: 'request', method: 'GET', route: '/api/v1/queries/:name' },
      ...{
        status: 400,
        request_id: answer.headers.get('x-request-id'),
        caller_request_id: 'proxy-42',
        trace_id: trace,
      },
      ...{ principal: expect.stringMatching(/^key \w+ portal$/), duration_ms: expect.any(Number) },
    })
    expect(second).toMatchObject({ status: 401, event: 'request' })
    expect(Object.keys(second ?? {})).not.toEqual(expect.arrayContaining(['caller_request_id']))
    expect(JSON.stringify(lines)).not.toMatch(new RegExp(`${secret}|forged|${viewer}`))
  })

  test('counts the bytes of answers, those of a download when it has ended', async () => {
    lines = []
    const path = '/api/v1/queries/charges_of_day?date=2026-10-05'
    const plain = { ...bearer(viewer), 'accept-encoding': 'identity' }
    const sizes = [
      (await (await ask(path, plain)).arrayBuffer()).byteLength,
      (await (await ask(path, plain)).arrayBuffer()).byteLength,
      (await (await ask(`${path}&format=csv`, plain)).arrayBuffer()).byteLength,
    ]
    await expect.poll(() => lines.map(({ bytes }) => bytes)).toEqual(sizes)
  })

  test('without requests has failures only', async () => {
    const quiet = await serve('port: 8080')
    onTestFinished(() => quiet.close())
    lines = []
    await fetch(`${quiet.url}/api/v1/queries`, { headers: bearer(viewer) })
    expect(lines).toEqual([])
  })
})

describe('pages of other origins', () => {
  const preflight = (path: string, origin: string, method: string) =>
    ask(path, { origin, 'access-control-request-method': method }, { method: 'OPTIONS' })
  const corsOf = ({ headers }: Response) => headers.get('access-control-allow-origin')

  test('that are configured may ask the API and what describes it, without cookies', async () => {
    const reading = await preflight('/api/v1/costs', portal, 'GET')
    expect([reading.status, corsOf(reading), reading.headers.get('access-control-allow-methods')]).toEqual([
      ...[204, portal, 'GET, HEAD'],
    ])
    expect((await preflight('/api/v1/sql', portal, 'POST')).headers.get('access-control-allow-methods')).toBe(
      'GET, HEAD, POST',
    )
    for (const path of ['/api/v1/queries', '/openapi.json', '/api/v1/nothing']) {
      const answer = await ask(path, { ...bearer(viewer), origin: portal })
      expect([corsOf(answer), answer.headers.get('cross-origin-resource-policy')]).toEqual([portal, 'cross-origin'])
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    }
    expect(corsOf(await ask('/api/v1/queries', { origin: portal }))).toBe(portal)
    for (const path of ['/', '/login', '/metrics', '/alerts/x'])
      expect(corsOf(await ask(path, { ...bearer(viewer), origin: portal })), path).toBeNull()
  })

  test('that are not configured get nothing, however alike they look', async () => {
    for (const origin of [foreign, `${portal}.evil.example`, 'http://portal.example.com', `${portal}:8443`, 'null']) {
      expect(corsOf(await preflight('/api/v1/costs', origin, 'GET')), origin).toBeNull()
      const answer = await ask('/api/v1/queries', { ...bearer(viewer), origin })
      expect([corsOf(answer), answer.headers.get('cross-origin-resource-policy')]).toEqual([null, 'same-origin'])
      expect(answer.headers.get('vary')).toContain('Origin')
    }
  })

  test('get their own headers out of the cache, and nobody gets those of another', async () => {
    const path = '/api/v1/queries/dimension_days'
    for (const origin of [portal, other, foreign, null, portal]) {
      const answer = await ask(path, { ...bearer(viewer), ...(origin ? { origin } : {}) })
      expect(corsOf(answer)).toBe(origin === foreign ? null : origin)
      expect(answer.headers.get('vary')).toMatch(/^Accept, Accept-Encoding, Origin$/)
      const etag = answer.headers.get('etag') ?? ''
      const same = await ask(path, { ...bearer(viewer), 'if-none-match': etag, ...(origin ? { origin } : {}) })
      expect([same.status, corsOf(same)]).toEqual([304, origin === foreign ? null : origin])
    }
  })

  test('may post JSON with a bearer token only: neither a cookie nor a form nor another origin acts for its reader', async () => {
    const body = JSON.stringify({ sql: 'select 1 as x' })
    const post = (headers: Record<string, string>, path = '/api/v1/sql') =>
      ask(
        path,
        { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site', ...headers },
        { method: 'POST', body },
      )
    expect((await post({ origin: portal, ...bearer(analyst) })).status).toBe(200)
    expect((await post({ origin: portal, cookie: `costwright=${analyst}` })).status).toBe(403)
    expect((await post({ origin: portal, cookie: `costwright=${analyst}`, authorization: 'Basic eDp5' })).status).toBe(
      403,
    )
    expect((await post({ origin: portal, cookie: `costwright=${analyst}`, authorization: 'Bearer x' })).status).toBe(
      401,
    )
    expect((await post({ origin: foreign, ...bearer(analyst) })).status).toBe(403)
    const form = { origin: portal, ...bearer(analyst), 'content-type': 'application/x-www-form-urlencoded' }
    expect((await post(form, '/alerts/x')).status).toBe(403)
    expect((await post({ ...form, 'content-type': 'text/plain' })).status).toBe(415)
  })
})

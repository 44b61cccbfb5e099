import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { createApiContext, type WarehouseContext } from '../../src/api-context.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { type Alerts, createAlerts } from '../../src/runtime-notify.ts'
import { recordRun } from '../../src/state/runs.ts'
import { finding, notifications } from '../support/alerts.ts'

const now = () => new Date('2026-11-21T07:00:00Z')
const id = finding().incident_id
const path = `/api/v1/alerts/${id}`
const own = 'http://localhost'
const json = { 'content-type': 'application/json' }

let alerts: Alerts
let context: WarehouseContext
let app: Awaited<ReturnType<typeof createApp>>

beforeEach(async () => {
  const config = notifications('owners: [{ team: payments, owner: Payments on call }]')
  alerts = createAlerts({ path: ':memory:', config, now, env: () => undefined })
  const run = {
    data_through: '2026-11-20',
    findings: [{ ...finding(), context: { history: [], expected_low: null, expected_high: null } }],
    summaries: [],
  }
  alerts.apply(run, null)
  recordRun(alerts.database, run, { lake_state: 'state1', at: now().toISOString() })
  context = await createApiContext({
    catalog: loadCatalog(),
    title: 'Cloud costs',
    now,
    incidents: alerts.desk,
    current: () => null,
    build: () => Promise.reject(new Error('no past')),
    open: () => Promise.reject(new Error('no warehouse')),
    openSandbox: () => Promise.reject(new Error('no warehouse')),
  })
  app = await createApp(context)
})
afterEach(() => {
  context.close()
  alerts.close()
})

const read = async (url: string) => (await app.request(url)).json() as Promise<Record<string, never>>
const post = (url: string, headers: Record<string, string>, body: string) =>
  app.request(`${own}${url}`, { method: 'POST', headers, body })
const stateNow = () => alerts.desk.find(id)?.incident.state

test('incidents are listed by state, with owner, exact amounts, and how far the data reach', async () => {
  expect(await read('/api/v1/alerts')).toMatchObject({
    alerts: [{ incident_id: id, state: 'open', owner: 'Payments on call', excess: '208.55', currency: 'USD' }],
    meta: { complete_through: '2026-11-20', state: 'state1', currency: ['USD'], ledger: 'accrual' },
  })
  expect(await read('/api/v1/alerts?state=muted')).toMatchObject({ alerts: [] })
  expect((await app.request('/api/v1/alerts?state=odd')).status).toBe(400)
  expect((await app.request('/api/v1/alerts/none')).status).toBe(404)
})

test('the findings of the newest run come with the present state of their incidents', async () => {
  await post(`${path}/ack`, json, '{}')
  expect(await read('/api/v1/anomalies')).toMatchObject({
    anomalies: [{ incident_id: id, kind: 'opened', state: 'acknowledged', causes: [{ is_new: true }] }],
    meta: { detected_at: '2026-11-21T07:00:00.000Z' },
  })
})

test('a decision changes the state, and note and name are in the audit log', async () => {
  const answer = await post(`${path}/expect`, json, '{"note":"migration","by":"jane","until":"2026-12-31"}')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ alert: { state: 'expected', until: '2026-12-31' }, channels_owed: 0 })
  expect((await read(path))['history']).toMatchObject([
    { action: 'opened', actor: 'detection' },
    { action: 'expect', actor: 'jane', detail: { reason: 'migration' } },
  ])
})

test('a repeated request with the same key decides once', async () => {
  const headers = { ...json, 'idempotency-key': 'k1' }
  await post(`${path}/mute`, headers, '{}')
  await post(`${path}/resolve`, json, '{}')
  await post(`${path}/mute`, headers, '{}')
  expect(stateNow()).toBe('resolved')
})

describe('a decision is refused, and nothing changes,', () => {
  const cases: readonly (readonly [string, number, () => Response | Promise<Response>])[] = [
    ['without JSON as content type', 415, () => post(`${path}/ack`, {}, '{}')],
    ['as a form at the API', 415, () => post(`${path}/ack`, { 'content-type': 'text/plain' }, '{}')],
    ['from another site', 403, () => post(`${path}/ack`, { ...json, origin: 'https://evil.example' }, '{}')],
    ['from another port', 403, () => post(`${path}/ack`, { ...json, origin: 'http://localhost:81' }, '{}')],
    ['from nowhere', 403, () => post(`${path}/ack`, { ...json, origin: 'null' }, '{}')],
    ['from a frame elsewhere', 403, () => post(`${path}/ack`, { ...json, 'sec-fetch-site': 'cross-site' }, '{}')],
    ['with a body that is no JSON', 400, () => post(`${path}/ack`, json, '{')],
    ['with a key that is unknown', 400, () => post(`${path}/ack`, json, '{"state":"resolved"}')],
    ['with a day that is none', 400, () => post(`${path}/expect`, json, '{"until":"2026-02-30"}')],
    ['with an end that acknowledging has not', 400, () => post(`${path}/ack`, json, '{"until":"2026-12-31"}')],
    ['with a long body', 413, () => post(`${path}/ack`, json, `{"note":"${'x'.repeat(20_000)}"}`)],
    ['that does not exist', 404, () => post(`${path}/delete`, json, '{}')],
    ['on an unknown incident', 404, () => post('/api/v1/alerts/none/ack', json, '{}')],
    ['by another method', 405, () => app.request(`${own}${path}/ack`, { method: 'PUT', headers: json, body: '{}' })],
    ['elsewhere', 405, () => post('/api/v1/queries/daily', json, '{}')],
    ['as a form of unknown origin', 403, () => post(`/alerts/${id}`, form, 'decision=ack')],
    ['as a form of another site', 403, () => post(`/alerts/${id}`, { ...form, origin: 'null' }, 'decision=ack')],
  ]
  test.each(cases)('%s', async (_, status, ask) => {
    const answer = await ask()
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(stateNow()).toBe('open')
  })
})

const form = { 'content-type': 'application/x-www-form-urlencoded' }

describe('the pages', () => {
  test('list the incidents and show one with its causes, without a script', async () => {
    const list = await app.request('/alerts')
    expect(list.headers.get('content-security-policy')).toContain("default-src 'none'")
    const text = await list.text()
    expect(text).toContain(`<a href="/alerts/${id}">Amazon EC2 in 111122223333</a>`)
    const one = await (await app.request(`/alerts/${id}`)).text()
    for (const part of ['BoxUsage:p5.48xlarge', 'i-0abc', 'Payments on call', 'USD\u00a0208.55'])
      expect(one).toContain(part)
    expect(text + one).not.toMatch(/<script/)
  })

  test('decide through a form and lead back; only decisions that fit are offered', async () => {
    const headers = { ...form, origin: 'null', 'sec-fetch-site': 'same-origin' }
    const answer = await post(`/alerts/${id}`, headers, 'decision=mute&note=%3Cb%3Enoise&until=')
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/alerts/${id}`])
    expect(stateNow()).toBe('muted')
    const page = await (await app.request(`/alerts/${id}`)).text()
    expect(page).toContain('&lt;b&gt;noise')
    expect(page).not.toContain('value="ack"')
  })
})

test('a server without a state of its own has no incidents', async () => {
  const { close: _, refresh: __, ...bare } = context
  const without = await createApp({ ...bare, incidents: null })
  expect((await without.request('/api/v1/alerts')).status).toBe(404)
})

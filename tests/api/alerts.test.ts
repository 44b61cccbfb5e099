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

const days = ['17', '18', '19', '20'].map((day, index) => ({
  ...{ date: `2026-11-${day}`, actual: index < 2 ? '100.00' : '206.05', low: '90.00', high: '110.00' },
}))

let alerts: Alerts
let context: WarehouseContext
let app: Awaited<ReturnType<typeof createApp>>

beforeEach(async () => {
  const config = notifications('owners: [{ team: payments, owner: Payments on call }]')
  alerts = createAlerts({ path: ':memory:', config, now, env: () => undefined })
  const run = {
    data_through: '2026-11-20',
    findings: [{ ...finding(), context: { history: days, expected_low: null, expected_high: null } }],
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

describe('the page of an incident', () => {
  const show = async (query = '') =>
    (await (await app.request(`/alerts/${id}${query}`)).text()).replaceAll('\u00a0', ' ')
  const own = { ...form, origin: 'null', 'sec-fetch-site': 'same-origin' }

  test('draws its days over what was expected, marks the onset, and says the same in words and as a table', async () => {
    const page = await show()
    for (const svg of page.match(/<svg[^>]*>/g) ?? [])
      expect(svg).toMatch(/role="img" aria-label="Daily cost of Amazon EC2/)
    expect(page.match(/<svg/g)).toHaveLength(2)
    expect(page).toContain('since 19 Nov 2026</text>')
    expect(page.match(/<circle class="s4"/g)).toHaveLength(4)
    expect(page).toContain('USD 206.05')
    const png = await app.request(`/alerts/${id}/chart.png`)
    expect([png.headers.get('content-type'), (await png.text()).slice(1, 4)]).toEqual(['image/png', 'PNG'])
    expect((await app.request('/alerts/none/chart.png')).status).toBe(404)
  })

  test('opens with the decision that a message linked to, and decides nothing by itself', async () => {
    const page = await show('?action=expect')
    expect(page.indexOf('id="decide"')).toBeLessThan(page.indexOf('id="facts"'))
    expect(page).toMatch(/press the first button[\s\S]*<button name="decision" value="expect">[\s\S]*value="ack"/)
    expect(stateNow()).toBe('open')
    await post(`/alerts/${id}`, own, 'decision=ack')
    expect(await show('?action=acknowledge')).toContain('It is acknowledged already')
    expect(await show('?action=%22%3E%3Cscript')).not.toContain('<script')
  })

  test('takes an end, a wider scope and a name; the history has them', async () => {
    const body = 'decision=expect&until=2026-12-31&scope=account&note=move&by=jane'
    expect((await post(`/alerts/${id}`, own, body)).status).toBe(303)
    const [silence] = alerts.database.all('select scope, end_date from silences')
    expect(silence).toEqual({ scope: '{"provider":"AWS","account":"111122223333"}', end_date: '2026-12-31' })
    const page = await show()
    expect(page).toContain('expect → expected until 2026-12-31')
    expect(page).toContain('<td class="">jane</td>')
  })

  test('says why a decision was refused, on the page', async () => {
    const past = await post(`/alerts/${id}`, own, 'decision=mute&until=2026-11-21')
    expect([past.status, past.headers.get('content-type')]).toEqual([400, 'text/html; charset=UTF-8'])
    expect(await past.text()).toContain('2026-11-21 is not after today')
    expect(await (await post(`/alerts/${id}`, own, 'decision=mute&until=soon')).text()).toContain(
      '&quot;soon&quot; is no day',
    )
    expect(stateNow()).toBe('open')
  })

  test('shows incidents that belong to it, and that nobody was told', async () => {
    const other = finding({
      incident_id: 'b'.repeat(16),
      onset: '2026-11-17',
      series: { ...finding().series, service: 'Amazon S3' },
    })
    const far = finding({
      incident_id: 'c'.repeat(16),
      onset: '2026-11-01',
      series: { ...finding().series, service: 'Lambda' },
    })
    const context = { history: [], expected_low: null, expected_high: null }
    const findings = [other, far].map((one) => ({ ...one, context }))
    alerts.apply({ data_through: '2026-11-20', findings, summaries: [] }, null)
    const page = await show()
    expect(page).toContain(`href="/alerts/${other.incident_id}"`)
    expect(page).not.toContain(far.incident_id)
    expect(page).toContain('Nobody: no channel is routed to it')
  })
})

describe('the list', () => {
  const list = async (query: string) => (await app.request(`/alerts${query}`)).text()

  test('is filtered by state, team and provider, as is the API', async () => {
    for (const query of ['?team=payments', '?provider=AWS&state=', '?state=open'])
      expect(await list(query)).toContain(id)
    for (const query of ['?team=unowned', '?provider=Azure', '?state=muted']) {
      expect(await list(query)).toContain('No incident fits.')
      expect(await read(`/api/v1/alerts${query}`)).toMatchObject({ alerts: [] })
    }
  })

  test('has the share of actionable alerts with its target, and counts what was judged on the page', async () => {
    expect(await list('')).toContain('Not computable')
    await post(`${path}/ack`, json, '{}')
    const page = (await list('')).replaceAll('\u00a0', ' ')
    expect(page).toMatch(
      /Judged actionable<\/h2><div class="figure">100.0 %[\s\S]*1 of 1 judged; 0 told[\s\S]*Met[\s\S]*Target above 80 %/,
    )
  })
})

test('a server without a state of its own has no incidents', async () => {
  const { close: _, refresh: __, ...bare } = context
  const without = await createApp({ ...bare, incidents: null })
  expect((await without.request('/api/v1/alerts')).status).toBe(404)
})

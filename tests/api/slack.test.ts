import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { createApiContext, type WarehouseContext } from '../../src/api-context.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import type { Call, Http } from '../../src/notify/http.ts'
import { type Alerts, createAlerts } from '../../src/runtime-notify.ts'
import { claimMessage, makeMessage, type Owed, owedTo, settleMessage } from '../../src/state/outbox.ts'
import { finding, notifications } from '../support/alerts.ts'

const secret = '8f742231b10e8888abcd99yyyzzz85a5'
const start = new Date('2026-11-21T07:00:00Z')
const id = finding().incident_id
const hook = 'https://hooks.slack.com/actions/T1/2/abc'

let clock: Date
let alerts: Alerts
let context: WarehouseContext
let app: Awaited<ReturnType<typeof createApp>>
let calls: { url: string; call: Omit<Call, 'body'> & { readonly body?: unknown } }[]
let broken: string | null

/** Slack as it answers; what was sent to it is kept. Nothing leaves this process. */
const slack: Http = {
  call(url, call) {
    calls.push({ url: url.href, call: { ...call, body: JSON.parse(String(call.body)) } })
    if (broken !== null) return Promise.reject(new Error(broken))
    return Promise.resolve({ status: 200, headers: new Map(), text: 'ok' })
  },
  callJson(url, call) {
    calls.push({ url: url.href, call })
    return Promise.resolve(broken === null ? { ok: true } : { ok: false, error: broken })
  },
}

async function open(channel: string, env: Record<string, string> = { S: secret, T: 'xoxb-1', H: hook }) {
  const config = notifications(`channels: [{ name: it, type: slack, ${channel} }]\nroutes: [{ channels: [it] }]`)
  alerts = createAlerts({ path: ':memory:', config, now: () => clock, env: (name) => env[name], http: slack })
  const history = ['2026-11-18', '2026-11-19', '2026-11-20'].map((date, day) => ({
    ...{ date, actual: day === 0 ? '100.00' : '412.10', low: '90.00', high: '110.00' },
  }))
  const seen = { history, expected_low: '190.00', expected_high: '220.00' }
  alerts.apply({ data_through: '2026-11-20', findings: [{ ...finding(), context: seen }], summaries: [] }, null)
  context = await createApiContext({
    ...{ catalog: loadCatalog(), title: 'Cloud costs', now: () => clock, incidents: alerts.desk, current: () => null },
    build: () => Promise.reject(new Error('no past')),
    open: () => Promise.reject(new Error('no warehouse')),
    openSandbox: () => Promise.reject(new Error('no warehouse')),
  })
  app = await createApp(context)
}

const bot = 'token_env: T, channel: C1, signing_secret_env: S'
const webhook = 'url_env: H, signing_secret_env: S'

beforeEach(() => {
  clock = start
  calls = []
  broken = null
})
afterEach(() => {
  context.close()
  alerts.close()
})

const user = { id: 'U1', username: 'jane' }
const press = (action: string, given: object = {}) => ({
  ...{ type: 'block_actions', user, trigger_id: 't1', response_url: hook },
  ...{ actions: [{ type: 'button', action_id: `costwright_${action}`, value: id }] },
  ...given,
})
const submit = (about: object, values: Record<string, object>) => ({
  ...{ type: 'view_submission', user },
  view: {
    ...{ callback_id: 'costwright_decide', private_metadata: JSON.stringify({ response_url: hook, ...about }) },
    state: { values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { [name]: value }])) },
  },
})

function signed(payload: object, given: { key?: string; at?: Date; padding?: string } = {}) {
  const { key = secret, at = clock, padding = '' } = given
  const body = `${new URLSearchParams({ payload: JSON.stringify(payload) })}${padding}`
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signature = `v0=${createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex')}`
  const type = 'application/x-www-form-urlencoded'
  const headers = { 'content-type': type, 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature }
  return { method: 'POST', headers, body } as const
}

const send = (request: RequestInit) => app.request('http://localhost/api/v1/slack/actions', request)
const incident = () => alerts.desk.find(id)?.incident
const trail = () => alerts.desk.find(id)?.history.map(({ action, actor }) => `${action} by ${actor}`)

test('a pressed button acknowledges, is audited under the Slack user, and the message says so with its trend', async () => {
  await open(bot)
  const answer = await send(signed(press('acknowledge')))
  expect([answer.status, await answer.text()]).toEqual([200, ''])
  expect(incident()).toMatchObject({ state: 'acknowledged', actor: 'slack:jane (U1)' })
  expect(trail()).toEqual(['opened by detection', 'acknowledge by slack:jane (U1)'])
  const [{ url, call } = { url: '', call: null }] = calls
  expect(url).toBe(hook)
  const text = JSON.stringify(call?.body)
  expect(call?.body).toMatchObject({ replace_original: true })
  expect(text).toContain('Acknowledged by slack:jane (U1): Amazon EC2')
  expect(text).toContain('▃██')
  expect(text).toContain('costwright_mute')
  expect(text).not.toContain('costwright_acknowledge')
})

test('expected and mute ask for how long, for what and why; what is submitted is decided', async () => {
  await open(bot)
  await send(signed(press('expect')))
  expect(incident()?.state).toBe('open')
  expect(calls[0]?.url).toBe('https://slack.com/api/views.open')
  expect(calls[0]?.call.body).toMatchObject({
    trigger_id: 't1',
    view: { type: 'modal', title: { text: 'Mark as expected' } },
  })
  const values = {
    until: { selected_date: '2026-12-31' },
    note: { value: ' load test ' },
    scope: { selected_option: { value: 'account' } },
  }
  const answer = await send(signed(submit({ incident_id: id, action: 'expect' }, values)))
  expect([answer.status, await answer.text()]).toEqual([200, ''])
  expect(incident()).toMatchObject({ state: 'expected', until: '2026-12-31', reason: 'load test' })
  const [silence] = alerts.database.all('select scope from silences')
  expect(JSON.parse(String(silence?.['scope']))).toEqual({ provider: 'AWS', account: '111122223333' })
  expect(JSON.stringify(calls[1]?.call.body)).toContain('Expected by slack:jane')
})

test('a submitted day that is past is told in the dialog, and nothing is decided', async () => {
  await open(bot)
  const values = { until: { selected_date: '2026-11-21' } }
  const answer = await send(signed(submit({ incident_id: id, action: 'mute' }, values)))
  expect(await answer.json()).toEqual({
    ...{ response_action: 'errors', errors: { until: '2026-11-21 is not after today (2026-11-21)' } },
  })
  expect(incident()?.state).toBe('open')
})

test('without a bot there is no dialog: expected holds for good, mute for 180 days', async () => {
  await open(webhook)
  await send(signed(press('mute')))
  expect(incident()).toMatchObject({ state: 'muted', until: '2027-05-20' })
  expect(calls.map(({ url }) => url)).toEqual([hook])
})

test('a decision that does not fit is told to the one who pressed', async () => {
  await open(webhook)
  alerts.desk.decide({ incident: id, action: 'resolve' })
  await send(signed(press('acknowledge')))
  expect(calls[0]?.call.body).toMatchObject({ response_type: 'ephemeral', replace_original: false })
  expect(incident()?.state).toBe('resolved')
})

describe('a request is refused, and nothing changes,', () => {
  const cases: readonly (readonly [string, number, () => RequestInit])[] = [
    ['signed with another secret', 403, () => signed(press('acknowledge'), { key: 'other' })],
    [
      'of five minutes and a second ago',
      403,
      () => signed(press('acknowledge'), { at: new Date(start.getTime() - 301_000) }),
    ],
    ['without a signature', 403, () => ({ ...signed(press('acknowledge')), headers: { 'content-type': form } })],
    ['of a browser on another site', 403, () => withHeader('origin', 'https://evil.example')],
    ['as JSON', 415, () => withHeader('content-type', 'application/json')],
    ['longer than Slack sends', 413, () => signed(press('acknowledge'), { padding: `&x=${'x'.repeat(262_144)}` })],
  ]
  const form = 'application/x-www-form-urlencoded'
  const withHeader = (name: string, value: string) => {
    const request = signed(press('acknowledge'))
    return { ...request, headers: { ...request.headers, [name]: value } }
  }
  test.each(cases)('%s', async (_, status, request) => {
    await open(bot)
    expect((await send(request())).status).toBe(status)
    expect(incident()?.state).toBe('open')
    expect(calls).toEqual([])
  })
})

test('a request that is sent again is refused', async () => {
  await open(bot)
  const request = signed(press('acknowledge'))
  expect((await send(request)).status).toBe(200)
  alerts.desk.decide({ incident: id, action: 'resolve' })
  expect((await send(request)).status).toBe(409)
  expect(incident()?.state).toBe('resolved')
})

test.each([
  'http://hooks.slack.com/actions/1',
  'https://hooks.slack.com.evil.example/actions/1',
  'https://hooks.slack.com@169.254.169.254/',
  'https://169.254.169.254/latest',
  'http://127.0.0.1:8080/',
  'no address',
])('an answer is not sent to %s; the decision stands and the history says why', async (response_url) => {
  await open(bot)
  expect((await send(signed(press('acknowledge', { response_url })))).status).toBe(200)
  expect(calls).toEqual([])
  expect(incident()?.state).toBe('acknowledged')
  expect(alerts.desk.find(id)?.history.at(-1)).toMatchObject({ action: 'Slack', actor: 'slack:jane (U1)' })
})

test('where Slack does not take the answer or the dialog, the history says so', async () => {
  await open(bot)
  broken = 'missing_scope'
  await send(signed(press('acknowledge')))
  await send(signed(press('mute')))
  const reasons = alerts.desk
    .find(id)
    ?.history.flatMap(({ action, detail }) => (action === 'Slack' ? [detail['reason']] : []))
  expect(reasons).toEqual([
    'the message was not updated: missing_scope',
    'the dialog did not open: views.open was refused: missing_scope',
    'the message was not updated: missing_scope',
  ])
  expect(incident()?.state).toBe('acknowledged')
})

test('the address exists only where a channel has a signing secret, and says which variable is missing', async () => {
  await open('url_env: H')
  expect((await send(signed(press('acknowledge')))).status).toBe(404)
  context.close()
  alerts.close()
  await open(bot, { T: 'xoxb-1' })
  const answer = await send(signed(press('acknowledge')))
  expect([answer.status, ((await answer.json()) as { hint: string }).hint]).toEqual([
    400,
    'Set S where costwright runs.',
  ])
})

test('a message that did not arrive is on the page of its incident, with the error and the next step of its delivery', async () => {
  await open(bot)
  const [at, until] = ['2026-11-21T07:00:00.000Z', '2026-11-21T07:05:00.000Z']
  makeMessage(alerts.database, 'single', owedTo(alerts.database, 'it') as [Owed], at)
  const claimed = claimMessage(alerts.database, 'it', { worker: 'w', now: at, until })
  const page = async () => (await app.request(`/alerts/${id}`)).text()
  const settle = (status: 'pending' | 'failed') => {
    if (claimed)
      settleMessage(
        alerts.database,
        claimed,
        { status, not_before: until, error: 'it: channel_not_found', receipt: null },
        at,
      )
  }
  settle('pending')
  expect(await page()).toMatch(/Tried again later[\s\S]*it: channel_not_found/)
  settle('failed')
  expect(await page()).toMatch(/Failed[\s\S]*it: channel_not_found/)
})

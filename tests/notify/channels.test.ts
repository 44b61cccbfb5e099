import { afterEach, expect, test } from 'vitest'
import type { ChannelConfig } from '../../src/config-notify.ts'
import type { ChannelContext } from '../../src/notify/channel-context.ts'
import { openChannel } from '../../src/notify/channels.ts'
import type { Message, Receipt } from '../../src/notify/notifier.ts'
import { type FaultServer, type Handler, startServer } from '../fakes/fault-server.ts'
import { createFakeJira } from '../fakes/notify/jira.ts'
import { createFakeOpsgenie } from '../fakes/notify/opsgenie.ts'
import { createFakePagerduty } from '../fakes/notify/pagerduty.ts'
import { createFakeServicenow } from '../fakes/notify/servicenow.ts'
import { createFakeSlack } from '../fakes/notify/slack.ts'
import { startFakeSmtp } from '../fakes/notify/smtp.ts'
import { createFakeTeams } from '../fakes/notify/teams.ts'
import { createFakeReceiver } from '../fakes/notify/webhook.ts'
import { alert, channelContext, message, notifications } from '../support/alerts.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve(handler: Handler): Promise<FaultServer> {
  const server = await startServer(handler)
  closing.push(() => server.close())
  return server
}

function channel(yaml: string): ChannelConfig {
  const [found] = notifications(`channels: [{ name: it, ${yaml} }]`).channels
  if (!found) throw new Error('no channel')
  return found
}

/** Amounts have spaces that do not break. */
const spaced = (text: string) => text.replaceAll('\u00a0', ' ')

const signal = new AbortController().signal

async function deliver(
  yaml: string,
  env: Record<string, string>,
  messages: readonly Partial<Message>[] = [{}],
  given: Partial<ChannelContext> = {},
): Promise<Receipt[]> {
  const notifier = await openChannel(channel(yaml), channelContext(env, given))
  const receipts: Receipt[] = []
  for (const one of messages)
    receipts.push(await notifier.deliver(message({ first_receipt: receipts[0] ?? null, ...one }), signal))
  return receipts
}

const acknowledged = { alerts: [alert({ change: 'acknowledged', state: 'acknowledged', actor: 'jane' })] }
const resolved = { alerts: [alert({ change: 'resolved', state: 'resolved' })] }
const escalated = {
  alerts: [alert({ change: 'escalated', excess: '901.00', severity: 'critical' })],
  message_id: 'e'.repeat(32),
}
const digest = {
  kind: 'digest' as const,
  alerts: Array.from({ length: 30 }, (_, n) =>
    alert({ incident_id: `i${n}`, url: `https://costwright.example.com/alerts/i${n}` }),
  ),
}

test('a Slack message has the money, the cause down to the resource, a trend and working buttons', async () => {
  const slack = createFakeSlack({ token: 'xoxb-1' })
  const { url } = await serve(slack.handler)
  const config = `type: slack, token_env: T, channel: C1, signing_secret_env: S, endpoint: '${url}', hosts: [127.0.0.1]`
  await deliver(config, { T: 'xoxb-1' })
  const [posted] = slack.posted
  const text = spaced(JSON.stringify(posted?.blocks))
  expect(spaced(posted?.text ?? '')).toBe('Amazon EC2 in 111122223333 USD 208.55 above expected since 2026-11-19')
  expect(text).toContain('USD 412.10, expected USD 203.55 (USD 190.00 to USD 220.00)')
  expect(text).toContain('+USD 208.55 (+102 %)')
  expect(text).toContain('111122223333 › Amazon EC2 › eu-west-1 › BoxUsage:p5.48xlarge › i-0abc, USD 201.10 (new)')
  expect(text).toMatch(/▄{28}██/)
  const buttons = posted?.blocks.find(({ type }) => type === 'actions')?.elements ?? []
  expect(buttons.map(({ action_id, value }) => [action_id, value])).toEqual([
    ['costwright_acknowledge', 'a1b2c3d4e5f60718'],
    ['costwright_expect', 'a1b2c3d4e5f60718'],
    ['costwright_mute', 'a1b2c3d4e5f60718'],
    ['costwright_open', undefined],
  ])
})

test('Slack: a state change updates the first message; a message that had arrived is found by its key, not posted again', async () => {
  const slack = createFakeSlack({ token: 'xoxb-1' })
  const { url } = await serve(slack.handler)
  const config = `type: slack, token_env: T, channel: C1, signing_secret_env: S, endpoint: '${url}', hosts: [127.0.0.1]`
  const receipts = await deliver(config, { T: 'xoxb-1' }, [
    {},
    { repeated: true, first_receipt: null },
    acknowledged,
    resolved,
  ])
  expect(receipts[1]).toEqual(receipts[0])
  expect(slack.posted).toHaveLength(1)
  expect(slack.posted[0]?.updates).toBe(2)
  expect(slack.posted[0]?.text).toMatch(/^Resolved: /)
  expect(slack.posted[0]?.blocks.some(({ type }) => type === 'actions')).toBe(false)
})

test('Slack: the chart is uploaded and in the message, and stays in it when its state changes', async () => {
  const slack = createFakeSlack({ token: 'xoxb-1' })
  const { url } = await serve(slack.handler)
  const config = `type: slack, token_env: T, channel: C1, endpoint: '${url}', hosts: [127.0.0.1]`
  const [receipt] = await deliver(config, { T: 'xoxb-1' }, [{}, acknowledged])
  expect(receipt).toMatchObject({ channel: 'C1', file: 'F1' })
  expect(slack.files.get('F1')?.received?.toString('latin1', 1, 4)).toBe('PNG')
  expect(slack.posted[0]?.updates).toBe(1)
  expect(slack.posted[0]?.blocks).toContainEqual(expect.objectContaining({ slack_file: { id: 'F1' } }))
})

test.each([
  ['without the scope for files', { canUpload: false }, 'files.getUploadURLExternal', 'missing_scope'],
  ['while the file is not ready', { isReady: false }, 'chat.postMessage', 'invalid_blocks'],
])('Slack: %s the message comes once, without a chart, and the receipt says so', async (_, options, method, code) => {
  const slack = createFakeSlack({ token: 'xoxb-1', ...options })
  const { url } = await serve(slack.handler)
  const config = `type: slack, token_env: T, channel: C1, endpoint: '${url}', hosts: [127.0.0.1]`
  const [receipt] = await deliver(config, { T: 'xoxb-1' })
  expect(slack.posted).toHaveLength(1)
  expect(receipt?.['no_chart']).toContain(code)
  expect(receipt?.['no_chart']).toContain(method)
  expect(JSON.stringify(slack.posted[0]?.blocks)).not.toContain('slack_file')
})

test('Slack: a bot that may not read the channel posts again, with the same key', async () => {
  const slack = createFakeSlack({ token: 'xoxb-1', canRead: false })
  const { url } = await serve(slack.handler)
  const config = `type: slack, token_env: T, channel: C1, endpoint: '${url}', hosts: [127.0.0.1]`
  await deliver(config, { T: 'xoxb-1' }, [{}, { repeated: true, first_receipt: null }])
  const keys = slack.posted.map(({ metadata }) => metadata?.event_payload['message_id'])
  expect(keys).toEqual(['0123456789abcdef0123456789abcdef', '0123456789abcdef0123456789abcdef'])
})

test('Slack: names out of a bill cannot mention anyone, and a webhook without buttons has links', async () => {
  const slack = createFakeSlack({ token: 'x' })
  const { url } = await serve(slack.handler)
  const series = { provider: 'AWS', account: '1', service: '<!channel> & co', team: 'a' }
  const hook = `type: slack, url_env: HOOK, hosts: [127.0.0.1]`
  await deliver(hook, { HOOK: `${url}/services/T1/B1/x` }, [{ alerts: [alert({ series, owner: '<!here>' })] }, digest])
  expect(slack.hooked[0]?.text).toContain('&lt;!channel&gt; &amp; co')
  const marked = JSON.stringify(slack.hooked[0]?.blocks).match(/"mrkdwn","text":"[^"]*"/g)
  expect(marked?.join()).toContain('&lt;!here&gt;')
  expect(marked?.join()).not.toContain('<!')
  expect(JSON.stringify(slack.hooked[0]?.blocks)).toContain('?action=mute')
  expect(JSON.stringify(slack.hooked[1]?.blocks)).toContain('Digest: 30 cost alerts')
  expect(JSON.stringify(slack.hooked[1]?.blocks)).toContain('and 10 more')
})

test('Teams gets an Adaptive Card with facts, chart and links, under its limit of 28 KB', async () => {
  const teams = createFakeTeams()
  const { url } = await serve(teams.handler)
  const long = {
    ...digest,
    alerts: digest.alerts.map((one) => ({ ...one, series: { ...one.series, service: 'x'.repeat(900) } })),
  }
  await deliver(`type: teams, url_env: HOOK, hosts: [127.0.0.1]`, { HOOK: `${url}/workflows/1?sig=secret` }, [{}, long])
  const [card, large] = teams.cards
  expect(card?.version).toBe('1.4')
  expect(JSON.stringify(card?.body)).toContain('data:image/png;base64,')
  expect(card?.actions.map(({ title, url: target }) => [title, new URL(target).search])).toEqual([
    ['Open', ''],
    ['Acknowledge', '?action=acknowledge'],
    ['Mark as expected', '?action=expect'],
    ['Mute', '?action=mute'],
  ])
  expect(JSON.stringify(large).length).toBeLessThan(28_000)
})

test('PagerDuty: trigger, acknowledge and resolve meet in one incident, also when an event comes twice', async () => {
  const pagerduty = createFakePagerduty('R1')
  const { url } = await serve(pagerduty.handler)
  const config = `type: pagerduty, routing_key_env: R, endpoint: '${url}', hosts: [127.0.0.1]`
  await deliver(config, { R: 'R1' }, [{}, { repeated: true }, escalated, acknowledged, resolved])
  expect(pagerduty.events.map(({ event_action }) => event_action)).toEqual([
    'trigger',
    'trigger',
    'trigger',
    'acknowledge',
    'resolve',
  ])
  expect(pagerduty.incidents).toEqual([{ dedup_key: 'costwright-a1b2c3d4e5f60718', status: 'resolved' }])
  expect(pagerduty.events[0]?.payload).toMatchObject({
    severity: 'warning',
    source: 'AWS/111122223333',
    component: 'Amazon EC2',
  })
})

test('Opsgenie: one alert an alias, told anew when it escalates, acknowledged and closed', async () => {
  const opsgenie = createFakeOpsgenie('K')
  const { url } = await serve(opsgenie.handler)
  const config = `type: opsgenie, api_key_env: K, responder: finops, endpoint: '${url}', hosts: [127.0.0.1]`
  await deliver(config, { K: 'K' }, [{}, { repeated: true }, escalated, acknowledged, resolved])
  expect(opsgenie.alerts).toHaveLength(1)
  expect(opsgenie.alerts[0]).toMatchObject({ status: 'closed', acknowledged: true, priority: 'P1', count: 3 })
  expect(opsgenie.alerts[0]?.message).toMatch(/^Escalated: /)
})

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

test('a webhook is signed as Standard Webhooks says; a repeated one has the same id', async () => {
  const now = () => new Date('2026-11-21T07:00:00Z')
  const receiver = createFakeReceiver(secret, now)
  const { url } = await serve(receiver.handler)
  await deliver(`type: webhook, url: '${url}/hook', secret_env: S`, { S: secret }, [
    {},
    { repeated: true },
    acknowledged,
  ])
  expect(receiver.received.map(({ id, body }) => [id, body.type])).toEqual([
    ['msg_0123456789abcdef0123456789abcdef', 'cost_alert.opened'],
    ['msg_0123456789abcdef0123456789abcdef', 'cost_alert.opened'],
    ['msg_0123456789abcdef0123456789abcdef', 'cost_alert.acknowledged'],
  ])
  expect(receiver.received[0]?.body.data).toMatchObject({
    excess: '208.55',
    currency: 'USD',
    history: expect.any(Array),
  })
  expect(JSON.stringify(receiver.received[0]?.body).length).toBeLessThan(20_000)
})

test('while a webhook secret is replaced, both sign', async () => {
  const next = `whsec_${Buffer.alloc(24, 9).toString('base64')}`
  for (const one of [secret, next]) {
    const receiver = createFakeReceiver(one, () => new Date('2026-11-21T07:00:00Z'))
    const { url } = await serve(receiver.handler)
    await deliver(`type: webhook, url: '${url}', secret_env: S`, { S: `${next} ${secret}` })
    expect(receiver.received).toHaveLength(1)
  }
})

test("the specification's example signature is reproduced", async () => {
  const { sign } = await import('../../src/notify/webhook.ts')
  // Test vector of the reference libraries: github.com/standard-webhooks/standard-webhooks, libraries/*/test.
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
  const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', body: '{"test": 2432232314}' }
  expect(sign(key, signed)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('Jira: one issue an incident, comments for what follows, the closing transition; a repeated message adds nothing', async () => {
  const jira = createFakeJira('me@acme.com:tok')
  const { url } = await serve(jira.handler)
  const config = `type: jira, url: '${url}', user_env: U, token_env: T, project: FIN`
  const receipts = await deliver(config, { U: 'me@acme.com', T: 'tok' }, [
    {},
    { repeated: true, first_receipt: null },
    escalated,
    { ...escalated, repeated: true },
    resolved,
  ])
  expect(jira.issues).toHaveLength(1)
  expect(jira.issues[0]).toMatchObject({ key: 'FIN-1', status: 'Done', files: ['cost.png'] })
  expect(jira.issues[0]?.fields.labels).toContain('costwright-a1b2c3d4e5f60718')
  expect(jira.issues[0]?.comments).toHaveLength(2)
  expect(receipts.at(-1)).toEqual({ key: 'FIN-1', transition: 'Done' })
})

test('Jira: where its search lags behind, a repeated message makes a second issue with the same label', async () => {
  const jira = createFakeJira('u:t', { lag: 1 })
  const { url } = await serve(jira.handler)
  const config = `type: jira, url: '${url}', user_env: U, token_env: T, project: FIN`
  await deliver(config, { U: 'u', T: 't' }, [{}, { repeated: true, first_receipt: null }])
  expect(jira.issues.map(({ fields }) => fields.labels[1])).toEqual([
    'costwright-a1b2c3d4e5f60718',
    'costwright-a1b2c3d4e5f60718',
  ])
})

test('ServiceNow: one record a correlation id, work notes, states; a repeated message adds nothing', async () => {
  const servicenow = createFakeServicenow('u:p')
  const { url } = await serve(servicenow.handler)
  const config = `type: servicenow, url: '${url}', user_env: U, password_env: P`
  await deliver(config, { U: 'u', P: 'p' }, [
    {},
    { repeated: true, first_receipt: null },
    { ...acknowledged, message_id: 'f'.repeat(32) },
    { ...acknowledged, message_id: 'f'.repeat(32), repeated: true },
    resolved,
  ])
  expect(servicenow.records).toHaveLength(1)
  expect(servicenow.records[0]).toMatchObject({
    number: 'INC0000001',
    state: '6',
    close_code: 'Solution provided',
    files: ['cost.png'],
  })
  expect(servicenow.records[0]?.notes).toHaveLength(2)
})

test('e-mail has text, HTML, a chart inside and one Message-ID however often it is sent', async () => {
  const smtp = await startFakeSmtp({ user: 'bot', password: 'geheim' })
  closing.push(() => smtp.close())
  const config = `type: email, host: 127.0.0.1, port: ${smtp.port}, security: none, user_env: U, password_env: P, from: costwright@acme.com, to: [a@acme.com, b@acme.com]`
  await deliver(config, { U: 'bot', P: 'geheim' }, [{}, { repeated: true, first_receipt: null }, escalated])
  const [first, again, later] = smtp.mails
  expect(first?.to).toEqual(['a@acme.com', 'b@acme.com'])
  expect(first?.messageId).toBe('<0123456789abcdef0123456789abcdef@costwright>')
  expect(again?.messageId).toBe(first?.messageId)
  expect(later?.text).toContain(`In-Reply-To: ${first?.messageId}`)
  expect(first?.text).toContain('Subject: Amazon EC2 in 111122223333 USD 208.55 above expected')
  expect(first?.text).toMatch(/Content-Type: image\/png; name=cost.png[\s\S]*Content-Id: <chart@costwright>/i)
  expect(first?.text).toContain('Auto-Submitted: auto-generated')
})

test('e-mail: a recipient that is refused is named, the others are not written to again', async () => {
  const smtp = await startFakeSmtp()
  closing.push(() => smtp.close())
  smtp.script.unknown.add('gone@acme.com')
  const config = `type: email, host: 127.0.0.1, port: ${smtp.port}, security: none, from: c@acme.com, to: [a@acme.com, gone@acme.com]`
  const [receipt] = await deliver(config, {})
  expect(receipt?.['rejected']).toBe('gone@acme.com')
})

test('a name with a line break cannot add a header to a mail', async () => {
  const smtp = await startFakeSmtp()
  closing.push(() => smtp.close())
  const series = { provider: 'AWS', account: '1', service: 'x\r\nBcc: victim@example.com', team: 'a' }
  await deliver(
    `type: email, host: 127.0.0.1, port: ${smtp.port}, security: none, from: c@acme.com, to: [a@acme.com]`,
    {},
    [{ alerts: [alert({ series })] }],
  )
  expect(smtp.mails[0]?.text.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/m)
})

const wrong: readonly [string, string, Record<string, string>, (url: string) => Record<string, string>, RegExp][] = [
  [
    'slack',
    'type: slack, token_env: T, channel: C1, endpoint: URL, hosts: [127.0.0.1]',
    { T: 'bad' },
    () => ({}),
    /invalid_auth/,
  ],
  ['teams', 'type: teams, url_env: H, hosts: [127.0.0.1]', {}, (url) => ({ H: `${url}/w?sig=bad` }), /401/],
  [
    'pagerduty',
    'type: pagerduty, routing_key_env: R, endpoint: URL, hosts: [127.0.0.1]',
    { R: 'bad' },
    () => ({}),
    /400.*routing_key/,
  ],
  ['opsgenie', 'type: opsgenie, api_key_env: K, endpoint: URL, hosts: [127.0.0.1]', { K: 'bad' }, () => ({}), /403/],
  [
    'webhook',
    'type: webhook, url: URL, secret_env: S',
    { S: `whsec_${Buffer.alloc(32, 1).toString('base64')}` },
    () => ({}),
    /401: wrong signature/,
  ],
  ['jira', 'type: jira, url: URL, user_env: U, token_env: T, project: F', { U: 'u', T: 'bad' }, () => ({}), /401/],
  ['servicenow', 'type: servicenow, url: URL, user_env: U, password_env: P', { U: 'u', P: 'bad' }, () => ({}), /401/],
]

test.each(wrong)('%s: a wrong secret is said as the service says it', async (kind, yaml, env, more, said) => {
  const now = () => new Date('2026-11-21T07:00:00Z')
  const handlers: Record<string, Handler> = {
    slack: createFakeSlack({ token: 'x' }).handler,
    teams: createFakeTeams().handler,
    pagerduty: createFakePagerduty('R').handler,
    opsgenie: createFakeOpsgenie('K').handler,
    webhook: createFakeReceiver(secret, now).handler,
    jira: createFakeJira('u:t').handler,
    servicenow: createFakeServicenow('u:p').handler,
  }
  const { url } = await serve(handlers[kind] as Handler)
  await expect(deliver(yaml.replace('URL', `'${url}'`), { ...env, ...more(url) })).rejects.toThrow(said)
})

test.each(wrong)('%s: a missing secret is named, not its value', async (_kind, yaml) => {
  await expect(deliver(yaml.replace('URL', "'http://127.0.0.1:9'"), {})).rejects.toThrow(
    /channel it: the environment variable [A-Z] is not set/,
  )
})

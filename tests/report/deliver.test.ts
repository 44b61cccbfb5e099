import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseYamlConfig } from '../../src/config.ts'
import { createHttp } from '../../src/notify/http.ts'
import { openReportChannel } from '../../src/notify/report-message.ts'
import { type DeliverReportsOptions, deliverReports, isDue } from '../../src/report/deliver.ts'
import type { ReportSource } from '../../src/report/source.ts'
import { claimReport, reportDeliveries } from '../../src/state/report-store.ts'
import { type Database, openDatabase } from '../../src/state/sqlite.ts'
import { type FaultServer, startServer } from '../fakes/fault-server.ts'
import { createFakeSlack } from '../fakes/notify/slack.ts'
import { startFakeSmtp } from '../fakes/notify/smtp.ts'
import { createFakeTeams } from '../fakes/notify/teams.ts'
import { createFakeReceiver } from '../fakes/notify/webhook.ts'
import type { Estate } from '../support/rows.ts'
import { monthsOf, pagesOf, sourceOf } from './source.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const now = () => new Date('2026-11-03T08:00:00Z')
const receiver = createFakeReceiver(secret, now)
const slack = createFakeSlack({ token: 'token' })
const teams = createFakeTeams()
let source: ReportSource
let estate: Estate
let smtp: Awaited<ReturnType<typeof startFakeSmtp>>
let servers: FaultServer[]
let yaml: string

beforeAll(async () => {
  const made = await sourceOf([
    ...monthsOf('pay', ['100', '120']),
    ...monthsOf('pay', ['7', '9'], { BillingCurrency: 'EUR' }),
  ])
  source = made.source
  estate = made.estate
  smtp = await startFakeSmtp()
  servers = await Promise.all([receiver, slack, teams].map(({ handler }) => startServer(handler)))
  const [hook, chat, card] = servers.map(({ url }) => url)
  yaml = `
notifications:
  dashboard_url: https://costs.example.com
  channels:
    - { name: mail, type: email, host: 127.0.0.1, port: ${smtp.port}, security: none, from: a@example.com, to: [b@example.com] }
    - { name: bus, type: webhook, url: '${hook}', secret_env: S, hosts: [127.0.0.1] }
    - { name: chat, type: slack, token_env: T, channel: C1, endpoint: '${chat}', hosts: [127.0.0.1] }
    - { name: cards, type: teams, url_env: U, hosts: [127.0.0.1] }
reports:
  - { kind: executive, schedule: '0 7 3 * *', channels: [mail, bus, chat, cards], currencies: [USD] }`
  env = { S: secret, T: 'token', U: `${card}?sig=secret` }
}, 60_000)

let env: Record<string, string> = {}
afterAll(async () => {
  estate.warehouse.close()
  await smtp.close()
  for (const server of servers) await server.close()
})

function options(
  database: Database,
  given: Partial<DeliverReportsOptions> & { text?: string } = {},
): DeliverReportsOptions {
  const { reports, notifications } = parseYamlConfig(given.text ?? yaml)
  const context = { http: createHttp(5000), timeoutMs: 5000, env: (name: string) => env[name], now }
  return {
    ...{ database, reports, notifications, now, worker: 'w1', signal: new AbortController().signal },
    open: (channel) => openReportChannel(channel, context),
    ...given,
  }
}

const parts = (text: string, type: string) =>
  text
    .split(/^--.*$/m)
    .filter((part) => part.includes(`Content-Type: ${type}`))
    .map((part) => Buffer.from(part.slice(part.indexOf('\r\n\r\n')).trim(), 'base64'))

test('a due report goes to each channel once: e-mail with the PDF, the others with summary and link', async () => {
  const database = openDatabase(':memory:')
  const first = await deliverReports(source, options(database))
  expect(first.map(({ channel, error }) => [channel, error])).toEqual([
    ['mail', null],
    ['bus', null],
    ['chat', null],
    ['cards', null],
  ])
  const [mail] = smtp.mails
  expect(mail?.text).toContain('Subject: Cloud cost report, Oct 2026, USD')
  const [pdf] = parts(mail?.text ?? '', 'application/pdf')
  expect(pagesOf(pdf as Buffer)).toBe(1)
  expect(mail?.text).toMatch(/filename=costwright-executive-2026-10-USD\.pdf/)
  const [event] = receiver.received
  expect(event?.body).toMatchObject({
    type: 'cost_report.ready',
    data: {
      kind: 'executive',
      month: '2026-10',
      currency: 'USD',
      complete_through: '2026-09-30T00:00:00Z',
      url: 'https://costs.example.com/api/v1/reports/executive?period=2026-10&currency=USD&format=html',
    },
  })
  expect(JSON.stringify(slack.posted[0]?.blocks)).toContain('Oct 2026 cost USD')
  expect(JSON.stringify(teams.cards[0])).toContain('Open the report')
  expect(await deliverReports(source, options(database))).toEqual([])
  expect(smtp.mails).toHaveLength(1)
  database.close()
})

test('what failed is sent again by the next call, under the same id, and what arrived is not', async () => {
  const database = openDatabase(':memory:')
  const text = yaml.replace('channels: [mail, bus, chat, cards]', 'channels: [mail, bus]')
  const [mails, events] = [smtp.mails.length, receiver.received.length]
  smtp.script.afterData.push('451 4.7.1 try again later')
  const first = await deliverReports(source, options(database, { text }))
  expect(first).toMatchObject([
    { channel: 'mail', error: expect.stringContaining('try again later') },
    { channel: 'bus', error: null },
  ])
  const second = await deliverReports(source, options(database, { text }))
  expect(second).toMatchObject([{ channel: 'mail', error: null }])
  expect([smtp.mails.length - mails, receiver.received.length - events]).toEqual([1, 1])
  expect(reportDeliveries(database)).toMatchObject([
    { channel: 'bus', status: 'delivered', attempts: 1 },
    { channel: 'mail', status: 'delivered', attempts: 2 },
  ])
  expect(smtp.mails.at(-1)?.messageId).toBe(smtp.mails[mails - 1]?.messageId)
  database.close()
})

test('two processes do not send the same report, and one that died gives it back', async () => {
  const database = openDatabase(':memory:')
  const owed = { report: 'executive', month: '2026-10', currency: 'USD', channel: 'bus' }
  const claim = { worker: 'other', now: '2026-11-03T07:59:00.000Z' }
  expect(claimReport(database, owed, { ...claim, until: '2026-11-03T08:04:00.000Z' })).toMatchObject({ attempts: 1 })
  const text = yaml.replace('channels: [mail, bus, chat, cards]', 'channels: [bus]')
  expect(await deliverReports(source, options(database, { text }))).toEqual([])
  const later = () => new Date('2026-11-03T08:05:00Z')
  expect(await deliverReports(source, options(database, { text, now: later }))).toMatchObject([{ error: null }])
  database.close()
})

test('without currencies each has a report of its own; a channel without its secret fails alone', async () => {
  const database = openDatabase(':memory:')
  const text = yaml.replace(', currencies: [USD]', '').replace('[mail, bus, chat, cards]', '[bus, cards]')
  const broken = options(database, {
    text,
    open: (channel) =>
      openReportChannel(channel, {
        http: createHttp(5000),
        timeoutMs: 5000,
        env: (name) => (name === 'U' ? undefined : env[name]),
        now,
      }),
  })
  const outcomes = await deliverReports(source, broken)
  expect(outcomes.map(({ currency, channel, error }) => [currency, channel, error === null])).toEqual([
    ['EUR', 'bus', true],
    ['EUR', 'cards', false],
    ['USD', 'bus', true],
    ['USD', 'cards', false],
  ])
  expect(outcomes[1]?.error).toContain('U is not set')
  database.close()
})

test('a report of a team that is gone fails alone; a currency that is not charged has no report', async () => {
  const database = openDatabase(':memory:')
  const text = `${yaml.replace('[mail, bus, chat, cards]', '[bus]').replace('[USD]', '[usd, GBP]')}
  - { kind: team, team: gone, schedule: '0 7 3 * *', channels: [bus], currencies: [USD] }`
  expect(await deliverReports(source, options(database, { text }))).toMatchObject([
    { report: 'executive', currency: 'USD', error: null },
    { report: 'team gone', currency: 'USD', error: 'there is no team gone' },
  ])
  database.close()
})

test.each([
  ['0 7 3 * *', '2026-11-03T07:00:00Z', true],
  ['0 7 3 * *', '2026-11-03T06:59:59Z', false],
  ['0 7 3 * *', '2026-11-20T00:00:00Z', true],
  ['0 0 1 * *', '2026-11-01T00:00:00Z', true],
  ['0 0 1 * *', '2026-10-31T23:59:59Z', false],
  ['0 7 29 2 *', '2027-01-01T00:00:00Z', false],
])('%s for October is due at %s: %s', (schedule, at, due) => {
  expect(isDue(schedule, '2026-10', new Date(at))).toBe(due)
})

test.each([
  ['kind: weekly, schedule: "0 7 3 * *", channels: [mail]', 'reports[0].kind'],
  ['kind: team, schedule: "0 7 3 * *", channels: [mail]', 'is for the report of a team'],
  ['kind: tags, schedule: "often", channels: [mail]', 'reports[0].schedule'],
  ['kind: tags, schedule: "0 7 3 * *", channels: [nobody]', 'is no channel of notifications'],
  ['kind: tags, schedule: "0 7 3 * *", channels: [duty]', 'is a pagerduty channel'],
  ['kind: tags, schedule: "0 7 3 * *", channels: []', 'is empty'],
])('the configuration { %s } is refused with its key', (report, message) => {
  const text = `
notifications:
  channels:
    - { name: mail, type: email, host: localhost, from: a@example.com, to: [b@example.com] }
    - { name: duty, type: pagerduty, routing_key_env: R }
reports:
  - { ${report} }`
  expect(() => parseYamlConfig(text)).toThrow(message)
})

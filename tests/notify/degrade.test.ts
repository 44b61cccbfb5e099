import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createAlerts } from '../../src/runtime-notify.ts'
import { parseDetectionRun } from '../../src/state/detection-run.ts'
import { deliveryStates } from '../../src/state/outbox.ts'
import { startAllChannels } from '../fakes/notify/all.ts'
import { detection } from '../support/alert-state.ts'

type Channels = Awaited<ReturnType<typeof startAllChannels>>
let channels: Channels | undefined
afterEach(async () => {
  await channels?.close()
  channels = undefined
})

const start = Date.parse('2026-11-21T07:00:00Z')

async function opened(env: Record<string, string> = {}) {
  const clock = { now: start }
  const all = await startAllChannels(() => new Date(clock.now))
  channels = all
  const alerts = createAlerts({
    path: join(mkdtempSync(join(tmpdir(), 'costwright-degrade-')), 'state.sqlite'),
    config: { ...all.config, timeout_seconds: 1 },
    now: () => new Date(clock.now),
    env: (name) => ({ ...all.env, ...env })[name],
  })
  alerts.apply(parseDetectionRun(detection([{}]), 'USD'), null)
  const deliver = async () => {
    const results = await alerts.deliver(new AbortController().signal)
    return Object.fromEntries(results.map(({ channel, delivered, error }) => [channel, error ?? delivered]))
  }
  return { all, alerts, deliver, clock }
}

const names = ['slack', 'hook', 'teams', 'pagerduty', 'opsgenie', 'receiver', 'jira', 'servicenow'] as const

test('each channel that is down says so by name, the others deliver, and all is told once they are back', async () => {
  const { all, alerts, deliver, clock } = await opened()
  for (const name of names) all.servers[name]?.faults.when(() => true, { kind: 'status', status: 503, body: 'down' }, 3)
  all.smtp.script.afterData.push('451 4.7.1 try again later', '451 4.7.1 try again later', '451 4.7.1 try again later')
  const first = await deliver()
  for (const name of names) expect(first[name]).toMatch(new RegExp(`^${name}: .*503`))
  expect(first['email']).toMatch(/^email: .*451 4\.7\.1 try again later/)
  expect(deliveryStates(alerts.database)[0]).toMatchObject({ delivered: 0, waiting: 9 })
  clock.now += 61_000
  expect(await deliver()).toEqual(Object.fromEntries([...names, 'email'].map((name) => [name, 1])))
  expect(deliveryStates(alerts.database)[0]).toMatchObject({ delivered: 9, waiting: 0, error: null })
  expect(all.smtp.mails).toHaveLength(1)
  alerts.close()
}, 60_000)

test('a connection that breaks before the answer is repeated with the same key', async () => {
  const { all, alerts, deliver } = await opened()
  for (const name of names) all.servers[name]?.faults.next({ kind: 'reset' })
  all.smtp.script.afterData.push('hang up')
  expect(await deliver()).toEqual(Object.fromEntries([...names, 'email'].map((name) => [name, 1])))
  expect(all.smtp.mails.map(({ messageId }) => messageId)).toEqual([
    all.smtp.mails[0]?.messageId,
    all.smtp.mails[0]?.messageId,
  ])
  expect([all.slack.posted, all.jira.issues, all.servicenow.records].map(({ length }) => length)).toEqual([1, 1, 1])
  alerts.close()
}, 60_000)

test('a missing secret stops its own channel only', async () => {
  const { alerts, deliver } = await opened({ R: '', S: 'no-secret' })
  const result = await deliver()
  expect(result['pagerduty']).toBe(
    'channel pagerduty: the environment variable R is not set. Set R where costwright runs.',
  )
  expect(result['receiver']).toMatch(/^channel receiver: S is no signing secret of Standard Webhooks/)
  expect([result['slack'], result['jira'], result['email']]).toEqual([1, 1, 1])
  alerts.close()
})

test('no error repeats a secret', async () => {
  const { deliver, alerts } = await opened({
    T: 'xoxb-s3cr3t',
    K: 's3cr3t',
    HT: 'https://prod.logic.azure.com.evil.example/?sig=s3cr3t',
  })
  const result = await deliver()
  expect(Object.values(result).filter((error) => typeof error === 'string')).toHaveLength(3)
  expect(JSON.stringify(result)).not.toContain('s3cr3t')
  alerts.close()
})

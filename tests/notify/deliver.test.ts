import { expect, test } from 'vitest'
import { RefusedCall } from '../../src/notify/http.ts'
import { planChannel } from '../../src/notify/plan.ts'
import { readAudit } from '../../src/state/audit.ts'
import { claimMessage, deliveryStates, renewClaim, retryFailed } from '../../src/state/outbox.ts'
import { alertState, detection } from '../support/alert-state.ts'
import { notifications } from '../support/alerts.ts'

const config = notifications(`
channels:
  - { name: pager, type: pagerduty, routing_key_env: R }
  - { name: tickets, type: pagerduty, routing_key_env: R }
routes: [{ channels: [pager] }]`)

const answered = (status: number, headers: Record<string, string> = {}) =>
  new RefusedCall({ status, headers: new Map(Object.entries(headers)) }, `answered ${status}`)

test('a throttled message waits as long as the service asks, then arrives, marked as repeated', async () => {
  const state = alertState(config)
  state.apply(detection([{}]))
  state.fail(answered(429, { 'retry-after': '7' }), answered(503))
  expect(await state.deliver()).toEqual([{ channel: 'pager', delivered: 1, error: null }])
  expect(state.waits).toEqual([7250, 500])
  expect(state.sent.map(({ message }) => message.repeated)).toEqual([true])
})

test('a service that asks for long, or stays down, gets the message later; the error is visible until then', async () => {
  const state = alertState(config)
  state.apply(detection([{}]))
  state.fail(answered(429, { 'retry-after': '600' }))
  const [first] = await state.deliver()
  expect(first?.error).toMatch(/^pager: .*429/)
  expect(deliveryStates(state.database)[0]).toMatchObject({ waiting: 1, delivered: 0, error: first?.error })
  state.at('2026-11-21T07:09:59Z')
  expect(await state.deliver()).toEqual([{ channel: 'pager', delivered: 0, error: null }])
  state.at('2026-11-21T07:10:01Z')
  expect(await state.deliver()).toEqual([{ channel: 'pager', delivered: 1, error: null }])
})

test('what is refused for good has failed, is said so, holds up nothing else, and can be sent again', async () => {
  const state = alertState(config)
  state.apply(detection([{ service: 'a' }, { service: 'b' }]))
  state.fail(answered(400))
  const [result] = await state.deliver()
  expect(result).toEqual({ channel: 'pager', delivered: 1, error: 'pager: 400 RefusedCall answered 400' })
  expect(
    deliveryStates(state.database)
      .map(({ failed }) => failed)
      .toSorted(),
  ).toEqual([0, 1])
  expect(retryFailed(state.database, state.now().toISOString())).toBe(1)
  await state.deliver()
  expect(state.sent.map(({ message }) => message.alerts[0]?.series.service)).toEqual(['b', 'a'])
})

test('a wrong secret fails nothing for good: the message arrives once it is right', async () => {
  const state = alertState(config)
  state.apply(detection([{}]))
  state.fail(answered(401))
  expect((await state.deliver())[0]?.error).toContain('401')
  state.at('2026-11-21T07:02:00Z')
  await state.deliver()
  expect(state.sent).toHaveLength(1)
})

test('after the last time of the schedule a message has failed', async () => {
  const state = alertState(config)
  state.apply(detection([{}]))
  for (let attempt = 0; attempt < 10; attempt += 1) {
    state.fail(answered(403))
    await state.deliver()
    state.at(new Date(state.now().getTime() + 1441 * 60_000).toISOString())
  }
  expect(deliveryStates(state.database)[0]).toMatchObject({ failed: 1, waiting: 0 })
})

test('a change waits for the earlier message on its incident; others go on', async () => {
  const state = alertState(config)
  state.apply(detection([{ service: 'a' }]))
  state.fail(answered(401))
  await state.deliver()
  state.apply(
    detection([
      {
        service: 'a',
        kinds: [
          ['opened', '2026-11-20'],
          ['escalated', '2026-11-21'],
        ],
      },
      { service: 'b' },
    ]),
  )
  await state.deliver()
  expect(state.sent.map(({ message }) => message.alerts[0]?.series.service)).toEqual(['b'])
  state.at('2026-11-21T07:02:00Z')
  await state.deliver()
  expect(state.sent.map(({ message }) => message.alerts[0]?.change)).toEqual(['opened', 'opened', 'escalated'])
  expect(state.sent[2]?.message.first_receipt).toEqual({ id: state.sent[1]?.message.message_id })
})

test('a claimed message is nobody else’s until the claim runs out', () => {
  const state = alertState(config)
  state.apply(detection([{}]))
  const [pager] = config.channels
  if (pager) planChannel(state.database, pager, config, state.now())
  const claim = (worker: string, now: string, until: string) =>
    claimMessage(state.database, 'pager', { worker, now: `2026-11-21T${now}.000Z`, until: `2026-11-21T${until}.000Z` })
  const first = claim('a', '07:00:00', '07:05:00')
  expect(first).toMatchObject({ attempts: 1, channel: 'pager' })
  expect(claim('b', '07:04:59', '07:09:59')).toBeNull()
  expect(claim('b', '07:05:00', '07:10:00')).toMatchObject({ attempts: 2, message_id: first?.message_id })
  expect(renewClaim(state.database, String(first?.message_id), 'a', '2026-11-21T08:00:00.000Z')).toBe(false)
})

test('a channel that left the configuration is named, its messages stay', async () => {
  const before = alertState(config)
  before.apply(detection([{}]))
  const { deliver } = await import('../../src/notify/deliver.ts')
  const results = await deliver({
    database: before.database,
    config: notifications('channels: []'),
    open: () => Promise.reject(new Error('not called')),
    now: before.now,
    worker: 'w',
    signal: new AbortController().signal,
    random: () => 0,
  })
  expect(results).toEqual([
    { channel: 'pager', delivered: 0, error: 'pager: there is no such channel in the configuration' },
  ])
  expect(deliveryStates(before.database)[0]).toMatchObject({ waiting: 1 })
})

test('every outcome of a delivery is in the audit log, with its channel and incidents', async () => {
  const state = alertState(config)
  state.apply(detection([{}]))
  state.fail(answered(401))
  await state.deliver()
  state.at('2026-11-21T07:02:00Z')
  await state.deliver()
  const log = readAudit(state.database).map(({ actor, action, detail }) => [actor, action, detail['channel'] ?? null])
  expect(log).toEqual([
    ['detection', 'opened', null],
    ['outbox', 'delivery postponed', 'pager'],
    ['outbox', 'delivered', 'pager'],
  ])
})

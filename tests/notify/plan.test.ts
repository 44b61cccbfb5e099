import { expect, test } from 'vitest'
import { isQuiet, nextDigest } from '../../src/notify/quiet-hours.ts'
import { listIncidents } from '../../src/state/incident-store.ts'
import { alertState, detection } from '../support/alert-state.ts'
import { notifications } from '../support/alerts.ts'

const night = { from: '19:00', to: '08:00', weekend: false, even_critical: false }

test.each([
  // Summer time begins on 2026-03-29 at 01:00 UTC: 02:00 is followed by 03:00, the night is an hour shorter.
  ['2026-03-28T17:59:00Z', false],
  ['2026-03-28T18:00:00Z', true],
  ['2026-03-29T05:59:00Z', true],
  ['2026-03-29T06:00:00Z', false],
  // It ends on 2026-10-25 at 01:00 UTC: 02:00 to 03:00 comes twice, the night is an hour longer.
  ['2026-10-24T17:00:00Z', true],
  ['2026-10-25T06:59:00Z', true],
  ['2026-10-25T07:00:00Z', false],
])('quiet from 19:00 to 08:00 in Berlin at %s: %s', (instant, quiet) => {
  expect(isQuiet(night, 'Europe/Berlin', new Date(instant))).toBe(quiet)
})

test('quiet hours inside the skipped hour are over at once, inside the repeated hour they come twice', () => {
  const inGap = { ...night, from: '02:00', to: '03:00' }
  const minutes = (from: string) =>
    Array.from({ length: 180 }, (_, minute) => new Date(Date.parse(from) + minute * 60_000)).filter((at) =>
      isQuiet(inGap, 'Europe/Berlin', at),
    ).length
  expect(minutes('2026-03-29T00:00:00Z')).toBe(0)
  expect(minutes('2026-10-25T00:00:00Z')).toBe(120)
})

test('weekends are quiet by the local day, noon to noon hours within one day', () => {
  const weekend = { ...night, from: '12:00', to: '13:00', weekend: true }
  expect(isQuiet(weekend, 'Pacific/Auckland', new Date('2026-11-20T12:00:00Z'))).toBe(true)
  expect(isQuiet(weekend, 'America/New_York', new Date('2026-11-23T04:59:00Z'))).toBe(true)
  expect(isQuiet(weekend, 'America/New_York', new Date('2026-11-23T05:00:00Z'))).toBe(false)
  expect(isQuiet(weekend, 'America/New_York', new Date('2026-11-23T17:30:00Z'))).toBe(true)
})

test('a digest goes out at its local time on either side of a clock change', () => {
  const daily = { every: 'day', at: '08:00', on: 'monday' } as const
  const at = (since: string) => nextDigest(daily, 'Europe/Berlin', new Date(since)).toISOString()
  expect(at('2026-03-28T12:00:00Z')).toBe('2026-03-29T06:00:00.000Z')
  expect(at('2026-10-24T12:00:00Z')).toBe('2026-10-25T07:00:00.000Z')
  const weekly = { ...daily, every: 'week', on: 'thursday' } as const
  expect(nextDigest(weekly, 'UTC', new Date('2026-11-21T07:00:00Z')).toISOString()).toBe('2026-11-26T08:00:00.000Z')
})

const chat = (more: string) =>
  notifications(`
timezone: Europe/Berlin
channels:
  - { name: chat, type: teams, url_env: H, ${more} }
  - { name: pager, type: pagerduty, routing_key_env: R }
routes: [{ channels: [chat, pager] }]`)

test('in quiet hours people hear of critical alerts only, and of the rest in the morning; systems hear at once', async () => {
  const state = alertState(chat('quiet_hours: { from: "19:00", to: "08:00" }'), '2026-03-28T21:00:00Z')
  state.apply(detection([{ excess: '150.00' }, { excess: '5000.00' }]))
  await state.deliver()
  const heard = () => state.sent.filter(({ channel }) => channel === 'chat').map(({ at }) => at)
  expect(state.sent.filter(({ channel }) => channel === 'pager')).toHaveLength(2)
  expect(heard()).toEqual(['2026-03-28T21:00:00.000Z'])
  state.at('2026-03-29T05:59:00Z')
  await state.deliver()
  expect(heard()).toHaveLength(1)
  state.at('2026-03-29T06:00:00Z')
  await state.deliver()
  expect(heard()).toEqual(['2026-03-28T21:00:00.000Z', '2026-03-29T06:00:00.000Z'])
})

test('beyond the cap of an hour there is one roll-up, the most severe alone; the next hour is free again', async () => {
  const state = alertState(chat('max_per_hour: 3'))
  state.apply(detection([...Array.from({ length: 8 }, () => ({ excess: '25.00' })), { excess: '9000.00' }]))
  await state.deliver()
  const chats = () => state.sent.filter(({ channel }) => channel === 'chat').map(({ message }) => message)
  expect(chats().map(({ kind, alerts }) => [kind, alerts.length])).toEqual([
    ['single', 1],
    ['single', 1],
    ['roll_up', 7],
  ])
  expect(chats()[0]?.alerts[0]?.severity).toBe('critical')
  expect(new Set(chats().flatMap(({ alerts }) => alerts.map(({ incident_id }) => incident_id))).size).toBe(9)
  expect(state.sent.filter(({ channel }) => channel === 'pager')).toHaveLength(9)
  state.apply(detection([{ service: 'late' }]))
  await state.deliver()
  expect(chats()).toHaveLength(3)
  state.at('2026-11-21T08:00:00Z')
  await state.deliver()
  expect(chats().at(-1)).toMatchObject({ kind: 'single', alerts: [{ series: { service: 'late' } }] })
})

test('exactly as many as the cap are told one by one', async () => {
  const state = alertState(chat('max_per_hour: 3'))
  state.apply(detection([{}, {}, {}]))
  await state.deliver()
  expect(state.sent.filter(({ channel }) => channel === 'chat').map(({ message }) => message.kind)).toEqual([
    'single',
    'single',
    'single',
  ])
})

test('a digest collects until its time and is empty on a day without news', async () => {
  const state = alertState(chat('digest: { every: day, at: "09:00" }'), '2026-11-20T12:00:00Z')
  const digests = () => state.sent.filter(({ channel }) => channel === 'chat')
  state.apply(detection([{}, { excess: '9000.00' }]))
  await state.deliver()
  state.at('2026-11-21T07:59:00Z')
  state.apply(detection([{}, {}, {}]))
  await state.deliver()
  expect(digests()).toHaveLength(0)
  state.at('2026-11-21T08:00:00Z')
  await state.deliver()
  expect(digests().map(({ message }) => [message.kind, message.alerts.length])).toEqual([['digest', 3]])
  state.at('2026-11-23T08:00:00Z')
  await state.deliver()
  expect(digests()).toHaveLength(1)
})

const routed = notifications(`
owners: [{ team: payments, owner: jane }, { team: unowned, owner: finops }]
channels:
  - { name: payments, type: pagerduty, routing_key_env: R }
  - { name: finops, type: pagerduty, routing_key_env: R }
  - { name: boss, type: pagerduty, routing_key_env: R }
routes:
  - { severities: [critical], channels: [payments, finops] }
  - { owners: [jane], channels: [payments], escalate_after_hours: 4, escalate_to: [boss] }
  - { teams: [unowned], channels: [finops] }`)

test('the first route that fits decides, by severity, owner and team; what fits none is recorded and not told', async () => {
  const state = alertState(routed)
  state.apply(
    detection([
      { service: 'large', team: 'search', excess: '1000.00' },
      { service: 'owned', team: 'payments' },
      { service: 'nobody', team: '' },
      { service: 'unrouted', team: 'search' },
    ]),
  )
  await state.deliver()
  expect(
    state.sent
      .map(({ channel, message }) => `${channel} ${message.alerts[0]?.series.service} ${message.alerts[0]?.owner}`)
      .toSorted(),
  ).toEqual(['finops large search', 'finops nobody finops', 'payments large search', 'payments owned jane'])
  expect(listIncidents(state.database)).toHaveLength(4)
})

test('what nobody acknowledges goes further after its time, once; what is acknowledged does not', async () => {
  const state = alertState(routed)
  state.apply(detection([{ service: 'a' }, { service: 'b' }]))
  await state.deliver()
  const [first] = listIncidents(state.database).filter(({ series }) => series.service === 'b')
  state.decide({ incident: String(first?.incident_id), action: 'acknowledge', actor: 'jane' })
  const escalated = () => state.sent.filter(({ channel }) => channel === 'boss')
  state.at('2026-11-21T10:59:00Z')
  await state.deliver()
  expect(escalated()).toHaveLength(0)
  state.at('2026-11-21T11:00:00Z')
  await state.deliver()
  await state.deliver()
  state.at('2026-11-23T11:00:00Z')
  await state.deliver()
  expect(escalated().map(({ message }) => [message.alerts[0]?.change, message.alerts[0]?.series.service])).toEqual([
    ['unacknowledged', 'a'],
  ])
})

test('the time to acknowledge does not run while nobody has been told', async () => {
  const config = notifications(`
channels:
  - { name: chat, type: teams, url_env: H, quiet_hours: { from: "19:00", to: "08:00" } }
  - { name: boss, type: pagerduty, routing_key_env: R }
routes: [{ channels: [chat], escalate_after_hours: 2, escalate_to: [boss] }]`)
  const state = alertState(config, '2026-11-20T20:00:00Z')
  state.apply(detection([{}]))
  const passed = async (instant: string) => {
    state.at(instant)
    await state.deliver()
    return state.sent.map(({ channel }) => channel)
  }
  expect(await passed('2026-11-21T07:00:00Z')).toEqual([])
  expect(await passed('2026-11-21T08:00:00Z')).toEqual(['chat'])
  expect(await passed('2026-11-21T09:59:00Z')).toEqual(['chat'])
  expect(await passed('2026-11-21T10:00:00Z')).toEqual(['chat', 'boss'])
})

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { parseDetectConfig } from '../../src/detect/config.ts'
import { incidentId } from '../../src/detect/incident-id.ts'
import { readAudit } from '../../src/state/audit.ts'
import { plan } from '../../src/state/decide.ts'
import { parseDetectionRun } from '../../src/state/detection-run.ts'
import { listIncidents, readIncident } from '../../src/state/incident-store.ts'
import { actionableShare, detectionFeedback, learntVerdicts } from '../../src/state/silence-store.ts'
import { openDatabase } from '../../src/state/sqlite.ts'
import { alertState, detection } from '../support/alert-state.ts'
import { notifications } from '../support/alerts.ts'

const config = notifications(`
channels: [{ name: pager, type: pagerduty, routing_key_env: R }]
routes: [{ channels: [pager] }]`)

const statesOf = (state: ReturnType<typeof alertState>) =>
  listIncidents(state.database).map((one) => [one.series.service, one.state, one.last_day])

test('a run applied twice, and a longer run that repeats it, add each change once', () => {
  const state = alertState(config)
  const short = detection([{ service: 'a' }])
  expect(state.apply(short)).toEqual({ changes: 1, told: 1 })
  expect(state.apply(short)).toEqual({ changes: 0, told: 0 })
  const longer = detection(
    [
      {
        service: 'a',
        kinds: [
          ['opened', '2026-11-20'],
          ['escalated', '2026-11-22'],
        ],
        state: 'resolved',
        last_day: '2026-11-23',
      },
      { service: 'b', onset: '2026-11-23', kinds: [['opened', '2026-11-24']] },
    ],
    '2026-11-24',
  )
  expect(state.apply(longer)).toEqual({ changes: 3, told: 3 })
  expect(state.apply(longer)).toEqual({ changes: 0, told: 0 })
  expect(statesOf(state)).toEqual([
    ['b', 'open', '2026-11-24'],
    ['a', 'resolved', '2026-11-23'],
  ])
})

test('day by day and all at once lead to the same incidents', () => {
  const days = ['2026-11-20', '2026-11-21', '2026-11-22']
  const until = (count: number) =>
    detection(
      days
        .slice(0, count)
        .map((day, number) => ({ service: `s${number}`, onset: day, kinds: [['opened', day]], last_day: day })),
      days[count - 1],
    )
  const [daily, whole] = [alertState(config), alertState(config)]
  for (const count of [1, 2, 3]) daily.apply(until(count))
  whole.apply(until(3))
  expect(listIncidents(daily.database)).toEqual(listIncidents(whole.database))
})

test('an incident is the same in every run, whatever the run calls it', () => {
  const state = alertState(config)
  state.apply(detection([{ service: 'a' }]))
  state.apply(detection([{ service: 'new', onset: '2026-11-19' }, { service: 'a' }]))
  expect(listIncidents(state.database)).toHaveLength(2)
  const series = { provider: 'AWS', account: '1', service: 'a', team: 'payments' }
  expect(listIncidents(state.database).map(({ incident_id }) => incident_id)).toContain(
    incidentId(series, 'up', '2026-11-20'),
  )
})

test('a back-fill is recorded and wakes nobody; what is new in it is told', () => {
  const state = alertState(config)
  const old = { service: 'old', onset: '2026-02-01', kinds: [['opened', '2026-02-01']] } as const
  expect(state.apply(detection([old, { service: 'new' }]), { tell_since: '2026-11-18' })).toEqual({
    changes: 2,
    told: 1,
  })
})

test('evidence that is gone from a complete run retracts its incident, with the reason; when it returns, the incident does', async () => {
  const state = alertState(config)
  state.apply(detection([{ service: 'a' }, { service: 'b' }]))
  state.apply(detection([{ service: 'b' }], '2026-11-21'), { complete_since: '2026-11-01' })
  expect(statesOf(state).toSorted()).toEqual([
    ['a', 'retracted', '2026-11-20'],
    ['b', 'open', '2026-11-21'],
  ])
  const [gone] = listIncidents(state.database, { state: 'retracted' })
  expect(gone?.reason).toBe('its evidence is gone from the data through 2026-11-21')
  await state.deliver()
  expect(state.sent.map(({ message }) => message.alerts[0]?.change)).toEqual(['opened', 'opened', 'retracted'])
  const returned = detection([{ service: 'a' }, { service: 'b' }], '2026-11-22')
  expect(state.apply(returned, { complete_since: '2026-11-01' })).toEqual({ changes: 1, told: 1 })
  expect(state.apply(returned, { complete_since: '2026-11-01' })).toEqual({ changes: 0, told: 0 })
  await state.deliver()
  expect(state.sent.at(-1)?.message.alerts[0]).toMatchObject({ change: 'reopened', series: { service: 'a' } })
})

test('an incident that detection itself has retracted stays so, however often its records are repeated', () => {
  const state = alertState(config)
  const gone = detection([{ service: 'a', state: 'retracted' }])
  state.apply(detection([{ service: 'a' }]))
  expect([state.apply(gone).changes, state.apply(gone).changes]).toEqual([1, 0])
  expect(statesOf(state)).toEqual([['a', 'retracted', '2026-11-20']])
})

test('an empty run changes nothing; a file that is none is refused with its keys', () => {
  const state = alertState(config)
  const empty = { schema: 'costwright-alerts/1', data_through: null, alerts: [], incidents: [] }
  expect(state.apply(empty, { complete_since: '2026-01-01' })).toEqual({ changes: 0, told: 0 })
  expect(() => parseDetectionRun({ ...empty, alerts: [{ series: {} }] }, null)).toThrow(/alerts\.0\.date/)
  expect(() => parseDetectionRun([], null)).toThrow('the alerts: the whole')
})

test('candidates of a run are no incidents', () => {
  const state = alertState(config)
  const document = detection([{}]) as { alerts: object[] }
  const alerts = document.alerts.map((one) => ({ ...one, fired: false, kind: 'candidate', incident_id: null }))
  expect(state.apply({ ...document, alerts, incidents: [] })).toEqual({ changes: 0, told: 0 })
})

test('an expectation absorbs later findings of its scope, and says so; its verdict reaches detection', () => {
  const state = alertState(config)
  state.apply(detection([{ service: 'a' }]))
  const [first] = listIncidents(state.database)
  const scope = { provider: 'AWS', account: '1' }
  state.decide({
    incident: String(first?.incident_id).slice(0, 6),
    action: 'expect',
    actor: 'jane',
    until: '2026-12-31',
    scope,
    note: 'move',
  })
  expect(
    state.apply(
      detection([{ service: 'a' }, { service: 'b', onset: '2026-11-21', kinds: [['opened', '2026-11-21']] }]),
    ),
  ).toEqual({
    changes: 0,
    told: 0,
  })
  const [second] = listIncidents(state.database).filter(({ series }) => series.service === 'b')
  expect(second).toMatchObject({ state: 'expected', until: '2026-12-31' })
  expect(second?.reason).toBe(`expected until 2026-12-31 by jane (incident ${first?.incident_id}): move`)
  const { feedback } = detectionFeedback(state.database)
  expect(feedback).toEqual([
    {
      series: { provider: 'AWS', account: '1', service: 'a', team: 'payments' },
      ...{ date: '2026-11-20', direction: 'up', verdict: 'expected', given_on: '2026-11-21', until: '2026-12-31' },
    },
  ])
  expect(
    parseDetectConfig(detectionFeedback(state.database), { first_date: '2026-01-01' } as never).feedback,
  ).toHaveLength(1)
})

test('a planned change silences its days only', () => {
  const state = alertState(config)
  const scope = { account: '1', service: 'a' }
  const change = {
    scope,
    start: '2026-11-20',
    end: '2026-11-22',
    direction: 'up',
    note: 'load test',
    actor: 'jane',
  } as const
  const now = state.now()
  plan(change, { database: state.database, now })
  const on = (day: string) => state.apply(detection([{ service: 'a', onset: day, kinds: [['opened', day]] }], day)).told
  expect([on('2026-11-19'), on('2026-11-21'), on('2026-11-22')]).toEqual([1, 0, 1])
  expect(detectionFeedback(state.database).planned).toEqual([
    { scope, start: '2026-11-20', end: '2026-11-22', direction: 'up', note: 'load test' },
  ])
  expect(() => plan({ ...change, end: '2026-11-20' }, { database: state.database, now })).toThrow(
    'ends after it starts',
  )
})

test('a mute holds for 180 days, up to twice the excess, and resolving ends it', () => {
  const state = alertState(config)
  state.apply(detection([{ service: 'a' }]))
  const [{ incident_id } = { incident_id: '' }] = listIncidents(state.database)
  expect(state.decide({ incident: incident_id, action: 'mute', actor: 'jane' }).incident.until).toBe('2027-05-20')
  const next = (day: string, excess: string) =>
    state.apply(detection([{ service: 'a', onset: day, kinds: [['opened', day]], excess }], day)).told
  expect([next('2026-12-01', '417.10'), next('2026-12-05', '417.11')]).toEqual([0, 1])
  state.decide({ incident: incident_id, action: 'resolve', actor: 'jane' })
  expect(next('2026-12-10', '100.00')).toBe(1)
})

test('expected for good takes in the incident as it grows and what is alike; what is more than twice as large is told', () => {
  const state = alertState(config)
  state.apply(detection([{ service: 'a' }]))
  const [{ incident_id } = { incident_id: '' }] = listIncidents(state.database)
  state.decide({ incident: incident_id, action: 'expect', actor: 'jane', note: 'new tier' })
  const grown = [
    ['opened', '2026-11-20'],
    ['escalated', '2026-11-22'],
  ] as const
  expect(state.apply(detection([{ service: 'a', kinds: grown }], '2026-11-22')).told).toBe(0)
  const next = (day: string, excess: string) =>
    state.apply(detection([{ service: 'a', onset: day, kinds: [['opened', day]], excess }], day)).told
  expect([next('2026-12-01', '417.10'), next('2026-12-05', '417.11')]).toEqual([0, 1])
  const alike = listIncidents(state.database).find(({ onset }) => onset === '2026-12-01')
  expect(alike).toMatchObject({ state: 'expected', reason: `expected by jane (incident ${incident_id}): new tier` })
})

test('what goes on after the end of a mute is open again and told, once', () => {
  const state = alertState(config)
  state.apply(detection([{ service: 'a' }]))
  const [{ incident_id } = { incident_id: '' }] = listIncidents(state.database)
  state.decide({ incident: incident_id, action: 'mute', actor: 'jane', until: '2026-11-25' })
  const through = (day: string) => state.apply(detection([{ service: 'a', last_day: day }], day)).told
  expect([through('2026-11-24'), through('2026-11-25'), through('2026-11-26')]).toEqual([0, 1, 0])
  expect(readIncident(state.database, incident_id)).toMatchObject({
    ...{ state: 'open', until: null, cycle: 2, reason: 'muted until 2026-11-25, and it goes on' },
  })
})

test('detection learns from what was judged actionable or expected; noise is silenced here, where it is recorded', () => {
  const state = alertState(config)
  state.apply(detection([{}, {}, {}]))
  const ids = listIncidents(state.database).map(({ incident_id }) => incident_id)
  for (const [index, action] of (['acknowledge', 'expect', 'mute'] as const).entries())
    state.decide({ incident: String(ids[index]), action, actor: 'jane' })
  expect(learntVerdicts(state.database).map(({ verdict }) => verdict)).toEqual(['actionable', 'expected'])
})

test('decisions that make no sense are refused and leave no trace', () => {
  const state = alertState(config)
  state.apply(detection([{ service: 'a' }, { service: 'b' }]))
  const [{ incident_id } = { incident_id: '' }] = listIncidents(state.database)
  const before = readAudit(state.database).length
  const refuse = (choice: object, message: string | RegExp) =>
    expect(() => state.decide({ incident: incident_id, action: 'expect', actor: 'jane', ...choice })).toThrow(message)
  refuse({ incident: 'zzz' }, 'no incident has the id zzz')
  refuse({ incident: '' }, 'no incident has the id')
  refuse({ until: '2026-11-21' }, '2026-11-21 is not after today (2026-11-21)')
  refuse({ scope: { account: '2' } }, 'does not hold incident')
  refuse({ action: 'acknowledge', until: '2026-12-31' }, 'acknowledge has neither an end nor a scope')
  expect(readAudit(state.database)).toHaveLength(before)
  expect(detectionFeedback(state.database).feedback).toEqual([])
})

test('the same press of a button twice decides once', () => {
  const state = alertState(config)
  state.apply(detection([{}]))
  const [{ incident_id } = { incident_id: '' }] = listIncidents(state.database)
  const press = {
    incident: incident_id,
    action: 'acknowledge',
    actor: 'slack:jane',
    request_key: 'slack/v0=ab',
  } as const
  expect(state.decide(press).told).toBe(1)
  state.decide({ incident: incident_id, action: 'resolve', actor: 'bob' })
  expect(state.decide(press)).toMatchObject({ incident: { state: 'resolved' }, told: 0 })
  expect(detectionFeedback(state.database).feedback).toHaveLength(1)
})

test('the share of actionable alerts counts the newest verdict on what was told', () => {
  const state = alertState(config)
  expect(actionableShare(state.database, '').share).toBeNull()
  state.apply(detection([{}, {}, {}, {}]))
  const ids = listIncidents(state.database).map(({ incident_id }) => incident_id)
  for (const [index, action] of (['acknowledge', 'acknowledge', 'mute'] as const).entries())
    state.decide({ incident: String(ids[index]), action, actor: 'jane' })
  expect(actionableShare(state.database, '')).toEqual({ told: 4, judged: 3, actionable: 2, share: 2 / 3 })
  state.decide({ incident: String(ids[0]), action: 'resolve', actor: 'jane', verdict: 'noise' })
  expect(actionableShare(state.database, '').actionable).toBe(1)
  expect(actionableShare(state.database, '2026-11-21').told).toBe(0)
})

test('the audit log, events and verdicts cannot be changed or deleted', () => {
  const state = alertState(config)
  state.apply(detection([{}]))
  const [{ incident_id } = { incident_id: '' }] = listIncidents(state.database)
  state.decide({ incident: incident_id, action: 'acknowledge', actor: 'jane' })
  for (const table of ['audit', 'incident_events', 'verdicts']) {
    expect(() => state.database.run(`delete from ${table}`)).toThrow('append-only')
    expect(() => state.database.run(`update ${table} set sequence = sequence`)).toThrow('append-only')
  }
})

test('a database of a newer version is refused, one of this version opens again', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'costwright-state-')), 'deep', 'state.sqlite')
  openDatabase(path).close()
  openDatabase(path).close()
  const raw = new DatabaseSync(path)
  raw.exec('pragma user_version = 999')
  raw.close()
  expect(() => openDatabase(path)).toThrow('was written by a newer costwright')
})

test('a transaction that fails leaves nothing', () => {
  const database = openDatabase(':memory:')
  const insert = "insert into audit (at, actor, action, subject, detail) values ('x', 'x', 'x', 'x', '{}')"
  expect(() =>
    database.transaction(() => {
      database.run(insert)
      throw new Error('halfway')
    }),
  ).toThrow('halfway')
  expect(readAudit(database)).toEqual([])
})

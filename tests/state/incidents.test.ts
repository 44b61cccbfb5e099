import { expect, test } from 'vitest'
import { type Incident, type IncidentEvent, reduce } from '../../src/state/incidents.ts'
import type { Silence } from '../../src/state/silences.ts'
import { finding } from '../support/alerts.ts'

function run(events: readonly (IncidentEvent | [IncidentEvent, readonly Silence[]])[]) {
  let incident: Incident | null = null
  const told = events.map((one) => {
    const [event, silences] = Array.isArray(one) ? one : [one as IncidentEvent, []]
    const outcome = reduce(incident, event, silences)
    if (outcome.refused !== undefined) return outcome.refused
    incident = outcome.incident
    return outcome.change
  })
  return { incident: incident as unknown as Incident, told }
}

const detected = (given: Parameters<typeof finding>[0] = {}): IncidentEvent => ({
  type: 'detected',
  finding: finding(given),
})
const opened = detected()
const escalated = detected({ kind: 'escalated', date: '2026-11-22', detected_on: '2026-11-22', excess: '700.00' })
const later = (date: string, kind: 'opened' | 'reopened' = 'reopened') => detected({ kind, date, detected_on: date })
const acknowledge: IncidentEvent = { type: 'acknowledge', actor: 'jane', on: '2026-11-21', note: null }
const resolve: IncidentEvent = { type: 'resolve', actor: 'jane', on: '2026-11-23', note: 'fixed' }
const expectIt: IncidentEvent = {
  type: 'expect',
  actor: 'jane',
  on: '2026-11-21',
  until: '2026-12-31',
  note: 'load test',
}
const closed = (state: 'resolved' | 'absorbed' | 'retracted', on = '2026-11-25'): IncidentEvent => ({
  ...{ type: 'closed', state, on },
  reason: 'back in range',
})
const silence = (given: Partial<Silence> = {}): Silence => ({
  silence_id: 's',
  kind: 'expected',
  scope: { account: '111122223333' },
  direction: 'up',
  start_date: '2026-11-01',
  end_date: '2026-12-31',
  ceiling: null,
  incident_id: 'feed',
  note: 'load test',
  actor: 'jane',
  ...given,
})

test('a finding opens an incident; the next day of the same one tells nothing', () => {
  expect(run([opened, later('2026-11-21', 'opened')])).toMatchObject({
    told: ['opened', null],
    incident: { state: 'open', opened_on: '2026-11-20', last_day: '2026-11-21', cycle: 1 },
  })
})

test('an escalation is told once, and leaves an acknowledged incident acknowledged', () => {
  expect(run([opened, acknowledge, escalated, escalated])).toMatchObject({
    told: ['opened', 'acknowledged', 'escalated', null],
    incident: { state: 'acknowledged', told_excess: '700.00', actor: 'jane' },
  })
})

test('an escalation to no more than was told is not told', () => {
  const smaller = detected({ kind: 'escalated', date: '2026-11-22', detected_on: '2026-11-22', excess: '208.55' })
  expect(run([opened, smaller]).told).toEqual(['opened', null])
})

test('a resolved incident that returns within two weeks is reopened with its id, later it opens anew', () => {
  expect(run([opened, closed('resolved'), later('2026-12-09')])).toMatchObject({
    told: ['opened', 'resolved', 'reopened'],
    incident: { state: 'open', cycle: 2, opened_on: '2026-11-20', closed_on: null },
  })
  expect(run([opened, closed('resolved'), later('2026-12-10')]).told).toEqual(['opened', 'resolved', 'opened'])
})

test('evidence that was known when it was closed does not reopen it', () => {
  expect(run([opened, resolve, later('2026-11-20', 'opened')])).toMatchObject({
    told: ['opened', 'resolved', null],
    incident: { state: 'resolved', reason: 'fixed' },
  })
})

test('a retracted incident whose evidence returns is open again', () => {
  expect(run([opened, closed('retracted'), later('2026-11-20', 'opened')]).told).toEqual([
    'opened',
    'retracted',
    'reopened',
  ])
})

test('what is expected stays silent inside its scope and time, and says who expected it', () => {
  expect(run([[opened, [silence()]]])).toMatchObject({
    told: [null],
    incident: {
      state: 'expected',
      until: '2026-12-31',
      reason: 'expected until 2026-12-31 by jane (incident feed): load test',
    },
  })
})

test.each([
  ['another account', silence({ scope: { account: '9' } })],
  ['another direction', silence({ direction: 'down' })],
  ['from tomorrow on', silence({ start_date: '2026-11-21' })],
  ['until that day, exclusive', silence({ end_date: '2026-11-20' })],
  ['up to a smaller excess', silence({ kind: 'muted', ceiling: '208.54' })],
])('a silence for %s does not cover it', (_, one) => {
  expect(run([[opened, [one]]]).told).toEqual(['opened'])
})

test('a muted incident is heard again when it is larger than the ceiling', () => {
  const mute: IncidentEvent = { ...expectIt, type: 'mute' }
  const muted = silence({ kind: 'muted', ceiling: '417.10' })
  const larger = detected({ kind: 'escalated', date: '2026-11-23', detected_on: '2026-11-23', excess: '417.11' })
  const equal = detected({ kind: 'escalated', date: '2026-11-22', detected_on: '2026-11-22', excess: '417.10' })
  expect(run([opened, mute, [equal, [muted]], [larger, [muted]]])).toMatchObject({
    told: ['opened', 'muted', null, 'reopened'],
    incident: { state: 'open', cycle: 2 },
  })
})

test('the end of a run closes what runs, and leaves alone what people have closed or silenced', () => {
  expect(run([opened, closed('absorbed')])).toMatchObject({
    told: ['opened', 'absorbed'],
    incident: { state: 'absorbed' },
  })
  expect(run([opened, expectIt, closed('resolved')]).incident.state).toBe('expected')
  expect(run([opened, resolve, closed('absorbed')]).told).toEqual(['opened', 'resolved', null])
  expect(run([opened, expectIt, closed('retracted')]).told).toEqual(['opened', 'expected', 'retracted'])
})

test('a decision that does not fit is refused with the state, a repeated one changes nothing', () => {
  expect(run([opened, resolve, acknowledge]).told[2]).toBe(
    'incident a1b2c3d4e5f60718 is resolved, so it cannot become acknowledged',
  )
  expect(run([acknowledge]).told).toEqual(['there is no such incident'])
  expect(run([opened, acknowledge, acknowledge]).told).toEqual(['opened', 'acknowledged', null])
  expect(run([opened, closed('retracted'), expectIt]).told[2]).toContain('is retracted')
})

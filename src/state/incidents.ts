import { isLarger } from './decimal-order.ts'
import { type Direction, type Scope, type Silence, silenceOf, silenceText } from './silences.ts'

export const incidentStates = [
  'open',
  'acknowledged',
  'expected',
  'muted',
  'resolved',
  'absorbed',
  'retracted',
] as const
export type IncidentState = (typeof incidentStates)[number]

/** A part of the excess, down to where it arose; unknown levels are null. */
export interface Cause {
  readonly account: string | null
  readonly service: string | null
  readonly region: string | null
  readonly usage_type: string | null
  readonly resource: string | null
  /** Decimal text; null when the split is not known. */
  readonly excess: string | null
  readonly is_new: boolean
}

/** What a ratio was and what was expected of it, decimal text: a share of 1, money or hours. */
export interface Measure {
  readonly name: string
  readonly unit: 'share' | 'money' | 'hours'
  readonly actual: string
  readonly expected: string
  /** What the difference costs a day, in the finding's currency. */
  readonly daily: string
}

/** One finding as detection wrote it on its day. Days are `YYYY-MM-DD`, amounts decimal text. */
export interface Detected {
  readonly incident_id: string
  readonly series: Scope
  readonly direction: Direction
  readonly kind: 'opened' | 'escalated' | 'reopened'
  readonly date: string
  readonly detected_on: string
  readonly onset: string
  readonly rule: string
  readonly score: number
  readonly actual: string
  readonly expected: string
  readonly excess: string
  readonly currency: string | null
  /** Of a ratio; cost findings have none. */
  readonly measure?: Measure
  /** Named owner of the spend, from its tags or allocation; null: the configured one of its team. */
  readonly owner: string | null
  readonly causes: readonly Cause[]
}

/** What is known of one incident now. */
export interface Incident extends Omit<Detected, 'kind' | 'date' | 'detected_on'> {
  readonly state: IncidentState
  /** Day of the first finding. */
  readonly opened_on: string
  /** Newest charge day with evidence. */
  readonly last_day: string
  /** Excess of the newest finding that was told or silenced. */
  readonly told_excess: string
  /** 1, and one more with each reopening. */
  readonly cycle: number
  readonly closed_on: string | null
  /** First day on which `expected` or `muted` no longer holds. */
  readonly until: string | null
  readonly reason: string | null
  /** Who took the last decision; null: detection. */
  readonly actor: string | null
}

export type Decision =
  | {
      readonly type: 'acknowledge' | 'resolve'
      readonly actor: string
      readonly on: string
      readonly note: string | null
    }
  | {
      readonly type: 'expect' | 'mute'
      readonly actor: string
      readonly on: string
      readonly until: string | null
      readonly note: string | null
    }

export type IncidentEvent =
  | { readonly type: 'detected'; readonly finding: Detected }
  | { readonly type: 'measured'; readonly last_day: string; readonly excess: string }
  | {
      readonly type: 'closed'
      readonly state: 'resolved' | 'absorbed' | 'retracted' | 'expected'
      readonly on: string
      readonly reason: string | null
    }
  /** The end of a silence has passed, and the deviation has not. */
  | { readonly type: 'lapsed' }
  | Decision

/** What people may be told of. */
export type Change =
  | 'opened'
  | 'escalated'
  | 'reopened'
  | 'acknowledged'
  | 'expected'
  | 'muted'
  | 'resolved'
  | 'absorbed'
  | 'retracted'

/** `refused` says why a decision does not fit the incident's state; `change` is null when there is nothing to tell. */
export type Outcome =
  | { readonly incident: Incident; readonly change: Change | null; readonly refused?: undefined }
  | { readonly refused: string }

/** A closed incident that returns within these days keeps its identity (specs/anomalies.md section 5). */
const reopenWithinDays = 14

const isRunning = (state: IncidentState) => state === 'open' || state === 'acknowledged'
const isClosed = (state: IncidentState) => state === 'resolved' || state === 'absorbed' || state === 'retracted'

/**
 * The next state of an incident, and what people are told of it. No clock, no storage.
 *
 * @param incident the state so far; null before the first finding
 * @param event a finding, the end of a run, or a person's decision
 * @param silences what is expected, muted or planned when the event happens
 *
 * A finding of a silenced series becomes an incident in the state of its silence, with the reason, and is not told.
 */
export function reduce(incident: Incident | null, event: IncidentEvent, silences: readonly Silence[] = []): Outcome {
  if (event.type === 'detected') return found(incident, event.finding, silences)
  if (incident === null) return { refused: 'there is no such incident' }
  if (event.type === 'measured') {
    const { last_day, excess } = event
    return { incident: { ...incident, last_day: laterOf(incident.last_day, last_day), excess }, change: null }
  }
  if (event.type === 'closed') return closed(incident, event)
  if (event.type === 'lapsed') return lapsed(incident)
  return decided(incident, event)
}

function found(incident: Incident | null, finding: Detected, silences: readonly Silence[]): Outcome {
  const { kind, date, detected_on, ...facts } = finding
  const silence = silenceOf(silences, finding)
  if (incident && (!bringsNews(incident, finding) || (silence && !isClosed(incident.state))))
    return { incident: { ...incident, last_day: laterOf(incident.last_day, date) }, change: null }
  const change = changeOf(incident, detected_on)
  const next: Incident = {
    ...facts,
    opened_on: incident?.opened_on ?? detected_on,
    onset: incident?.onset ?? finding.onset,
    last_day: laterOf(incident?.last_day ?? date, date),
    told_excess: finding.excess,
    cycle: (incident?.cycle ?? 0) + (change === 'escalated' ? 0 : 1),
    state: change === 'escalated' && incident ? incident.state : 'open',
    closed_on: null,
    until: null,
    reason: null,
    actor: change === 'escalated' && incident ? incident.actor : null,
  }
  if (!silence) return { incident: next, change }
  const state = silence.kind === 'muted' ? 'muted' : 'expected'
  const said = { until: silence.end_date, reason: silenceText(silence), actor: silence.actor }
  return { incident: { ...next, ...said, state }, change: null }
}

/** A running incident has news when it escalates beyond what was told, any other when its evidence is newer. */
function bringsNews(incident: Incident, finding: Detected): boolean {
  const isLargerNow = isLarger(finding.excess, incident.told_excess)
  if (isRunning(incident.state)) return finding.kind === 'escalated' && isLargerNow
  return incident.state === 'retracted' || finding.date > incident.last_day
}

function changeOf(incident: Incident | null, detectedOn: string): 'opened' | 'escalated' | 'reopened' {
  if (incident === null) return 'opened'
  if (isRunning(incident.state)) return 'escalated'
  if (incident.closed_on === null) return 'reopened'
  return daysBetween(incident.closed_on, detectedOn) <= reopenWithinDays ? 'reopened' : 'opened'
}

function closed(incident: Incident, event: Extract<IncidentEvent, { type: 'closed' }>): Outcome {
  const applies = isRunning(incident.state) || (event.state === 'retracted' && !isClosed(incident.state))
  if (!applies) return { incident, change: null }
  const { state, on, reason } = event
  return {
    incident: { ...incident, state, reason, actor: null, closed_on: state === 'expected' ? null : on },
    change: state,
  }
}

function lapsed(incident: Incident): Outcome {
  const { state, until, cycle, excess } = incident
  if ((state !== 'expected' && state !== 'muted') || until === null) return { incident, change: null }
  const reason = `${state} until ${until}, and it goes on`
  const next = { state: 'open', reason, until: null, actor: null, cycle: cycle + 1, told_excess: excess } as const
  return { incident: { ...incident, ...next }, change: 'reopened' }
}

const decisions = {
  acknowledge: { state: 'acknowledged', from: ['open', 'acknowledged'] },
  resolve: { state: 'resolved', from: ['open', 'acknowledged', 'expected', 'muted', 'resolved'] },
  expect: { state: 'expected', from: ['open', 'acknowledged', 'expected', 'muted', 'resolved', 'absorbed'] },
  mute: { state: 'muted', from: ['open', 'acknowledged', 'expected', 'muted', 'resolved', 'absorbed'] },
} as const

function decided(incident: Incident, decision: Decision): Outcome {
  const { state, from } = decisions[decision.type]
  if (!from.some((one) => one === incident.state))
    return { refused: `incident ${incident.incident_id} is ${incident.state}, so it cannot become ${state}` }
  const until = 'until' in decision ? decision.until : null
  const same = incident.state === state && incident.until === until
  if (same) return { incident, change: null }
  return {
    incident: {
      ...incident,
      state,
      until,
      reason: decision.note,
      actor: decision.actor,
      closed_on: state === 'resolved' ? decision.on : null,
    },
    change: state,
  }
}

const laterOf = (a: string, b: string) => (a > b ? a : b)

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000
}

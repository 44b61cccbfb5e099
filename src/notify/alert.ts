import type { HistoryPoint } from '../state/announcer.ts'
import type { Cause, Change, IncidentState, Measure } from '../state/incidents.ts'
import type { Direction, Scope } from '../state/silences.ts'

export const severities = ['info', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

/** What a message says, whatever channel it goes through. Amounts are decimal text, days `YYYY-MM-DD`. */
export interface Alert {
  readonly incident_id: string
  /** `unacknowledged`: nobody took it in time, so it goes to others as well. */
  readonly change: Change | 'unacknowledged'
  readonly state: IncidentState
  /** ISO instant of the change. */
  readonly at: string
  readonly severity: Severity
  readonly series: Scope
  readonly direction: Direction
  /** null: unknown; amounts are then shown without one. */
  readonly currency: string | null
  readonly actual: string
  readonly expected: string
  readonly expected_low: string | null
  readonly expected_high: string | null
  readonly excess: string
  readonly onset: string
  readonly last_day: string
  readonly rule: string
  /** Of a ratio. */
  readonly measure?: Measure
  /** Largest first. */
  readonly causes: readonly Cause[]
  readonly owner: string
  readonly history: readonly HistoryPoint[]
  readonly chart_url: string | null
  /** Page of the incident; null where no address of the dashboard is configured. */
  readonly url: string | null
  readonly reason: string | null
  readonly actor: string | null
}

/** What people can do on an alert. */
export const actions = [
  { action: 'acknowledge', label: 'Acknowledge' },
  { action: 'expect', label: 'Mark as expected' },
  { action: 'mute', label: 'Mute' },
] as const

export type Action = (typeof actions)[number]['action']

/** Address that opens an incident with an action chosen; nothing happens before the reader confirms it there. */
export function actionUrl(url: string, action: Action): string {
  const target = new URL(url)
  target.searchParams.set('action', action)
  return target.href
}

import { isLarger } from './decimal-order.ts'

export type Direction = 'up' | 'down'

/** A series or a set of them: a dimension that is left out may be anything; `team` is `''` for nobody. */
export interface Scope {
  readonly provider?: string | undefined
  readonly account?: string | undefined
  readonly service?: string | undefined
  readonly team?: string | undefined
  /** A sum of leaves or a ratio, and its value where it has one of its own: `product` and `checkout`. */
  readonly level?: string | undefined
  readonly value?: string | undefined
}

export const scopeKeys = ['provider', 'account', 'service', 'team', 'level', 'value'] as const

/** What keeps later findings from being told: a change that is expected, muted or planned. */
export interface Silence {
  readonly silence_id: string
  readonly kind: 'expected' | 'muted' | 'planned'
  readonly scope: Scope
  /** null: both. */
  readonly direction: Direction | null
  /** First and last-exclusive charge day, `YYYY-MM-DD`; no end: for good. */
  readonly start_date: string
  readonly end_date: string | null
  /** Largest excess that stays silent, decimal text; null: any. What is expected may grow beyond it in its own incident. */
  readonly ceiling: string | null
  /** The incident that it was decided on; null for planned changes. */
  readonly incident_id: string | null
  readonly note: string | null
  readonly actor: string
}

/** What a silence is held against. */
export interface Deviation {
  readonly incident_id: string
  readonly series: Scope
  readonly direction: Direction
  /** Charge day of the evidence. */
  readonly date: string
  /** Actual less expected, decimal text. */
  readonly excess: string
}

/** Whether every series of `inner` lies in `outer`. */
export function isWithin(inner: Scope, outer: Scope): boolean {
  return scopeKeys.every((key) => outer[key] === undefined || inner[key] === outer[key])
}

/** The first silence that covers a deviation, or undefined. */
export function silenceOf(silences: readonly Silence[], deviation: Deviation): Silence | undefined {
  return silences.find(
    (silence) =>
      isWithin(deviation.series, silence.scope) &&
      (silence.direction === null || silence.direction === deviation.direction) &&
      deviation.date >= silence.start_date &&
      (silence.end_date === null || deviation.date < silence.end_date) &&
      (silence.ceiling === null || isOwn(silence, deviation) || !isLarger(deviation.excess, silence.ceiling)),
  )
}

const isOwn = ({ kind, incident_id }: Silence, deviation: Deviation) =>
  kind === 'expected' && incident_id === deviation.incident_id

/** `'expected until 2026-12-31 by jane: migration'` */
export function silenceText({ kind, end_date, actor, note, incident_id }: Silence): string {
  const until = end_date === null ? '' : ` until ${end_date}`
  const about = incident_id === null ? '' : ` (incident ${incident_id})`
  return `${kind}${until} by ${actor}${about}${note === null ? '' : `: ${note}`}`
}

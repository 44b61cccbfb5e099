import type { Calendar } from './calendar.ts'
import type { Settings } from './settings.ts'

export type Kind =
  | 'steady'
  | 'compute'
  | 'business'
  | 'bursty'
  | 'storage'
  | 'batch'
  | 'month_end'
  | 'sparse'
  | 'adoption'
  | 'fee'
  | 'support'
  | 'marketplace'
  | 'tax'

/** A cost line inside a leaf: one region, usage type and charge category. `cost` is in currency units a day, index = day. */
export interface Cell {
  readonly region: string
  readonly usage_type: string
  readonly charge_category: string
  readonly cost: Float64Array
}

export interface Leaf {
  readonly id: number
  readonly provider: string
  readonly account: string
  readonly service: string
  readonly team: string
  readonly kind: Kind
  /** Typical cost of an active day, in currency units. */
  readonly level: number
  readonly cells: Cell[]
}

export type EventType =
  | 'spike'
  | 'multi_day'
  | 'level'
  | 'ramp'
  | 'weekend'
  | 'drop'
  | 'lapse'
  | 'fee_jump'
  | 'new_service'
  | 'credit_end'

/** A labelled event. Days are indices; `end` and `window_end` are inclusive. A hit lies on one of `leaves`, in `direction`, in the window. */
export interface Label {
  readonly id: string
  readonly type: EventType
  readonly direction: 'up' | 'down'
  readonly leaves: readonly number[]
  readonly start: number
  readonly end: number
  readonly window_end: number
  /** Last day of the aftermath: records between `window_end` and it count neither way. */
  readonly quiet_until: number
  /** The leaf and cell that carry the largest excess. */
  readonly root: { readonly leaf: number; readonly region: string; readonly usage_type: string }
  /** Planted change in currency units, from `start` on, at most 30 days. */
  readonly excess: readonly number[]
  readonly new_cell: boolean
}

export type LookAlike =
  | 'retag'
  | 'refund'
  | 'tiny_birth'
  | 'gap'
  | 'purchase'
  | 'saving'
  | 'masking'
  | 'holiday'
  | 'fee'
  | 'tax'
  | 'birth_planned'

/** Something that resembles an event. `judged` false: records on it count neither way. */
export interface Distractor {
  readonly type: LookAlike
  readonly leaves: readonly number[]
  readonly start: number
  readonly end: number
  readonly judged: boolean
}

export interface World {
  readonly seed: number
  readonly mode: 'anomaly' | 'forecast'
  readonly settings: Settings
  readonly calendar: Calendar
  readonly holidays: readonly number[]
  readonly leaves: Leaf[]
  readonly labels: Label[]
  readonly distractors: Distractor[]
  /** Days that carry no row at all, by account. */
  readonly gaps: { readonly account: string; readonly day: number }[]
  /** Forecast worlds: last known days. */
  readonly origins: readonly number[]
}

import type { Change, Incident } from './incidents.ts'

/** What is added to the facts of the incident in its message. */
export interface Context {
  /** The last days' amounts, oldest first; empty when they are not at hand. */
  readonly history: readonly HistoryPoint[]
  readonly expected_low: string | null
  readonly expected_high: string | null
}

export interface HistoryPoint {
  readonly date: string
  /** Decimal text; null when the day is unknown. */
  readonly actual: string | null
  readonly low: string | null
  readonly high: string | null
}

export const noContext: Context = { history: [], expected_low: null, expected_high: null }

/** Who hears of a change, and in what words. State keeps the answer as it was when the change happened. */
export interface Announcer {
  /** Channels that news of an incident goes to: opened, escalated, reopened. */
  route(incident: Incident): readonly string[]
  /** Whether a channel that was told of an incident also hears of this further change of its state. */
  follows(channel: string, change: Change): boolean
  /** The message's content as JSON. */
  alert(incident: Incident, change: Change, context: Context, at: string): object
}

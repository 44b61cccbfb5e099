import type { Alert } from './alert.ts'

/** One message as the outbox hands it over. The same message keeps its id and its alerts through every attempt. */
export interface Message {
  /** Idempotency key: letters, digits and dashes, 32 characters. */
  readonly message_id: string
  readonly kind: 'single' | 'digest' | 'roll_up'
  /** One for `single`; of the digest's day or of the roll-up otherwise, in order. */
  readonly alerts: readonly Alert[]
  /** ISO instant at which the message was made. */
  readonly created_at: string
  /** Whether an earlier attempt began: it may have arrived. */
  readonly repeated: boolean
  /** What the channel answered to the first message on the incident; null for the first, and for several incidents. */
  readonly first_receipt: Receipt | null
}

/** What the channel needs to find a message again; kept as JSON, no secrets. */
export type Receipt = Readonly<Record<string, string>>

/** One channel. Delivering throws when the message was not taken; the outbox then tries again. */
export interface Notifier {
  /** Its name in the configuration. */
  readonly name: string
  /**
   * What the receiver makes of a message that is delivered twice (a process died before it could note the first):
   * `once`: the second is recognised and dropped; `same_key`: it arrives twice, with the same key.
   */
  readonly repeats: 'once' | 'same_key'
  /** `news`: opened, escalated and reopened only; `states`: also acknowledged, expected, muted, resolved, absorbed, retracted. */
  readonly takes: 'news' | 'states'
  deliver(message: Message, signal: AbortSignal): Promise<Receipt>
}

import type { Fault, FaultServer } from '../fakes/fault-server.ts'

/** `first` is what there is at first; in `second` the month March 2026 was restated, with more in it. */
export type State = 'first' | 'second'

/** Costs of the charges by billing month. */
export const amounts: Readonly<Record<State, Readonly<Record<string, readonly string[]>>>> = {
  first: { '2026-02': ['1.25', '2.50', '3'], '2026-03': ['10', '20.01'] },
  second: { '2026-02': ['1.25', '2.50', '3'], '2026-03': ['10', '20.01', '12.5'] },
}

/** Σ of `amounts` by billing month. */
export const truth: Readonly<Record<State, Readonly<Record<string, string>>>> = {
  first: { '2026-02': '6.75', '2026-03': '30.01' },
  second: { '2026-02': '6.75', '2026-03': '42.51' },
}

/** A provider that a source collects from, behind the real SDK, and all that can go wrong with it. */
export interface FaultWorld {
  readonly server: FaultServer
  /** The source as in costwright.yaml, and the variables that it names. */
  readonly source: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
  /** Puts the deliveries of a state there; mends what `spoil` broke. */
  put(state: State): void
  /** Changes upstream that the provider or its users make while a collection runs: they are mended by `put`. */
  readonly spoil: Readonly<Record<string, () => void>>
  /** A spoilt state in which a month is rightly not there. */
  readonly vanishes?: boolean
  /** A refusal in the provider's words, which repeat secrets where they may. */
  refusal(status: number, headers: Readonly<Record<string, string>>): Fault
  /** Only a table of control totals is collected, no charges. */
  readonly totals?: boolean
  readonly secrets: readonly string[]
  close(): Promise<void>
}

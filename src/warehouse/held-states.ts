import type { Warehouse } from './warehouse.ts'

/** The states of the data that are open: a file may be swept away by a later build, an open state stays readable. */
export interface HeldStates {
  /** A connection of the caller's own to a state that he uses. */
  connect(state: string): Promise<Warehouse>
}

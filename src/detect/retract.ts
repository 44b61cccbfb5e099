import type { Incident, IncidentBook } from './incidents.ts'
import type { State } from './state.ts'
import { expected } from './unit.ts'

/** Share of an incident's excess below which its evidence has vanished. */
const vanished = 0.25

/**
 * Closes incidents whose evidence a late row took away: rows of a morning touched their leaf, and what is visible now leaves less
 * than a quarter of the excess that was told. Alerts already written stay.
 */
export function retractVanished(
  state: State,
  book: IncidentBook,
  touched: ReadonlyMap<number, number>,
  asOf: string,
): void {
  if (touched.size === 0) return
  for (const incident of book.all) {
    const oldest = touched.get(incident.leaf)
    if (oldest === undefined || oldest > incident.lastDay || incident.state === 'retracted') continue
    if (remaining(state, incident) >= vanished * incident.excess) continue
    incident.state = 'retracted'
    incident.reason = `rows that became visible on ${asOf} took the evidence away`
  }
}

function remaining(state: State, { unit, onset, lastDay, direction }: Incident): number {
  let sum = 0
  for (let t = onset; t <= lastDay; t++) sum += (unit.raw[t] as number) - expected(unit, t, onset - 1, state.monday)
  return direction === 'up' ? sum : -sum
}

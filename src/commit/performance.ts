import { marginal } from './breakpoints.ts'
import type { Demand } from './demand.ts'

/** What a commitment did over some hours, in currency units; statistics, see outcome.ts for exact amounts. */
export interface Performance {
  readonly on_demand: number
  readonly covered: number
  readonly used: number
  readonly paid: number
}

/** Applies `commitment` (discounted currency units an entry) to the entries `from` to `to`, exclusive. */
export function performanceOf(demand: Demand, commitment: number, from = 0, to = demand.hours): Performance {
  const { starts, priced, listed } = demand
  const sum = { on_demand: 0, covered: 0, used: 0, paid: commitment * (to - from) }
  for (let hour = from; hour < to; hour++) {
    const start = starts[hour] as number
    const end = starts[hour + 1] as number
    if (end === start) continue
    const row = marginal(priced, start, end, commitment)
    const before = row > start ? (priced[row - 1] as number) : 0
    const covered = row > start ? (listed[row - 1] as number) : 0
    sum.on_demand += listed[end - 1] as number
    sum.covered += covered
    sum.used += before
    if (row === end) continue
    const taken = commitment - before
    sum.used += taken
    sum.covered += (taken / ((priced[row] as number) - before)) * ((listed[row] as number) - covered)
  }
  return sum
}

/** Net savings of a performance: on-demand cost replaced, less the whole commitment. */
export function savingsOf({ covered, paid }: Performance): number {
  return covered - paid
}

import type { Candidate } from './candidate.ts'
import type { State } from './state.ts'
import { expected, type Unit } from './unit.ts'

export interface Share {
  readonly cell: number
  /** Actual minus expected over the window, in units of 10^-scale. */
  readonly excess: number
}

/** Splits what leaves did over a window, against the expectation frozen before it, over their cells; largest in the direction first. */
export function splitOverCells(
  state: State,
  leaves: readonly number[],
  { onset, day, direction }: Pick<Candidate, 'onset' | 'day' | 'direction'>,
): Share[] {
  const sign = direction === 'up' ? 1 : -1
  return leaves
    .flatMap((leaf) => state.cellsOf[leaf] ?? [])
    .map((cell) => ({ cell, excess: cellExcess(state, cell, onset, day) }))
    .filter(({ excess }) => excess !== 0)
    .sort((a, b) => sign * (b.excess - a.excess) || a.cell - b.cell)
}

function cellExcess(state: State, cell: number, onset: number, day: number): number {
  const unit = state.cells[cell] as Unit
  if (unit.first < 0) return 0
  let sum = 0
  for (let t = onset; t <= day; t++) {
    if (unit.gap[t] !== 1) sum += (unit.x[t] as number) - expected(unit, t, onset - 1, state.monday)
  }
  return sum
}

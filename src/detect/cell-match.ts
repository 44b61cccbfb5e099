import type { Candidate } from './candidate.ts'
import type { State } from './state.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'

/** How far two sets of leaves moved against each other in the same regions and usage types; amounts in units, all positive. */
export interface CellMatch {
  /** Share of the own movement in cells in which the others moved the other way, and both amounts there with their spreads. */
  readonly share: number
  readonly mine: number
  readonly theirs: number
  readonly mineNoise: number
  readonly theirsNoise: number
  /** Cosine of the two movements over the cells that both have. */
  readonly likeness: number
  /** Cells that are new on one side, and the cosine of their amounts with what those cells usually cost on the other. */
  readonly bornCells: number
  readonly bornMix: number
  /** Whether nothing but new cells rose; what those that the other side had gained, by what they lost there; and that by what they cost. */
  readonly isAllBorn: boolean
  readonly bornRatio: number
  readonly bornFall: number
}

export interface CellMove {
  sum: number
  variance: number
  usual: number
  actual: number
}

/** Compares a candidate's leaf, which moved by `total`, with other leaves over the candidate's window. */
export function matchCells(state: State, candidate: Candidate, total: number, others: readonly number[]): CellMatch {
  const own = cellMoves(state, [candidate.unit.leaf], candidate)
  const other = cellMoves(state, others, candidate)
  const sign = Math.sign(total)
  let theirSquares = 0
  const both = { mine: 0, theirs: 0, mineVariance: 0, theirsVariance: 0, product: 0 }
  for (const [name, move] of own) {
    const opposite = other.get(name)
    if (!opposite) continue
    theirSquares += opposite.sum ** 2
    both.product -= move.sum * opposite.sum
    if (Math.sign(opposite.sum) !== -sign || Math.sign(move.sum) !== sign) continue
    both.mine += Math.abs(move.sum)
    both.theirs += Math.abs(opposite.sum)
    both.mineVariance += move.variance
    both.theirsVariance += opposite.variance
  }
  const [risers, fallers] = sign > 0 ? [own, other] : [other, own]
  return {
    share: both.mine / Math.abs(total),
    mine: both.mine,
    theirs: both.theirs,
    mineNoise: Math.sqrt(both.mineVariance),
    theirsNoise: Math.sqrt(both.theirsVariance),
    likeness: both.product / Math.max(1e-9, lengthOf(own) * Math.sqrt(theirSquares)),
    ...bornLike(risers, fallers),
  }
}

function lengthOf(moves: Map<number, CellMove>): number {
  let squares = 0
  for (const { sum } of moves.values()) squares += sum ** 2
  return Math.sqrt(squares)
}

/** Whether every cell that rose is new and their mix is that of the faller's usual cost. */
function bornLike(risers: Map<number, CellMove>, fallers: Map<number, CellMove>) {
  let product = 0
  let cells = 0
  let squares = 0
  let isAllBorn = true
  const source = { gained: 0, lost: 0, usual: 0 }
  for (const [name, move] of risers) {
    if (!(move.actual > 0)) continue
    if (move.usual !== 0) {
      isAllBorn = false
      continue
    }
    squares += move.actual ** 2
    const from = fallers.get(name)
    if (!from || !(from.usual > 0)) continue
    cells++
    product += move.actual * from.usual
    source.gained += move.actual
    source.lost -= from.sum
    source.usual += from.usual
  }
  if (cells === 0) return { bornCells: 0, bornMix: 0, isAllBorn, bornRatio: 0, bornFall: 0 }
  const usual = Math.hypot(...[...fallers.values()].map((move) => move.usual))
  return {
    bornCells: cells,
    bornMix: product / Math.max(1e-9, Math.sqrt(squares) * usual),
    isAllBorn,
    bornRatio: source.lost > 0 ? source.gained / source.lost : 0,
    bornFall: source.lost / source.usual,
  }
}

function cellMoves(state: State, leaves: readonly number[], window: Candidate): Map<number, CellMove> {
  const [leaf] = leaves
  if (leaf === undefined || leaves.length > 1) return readCells(state, leaves, window)
  const key = windowKey(leaf, window)
  const known = state.dayMoves.cells.get(key) ?? readCells(state, leaves, window)
  state.dayMoves.cells.set(key, known)
  return known
}

/** A cell that began up to this many days before a window is still new in it. */
const justBefore = 4

function readCells(state: State, leaves: readonly number[], { onset, day }: Candidate): Map<number, CellMove> {
  const out = new Map<number, CellMove>()
  for (const leaf of leaves) {
    for (const cell of state.cellsOf[leaf] ?? []) {
      const unit = state.cells[cell] as Unit
      if (unit.first < 0 || unit.kind !== 'usage') continue
      const name = state.cellName[cell] as number
      const move = out.get(name) ?? { sum: 0, variance: 0, usual: 0, actual: 0 }
      out.set(name, move)
      const isBorn = unit.first > tuning.warmup && unit.first > onset - justBefore
      let usual = 0
      for (let t = onset; t <= day; t++) {
        const base = isBorn ? 0 : expected(unit, t, onset - 1, state.monday)
        move.actual += unit.x[t] as number
        move.sum += (unit.x[t] as number) - base
        usual += base
      }
      move.usual += usual
      move.variance += (unit.sigma * usual) ** 2 / (day - onset + 1)
    }
  }
  return out
}

/** Names a leaf and a window that ends on the day that is judged. */
export const windowKey = (leaf: number, { onset, day }: Pick<Candidate, 'onset' | 'day'>) =>
  leaf * 1024 + Math.min(1023, day - onset)

import type { Candidate } from './candidate.ts'
import { type CellMatch, matchCells, windowKey } from './cell-match.ts'
import type { State } from './state.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'

/**
 * The leaves from or to which a candidate's cost moved, or null: a re-tag, an account move or a rename. A partner differs in one of
 * account, service and team and moved the other way, by the same amount, since the same day; in the long form in the same regions
 * and usage types. Partners are tried one by one, then all teams of the account and service together.
 */
export function transferPartners(state: State, candidate: Candidate): readonly number[] | null {
  const { leaf } = candidate.unit
  const own = movement(state, leaf, candidate)
  if (own.sum === 0) return null
  for (const other of state.siblingsOf(leaf)) if (matches(state, candidate, own, [other])) return [other]
  for (const other of state.siblingsOf(leaf)) if (tookOver(state, candidate, other)) return [other]
  for (const other of state.kinOf(leaf)) if (isExact(state, candidate, own, other)) return [other]
  const group = (state.groups[state.groupOf[leaf] as number]?.leaves ?? []).filter((other) => other !== leaf)
  return group.length > 1 && matches(state, candidate, own, group) ? group : null
}

export interface Movement {
  /** Excess over the window and its usual spread, in units; and the expectation. */
  readonly sum: number
  readonly noise: number
  readonly usual: number
}

function movement(state: State, leaf: number, window: Candidate): Movement {
  const key = windowKey(leaf, window)
  const known = state.dayMoves.leaves.get(key) ?? readLeaf(state, leaf, window)
  state.dayMoves.leaves.set(key, known)
  return known
}

function readLeaf(state: State, leaf: number, { onset, day }: Candidate): Movement {
  const unit = state.usage[leaf] as Unit
  let sum = 0
  let usual = 0
  for (let t = onset; t <= day; t++) {
    if (unit.gap[t] === 1) continue
    const base = expected(unit, t, onset - 1, state.monday)
    sum += (unit.x[t] as number) - base
    usual += base
  }
  return { sum, usual, noise: (unit.sigma * usual) / Math.sqrt(day - onset + 1) }
}

const ended = 0.1

function matches(state: State, candidate: Candidate, own: Movement, others: readonly number[]): boolean {
  let sum = 0
  let usual = 0
  let variance = 0
  for (const other of others) {
    const moved = movement(state, other, candidate)
    sum += moved.sum
    usual += moved.usual
    variance += moved.noise ** 2
  }
  if (sum === 0 || Math.sign(sum) === Math.sign(own.sum)) return false
  if (!state.input.long) return sameAmount(own, sum, variance)
  const isEnd = usual > 0 && usual + sum <= ended * usual
  const match = matchCells(state, candidate, own.sum, others)
  return sameCells(match, isEnd, isLate(state, candidate)) || isHandedOver(match, candidate)
}

/** Whether one of two leaves ended for good on the day on which the other, made of the same cells, began: amounts may be a month end's. */
function tookOver(state: State, { unit, onset, day }: Candidate, other: number): boolean {
  if (!state.input.long) return false
  const [own, that] = [state.usage[unit.leaf] as Unit, state.usage[other] as Unit]
  const [ended, born] = own.first > that.first ? [that, own] : [own, that]
  if (ended.first < 0 || born.first < onset - 1 || born.first > day || born.first - ended.first < 28) return false
  for (let t = born.first; t <= day; t++) if ((ended.x[t] as number) > 0) return false
  const names = new Set(usageNames(state, ended.leaf))
  const began = usageNames(state, born.leaf)
  if (began.length === 0 || began.some((name) => !names.has(name))) return false
  const [lost, got] = [largestOf(ended, born.first - 35, born.first - 1), largestOf(born, born.first, day)]
  return got <= 1.5 * lost && got >= 0.2 * (ended.level[born.first - 1] as number)
}

function usageNames(state: State, leaf: number): number[] {
  return (state.cellsOf[leaf] ?? []).flatMap((cell) => {
    const unit = state.cells[cell] as Unit
    return unit.kind === 'usage' && unit.first >= 0 ? [state.cellName[cell] as number] : []
  })
}

function largestOf({ x }: Unit, from: number, to: number): number {
  let largest = 0
  for (let t = Math.max(0, from); t <= to; t++) largest = Math.max(largest, x[t] as number)
  return largest
}

/** Of leaves that differ in more than one name: the same cells, the same mix, the same amount, all of it far above the noise. */
function isExact(state: State, candidate: Candidate, own: Movement, other: number): boolean {
  if (!state.input.long || candidate.score < tuning.cut) return false
  const moved = movement(state, other, candidate)
  if (Math.abs(moved.sum + own.sum) > 0.06 * Math.abs(own.sum) || Math.abs(moved.sum) < 6 * moved.noise) return false
  const { share, likeness, mine, theirs } = matchCells(state, candidate, own.sum, [other])
  return share >= 0.95 && likeness >= 0.97 && Math.abs(theirs - mine) <= 0.06 * mine
}

/** Without regions and usage types the amounts alone must agree, closely and clearly. */
function sameAmount(own: Movement, sum: number, variance: number): boolean {
  const size = Math.abs(own.sum)
  if (size < 1.5 * own.noise || Math.abs(sum) < 4 * Math.sqrt(variance)) return false
  const room = Math.min(1.5 * Math.hypot(own.noise, Math.sqrt(variance)), 0.15 * size)
  return Math.abs(sum + own.sum) <= 0.08 * size + room
}

const isLate = (state: State, { unit, day }: Candidate) => state.usage[unit.leaf]?.partial[day] === 1

/** Whether a new leaf, or a cell new to one, holds what the same cells of the other lost: too much of them to be noise. */
function isHandedOver({ isAllBorn, bornCells, bornMix, bornRatio, bornFall }: CellMatch, { rule }: Candidate): boolean {
  if (!isAllBorn && rule !== 'new_usage') return false
  if (isAllBorn && bornCells >= 3 && bornMix >= 0.85 && bornRatio > 0.3 && bornRatio < 3.3) return true
  return bornCells > 0 && bornMix >= 0.9 && bornFall >= 0.35 && bornRatio > 0.4 && bornRatio < 2.5
}

/** The same mix of cells and roughly the amount, or mostly the same cells and closely the amount. */
function sameCells(match: CellMatch, isEnd: boolean, late: boolean): boolean {
  const { share, likeness, mine, theirs, mineNoise, theirsNoise } = match
  const ratio = theirs / mine
  const clear = theirs / Math.max(theirsNoise, 1e-9)
  if (late && match.bornMix >= 0.9 && ratio > 0.1 && ratio < 10) return true
  if (match.bornMix >= 0.95 && match.bornCells >= 2 && ratio > 0.2 && ratio < 5) return true
  if (share >= 0.85 && likeness >= 0.9 && ratio > 0.4 && ratio < 2.5 && (clear > 2.5 || isEnd)) return true
  const room = Math.min(3 * Math.hypot(mineNoise, theirsNoise), 0.3 * mine)
  return share >= 0.7 && likeness >= 0.7 && clear > 3 && Math.abs(theirs - mine) <= (late ? 0.5 : 0.15) * mine + room
}

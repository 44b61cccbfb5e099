import type { Candidate } from './candidate.ts'
import type { State } from './state.ts'
import { expected, type Unit } from './unit.ts'

/**
 * The leaves from or to which a candidate's cost moved, or null: a re-tag, an account move or a rename. A partner differs in one of
 * account, service and team; it moved the other way by the same amount since the same day; in the long form the same regions and
 * usage types moved. Partners are tried one by one, then all teams of the account and service together.
 */
export function transferPartners(state: State, candidate: Candidate): readonly number[] | null {
  const { leaf } = candidate.unit
  const own = movement(state, leaf, candidate)
  if (Math.abs(own.sum) < 3 * own.noise * 0.5) return null
  const siblings = siblingsOf(state, leaf)
  for (const other of siblings) if (matches(state, candidate, own, [other])) return [other]
  const group = (state.groups[state.groupOf[leaf] as number]?.leaves ?? []).filter((other) => other !== leaf)
  if (group.length > 1 && matches(state, candidate, own, group)) return group
  return null
}

function siblingsOf(state: State, leaf: number): number[] {
  const { leaves } = state.input
  const own = leaves[leaf]
  const same = (other: number) => {
    const that = leaves[other]
    return (
      Number(own?.account === that?.account) + Number(own?.service === that?.service) + Number(own?.team === that?.team)
    )
  }
  return (state.providers[state.providerOf[leaf] as number] ?? []).filter(
    (other) => other !== leaf && same(other) === 2,
  )
}

interface Movement {
  /** Excess over the window, in units; and its usual spread. */
  readonly sum: number
  readonly noise: number
  readonly window: number
  readonly frozen: number
}

function movement(state: State, leaf: number, { onset, day }: Candidate): Movement {
  const unit = state.usage[leaf] as Unit
  let sum = 0
  let noise = 0
  for (let t = onset; t <= day; t++) {
    if (unit.gap[t] === 1) continue
    const base = expected(unit, t, onset - 1, state.monday)
    sum += (unit.x[t] as number) - base
    noise += unit.sigma * base
  }
  const days = day - onset + 1
  return { sum, noise: noise / Math.sqrt(days), window: days, frozen: onset - 1 }
}

function matches(state: State, candidate: Candidate, own: Movement, others: readonly number[]): boolean {
  let sum = 0
  let variance = 0
  for (const other of others) {
    const moved = movement(state, other, candidate)
    sum += moved.sum
    variance += moved.noise ** 2
  }
  if (sum === 0 || Math.sign(sum) === Math.sign(own.sum)) return false
  const noise = Math.hypot(own.noise, Math.sqrt(variance))
  const distance = Math.abs(sum + own.sum)
  if (!state.input.long)
    return distance <= shortTolerance * Math.abs(own.sum) + 1.5 * noise && Math.abs(sum) > 3 * Math.sqrt(variance)
  const { matched, likeness } = cellMatch(state, candidate, own, others)
  const ratio = Math.abs(sum / own.sum)
  if (matched >= 0.85 && likeness >= 0.9 && ratio < 2.5 && ratio > 0.4 && Math.abs(sum) > 2 * Math.sqrt(variance))
    return true
  const late = state.usage[candidate.unit.leaf]?.partial[candidate.day] === 1 ? 0.35 : 0
  return matched >= 0.7 && distance <= (longTolerance + late) * Math.abs(own.sum) + 3 * noise
}

const shortTolerance = 0.08
const longTolerance = 0.15

/**
 * How far what rose and what fell are the same regions, usage types and categories: the share of the own movement that lies in
 * cells in which the others moved the other way, and the cosine of the two movements over the cells.
 */
function cellMatch(state: State, { unit, onset, day }: Candidate, own: Movement, others: readonly number[]) {
  const mine = cellMoves(state, [unit.leaf], onset, day)
  const theirs = cellMoves(state, others, onset, day)
  const sign = Math.sign(own.sum)
  let matched = 0
  let product = 0
  for (const [name, moved] of mine) {
    const opposite = theirs.get(name) ?? 0
    product -= moved * opposite
    if (Math.sign(opposite) === -sign && Math.sign(moved) === sign) matched += Math.abs(moved)
  }
  const lengthOf = (moves: Map<string, number>) => Math.hypot(...moves.values())
  return { matched: matched / Math.abs(own.sum), likeness: product / (lengthOf(mine) * lengthOf(theirs)) }
}

function cellMoves(state: State, leaves: readonly number[], onset: number, day: number): Map<string, number> {
  const out = new Map<string, number>()
  for (const leaf of leaves) {
    for (const cell of state.cellsOf[leaf] ?? []) {
      const unit = state.cells[cell] as Unit
      const names = state.input.cells[cell]
      if (unit.first < 0 || unit.kind !== 'usage' || !names) continue
      let sum = 0
      for (let t = onset; t <= day; t++) sum += (unit.x[t] as number) - expected(unit, t, onset - 1, state.monday)
      const name = `${names.region}\u0000${names.usage_type}`
      out.set(name, (out.get(name) ?? 0) + sum)
    }
  }
  return out
}

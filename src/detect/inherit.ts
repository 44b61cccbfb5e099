import type { Finding } from './judge.ts'
import type { State } from './state.ts'
import { expected, ownLumps, type Unit } from './unit.ts'

/**
 * Joins histories after a re-tag: the leaf that rose takes over the share of the other's past that came to it, the one that fell
 * keeps the rest. Both then go on as if it had always been so; recorded amounts of days from the onset on do not change.
 */
export function joinHistories(state: State, finding: Finding): void {
  const { leaf, partners, direction, onset, day } = finding
  const [risers, fallers] = direction === 'up' ? [[leaf], partners] : [partners, [leaf]]
  if (risers.length !== 1) return
  const riser = risers[0] as number
  for (const faller of fallers) {
    const pair = `${faller}/${riser}`
    if (onset - (state.joined.get(pair) ?? -100) < 45) continue
    const share = movedShare(state, faller, onset, day)
    if (share < 0.02) continue
    state.joined.set(pair, day)
    state.monthlyUsage.forget()
    moveBetweenGroups(state, faller, riser, share, onset)
    move(state.usage[faller] as Unit, state.usage[riser] as Unit, share, onset)
    for (const cell of state.cellsOf[faller] ?? []) {
      const twin = (state.cellsOf[riser] ?? []).find((other) => sameName(state, cell, other))
      if (twin === undefined) continue
      const of = state.cells[cell] as Unit
      move(of, state.cells[twin] as Unit, cellShare(state, of, share, { onset, day }), onset)
    }
  }
}

function movedShare(state: State, leaf: number, onset: number, day: number): number {
  return shareGone(state, state.usage[leaf] as Unit, { onset, day }) ?? 0
}

/** A cell may have moved more or less than its leaf: its own share where that is clearly another. */
function cellShare(state: State, unit: Unit, share: number, window: { onset: number; day: number }): number {
  const own = shareGone(state, unit, window)
  const noise = unit.sigma / Math.sqrt(window.day - window.onset + 1)
  return own !== null && Math.abs(own - share) > 0.1 + 2 * noise ? own : share
}

/** Share of a unit's expected amount that a window lacks, between 0 and 1; null without one. */
function shareGone(state: State, unit: Unit, { onset, day }: { onset: number; day: number }): number | null {
  let actual = 0
  let usual = 0
  for (let t = onset; t <= day; t++) {
    actual += unit.x[t] as number
    usual += expected(unit, t, onset - 1, state.monday)
  }
  return usual > 0 ? Math.min(1, Math.max(0, 1 - actual / usual)) : null
}

function sameName(state: State, a: number, b: number): boolean {
  const [one, two] = [state.input.cells[a], state.input.cells[b]]
  return (
    one?.region === two?.region && one?.usage_type === two?.usage_type && one?.charge_category === two?.charge_category
  )
}

/** The sums over account and service follow a leaf that went from one to the other. */
function moveBetweenGroups(state: State, faller: number, riser: number, ...[share, onset]: [number, number]): void {
  const [from, to] = [state.groupOf[faller] as number, state.groupOf[riser] as number].map((id) => state.groups[id])
  if (!from || !to || from === to) return
  const leaf = state.usage[faller] as Unit
  for (const [group, sign] of [
    [from, -1],
    [to, 1],
  ] as const) {
    const { unit } = group
    if (group.leaves.length < 2 || unit.first < 0) continue
    for (let t = unit.first; t < onset; t++) {
      unit.x[t] = (unit.x[t] as number) + sign * share * (leaf.x[t] as number)
      unit.level[t] = (unit.level[t] as number) + sign * share * (leaf.level[t] as number)
      unit.y[t] = (unit.y[t] as number) + sign * share * (leaf.y[t] as number)
    }
    unit.heldBefore = onset
    unit.fitted = -100
    unit.sumsFitted = -100
  }
}

/** Moves a share of the past of `from` to `to`, for days before `onset`. */
function move(from: Unit, to: Unit, share: number, onset: number): void {
  if (from.first < 0) return
  const born = to.first < 0 || to.first >= onset
  if (from.hasLumps) ownLumps(to)
  for (const [source, target] of [
    [from.x, to.x],
    [from.level, to.level],
    [from.lump, to.lump],
    [from.y, to.y],
  ] as const) {
    for (let t = from.first; t < onset; t++)
      target[t] = (born ? 0 : (target[t] as number)) + share * (source[t] as number)
    for (let t = from.first; t < onset; t++) source[t] = (1 - share) * (source[t] as number)
  }
  if (born) {
    to.v.set(from.v.subarray(0, onset))
    to.masked.set(from.masked.subarray(0, onset))
  }
  to.first = born ? from.first : Math.min(to.first, from.first)
  to.fitted = -100
  to.sumsFitted = -100
  from.heldBefore = onset
  to.heldBefore = onset
  from.fitted = -100
  if (share >= 0.9) from.levelFrom = onset
}

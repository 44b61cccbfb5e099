import { median } from '../stats/median.ts'
import { isKnown, type Known } from './level-known.ts'
import type { Part } from './level-parts.ts'
import type { Sum } from './level-sums.ts'
import { expected } from './unit.ts'

/** What a part did over a window. Amounts are in units of 10^-scale; unknown days are in neither. */
export interface Move {
  readonly part: Part
  readonly actual: number
  readonly usual: number
}

interface Window {
  readonly onset: number
  readonly day: number
}

/**
 * Splits what a sum did over its parts. Each part's usual amount is the median of its four same weekdays before the window, all of
 * them scaled by one factor so that together they are the sum's own expectation: the parts' excesses add up to that of the sum.
 */
export function splitOverParts(sum: Sum, window: Window, known: Known, monday: number): Move[] {
  const usual = sum.parts.map((part) => usualDays(part, window))
  const whole = usual.reduce((all, days) => all + total(days), 0)
  const factor = whole > 0 ? expectedOf(sum, window, monday) / whole : 1
  return sum.parts.map((part, index) => moveOf(part, usual[index] as Float64Array, { ...window, known, factor }))
}

/** What one part did, against its own weekdays only. */
export function moveAlone(part: Part, window: Window, known: Known): Move {
  return moveOf(part, usualDays(part, window), { ...window, known, factor: 1 })
}

function moveOf(part: Part, usual: Float64Array, window: Window & { known: Known; factor: number }): Move {
  let actual = 0
  let expectedAmount = 0
  for (let t = window.onset; t <= window.day; t++) {
    if (!isKnown(part, window.known, t)) continue
    actual += part.x[t] as number
    expectedAmount += window.factor * (usual[t - window.onset] as number)
  }
  return { part, actual, usual: expectedAmount }
}

const weeks = 4

function usualDays({ x }: Part, { onset, day }: Window): Float64Array {
  const byWeekday = new Float64Array(7)
  for (let back = 1; back <= 7; back++) {
    const t = onset - back
    const before: number[] = []
    for (let week = 0; week < weeks && t - 7 * week >= 0; week++) before.push(x[t - 7 * week] as number)
    byWeekday[((t % 7) + 7) % 7] = before.length === 0 ? 0 : median(before)
  }
  return Float64Array.from({ length: day - onset + 1 }, (_, index) => byWeekday[(onset + index) % 7] as number)
}

const total = (amounts: Float64Array) => amounts.reduce((a, b) => a + b, 0)

/** Expected amount of the window from the level frozen before it; what was due in it is expected. */
function expectedOf({ unit }: Sum, { onset, day }: Window, monday: number): number {
  let sum = 0
  for (let t = onset; t <= day; t++) sum += expected(unit, t, onset - 1, monday) + (unit.lump[t] as number)
  return sum
}

export const excessOf = ({ actual, usual }: Move) => actual - usual
export const sumOf = (moves: readonly Move[], amount: (move: Move) => number) =>
  moves.reduce((all, move) => all + amount(move), 0)

import { mad, madToSigma } from '../stats/mad.ts'
import { median } from '../stats/median.ts'
import type { State } from './state.ts'
import type { Unit } from './unit.ts'

const history = 90
const farBelow = 3.5
const fewest = 8

/**
 * Marks a day on which a provider's series, or those of all, are low together (a holiday): the mean of their standardised
 * residuals, each clipped at 3, lies or fell far below what is usual in the last months. A quiet day is no drop and no part of a sum.
 */
export function markQuiet(state: State, day: number): void {
  let sum = 0
  let count = 0
  state.providers.forEach((leaves, provider) => {
    const own = moodOf(state, leaves, day)
    sum += own.sum
    count += own.count
    setMood(state, provider, day, own)
  })
  setMood(state, state.providers.length, day, { sum, count })
  const all = isLow(state, state.providers.length, day)
  state.quiet.forEach((flags, provider) => {
    flags[day] = all || isLow(state, provider, day) ? 1 : 0
  })
}

function setMood(state: State, index: number, day: number, { sum, count }: { sum: number; count: number }): void {
  ;(state.moods[index] as Float64Array)[day] = count >= fewest ? sum / count : Number.NaN
}

function moodOf(state: State, leaves: readonly number[], day: number): { sum: number; count: number } {
  let sum = 0
  let count = 0
  for (const leaf of leaves) {
    const unit = state.usage[leaf] as Unit
    const v = unit.v[day] as number
    if (Number.isNaN(v) || unit.activity < 0.9 || day - unit.first < 28) continue
    sum += Math.max(-3, Math.min(3, v / Math.max(unit.sigma, 0.02)))
    count++
  }
  return { sum, count }
}

function isLow(state: State, index: number, day: number): boolean {
  const moods = state.moods[index] as Float64Array
  const past = moods.subarray(Math.max(0, day - history), day)
  const middle = median(past)
  const today = moods[day] as number
  if (today < Math.min(0, middle) - farBelow * Math.max(0.1, madToSigma * mad(past, middle))) return true
  const steps = past.subarray(1).map((mood, i) => mood - (past[i] as number))
  return today < middle && today - (moods[day - 1] as number) < -farBelow * Math.max(0.15, madToSigma * mad(steps, 0))
}

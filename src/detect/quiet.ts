import { mad, madToSigma } from '../stats/mad.ts'
import { median } from '../stats/median.ts'
import { quantile } from '../stats/quantile.ts'
import type { State } from './state.ts'
import type { Unit } from './unit.ts'

const history = 90
const farBelow = 3.5
const fewest = 8

/** A series falls with others when it lies this many of its spreads, and this share, below its expectation. */
const fallenSigmas = 2.5
const fallenShare = 0.12
/** So many series at least, of two accounts at least, and this far above what usually falls on a day, are a common fall. */
const fewestFallen = 4
const fallenFar = 4

/** How a provider's series lie on a day. */
interface Mood {
  readonly sum: number
  readonly count: number
  readonly fallen: number
  readonly accounts: number
}

/**
 * Marks a day on which a provider's series, or those of all, are low together (a holiday): the mean of their standardised
 * residuals, each clipped at 3, lies or fell far below what is usual in the last months, or far more of them than usual fell (those
 * that follow office hours, where most do not). A quiet day is no drop and no part of a sum.
 */
export function markQuiet(state: State, day: number): void {
  const moods = state.providers.map((leaves) => moodOf(state, leaves, day))
  const whole = moods.reduce((a, b) => ({
    sum: a.sum + b.sum,
    count: a.count + b.count,
    fallen: a.fallen + b.fallen,
    accounts: a.accounts + b.accounts,
  }))
  const isQuiet = [...moods, whole].map((mood, index) => {
    setMood(state, index, day, mood)
    return isLow(state, index, day) || hasFallen(state, index, day, mood)
  })
  const all = isQuiet.at(-1)
  state.quiet.forEach((flags, provider) => {
    flags[day] = all || isQuiet[provider] ? 1 : 0
  })
}

function setMood(state: State, index: number, day: number, { sum, count, fallen }: Mood): void {
  ;(state.moods[index] as Float64Array)[day] = count >= fewest ? sum / count : Number.NaN
  ;(state.fallen[index] as Float64Array)[day] = count > 0 ? fallen / count : Number.NaN
}

function moodOf(state: State, leaves: readonly number[], day: number): Mood {
  let sum = 0
  let count = 0
  let fallen = 0
  const accounts = new Set<number>()
  for (const leaf of leaves) {
    const unit = state.usage[leaf] as Unit
    const v = unit.v[day] as number
    if (Number.isNaN(v) || unit.activity < 0.6 || day - unit.first < 28) continue
    if (v < -Math.max(fallenSigmas * unit.sigma, fallenShare)) {
      fallen++
      accounts.add(state.accountOf[leaf] as number)
    }
    sum += Math.max(-3, Math.min(3, v / Math.max(unit.sigma, 0.02)))
    count++
  }
  return { sum, count, fallen, accounts: accounts.size }
}

/** Whether more series fell than a usual day and chance account for. */
function hasFallen(state: State, index: number, day: number, { count, fallen, accounts }: Mood): boolean {
  if (fallen < fewestFallen || accounts < 2) return false
  const past = (state.fallen[index] as Float64Array).subarray(Math.max(0, day - history), day)
  const usual = Math.max(0.01, quantile(past, usualShare) || 0)
  return fallen > count * usual + fallenFar * Math.sqrt(count * usual * (1 - usual))
}

/** Quantile of the share that falls on a day which counts as usual: some of the past days were holidays. */
const usualShare = 0.8

function isLow(state: State, index: number, day: number): boolean {
  const moods = state.moods[index] as Float64Array
  const past = moods.subarray(Math.max(0, day - history), day)
  const middle = median(past)
  const today = moods[day] as number
  if (today < Math.min(0, middle) - farBelow * Math.max(0.1, madToSigma * mad(past, middle))) return true
  const steps = past.subarray(1).map((mood, i) => mood - (past[i] as number))
  return today < middle && today - (moods[day - 1] as number) < -farBelow * Math.max(0.15, madToSigma * mad(steps, 0))
}

import { median } from '../stats/median.ts'
import type { Candidate } from './candidate.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'

const week = 7
const weeks = 4
const window = week * weeks
/** Weeks must each rise by this share of their mean step: a step of price or usage rises once. */
const evenly = 0.5
/** Share of the rise that lies within the weeks: the rest is a step before them, as that of a monthly price to a shorter month. */
const within = 0.65
/** Spread of a day above which a slow rise cannot be told from the series' own wander. */
const calm = 0.045
/** Least rise over the window, as a log: below it nothing is notified. */
const least = Math.log1p(tuning.minPercent / 100)
/** How far beyond the largest drift of its past months a series must drift, and the days of which they are read. */
const beyond = 3
const history = 160
const fewest = 20

/**
 * A slow ramp on a series that hardly moves: its newest week against the level frozen four weeks before, when every week of the
 * four rose and the past months never showed a third of it. Sums over the four weeks see half of such a rise at best.
 */
export function driftCandidate(unit: Unit, day: number, monday: number, out: Candidate[]): void {
  const frozen = day - window
  if (
    unit.sigma > calm ||
    unit.activity < 0.9 ||
    frozen - unit.first < 90 ||
    unit.gap[day] === 1 ||
    unit.partial[day] === 1
  )
    return
  const before = unit.level[frozen] as number
  if (!(before > 0) || !((unit.level[day] as number) > (1 + least / 3) * before)) return
  const now = drift(unit, day)
  const perDay = now > least / 2 ? climb(unit, day, before) : null
  if (perDay === null) return
  const past: number[] = []
  for (let t = Math.max(unit.first + window + week, day - history); t <= frozen; t += 3) {
    const moved = drift(unit, t)
    if (!Number.isNaN(moved)) past.push(moved)
  }
  if (past.length < fewest) return
  const middle = median(past)
  const largest = Math.max(...past.map((moved) => Math.abs(moved - middle)))
  const moved = now - Math.max(0, middle)
  const score = tuning.cut * Math.min(4, moved / Math.max(least, beyond * largest))
  if (score < tuning.cut / 4) return
  const began = Math.round(day - 3 - (weekMean(unit, day) - weekMean(unit, frozen)) / perDay) + 1
  const onset = Math.max(frozen + 1, Math.min(began, day - week))
  let [actual, usual] = [0, 0]
  for (let t = onset; t <= day; t++) {
    if (unit.gap[t] === 1) continue
    actual += (unit.x[t] as number) - (unit.lump[t] as number)
    usual += expected(unit, t, frozen, monday)
  }
  const newest_percent = 100 * Math.expm1(now)
  out.push({
    ...{ unit, day, onset, direction: 'up', rule: 'drift', score, actual, expected: usual },
    newest_percent,
  })
}

/** Log of the week that ends on a day against the level frozen four weeks before the day. */
function drift(unit: Unit, day: number): number {
  const level = unit.level[day - window] as number
  return level > 0 ? Math.log(weekMean(unit, day) / level) : Number.NaN
}

/** Amount by which the weeks rise a day, when each does and the rise lies within them; else null. */
function climb(unit: Unit, day: number, before: number): number | null {
  const means = Array.from({ length: weeks }, (_, back) => weekMean(unit, day - week * back))
  const risen = (means[0] as number) - (means[weeks - 1] as number)
  const step = risen / (weeks - 1)
  if (!(risen > within * ((means[0] as number) - before))) return null
  return means.slice(1).every((mean, back) => (means[back] as number) - mean >= evenly * step) ? step / week : null
}

function weekMean({ y }: Unit, day: number): number {
  let sum = 0
  let count = 0
  for (let t = day - week + 1; t <= day; t++) {
    const value = y[t] as number
    if (Number.isNaN(value)) continue
    sum += value
    count++
  }
  return sum / count
}

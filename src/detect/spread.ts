import { madToSigma } from '../stats/mad.ts'
import { quantileInPlace } from '../stats/select.ts'
import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'

const scratch = new Float64Array(256)

/** Learns from the days before `day` how far a unit's days and its sums over some days usually lie from the expectation. */
export function fitSpread(unit: Unit, day: number): void {
  const from = Math.max(unit.first + 7, day - tuning.spreadDays)
  let count = 0
  for (let t = from; t < day; t++) {
    const value = unit.v[t] as number
    if (!Number.isNaN(value) && unit.masked[t] !== 1) scratch[count++] = value
  }
  unit.sigma = shrunk(robustSpread(count, 0), count, 0.12)
}

/** Sees to it that the spread of a unit's sums is at most `tuning.refitSumsEvery` days older than its profile. Most never ask. */
export function freshenSums(unit: Unit): void {
  const { fitted } = unit
  if (fitted - unit.first < 30 || fitted - unit.sumsFitted < tuning.refitSumsEvery) return
  unit.sumsFitted = fitted
  fitSums(unit, fitted)
}

const reach = tuning.sumHistory + 32
const sums = new Float64Array(reach + 1)
const counts = new Int32Array(reach + 1)

/** By how many times its level a day may count in a sum, so that a lump does not pass for a shift; a wild series needs more to show one. */
const roomAbove = ({ sigma }: Unit) => Math.max(1, Math.expm1(clipSigmas * sigma))
const clipSigmas = 4.5

/** How sums over some days lay against the level frozen before them, at every third day of the last months. */
function fitSums(unit: Unit, day: number): void {
  const from = Math.max(unit.first, day - reach)
  for (let t = from; t < day; t++) {
    const value = unit.y[t] as number
    const known = !Number.isNaN(value) && unit.quiet[t] !== 1
    const place = t - from
    sums[place + 1] =
      (sums[place] as number) + (known ? Math.min(value, (1 + roomAbove(unit)) * (unit.level[t - 1] ?? value)) : 0)
    counts[place + 1] = (counts[place] as number) + (known ? 1 : 0)
  }
  for (let index = 0; index < tuning.sumLengths.length; index++) {
    const length = tuning.sumLengths[index] as number
    let n = 0
    for (let t = Math.max(from + 7 + length, day - tuning.sumHistory); t < day; t += 3) {
      const level = unit.level[t - length] as number
      const known = (counts[t - from + 1] as number) - (counts[t - from + 1 - length] as number)
      if (!(level > 0) || known === 0) continue
      const sum = (sums[t - from + 1] as number) - (sums[t - from + 1 - length] as number)
      scratch[n++] = Math.log(Math.max(sum / known / level, 0.02))
    }
    const middle = n >= 20 ? quantileInPlace(scratch, n, 0.5) : 0
    unit.sumMiddle[index] = middle
    unit.sumSigma[index] = shrunk(robustSpread(n, middle), n / Math.max(2, length / 4), tuning.sumPrior)
  }
}

/** Sample spread pulled towards a prior worth four values. */
function shrunk(spread: number, count: number, prior: number): number {
  return Math.sqrt((count * spread ** 2 + 4 * prior ** 2) / (count + 4))
}

/** The larger of a MAD-type and a high-quantile estimate of the first `count` values of the scratch space. */
function robustSpread(count: number, middle: number): number {
  if (count === 0) return 0.12
  for (let i = 0; i < count; i++) scratch[i] = Math.abs((scratch[i] as number) - middle)
  return Math.max(
    madToSigma * quantileInPlace(scratch, count, 0.5),
    quantileInPlace(scratch, count, 0.9) / 1.645,
    tuning.spreadFloor,
  )
}

export interface FrozenSum {
  /** Log of clipped sum ÷ expectation frozen before the window; NaN when it cannot be told. */
  log: number
  /** Days of the window above the expectation, and known days. */
  above: number
  known: number
}

const result: FrozenSum = { log: Number.NaN, above: 0, known: 0 }

/**
 * Compares the `length` days that end on `day` with the expectation frozen before the first of them. Each day counts for at most
 * `roomAbove` its level. The result object is reused by the next call.
 */
export function sumAgainstFrozen(unit: Unit, day: number, length: number, monday: number): FrozenSum {
  const frozen = day - length
  result.log = Number.NaN
  result.above = 0
  result.known = 0
  if (frozen < unit.first) return result
  const level = unit.level[frozen] as number
  if (!(level > 0)) return result
  const { x, lump, gap, quiet, profile } = unit
  let sum = 0
  let usual = 0
  const room = roomAbove(unit)
  let weekday = (frozen + monday) % 7
  for (let t = frozen + 1; t <= day; t++) {
    weekday = weekday === 6 ? 0 : weekday + 1
    if (gap[t] === 1 || quiet[t] === 1) continue
    const amount = (x[t] as number) - (lump[t] as number)
    const base = level * (profile[weekday] as number)
    sum += Math.min(amount, base + room * Math.max(base, 0.3 * level))
    usual += base
    result.known++
    if (amount > base) result.above++
  }
  if (result.known === 0 || !(usual > 0)) return result
  result.log = Math.log(Math.max(sum, 0.02 * usual) / usual)
  return result
}

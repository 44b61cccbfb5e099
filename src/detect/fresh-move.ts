import { madToSigma } from '../stats/mad.ts'
import { median } from '../stats/median.ts'
import { quantile } from '../stats/quantile.ts'
import { lumpAmount, lumpDue, lumpRise, lumpScore } from './lumps.ts'
import type { State } from './state.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'

/** Spreads above which a movement counts in full; below, with a power. */
const clear = 7

/** Share of a movement that counts, by how many of its series' own spreads it is. */
export const clarity = (z: number) => Math.min(1, (Math.max(0, z) / clear) ** 4)

/** What a series brought that it did not have before, in the direction asked and in units, and that in its own spreads. */
export interface FreshMove {
  readonly fresh: number
  readonly z: number
}

const still: FreshMove = { fresh: 0, z: 0 }

/** Days before the question that say what stood already, first and last. With `clear` and its power chosen on seeds 11 to 14, 2026-11. */
const reference = [14, 8] as const

/** Lengths over which a movement may be clear though no single day of it is, in days. */
const windows = [1, 2, 4, 7]
const longest = 7

export interface Asked {
  readonly day: number
  /** 1 for a rise, -1 for a fall. */
  readonly sign: number
}

/** How far a leaf's usage, or a cell, moved of late: against what stood a fortnight ago, or before a climb that still goes on. */
export function freshMove(state: State, unit: Unit, asked: Asked): FreshMove {
  const { day, sign } = asked
  if (unit.first < 0 || unit.gap[day] === 1) return still
  if (unit.kind === 'charge') return chargeMove(state, unit, day, sign)
  if (unit.kind === 'usage' && day - unit.first >= 14 && unit.activity < tuning.sparseShare)
    return sparseMove(state, unit, day, sign)
  const recent = steadyMove(state, unit, asked, { level: standing(unit, day, sign), before: day - reference[1] })
  const start = climbStart(unit, asked)
  if (start === null) return recent
  const climb = steadyMove(state, unit, asked, start)
  return { fresh: Math.max(climbShare * climb.fresh, recent.fresh), z: Math.max(climb.z, recent.z) }
}

/** A level that stood, and the day before which the spread is taken. */
interface Stand {
  readonly level: number
  readonly before: number
}

const weeks = 6
/** Least share of the mean weekly step for which a climb still goes on. */
const stillClimbing = 0.4
/** What the whole of a climb counts for beside what it brought in the last fortnight: its first weeks are known by now. */
const climbShare = 0.5

/** What stood before the weeks that each moved further in the direction asked than the week before; null when the last did not. */
function climbStart(unit: Unit, { day, sign }: Asked): Stand | null {
  const middle = (week: number) => {
    const end = day - 7 * week
    return end - 6 < unit.first ? Number.NaN : median(unit.y.subarray(end - 6, end + 1).filter((y) => !Number.isNaN(y)))
  }
  const newest = middle(0)
  let level = newest
  let week = 0
  for (; week < weeks; week++) {
    const before = middle(week + 1)
    const step = sign * (level - before)
    const mean = (sign * (newest - before)) / (week + 1)
    if (!(step > stillClimbing * mean && step > 0.03 * Math.abs(level))) break
    level = before
  }
  if (week < 2) return null
  const isBorn = unit.first > tuning.warmup && unit.first > day - 7 * (week + 1)
  return isBorn ? { level: 0, before: unit.first } : { level, before: day - 7 * week + 1 }
}

function steadyMove(state: State, unit: Unit, { day, sign }: Asked, { level: stood, before }: Stand): FreshMove {
  const fee = unit.kind === 'usage' ? feeOn(state, unit, day) : 0
  const over = (t: number) => {
    const lump = t === day ? fee : (unit.lump[t] as number)
    return sign * ((unit.x[t] as number) - lump - stood * (unit.profile[(t + state.monday) % 7] as number))
  }
  const fresh = over(day)
  if (!(fresh > 0)) return still
  const spread = spreadOf(unit, fee, stood, before)
  let sum = 0
  let usual = 0
  let z = stood === 0 ? clear : 0
  for (let back = 0; back < longest && stood !== 0; back++) {
    const t = day - back
    if (t < 0 || unit.gap[t] === 1 || (back > 0 && unit.quiet[t] === 1)) continue
    sum += over(t)
    usual += Math.abs(stood) * Math.max(0.3, unit.profile[(t + state.monday) % 7] as number)
    const days = back + 1
    if (windows.includes(days)) z = Math.max(z, (Math.log1p(Math.max(0, sum / usual)) * days ** 0.3) / spread)
  }
  return { fresh, z }
}

/** The recurring amount that the day holds: nothing when the day lies too little above the day before to hold one. */
function feeOn(state: State, unit: Unit, day: number): number {
  const lump = lumpDue(unit, day, state)
  if (!lump) return 0
  const fee = lumpAmount(lump)
  return (unit.x[day] as number) - expected(unit, day, day - 1, state.monday) >= 0.5 * fee ? fee : 0
}

/** Spread of a day in log terms; wild series must show more. */
function spreadOf(unit: Unit, fee: number, stood: number, before: number): number {
  const sigma = spreadBefore(unit, stood, before)
  const wild = 1 + Math.max(0, sigma - 0.15)
  return wild * Math.hypot(sigma, tuning.stepSpread, (feeNoise * fee) / Math.max(1, Math.abs(stood)))
}

/** How far a fee may lie from its usual amount, as a fraction. */
const feeNoise = 0.08

/** Spread of a unit's days before one, so that the movement itself does not hide in it; a credit's is that around its level. */
function spreadBefore(unit: Unit, stood: number, before: number): number {
  const from = Math.max(unit.first + 7, before - tuning.spreadDays)
  const past: number[] = []
  for (let t = from; t < before; t++) {
    const v = unit.kind === 'credit' ? (unit.y[t] as number) / stood - 1 : (unit.v[t] as number)
    if (!Number.isNaN(v) && unit.masked[t] !== 1) past.push(Math.abs(v))
  }
  if (past.length < 7) return unit.sigma
  const own = Math.max(madToSigma * median(past), quantile(past, 0.9) / 1.645, tuning.spreadFloor)
  return Math.sqrt((past.length * own ** 2 + 4 * 0.12 ** 2) / (past.length + 4))
}

/** Level that stood a fortnight before the day, or shortly before it where that is further in the direction asked; 0 for a new series. */
function standing(unit: Unit, day: number, sign: number): number {
  const [far, near] = reference
  if (unit.kind === 'credit' && day - unit.first < 14) return 0
  const before = median(unit.y.subarray(Math.max(unit.first, day - far), Math.max(unit.first, day - near + 1)))
  const level = day - near >= unit.first ? (unit.level[day - near] as number) : 0
  if (Number.isNaN(before)) return level
  return sign > 0 ? Math.max(before, level) : Math.min(before, level)
}

function chargeMove(state: State, unit: Unit, day: number, sign: number): FreshMove {
  const lump = lumpDue(unit, day, state)
  const fresh = sign * ((unit.x[day] as number) - (lump ? lumpAmount(lump) : 0))
  if (!(fresh > 0)) return still
  return { fresh, z: lump ? (clear * lumpRise(unit, day, lump, state)) / tuning.lumpRise : clear }
}

/** A series that mostly rests: against the largest of the last half year, and a due lump against its kind too. */
function sparseMove(state: State, unit: Unit, day: number, sign: number): FreshMove {
  const amount = unit.x[day] as number
  if (sign < 0 || !(amount > 0)) return still
  let largest = 0
  for (let t = Math.max(unit.first, day - 180); t < day - 3; t++) largest = Math.max(largest, unit.x[t] as number)
  const beyond = largest > 0 ? Math.max(0, (clear * Math.log(amount / largest)) / Math.log(1.6)) : clear
  const lump = lumpDue(unit, day, state)
  if (!lump) return { fresh: amount, z: beyond }
  const jump = (clear * lumpScore(lumpRise(unit, day, lump, state), lump)) / tuning.cut
  return { fresh: amount - lumpAmount(lump), z: Math.min(beyond, jump) }
}

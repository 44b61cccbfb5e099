import type { Candidate, RuleContext } from './candidate.ts'
import { lumpAmount, lumpDue, lumpRise, lumpScore } from './lumps.ts'
import { freshenSums, sumAgainstFrozen } from './spread.ts'
import { tuning } from './tuning.ts'
import { expected, residual, type Unit } from './unit.ts'

const { cut } = tuning
const least = cut / 4

/** Candidates on a unit that spends on most days: the day itself, and sums of days against an expectation frozen before them. */
export function usageCandidates(unit: Unit, day: number, context: RuleContext, out: Candidate[]): void {
  if (unit.gap[day] === 1 || day - unit.first < 14) return
  const v = unit.lump[day] === 0 ? (unit.v[day] as number) : residual(unit, day, unit.x[day] as number, context.monday)
  if (v > 0) rise(unit, day, v, context, out)
  else if (v < -0.5) nearTotalFall(unit, day, v, context, out)
  sums(unit, day, context, out)
}

/** A short history, and one that a re-tag has put together of late, must show more. */
const young = (unit: Unit, day: number) =>
  day - Math.max(unit.first, unit.levelFrom) < 28 ? 1.5 : day - unit.heldBefore < joinedDays ? 1.35 : 1
const joinedDays = 14

function rise(unit: Unit, day: number, v: number, context: RuleContext, out: Candidate[]): void {
  const z = v / Math.hypot(unit.sigma, tuning.stepSpread, 1.5 * (unit.late[day] as number))
  const wild = 1 + tuning.wildness * Math.max(0, unit.sigma - 0.15)
  const score = (cut * z) / (tuning.spikeSigmas * wild * young(unit, day))
  if (score < least) return
  const lump = lumpDue(unit, day, context)
  const base = expected(unit, day, day - 1, context.monday)
  const found = { unit, day, onset: day, direction: 'up', actual: unit.x[day] as number } as const
  if (!lump) out.push({ ...found, rule: weekendRule(unit, day, context.monday), score, expected: base })
  else {
    const jump = lumpScore(lumpRise(unit, day, lump, context), lump)
    if (jump >= least)
      out.push({ ...found, rule: 'lump', score: Math.min(score, jump), expected: base + lumpAmount(lump) })
  }
}

function weekendRule(unit: Unit, day: number, monday: number): string {
  const weekday = (day + monday) % 7
  return weekday >= 5 && (unit.profile[weekday] as number) < 0.8 ? 'weekend' : 'spike'
}

function nearTotalFall(unit: Unit, day: number, v: number, context: RuleContext, out: Candidate[]): void {
  const base = expected(unit, day, day - 1, context.monday)
  const amount = unit.x[day] as number
  if (amount > tuning.dropLeft * base || unit.activity < 0.95 || unit.partial[day] === 1) return
  const score = (cut * -v) / (tuning.dropSigmas * young(unit, day) * Math.max(unit.sigma, 0.05))
  const rule = amount < 0 ? 'refund' : 'near_total_fall'
  if (score >= least)
    out.push({ unit, day, onset: day, direction: 'down', rule, score, actual: amount, expected: base })
}

const longest = tuning.sumLengths.at(-1) as number
/** By number of days that end on the day: their amount, the weekday factors, and the lowest of deseasonalised amounts. */
const total = new Float64Array(longest + 1)
const factors = new Float64Array(longest + 1)
const lowest = new Float64Array(longest + 1)
/** Room for the rounding of the bounds. */
const slack = 1e-3

function addUp(unit: Unit, day: number, monday: number): void {
  const { x, y, lump, gap, quiet, profile } = unit
  let low = Number.POSITIVE_INFINITY
  let sum = 0
  let factor = 0
  let weekday = (day + monday) % 7
  const end = Math.max(0, day - longest + 1)
  for (let t = day, place = 1; t >= end; t--, place++) {
    if (gap[t] !== 1 && quiet[t] !== 1) {
      sum += (x[t] as number) - (lump[t] as number)
      factor += profile[weekday] as number
      const value = y[t] as number
      if (!(value >= low)) low = Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value
    }
    weekday = weekday === 0 ? 6 : weekday - 1
    total[place] = sum
    factors[place] = factor
    lowest[place] = low
  }
}

/** Whether the days may add up to a rise or fall that counts, by bounds that cost nothing: most do not. */
function mayCount(unit: Unit, day: number, length: number): boolean {
  const level = unit.level[day - length] as number
  if (!(level > 0)) return false
  if ((total[length] as number) > (1 + tuning.minRise - slack) * level * (factors[length] as number)) return true
  return (lowest[length] as number) < (1 - tuning.dropShare + slack) * level
}

function sums(unit: Unit, day: number, context: RuleContext, out: Candidate[]): void {
  const from = Math.max(unit.first, unit.levelFrom)
  let best: Candidate | undefined
  addUp(unit, day, context.monday)
  for (let index = 0; index < tuning.sumLengths.length; index++) {
    const length = tuning.sumLengths[index] as number
    if (day - length < from + 10) break
    if (!mayCount(unit, day, length)) continue
    const sum = sumAgainstFrozen(unit, day, length, context.monday)
    if (Number.isNaN(sum.log) || sum.known < 2) continue
    const score = scoreOfSum(unit, day, index, sum)
    if (score < 0 && hasPartial(unit, day)) continue
    if (Math.abs(score) < least || (best && Math.abs(score) <= best.score)) continue
    best = candidateOfSum(unit, day, length, score, context.monday)
  }
  if (best) out.push(fromItsStart(best, context.monday))
}

/** Share of a window's relative excess that a day before it must show to belong to the same move. */
const belongs = 0.5

/** The window of the best sum may have begun after the move did: the days before it that moved as well are added. */
function fromItsStart(found: Candidate, monday: number): Candidate {
  const { unit, actual, expected: usual } = found
  const room = (belongs * (actual - usual)) / usual
  const frozen = found.onset - 1
  const earliest = Math.max(unit.first + 1, found.day - longest + 1)
  let { onset } = found
  for (; onset > earliest; onset--) {
    const base = expected(unit, onset - 1, frozen, monday)
    const rest = (unit.x[onset - 1] as number) - (unit.lump[onset - 1] as number) - base
    if (unit.gap[onset - 1] === 1 || !(base > 0) || rest / base / room < 1) break
  }
  if (onset === found.onset) return found
  return { ...found, ...amounts(unit, { onset, day: found.day }, monday), onset }
}

/** Falls beyond two thirds count as that much: a log runs away near zero. */
const deepest = -1.1

function scoreOfSum(
  unit: Unit,
  day: number,
  index: number,
  sum: { log: number; above: number; known: number },
): number {
  const up = sum.log > 0
  const oneSign = up ? sum.above : sum.known - sum.above
  if (oneSign < (sum.known <= 4 ? sum.known : 0.8 * sum.known)) return 0
  if (up ? sum.log < Math.log1p(tuning.minRise) : sum.log > Math.log(1 - tuning.dropShare)) return 0
  freshenSums(unit)
  const middle = unit.sumMiddle[index] as number
  const moved = up ? sum.log - Math.max(0, middle) : Math.max(sum.log, deepest) - Math.min(0, middle)
  if (up !== moved > 0) return 0
  const floor = unit.sigma / Math.sqrt(sum.known)
  const spread = Math.hypot(
    Math.max(unit.sumSigma[index] as number, floor),
    tuning.stepSpread,
    lateSpread(unit, day) / sum.known,
  )
  return (cut * moved) / (tuning.sumSigmas * young(unit, day) * spread)
}

/** How many of the newest days may be incomplete together. */
const newest = 5

function hasPartial(unit: Unit, day: number): boolean {
  for (let t = Math.max(0, day - newest + 1); t <= day; t++) if (unit.partial[t] === 1) return true
  return false
}

function lateSpread(unit: Unit, day: number): number {
  let sum = 0
  for (let t = Math.max(0, day - newest + 1); t <= day; t++) sum += unit.late[t] as number
  return 1.5 * sum
}

function candidateOfSum(unit: Unit, day: number, length: number, score: number, monday: number): Candidate {
  const onset = day - length + 1
  const direction = score > 0 ? 'up' : 'down'
  const found = { unit, day, onset, direction, rule: 'frozen_sum', score: Math.abs(score) } as const
  return { ...found, ...amounts(unit, { onset, day }, monday) }
}

/** What a unit cost over days, without lumps, and what was expected before the first of them. */
function amounts(unit: Unit, { onset, day }: { onset: number; day: number }, monday: number) {
  let actual = 0
  let usual = 0
  for (let t = onset; t <= day; t++) {
    if (unit.gap[t] === 1 || unit.quiet[t] === 1) continue
    actual += (unit.x[t] as number) - (unit.lump[t] as number)
    usual += expected(unit, t, onset - 1, monday)
  }
  return { actual, expected: usual }
}

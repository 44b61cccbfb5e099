import { madToSigma } from '../stats/mad.ts'
import { quantile } from '../stats/quantile.ts'
import type { Candidate } from './candidate.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'

const weeks = 20

/**
 * Weekends on which cost that usually falls did not: this weekend's residuals, or this and the last one's, against those of the
 * weekdays before them, in the spread that this contrast had on earlier weekends.
 */
export function weekendCandidates(unit: Unit, day: number, monday: number, out: Candidate[]): void {
  const weekday = (day + monday) % 7
  if (weekday < 5 || (unit.profile[weekday] as number) > 0.85 || day - Math.max(unit.first, unit.levelFrom) < 70) return
  const saturday = day - (weekday - 5)
  const now = contrast(unit, saturday, day)
  if (!(now > 0.08)) return
  const spread = Math.hypot(usualSpread(unit, saturday), 1.5 * (unit.late[day] as number))
  const before = contrast(unit, saturday - 7, saturday - 6)
  const single = now / (spread * (weekday === 5 ? 1.25 : 1))
  const double = before > 0.08 ? (now + before) / (Math.SQRT2 * spread) : 0
  const score = (tuning.cut * Math.max(single, double)) / tuning.weekendSigmas
  if (score < tuning.cut / 4) return
  const onset = double > single ? saturday - 7 : saturday
  let actual = 0
  let usual = 0
  for (let t = onset; t <= day; t++) {
    if ((t + monday) % 7 < 5 || unit.gap[t] === 1) continue
    actual += unit.x[t] as number
    usual += expected(unit, t, onset - 1, monday)
  }
  if (isLikeWeekdays(unit, onset, { day, monday, actual, usual }))
    out.push({ unit, day, onset, direction: 'up', rule: 'weekend', score, actual, expected: usual })
}

/** Share of the way from a weekend's usual amount to a weekday's that a weekend without its fall goes, at least and at most. */
const way = [0.45, 1.6] as const

/** Whether a weekend's amounts are those of weekdays: less is a busy weekend, more is a spike. */
function isLikeWeekdays(
  unit: Unit,
  onset: number,
  { day, monday, actual, usual }: { day: number; monday: number; actual: number; usual: number },
): boolean {
  const level = unit.level[Math.max(0, onset - 1)] as number
  const weekday = (level * unit.profile.subarray(0, 5).reduce((a, b) => a + b, 0)) / 5
  let days = 0
  for (let t = onset; t <= day; t++) if ((t + monday) % 7 >= 5 && unit.gap[t] !== 1) days++
  const gone = (actual - usual) / (days * weekday - usual)
  return gone >= way[0] && gone <= way[1]
}

/** Mean residual from a Saturday to `last` less that of the five days before; NaN when either is unknown. */
function contrast(unit: Unit, saturday: number, last: number): number {
  return meanOf(unit, saturday, last) - meanOf(unit, saturday - 5, saturday - 1)
}

function meanOf(unit: Unit, from: number, to: number): number {
  let sum = 0
  let count = 0
  for (let t = from; t <= to; t++) {
    const v = unit.v[t] as number
    if (Number.isNaN(v) || unit.quiet[t] === 1) continue
    sum += v
    count++
  }
  return count > 0 ? sum / count : Number.NaN
}

function usualSpread(unit: Unit, saturday: number): number {
  const past: number[] = []
  for (let week = 1; week <= weeks && saturday - 7 * week > unit.first + 14; week++) {
    const at = saturday - 7 * week
    if (unit.masked[at] !== 1) past.push(Math.abs(contrast(unit, at, at + 1)))
  }
  const known = past.filter((value) => !Number.isNaN(value))
  const robust = Math.max(madToSigma * quantile(known, 0.5), quantile(known, 0.85) / 1.44)
  return Math.sqrt((known.length * robust ** 2 + 3 * 0.08 ** 2) / (known.length + 3)) || 0.1
}

import { mad, madToSigma } from '../stats/mad.ts'
import { median } from '../stats/median.ts'
import type { Calendar, RuleContext } from './candidate.ts'
import { tuning } from './tuning.ts'
import { denominator, expected, type Unit } from './unit.ts'

/** A recurring amount that is due about now. */
export interface Lump {
  /** Earlier amounts of the kind above the expectation, newest first, in units of 10^-scale, and the days on which they fell. */
  readonly amounts: readonly number[]
  readonly days: readonly number[]
}

const slip = 3
const months = 5

type Align = (calendar: Calendar, day: number, month: number, monday: number) => number

const monthDays = (calendar: Calendar, month: number) => {
  const start = calendar.monthStart[month] as number
  return { start, length: calendar.monthLength[Math.max(start, 0)] as number }
}

/** Where a charge of `day` stood in an earlier month: same day of month, same distance to its end, same n-th weekday. */
const aligns: readonly Align[] = [
  (calendar, day, month) => {
    const { start, length } = monthDays(calendar, month)
    return start + Math.min(calendar.dayOfMonth[day] as number, length) - 1
  },
  (calendar, day, month) => {
    const { start, length } = monthDays(calendar, month)
    return (
      start +
      length -
      1 -
      Math.min(length - 1, (calendar.monthLength[day] as number) - (calendar.dayOfMonth[day] as number))
    )
  },
  (calendar, day, month, monday) => {
    const { start } = monthDays(calendar, month)
    const weekday = (((day + monday) % 7) + 7) % 7
    const first = (((weekday - start - monday) % 7) + 7) % 7
    return start + first + 7 * Math.floor(((calendar.dayOfMonth[day] as number) - 1) / 7)
  },
]

/**
 * Asks about one day and its size, unlike `learnLumps` of src/stats/lumps.ts, which finds every rule of a history to carry it on: an
 * alarm must not wait until a rule is sure, and a forecast must not follow one that only may be.
 *
 * The recurring amount of which the excess of `day` may be one, or null. It recurs when an amount of at least a quarter of the
 * excess stood at the same place of the calendar, or up to three days beside it, in two earlier months and in most of the last five.
 */
export function lumpDue(unit: Unit, day: number, context: RuleContext): Lump | null {
  const excess = extra(unit, day, context.monday)
  if (!(excess > 0)) return null
  let best: Lump | null = null
  for (const align of aligns) {
    const found = occurrences(unit, day, excess, align, context)
    if (
      found &&
      (!best ||
        found.amounts.length > best.amounts.length ||
        (found.amounts.length === best.amounts.length && scatter(found) < scatter(best)))
    )
      best = found
  }
  return best
}

const extra = (unit: Unit, day: number, monday: number) =>
  (unit.x[day] as number) - expected(unit, day, day - 1, monday)

export const scatter = (lump: Lump) => madToSigma * mad(lump.amounts.map(Math.log))

function occurrences(unit: Unit, day: number, excess: number, align: Align, context: RuleContext): Lump | null {
  const { calendar, monday } = context
  const amounts: number[] = []
  const days: number[] = []
  let asked = 0
  for (let back = 1; back <= months; back++) {
    const month = (calendar.month[day] as number) - back
    if (month < 0) break
    const place = align(calendar, day, month, monday)
    if (place - slip < unit.first || place < 1) break
    asked++
    const at = largestNear(unit, place, 0.25 * excess, monday)
    if (at < 0) continue
    amounts.push(extra(unit, at, monday))
    days.push(at)
  }
  return amounts.length >= 2 && amounts.length >= 0.6 * Math.min(asked, months) ? { amounts, days } : null
}

function largestNear(unit: Unit, place: number, least: number, monday: number): number {
  let best = -1
  for (let offset = -slip; offset <= slip; offset++) {
    const t = place + offset
    if (t < 1 || unit.gap[t] === 1) continue
    const amount = extra(unit, t, monday)
    if (amount < least || amount < 3.5 * unit.sigma * denominator(unit, t, t - 1, monday)) continue
    if (offset === 0) return t
    if (best < 0 || amount > extra(unit, best, monday)) best = t
  }
  return best
}

/**
 * Log of how much the excess of `day` surpasses the lump's earlier amounts: the smallest of plain, as a share of the account's
 * usage of the month before (tax, support), and of the provider's. 0 when it does not.
 */
export function lumpRise(unit: Unit, day: number, lump: Lump, context: RuleContext): number {
  const excess = (unit.raw[day] as number) - expected(unit, day, day - 1, context.monday)
  if (!(excess > 0)) return 0
  const plain = Math.log(excess / median(lump.amounts))
  const shares = [false, true].map((wide) => {
    const base = (t: number) => context.monthlyUsage(unit.leaf, (context.calendar.month[t] as number) - 1, wide)
    const earlier = lump.days.map((t, i) => (lump.amounts[i] as number) / base(t)).filter(Number.isFinite)
    const rise = Math.log(excess / base(day) / median(earlier))
    return Number.isFinite(rise) && earlier.length >= 2 ? rise : plain
  })
  return Math.max(0, Math.min(plain, Math.log(excess / Math.max(...lump.amounts) + 0.15), ...shares))
}

/** Middle of the lump's earlier amounts, in units of 10^-scale. */
export const lumpAmount = (lump: Lump) => median(lump.amounts)

/** Score of a rise of a lump: monotone in the rise against its own scatter, `tuning.cut` at the smallest that counts. */
export function lumpScore(rise: number, lump: Lump): number {
  return tuning.cut * Math.min(4, rise / Math.max(tuning.lumpRise, 4 * scatter(lump)))
}

import { median } from '../stats/median.ts'
import type { Calendar } from './calendar.ts'
import { type DueLump, dueLumps } from './due-lumps.ts'
import type { LeafContext, LeafState } from './leaf.ts'
import { type ModelSettings, projectLevel } from './project.ts'
import { fitTrend, type Trend } from './trend.ts'

const daysOfMonth = 365.25 / 12
const sparseDays = 250
const sparseClip = 3

export interface FittedLeaf {
  readonly state: LeafState
  readonly trend: Trend | null
  /** Points a day. */
  readonly pace: number
}

/** Fits the level and trend of a leaf's clean series; none for fees and sparse leaves. */
export function fitLeaf(state: LeafState): FittedLeaf {
  const { clean } = state
  if (!clean || state.ended) return { state, trend: null, pace: 1 }
  const span = clean.points === 0 ? 1 : (clean.day[clean.points - 1] as number) - (clean.day[0] as number) + 1
  return { state, trend: fitTrend(clean.level, clean.points, clean.spread), pace: Math.min(1, clean.points / span) }
}

/**
 * Usage of a leaf on the days after the last known one, currency units a day; index 0 is day `to + 1`.
 *
 * @param peers growth of its provider, log rate a day
 */
export function leafUsage(
  { state, trend, pace }: FittedLeaf,
  peers: number,
  calendar: Calendar,
  range: { readonly to: number; readonly end: number },
  settings: ModelSettings,
): Float64Array {
  const length = range.end - range.to - 1
  if (state.ended || state.kind === 'fee') return new Float64Array(length)
  if (!trend || !state.clean) return new Float64Array(length).fill(sparseMean(state, range.to))
  const sign = signOf(state)
  const level = projectLevel(trend, peers, pace, settings)
  return calendarPath(level, { ...state.clean, sign }, calendar, range)
}

/** A level path with weekday profile and month length put back. */
export function calendarPath(
  level: (h: number) => number,
  shape: { readonly profile: Float64Array; readonly monthPriced: boolean; readonly sign: number },
  calendar: Calendar,
  { to, end }: { readonly to: number; readonly end: number },
): Float64Array {
  const path = new Float64Array(end - to - 1)
  for (let i = 0; i < path.length; i++) {
    const day = to + 1 + i
    const price = shape.monthPriced ? daysOfMonth / (calendar.monthLength[day] as number) : 1
    path[i] = shape.sign * level(i + 1) * (shape.profile[calendar.weekday[day] as number] as number) * price
  }
  return path
}

/** Recurring amounts of a leaf after the last known day. */
export function leafLumps(state: LeafState, context: LeafContext, to: number, end: number): DueLump[] {
  if (state.ended) return []
  return state.lumps.flatMap((lump) => dueLumps(lump, context.schedule, to, end))
}

function signOf(state: LeafState): number {
  for (let day = state.usage.length - 1; day >= 0; day--) {
    const value = state.usage[day] as number
    if (value !== 0) return Math.sign(value)
  }
  return 1
}

/** Mean over a long window; amounts far above the usual one count only up to it. */
function sparseMean(state: LeafState, to: number): number {
  const from = Math.max(state.birth, to - sparseDays + 1)
  const amounts = state.usage.slice(from, to + 1).filter((amount) => amount !== 0)
  const limit = sparseClip * Math.abs(median(amounts))
  const sum = amounts.reduce((total, amount) => total + Math.sign(amount) * Math.min(Math.abs(amount), limit), 0)
  return sum / (to - from + 1)
}

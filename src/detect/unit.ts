import { weekdayFactors } from './factors.ts'
import { medianOfRecent } from './recent-median.ts'
import { arraysOf, createSlab, type Slab } from './slab.ts'
import { fitSpread } from './spread.ts'
import { tuning } from './tuning.ts'

/** What a unit's amounts are: usage is modelled as a daily level, the rest as lumps or as a negative run. */
export type UnitKind = 'usage' | 'credit' | 'charge'

/**
 * A series under watch: a leaf's usage, one of its cells, or a sum of leaves. Arrays have one entry a day. Everything but `x` is
 * written by `advance` on the day itself and uses that day and those before.
 */
export interface Unit {
  readonly kind: UnitKind
  readonly leaf: number
  /** Index of the cell, or -1 for a leaf's usage as a whole. */
  readonly cell: number
  /** Amounts as visible now, in units of 10^-scale. */
  readonly raw: Float64Array
  /** The same, scaled up on days that are not complete yet; the same array when days are never late. */
  readonly x: Float64Array
  /** 1 on days without data for the account (gap): unknown, not zero. */
  readonly gap: Uint8Array
  /** Amount ÷ weekday factor; NaN where unknown. */
  readonly y: Float32Array
  /** Robust level after the day. */
  readonly level: Float32Array
  /** Relative residual of the day against the level of the day before; logarithmic above 0. */
  readonly v: Float32Array
  /** What of the day's amount is a recurring lump that was due, in units; one shared array of zeros while there is none. */
  lump: Float64Array
  hasLumps: boolean
  /** 1 on days on which many series of the provider were low together. */
  readonly quiet: Uint8Array
  /** 1 on days of which more rows may come, and the spread that their scaling adds, in log terms. */
  readonly partial: Uint8Array
  readonly late: Float32Array
  /** 1 on days left out of training. */
  readonly masked: Uint8Array
  /** Weekday factors, Monday first. */
  readonly profile: Float64Array
  /** The days that the level is the median of: values ascending, first and last day; -1 when they must be read again. */
  readonly recent: Float32Array
  recentFrom: number
  recentTo: number
  /** Spread of `v`. */
  sigma: number
  /** Spread and middle of the log of sums over `tuning.sumLengths` against the level frozen before. */
  readonly sumSigma: Float64Array
  readonly sumMiddle: Float64Array
  /** Share of active days in the last 90. */
  activity: number
  /** First day with an amount, -1 before. */
  first: number
  /** The level uses no day before this one: set when a new level is adopted at once. */
  levelFrom: number
  /** Amounts before this day are not what was reported: a share came from, or went to, another leaf. */
  heldBefore: number
  fitted: number
  sumsFitted: number
}

/** What the units of an account and provider share. */
export interface Flags {
  readonly gap: Uint8Array
  readonly quiet: Uint8Array
  readonly partial: Uint8Array
  readonly late: Float32Array
  readonly vintages: boolean
  /** Where the unit's arrays lie; a place of their own when absent. */
  readonly room?: { readonly slab: Slab; readonly index: number }
}

export function createUnit(kind: UnitKind, place: { leaf: number; cell: number }, days: number, flags: Flags): Unit {
  const { vintages, room = { slab: createSlab(1, days, vintages), index: 0 }, ...shared } = flags
  return {
    kind,
    ...place,
    ...shared,
    ...arraysOf(room.slab, room.index),
    hasLumps: false,
    recentFrom: 0,
    recentTo: -1,
    sigma: 0.15,
    activity: 0,
    first: -1,
    levelFrom: 0,
    heldBefore: 0,
    fitted: -100,
    sumsFitted: -100,
  }
}

/** Gives a unit recurring amounts of its own, to be written to. */
export function ownLumps(unit: Unit): Float64Array {
  if (!unit.hasLumps) unit.lump = new Float64Array(unit.lump.length)
  unit.hasLumps = true
  return unit.lump
}

/** Expected amount of `day` from the level frozen at the end of `frozen`, in units of 10^-scale. `monday` is the weekday of day 0 (0 = Monday). */
export function expected(unit: Unit, day: number, frozen: number, monday: number): number {
  if (unit.first < 0 || frozen < unit.first) return 0
  return (unit.level[frozen] as number) * (unit.profile[(day + monday) % 7] as number)
}

/** What a relative residual is measured in: the expectation, but not less than a share of the level. */
export function denominator(unit: Unit, day: number, frozen: number, monday: number): number {
  return Math.max(expected(unit, day, frozen, monday), 0.3 * (unit.level[frozen] as number))
}

/** Brings a unit's model to the end of `day`; `x[day]` must be in place. Called once a day, again when a late row changed the day. */
export function advance(unit: Unit, day: number, monday: number): void {
  const amount = unit.x[day] as number
  if (unit.first < 0) {
    if (amount === 0) return
    unit.first = day
  }
  if (day - unit.fitted >= tuning.refitEvery || day - unit.first < 14) refit(unit, day, monday)
  if (unit.gap[day] === 1) {
    unit.y[day] = Number.NaN
    unit.v[day] = Number.NaN
    unit.level[day] = unit.level[day - 1] ?? 0
    unit.recentTo = -1
    return
  }
  const factor = unit.profile[(day + monday) % 7] as number
  if (unit.hasLumps) unit.lump[day] = 0
  unit.y[day] = factor > 0.08 ? amount / factor : Number.NaN
  unit.v[day] = residual(unit, day, amount, monday)
  unit.level[day] = medianOfRecent(unit, day)
}

/** Takes a due lump out of the day and of the level after it. */
export function takeOutLump(unit: Unit, day: number, amount: number, monday: number): void {
  ownLumps(unit)[day] = amount
  const factor = unit.profile[(day + monday) % 7] as number
  if (factor > 0.08) unit.y[day] = ((unit.x[day] as number) - amount) / factor
  unit.recentTo = -1
  unit.v[day] = residual(unit, day, (unit.x[day] as number) - amount, monday)
  unit.level[day] = medianOfRecent(unit, day)
}

/** Relative residual of an amount on a day against the level of the day before, logarithmic above 0; NaN without a level. */
export function residual(unit: Unit, day: number, amount: number, monday: number): number {
  if (day <= unit.first) return Number.NaN
  const scale = denominator(unit, day, day - 1, monday)
  if (!(scale > 0)) return Number.NaN
  const relative = (amount - expected(unit, day, day - 1, monday)) / scale
  return relative > 0 ? Math.log1p(relative) : relative
}

function refit(unit: Unit, day: number, monday: number): void {
  unit.fitted = day
  let active = 0
  const from = Math.max(unit.first, day - 90)
  for (let t = from; t < day; t++) if (Math.abs(unit.x[t] as number) > 0) active++
  unit.activity = day > from ? active / (day - from) : 1
  if (day - unit.first >= 14) {
    weekdayFactors(unit, day, monday)
    deseason(unit, day, monday)
  }
  fitSpread(unit, day)
}

function deseason(unit: Unit, day: number, monday: number): void {
  const { x, y, lump, gap, profile } = unit
  const start = Math.max(unit.first, day - tuning.sumHistory - 30)
  let weekday = (start + monday) % 7
  for (let t = start; t < day; t++) {
    const factor = profile[weekday] as number
    y[t] = gap[t] === 1 || factor <= 0.08 ? Number.NaN : ((x[t] as number) - (lump[t] as number)) / factor
    weekday = weekday === 6 ? 0 : weekday + 1
  }
  unit.recentTo = -1
}

import { madToSigma } from '../stats/mad.ts'
import { median } from '../stats/median.ts'
import { quantile } from '../stats/quantile.ts'
import { tuning } from './tuning.ts'

/** A ratio by day: parts, null where unknown. `worth` is what one unit of the numerator is worth in money. */
export interface RatioSeries {
  readonly numerator: readonly (number | null)[]
  readonly denominator: readonly (number | null)[]
  /** Which way is bad. */
  readonly direction: 'up' | 'down'
  /** Least spread: of a share in points, of a unit cost as a share of it. */
  readonly floor: number
  /** A fall to this ratio or above is within the target, and none; null without one. */
  readonly enough: number | null
  readonly worth: readonly number[]
  /** Weekday of day 0, Monday is 0. */
  readonly monday: number
  /** Days before it are complete. */
  readonly before: number
}

export interface RatioIncident {
  readonly onset: number
  /** Day of the second evidence. */
  readonly found: number
  readonly score: number
  lastDay: number
  state: 'open' | 'resolved' | 'absorbed'
  /** Over [onset, found]: the ratio and what was expected, and the same in money. */
  readonly ratio: number
  readonly expectedRatio: number
  readonly spread: number
  readonly actual: number
  readonly expected: number
  /** Part of `actual` less `expected` that the numerator brings against its usual amount; the denominator brings the rest. */
  readonly ofNumerator: number
  /** Largest money so far, signed as actual less expected. */
  excess: number
}

/** Days that the level, and that weekdays and spread, are learnt from; fewest known ones of the latter. */
const levelDays = 28
const history = 56
const fewest = 42
/** A series is not judged before as many days, as the leaves are not. */
const warmup = tuning.warmup
const sigmas = 4
/** Spreads beyond which an open incident goes on. */
const staysAt = 2
/** Days of evidence that a finding needs. */
const evidence = 2
const absorbedAfter = 28
/** Least impact that is recorded; what is told has limits of its own. */
const leastMoney = tuning.minAmount
const leastShare = tuning.minPercent / 100

/**
 * Judges a ratio day by day against its own last four weeks, weekdays apart as in eight. A deviation counts when two known days in a row lie four
 * spreads off, cost enough and are a tenth of what was expected. The expectation stays that of before the onset; what has stood
 * for four weeks is the new normal.
 */
export function judgeRatio(series: RatioSeries): RatioIncident[] {
  const ratios = series.numerator.map((value, day) => ratioOf(value, series.denominator[day] ?? null))
  const found: RatioIncident[] = []
  const past: Past = { from: 0, found }
  for (let day = warmup; day < Math.min(series.before, ratios.length); day++) {
    const open = found.at(-1)
    if (open?.state === 'open') {
      const state = goOn(series, ratios, open, { day, past })
      if (state === 'absorbed') past.from = open.onset
      if (state === 'open') continue
    }
    const next = opened(series, ratios, day, past)
    if (next) found.push(next)
  }
  return found
}

/** Null stays null, and 0 ÷ 0 is null. */
export const ratioOf = (numerator: number | null, denominator: number | null) =>
  numerator === null || denominator === null || !(denominator > 0) ? null : numerator / denominator

type Ratios = readonly (number | null)[]

/** What is learnt from: days since the last new normal, without those of incidents that were over. */
interface Past {
  from: number
  readonly found: readonly RatioIncident[]
}

const isOdd = ({ found }: Past, day: number) =>
  found.some(({ state, onset, lastDay }) => state === 'resolved' && day >= onset && day <= lastDay)

function opened(series: RatioSeries, ratios: Ratios, day: number, past: Past): RatioIncident | null {
  const days = knownUntil(ratios, day)
  const onset = days.at(-1)
  if (ratios[day] === null || onset === undefined) return null
  const usual = usualBefore(series, ratios, onset, past)
  if (!usual) return null
  const clear = days.map((one) => usual.deviation(one))
  const score = Math.min(...clear)
  if (score < sigmas) return null
  const money = moneyOf(series, usual, onset, day)
  const ratio = median(days.map((one) => ratios[one] as number))
  const expectedRatio = median(days.map(usual.expected))
  const excess = money.actual - money.expected
  if (Math.abs(excess) < leastMoney || Math.abs(ratio / expectedRatio - 1) < leastShare) return null
  if (series.enough !== null && series.direction === 'down' && ratio >= series.enough) return null
  if (series.direction === 'down' && !isLoss(series, usual, days)) return null
  return {
    ...{ onset, found: day, lastDay: day, state: 'open', ratio, expectedRatio, spread: usual.spread, excess, ...money },
    score: (tuning.cut * score) / sigmas,
  }
}

/** Whether what is not used, covered or tagged has grown: a ratio also falls when only the rest gets less. */
function isLoss({ numerator, denominator }: RatioSeries, usual: Usual, days: readonly number[]): boolean {
  const rest = (day: number) => (denominator[day] as number) - (numerator[day] as number)
  const before = median(usual.days.map(rest))
  return days.every((day) => {
    const missed = usual.expected(day) * (denominator[day] as number) - (numerator[day] as number)
    return rest(day) - before >= missed / 2
  })
}

/** The newest known days through `day`, newest first, as many as evidence takes; fewer than that are none. */
function knownUntil(ratios: Ratios, day: number): number[] {
  const days: number[] = []
  for (let t = day; t >= 0 && days.length < evidence && day - t < 2 * evidence; t--)
    if (ratios[t] !== null) days.push(t)
  return days.length < evidence ? [] : days
}

interface Usual {
  readonly spread: number
  /** The known days it was learnt from. */
  readonly days: readonly number[]
  expected(day: number): number
  /** How far the ratio of a day lies off in the bad direction, in spreads. */
  deviation(day: number): number
}

function usualBefore(series: RatioSeries, ratios: Ratios, onset: number, past: Past): Usual | null {
  const first = Math.max(past.from, onset - history)
  const days = Array.from({ length: Math.max(0, onset - first) }, (_, index) => first + index).filter(
    (day) => ratios[day] !== null && !isOdd(past, day),
  )
  if (days.length < fewest) return null
  const value = (day: number) => ratios[day] as number
  const level = median(days.filter((day) => day >= onset - levelDays).map(value))
  const middle = median(days.map(value))
  const weekday = (day: number) => (day + series.monday) % 7
  const offsets = Array.from({ length: 7 }, (_, one) => {
    const own = days.filter((day) => weekday(day) === one).map(value)
    return own.length < 3 ? 0 : median(own) - middle
  })
  const expected = (day: number) => level + (offsets[weekday(day)] as number)
  const residuals = days.map((day) => Math.abs(value(day) - expected(day)))
  const scatter = Math.max(madToSigma * median(residuals), quantile(residuals, 0.9) / 1.645)
  const floor = series.direction === 'down' ? series.floor : level * Math.max(series.floor, countNoise(series, days))
  const spread = Math.max(scatter, floor)
  const sign = series.direction === 'up' ? 1 : -1
  return { spread, days, expected, deviation: (day) => (sign * (value(day) - expected(day))) / spread }
}

/** Relative noise of a count of events over a week: a few deployments more or less are no news. */
const countNoise = ({ denominator }: RatioSeries, days: readonly number[]) =>
  1 / Math.sqrt(7 * median(days.map((day) => denominator[day] as number)))

function moneyOf({ numerator, denominator, worth }: RatioSeries, usual: Usual, onset: number, day: number) {
  const before = median(usual.days.filter((day) => day >= onset - levelDays).map((day) => numerator[day] as number))
  let actual = 0
  let expected = 0
  let ofNumerator = 0
  for (let t = onset; t <= day; t++) {
    const [top, bottom] = [numerator[t] ?? null, denominator[t] ?? null]
    if (top === null || bottom === null) continue
    actual += top * (worth[t] ?? 1)
    ofNumerator += (top - before) * (worth[t] ?? 1)
    expected += usual.expected(t) * bottom * (worth[t] ?? 1)
  }
  return { actual, expected, ofNumerator }
}

function goOn(series: RatioSeries, ratios: Ratios, open: RatioIncident, { day, past }: { day: number; past: Past }) {
  const usual = usualBefore(series, ratios, open.onset, past)
  if (usual && ratios[day] !== null && usual.deviation(day) >= staysAt) {
    open.lastDay = day
    const { actual, expected } = moneyOf(series, usual, open.onset, day)
    if (Math.abs(actual - expected) > Math.abs(open.excess)) open.excess = actual - expected
  }
  if (day - open.onset >= absorbedAfter) open.state = 'absorbed'
  else if (day - open.lastDay > tuning.resolveAfter) open.state = 'resolved'
  return open.state
}

import { quantile } from '../../src/stats/quantile.ts'

/** Bounds of one number, or of a path when arrays. */
export interface Band<T> {
  readonly lo80: T
  readonly hi80: T
  readonly lo95: T
  readonly hi95: T
}

/** A method's answer for one scope; bands are null for methods without any. Currency units. */
export interface Answer {
  readonly daily: readonly number[]
  readonly dailyBand: Band<readonly number[]> | null
  readonly month: number
  readonly monthBand: Band<number> | null
  readonly quarter: number
  readonly quarterBand: Band<number> | null
}

/** What came true: the first 30 days after the origin, the whole month of the origin, the next quarter. `scale` is the MASE scale. */
export interface Truth {
  readonly days: Float64Array
  readonly month: number
  readonly quarter: number
  readonly scale: number
}

export interface SeriesScore {
  readonly mase: number
  readonly smape: number
  readonly inside80: number
  readonly inside95: number
  readonly msis: number
  readonly month: SumScore
  readonly quarter: SumScore
}

interface SumScore {
  readonly error: number
  readonly actual: number
  readonly inside80: number
  readonly inside95: number
}

const horizon = 30

/** Mean absolute weekly difference of a history: the scale of MASE (forecast.md section 7). NaN when it is 0. */
export function weeklyScale(history: Float64Array): number {
  let sum = 0
  for (let i = 7; i < history.length; i++) sum += Math.abs((history[i] as number) - (history[i - 7] as number))
  const scale = sum / (history.length - 7)
  return scale > 0 ? scale : Number.NaN
}

/** Scores one answer; a missing one counts as a forecast of zero without interval. */
export function scoreSeries(answer: Answer | null, truth: Truth): SeriesScore {
  const given = answer ?? nothing
  let absolute = 0
  let symmetric = 0
  let counted = 0
  let inside80 = 0
  let inside95 = 0
  let width = 0
  for (let i = 0; i < horizon; i++) {
    const actual = truth.days[i] as number
    const forecast = given.daily[i] ?? 0
    absolute += Math.abs(actual - forecast)
    if (Math.abs(actual) + Math.abs(forecast) > 1e-6) {
      symmetric += (200 * Math.abs(actual - forecast)) / (Math.abs(actual) + Math.abs(forecast))
      counted++
    }
    const band = given.dailyBand ? at(given.dailyBand, i) : null
    inside80 += inside(band, actual, 80)
    inside95 += inside(band, actual, 95)
    width += band ? interval95(band, actual) : 40 * Math.abs(actual - forecast)
  }
  return {
    mase: Math.min(20, absolute / horizon / truth.scale),
    smape: counted === 0 ? Number.NaN : symmetric / counted,
    inside80: inside80 / horizon,
    inside95: inside95 / horizon,
    msis: Math.min(400, width / horizon / truth.scale),
    month: scoreSum(given.month, given.monthBand, truth.month),
    quarter: scoreSum(given.quarter, given.quarterBand, truth.quarter),
  }
}

const nothing: Answer = { daily: [], dailyBand: null, month: 0, monthBand: null, quarter: 0, quarterBand: null }

function at(band: Band<readonly number[]>, i: number): Band<number> {
  return { lo80: band.lo80[i] ?? 0, hi80: band.hi80[i] ?? 0, lo95: band.lo95[i] ?? 0, hi95: band.hi95[i] ?? 0 }
}

function inside(band: Band<number> | null, actual: number, level: 80 | 95): number {
  if (!band) return 0
  const [low, high] = level === 80 ? [band.lo80, band.hi80] : [band.lo95, band.hi95]
  const slack = 1e-6 * Math.max(1, Math.abs(actual))
  return actual >= low - slack && actual <= high + slack ? 1 : 0
}

function interval95({ lo95, hi95 }: Band<number>, actual: number): number {
  return hi95 - lo95 + 40 * Math.max(0, lo95 - actual, actual - hi95)
}

function scoreSum(forecast: number, band: Band<number> | null, actual: number): SumScore {
  return {
    error: Math.abs(forecast - actual),
    actual,
    inside80: inside(band, actual, 80),
    inside95: inside(band, actual, 95),
  }
}

/** Figures of a group of scopes; shares and percentages in %. */
export interface GroupScore {
  readonly mase: number
  readonly smape: number
  readonly day80: number
  readonly day95: number
  readonly msis: number
  readonly month: SumFigures
  readonly quarter: SumFigures
}

export interface SumFigures {
  readonly mdape: number
  readonly p90: number
  readonly wape: number
  readonly in80: number
  readonly in95: number
}

/** Mean over series (days), and over the scopes of the group (sums). */
export function scoreGroup(scores: readonly SeriesScore[]): GroupScore {
  return {
    mase: mean(scores.map((score) => score.mase)),
    smape: mean(scores.map((score) => score.smape)),
    day80: 100 * mean(scores.map((score) => score.inside80)),
    day95: 100 * mean(scores.map((score) => score.inside95)),
    msis: mean(scores.map((score) => score.msis)),
    month: sumFigures(scores.map((score) => score.month)),
    quarter: sumFigures(scores.map((score) => score.quarter)),
  }
}

function sumFigures(sums: readonly SumScore[]): SumFigures {
  const ape = sums.flatMap(({ error, actual }) => (actual === 0 ? [] : [(100 * error) / Math.abs(actual)]))
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  return {
    mdape: quantile(ape, 0.5),
    p90: quantile(ape, 0.9),
    wape: (100 * total(sums.map(({ error }) => error))) / total(sums.map(({ actual }) => Math.abs(actual))),
    in80: 100 * mean(sums.map((sum) => sum.inside80)),
    in95: 100 * mean(sums.map((sum) => sum.inside95)),
  }
}

/** Mean of the values that are numbers. */
export function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.reduce((sum, value) => sum + value, 0) / known.length
}

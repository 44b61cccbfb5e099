import { mad, madToSigma } from '../stats/mad.ts'
import { fitTheta, leastSquaresSlope, thetaAt } from '../stats/theta.ts'
import type { Calendar } from './calendar.ts'
import { weekdayProfile } from './profile.ts'

/** A simple method that a forecast has to beat. */
export interface Baseline {
  readonly name: string
  /**
   * @param cost raw daily cost in currency units up to `to`, inclusive
   * @param length days asked for
   * @returns one value a day from the day after `to`
   */
  path(cost: Float64Array, calendar: Calendar, to: number, length: number): Float64Array
}

const window = 30

/** The methods of forecast.md section 9 that need no library. */
export const baselines: readonly Baseline[] = [
  { name: 'naive, last day', path: (cost, _, to, length) => constant(cost[to] as number, length) },
  {
    name: 'seasonal naive, 7 d',
    path: (cost, _, to, length) => ahead(length, (h) => cost[to - 6 + ((h - 1) % 7)] ?? 0),
  },
  { name: 'drift', path: drift },
  { name: 'run rate', path: runRate },
  {
    name: 'mean of 30 d',
    path: (cost, _, to, length) => constant(meanOf(cost, Math.max(0, to - window + 1), to), length),
  },
  { name: 'same days last month', path: lastMonth },
  { name: 'OLS 30 d, outliers cut', path: leastSquares },
  { name: 'Theta, raw', path: theta },
]

function ahead(length: number, value: (h: number) => number): Float64Array {
  return Float64Array.from({ length }, (_, i) => value(i + 1))
}

function constant(value: number, length: number): Float64Array {
  return new Float64Array(length).fill(value)
}

function meanOf(values: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i <= to; i++) sum += values[i] as number
  return sum / (to - from + 1)
}

function drift(cost: Float64Array, _: Calendar, to: number, length: number): Float64Array {
  const last = cost[to] as number
  const step = to === 0 ? 0 : (last - (cost[0] as number)) / to
  return ahead(length, (h) => last + h * step)
}

/** Month-to-date mean. */
function runRate(cost: Float64Array, calendar: Calendar, to: number, length: number): Float64Array {
  const from = Math.max(0, to - (calendar.dayOfMonth[to] as number) + 1)
  return constant(meanOf(cost, from, to), length)
}

/** The same day of the last month whose day is known; a shorter month gives its last day. */
function lastMonth(cost: Float64Array, calendar: Calendar, to: number, length: number): Float64Array {
  return ahead(length, (h) => {
    let day = to + h
    while (day > to) {
      const date = calendar.dayOfMonth[day] as number
      const previous = day - date
      if (previous < 0) return 0
      day = previous - Math.max(0, (calendar.monthLength[previous] as number) - date)
    }
    return cost[Math.max(0, day)] as number
  })
}

/** Straight line over 30 days; days more than three robust spreads off a first line are cut. */
function leastSquares(cost: Float64Array, _: Calendar, to: number, length: number): Float64Array {
  const values = cost.slice(Math.max(0, to - window + 1), to + 1)
  const line = fitLine(values)
  const rest = values.map((value, i) => value - line(i))
  const limit = 3 * madToSigma * mad(rest)
  const cut = fitLine(values.map((value, i) => (Math.abs(rest[i] as number) > limit && limit > 0 ? Number.NaN : value)))
  return ahead(length, (h) => cut(values.length - 1 + h))
}

function fitLine(values: Float64Array): (x: number) => number {
  const slope = leastSquaresSlope(values, 0, values.length - 1)
  const used = [...values.keys()].filter((i) => !Number.isNaN(values[i]))
  const meanX = used.reduce((sum, i) => sum + i, 0) / used.length
  const meanY = used.reduce((sum, i) => sum + (values[i] as number), 0) / used.length
  return (x) => meanY + slope * (x - meanX)
}

/** Theta on the raw series with a weekday profile. */
function theta(cost: Float64Array, calendar: Calendar, to: number, length: number): Float64Array {
  const values = cost.slice(0, to + 1)
  const weekday = calendar.weekday.slice(0, to + 1)
  const ratio = values.map((value, i) => value / meanOf(values, Math.max(0, i - 3), Math.min(to, i + 3)))
  const finite = ratio.map((value) => (Number.isFinite(value) ? value : Number.NaN))
  const profile = weekdayProfile(finite, weekday, values.length, Array(7).fill(true), true)
  const flat = values.map((value, i) => {
    const factor = profile[weekday[i] as number] as number
    return factor > 0.05 ? value / factor : Number.NaN
  })
  const fit = fitTheta(flat, 0, to)
  return ahead(length, (h) => thetaAt(fit, h, to + 1) * (profile[calendar.weekday[to + h] as number] as number))
}

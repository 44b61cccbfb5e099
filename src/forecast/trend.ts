import { medianInPlace } from '../stats/select.ts'
import { fitTheta, type Theta } from '../stats/theta.ts'

/** Points over which growth is measured: about half a year. */
const growthPoints = 200
const block = 7
/** Half-life of the level's weights, points: for calm series, at most, and what a spread of 1 adds. */
const shortestHalf = 8
const longestHalf = 25
const halfPerSpread = 80
const surgeWeeks = 7
const leastSurge = 0.05
const surgeErrors = 3

/** Level and growth of a clean series at its last point. */
export interface Trend {
  readonly points: number
  /** Recent level, currency units a day. */
  readonly level: number
  /** Mean age of that level, points. */
  readonly lag: number
  /** Growth per point as a log rate, and the variance of its estimate. */
  readonly growth: number
  readonly growthVariance: number
  /** Growth of the last weeks per point as a log rate where it is fast and beyond doubt (an adoption, a ramp), else 0. */
  readonly surge: number
  readonly theta: Theta
  /** Robust spread of successive weeks' levels, as a fraction. */
  readonly weekly: number
}

/**
 * Fits the two parts of the forecast: a recent level with its growth, and Theta.
 *
 * @param level clean level a point at the latest step, currency units; NaN is missing
 * @param n number of points; the last one is the newest
 * @param spread robust spread of a point as a fraction of the level
 */
export function fitTrend(level: Float64Array, n: number, spread: number): Trend {
  const scratch = new Float64Array(n)
  const weeks: number[] = []
  for (let end = n; end - block >= Math.max(0, n - growthPoints); end -= block) {
    let size = 0
    let sum = 0
    for (let i = end - block; i < end; i++) {
      const value = level[i] as number
      if (Number.isNaN(value)) continue
      sum += value
      size++
    }
    weeks.push(size === 0 ? Number.NaN : sum / size)
  }
  const { slope, variance } = logSlope(weeks)
  const changes: number[] = []
  for (let i = 0; i + 1 < weeks.length && i < 16; i++) {
    const change = Math.log((weeks[i] as number) / (weeks[i + 1] as number))
    if (Number.isFinite(change)) changes.push(Math.abs(change))
  }
  for (const [i, change] of changes.entries()) scratch[i] = change
  return {
    points: n,
    ...recentLevel(level, n, spread),
    growth: slope / block,
    growthVariance: variance / block ** 2,
    surge: surgeOf(weeks) / block,
    theta: fitTheta(level, Math.max(0, n - 365), n - 1),
    weekly: changes.length === 0 ? 0 : medianInPlace(scratch, changes.length) * 1.4826,
  }
}

/** Slope of the last weeks when it is at least 5 % a week and stands out from its own error. */
function surgeOf(weeks: readonly number[]): number {
  const { slope, variance } = logSlope(weeks.slice(0, surgeWeeks))
  return Math.abs(slope) > leastSurge && Math.abs(slope) > surgeErrors * Math.sqrt(variance) ? slope : 0
}

/** Exponentially weighted mean of the last points: half of the weight on ten of them, on more where a day says less. */
function recentLevel(level: Float64Array, n: number, spread: number): { level: number; lag: number } {
  const half = Math.min(longestHalf, Math.max(shortestHalf, shortestHalf + halfPerSpread * spread))
  const keep = 2 ** (-1 / half)
  let weight = 1
  let weights = 0
  let sum = 0
  let age = 0
  for (let i = n - 1; i >= Math.max(0, n - 6 * half); i--) {
    const value = level[i] as number
    if (!Number.isNaN(value)) {
      sum += weight * value
      age += weight * (n - 1 - i)
      weights += weight
    }
    weight *= keep
  }
  return weights === 0 ? { level: 0, lag: 0 } : { level: sum / weights, lag: age / weights }
}

/** Least-squares slope of the logarithms per block, newest first in `weeks`; the variance allows for serial correlation. */
function logSlope(weeks: readonly number[]): { slope: number; variance: number } {
  const x: number[] = []
  const y: number[] = []
  for (const [i, value] of weeks.entries()) {
    if (!(value > 0)) continue
    x.push(-i)
    y.push(Math.log(value))
  }
  const n = x.length
  if (n < 5) return { slope: 0, variance: Number.POSITIVE_INFINITY }
  const meanX = x.reduce((a, b) => a + b, 0) / n
  const meanY = y.reduce((a, b) => a + b, 0) / n
  let spread = 0
  let product = 0
  for (let i = 0; i < n; i++) {
    spread += ((x[i] as number) - meanX) ** 2
    product += ((x[i] as number) - meanX) * ((y[i] as number) - meanY)
  }
  const slope = product / spread
  let rest = 0
  for (let i = 0; i < n; i++) rest += ((y[i] as number) - meanY - slope * ((x[i] as number) - meanX)) ** 2
  const serial = 4
  return { slope, variance: (serial * (rest / (n - 2)) + 1e-7) / spread }
}

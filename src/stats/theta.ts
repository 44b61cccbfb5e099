const alphas = [0.03, 0.06, 0.1, 0.15, 0.22, 0.32, 0.45, 0.6, 0.8]

/** A fitted Theta method: what it says h steps after the last value is `level + drift · (h − 1 + 1 / alpha)` for a long series. */
export interface Theta {
  readonly level: number
  readonly drift: number
  readonly alpha: number
}

/**
 * Theta method: simple exponential smoothing plus half the least-squares slope
 * (Assimakopoulos and Nikolopoulos 2000; this form Hyndman and Billah 2003).
 *
 * @param values equally spaced, without season; NaN counts as missing and is skipped
 * @param from first index used, inclusive
 * @param to last index used, inclusive
 * @returns level in the unit of the values, drift in that unit per step, the smoothing weight chosen by one-step squared error
 *
 * `fitTheta(Float64Array.of(1, 2, 3, 4), 0, 3).drift` is `0.5`
 */
export function fitTheta(values: Float64Array, from: number, to: number): Theta {
  const slope = leastSquaresSlope(values, from, to)
  const first = meanOf(values, from, Math.min(to, from + 6))
  let best: Theta = { level: first, drift: slope / 2, alpha: 1 }
  let least = Number.POSITIVE_INFINITY
  for (const alpha of alphas) {
    let level = first
    let squares = 0
    for (let i = from; i <= to; i++) {
      const value = values[i] as number
      if (Number.isNaN(value)) continue
      const error = value - level
      squares += error * error
      level += alpha * error
    }
    if (squares < least) {
      least = squares
      best = { level, drift: slope / 2, alpha }
    }
  }
  return best
}

/** Theta's value `h` steps after the last one; `h` counts from 1, `n` is the number of values it was fitted on. */
export function thetaAt(theta: Theta, h: number, n: number): number {
  return theta.level + theta.drift * (h - 1 + (1 - (1 - theta.alpha) ** n) / theta.alpha)
}

/** Least-squares slope per step over `[from, to]`, NaN skipped; 0 with fewer than two values. */
export function leastSquaresSlope(values: Float64Array, from: number, to: number): number {
  let n = 0
  let sumX = 0
  let sumY = 0
  let sumXX = 0
  let sumXY = 0
  for (let i = from; i <= to; i++) {
    const y = values[i] as number
    if (Number.isNaN(y)) continue
    const x = i - from
    n++
    sumX += x
    sumY += y
    sumXX += x * x
    sumXY += x * y
  }
  const spread = n * sumXX - sumX * sumX
  return n < 2 || spread === 0 ? 0 : (n * sumXY - sumX * sumY) / spread
}

function meanOf(values: Float64Array, from: number, to: number): number {
  let n = 0
  let sum = 0
  for (let i = from; i <= to; i++) {
    const value = values[i] as number
    if (Number.isNaN(value)) continue
    n++
    sum += value
  }
  return n === 0 ? 0 : sum / n
}

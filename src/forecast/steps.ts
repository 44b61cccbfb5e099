import { rollingMedian } from '../stats/rolling-median.ts'
import { medianInPlace } from '../stats/select.ts'

/** Smallest lasting change that counts as a step and not as growth or noise (fraction of the level). */
const leastStep = 0.09
const stepSpreads = 4.5
const reach = 5
/** A step younger than `reach` points is taken over by this part. */
const youngPart = 0.9

/**
 * Factors that bring a series to its latest level: history before a lasting step is multiplied by the step's ratio.
 * Growth survives, since only sharp changes count: more than five robust spreads of what ten points apart usually differ by.
 *
 * @param values positive and without season, one a point; NaN is missing
 * @param n number of points used
 * @returns one factor a point, 1 after the last step
 *
 * Thirty points at 10 and thirty at 20 give thirty factors of 2 and thirty of 1.
 */
export function stepFactors(values: Float64Array, n: number): Float64Array {
  const factors = new Float64Array(n).fill(1)
  if (n < 4 * reach) return factors
  const logs = new Float64Array(n)
  for (let i = 0; i < n; i++) logs[i] = (values[i] as number) > 0 ? Math.log(values[i] as number) : Number.NaN
  const jump = jumps(logs, n)
  const sizes = jump.slice(reach + 1).map(Math.abs)
  const spread = 1.4826 * medianInPlace(sizes, sizes.length)
  const limit = Math.max(leastStep, stepSpreads * spread)
  let factor = 1
  for (let i = n - 1; i >= 0; i--) {
    factors[i] = factor
    if (Math.abs(jump[i] as number) <= limit || !isPeak(jump, i, n)) continue
    factor *= Math.exp((jump[i] as number) * (i + reach < n ? 1 : youngPart))
    for (let k = 0; k < reach && i > 0; k++) factors[--i] = factor
  }
  return factors
}

/** Change of the local level around each point; 0 where it cannot be told, as on the last three points. */
function jumps(logs: Float64Array, n: number): Float64Array {
  const level = rollingMedian(logs, 0, n - 1, reach)
  const jump = new Float64Array(n)
  for (let i = reach + 1; i <= n - 4; i++) {
    const after = i + reach < n ? (level[i + reach] as number) : tailMedian(logs, i, n)
    const before = level[i - reach - 1] as number
    const change = after - before - driftAround(level, { i, n, before, after })
    jump[i] = Number.isNaN(change) ? 0 : change
  }
  return jump
}

/** What the level moves by in as many points beside the change: growth, which is no step. */
function driftAround(
  level: Float64Array,
  { i, n, before, after }: { i: number; n: number; before: number; after: number },
): number {
  const wide = 2 * reach + 1
  const earlier = i - reach - 1 - wide >= 0 ? before - (level[i - reach - 1 - wide] as number) : Number.NaN
  const later = i + reach + wide < n ? (level[i + reach + wide] as number) - after : earlier
  const drift = Number.isNaN(earlier) ? later : (earlier + later) / 2
  const change = after - before
  return Number.isNaN(drift) || drift * change <= 0
    ? 0
    : Math.sign(change) * Math.min(Math.abs(drift), Math.abs(change))
}

function isPeak(jump: Float64Array, i: number, n: number): boolean {
  const size = Math.abs(jump[i] as number)
  for (let k = Math.max(0, i - reach); k <= Math.min(n - 1, i + reach); k++) {
    const other = Math.abs(jump[k] as number)
    if (other > size || (other === size && k > i)) return false
  }
  return true
}

function tailMedian(values: Float64Array, from: number, n: number): number {
  const tail = values.slice(from, n).filter((value) => !Number.isNaN(value))
  return medianInPlace(tail, tail.length)
}

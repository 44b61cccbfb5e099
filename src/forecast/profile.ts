import { medianInPlace } from '../stats/select.ts'

const weeks = 26

/**
 * Weekday factors of a series, mean 1 over the week, 0 on idle weekdays.
 *
 * @param ratio value of each point divided by its local level; NaN is left out
 * @param weekday weekday of each point, 0 is Monday
 * @param n number of points
 * @param active weekdays with spend
 * @param robust median of each weekday (first pass, history not yet clean) or mean (clean)
 * @returns seven factors, those of active weekdays shrunk towards each other by how well the data tell them apart
 */
export function weekdayProfile(
  ratio: Float64Array,
  weekday: Uint8Array,
  n: number,
  active: readonly boolean[],
  robust: boolean,
): Float64Array {
  const groups = Array.from({ length: 7 }, () => new Float64Array(weeks))
  const sizes = new Int32Array(7)
  for (let i = n - 1; i >= 0 && i >= n - weeks * 7; i--) {
    const value = ratio[i] as number
    const day = weekday[i] as number
    const size = sizes[day] as number
    if (Number.isNaN(value) || size >= weeks) continue
    ;(groups[day] as Float64Array)[size] = value
    sizes[day] = size + 1
  }
  const factors = new Float64Array(7)
  const errors = new Float64Array(7)
  for (let day = 0; day < 7; day++) {
    const size = sizes[day] as number
    const group = groups[day] as Float64Array
    if (!active[day]) continue
    const middle = size === 0 ? 1 : robust ? medianInPlace(group, size) : mean(group, size)
    factors[day] = middle
    errors[day] = size < 3 ? 0.05 : variance(group, size, middle) / size
  }
  return scaleToWeek(shrink(factors, errors, active), active)
}

/** Empirical Bayes: each factor moves to the mean of the active ones by the share of its spread that is chance. */
function shrink(factors: Float64Array, errors: Float64Array, active: readonly boolean[]): Float64Array {
  const used = [...factors.keys()].filter((day) => active[day])
  if (used.length < 3) return factors
  const centre = used.reduce((sum, day) => sum + (factors[day] as number), 0) / used.length
  const between = used.reduce((sum, day) => sum + ((factors[day] as number) - centre) ** 2, 0) / (used.length - 1)
  const chance = used.reduce((sum, day) => sum + (errors[day] as number), 0) / used.length
  const keep = between <= 0 ? 0 : Math.max(0, 1 - chance / between)
  return factors.map((factor, day) => (active[day] ? centre + keep * (factor - centre) : 0))
}

function scaleToWeek(factors: Float64Array, active: readonly boolean[]): Float64Array {
  const sum = factors.reduce((total, factor) => total + factor, 0)
  if (!(sum > 0)) {
    const count = active.filter(Boolean).length
    return Float64Array.from(active, (on) => (on ? 7 / count : 0))
  }
  return factors.map((factor) => Math.max(0, (factor * 7) / sum))
}

function mean(values: Float64Array, size: number): number {
  let sum = 0
  for (let i = 0; i < size; i++) sum += values[i] as number
  return sum / size
}

function variance(values: Float64Array, size: number, middle: number): number {
  let sum = 0
  for (let i = 0; i < size; i++) sum += ((values[i] as number) - middle) ** 2
  return sum / (size - 1)
}

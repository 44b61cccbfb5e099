import { madToSigma } from '../stats/mad.ts'
import { smallMedian } from './small-median.ts'
import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'

const week = new Float64Array(7)
const ratios = Array.from({ length: 7 }, () => new Float64Array(Math.ceil(tuning.profileDays / 7) + 1))
const counts = new Int32Array(7)

/**
 * Factor of each weekday (0 = Monday) from the days before `day`: median ratio of a day to the median of the seven around it. A
 * factor that does not stand out of its own scatter is pulled to 1.
 */
export function weekdayFactors(unit: Unit, day: number, monday: number): Float64Array {
  counts.fill(0)
  const from = Math.max(unit.first, day - tuning.profileDays)
  for (let t = from; t < day; t++) {
    if (unit.gap[t] === 1 || unit.masked[t] === 1 || unit.quiet[t] === 1) continue
    const level = levelAround(unit, t, from, day)
    if (!(level > 0)) continue
    const weekday = (t + monday) % 7
    const count = counts[weekday] as number
    ;(ratios[weekday] as Float64Array)[count] = ((unit.x[t] as number) - (unit.lump[t] as number)) / level
    counts[weekday] = count + 1
  }
  return Float64Array.from(ratios, (values, weekday) => factorOf(values, counts[weekday] as number))
}

function levelAround(unit: Unit, t: number, from: number, day: number): number {
  const start = Math.max(from, Math.min(t - 3, day - 7))
  let count = 0
  for (let i = start; i < start + 7; i++)
    if (unit.gap[i] !== 1) week[count++] = (unit.x[i] as number) - (unit.lump[i] as number)
  return smallMedian(week, count)
}

function factorOf(values: Float64Array, count: number): number {
  if (count < 2) return 1
  const middle = Math.max(0, smallMedian(values, count))
  for (let i = 0; i < count; i++) values[i] = Math.abs((values[i] as number) - middle)
  const error = (madToSigma * smallMedian(values, count)) / Math.sqrt(count) + 0.02 / count
  const distance = (middle - 1) ** 2
  return 1 + (middle - 1) * (distance / (distance + error ** 2 + 1e-12))
}

import { madToSigma } from '../stats/mad.ts'
import { smallMedian } from './small-median.ts'
import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'

const week = new Float64Array(8)
const ratios = Array.from({ length: 7 }, () => new Float64Array(Math.ceil(tuning.profileDays / 7) + 1))
const counts = new Int32Array(7)

/**
 * Sets the unit's factor of each weekday (0 = Monday) from the days before `day`: median ratio of a day to the median of the seven
 * around it. A factor that does not stand out of its own scatter is pulled to 1.
 */
export function weekdayFactors(unit: Unit, day: number, monday: number): void {
  const { x, lump, gap, masked, quiet } = unit
  counts.fill(0)
  const from = Math.max(unit.first, day - tuning.profileDays)
  let start = from
  let size = 0
  for (let t = from; t < from + 7; t++) if (gap[t] !== 1) size = insert(size, (x[t] as number) - (lump[t] as number))
  let weekday = (from + monday) % 7
  for (let t = from; t < day; t++) {
    if (start < Math.min(t - 3, day - 7)) {
      if (gap[start] !== 1) size = remove(size, (x[start] as number) - (lump[start] as number))
      if (gap[start + 7] !== 1) size = insert(size, (x[start + 7] as number) - (lump[start + 7] as number))
      start++
    }
    const middle = size >> 1
    const level = size % 2 ? (week[middle] as number) : ((week[middle - 1] as number) + (week[middle] as number)) / 2
    if (gap[t] !== 1 && masked[t] !== 1 && quiet[t] !== 1 && level > 0) {
      const count = counts[weekday] as number
      ;(ratios[weekday] as Float64Array)[count] = ((x[t] as number) - (lump[t] as number)) / level
      counts[weekday] = count + 1
    }
    weekday = weekday === 6 ? 0 : weekday + 1
  }
  for (let i = 0; i < 7; i++) unit.profile[i] = factorOf(ratios[i] as Float64Array, counts[i] as number)
}

/** Puts a value into the sorted week; returns the new number of values. */
function insert(size: number, value: number): number {
  let at = size
  while (at > 0 && (week[at - 1] as number) > value) {
    week[at] = week[at - 1] as number
    at--
  }
  week[at] = value
  return size + 1
}

function remove(size: number, value: number): number {
  let at = 0
  while ((week[at] as number) < value) at++
  for (; at < size - 1; at++) week[at] = week[at + 1] as number
  return size - 1
}

function factorOf(values: Float64Array, count: number): number {
  if (count < 2) return 1
  const middle = Math.max(0, smallMedian(values, count))
  for (let i = 0; i < count; i++) values[i] = Math.abs((values[i] as number) - middle)
  const error = (madToSigma * smallMedian(values, count)) / Math.sqrt(count) + 0.02 / count
  const distance = (middle - 1) ** 2
  return 1 + (middle - 1) * (distance / (distance + error ** 2 + 1e-12))
}

import { mad, madToSigma } from '../stats/mad.ts'
import { median } from '../stats/median.ts'
import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'

/**
 * Factor of each weekday (0 = Monday) from the days before `day`: median ratio of a day to the median of the seven around it. A
 * factor that does not stand out of its own scatter is pulled to 1.
 */
export function weekdayFactors(unit: Unit, day: number, monday: number): Float64Array {
  const ratios: number[][] = [[], [], [], [], [], [], []]
  const from = Math.max(unit.first, day - tuning.profileDays)
  const week: number[] = []
  for (let t = from; t < day; t++) {
    if (unit.gap[t] === 1 || unit.masked[t] === 1) continue
    const start = Math.max(from, Math.min(t - 3, day - 7))
    week.length = 0
    for (let i = start; i < start + 7; i++) if (unit.gap[i] !== 1) week.push(unit.x[i] as number)
    const level = median7(week)
    if (level > 0) ratios[(t + monday) % 7]?.push((unit.x[t] as number) / level)
  }
  return Float64Array.from(ratios, factorOf)
}

function factorOf(ratios: readonly number[]): number {
  if (ratios.length < 2) return 1
  const middle = Math.max(0, median(ratios))
  const error = (madToSigma * mad(ratios, middle)) / Math.sqrt(ratios.length) + 0.02 / ratios.length
  const distance = (middle - 1) ** 2
  return 1 + (middle - 1) * (distance / (distance + error ** 2 + 1e-12))
}

function median7(values: number[]): number {
  values.sort((a, b) => a - b)
  return values[values.length >> 1] ?? 0
}

import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'

const { levelDays } = tuning
const farthest = 3 * levelDays

/**
 * Median of the deseasonalised days up to `day`, over `tuning.levelDays` days that are known and not masked; what it was the day
 * before when there is none. The sorted window of the day before is taken on where nothing in it was written again.
 */
export function medianOfRecent(unit: Unit, day: number): number {
  const { recent } = unit
  const count = slide(unit, day) ? levelDays : fill(unit, day)
  if (count === 0) return unit.level[day - 1] ?? 0
  const middle = count >> 1
  return count % 2 ? (recent[middle] as number) : ((recent[middle - 1] as number) + (recent[middle] as number)) / 2
}

const isKnown = (unit: Unit, t: number) => !Number.isNaN(unit.y[t] as number) && unit.masked[t] !== 1

function fill(unit: Unit, day: number): number {
  const { recent } = unit
  const earliest = Math.max(unit.first, unit.levelFrom, day - farthest)
  let count = 0
  let t = day
  for (; t >= earliest && count < levelDays; t--) {
    const value = unit.y[t] as number
    if (Number.isNaN(value) || unit.masked[t] === 1) continue
    let at = count++
    while (at > 0 && (recent[at - 1] as number) > value) {
      recent[at] = recent[at - 1] as number
      at--
    }
    recent[at] = value
  }
  unit.recentFrom = t + 1
  unit.recentTo = count === levelDays ? day : -1
  return count
}

/** Brings a full window from the day before to `day`; false when there is none. */
function slide(unit: Unit, day: number): boolean {
  if (unit.recentTo !== day - 1 || day === 0) return false
  if (isKnown(unit, day)) {
    replace(unit.recent, unit.y[unit.recentFrom] as number, unit.y[day] as number)
    do unit.recentFrom++
    while (!isKnown(unit, unit.recentFrom))
  }
  if (unit.recentFrom < day - farthest) return false
  unit.recentTo = day
  return true
}

function replace(sorted: Float32Array, old: number, value: number): void {
  let at = 0
  while ((sorted[at] as number) < old) at++
  while (at > 0 && (sorted[at - 1] as number) > value) {
    sorted[at] = sorted[at - 1] as number
    at--
  }
  while (at < levelDays - 1 && (sorted[at + 1] as number) < value) {
    sorted[at] = sorted[at + 1] as number
    at++
  }
  sorted[at] = value
}

import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'

const scratch = new Float64Array(64)

/** Median of the deseasonalised days up to `day`, over `tuning.levelDays` days that are known and not masked; 0 when there is none. */
export function medianOfRecent(unit: Unit, day: number): number {
  const earliest = Math.max(unit.first, unit.levelFrom, day - 3 * tuning.levelDays)
  let count = 0
  for (let t = day; t >= earliest && count < tuning.levelDays; t--) {
    const value = unit.y[t] as number
    if (Number.isNaN(value) || unit.masked[t] === 1) continue
    let at = count++
    while (at > 0 && (scratch[at - 1] as number) > value) {
      scratch[at] = scratch[at - 1] as number
      at--
    }
    scratch[at] = value
  }
  if (count === 0) return unit.level[day - 1] ?? 0
  const middle = count >> 1
  return count % 2 ? (scratch[middle] as number) : ((scratch[middle - 1] as number) + (scratch[middle] as number)) / 2
}

import { median } from '../stats/median.ts'
import type { Candidate } from './candidate.ts'
import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'

const window = 28

/** A credit that came every day for four weeks, on this series, and stays out, or shrinks to a sixth, while the leaf's usage goes on. */
export function creditEnd(unit: Unit, leafUsage: Unit, day: number, out: Candidate[]): void {
  if (
    unit.first < 0 ||
    day - Math.max(unit.first, unit.heldBefore) < window ||
    unit.gap[day] === 1 ||
    unit.partial[day] === 1
  )
    return
  const usual = credits(unit, day)
  if (!usual) return
  const amount = unit.x[day] as number
  const usage = leafUsage.x[day] as number
  if (
    amount < usual / 6 ||
    !(usage > 0.5 * (leafUsage.level[day - 1] as number) * Math.min(1, leafUsage.profile[0] as number) * 0.5)
  )
    return
  const share = -usual / Math.max(usage, 1e-9)
  const score = tuning.cut * Math.min(4, 1 + 3 * Math.min(share, 1))
  out.push({ unit, day, onset: day, direction: 'up', rule: 'credit_end', score, actual: amount, expected: usual })
}

/** Median of the daily credit before `day`, in units; null when it did not come on nearly every day. */
function credits(unit: Unit, day: number): number | null {
  const past: number[] = []
  let known = 0
  for (let t = day - window; t < day; t++) {
    if (unit.gap[t] === 1) continue
    known++
    if ((unit.x[t] as number) < 0) past.push(unit.x[t] as number)
  }
  return known >= 20 && past.length >= 0.95 * known ? median(past) : null
}

import type { Candidate } from './candidate.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'

export interface BirthFacts {
  /** The leaf's usage as a whole; the unit itself when the leaf is new. */
  readonly leaf: Unit
  /** Whether the account had no spend of this service before, or not in this region. */
  readonly newToAccount: boolean
  readonly unitsPerMoney: number
  readonly monday: number
}

const watched = 7

/** Whether a unit is in its first week, and was not there from the start of the file. */
export const isYoung = (unit: Unit, day: number) => unit.first >= tuning.warmup - 30 && day - unit.first < watched

/**
 * A leaf never seen, or a region and usage type new to a leaf, judged by amount in its first week: the largest day, and a third of
 * the sum so far. A new cell must also matter to its leaf.
 */
export function birth(unit: Unit, day: number, facts: BirthFacts, out: Candidate[]): void {
  if (!isYoung(unit, day) || day < unit.first) return
  let sum = 0
  let largest = 0
  for (let t = unit.first; t <= day; t++) {
    sum += unit.x[t] as number
    largest = Math.max(largest, unit.x[t] as number)
  }
  const strength = Math.max(largest, sum / 3) / facts.unitsPerMoney
  const wanted = unit === facts.leaf ? leafAmount(facts) : cellAmount(facts, day)
  const score = tuning.cut * Math.min(4, Math.sqrt(strength / wanted))
  if (score < tuning.cut / 4 || !(sum > 0)) return
  const rule = unit === facts.leaf ? 'new_service' : 'new_usage'
  out.push({ unit, day, onset: unit.first, direction: 'up', rule, score, actual: sum, expected: 0 })
}

const leafAmount = (facts: BirthFacts) => tuning.birthAmount * (facts.newToAccount ? 0.6 : 1)

function cellAmount({ leaf, monday, unitsPerMoney }: BirthFacts, day: number): number {
  return Math.max(
    tuning.cellBirthAmount,
    (0.12 * expected(leaf, day, Math.max(leaf.first, day - watched), monday)) / unitsPerMoney,
  )
}

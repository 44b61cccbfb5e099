import { mad, madToSigma } from '../stats/mad.ts'
import type { Candidate, RuleContext } from './candidate.ts'
import { lumpAmount, lumpDue, lumpRise, lumpScore } from './lumps.ts'
import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'

const history = 180
/** What is due need lie less far beyond the largest amount than what is not. */
const dueRoom = 1.25

/** Candidates on a unit with spend on a minority of days: a due lump against its kind, anything else against the largest of half a year. */
export function sparseCandidates(unit: Unit, day: number, context: RuleContext, out: Candidate[]): void {
  const amount = unit.raw[day] as number
  if (!(amount > 0) || unit.gap[day] === 1) return
  const lump = lumpDue(unit, day, context)
  const past = activeAmounts(unit, day)
  const largest = past.at(-1) ?? Number.NaN
  const beyond = past.length < 4 ? Number.NaN : beyondLargest(amount, past)
  const found = { unit, day, onset: day, direction: 'up', actual: amount } as const
  if (lump) {
    const jump = lumpScore(lumpRise(unit, day, lump, context), lump)
    const score = Number.isNaN(beyond) || unit.kind === 'charge' ? jump : Math.min(jump, dueRoom * beyond)
    if (score >= tuning.cut / 4) out.push({ ...found, rule: 'lump', score, expected: lumpAmount(lump) })
  } else if (unit.kind !== 'charge' && beyond >= tuning.cut / 4) {
    out.push({ ...found, rule: 'sparse', score: beyond, expected: largest })
  }
}

/** Score of an amount against the largest of the past ones (ascending), on the log scale and in their own spread. */
function beyondLargest(amount: number, past: readonly number[]): number {
  const logs = past.map(Math.log)
  const spread = Math.max(0.3, madToSigma * mad(logs)) * (1.3 + 5 / past.length)
  return (tuning.cut * Math.log(amount / (past.at(-1) as number))) / spread
}

function activeAmounts(unit: Unit, day: number): number[] {
  const past: number[] = []
  for (let t = Math.max(unit.first, day - history); t < day; t++)
    if ((unit.x[t] as number) > 0) past.push(unit.x[t] as number)
  return past.sort((a, b) => a - b)
}

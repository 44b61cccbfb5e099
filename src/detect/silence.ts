import { excessOf } from './candidate.ts'
import { covers, type DetectConfig, type Feedback } from './config.ts'
import { dailyExcess, type IncidentBook } from './incidents.ts'
import type { LeafKey } from './input.ts'
import type { Finding } from './judge.ts'
import type { State } from './state.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'

const muteDays = 180
const muteRoom = 1.25

/** Why a finding is not notified though its evidence stands: a plan, a verdict, an incident of all teams, a return; or null. */
export function silencedBy(
  state: State,
  book: IncidentBook,
  finding: Finding,
  ...[detectedOn, config]: [number, DetectConfig]
): string | null {
  const leaf = state.input.leaves[finding.leaf]
  if (!leaf) return null
  if (isPlanned(config, finding, leaf)) return 'planned'
  for (const verdict of config.feedback) {
    if (verdict.direction !== finding.direction || detectedOn < verdict.given || !covers(verdict.scope, leaf)) continue
    const reason = byVerdict(book, verdict, finding, detectedOn)
    if (reason) return reason
  }
  if (!finding.whole && finding.direction === 'up' && book.wholeOpen(finding.leaf, finding.day)) return 'folded'
  return returns(state, book, finding) ? 'return' : null
}

function isPlanned({ planned }: DetectConfig, { onset, day, direction }: Finding, leaf: LeafKey): boolean {
  return planned.some(
    (plan) =>
      covers(plan.scope, leaf) && (plan.direction ?? direction) === direction && day >= plan.start && onset < plan.end,
  )
}

function byVerdict(book: IncidentBook, given: Feedback, finding: Finding, detectedOn: number): string | null {
  const judged = book.all.findLast(
    (one) =>
      one.leaf === finding.leaf &&
      one.direction === given.direction &&
      one.onset <= given.date &&
      one.openedOn <= given.given,
  )
  if (!judged) return null
  const excess = excessOf(finding)
  if (given.verdict === 'noise' && detectedOn < given.given + muteDays && excess <= muteRoom * judged.excess)
    return 'muted'
  if (given.verdict !== 'expected') return null
  const lasting = given.until === undefined ? finding.onset <= given.given : finding.day < given.until
  return lasting && dailyExcess(finding) <= 1.5 * judged.dailyExcess ? 'expected' : null
}

/** Whether a move only leads back to the level from before an incident of the other direction. */
function returns(state: State, book: IncidentBook, finding: Finding): boolean {
  const { leaf, day, onset, direction } = finding
  const other = direction === 'up' ? 'down' : 'up'
  const opposite =
    book.latest({ leaf, whole: false, direction: other }) ?? book.latest({ leaf, whole: true, direction: other })
  if (
    !opposite ||
    opposite.state === 'retracted' ||
    day - opposite.lastDay > tuning.returnWithin ||
    !(opposite.levelBefore > 0)
  )
    return false
  const unit = state.usage[leaf] as Unit
  const level = unit.level[Math.max(0, onset - 1)] as number
  let actual = 0
  let before = 0
  for (let t = onset; t <= day; t++) {
    actual += unit.x[t] as number
    const share = level > 0 ? expected(unit, t, onset - 1, state.monday) / level : 1
    before += share * opposite.levelBefore
  }
  return direction === 'down' ? actual > 0.75 * before : actual < 1.2 * before
}

import { excessOf } from './candidate.ts'
import { covers, type DetectConfig } from './config.ts'
import {
  type AlertKind,
  closeQuiet,
  createBook,
  escalates,
  type Incident,
  type IncidentBook,
  isOpen,
  update,
} from './incidents.ts'
import { joinHistories } from './inherit.ts'
import type { SeriesInput } from './input.ts'
import { type Finding, judgeDay } from './judge.ts'
import { mornings } from './mornings.ts'
import { createState, type State } from './state.ts'
import { tuning } from './tuning.ts'
import { advance, expected, type Unit } from './unit.ts'

/** A finding as it goes out, on its day. */
export interface Notice {
  readonly finding: Finding
  readonly detectedOn: number
  readonly fired: boolean
  readonly kind: AlertKind | 'candidate'
  readonly incident: Incident | undefined
}

export interface Detection {
  readonly state: State
  readonly notices: readonly Notice[]
  readonly incidents: readonly Incident[]
}

/**
 * Walks a file morning by morning and judges each day with what was visible then. Nothing that is decided on a morning depends on
 * later rows.
 */
export function detect(input: SeriesInput, config: DetectConfig): Detection {
  const state = createState(input)
  const book = createBook(state)
  const notices: Notice[] = []
  const emitted = new Set<string>()
  for (const { detectedOn, days } of mornings(state)) {
    for (const day of days) {
      for (const finding of judgeDay(state, day, config)) {
        const notice = decide(state, book, finding, detectedOn, config)
        if (!notice || !(notice.fired || config.emitCandidates)) continue
        const key = `${finding.leaf}/${finding.whole}/${finding.direction}/${day}/${Math.floor(finding.score * 2)}`
        if (!notice.fired && emitted.has(key)) continue
        emitted.add(key)
        if (detectedOn >= config.since) notices.push(notice)
      }
      closeQuiet(book, state, day)
    }
  }
  return { state, notices, incidents: book.all }
}

function decide(
  state: State,
  book: IncidentBook,
  found: Finding,
  detectedOn: number,
  config: DetectConfig,
): Notice | null {
  const finding = found.suppressed_by
    ? found
    : { ...found, suppressed_by: silencedBy(state, book, found, detectedOn, config) }
  const strong = finding.score >= tuning.cut
  if (finding.suppressed_by === 'transfer' && strong) adopt(state, finding)
  const known = book.latest(finding)
  if (finding.suppressed_by) return { finding, detectedOn, fired: false, kind: 'candidate', incident: undefined }
  if (known && isOpen(known, finding.day)) return further(state, known, finding, detectedOn)
  if (!strong) return { finding, detectedOn, fired: false, kind: 'candidate', incident: undefined }
  if (finding.rule === 'weekend') maskDay(state, finding)
  if (
    known &&
    known.state !== 'retracted' &&
    finding.day - known.lastDay <= tuning.resolveAfter + tuning.reopenWithin &&
    finding.day > known.lastDay
  ) {
    known.state = 'open'
    update(known, finding)
    return { finding, detectedOn, fired: true, kind: 'reopened', incident: known }
  }
  if (known && finding.day <= known.lastDay) return null
  return { finding, detectedOn, fired: true, kind: 'opened', incident: book.open(finding, detectedOn) }
}

function further(state: State, known: Incident, finding: Finding, detectedOn: number): Notice | null {
  if (finding.score >= tuning.cut / 2) {
    const fired = escalates(known, finding, state.unitsPerMoney) && finding.score >= tuning.cut
    update(known, finding)
    if (finding.rule === 'weekend') maskDay(state, finding)
    if (fired) {
      known.notifiedExcess = excessOf(finding)
      known.notifiedScore = finding.score
      return { finding, detectedOn, fired: true, kind: 'escalated', incident: known }
    }
  }
  if (finding.score < 1.1 * known.notifiedScore) return null
  known.notifiedScore = finding.score
  return { finding, detectedOn, fired: false, kind: 'candidate', incident: known }
}

/** Keeps a weekend that did not fall out of the weekday profile. */
function maskDay(state: State, { leaf, day }: Finding): void {
  ;(state.usage[leaf] as Unit).masked[day] = 1
  for (const cell of state.cellsOf[leaf] ?? []) (state.cells[cell] as Unit).masked[day] = 1
}

/** Takes a transfer in: the histories are joined, and the days since its onset are read again. */
function adopt(state: State, finding: Finding): void {
  joinHistories(state, finding)
  for (const leaf of [finding.leaf, ...finding.partners]) {
    const cells = (state.cellsOf[leaf] ?? []).map((cell) => state.cells[cell] as Unit)
    for (const unit of [state.usage[leaf] as Unit, ...cells])
      for (let t = finding.onset; t <= finding.day; t++) advance(unit, t, state.monday)
  }
}

function silencedBy(
  state: State,
  book: IncidentBook,
  finding: Finding,
  detectedOn: number,
  config: DetectConfig,
): string | null {
  const leaf = state.input.leaves[finding.leaf]
  if (!leaf) return null
  const { direction, day } = finding
  for (const plan of config.planned) {
    if (covers(plan.scope, leaf) && (plan.direction ?? direction) === direction && day >= plan.start && day < plan.end)
      return 'planned'
  }
  for (const one of config.feedback) {
    if (one.direction !== direction || detectedOn < one.given || !covers(one.scope, leaf)) continue
    const judged = book.all.findLast(
      (incident) =>
        incident.leaf === finding.leaf &&
        incident.direction === direction &&
        incident.onset <= one.date &&
        incident.openedOn <= one.given,
    )
    if (one.verdict === 'noise' && detectedOn < one.given + 180 && excessOf(finding) <= 1.25 * (judged?.excess ?? 0))
      return 'muted'
    if (
      one.verdict === 'expected' &&
      judged &&
      (one.until === undefined ? finding.onset <= one.given : day < one.until) &&
      excessOf(finding) <= 1.5 * judged.excess
    )
      return 'expected'
  }
  if (!finding.whole && direction === 'up' && book.wholeOpen(finding.leaf, day)) return 'folded'
  return returns(state, book, finding) ? 'return' : null
}

/** Whether a move only leads back to the level from before an incident of the other direction. */
function returns(state: State, book: IncidentBook, finding: Finding): boolean {
  const { leaf, day, onset, direction } = finding
  const opposite =
    book.latest({ leaf, whole: false, direction: direction === 'up' ? 'down' : 'up' }) ??
    (direction === 'down' ? book.latest({ leaf, whole: true, direction: 'up' }) : undefined)
  if (!opposite || day - opposite.lastDay > tuning.returnWithin || !(opposite.levelBefore > 0)) return false
  const unit = state.usage[leaf] as Unit
  let actual = 0
  let before = 0
  for (let t = onset; t <= day; t++) {
    actual += unit.x[t] as number
    const now = unit.level[Math.max(0, onset - 1)] as number
    before += now > 0 ? (expected(unit, t, onset - 1, state.monday) / now) * opposite.levelBefore : opposite.levelBefore
  }
  return direction === 'down' ? actual > 0.75 * before : actual < 1.2 * before
}

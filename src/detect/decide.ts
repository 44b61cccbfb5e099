import { excessOf } from './candidate.ts'
import type { DetectConfig } from './config.ts'
import { escalates, type Incident, type IncidentBook, isOpen, update } from './incidents.ts'
import { joinHistories } from './inherit.ts'
import type { Finding } from './judge.ts'
import { silencedBy } from './silence.ts'
import { advanceOne, type State } from './state.ts'
import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'
import { exclude } from './verdicts.ts'
import type { Notice } from './walk.ts'

/** What becomes of a finding: a notification that opens, re-opens or escalates an incident, a candidate, or nothing new. */
export function decide(
  state: State,
  book: IncidentBook,
  found: Finding,
  ...[detectedOn, config]: [number, DetectConfig]
): Notice | null {
  const finding = found.suppressed_by
    ? found
    : { ...found, suppressed_by: silencedBy(state, book, found, detectedOn, config) }
  const strong = finding.score >= tuning.cut
  const candidate: Notice = { finding, detectedOn, fired: false, kind: 'candidate', incident: undefined }
  if (finding.suppressed_by === 'transfer' && strong) adopt(state, finding)
  if (finding.suppressed_by) return candidate
  const known = book.latest(finding)
  if (known && isOpen(known, finding.day)) return further(state, known, candidate)
  if (!strong) return candidate
  if (known && known.state !== 'retracted' && finding.day <= known.lastDay) return null
  if (finding.rule === 'weekend') maskDay(state, finding)
  if (known && canReopen(known, finding)) {
    known.state = 'open'
    update(known, finding)
    return { ...candidate, fired: true, kind: 'reopened', incident: known }
  }
  return { ...candidate, fired: true, kind: 'opened', incident: book.open(finding, detectedOn) }
}

const canReopen = (known: Incident, finding: Finding) =>
  known.state !== 'retracted' && finding.day - known.lastDay <= tuning.resolveAfter + tuning.reopenWithin

function further(state: State, known: Incident, candidate: Notice): Notice | null {
  const { finding } = candidate
  if (finding.score >= tuning.cut / 2) {
    const tell = finding.score >= tuning.cut && escalates(known, finding, state.unitsPerMoney)
    update(known, finding)
    if (finding.rule === 'weekend') maskDay(state, finding)
    if (known.excluded) exclude(state, known, { from: finding.day, until: finding.day + 1, newest: finding.day })
    if (tell) {
      known.notifiedExcess = excessOf(finding)
      known.notifiedScore = finding.score
      return { ...candidate, fired: true, kind: 'escalated', incident: known }
    }
  }
  if (finding.score < 1.1 * known.notifiedScore) return null
  known.notifiedScore = finding.score
  return { ...candidate, incident: known }
}

/** Keeps a weekend that did not fall out of the weekday profile. */
function maskDay(state: State, { leaf, day }: Finding): void {
  const cells = (state.cellsOf[leaf] ?? []).map((cell) => state.cells[cell] as Unit)
  for (const unit of [state.usage[leaf] as Unit, ...cells]) {
    unit.masked[day] = 1
    unit.recentTo = -1
  }
}

/** Takes a transfer in: the histories are joined, and the days since its onset are read again. */
function adopt(state: State, finding: Finding): void {
  joinHistories(state, finding)
  for (const leaf of [finding.leaf, ...finding.partners]) {
    const cells = (state.cellsOf[leaf] ?? []).map((cell) => state.cells[cell] as Unit)
    const group = state.groups[state.groupOf[leaf] as number]
    const sums = group && group.leaves.length > 1 ? [group.unit] : []
    for (const unit of [state.usage[leaf] as Unit, ...cells, ...sums])
      for (let t = finding.onset; t <= finding.day; t++) advanceOne(state, unit, t)
  }
}

import { covers, type DetectConfig, type Feedback } from './config.ts'
import type { Incident, IncidentBook } from './incidents.ts'
import { medianOfRecent } from './recent-median.ts'
import type { State } from './state.ts'
import type { Unit } from './unit.ts'

/** Leaves planned days out of training, for every leaf that a plan covers. Called once, before the first day. */
export function maskPlanned(state: State, { planned }: DetectConfig): void {
  for (const { scope, start, end } of planned)
    state.input.leaves.forEach((names, leaf) => {
      if (covers(scope, names))
        for (const unit of unitsOf(state, leaf)) unit.masked.fill(1, Math.max(0, start), Math.max(0, end))
    })
}

/**
 * Takes in the verdicts given on a morning: `expected` adopts the new level from the onset on, or with an end leaves the days up to
 * it out of training; `actionable` leaves the incident's days out. Nothing that was decided before changes.
 */
export function applyVerdicts(state: State, book: IncidentBook, config: DetectConfig, ...at: [number, number]): void {
  const [detectedOn, newest] = at
  for (const verdict of config.feedback) {
    if (verdict.given !== detectedOn) continue
    for (const incident of judgedBy(state, book, verdict)) {
      if (verdict.verdict === 'expected') adoptLevel(state, incident, verdict, newest)
      if (verdict.verdict === 'actionable') {
        incident.excluded = true
        exclude(state, incident, { from: incident.onset, until: incident.lastDay + 1, newest })
      }
    }
  }
}

/** The newest incident that a verdict speaks of, for each leaf in its scope. */
function judgedBy(state: State, book: IncidentBook, given: Feedback): Iterable<Incident> {
  const newest = new Map<number, Incident>()
  for (const incident of book.all) {
    const names = state.input.leaves[incident.leaf]
    if (!names || !covers(given.scope, names) || incident.direction !== given.direction) continue
    if (incident.onset <= given.date && incident.openedOn <= given.given) newest.set(incident.leaf, incident)
  }
  return newest.values()
}

function adoptLevel(state: State, incident: Incident, { until }: Feedback, newest: number): void {
  incident.state = 'expected'
  incident.reason = until === undefined ? 'expected: the new level is adopted' : 'expected until its end'
  if (until !== undefined) exclude(state, incident, { from: incident.onset, until, newest })
  else
    for (const leaf of leavesOf(state, incident))
      for (const unit of unitsOf(state, leaf)) {
        unit.levelFrom = incident.onset
        relevel(unit, incident.onset, newest)
      }
}

/** Leaves days of an incident out of training, with the levels that were learnt from them. */
export function exclude(
  state: State,
  incident: Incident,
  { from, until, newest }: { from: number; until: number; newest: number },
): void {
  for (const leaf of leavesOf(state, incident))
    for (const unit of unitsOf(state, leaf)) {
      unit.masked.fill(1, from, Math.max(from, until))
      relevel(unit, from, newest)
    }
}

function relevel(unit: Unit, from: number, newest: number): void {
  unit.recentTo = -1
  if (unit.first < 0) return
  for (let t = Math.max(from, unit.first); t <= newest; t++)
    unit.level[t] = unit.gap[t] === 1 ? (unit.level[t - 1] ?? 0) : medianOfRecent(unit, t)
}

const leavesOf = (state: State, { leaf, whole }: Incident): readonly number[] =>
  whole ? (state.groups[state.groupOf[leaf] as number]?.leaves ?? [leaf]) : [leaf]

function unitsOf(state: State, leaf: number): Unit[] {
  const cells = (state.cellsOf[leaf] ?? []).map((cell) => state.cells[cell] as Unit)
  const group = state.groups[state.groupOf[leaf] as number]
  const sums = group && group.leaves[0] === leaf && group.leaves.length > 1 ? [group.unit] : []
  return [state.usage[leaf] as Unit, ...cells, ...sums]
}

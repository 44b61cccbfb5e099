import type { RuleContext } from './candidate.ts'
import {
  closeQuiet,
  escalates,
  isOpen,
  type LevelIncident,
  lastOf,
  openIncident,
  reopen,
  returns,
  updateIncident,
} from './level-book.ts'
import { lookAtPart } from './level-common.ts'
import { bestOf, type Explained, type LevelFinding, remainder } from './level-finding.ts'
import { createKnown, type Known } from './level-known.ts'
import { isMoved } from './level-moved.ts'
import { judgeBefore, type Part, type Parts } from './level-parts.ts'
import { type Rise, risesOf } from './level-rule.ts'
import { type Move, splitOverParts } from './level-split.ts'
import { advanceSums, contextOf, createSums, type Sum } from './level-sums.ts'
import { levelTuning } from './level-tuning.ts'
import { tuning } from './tuning.ts'

/** An incident of leaves, as detection found it; days are indices of the parts' days. */
export interface LeafIncident {
  readonly covers: (part: Part) => boolean
  readonly opened: number
  readonly onset: number
}

export interface LevelNotice {
  readonly finding: LevelFinding
  readonly incident: LevelIncident
  readonly kind: 'opened' | 'escalated' | 'reopened'
}

export interface LevelRun {
  readonly notices: LevelNotice[]
  readonly incidents: LevelIncident[]
}

interface Day {
  readonly day: number
  readonly rises: readonly { readonly sum: Sum; readonly rise: Rise; readonly moves: readonly Move[] }[]
  readonly leafIncidents: readonly LeafIncident[]
  readonly parts: Parts
  readonly known: Known
  readonly context: RuleContext
}

/**
 * Judges the sums of leaves day by day for what no leaf shows by itself. What incidents of leaves explain is taken out first, and a
 * move that several sums show is filed at the one that fits it best. Each day is judged with the days up to it.
 */
export function judgeLevels(parts: Parts, leafIncidents: readonly LeafIncident[]): LevelRun {
  const context = contextOf(parts)
  const sums = createSums(parts)
  const known = createKnown(parts)
  const run: LevelRun = { notices: [], incidents: [] }
  for (let day = 0; day < judgeBefore(parts); day++) {
    known.look(day)
    for (const part of parts.all) lookAtPart(part, day)
    advanceSums(sums, day, context)
    if (day < levelTuning.warmup) continue
    const rises = sums.flatMap((sum) =>
      risesOf(sum, day).map((rise) => ({
        ...{ sum, rise, moves: splitOverParts(sum, rise, known.flags, context.monday) },
      })),
    )
    const today = { day, rises, leafIncidents, parts, known: known.flags, context }
    goOn(today, run)
    openNew(today, run)
    closeQuiet(run.incidents, day)
  }
  return run
}

/** Open incidents whose sum deviates still. */
function goOn(today: Day, { notices, incidents }: LevelRun): void {
  for (const incident of incidents.filter((one) => isOpen(one, today.day))) {
    const finding = findingsOf(today, []).find((one) => isSame(incident, one))
    if (!finding) continue
    updateIncident(incident, finding)
    if (!escalates(incident, finding, today.context.unitsPerMoney)) continue
    incident.told = Math.abs(finding.actual - finding.usual)
    notices.push({ finding, incident, kind: 'escalated' })
  }
}

/** Causes of one day that are no more than chance: so many are looked for. */
const mostADay = 5

function openNew(today: Day, { notices, incidents }: LevelRun): void {
  const silent: LevelIncident[] = []
  for (let round = 0; round < mostADay; round++) {
    const running = incidents.filter((one) => isOpen(one, today.day))
    const fresh = findingsOf(today, [...running, ...silent]).filter(
      (one) => !running.some((other) => isSame(other, one)),
    )
    const finding = bestOf(fresh)
    if (!finding) return
    if (isMoved(finding, today.parts, today.known) || returns(incidents, finding)) {
      silent.push(openIncident(finding))
      continue
    }
    const before = lastOf(incidents, finding)
    if (before && finding.day - before.lastDay <= tuning.resolveAfter + tuning.reopenWithin) {
      reopen(before, finding)
      notices.push({ finding, incident: before, kind: 'reopened' })
      continue
    }
    const incident = openIncident(finding)
    incidents.push(incident)
    notices.push({ finding, incident, kind: 'opened' })
  }
}

const isSame = (incident: LevelIncident, { sum, direction }: LevelFinding) =>
  incident.sum === sum && incident.direction === direction

/** What the day's rises leave when incidents of leaves, and these of sums, are taken out. */
function findingsOf(today: Day, others: readonly LevelIncident[]): LevelFinding[] {
  const explained = explainedBy(today.leafIncidents, others)
  return today.rises.flatMap(
    ({ sum, rise, moves }) =>
      remainder(sum, rise, moves, { explained, unitsPerMoney: today.context.unitsPerMoney }) ?? [],
  )
}

function explainedBy(leafIncidents: readonly LeafIncident[], others: readonly LevelIncident[]): Explained {
  return (part, { onset, day, direction }) => {
    const byLeaf = leafIncidents.some(
      (one) => one.opened <= day && one.onset <= day && one.onset > onset - levelTuning.explainsFor && one.covers(part),
    )
    if (byLeaf) return Number.POSITIVE_INFINITY
    return others
      .filter((one) => one.direction === direction)
      .reduce((sum, one) => sum + levelTuning.knownRoom * (one.daily.get(part.leaf) ?? 0), 0)
  }
}

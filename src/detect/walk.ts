import { splitOverCells } from './attribute.ts'
import type { DetectConfig } from './config.ts'
import { decide } from './decide.ts'
import { type AlertKind, closeQuiet, createBook, type Incident, type IncidentBook } from './incidents.ts'
import { dateAt, type SeriesInput } from './input.ts'
import { type Finding, judgeDay } from './judge.ts'
import { mornings } from './mornings.ts'
import { retractVanished } from './retract.ts'
import { createState, type State } from './state.ts'
import { applyVerdicts, maskPlanned } from './verdicts.ts'

/** A finding as it goes out, on its day. */
export interface Notice {
  readonly finding: Finding
  readonly detectedOn: number
  readonly fired: boolean
  readonly kind: AlertKind | 'candidate'
  readonly incident: Incident | undefined
}

/** A notice with the cell that moved most, as it looked on the day. */
export interface PlacedNotice extends Notice {
  readonly rootCell: number | undefined
  readonly described: unknown
}

export interface Detection {
  readonly state: State
  readonly notices: readonly PlacedNotice[]
  readonly incidents: readonly Incident[]
  /** First day of which the state holds everything; later than 0 for a run that went on from an earlier one. */
  readonly keptFrom: number
}

/** How far a file has been walked, and all that is known there. */
export interface Walk {
  readonly state: State
  readonly book: IncidentBook
  readonly notices: PlacedNotice[]
  /** Candidates that were written, by `isRepeated`. */
  readonly told: Set<string>
  /** First morning that has not come. */
  next: number
  /** First day of which nothing is missing. */
  readonly keptFrom: number
}

/** What is told with a notice of how things looked on its day; data of plain values. */
export type Describe = (state: State, notice: Notice) => unknown

/**
 * Walks a file morning by morning and judges each day with what was visible then. Nothing that is decided on a morning depends on
 * later rows.
 */
export function detect(input: SeriesInput, config: DetectConfig, describe?: Describe): Detection {
  const walk = startWalk(input, config)
  walkOn(walk, config, { until: input.last_seen, describe })
  return detectionOf(walk)
}

export const detectionOf = ({ state, notices, book, keptFrom }: Walk): Detection => ({
  state,
  notices,
  incidents: book.all,
  keptFrom,
})

/** A walk before its first morning. */
export function startWalk(input: SeriesInput, config: DetectConfig): Walk {
  const state = createState(input)
  maskPlanned(state, config)
  return { state, book: createBook(state), notices: [], told: new Set(), next: 0, keptFrom: 0 }
}

/** Goes on through the morning `until`. */
export function walkOn(
  walk: Walk,
  config: DetectConfig,
  { until, describe }: { until: number; describe?: Describe | undefined },
): void {
  const { state, notices, told } = walk
  for (const notice of notified(walk, config, until)) {
    if (notice.detectedOn < config.since || !(notice.fired || config.emitCandidates)) continue
    if (!notice.fired && isRepeated(told, notice.finding)) continue
    notices.push({ ...notice, rootCell: rootCell(state, notice.finding), described: describe?.(state, notice) })
  }
  walk.next = Math.max(walk.next, until + 1)
}

function rootCell(state: State, finding: Finding): number | undefined {
  const { unit } = finding
  if (unit.cell >= 0 && (unit.kind !== 'usage' || finding.rule === 'new_usage')) return unit.cell
  return splitOverCells(state, finding.whole ? finding.partners : [finding.leaf], finding)[0]?.cell
}

/** Whether a candidate of this day and size was already written on an earlier morning. */
function isRepeated(told: Set<string>, { leaf, whole, direction, day, score }: Finding): boolean {
  const key = `${leaf}/${whole}/${direction}/${day}/${Math.floor(score * 2)}`
  if (told.has(key)) return true
  told.add(key)
  return false
}

function* notified({ state, book, next }: Walk, config: DetectConfig, until: number): Generator<Notice> {
  for (const { detectedOn, days, touched } of mornings(state, { from: next, until })) {
    applyVerdicts(state, book, config, detectedOn, days.at(-1) ?? -1)
    retractVanished(state, book, touched, dateAt(state.input.first_date, detectedOn))
    for (const day of days) {
      for (const finding of judgeDay(state, day, config)) {
        const notice = decide(state, book, finding, detectedOn, config)
        if (notice) yield notice
      }
      closeQuiet(book, state, day)
    }
  }
}

/** Walks a file like `detect` and calls `visit` at the end of each morning that could judge a day, with the newest such day. */
export function walkTo(
  input: SeriesInput,
  config: DetectConfig,
  visit: (state: State, book: IncidentBook, newest: number) => void,
): void {
  const { state, book } = startWalk(input, config)
  for (const { detectedOn, days, touched } of mornings(state, { from: 0, until: input.last_seen })) {
    applyVerdicts(state, book, config, detectedOn, days.at(-1) ?? -1)
    retractVanished(state, book, touched, dateAt(state.input.first_date, detectedOn))
    for (const day of days) {
      for (const finding of judgeDay(state, day, config)) decide(state, book, finding, detectedOn, config)
      closeQuiet(book, state, day)
    }
    const newest = days.at(-1)
    if (newest !== undefined) visit(state, book, newest)
  }
}

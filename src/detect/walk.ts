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
}

export interface Detection {
  readonly state: State
  readonly notices: readonly PlacedNotice[]
  readonly incidents: readonly Incident[]
}

/**
 * Walks a file morning by morning and judges each day with what was visible then. Nothing that is decided on a morning depends on
 * later rows.
 */
export function detect(input: SeriesInput, config: DetectConfig): Detection {
  const state = createState(input)
  const book = createBook(state)
  const notices: PlacedNotice[] = []
  const told = new Set<string>()
  for (const notice of notified(state, book, config)) {
    if (notice.detectedOn < config.since || !(notice.fired || config.emitCandidates)) continue
    if (!notice.fired && isRepeated(told, notice.finding)) continue
    notices.push({ ...notice, rootCell: rootCell(state, notice.finding) })
  }
  return { state, notices, incidents: book.all }
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

function* notified(state: State, book: IncidentBook, config: DetectConfig): Generator<Notice> {
  maskPlanned(state, config)
  for (const { detectedOn, days, touched } of mornings(state)) {
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
  const state = createState(input)
  const book = createBook(state)
  maskPlanned(state, config)
  for (const { detectedOn, days, touched } of mornings(state)) {
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

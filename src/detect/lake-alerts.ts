import type { Warehouse } from '../warehouse/warehouse.ts'
import { parseDetectConfig } from './config.ts'
import type { Incident } from './incidents.ts'
import { dateAt, moneyText, type SeriesInput } from './input.ts'
import { type CompleteDays, readLakeSeries } from './lake-series.ts'
import { alertsDocument } from './records.ts'
import { detectFrom } from './resume.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import type { State } from './state.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'
import { type Detection, detect, type Notice, type PlacedNotice } from './walk.ts'

/** Days of history that travel with an alert, for its chart. */
const historyDays = 30
/** Days before the onset, and after the last evidence, that the chart of an incident shows. */
const daysAround = 30
/** Half width of the range that is shown as expected, in spreads of the series. */
const shownSpreads = 2

export interface LakeAlertsOptions {
  /** What people decided, as `feedback` of the configuration. */
  readonly feedback?: readonly object[]
  /** With a store the run goes on from the last one. */
  readonly store?: SnapshotStore
}

/**
 * Detects on the lake's series of one currency. The document is that of `costwright detect --series`; each alert also tells its
 * currency, the range that was expected and its last days as they looked then, each incident its days through the newest. Amounts are
 * decimal text. An incident that began before what the last run kept has no days and no excess: what was said of it stands.
 */
export async function lakeAlerts(
  warehouse: Warehouse,
  currency: string,
  complete: CompleteDays,
  { feedback = [], store }: LakeAlertsOptions = {},
) {
  const input = await readLakeSeries(warehouse, currency, complete)
  const config = parseDetectConfig({ feedback }, input)
  const detection = store ? detectFrom(input, config, store, seenOn) : detect(input, config, seenOn)
  const document = alertsDocument(detection)
  return {
    ...document,
    currency,
    /** First day that was judged; incidents of before cannot be missing from the document. */
    judged_since: dateAt(input.first_date, tuning.warmup),
    alerts: document.alerts.map((alert, index) => ({
      ...alert,
      currency,
      ...alertChart(input, detection.notices[index] as PlacedNotice),
    })),
    incidents: document.incidents.map((summary, index) => ({
      ...summary,
      ...toDate(detection, detection.incidents[index] as Incident, summary.excess),
    })),
  }
}

/** What a chart shows: amounts in units of 10^-scale, null where unknown. */
interface Seen {
  /** First day. */
  readonly from: number
  /** Share of the expectation that is still in range; null for what has no daily level. */
  readonly spread: number | null
  readonly actual: readonly (number | null)[]
  readonly usual: readonly number[]
}

function seenOn(state: State, { finding: { unit, day, onset } }: Notice): Seen {
  return seen(state, { unit, onset, from: Math.max(0, day - historyDays + 1), last: day })
}

function seen(state: State, shown: { unit: Unit; onset: number; from: number; last: number }): Seen {
  const { unit, onset, from, last } = shown
  const days = Array.from({ length: Math.max(0, last - from + 1) }, (_, index) => from + index)
  return {
    from,
    spread: unit.kind === 'usage' ? shownSpreads * unit.sigma : null,
    actual: days.map((t) => (unit.gap[t] === 1 || t < unit.first ? null : (unit.x[t] as number))),
    usual: days.map((t) => usualOn(state, unit, t, onset)),
  }
}

function alertChart(input: SeriesInput, { finding, described }: PlacedNotice) {
  const { spread } = described as Seen
  const days = finding.day - finding.onset + 1
  const whole = spread === null ? null : rangeOf(input, finding.expected, spread / Math.sqrt(days))
  return {
    expected_low: whole?.low ?? null,
    expected_high: whole?.high ?? null,
    history: historyOf(input, described as Seen),
  }
}

/** Excess and days of an incident through the newest day that is complete. */
function toDate({ state, keptFrom }: Detection, incident: Incident, told: string) {
  const { unit, leaf, onset, lastDay } = incident
  if (onset - 1 < keptFrom && keptFrom > 0) return { excess: null, history: [] }
  const { input } = state
  const end = Math.min(input.days, input.complete_before?.[leaf] ?? input.days)
  const from = Math.max(keptFrom, onset - daysAround, 0)
  const history = historyOf(input, seen(state, { unit, onset, from, last: Math.min(end - 1, lastDay + daysAround) }))
  return { excess: excessToDate(state, incident) ?? told, history }
}

/** Cost less expectation from the onset through the last day with evidence; null where the finding is not about a run rate. */
function excessToDate(state: State, { unit, onset, lastDay }: Incident): string | null {
  if (unit.kind !== 'usage') return null
  let excess = 0
  for (let t = onset; t <= lastDay; t++)
    if (unit.gap[t] === 0) excess += (unit.x[t] as number) - usualOn(state, unit, t, onset)
  return money(state.input, excess)
}

function historyOf(input: SeriesInput, { from, spread, actual, usual }: Seen) {
  return actual.map((amount, index) => {
    const range = spread === null ? null : rangeOf(input, usual[index] as number, spread)
    return {
      date: dateAt(input.first_date, from + index),
      actual: amount === null ? null : money(input, amount),
      low: range?.low ?? null,
      high: range?.high ?? null,
    }
  })
}

const money = ({ scale }: SeriesInput, units: number) => moneyText(Math.round(units), scale)

const rangeOf = (input: SeriesInput, usual: number, share: number) => ({
  low: money(input, Math.max(0, usual * (1 - share))),
  high: money(input, usual * (1 + share)),
})

/** What was expected of a day: from the day before it, and from the last day before the onset since then. */
const usualOn = (state: State, unit: Unit, t: number, onset: number) =>
  expected(unit, t, Math.max(0, Math.min(t, onset) - 1), state.monday)

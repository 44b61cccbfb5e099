import type { Warehouse } from '../warehouse/warehouse.ts'
import { parseDetectConfig } from './config.ts'
import type { Incident } from './incidents.ts'
import { dateAt, moneyText } from './input.ts'
import { type CompleteDays, readLakeSeries } from './lake-series.ts'
import { alertsDocument } from './records.ts'
import type { State } from './state.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'
import { detect, type PlacedNotice } from './walk.ts'

/** Days of history that travel with an alert, for its chart. */
const historyDays = 30
/** Days before the onset, and after the last evidence, that the chart of an incident shows. */
const daysAround = 30
/** Half width of the range that is shown as expected, in spreads of the series. */
const shownSpreads = 2

/**
 * Detects on the lake's series of one currency. The document is that of `costwright detect --series`; each alert also tells its
 * currency, the range that was expected and its last days, each incident its days through the newest. Amounts are decimal text.
 *
 * @param learnt what people decided, as `feedback` of the configuration
 */
export async function lakeAlerts(
  warehouse: Warehouse,
  currency: string,
  complete: CompleteDays,
  learnt: { readonly feedback: readonly object[] } = { feedback: [] },
) {
  const input = await readLakeSeries(warehouse, currency, complete)
  const detection = detect(input, parseDetectConfig(learnt, input))
  const { state, notices, incidents } = detection
  const document = alertsDocument(detection)
  return {
    ...document,
    currency,
    /** First day that was judged; incidents of before cannot be missing from the document. */
    judged_since: dateAt(input.first_date, tuning.warmup),
    alerts: document.alerts.map((alert, index) => ({
      ...alert,
      currency,
      ...alertChart(state, (notices[index] as PlacedNotice).finding),
    })),
    incidents: document.incidents.map((summary, index) => {
      const { unit, leaf, onset, lastDay } = incidents[index] as Incident
      const end = Math.min(input.days, input.complete_before?.[leaf] ?? input.days)
      const last = Math.min(end - 1, lastDay + daysAround)
      const history = chartOf(state, { unit, onset, from: Math.max(0, onset - daysAround), last })
      return { ...summary, excess: excessToDate(state, incidents[index] as Incident) ?? summary.excess, history }
    }),
  }
}

function alertChart(state: State, { unit, day, onset, expected: usual }: PlacedNotice['finding']) {
  const known = spreadOf(unit)
  const whole = known === null ? null : rangeOf(state, usual, known / Math.sqrt(day - onset + 1))
  return {
    expected_low: whole?.low ?? null,
    expected_high: whole?.high ?? null,
    history: chartOf(state, { unit, onset, from: Math.max(0, day - historyDays + 1), last: day }),
  }
}

/** Cost less expectation from the onset through the last day with evidence; null where the finding is not about a run rate. */
function excessToDate(state: State, { unit, onset, lastDay }: Incident): string | null {
  if (unit.kind !== 'usage') return null
  let excess = 0
  for (let t = onset; t <= lastDay; t++)
    if (unit.gap[t] === 0) excess += (unit.x[t] as number) - usualOn(state, unit, t, onset)
  return money(state, excess)
}

/** The days of a unit, `from` to `last`, each with what was expected of it. */
function chartOf(state: State, shown: { unit: Unit; onset: number; from: number; last: number }) {
  const { unit, onset, from, last } = shown
  const known = spreadOf(unit)
  return Array.from({ length: Math.max(0, last - from + 1) }, (_, index) => {
    const t = from + index
    const usual = known === null ? null : rangeOf(state, usualOn(state, unit, t, onset), known)
    return {
      date: dateAt(state.input.first_date, t),
      actual: unit.gap[t] === 1 || t < unit.first ? null : money(state, unit.x[t] as number),
      low: usual?.low ?? null,
      high: usual?.high ?? null,
    }
  })
}

const money = ({ input }: State, units: number) => moneyText(Math.round(units), input.scale)

const spreadOf = (unit: Unit) => (unit.kind === 'usage' ? shownSpreads * unit.sigma : null)

const rangeOf = (state: State, usual: number, spread: number) => ({
  low: money(state, Math.max(0, usual * (1 - spread))),
  high: money(state, usual * (1 + spread)),
})

/** What was expected of a day: from the day before it, and from the last day before the onset since then. */
const usualOn = (state: State, unit: Unit, t: number, onset: number) =>
  expected(unit, t, Math.max(0, Math.min(t, onset) - 1), state.monday)

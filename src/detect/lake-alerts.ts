import type { Warehouse } from '../warehouse/warehouse.ts'
import { parseDetectConfig } from './config.ts'
import { dateAt, moneyText } from './input.ts'
import { type CompleteDays, readLakeSeries } from './lake-series.ts'
import { alertsDocument } from './records.ts'
import { detectFrom } from './resume.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import type { State } from './state.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'
import { detect, type Notice } from './walk.ts'

/** Days of history that travel with an alert, for its chart. */
const historyDays = 30
/** Half width of the range that is shown as expected, in spreads of the series. */
const shownSpreads = 2

/**
 * Detects on the lake's series of one currency. The document is that of `costwright detect --series`, and each alert also tells its
 * currency, the range that was expected and its last days, as they looked then. Amounts are decimal text in that currency. With a
 * store the run goes on from the last one; the document is the same.
 */
export async function lakeAlerts(
  warehouse: Warehouse,
  currency: string,
  complete: CompleteDays,
  store?: SnapshotStore,
) {
  const input = await readLakeSeries(warehouse, currency, complete)
  const config = parseDetectConfig({}, input)
  const detection = store ? detectFrom(input, config, store, chartOf) : detect(input, config, chartOf)
  const document = alertsDocument(detection)
  return {
    ...document,
    currency,
    /** First day that was judged; incidents of before cannot be missing from the document. */
    judged_since: dateAt(input.first_date, tuning.warmup),
    alerts: document.alerts.map((alert, index) => ({
      ...alert,
      currency,
      ...(detection.notices[index]?.described as ReturnType<typeof chartOf>),
    })),
  }
}

function chartOf(state: State, { finding }: Notice) {
  const { unit, day, onset } = finding
  const money = (units: number) => moneyText(Math.round(units), state.input.scale)
  const known = unit.kind === 'usage' ? shownSpreads * unit.sigma : null
  const range = (usual: number, spread: number) => ({
    low: money(Math.max(0, usual * (1 - spread))),
    high: money(usual * (1 + spread)),
  })
  const whole = known === null ? null : range(finding.expected, known / Math.sqrt(day - onset + 1))
  const from = Math.max(0, day - historyDays + 1)
  return {
    expected_low: whole?.low ?? null,
    expected_high: whole?.high ?? null,
    history: Array.from({ length: day - from + 1 }, (_, index) => {
      const t = from + index
      const usual = known === null ? null : range(usualOn(state, unit, t, onset), known)
      return {
        date: dateAt(state.input.first_date, t),
        actual: unit.gap[t] === 1 || t < unit.first ? null : money(unit.x[t] as number),
        low: usual?.low ?? null,
        high: usual?.high ?? null,
      }
    }),
  }
}

/** What was expected of a day: from the day before it, and from the last day before the onset since then. */
const usualOn = (state: State, unit: Unit, t: number, onset: number) =>
  expected(unit, t, Math.max(0, Math.min(t, onset) - 1), state.monday)

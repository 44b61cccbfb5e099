import type { Warehouse } from '../warehouse/warehouse.ts'
import { parseDetectConfig } from './config.ts'
import { dateAt, moneyText, type SeriesInput } from './input.ts'
import { type CompleteDays, readLakeSeries } from './lake-series.ts'
import { alertsDocument } from './records.ts'
import { detectFrom } from './resume.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import type { State } from './state.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'
import { detect, type Notice, type PlacedNotice } from './walk.ts'

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
      ...chartOf(input, detection.notices[index] as PlacedNotice),
    })),
  }
}

/** What a chart shows, as it looked on the day of the alert: amounts in units of 10^-scale, null where unknown. */
interface Seen {
  /** Share of the expectation that is still in range; null for what has no daily level. */
  readonly spread: number | null
  readonly actual: readonly (number | null)[]
  readonly usual: readonly number[]
}

function seenOn(state: State, { finding }: Notice): Seen {
  const { unit, day, onset } = finding
  const from = Math.max(0, day - historyDays + 1)
  const days = Array.from({ length: day - from + 1 }, (_, index) => from + index)
  return {
    spread: unit.kind === 'usage' ? shownSpreads * unit.sigma : null,
    actual: days.map((t) => (unit.gap[t] === 1 || t < unit.first ? null : (unit.x[t] as number))),
    usual: days.map((t) => usualOn(state, unit, t, onset)),
  }
}

function chartOf({ first_date, scale }: SeriesInput, { finding, described }: PlacedNotice) {
  const { day, onset } = finding
  const { spread, actual, usual } = described as Seen
  const money = (units: number) => moneyText(Math.round(units), scale)
  const range = (middle: number, share: number) => ({
    low: money(Math.max(0, middle * (1 - share))),
    high: money(middle * (1 + share)),
  })
  const whole = spread === null ? null : range(finding.expected, spread / Math.sqrt(day - onset + 1))
  return {
    expected_low: whole?.low ?? null,
    expected_high: whole?.high ?? null,
    history: actual.map((amount, index) => {
      const { low, high } = spread === null ? unknown : range(usual[index] as number, spread)
      const date = dateAt(first_date, day - actual.length + 1 + index)
      return { date, actual: amount === null ? null : money(amount), low, high }
    }),
  }
}

const unknown = { low: null, high: null }

/** What was expected of a day: from the day before it, and from the last day before the onset since then. */
const usualOn = (state: State, unit: Unit, t: number, onset: number) =>
  expected(unit, t, Math.max(0, Math.min(t, onset) - 1), state.monday)

import { readQuery } from '../catalog/files.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { type LateSource, lateSources } from './freshness.ts'
import { dateAt, dayIndex, moneyText } from './input.ts'

const scale = 4

/**
 * Sources whose data are late, in the form of the leaves' document: the days that are missing and what the source usually brings on
 * them. A source without known cost is told with none.
 */
export async function freshnessAlerts(warehouse: Warehouse, asked: Parameters<typeof lateSources>) {
  const late = lateSources(...asked)
  if (late.length === 0) return { alerts: [], incidents: [] }
  const { rows } = await warehouse.query(readQuery('detectors/source_costs.sql'))
  const today = asked[1].now.toISOString().slice(0, 10)
  const all = late.map((one) => {
    const cost = rows.find((row) => row['source'] === one.source)
    const currency = cost === undefined ? null : String(cost['billing_currency'])
    const daily = Math.max(0, Math.round(Number(cost?.['daily_cost'] ?? 0) * 10 ** scale))
    return recordOf(one, { currency, daily, today })
  })
  return { alerts: all.map(({ alert }) => alert), incidents: all.map(({ incident }) => incident) }
}

function recordOf(
  one: LateSource,
  { currency, daily, today }: { currency: string | null; daily: number; today: string },
) {
  const series = { level: 'data_freshness', value: one.source }
  const onset = one.complete_through.slice(0, 10)
  const found = one.late_since.slice(0, 10)
  const last_day = [onset, dateAt(one.ended_on ?? today, -1)].sort().at(-1) ?? onset
  const missing = (through: string) => daily * Math.max(1, dayIndex(onset, through))
  const money = (units: number) => moneyText(units, scale)
  const facts = { series, direction: 'down', incident_id: `${one.source} ${onset}`, onset }
  return {
    alert: {
      ...{ ...facts, date: found, detected_on: found, score: 5 + (one.age_hours - one.usual_hours) / 24, fired: true },
      ...{ kind: 'opened', rule: 'data_late', currency, causes: [] },
      ...{ actual: money(0), expected: money(missing(found)), excess: money(-missing(found)) },
      measure: {
        ...{ name: 'data_freshness', unit: 'hours', actual: String(one.age_hours), expected: String(one.usual_hours) },
        daily: money(daily),
      },
    },
    incident: {
      ...{ ...facts, state: one.ended_on === null ? 'open' : 'resolved', opened_on: found, last_day },
      excess: money(-missing(last_day)),
      reason: one.ended_on === null ? null : `more came on ${one.ended_on}`,
    },
  }
}

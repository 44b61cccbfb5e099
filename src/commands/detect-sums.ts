import type { CommitmentEnd } from '../detect/commitment-ends.ts'
import type { Landing } from '../detect/freshness.ts'
import { freshnessAlerts } from '../detect/freshness-records.ts'
import { dayIndex } from '../detect/input.ts'
import type { CompleteDays } from '../detect/lake-series.ts'
import { levelAlerts } from '../detect/level-records.ts'
import type { LevelSeries } from '../detect/level-sums.ts'
import { ratioAlerts } from '../detect/ratio-records.ts'
import type { Runtime } from '../runtime.ts'
import { type DetectionRun, parseDetectionRun } from '../state/detection-run.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'

interface Asked {
  readonly currency: string
  readonly complete: CompleteDays
  readonly ends: readonly CommitmentEnd[]
  /** The first currency of the lake: sums of another name it. */
  readonly isMain: boolean
  /** What was found in other currencies. */
  readonly earlier: DetectionRun['findings']
  /** The document of the leaves, as `lakeAlerts` gives it. */
  readonly leaves: {
    readonly incidents: Parameters<typeof levelAlerts>[2]['found']['incidents']
    readonly alerts: Parameters<typeof ratioAlerts>[2]['costs']
  }
}

/** Sources whose data are late at this moment, or were. */
export async function lateData(
  warehouse: Warehouse,
  runtime: Runtime,
  landings: readonly Landing[],
): Promise<DetectionRun> {
  const expected = new Map(
    runtime.config.sources.map(({ name, lake_source, late_after_hours }) => [lake_source ?? name, late_after_hours]),
  )
  const late = await freshnessAlerts(warehouse, [landings, { now: runtime.now(), expected }])
  return parseDetectionRun({ schema: 'costwright-alerts/1', data_through: null, ...late }, null, 'the lake')
}

/** What sums of leaves and ratios show that no leaf does, in one currency. */
export async function sumsAndRatios(warehouse: Warehouse, asked: Asked): Promise<DetectionRun> {
  const { currency, complete, ends, leaves, isMain } = asked
  const found = await levelAlerts(warehouse, currency, { complete, found: { incidents: leaves.incidents, ends } })
  const named = <One extends { readonly series: LevelSeries }>(one: One): One => ({
    ...one,
    series: isMain ? one.series : { ...one.series, value: [one.series.value, currency].filter(Boolean).join(' in ') },
  })
  const levels = { alerts: found.alerts.map(named), incidents: found.incidents.map(named) }
  const costs = [...leaves.alerts, ...levels.alerts]
  const ratios = await ratioAlerts(warehouse, currency, { complete, costs, ends })
  const fresh = ratios.alerts.filter((one) => !isToldAlready(one, asked.earlier))
  const ids = new Set(fresh.map(({ incident_id }) => incident_id))
  return parseDetectionRun(
    {
      schema: 'costwright-alerts/1',
      data_through: null,
      alerts: [...levels.alerts, ...fresh],
      incidents: [...levels.incidents, ...ratios.incidents.filter(({ incident_id }) => ids.has(incident_id))],
    },
    currency,
    'the lake',
  )
}

const sameCauseDays = 7

/** A unit that costs more since fewer were sold costs more in each currency. */
function isToldAlready(
  { series, rule, onset }: { series: { value?: string }; rule: string; onset: string },
  earlier: DetectionRun['findings'],
): boolean {
  return earlier.some(
    (one) =>
      one.rule === rule &&
      rule === 'unit_cost_rise' &&
      one.series.value === series.value &&
      Math.abs(dayIndex(one.onset, onset)) <= sameCauseDays,
  )
}

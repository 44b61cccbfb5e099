import type { CommitmentEnd } from '../detect/commitment-ends.ts'
import type { Landing } from '../detect/freshness.ts'
import { freshnessAlerts } from '../detect/freshness-records.ts'
import type { CompleteDays } from '../detect/lake-series.ts'
import { levelAlerts } from '../detect/level-records.ts'
import { ratioAlerts } from '../detect/ratio-records.ts'
import type { Runtime } from '../runtime.ts'
import { type DetectionRun, parseDetectionRun } from '../state/detection-run.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'

interface Asked {
  readonly currency: string
  readonly complete: CompleteDays
  readonly ends: readonly CommitmentEnd[]
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
  const { currency, complete, ends, leaves } = asked
  const levels = await levelAlerts(warehouse, currency, { complete, found: { incidents: leaves.incidents, ends } })
  const costs = [...leaves.alerts, ...levels.alerts]
  const ratios = await ratioAlerts(warehouse, currency, { complete, costs, ends })
  return parseDetectionRun(
    {
      schema: 'costwright-alerts/1',
      data_through: null,
      alerts: [...levels.alerts, ...ratios.alerts],
      incidents: [...levels.incidents, ...ratios.incidents],
    },
    currency,
    'the lake',
  )
}

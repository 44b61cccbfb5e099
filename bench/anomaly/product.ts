import { parseDetectConfig } from '../../src/detect/config.ts'
import { dayIndex, type SeriesInput } from '../../src/detect/input.ts'
import { alertsDocument } from '../../src/detect/records.ts'
import { detect } from '../../src/detect/walk.ts'
import type { World } from '../worlds/model.ts'
import type { Judged } from './score.ts'

/** Runs the product on a world's rows and brings its records into the scorer's form. */
export function runProduct(world: World, input: SeriesInput): { records: Judged[]; duration_ms: number } {
  const before = performance.now()
  const { alerts } = alertsDocument(detect(input, parseDetectConfig({ emit_candidates: true }, input)))
  const duration_ms = performance.now() - before
  const byName = new Map(
    world.leaves.map((leaf) => [JSON.stringify([leaf.provider, leaf.account, leaf.service, leaf.team]), leaf.id]),
  )
  const records = alerts.map((alert): Judged => {
    const { provider, account, service } = alert.series
    const team = 'team' in alert.series ? alert.series.team : undefined
    const leaves =
      team === undefined
        ? world.leaves
            .filter((leaf) => leaf.account === account && leaf.service === service && leaf.provider === provider)
            .map(({ id }) => id)
        : [byName.get(JSON.stringify([provider, account, service, team])) ?? -1]
    return {
      leaves,
      series: JSON.stringify(alert.series),
      date: dayIndex(input.first_date, alert.date),
      detectedOn: dayIndex(input.first_date, alert.detected_on),
      direction: alert.direction,
      score: alert.score,
      fired: alert.fired,
      rule: alert.rule,
      suppressed: alert.suppressed_by,
      info: `${alert.actual}/${alert.expected} ${alert.onset}`,
      ...('region' in alert.root ? { region: alert.root.region, usage_type: alert.root.usage_type } : {}),
    }
  })
  return { records, duration_ms }
}

import { UserError } from '../../errors.ts'
import type { CreateCollector, Plan, PlanRequest, RemoteDelivery } from '../collector.ts'
import { createS3Store } from '../objects/s3.ts'
import { examine } from './delivery.ts'
import { probeExports } from './export-probe.ts'
import { type ExportPeriod, findExports } from './layout.ts'

/**
 * Cost and Usage Reports and Data Exports (CUR 2.0, FOCUS) in a bucket, found by their manifests. Unit: export path and month;
 * mark: execution or assembly id, and ETag of the manifest. Throws UserError for a bucket that is written as an address.
 */
export const createAwsExport: CreateCollector<'aws_export'> = (config, context) => {
  if (/[/:]/.test(config.bucket)) {
    throw new UserError(`bucket of ${config.name} is ${config.bucket}, which is no name of a bucket`, {
      hint: 'Write the name alone, and the folder as `prefix`.',
    })
  }
  const store = createS3Store(config.bucket, config, context.retry)
  const where = `${store.url}/${config.prefix}`

  async function plan({ periods, held }: PlanRequest): Promise<Plan> {
    const found = await findExports(store, config.prefix)
    const oldest = monthsBack(context.now(), config.look_back_months - 1)
    const counts = ({ unit, period }: ExportPeriod) =>
      periods === null ? period >= oldest || !held.has(unit) : periods.includes(period)
    const deliveries: RemoteDelivery[] = []
    const pending: { unit: string; reason: string }[] = []
    const warnings = absent(found, periods)
    for (const one of found.filter(counts)) {
      const examined = await examine(store, one, one.period >= oldest)
      if ('delivery' in examined) deliveries.push(examined.delivery)
      else if ('pending' in examined) pending.push({ unit: one.unit, reason: examined.pending })
      else warnings.push(examined.warning)
    }
    return { deliveries, pending, warnings }
  }

  function absent(found: readonly ExportPeriod[], periods: readonly string[] | null): string[] {
    if (found.length === 0) return [`There is no Cost and Usage Report and no Data Export below ${where}`]
    const there = new Set(found.map(({ period }) => period))
    return (periods ?? [])
      .filter((period) => !there.has(period))
      .map((period) => `No export of ${period} below ${where}`)
  }

  return { plan, probe: () => probeExports(store, config, context), close: store.close }
}

/** The month `months` before the one of `now`, UTC, as `YYYY-MM`. */
function monthsBack(now: Date, months: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1)).toISOString().slice(0, 7)
}

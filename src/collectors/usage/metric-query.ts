import { createHash } from 'node:crypto'
import { UserError } from '../../errors.ts'
import type { Collector, CollectorContext } from '../collector.ts'
import { probeLine } from './probe-line.ts'

type Row = Readonly<Record<string, unknown>>

const needed = ['metric_date', 'metric', 'value'] as const

/**
 * Business metrics that a select over the warehouse gives. It runs when the collection is planned (it costs nothing but a moment)
 * and its rows are the delivery; their hash is the mark. What other sources bring in the same run, the next run sees.
 */
export function createMetricQuery(sql: string, context: CollectorContext): Collector {
  const ask = async (): Promise<readonly Row[]> => {
    const { query } = context
    if (query === undefined)
      throw new UserError('business metrics by sql need a warehouse', { hint: 'Import or collect a bill first.' })
    const rows = await context.retry('select business metrics from the warehouse', () => query(sql))
    const missing = needed.filter((name) => rows[0] !== undefined && !(name in rows[0]))
    if (missing.length > 0)
      throw new UserError(`the sql for business metrics gives no column ${missing.join(', ')}`, {
        hint: 'Name the columns metric_date, metric, value, optionally unit and dimensions.',
      })
    return rows
  }
  return {
    async plan() {
      const rows = await ask()
      const known = rows.filter(({ value }) => value !== null && /\d/.test(String(value)))
      const read = async function* () {
        yield* known
      }
      const delivery = {
        unit: 'sql',
        mark: createHash('sha256').update(JSON.stringify(known)).digest('hex').slice(0, 16),
        period: null,
        submitted: context.now().toISOString(),
        files: [{ kind: 'rows' as const, name: 'business_metrics.ndjson.gz', rows: known.length, read }],
      }
      const left = rows.length - known.length
      const warnings = left > 0 ? [`${left} of ${rows.length} values of the sql are no numbers: unknown, left out`] : []
      return { deliveries: [delivery], pending: [], warnings }
    },
    probe: async () => [await probeLine('select business metrics from the warehouse', undefined, ask)],
  }
}

import type { Collector, CollectorContext, CreateCollector, Plan, PlanRequest, RemoteDelivery } from '../collector.ts'
import { withAccessHelp } from './exports-access.ts'
import { createEngine, type Engine, type ExportConfig } from './exports-bigquery.ts'
import { planDays } from './exports-days.ts'
import { planFocusMonths } from './exports-focus.ts'
import { planPrices } from './exports-prices.ts'
import { probeExport } from './exports-probe.ts'
import {
  chooseTables,
  type DatasetId,
  datasetOf,
  describeTable,
  type ExportTable,
  listTables,
} from './exports-tables.ts'

/**
 * Billing exports in BigQuery: the detailed or standard usage export by day of ingestion, the FOCUS export by billing month, the
 * price list of the newest day. A plan reads metadata, and the columns of export time and cost of the look-back: a few MiB.
 */
export const createGcpExport: CreateCollector<'gcp_export'> = (config, context): Collector => {
  const engine = createEngine(config, context)
  const id = datasetOf(config)
  return {
    plan: (request) => withAccessHelp(config, id, () => planExport(engine, config, id, request, context)),
    probe: () => probeExport(engine, config, id, context),
  }
}

async function planExport(
  engine: Engine,
  config: ExportConfig,
  id: DatasetId,
  request: PlanRequest,
  context: CollectorContext,
): Promise<Plan> {
  const names = chooseTables(config.name, await listTables(engine, id, context), config.tables)
  if (names.length === 0) {
    const reason = `no billing export in ${id.project}.${id.dataset} yet; the first rows come up to 24 hours after the export is switched on, its history within 5 days`
    return { deliveries: [], pending: [{ unit: config.dataset, reason }], warnings: [] }
  }
  const deliveries: RemoteDelivery[] = []
  for (const name of names) {
    const described = await describeTable(engine, id, name, context)
    const table = { ...described, location: config.location ?? described.location }
    deliveries.push(...(await planTable(engine, config, id, table, request, context)))
  }
  return { deliveries: deliveries.sort(bySubmission), pending: [], warnings: [] }
}

function planTable(
  engine: Engine,
  config: ExportConfig,
  id: DatasetId,
  table: ExportTable,
  request: PlanRequest,
  context: CollectorContext,
): Promise<RemoteDelivery[]> {
  if (table.kind === 'prices') return planPrices(engine, id, table, context)
  if (table.kind === 'focus') return planFocusMonths(engine, config, table, request, context)
  return planDays(engine, config, id, table, request, context)
}

const bySubmission = (a: RemoteDelivery, b: RemoteDelivery) => (a.submitted < b.submitted ? -1 : 1)

import type { CollectorContext, PlanRequest, RemoteDelivery } from '../collector.ts'
import type { Engine, ExportConfig } from './exports-bigquery.ts'
import { readDelivery, watermarksOf } from './exports-delivery.ts'
import { focusMonthQuery, focusWatermarkQuery } from './exports-queries.ts'
import type { ExportTable } from './exports-tables.ts'

const dayMs = 86_400_000
const beginning = '2020-01'

/**
 * Billing months of a FOCUS export: those of the look-back or asked for, and older ones never held. FOCUS deliveries replace their
 * month, so the unit is the month and a month that moved is read whole. The first plan looks at the whole table; later ones from
 * the oldest month on that is missing between the held ones.
 */
export async function planFocusMonths(
  engine: Engine,
  config: ExportConfig,
  table: ExportTable,
  request: PlanRequest,
  context: CollectorContext,
): Promise<RemoteDelivery[]> {
  const unitOf = (month: string) => `${table.name}/${month}`
  const isHeld = (month: string) => request.held.has(unitOf(month))
  const recent = new Date(context.now().getTime() - config.look_back_days * dayMs).toISOString().slice(0, 7)
  const from = request.periods ? [...request.periods].sort()[0] : firstMonth(recent, table.name, request, isHeld)
  const query = {
    what: `watermark of ${table.name} from ${from}`,
    text: focusWatermarkQuery(table),
    params: { from_month: from ?? beginning },
    location: table.location,
  }
  const marks = await watermarksOf(engine, query)
  const wanted = (month: string) =>
    request.periods ? request.periods.includes(month) : month >= recent || !isHeld(month)
  const deliveries: RemoteDelivery[] = []
  for (const mark of marks.filter(({ unit }) => wanted(unit))) {
    const month = {
      what: `${table.name} of ${mark.unit}`,
      text: focusMonthQuery(table),
      params: { from_month: mark.unit, newest: mark.newest },
      location: table.location,
    }
    const facts = { unit: unitOf(mark.unit), period: mark.unit, file: `${table.name}-${mark.unit}.ndjson.gz` }
    const bytes = await engine.dryRun(month)
    deliveries.push(readDelivery(engine, { ...facts, watermark: mark, bytes, query: month }))
  }
  return deliveries
}

function firstMonth(recent: string, table: string, { held }: PlanRequest, isHeld: (month: string) => boolean): string {
  const months = [...held.keys()].flatMap((unit) => (unit.startsWith(`${table}/`) ? unit.slice(table.length + 1) : []))
  let month = months.sort()[0]
  if (month === undefined) return beginning
  while (month < recent && isHeld(month)) month = nextMonth(month)
  return month < recent ? month : recent
}

function nextMonth(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7)
}

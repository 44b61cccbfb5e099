import type { CollectorContext, PlanRequest, RemoteDelivery } from '../collector.ts'
import type { Engine, ExportConfig } from './exports-bigquery.ts'
import { readDelivery, type Watermark, watermarksOf } from './exports-delivery.ts'
import { partitionsOf } from './exports-partitions.ts'
import { dayQuery, watermarkQuery } from './exports-queries.ts'
import type { DatasetId, ExportTable } from './exports-tables.ts'

/** Charges of a month are still exported in the first days of the next one, until its invoice is final. */
const closingDays = 10
const dayMs = 86_400_000

/** Days of ingestion, half-open: `YYYY-MM-DD`. */
interface Days {
  readonly from: string
  readonly before: string
}

/**
 * Days of ingestion of a standard or detailed export: those of the look-back or of the months asked for, and older ones never held.
 * A unit is a day, its mark the newest export time with the number of rows and their cost (specs/exports.md section 4.2).
 */
export async function planDays(
  engine: Engine,
  config: ExportConfig,
  id: DatasetId,
  table: ExportTable,
  request: PlanRequest,
  context: CollectorContext,
): Promise<RemoteDelivery[]> {
  const partitions = await partitionsOf(engine, id, table)
  const unitOf = (day: string) => `${table.name}/${day}`
  const since = dayText(context.now().getTime() - config.look_back_days * dayMs)
  const unheld = [...partitions.keys()].filter((day) => day < since && !request.held.has(unitOf(day))).sort()
  const windows = request.periods ? request.periods.map(daysOfMonth) : windowsOf(since, unheld)
  const found = new Map<string, Watermark>()
  for (const { from, before } of windows) {
    const marks = await watermarksOf(engine, {
      what: `watermark of ${table.name} from ${from}`,
      text: watermarkQuery(table),
      params: { from_day: from, before_day: before },
      location: table.location,
    })
    for (const mark of marks) found.set(mark.unit, mark)
  }
  const wanted = (day: string) => request.periods !== null || day >= since || unheld.includes(day)
  return [...found.values()]
    .filter(({ unit }) => wanted(unit))
    .map((mark) =>
      readDelivery(engine, {
        unit: unitOf(mark.unit),
        period: mark.unit.slice(0, 7),
        file: `${table.name}-${mark.unit.replaceAll('-', '')}.ndjson.gz`,
        watermark: mark,
        bytes: partitions.get(mark.unit)?.bytes ?? 0n,
        query: {
          what: `${table.name} of ${mark.unit}`,
          text: dayQuery(table),
          params: { unit: mark.unit, newest: mark.newest },
          location: table.location,
        },
      }),
    )
}

/** The look-back, and what lies between the oldest and the newest of the older days never held; one window when they touch. */
function windowsOf(since: string, unheld: readonly string[]): Days[] {
  const forever = '9999-01-01'
  const oldest = unheld[0]
  if (oldest === undefined) return [{ from: since, before: forever }]
  const end = nextDay(unheld.at(-1) ?? oldest)
  return end >= since
    ? [{ from: oldest, before: forever }]
    : [
        { from: oldest, before: end },
        { from: since, before: forever },
      ]
}

function daysOfMonth(period: string): Days {
  const [year = 0, month = 1] = period.split('-').map(Number)
  return { from: `${period}-01`, before: dayText(Date.UTC(year, month, 1 + closingDays)) }
}

const dayText = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const nextDay = (day: string) => dayText(Date.parse(day) + dayMs)

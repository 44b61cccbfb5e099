import { UserError } from '../../errors.ts'
import type { CollectorContext, Probe } from '../collector.ts'
import { lackOf } from './exports-access.ts'
import type { Engine, ExportConfig } from './exports-bigquery.ts'
import { inWords, queryPrice } from './exports-pricing.ts'
import {
  dayQuery,
  focusMonthQuery,
  focusWatermarkQuery,
  partitionsQuery,
  pricesQuery,
  watermarkQuery,
} from './exports-queries.ts'
import { chooseTables, type DatasetId, describeTable, type ExportTable, listTables } from './exports-tables.ts'

/** Lists the tables and dry-runs every query that a collection makes: nothing is paid. */
export async function probeExport(
  engine: Engine,
  config: ExportConfig,
  id: DatasetId,
  context: CollectorContext,
): Promise<Probe[]> {
  const place = `${id.project}.${id.dataset}`
  const attempt = <Result>(check: string, work: () => Promise<Result>) => tried(config, id, check, work)
  const listed = await attempt(`list tables of ${place}`, () => listTables(engine, id, context))
  if (listed.result === null) return [listed.probe]
  const { result: names } = listed
  const chosen = await attempt(`find a billing export in ${place}`, async () => {
    const tables = chooseTables(config.name, names, config.tables)
    if (tables.length > 0) return tables
    throw new UserError('there is no table of a billing export yet', {
      hint: 'Switch the detailed usage cost export on (Billing > Billing export); its table comes within 24 hours, its history within 5 days.',
    })
  })
  const probes = [listed.probe, chosen.probe]
  for (const name of chosen.result ?? []) {
    const described = await attempt(`describe ${name.name}`, () => describeTable(engine, id, name, context))
    probes.push(described.probe)
    if (described.result === null) continue
    const table = { ...described.result, location: config.location ?? described.result.location }
    for (const { what, text, params } of queriesOf(table, id, config, context.now())) {
      const query = { what, text, params, location: table.location }
      const dry = await attempt(`dry run: ${what}`, () => engine.dryRun(query))
      const size = dry.result === null ? '' : ` (${inWords(dry.result)}, USD ${queryPrice(dry.result, what).usd})`
      probes.push({ ...dry.probe, check: `${dry.probe.check}${size}` })
    }
  }
  return probes
}

async function tried<Result>(
  config: ExportConfig,
  id: DatasetId,
  check: string,
  work: () => Promise<Result>,
): Promise<{ probe: Probe; result: Result | null }> {
  try {
    return { probe: { check, ok: true, problem: null, remedy: null }, result: await work() }
  } catch (error) {
    const lack =
      error instanceof UserError
        ? { problem: error.message, remedy: error.hint ?? null }
        : (lackOf(error, config, id) ?? {
            problem: error instanceof Error ? error.message : String(error),
            remedy: null,
          })
    return { probe: { check, ok: false, ...lack }, result: null }
  }
}

function queriesOf(table: ExportTable, id: DatasetId, { look_back_days }: ExportConfig, now: Date) {
  const since = new Date(now.getTime() - look_back_days * 86_400_000).toISOString().slice(0, 10)
  const today = now.toISOString()
  const month = today.slice(0, 7)
  const partitions = {
    what: `partitions of ${table.name}`,
    text: partitionsQuery(id),
    params: { table_name: table.name },
  }
  const day = { unit: today.slice(0, 10), newest: today }
  if (table.kind === 'prices') {
    return [
      partitions,
      { what: `newest prices of ${table.name}`, text: pricesQuery(table), params: { unit: day.unit } },
    ]
  }
  if (table.kind === 'focus') {
    return [
      {
        what: `watermark of ${table.name}, each plan`,
        text: focusWatermarkQuery(table),
        params: { from_month: since.slice(0, 7) },
      },
      {
        what: `month ${month} of ${table.name}`,
        text: focusMonthQuery(table),
        params: { from_month: month, newest: today },
      },
    ]
  }
  return [
    partitions,
    {
      what: `watermark of ${table.name}, each plan`,
      text: watermarkQuery(table),
      params: { from_day: since, before_day: '9999-01-01' },
    },
    { what: `day ${day.unit} of ${table.name}`, text: dayQuery(table), params: day },
  ]
}

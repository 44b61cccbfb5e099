import { type CollectedSource, collectSource } from '../../src/collect/collection.ts'
import { createMeter } from '../../src/collect/meter.ts'
import type { Collector, CollectorContext } from '../../src/collectors/collector.ts'
import { createGate } from '../../src/pipeline/gate.ts'
import type { TestLake } from '../support/lake.ts'

export interface CollectOptions {
  readonly name?: string
  readonly periods?: readonly string[]
  readonly signal?: AbortSignal
  readonly now?: string
}

/** Collects one source into a test's lake through the real engine and the real import. */
export async function collectInto(
  lake: TestLake,
  collector: Collector,
  context: Pick<CollectorContext, 'retry'>,
  { name = 'test', periods, signal, now }: CollectOptions = {},
): Promise<CollectedSource> {
  const clock = () => new Date(now ?? '2026-03-20T06:00:00Z')
  return collectSource(
    { name, lakeSource: undefined, connect: async () => ({ collector, retry: context.retry }) },
    periods ?? null,
    {
      layout: lake.layout,
      now: clock,
      signal: signal ?? new AbortController().signal,
      downloads: createGate(4),
      imports: createGate(1),
      importFolders: (folders, { source, tableSource }, collected) =>
        lake.import(folders, source, { collected, tableSource }),
      meter: createMeter(
        () => {},
        () => 0,
      ),
      wait: async () => {},
    },
  )
}

/** Σ BilledCost by billing period, as exact decimal text without trailing zeros. */
export async function billed(lake: TestLake): Promise<Record<string, string>> {
  const rows = await lake.rows('select billing_period, sum("BilledCost") as cost from charges group by 1 order by 1')
  return Object.fromEntries(
    rows.map((row) => [String(row['billing_period']), String(row['cost']).replace(/\.?0+$/, '')]),
  )
}

/** Every row of the lake without the columns that say where it came from, as sorted text: equal lakes have equal rows. */
export async function everyRow(lake: TestLake): Promise<string[]> {
  const rows = await lake.rows(
    `select to_json(c)::varchar as row from (select * exclude (version) from charges) as c order by 1`,
  )
  return rows.map((row) => String(row['row']))
}

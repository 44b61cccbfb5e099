import { Gone, type RemoteDelivery } from '../collector.ts'
import type { Engine, Query, TextRow } from './exports-bigquery.ts'
import { queryPrice } from './exports-pricing.ts'

/** What is upstream of a unit: a day of ingestion, or a billing month. */
export interface Watermark {
  readonly unit: string
  /** Newest export time, ISO with all its digits. */
  readonly newest: string
  readonly rows: number
  /** Σ of the cost column, as text. */
  readonly cost: string
}

/** Runs a watermark query, after a dry run against the cap. */
export async function watermarksOf(engine: Engine, query: Query): Promise<Watermark[]> {
  await engine.dryRun(query)
  const marks: Watermark[] = []
  for await (const row of engine.rows(query)) {
    const { unit, newest, row_count, cost } = row
    marks.push({ unit: unit ?? '', newest: newest ?? '', rows: Number(row_count), cost: cost ?? '' })
  }
  return marks
}

/**
 * The delivery of one unit. Its only file is one query, dry-run before it is paid for. The query reads what the watermark counted;
 * when it finds another number of rows, the unit was changed after the plan: `Gone`.
 */
export function readDelivery(
  engine: Engine,
  facts: {
    readonly unit: string
    readonly period: string | null
    readonly file: string
    readonly watermark: Watermark
    readonly bytes: bigint
    readonly query: Query
  },
): RemoteDelivery {
  const { watermark, query } = facts
  const mark = `${watermark.newest} ${watermark.rows} rows ${watermark.cost}`
  return {
    unit: facts.unit,
    mark,
    period: facts.period,
    submitted: watermark.newest,
    price: queryPrice(facts.bytes, query.what),
    files: [
      {
        kind: 'rows',
        name: facts.file,
        rows: watermark.rows,
        read: () => readRows(engine, { ...query, key: mark, expected: watermark.rows }, watermark.rows),
      },
    ],
  }
}

async function* readRows(engine: Engine, query: Query, expected: number): AsyncGenerator<TextRow> {
  await engine.dryRun(query)
  let seen = 0
  for await (const row of engine.rows(query)) {
    seen += 1
    yield row
  }
  if (seen !== expected) throw new Gone(`${query.what} had ${expected} rows when it was planned and has ${seen}`)
}

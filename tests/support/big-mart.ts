import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PublishedMart } from '../../src/edge/published.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { openReadOnly } from '../../src/warehouse/duckdb-stream.ts'

/** A stored mart of a million rows in a file, and some of its last rows as the engine has them. */
export interface BigMart {
  readonly mart: PublishedMart
  readonly last: readonly Readonly<Record<string, unknown>>[]
}

const rows = 1_000_000

/** Writes `big.parquet` into the folder as the publisher writes marts, and `big.json`, a `BigMart`, about it. */
export async function writeBigMart(folder: string, database: string): Promise<void> {
  const writer = await openDuckDb({ path: database })
  await writer.exec(
    `create table big as select i as row_number, (i % 97)::varchar as team, 'resource-' || hash(i) as resource,
       (i * -1.000000000000001)::decimal(38, 15) as cost, date '1965-01-01' + (i // 1000)::integer as day
     from range(${rows}) t(i) order by i`,
  )
  writer.close()
  const file = await openReadOnly(database)
  const reader = await file.connect()
  await reader.copyToParquet('from big', {}, join(folder, 'big.parquet'), 10_240)
  const { columns, rows: last } = await reader.query(`from big limit 10 offset ${rows - 10}`, {})
  reader.close()
  file.close()
  const bytes = statSync(join(folder, 'big.parquet')).size
  const about: BigMart = { mart: { key: 'big.parquet', bytes, rows, columns }, last }
  writeFileSync(join(folder, 'big.json'), JSON.stringify(about))
}

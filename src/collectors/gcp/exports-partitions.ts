import { UserError } from '../../errors.ts'
import type { Engine } from './exports-bigquery.ts'
import { partitionsQuery } from './exports-queries.ts'
import type { DatasetId, ExportTable } from './exports-tables.ts'

export interface Partition {
  readonly rows: number
  readonly bytes: bigint
}

/** Partitions that hold rows, by day (`YYYY-MM-DD`). Throws UserError when the table is not partitioned by day of ingestion. */
export async function partitionsOf(
  engine: Engine,
  id: DatasetId,
  table: ExportTable,
): Promise<ReadonlyMap<string, Partition>> {
  if (!table.byIngestionDay) {
    throw new UserError(`${table.name} is not partitioned by day of ingestion, as Google's exports are`, {
      hint: 'Name the export table itself, not a view or a copy of it.',
    })
  }
  const partitions = new Map<string, Partition>()
  const rows = engine.rows({
    what: `partitions of ${table.name}`,
    text: partitionsQuery(id),
    params: { table_name: table.name },
    location: table.location,
  })
  for await (const row of rows) {
    // Beside days there are __NULL__ and __UNPARTITIONED__: rows that have not been given a day yet will be.
    const day = /^(\d{4})(\d{2})(\d{2})$/
      .exec(row['partition_id'] ?? '')
      ?.slice(1)
      .join('-')
    const count = Number(row['row_count'])
    if (day !== undefined && count > 0) partitions.set(day, { rows: count, bytes: BigInt(row['byte_count'] ?? '0') })
  }
  return partitions
}

import type { Collector, CollectorContext, RemoteDelivery, RowsFile } from '../../src/collectors/collector.ts'
import { createGcpExport } from '../../src/collectors/gcp/exports.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import { usageRow } from '../fakes/bigquery-tables.ts'
import type { FakeRequest } from '../fakes/fault-server.ts'

export type Keys = Readonly<Record<string, unknown>>

/** A collector of the fake's dataset at `url`. */
export function exportOf(url: string, context: CollectorContext, keys: Keys = {}): Collector {
  const given = { type: 'gcp_export', name: 'google', project: 'bills', dataset: 'exports', endpoint: url, ...keys }
  const config = sourceSchema.parse(given)
  if (config.type !== 'gcp_export') throw new Error('another type')
  return createGcpExport(config, context)
}

export async function rowsOf(delivery: RemoteDelivery | undefined): Promise<Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = []
  for (const file of (delivery?.files ?? []) as readonly RowsFile[])
    for await (const row of file.read(new AbortController().signal)) rows.push(row)
  return rows
}

export const manyRows = (count: number) => Array.from({ length: count }, (_, n) => usageRow(n))

/** A request for a page of an answer, not the one that waits for the job. */
export const isPage = ({ path, query }: FakeRequest) =>
  path.includes('/queries/costwright_') && query.get('maxResults') !== '0'

/** Jobs with a name of their own are those that fetch rows. */
export const isContent = ({ path }: FakeRequest) => /queries\/costwright_[0-9a-f]{64}_/.test(path)

export const asks = (label: string) => (request: FakeRequest) =>
  String(request.body).includes(`-- costwright: ${label}\\n`)

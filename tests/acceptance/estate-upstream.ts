import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { writeEstate } from '../../src/estate/estate.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText, type Warehouse } from '../../src/warehouse/warehouse.ts'
import { isContent } from '../collectors/gcp-source.ts'
import { createBigQuery } from '../fakes/bigquery.ts'
import type { FakeRow } from '../fakes/bigquery-sql.ts'
import { detailed, detailedFields } from '../fakes/bigquery-tables.ts'
import { startBlob } from '../fakes/blob.ts'
import { type FakeRequest, type FaultServer, startServer } from '../fakes/fault-server.ts'
import { type S3Fake, startS3 } from '../fakes/s3.ts'

/** The sample estate as it lies in three clouds, and its files as they would be imported. */
export interface Upstream {
  readonly s3: S3Fake & FaultServer
  readonly blob: FaultServer
  readonly google: FaultServer
  /** Connection string of the storage account. */
  readonly connection: string
  /** Folders with the first delivery of every month, to import. */
  readonly folders: readonly string[]
  /** Folder with the second AWS delivery of the first month. */
  readonly restatement: string
  /** Puts that second delivery where the first one was, as an export that overwrites does. */
  restateAws(): void
  /** Addresses of content asked for since the last call: no listings, manifests or metadata. */
  contentRequests(): string[]
  /** Signatures of the requests since then. */
  signatures(): string[]
  close(): Promise<void>
}

export const bucket = 'hf-billing-exports'
export const months = ['2026-08', '2026-09', '2026-10'] as const

/** Starts the fakes and puts the estate there, three months of it. `scale` as in `writeEstate`. */
export async function startUpstream(scale: number): Promise<Upstream> {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-estate-'))
  const warehouse = await openDuckDb({ path: ':memory:' })
  await writeEstate({ directory: folder, seed: 3, months, scale, warehouse })
  const s3 = await startS3({ buckets: [bucket], pageSize: 5 })
  const { blob, server, connection } = await startBlob({ pageSize: 5 })
  const bigquery = createBigQuery({ pageRows: 700 })
  const google = await startServer(bigquery.handler)
  const copyToS3 = (root: string) => {
    for (const { path, key } of filesBelow(root))
      s3.put(bucket, key, readFileSync(path), { modified: writtenAt(path).toISOString() })
  }
  copyToS3(join(folder, 'aws'))
  for (const { path, key } of filesBelow(join(folder, 'azure'))) blob.put('exports', key, readFileSync(path))
  bigquery.table(detailed, { fields: detailedFields })
  const rows = await exportedRows(join(folder, 'gcp'), warehouse)
  for (const [day, ofDay] of Map.groupBy(rows, ingestionDay)) bigquery.put(detailed, day, ofDay)
  warehouse.close()
  return {
    s3,
    blob: server,
    google,
    connection,
    folders: ['aws/billing', 'azure', 'gcp'].map((name) => join(folder, name)),
    restatement: join(folder, 'aws/restated'),
    restateAws: () => copyToS3(join(folder, 'aws/restated')),
    contentRequests() {
      const asked = [
        ...[...s3.requests, ...server.requests].filter(isData).map(({ path }) => path),
        ...google.requests.filter(isContent).map(({ path }) => path),
      ]
      for (const { requests } of [s3, server, google]) requests.length = 0
      return asked
    },
    signatures: () => [...s3.requests, ...server.requests].flatMap(signatureOf),
    async close() {
      await Promise.all([s3.close(), server.close(), google.close()])
    },
  }
}

/** Of AWS Signature Version 4, or of Azure's SharedKey. */
function signatureOf({ headers: { authorization = '' } }: FakeRequest): string[] {
  return /(?:Signature=|SharedKey \w+:)(\S{20,})$/.exec(authorization)?.slice(1) ?? []
}

const isData = ({ path }: FakeRequest) => /\.(csv\.gz|parquet)$/.test(path)

/** Files below a folder, with their paths in it as keys of a bucket. What was restated lies apart. */
function filesBelow(folder: string): { path: string; key: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile() && !name.startsWith('restated'))
    .sort()
    .map((key) => ({ path: join(folder, key), key }))
}

/** Manifests of the estate bear the time of their delivery; data lie there a minute before. */
function writtenAt(path: string): Date {
  if (path.endsWith('.json')) return statSync(path).mtime
  const manifest = join(dirname(path).replace('/data/', '/metadata/'), 'hf-cur2-Manifest.json')
  return new Date(statSync(manifest).mtimeMs - 60_000)
}

/** Rows of the dumps below `folder`, as `bq extract` writes them in JSON. */
async function exportedRows(folder: string, warehouse: Warehouse): Promise<FakeRow[]> {
  const rows: FakeRow[] = []
  for (const { path } of filesBelow(folder)) {
    let dump = path
    if (path.endsWith('.parquet')) {
      dump = join(folder, `${basename(path)}.json.gz`)
      const instants = ['usage_start_time', 'usage_end_time', 'export_time']
      const text = instants.map((name) => `strftime(${name}, '%Y-%m-%d %H:%M:%S UTC') as ${name}`).join(', ')
      await warehouse.exec(
        `copy (select * replace (${text}) from read_parquet(${quoteText(path)})) to ${quoteText(dump)} (format json, compression gzip)`,
      )
    }
    const lines = gunzipSync(readFileSync(dump)).toString().split('\n').filter(Boolean)
    rows.push(...lines.map(parsed))
    if (dump !== path) rmSync(dump)
  }
  return rows
}

/** Rows come in once a week, on the day after the last of its seven days of export: a lake of a few partitions is quick to fill. */
function ingestionDay(row: FakeRow): string {
  const week = 7 * 86_400_000
  const exported = Date.parse(String(row['export_time']).slice(0, 10))
  return new Date((Math.floor(exported / week) + 1) * week).toISOString().slice(0, 10)
}

/** A row of a dump; numbers of prices keep their text, `0.0`, which a number would not. */
function parsed(line: string): FakeRow {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }
  const keep = (key: string, value: unknown, context?: { source: string }) =>
    typeof value === 'number' && /^(tier_start_amount|pricing_unit_quantity)$/.test(key)
      ? rawJSON(context?.source ?? '')
      : value
  return JSON.parse(line, keep)
}

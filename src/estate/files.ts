import { createHash } from 'node:crypto'
import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { quoteText, type Warehouse } from '../warehouse/warehouse.ts'

export type Container = 'csv' | 'csv.gz' | 'parquet' | 'json.gz'

const copyOptions: Readonly<Record<Container, string>> = {
  csv: 'format csv, header true',
  'csv.gz': 'format csv, header true, compression gzip',
  parquet: 'format parquet, compression snappy',
  'json.gz': 'format json, compression gzip',
}

export interface WrittenFile {
  /** Path below the estate's directory, as an object key. */
  readonly key: string
  readonly bytes: number
  readonly rows: number
}

/** Writes rows of `select` to `directory/key`. The text must carry its own `order by`, so that the bytes repeat. */
export async function copyRows(
  warehouse: Warehouse,
  select: string,
  file: { directory: string; key: string; container: Container },
): Promise<WrittenFile> {
  const path = join(file.directory, file.key)
  mkdirSync(dirname(path), { recursive: true })
  await warehouse.exec(`copy (${select}) to ${quoteText(path)} (${copyOptions[file.container]})`)
  const { rows } = await warehouse.query(`select count(*) as rows from (${select})`)
  return { key: file.key, bytes: statSync(path).size, rows: Number(rows[0]?.['rows']) }
}

/** Writes text and gives it the modification time at which the provider would have put it there. */
export function writeText(directory: string, key: string, text: string, at?: Date): void {
  const path = join(directory, key)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  if (at) utimesSync(path, at, at)
}

/** A GUID that follows from a text. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

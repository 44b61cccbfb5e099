import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { awsCur } from '../../src/formats/aws-cur.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText } from '../../src/warehouse/warehouse.ts'
import { normaliseFiles } from './normalise.ts'

export type Row = Readonly<Record<string, unknown>>

export const fixture = (path: string) => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url))
export const normalise = (...paths: string[]) => normaliseFiles(paths, { format: awsCur })

/** A CUR 2.0 file of these line items, each on one hour of January 2026 unless it says otherwise. */
export function curFile(items: readonly Readonly<Record<string, string>>[]): string {
  const common = {
    bill_payer_account_id: '111111111111',
    line_item_usage_account_id: '222222222222',
    bill_billing_period_start_date: '2026-01-01T00:00:00Z',
    line_item_usage_start_date: '2026-01-05T10:00:00Z',
    line_item_usage_end_date: '2026-01-05T11:00:00Z',
    line_item_currency_code: 'USD',
    line_item_product_code: 'AmazonEC2',
  }
  const rows: Readonly<Record<string, string>>[] = items.map((item) => ({ ...common, ...item }))
  return csvFile([...new Set(rows.flatMap((row) => Object.keys(row)))], rows)
}

export function csvFile(header: readonly string[], rows: readonly Readonly<Record<string, string>>[]): string {
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const path = join(mkdtempSync(join(tmpdir(), 'aws-cur-')), 'cur.csv')
  const lines = [header.map(cell), ...rows.map((row) => header.map((name) => cell(row[name] ?? '')))]
  writeFileSync(path, `${lines.map((line) => line.join(',')).join('\n')}\n`)
  return path
}

export const item = (type: string, cost: string, more: Readonly<Record<string, string>> = {}) => ({
  line_item_line_item_type: type,
  line_item_unblended_cost: cost,
  ...more,
})

/** Rows of a CSV, every cell as text, empty ones null. */
export async function csvRows(path: string): Promise<Row[]> {
  const warehouse = await openDuckDb({ path: ':memory:' })
  const { rows } = await warehouse.query(
    `select * from read_csv(${quoteText(path)}, header = true, all_varchar = true)`,
  )
  warehouse.close()
  return [...rows]
}

import { gzipSync } from 'node:zlib'
import type { ImportResult } from '../../src/pipeline/import.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText } from '../../src/warehouse/warehouse.ts'
import type { TestLake } from './lake.ts'

export type Cells = Readonly<Record<string, string | null>>

export interface CsvOptions {
  readonly delimiter?: string
  readonly eol?: string
  /** Quotes and backslashes inside of quotes as Spark writes them. */
  readonly spark?: boolean
  readonly header?: (name: string) => string
  readonly columns?: readonly string[]
}

/** Rows as CSV text, quoted where needed; the header holds every column that any row has. */
export function csvText(rows: readonly Cells[], options: CsvOptions = {}): string {
  const { delimiter = ',', eol = '\n', spark = false, header = (name: string) => name } = options
  const columns = options.columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const quote = (cell: string) =>
    cell.includes(delimiter) || /["\r\n]/.test(cell)
      ? `"${spark ? cell.replace(/[\\"]/g, '\\$&') : cell.replaceAll('"', '""')}"`
      : cell
  const lines = [columns.map((name) => quote(header(name)))]
  for (const row of rows) lines.push(columns.map((name) => quote(row[name] ?? '')))
  return lines.map((line) => line.join(delimiter) + eol).join('')
}

export const gz = (text: string) => gzipSync(Buffer.from(text))

/** The exact sum of decimal texts, with 15 decimals as the lake prints it; independent of the engine. */
export function exactSum(amounts: readonly (string | null | undefined)[]): string {
  const units = amounts.reduce((total, text) => total + unitsOf(text ?? '0'), 0n)
  const digits = (units < 0n ? -units : units).toString().padStart(16, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -15)}.${digits.slice(-15)}`
}

function unitsOf(text: string): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text.trim()) ?? []
  const shift = 15 + Number(exponent) - fraction.length
  const digits = BigInt(`${whole}${fraction}` || '0')
  const units = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  return sign === '-' ? -units : units
}

/** Writes a query's rows as Parquet into the lake's folder and returns the path. */
export async function parquet(lake: TestLake, name: string, sql: string): Promise<string> {
  const path = lake.file(name, '')
  const warehouse = await openDuckDb({ path: ':memory:' })
  await warehouse.exec(`copy (${sql}) to ${quoteText(path)} (format parquet)`)
  warehouse.close()
  return path
}

/** Billed and effective cost of a delivery by period and currency, and its rows: what `import --json` prints, in short. */
export function landed(result: ImportResult): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    result.deliveries.flatMap((delivery) =>
      delivery.billing_periods.map((period) => [
        period.period,
        [
          period.rows_in,
          ...Object.entries(period.billed_cost).map(([currency, cost]) => `${currency} ${cost}`),
          ...Object.values(period.effective_cost),
        ].join(' '),
      ]),
    ),
  )
}

/** The messages of what was refused. */
export const refused = (result: ImportResult) => result.failures.map((failure) => failure.message)

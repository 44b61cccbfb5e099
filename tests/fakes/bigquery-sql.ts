import type { Refusal } from './bigquery.ts'

export interface FakeField {
  readonly name: string
  /** `STRING`, `FLOAT`, `TIMESTAMP`, `RECORD`, … */
  readonly type: string
  readonly mode?: string
  readonly fields?: readonly FakeField[]
}

/** A row as `bq extract` writes it: instants are text. */
export type FakeRow = Readonly<Record<string, unknown>>

export interface FakeTable {
  readonly name: string
  readonly fields: readonly FakeField[]
  readonly partitioned: boolean
  readonly days: Map<string, readonly FakeRow[]>
}

/** Rows in the form of the REST API: one text or null per column. */
export interface QueryAnswer {
  readonly label: string
  readonly columns: readonly { name: string; type: string }[]
  readonly rows: readonly (readonly (string | null)[])[]
  readonly bytes: number
}

interface Place {
  readonly project: string
  readonly dataset: string
  readonly bytesPerRow: number
}

type Params = Readonly<Record<string, string>>

/**
 * Answers the queries of src/collectors/gcp/exports-queries.ts, recognised by the comment of their first line. The select list of row
 * queries is read column by column, so that a column of another type, or one that the table does not have, is noticed.
 */
export function answerOf(
  text: string,
  params: Params,
  tables: ReadonlyMap<string, FakeTable>,
  place: Place,
): QueryAnswer | Refusal {
  const label = /^-- costwright: ([\w-]+)\n/.exec(text)?.[1] ?? ''
  if (label === 'partitions') return partitions(label, tables.get(params['table_name'] ?? ''))
  const name = new RegExp(`^from \`${place.project}\`\\.\`${place.dataset}\`\\.\`([^\`]+)\``, 'm').exec(text)?.[1] ?? ''
  const table = tables.get(name)
  if (!table)
    return { status: 404, reason: 'notFound', message: `Not found: Table ${place.project}:${place.dataset}.${name}` }
  if (/_partitiontime/.test(text) && !table.partitioned) return invalid('Unrecognized name: _PARTITIONTIME')
  if (label === 'watermark') return watermark(label, table, params)
  if (label === 'focus-watermark') return focusWatermark(label, table, params)
  if (label === 'day') {
    const rows = (table.days.get(params['unit'] ?? '') ?? []).filter((row) =>
      upTo(row['export_time'], params['newest']),
    )
    return selected(label, text, table, rows, place.bytesPerRow)
  }
  if (label === 'focus-month') {
    const rows = everyRow(table).filter(
      (row) => billingMonth(row) === params['from_month'] && upTo(row['x_ExportTime'], params['newest']),
    )
    return selected(label, text, table, rows, place.bytesPerRow)
  }
  if (label === 'prices') return prices(label, table.days.get(params['unit'] ?? '') ?? [], place.bytesPerRow)
  return invalid('Syntax error: the fake does not know this query')
}

const invalid = (message: string): Refusal => ({ status: 400, reason: 'invalidQuery', message })
const everyRow = (table: FakeTable) => [...table.days.values()].flat()
const texts = (...names: string[]) => names.map((name) => ({ name, type: 'STRING' }))

function partitions(label: string, table: FakeTable | undefined): QueryAnswer {
  const days = [...(table?.days ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
  const rows = days.map(([day, list]) => [day.replaceAll('-', ''), String(list.length), String(list.length * 1000)])
  const streaming = ['__UNPARTITIONED__', '3', '3000']
  return {
    label,
    columns: texts('partition_id', 'row_count', 'byte_count'),
    rows: [...rows, streaming],
    bytes: 10 << 20,
  }
}

function watermark(label: string, table: FakeTable, params: Params): QueryAnswer {
  const { from_day = '', before_day = '' } = params
  const days = [...table.days].filter(([day]) => day >= from_day && day < before_day)
  const rows = days.map(([day, list]) => marked(day, list, 'export_time', 'cost'))
  return counted(
    label,
    rows,
    days.reduce((n, [, list]) => n + list.length, 0),
  )
}

function focusWatermark(label: string, table: FakeTable, params: Params): QueryAnswer {
  const all = everyRow(table).filter((row) => billingMonth(row) >= (params['from_month'] ?? ''))
  const months = Map.groupBy(all, billingMonth)
  return counted(
    label,
    [...months].map(([month, list]) => marked(month, list, 'x_ExportTime', 'BilledCost')),
    all.length,
  )
}

const counted = (label: string, rows: (string | null)[][], scanned: number): QueryAnswer => ({
  label,
  columns: texts('unit', 'newest', 'row_count', 'cost'),
  rows: rows.sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1)),
  bytes: scanned * 16,
})

function marked(unit: string, rows: readonly FakeRow[], time: string, cost: string): (string | null)[] {
  const newest =
    rows
      .map((row) => micros(row[time]))
      .sort()
      .at(-1) ?? ''
  const nano = rows.reduce((sum, row) => sum + BigInt(Math.round(Number(row[cost]) * 1e9)), 0n)
  return [unit, isoOf(newest), String(rows.length), String(nano)]
}

function selected(
  label: string,
  text: string,
  table: FakeTable,
  rows: readonly FakeRow[],
  bytesPerRow: number,
): QueryAnswer | Refusal {
  const list = text.slice(text.indexOf('select\n') + 7, text.indexOf('\nfrom ')).split('\n')
  const columns = list.map((line) => /^ {4}(.+) as `([^`]+)`,$/.exec(line)?.slice(1))
  const readers = columns.map((column) => column && readerOf(column[0] ?? '', table))
  const wrong = readers.findIndex((reader) => !reader)
  if (wrong >= 0) return invalid(`Unrecognized name or type in ${list[wrong]}`)
  return {
    label,
    columns: columns.map((column, n) => ({ name: column?.[1] ?? '', type: readers[n]?.type ?? '' })),
    rows: rows.map((row) => readers.map((reader) => reader?.read(row) ?? null)),
    bytes: rows.length * bytesPerRow,
  }
}

interface Reader {
  readonly type: string
  read(row: FakeRow): string | null
}

function readerOf(expression: string, table: FakeTable): Reader | undefined {
  const [, name = ''] = /`([^`]+)`/.exec(expression) ?? []
  const field = table.fields.find((one) => one.name === name)
  if (!field) return undefined
  const of = (read: (value: unknown) => string): Reader => ({
    type: 'STRING',
    read: (row) => (row[name] === null || row[name] === undefined ? null : read(row[name])),
  })
  if (expression === `if(\`${name}\` is null, null, to_json_string(\`${name}\`))`) return of(JSON.stringify)
  if (expression === `format_timestamp('%Y-%m-%dT%H:%M:%E*SZ', \`${name}\`)` && field.type === 'TIMESTAMP')
    return of((value) => isoOf(micros(value)))
  if (expression === `cast(\`${name}\` as string)` && !['RECORD', 'TIMESTAMP'].includes(field.type)) return of(String)
  // A column as it is comes in its own type, and the client makes of it what it makes.
  if (expression === `\`${name}\`` && field.mode !== 'REPEATED' && field.type !== 'RECORD')
    return { ...of(String), type: field.type }
  return undefined
}

function prices(label: string, rows: readonly FakeRow[], bytesPerRow: number): QueryAnswer {
  const at = (row: FakeRow, path: string) =>
    path.split('.').reduce<unknown>((value, step) => (value as FakeRow)?.[step], row)
  const cells = rows.flatMap((row) =>
    (at(row, 'list_price.tiered_rates') as FakeRow[]).map((tier) => [
      String(at(row, 'sku.id')),
      String(at(row, 'sku.description')),
      String(at(row, 'service.description')),
      (at(row, 'geo_taxonomy.regions') as string[]).join(','),
      String(row['pricing_unit']),
      String(row['account_currency_code']),
      String(tier['start_usage_amount']),
      String(Number(tier['account_currency_amount']) / Number(tier['pricing_unit_quantity'])),
      isoOf(micros(row['pricing_as_of_time'])),
      JSON.stringify({ billing_account_id: row['billing_account_id'], product_taxonomy: row['product_taxonomy'] }),
    ]),
  )
  const names = [
    'sku_id',
    'sku_name',
    'service',
    'region',
    'unit',
    'currency',
    'tier_start',
    'unit_price',
    'effective_at',
    'detail',
  ]
  return { label, columns: texts(...names), rows: cells, bytes: rows.length * bytesPerRow }
}

/** `2026-01-31 08:00:00 UTC`, `2026-01-31T08:00:00.5Z` with all six digits, so that texts order as instants do. */
function micros(value: unknown): string {
  const [, day, time, fraction = ''] = /^(\S{10})[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?/.exec(String(value)) ?? []
  return `${day}T${time}.${fraction.padEnd(6, '0')}Z`
}

const isoOf = (text: string) => text.replace(/\.?0*Z$/, 'Z')
const upTo = (time: unknown, newest = '') => time === null || time === undefined || micros(time) <= micros(newest)

/** FOCUS months of Google begin at 08:00 or 07:00 UTC. */
function billingMonth(row: FakeRow): string {
  return new Date(Date.parse(String(row['BillingPeriodStart'])) - 7 * 3_600_000).toISOString().slice(0, 7)
}

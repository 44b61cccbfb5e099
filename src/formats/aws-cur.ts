import columns from './aws-cur-columns.json' with { type: 'json' }
import type { FileHead, Format, InputType } from './format.ts'

const input = columns.input as Readonly<Record<string, InputType>>

/** Separators and case differ between CSV, Parquet, Athena and CUR 2.0 (`ReservationARN`, `reservation_a_r_n`, `_arn`); letters do not. */
const canonicalByKey = new Map<string, string | null>([
  ...columns.unmapped.map((name): [string, null] => [nameKey(name), null]),
  ...Object.entries(columns.aliases).map(([name, target]): [string, string] => [nameKey(name), target]),
  ...Object.keys(input).map((name): [string, string] => [nameKey(name), name]),
])
const ownKeys = new Set(columns.ownColumns.map((name) => name.toLowerCase()))

/** Columns per key (legacy CUR, and CUR 2.0 with keys selected by a dot) that belong to a map column; only tag keys are kept letter by letter. */
const keyedColumns = [
  { map: 'resource_tags', pattern: /^resource_?tags[/._](.+)$/i, verbatim: true },
  { map: 'tags', pattern: /^tags[/.](.+)$/i, verbatim: true },
  { map: 'cost_category', pattern: /^cost_?category[/._](.+)$/i, verbatim: true },
  { map: 'product', pattern: /^product[/._](.+)$/i, verbatim: false },
  { map: 'discount', pattern: /^discount[/._](.+)$/i, verbatim: false },
] as const

/**
 * AWS Cost and Usage Report: CUR 2.0 of Data Exports and the legacy report, CSV and Parquet, any subset of columns.
 *
 * Recognised by an unblended cost beside a line item type and a usage or billing period.
 * Source: specs/exports.md sections 2.1, 2.3.
 */
export const awsCur: Format = {
  id: 'aws-cur',
  title: 'AWS Cost and Usage Report (2.0 and legacy)',
  provider: 'aws',
  query: 'focus/aws_cur.sql',
  settle: 'focus/aws_cur_settle.sql',
  delivery: 'replace',
  input,
  recognise(head) {
    const known = head.columns.map((name) => canonicalByKey.get(nameKey(name)))
    const has = (name: string) => known.includes(name)
    const costs = has('line_item_unblended_cost') || has('line_item_net_unblended_cost')
    const dates = ['line_item_usage_start_date', 'bill_billing_period_start_date', 'identity_time_interval'].some(has)
    const typed = has('line_item_line_item_type')
    if (!costs || !dates || !(typed || has('line_item_product_code') || has('line_item_usage_type'))) return null
    const { canonical, warnings } = canonicalNames(head.columns)
    if (!typed) warnings.push('no column line_item_line_item_type: every row is read as usage')
    return {
      canonical,
      traits: {
        format_version: isLegacy(head.columns) ? 'legacy' : '2.0',
        net: String(has('line_item_net_unblended_cost')),
        typed: String(typed),
      },
      warnings: [...warnings, ...missingAmounts(head, canonical)],
    }
  },
}

function nameKey(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function isLegacy(names: readonly string[]): boolean {
  if (names.some((name) => /^(line_?item|bill|identity)\//i.test(name))) return true
  if (names.some((name) => /^(product|resource_tags|tags|discount|cost_category|bill_payer_account_name)$/i.test(name)))
    return false
  return names.some((name) => /^(resource_tags_|cost_category_|product_product_name$)/i.test(name))
}

function canonicalNames(names: readonly string[]): { canonical: (string | null)[]; warnings: string[] } {
  const warnings: string[] = []
  const spelledAs = new Map<string, string>()
  const canonical = names.map((name, position) => {
    const wanted = canonicalName(name, position)
    if (wanted === null || (!wanted.includes('/') && !wanted.startsWith('x_'))) return wanted
    let free = wanted
    for (let n = 2; (spelledAs.get(slot(free)) ?? name) !== name; n += 1) free = `${wanted}_${n}`
    if (free !== wanted)
      warnings.push(`columns ${spelledAs.get(slot(wanted))} and ${name} have one name; the latter is kept as ${free}`)
    spelledAs.set(slot(free), name)
    return free
  })
  return { canonical, warnings }
}

/** Map keys are case-sensitive, column names are not. */
function slot(canonical: string): string {
  return canonical.startsWith('x_') ? canonical.toLowerCase() : canonical
}

function canonicalName(name: string, position: number): string | null {
  for (const { map, pattern, verbatim } of keyedColumns) {
    const key = verbatim ? pattern.exec(name)?.[1]?.trim() : undefined
    if (key) return `${map}/${key}`
  }
  const known = canonicalByKey.get(nameKey(name))
  if (known !== undefined) return known
  for (const { map, pattern } of keyedColumns) {
    const key = snakeCase(pattern.exec(name)?.[1] ?? '')
    if (key && map === 'product' && !columns.productKeys.includes(key)) return null
    if (key) return `${map}/${key}`
  }
  return ownName(name, position)
}

/** Legacy spelling to Parquet spelling: an underscore before every capital, the rest lower case. */
function snakeCase(name: string): string {
  const spaced = /[a-z]/.test(name) ? name.replace(/[A-Z]/g, '_$&') : name
  return spaced
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
}

function ownName(name: string, position: number): string {
  if (/^x_\w+$/.test(name) && !ownKeys.has(name.toLowerCase())) return name
  const words = name
    .replace(/^x_/i, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('') || `Column${position + 1}`
  return ownKeys.has(`x_${pascal}`.toLowerCase()) ? `x_Delivered${pascal}` : `x_${pascal}`
}

function missingAmounts(head: FileHead, canonical: readonly (string | null)[]): string[] {
  const position = canonical.indexOf('line_item_line_item_type')
  const types = new Set(head.sample.map((row) => row[position]?.trim()))
  return Object.entries(columns.amortisation).flatMap(([type, needed]) => {
    const absent = needed.filter((name) => !canonical.includes(name) && !canonical.includes(netTwin(name)))
    return types.has(type) && absent.length > 0
      ? [`${type} rows without ${absent.join(', ')}: EffectiveCost is incomplete`]
      : []
  })
}

function netTwin(name: string): string {
  return name.replace(/^(reservation|savings_plan)_/, '$1_net_')
}

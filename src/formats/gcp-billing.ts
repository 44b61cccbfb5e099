import { lakeColumns } from '../core/focus.ts'
import type { FileHead, Format, InputType } from './format.ts'
import names from './gcp-columns.json' with { type: 'json' }

const input = names.columns as Readonly<Record<string, InputType>>
const members: Readonly<Record<string, readonly string[]>> = names.members
const plainMembers: Readonly<Record<string, string>> = names.plain
const aliases: Readonly<Record<string, string>> = names.aliases

const canonicalByKey = new Map([
  ...Object.keys(input).map((column) => [column, column] as const),
  ...Object.entries(members).flatMap(([column, list]) =>
    list.map((member) => [`${column}_${member}`, `${column}/${member}`] as const),
  ),
])

/** Names that the query writes itself; a delivered column of that name moves aside. */
const ownNames = new Set(
  [
    ...lakeColumns.map(({ name }) => name),
    ...[
      'BillingPeriod',
      'ExportTime',
      'Credits',
      'CostType',
      'CurrencyConversionRate',
      'ConsumptionModel',
      'ProjectAncestors',
    ].map((name) => `x_${name}`),
    ...['InvoiceMonth', 'CommitmentModel', 'CommitmentFamily', 'CommitmentSeries', 'CoveredCredit'].map(
      (name) => `x_${name}`,
    ),
  ].map((name) => name.toLowerCase()),
)

/**
 * Google Cloud billing export to BigQuery, standard or detailed usage cost, dumped as NDJSON, Parquet or CSV.
 *
 * Nested columns may be whole (STRUCT, JSON or Python-style text) or flattened (`service.description`, `service_description`).
 * Recognised by `cost` and `usage_start_time` beside a service or SKU and one more column that only Google has.
 * `traits.format_version` is `detailed` when the file has resource columns, else `standard`.
 * Source: specs/exports.md section 4.
 */
export const gcpBilling: Format = {
  id: 'gcp-billing',
  title: 'Google Cloud billing export (BigQuery standard or detailed usage cost)',
  provider: 'gcp',
  query: 'focus/gcp_billing.sql',
  settle: 'focus/gcp_billing_settle.sql',
  delivery: 'append',
  input,
  recognise(head) {
    const canonical = canonicalNames(head)
    const present = new Set(canonical.map((name) => name.split('/')[0] ?? ''))
    if (!present.has('cost') || !present.has('usage_start_time')) return null
    if (!present.has('service') && !present.has('sku')) return null
    if (!['billing_account_id', 'invoice', 'credits', 'project', 'export_time'].some((name) => present.has(name)))
      return null
    return {
      canonical,
      traits: { format_version: present.has('resource') ? 'detailed' : 'standard' },
      warnings: missingWarnings(present),
    }
  },
}

/** What `service.description`, `Service Description` and `service__description` share. */
function nameKey(column: string): string {
  const key = column
    .replaceAll('\uFEFF', '')
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return aliases[key] ?? key
}

function canonicalNames(head: FileHead): readonly string[] {
  const taken = new Set<string>()
  return head.columns.map((column, position) => {
    const known = canonicalByKey.get(nameKey(column))
    const name = known === undefined ? undefined : memberOfPlain(known, head, position)
    return claim(name !== undefined && !taken.has(name) ? name : extraName(column, position), taken)
  })
}

/** A column such as `service` that holds plain text instead of an object is its main member: `service/description`. */
function memberOfPlain(name: string, head: FileHead, position: number): string {
  const member = plainMembers[name]
  if (member === undefined) return name
  const cells = head.sample.flatMap((row) => row[position]?.trim() || [])
  return cells.length > 0 && cells.every((cell) => !/^[[{"]/.test(cell)) ? `${name}/${member}` : name
}

function extraName(column: string, position: number): string {
  const pascal = column
    .replace(/^\s*x_/i, '')
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
  const name = `x_${pascal || `Column${position + 1}`}`
  return ownNames.has(name.toLowerCase()) ? `x_Delivered${name.slice(2)}` : name
}

/** Column names are unique without regard to case; a repeated one gets a number, so that no column is lost. */
function claim(base: string, taken: Set<string>): string {
  let unique = base
  for (let count = 2; taken.has(unique.toLowerCase()); count++) unique = `${base}${count}`
  taken.add(unique.toLowerCase())
  return unique
}

function missingWarnings(present: ReadonlySet<string>): readonly string[] {
  const effects: readonly (readonly [string, string])[] = [
    ['credits', 'no credits column: BilledCost is cost alone'],
    ['invoice', 'no invoice.month: the billing period is the month of usage_start_time in America/Los_Angeles'],
    ['export_time', 'no export_time: deliveries of the same rows cannot be told apart'],
    ['billing_account_id', "no billing_account_id: BillingAccountId is 'unknown'"],
    ['currency', 'no currency: amounts are taken as USD'],
  ]
  return effects.flatMap(([column, effect]) => (present.has(column) ? [] : [`The export has ${effect}.`]))
}

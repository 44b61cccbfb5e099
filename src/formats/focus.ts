import { focusColumns, lakeColumns } from '../core/focus.ts'
import aliases from './focus-aliases.json' with { type: 'json' }
import versions from './focus-versions.json' with { type: 'json' }
import type { FileHead, Format, InputType } from './format.ts'

/** Columns that FOCUS had before 1.4 and that the query still reads. */
const formerColumns: Readonly<Record<string, InputType>> = {
  ProviderName: 'text',
  PublisherName: 'text',
  Region: 'text',
  ChargeSubcategory: 'text',
  x_Labels: 'json',
  x_Tags: 'json',
}

const input: Readonly<Record<string, InputType>> = {
  ...Object.fromEntries(focusColumns.map((column) => [column.name, inputType(column.type, column.json)])),
  ...formerColumns,
}

const inputByKey = new Map(Object.keys(input).map((name) => [nameKey(name), name]))
const aliasByKey = new Map(aliases.map((alias) => [nameKey(alias.from), alias.to]))
/** Stated versions as spreadsheets and the working group's first drafts write them. */
const respelled = new Map(Object.entries(versions.respelled))
const statedKeys = new Set(versions.statedIn.map(nameKey))
/** Names that costwright writes itself; a delivered column of that name moves aside. */
const ownKeys = new Set(
  [...lakeColumns.map((column) => column.name), 'x_BillingPeriod', 'x_ChargeSubcategory'].map(nameKey),
)

/**
 * FOCUS 0.5-preview to 1.4 CostAndUsage from anyone: clouds, SaaS vendors, in-house exports, worked examples with a handful of columns.
 *
 * Recognised by a BilledCost column beside a charge category or charge period, whatever the case, blanks or underscores of the header.
 * Source: specs/focus.md section 3.
 */
export const focus: Format = {
  id: 'focus',
  title: 'FOCUS CostAndUsage (0.5-preview to 1.4)',
  provider: 'focus',
  query: 'focus/focus.sql',
  delivery: 'replace',
  slices: true,
  input,
  recognise(head) {
    const keys = head.columns.map(nameKey)
    const present = new Set(keys)
    if (!present.has('billedcost')) return null
    if (!['chargecategory', 'chargetype', 'chargeperiodstart'].some((key) => present.has(key))) return null
    const version = focusVersion(head, keys)
    return {
      canonical: canonicalNames(head.columns),
      traits: { format_version: version.name },
      warnings: version.warnings,
    }
  },
}

function inputType(type: string, json: boolean): InputType {
  if (type.startsWith('MAP')) return 'map'
  if (type.startsWith('DECIMAL')) return 'decimal'
  if (type.startsWith('TIMESTAMP')) return 'instant'
  return json ? 'json' : 'text'
}

/** What two spellings of one column share: `billed_cost`, ` BilledCost ` and `Billed Cost` are the same. */
function nameKey(name: string): string {
  return name.replace(/[\s_\uFEFF]/g, '').toLowerCase()
}

function canonicalNames(columns: readonly string[]): readonly string[] {
  const keys = columns.map(nameKey)
  const direct = new Set(keys.flatMap((key) => inputByKey.get(key) ?? []))
  const taken = new Set<string>()
  return columns.map((column, index) => {
    const name = known(keys[index] ?? '', direct)
    return claim(name !== null && !taken.has(nameKey(name)) ? name : extraName(column, index), taken)
  })
}

function known(key: string, direct: ReadonlySet<string>): string | null {
  const own = inputByKey.get(key)
  if (own === 'Region' && direct.has('RegionId') && direct.has('RegionName')) return null
  if (own !== undefined) return own
  const name = aliasByKey.get(key)
  return name === undefined || direct.has(name) ? null : name
}

/** The `x_` name of a column that FOCUS does not know; one already prefixed keeps its spelling. */
function extraName(column: string, index: number): string {
  const trimmed = column.replaceAll('\uFEFF', '').trim()
  const pascal = trimmed
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
  const name = /^x_/i.test(trimmed) ? `x_${trimmed.slice(2)}` : `x_${pascal || `Column${index + 1}`}`
  return ownKeys.has(nameKey(name)) ? `x_Delivered${name.slice(2)}` : name
}

/** Column names are unique without regard to case; a repeated one gets a number, so that no column is lost. */
function claim(name: string, taken: Set<string>): string {
  const base = taken.has(nameKey(name)) && !name.startsWith('x_') ? `x_${name}` : name
  let unique = base
  for (let count = 2; taken.has(nameKey(unique)); count++) unique = `${base}${count}`
  taken.add(nameKey(unique))
  return unique
}

function focusVersion(head: FileHead, keys: readonly string[]): { name: string; warnings: readonly string[] } {
  const guess = versions.guesses.find((rule) => matches(rule.any, keys, true) && !matches(rule.none, keys, false))
  const guessed = guess?.version ?? '1.0'
  const stated = statedVersion(head, keys)
  if (stated === null) return { name: guessed, warnings: [] }
  if (!versions.known.includes(stated)) {
    return {
      name: guessed,
      warnings: [`The file states FOCUS version "${stated}", which is unknown; its columns are those of ${guessed}.`],
    }
  }
  if (family(stated) === family(guessed)) return { name: stated, warnings: [] }
  return {
    name: stated,
    warnings: [`The file states FOCUS ${stated}, but its columns are those of ${guessed}; read as ${stated}.`],
  }
}

function matches(names: readonly string[], keys: readonly string[], whenEmpty: boolean): boolean {
  if (names.length === 0) return whenEmpty
  return names.some((name) => {
    const key = nameKey(name.replace('*', ''))
    return keys.some((present) => (name.endsWith('*') ? present.startsWith(key) : present === key))
  })
}

function statedVersion(head: FileHead, keys: readonly string[]): string | null {
  const index = keys.findIndex((key) => statedKeys.has(key))
  if (index < 0) return null
  const cells = head.sample.map((row) => row[index]?.trim()).filter((cell) => cell)
  const stated = cells[0]?.replace(/^(focus)?[\s_-]*v?/i, '').replace(/^(\d+\.\d+)\.0$/, '$1')
  return stated ? (respelled.get(stated) ?? stated) : null
}

function family(version: string): string {
  return version.replace(/r\d+$|-preview$/, (suffix) =>
    version.startsWith('1.2') || suffix.startsWith('r') ? '' : suffix,
  )
}

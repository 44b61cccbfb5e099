import columns from './azure-columns.json' with { type: 'json' }
import type { FileHead, Format, InputType, Recognition } from './format.ts'

const types: Readonly<Record<string, InputType>> = {
  ...Object.fromEntries(columns.decimals.map((name) => [name, 'decimal' as const])),
  ...Object.fromEntries(columns.instants.map((name) => [name, 'instant' as const])),
  tags: 'map',
  additional_info: 'json',
}

const input: Readonly<Record<string, InputType>> = Object.fromEntries(
  Object.keys(columns.mapped).map((name) => [name, types[name] ?? 'text']),
)

const known = new Map<string, string | null>([
  ...columns.ignored.map((name) => [nameKey(name), null] as const),
  ...Object.entries(columns.mapped).flatMap(([canonical, names]) =>
    names.map((name) => [nameKey(name), canonical] as const),
  ),
])

const ownKeys = new Set(columns.own.map(nameKey))

/**
 * Azure cost details (ActualCost or AmortizedCost) of Enterprise Agreement, Microsoft Customer Agreement and pay-as-you-go
 * accounts, in every header dialect of specs/exports.md 3.3. Names count, not case, blanks, dashes or position.
 *
 * Trait `format_version` is the dialect (`ea-2019`, `ea-old`, `mca`, `payg`); `dataset` is what the sampled rows prove
 * (`ActualCost`, `AmortizedCost`) or '' when no row in the sample tells them apart.
 */
export const azureCost: Format = {
  id: 'azure-cost',
  title: 'Azure cost details (actual or amortised)',
  provider: 'azure',
  query: 'focus/azure_cost.sql',
  delivery: 'replace',
  datasets: {
    query: 'focus/azure_dataset.sql',
    hint: (path) => (/amorti[sz]ed/i.test(path) ? 'AmortizedCost' : 'ActualCost'),
  },
  input,
  recognise(head) {
    const keys = head.columns.map(nameKey)
    if (keys.some((key) => columns.foreign.includes(key)) || head.columns.some((name) => /^\W?\w+\//.test(name)))
      return null
    const canonical = canonicalNames(head.columns)
    const present = new Set(canonical)
    const count = (names: readonly string[]) => names.filter((name) => present.has(name)).length
    if (
      count(columns.costs) === 0 ||
      !present.has('date') ||
      count(columns.meters) === 0 ||
      count(columns.telltales) < 3
    )
      return null
    return {
      canonical,
      traits: {
        format_version: columns.dialects.find((dialect) => count(dialect.any) > 0)?.id ?? 'ea-old',
        dataset: datasetOf(head, canonical),
      },
      warnings: [],
    } satisfies Recognition
  },
}

/** What the spellings of one name share: `Meter Sub-Category` and `meterSubCategory` are the same. */
function nameKey(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

function canonicalNames(names: readonly string[]): (string | null)[] {
  const taken = new Set<string>()
  return names.map((name, index) => {
    const spelling = spellings(name).find((candidate) => known.has(nameKey(candidate)))
    const canonical = spelling === undefined ? extraName(name, index, taken) : (known.get(nameKey(spelling)) ?? null)
    if (canonical !== null) taken.add(canonical.toLowerCase())
    return canonical
  })
}

/** A localised header carries the English name before or after the local one: `Abonnementname (SubscriptionName)`. */
function spellings(name: string): string[] {
  const parts = /^(.*?)\s*\((.*)\)\s*$/.exec(name)
  return parts ? [name, parts[2] ?? '', parts[1] ?? ''] : [name]
}

function extraName(name: string, index: number, taken: ReadonlySet<string>): string {
  const pascal = name
    .replace(/^\W*x_/i, '')
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
  const base = `x_${ownKeys.has(nameKey(`x${pascal}`)) ? 'Delivered' : ''}${pascal || `Column${index + 1}`}`
  return taken.has(base.toLowerCase()) ? `${base}${index + 1}` : base
}

/**
 * Amortised data price the usage that a commitment covers and hold its unused remainder; actual data hold the purchase and
 * covered usage at cost 0 (specs/commitments.md section 5).
 */
function datasetOf(head: FileHead, canonical: readonly (string | null)[]): string {
  const position = (name: string) => canonical.indexOf(name)
  const cost = columns.costs.map(position).find((index) => index >= 0) ?? -1
  const [charge, model, reservation, benefit] = ['charge_type', 'pricing_model', 'reservation_id', 'benefit_id'].map(
    position,
  )
  const text = (row: readonly (string | null)[], index: number | undefined) => row[index ?? -1]?.trim() ?? ''
  let proof = ''
  for (const row of head.sample) {
    const type = text(row, charge).toLowerCase()
    if (type.startsWith('unused')) return 'AmortizedCost'
    const pricing = text(row, model)
    const committed =
      pricing === ''
        ? text(row, reservation) + text(row, benefit) !== ''
        : /^(reservation|savings\s?plans?)$/i.test(pricing)
    if (!committed) continue
    const billed = /[1-9]/.test(text(row, cost).replace(/e.*$/i, ''))
    if (type === 'usage' && billed) return 'AmortizedCost'
    if (billed ? type === 'purchase' : type === 'usage') proof = 'ActualCost'
  }
  return proof
}

import type { FileHead, Format, InputType } from './format.ts'
import { nameKey, placesOf } from './table-columns.ts'

const input: Readonly<Record<string, InputType>> = {
  budget: 'text',
  dimension: 'text',
  value: 'text',
  month: 'text',
  year: 'text',
  amount: 'decimal',
  currency: 'text',
  ledger: 'text',
  tolerance_pct: 'decimal',
  hard_limit_pct: 'decimal',
  materiality: 'decimal',
  phasing: 'text',
}

const names: Readonly<Record<string, readonly string[]>> = {
  budget: ['budget', 'budgetname', 'name'],
  dimension: ['dimension', 'budgetdimension', 'scopetype'],
  value: ['value', 'dimensionvalue', 'scope', 'scopevalue'],
  month: ['month', 'period', 'budgetmonth', 'budgetperiod', 'quarter'],
  year: ['year', 'budgetyear', 'calendaryear'],
  amount: ['amount', 'budgetamount', 'budgetedamount', 'budgetedcost', 'plannedamount', 'plannedcost', 'plan'],
  currency: ['currency', 'currencycode', 'billingcurrency', 'budgetcurrency'],
  ledger: ['ledger', 'basis', 'costbasis'],
  tolerance_pct: ['tolerancepct', 'tolerance', 'tolerancepercent'],
  hard_limit_pct: ['hardlimitpct', 'hardlimit', 'hardlimitpercent'],
  materiality: ['materiality'],
  phasing: ['phasing', 'weights'],
}

const dimensions = ['team', 'product', 'environment', 'account', 'provider', 'service']

/**
 * Budgets by month, quarter or year: `budget, dimension, value, month, amount, currency` and the optional limits and phasing.
 * A column named for a dimension (`team, month, amount, currency`) may stand for `dimension` and `value`.
 *
 * Recognised by a month or year, an amount and a dimension, beside no actual cost and no metric.
 * Source: specs/budgets.md section 1; docs/configuration.md describes every column.
 */
export const budgets: Format = {
  id: 'budgets',
  title: 'Budgets (CSV, NDJSON, Parquet)',
  provider: 'budgets',
  query: 'focus/budgets.sql',
  table: 'budgets',
  delivery: 'replace',
  input,
  recognise(head) {
    const keys = head.columns.map(nameKey)
    if (keys.some(isForeign)) return null
    const places = budgetPlaces(head, keys)
    const implied = places.has('dimension') ? [] : dimensions.filter((dimension) => keys.includes(dimension))
    const [dimension = '', ...others] = implied
    if (dimension !== '' && others.length === 0) places.set('value', keys.indexOf(dimension))
    const dated = places.has('month') || places.has('year')
    if (!dated || !places.has('amount') || (!places.has('dimension') && !places.has('value'))) return null
    if (!places.has('dimension') && (dimension === '' || others.length > 0)) return null
    const byPlace = new Map([...places].map(([name, place]) => [place, name]))
    const unread = head.columns.filter((_, place) => !byPlace.has(place))
    return {
      canonical: head.columns.map((_, place) => byPlace.get(place) ?? null),
      traits: { format_version: '1', dimension },
      warnings: unread.length > 0 ? [`Columns without meaning for a budget are not read: ${unread.join(', ')}.`] : [],
    }
  },
}

/** Where each input column is; a column `budget` full of numbers is the amount, when nothing else is. */
function budgetPlaces(head: FileHead, keys: readonly string[]): Map<string, number> {
  const places = placesOf(names, keys)
  const named = places.get('budget')
  if (named !== undefined && !places.has('amount') && holdsNumbers(head, named)) {
    places.delete('budget')
    places.set('amount', named)
  }
  return places
}

function holdsNumbers(head: FileHead, place: number): boolean {
  const cells = head.sample.flatMap((row) => row[place] ?? [])
  return cells.length > 0 && cells.every((cell) => /^[^\p{L}]*\d[^\p{L}]*$/u.test(cell))
}

/** Columns of bills, metrics and series, which a budget never has. */
function isForeign(key: string): boolean {
  return (
    ['metric', 'metricname', 'cost', 'chargecategory', 'pretaxcost', 'costinbillingcurrency'].includes(key) ||
    /^(lineitem|billed|effective|list|contracted|unblended|chargeperiod|usagestart)/.test(key)
  )
}

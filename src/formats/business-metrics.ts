import type { FileHead, Format, InputType } from './format.ts'
import { nameKey, placesOf } from './table-columns.ts'

const input: Readonly<Record<string, InputType>> = {
  metric_date: 'instant',
  metric_month: 'text',
  metric: 'text',
  value: 'decimal',
  unit: 'text',
  dimension_name: 'text',
  dimension_value: 'text',
  dimensions: 'map',
}

const names: Readonly<Record<string, readonly string[]>> = {
  metric_date: ['metricdate', 'date', 'day', 'month', 'metricmonth', 'period', 'timestamp', 'datetime', 'time', 'ts'],
  metric: ['metric', 'metricname', 'driver', 'kpi', 'measure'],
  value: ['value', 'metricvalue', 'quantity', 'volume', 'count'],
  unit: ['unit', 'metricunit', 'uom'],
  dimension_name: ['dimensionname', 'dimensionkey', 'dimension'],
  dimension_value: ['dimensionvalue'],
  dimensions: ['dimensions', 'labels', 'attributes'],
}

/**
 * Business metrics in long form: `date, metric, value`, optionally `unit`; every other column is a dimension of that name.
 *
 * One row says how much of one metric there was on one day (or in one month, dated its first day). The wide form
 * (`date, requests, tenants, …`) is refused: nothing in it tells a metric from a numeric dimension.
 * Source: specs/kpis.md section 9; docs/configuration.md.
 */
export const businessMetrics: Format = {
  id: 'business-metrics',
  title: 'Business metrics (CSV, NDJSON, Parquet)',
  provider: 'metrics',
  query: 'focus/business_metrics.sql',
  table: 'business_metrics',
  delivery: 'replace',
  input,
  recognise(head) {
    const keys = head.columns.map(nameKey)
    if (keys.some(isForeign)) return null
    const places = metricPlaces(keys)
    const date = places.get('metric_date')
    const metric = places.get('metric')
    const value = places.get('value')
    if (date === undefined || metric === undefined || value === undefined) return null
    if (!cells(head, value).every(isNumber) || !cells(head, date).every((cell) => /\d/.test(cell))) return null
    const byPlace = new Map([...places].map(([name, place]) => [place, name]))
    if (cells(head, date).every(isMonth)) byPlace.set(date, 'metric_month')
    return {
      canonical: head.columns.map((column, place) => byPlace.get(place) ?? `dimensions/${dimensionName(column)}`),
      traits: { format_version: '1' },
      warnings: [],
    }
  },
}

/** Where each input column is; half a pair of dimension name and value is a dimension like any other. */
function metricPlaces(keys: readonly string[]): Map<string, number> {
  const places = placesOf(names, keys)
  if (!places.has('dimension_name') || !places.has('dimension_value')) {
    places.delete('dimension_name')
    places.delete('dimension_value')
  }
  return places
}

function cells(head: FileHead, place: number): string[] {
  return head.sample.flatMap((row) => row[place]?.trim() || [])
}

function isNumber(cell: string): boolean {
  return /^[^\p{L}]*\d[^\p{L}]*([eE][+-]?\d+)?$/u.test(cell)
}

function isMonth(cell: string): boolean {
  return /^(\d{4}[-/]\d{1,2}|\d{1,2}[/.]\d{4}|\d{6}|\p{L}{3,9}[ -]\d{2,4})$/u.test(cell)
}

/** `Cost Center` and `cost-center` are the dimension `cost_center`. */
function dimensionName(column: string): string {
  const name = column
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
  return name.replace(/^(dimensions?|labels?|tags?)_(?=.)/, '') || 'column'
}

/** Columns of bills, budgets and cost series, which a metric never has. */
function isForeign(key: string): boolean {
  return (
    ['cost', 'amount', 'budget', 'ode', 'chargecategory', 'pretaxcost', 'costinbillingcurrency'].includes(key) ||
    /^(lineitem|billed|effectivecost|listcost|contractedcost|unblended|chargeperiod|usagestart)/.test(key)
  )
}

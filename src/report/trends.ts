import { formatMonth } from '../web/format.ts'
import { cell, isZero, mine, total } from './cells.ts'
import type { Chart, Value } from './document.ts'
import type { Frame, ReportSource, Row } from './source.ts'
import { shorten } from './write-value.ts'

export const accrual = 'accrual (EffectiveCost)'

/** `'Oct'`, with the year below where a year begins. */
export function monthLabels(months: readonly string[]): string[] {
  return months.map((month, index) => {
    const [name = '', year = ''] = formatMonth(month).split(' ')
    return index === 0 || month.endsWith('-01') ? `${name}\n${year}` : name
  })
}

/** Values of `rows` in the order of the frame's months. */
export function byMonth(months: readonly string[], rows: readonly Row[], key: string, column: string): Value[] {
  return months.map((month) =>
    cell(
      rows.find((row) => row[key] === month),
      column,
    ),
  )
}

/** Cost of each month beside its budget. `rows` are those of `spend_variance` of one value. */
export function spendChart(frame: Frame, rows: readonly Row[], title: string): Chart {
  const actual = byMonth(frame.months, rows, 'month', 'actual')
  const plan = byMonth(frame.months, rows, 'month', 'budget_amount')
  return {
    type: 'chart',
    id: 'spend',
    title,
    basis: accrual,
    kind: 'columns',
    unit: 'money',
    categories: monthLabels(frame.months),
    keys: frame.months,
    series: [
      { name: 'Actual', values: actual, role: 'actual' },
      ...(plan.some((value) => value !== null) ? [{ name: 'Budget', values: plan, role: 'plan' as const }] : []),
    ],
    empty: 'nothing was charged',
  }
}

const effectNames: Readonly<Record<string, string>> = {
  volume: 'Volume and mix',
  new: 'New items',
  ended: 'Ended items',
  'list price': 'List prices',
  'negotiated rate': 'Negotiated rates',
  'commitment demand': 'Commitments: demand',
  'commitment coverage': 'Commitments: coverage',
  'commitment discount': 'Commitments: discount',
  'commitment waste': 'Commitments: unused',
  'spot and other rates': 'Spot and other rates',
  credits: 'Credits',
  tax: 'Tax',
  'purchases and fees': 'Purchases and fees',
  'price unknown': 'Price not known',
}

/** Steps below this share of the largest one are summed as one. */
const leastShare = 0.02

/** From the month before to this one, by cause; small steps are summed, so that the bridge closes to the last digit. */
export async function bridgeChart(source: ReportSource, frame: Frame): Promise<Chart> {
  const rows = mine(await source.rows('variance_bridge', { month: frame.month }), frame)
  const [first] = rows
  const before = first?.['state'] === 'ok' ? cell(first, 'previous_cost') : null
  const largest = Math.max(0, ...rows.map((row) => Math.abs(Number(row['amount']))))
  const isSmall = (row: Row) => Math.abs(Number(row['amount'])) < leastShare * largest
  const moved = rows.filter((row) => !isZero(cell(row, 'amount')))
  const small = moved.filter(isSmall)
  const kept = small.length > 1 ? moved.filter((row) => !isSmall(row)) : moved
  const steps = kept.map((row) => ({
    name: effectNames[String(row['effect'])] ?? String(row['effect']),
    value: cell(row, 'amount'),
  }))
  const rest =
    small.length > 1 ? [{ name: `${small.length} smaller`, value: total(small.map((row) => cell(row, 'amount'))) }] : []
  const previous = rows.length === 0 ? '' : monthBefore(frame.month)
  const levels = before === null ? [] : [...steps, ...rest]
  return {
    type: 'chart',
    id: 'bridge',
    title:
      before === null
        ? 'What changed against the month before'
        : `What changed from ${formatMonth(previous)} to ${formatMonth(frame.month)}`,
    basis: accrual,
    kind: 'bridge',
    unit: 'money',
    categories:
      before === null ? [] : [formatMonth(previous), ...levels.map(({ name }) => name), formatMonth(frame.month)],
    series: [
      {
        name: 'Cost',
        role: 'actual',
        values: before === null ? [] : [before, ...levels.map(({ value }) => value), cell(first, 'current_cost')],
      },
    ],
    empty: `nothing to compare with: ${cell(first, 'reason') ?? 'no charges'}`,
  }
}

/** `monthBefore('2026-01')` is `'2025-12'`. */
export function monthBefore(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, '0')}`
}

export interface UnitTrend {
  readonly metric: string
  readonly unit: string | null
  readonly rows: readonly Row[]
  readonly now: Row | undefined
}

const metricsShown = 5

/** Unit cost of each business metric by month; with a team, that of the team's own cost. */
export async function unitTrends(source: ReportSource, frame: Frame): Promise<UnitTrend[]> {
  const own = frame.team === null ? {} : { dimension: 'team', value: frame.team }
  const since = { start_date: `${frame.months[0]}-01`, end_date: frame.within.end_date }
  return Promise.all(
    source.lake.metrics.slice(0, metricsShown).map(async ({ metric, unit }) => {
      const rows = mine(await source.rows('unit_cost', { metric, ...own, ...since }), frame)
      return { metric, unit, rows, now: rows.find((row) => row['period'] === frame.month) }
    }),
  )
}

/** Unit costs as indices, so that a request and a tenant share an axis. */
export function unitChart(frame: Frame, trends: readonly UnitTrend[]): Chart {
  const known = trends.filter(({ rows }) => rows.some((row) => row['unit_cost'] !== null))
  return {
    type: 'chart',
    id: 'unit_cost',
    title: 'Unit cost, first month = 100',
    basis: accrual,
    kind: 'lines',
    unit: 'index',
    categories: monthLabels(frame.months),
    keys: frame.months,
    series: known.map(({ metric, rows }) => ({
      name: shorten(metric.replaceAll('_', ' '), 24),
      role: 'actual',
      values: frame.months.map((month) => indexOf(rows, month)),
    })),
    target: { value: '100', label: 'flat' },
    empty: 'no business metric has a volume: import one with costwright import',
  }
}

function indexOf(rows: readonly Row[], month: string): Value {
  const row = rows.find((one) => one['period'] === month)
  const [now, base] = [row?.['unit_cost'], row?.['baseline_unit_cost']]
  return typeof now === 'number' && typeof base === 'number' && base !== 0 ? String((100 * now) / base) : null
}

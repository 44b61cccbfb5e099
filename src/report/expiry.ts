import { formatMonth } from '../web/format.ts'
import { cell, mine, total } from './cells.ts'
import type { Chart, Part, Table } from './document.ts'
import type { Frame, ReportSource, Row } from './source.ts'
import { listed } from './tables.ts'
import { monthLabels } from './trends.ts'

const basis = 'amortised, rates of the last 30 days'
/** Months that the calendar looks ahead. */
const monthsAhead = 18

/** When commitments end, by when to decide, and what the same usage costs more from then on. */
export async function expiryParts(source: ReportSource, frame: Frame): Promise<readonly (readonly Part[])[]> {
  const rows = mine(await source.rows('commitment_expiry', { as_of: frame.within.end_date }), frame).filter(
    (row) => row['ends_within'] !== 'ended',
  )
  return [[expiryChart(rows, frame)], [expiryTable(rows, frame)]]
}

/** How long all of it lasts, by provider. */
export async function lockInTable(source: ReportSource, frame: Frame): Promise<Table> {
  const rows = mine(await source.rows('commitment_lock_in', { as_of: frame.within.end_date }), frame)
  return {
    type: 'table',
    id: 'lock_in',
    title: `Still owed, ${frame.currency}`,
    basis,
    columns: [
      { id: 'provider', head: 'Provider', unit: 'text' },
      { id: 'remaining_obligation', head: 'Owed', unit: 'money' },
      { id: 'lock_in_months', head: 'Months of usage', unit: 'decimal' },
      { id: 'weighted_remaining_days', head: 'Lasts', unit: 'days' },
      { id: 'expiring_90', head: 'Step in 90 d', unit: 'money' },
      { id: 'commitments_without_end', head: 'End unknown', unit: 'count' },
    ],
    rows: rows.map((row) => ({
      cells: [
        cell(row, 'provider'),
        ...[
          'remaining_obligation',
          'lock_in_months',
          'weighted_remaining_days',
          'expiring_90',
          'commitments_without_end',
        ].map((name) => cell(row, name)),
      ],
    })),
    empty: 'no commitment is alive',
  }
}

function expiryChart(rows: readonly Row[], frame: Frame): Chart {
  const months = Array.from({ length: monthsAhead }, (_, index) => laterMonth(frame.month, index + 1))
  const known = rows.filter((row) => row['ends_at'] !== null)
  const ending = (month: string) => known.filter((row) => String(row['ends_at']).startsWith(month))
  const later = known.filter((row) => String(row['ends_at']).slice(0, 7) > (months.at(-1) ?? ''))
  const unknown = rows.length - known.length
  const notes = [
    ...(later.length > 0 ? [`${later.length} end later than ${formatMonth(months.at(-1) ?? '')}`] : []),
    ...(unknown > 0 ? [`the bill does not say when ${unknown} of ${rows.length} end`] : []),
  ]
  return {
    type: 'chart',
    id: 'expiries',
    title: `Rise in cost a month when commitments end, ${frame.currency}`,
    basis,
    kind: 'columns',
    unit: 'money',
    categories: known.length === 0 ? [] : monthLabels(months),
    keys: months,
    series: [
      {
        name: 'Rise',
        role: 'actual',
        values: months.map((month) => total(ending(month).map((row) => cell(row, 'expiry_step_per_month'))) ?? '0'),
      },
    ],
    empty: rows.length === 0 ? 'no commitment is alive' : 'the bill says of none when it ends',
    note: notes.length === 0 ? null : `${notes.join('; ')}.`,
  }
}

function laterMonth(month: string, steps: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const index = year * 12 + number - 1 + steps
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`
}

const expiriesShown = 20

function expiryTable(rows: readonly Row[], frame: Frame): Table {
  return listed({
    id: 'expiring',
    title: `Commitments by their end, ${frame.currency}`,
    basis,
    columns: [
      { id: 'commitment', head: 'Commitment', unit: 'id', width: 2.4 },
      { id: 'ends_at', head: 'Ends', unit: 'text', width: 0.8 },
      { id: 'decide_by', head: 'Decide by', unit: 'text', width: 0.8 },
      { id: 'commitment_per_hour', head: 'Per hour', unit: 'decimal' },
      { id: 'remaining_obligation', head: 'Owed', unit: 'money' },
      { id: 'utilisation', head: 'Used', unit: 'ratio' },
      { id: 'expiry_step_per_month', head: 'Step a month', unit: 'money' },
    ],
    rows: rows.map((row) => [
      cell(row, 'commitment_name') ?? cell(row, 'commitment_id'),
      cell(row, 'ends_at')?.slice(0, 10) ?? 'not stated',
      cell(row, 'renewal_decision_date'),
      cell(row, 'commitment_per_hour'),
      row['ends_at'] === null ? null : cell(row, 'remaining_obligation'),
      cell(row, 'utilisation'),
      cell(row, 'expiry_step_per_month'),
    ]),
    limit: expiriesShown,
    sums: ['remaining_obligation'],
    empty: 'no commitment is alive',
  })
}

import { formatMoney } from '../web/format.ts'
import { cell, total } from './cells.ts'
import type { Column, Table } from './document.ts'
import type { Frame, Row } from './source.ts'
import { listed } from './tables.ts'

const efforts: Readonly<Record<string, string>> = { S: 'small', M: 'medium', L: 'large' }
const risks: Readonly<Record<string, string>> = { l: 'low', m: 'medium', h: 'high' }

const what: readonly Column[] = [
  { id: 'action', head: 'What to do', unit: 'text', width: 2.4 },
  { id: 'resource', head: 'Resource', unit: 'id', width: 1.7 },
  { id: 'evidence', head: 'Evidence', unit: 'text', width: 2 },
]

const described = (row: Row) => [
  cell(row, 'action'),
  cell(row, 'resource_name') ?? cell(row, 'resource_id') ?? cell(row, 'sub_account_id'),
  cell(row, 'explanation'),
]

/** Findings that count, after the waterfall: each saves what those before it on the same resource leave. */
export function recommendationTable(
  findings: readonly Row[],
  frame: Frame,
  { period, limit }: { readonly period: string; readonly limit: number },
): Table {
  return listed({
    id: 'recommendations',
    title: `Recommendations, ${frame.currency} a month`,
    basis: `accrual, ${period}, after the waterfall`,
    columns: [
      ...what,
      { id: 'owner', head: 'Owner', unit: 'text', width: 0.8 },
      { id: 'effort', head: 'Effort', unit: 'text', width: 0.6 },
      { id: 'risk', head: 'Risk', unit: 'text', width: 0.6 },
      { id: 'saving', head: 'Saves', unit: 'money' },
      { id: 'confidence', head: 'Sure', unit: 'ratio' },
    ],
    rows: findings
      .filter((row) => row['role'] === 'counted')
      .map((row) => [
        ...described(row),
        cell(row, 'team') ?? '(nobody)',
        efforts[String(row['effort'])] ?? cell(row, 'effort'),
        risks[String(row['risk'])] ?? cell(row, 'risk'),
        cell(row, 'cash_saving_month'),
        cell(row, 'confidence'),
      ]),
    limit,
    sums: ['saving'],
    withTotal: true,
    empty: 'nothing that the bill proves could be saved',
  })
}

const adviceShown = 12

/** What is worth a look and never added: scenarios, sunk commitments, moves without a known price. */
export function adviceTable(findings: readonly Row[], frame: Frame, period: string): Table {
  const rows = findings.filter((row) => row['role'] === 'advisory' || row['role'] === 'unpriced')
  const left = rows.slice(adviceShown)
  return {
    type: 'table',
    id: 'advice',
    title: `Worth a look, never added, ${frame.currency} a month`,
    basis: `accrual, ${period}`,
    columns: [...what, { id: 'cost', head: 'Cost', unit: 'money' }, { id: 'amount', head: 'At stake', unit: 'money' }],
    rows: rows
      .slice(0, adviceShown)
      .map((row) => ({ cells: [...described(row), cell(row, 'monthly_cost'), cell(row, 'advisory_amount')] })),
    empty: 'nothing',
    note:
      left.length > 0
        ? `and ${left.length} more that cost ${formatMoney(total(left.map((row) => cell(row, 'monthly_cost'))), frame.currency, 'whole')} a month`
        : null,
  }
}

import { formatMoney, formatShare } from '../web/format.ts'
import { bySize, cell, mine, number, ratioOf } from './cells.ts'
import type { Chart, Column, Section, Table, Tile } from './document.ts'
import { expiryParts, lockInTable } from './expiry.ts'
import type { Kind } from './kinds.ts'
import { purchaseSections } from './purchases.ts'
import type { Frame, ReportSource, Row } from './source.ts'
import { listed } from './tables.ts'
import { heldTo } from './targets.ts'
import { commitmentTile } from './tiles.ts'
import { byMonth, monthLabels } from './trends.ts'

const basis = 'amortised, contracted prices'

/** Whether what was committed is used, what it saves, when it ends and what to buy next. */
export const commitments: Kind = {
  name: 'commitments',
  title: 'Commitment report',
  pages: null,
  needsTeam: false,
  async gather(source, frame) {
    const [row] = mine(await source.rows('commitment_utilization', frame.within), frame)
    const since = { start_date: `${frame.months[0]}-01`, end_date: frame.within.end_date }
    const months = mine(await source.rows('commitment_utilization', { group_by: 'month', ...since }), frame)
    const lab = await source.purchases()
    return [
      {
        id: 'use',
        title: '',
        lead: lead(row, frame),
        rows: [tiles(source, frame, row), [rateChart(source, frame, months), costChart(frame, months)]],
      },
      {
        id: 'held',
        title: 'What is held',
        lead: null,
        rows: [
          [await groupTable(source, frame, 'provider'), await groupTable(source, frame, 'type')],
          [await wasteTable(source, frame)],
        ],
      },
      {
        id: 'expiry',
        title: 'When it ends',
        lead: null,
        rows: [[await lockInTable(source, frame)], ...(await expiryParts(source, frame))],
      },
      ...purchaseSections(lab, frame),
    ] satisfies Section[]
  },
}

function lead(row: Row | undefined, { currency }: Frame): string {
  if (row?.['utilisation'] === null || row === undefined) return 'No commitment was held in this month.'
  const money = (name: string) => formatMoney(cell(row, name), currency, 'whole')
  return `Commitments cost ${money('commitment_cost')}, of which ${money('waste')} was not used; they saved ${money('net_savings')} net.`
}

function tiles(source: ReportSource, frame: Frame, row: Row | undefined): Tile[] {
  const share = (metric: string, label: string, column: string, detail: string): Tile => {
    const held = heldTo(source, metric, 'ratio')
    const value = number(row, column)
    return {
      ...{ type: 'tile', metric, label, detail, unit: 'ratio', basis },
      value: value === null ? null : String(value),
      target: held.target,
      status: held.status(value),
      reason: value === null ? (cell(row, 'reason') ?? 'not computable in this month') : null,
    }
  }
  const money = (column: string) => formatMoney(cell(row, column), frame.currency, 'compact')
  return [
    commitmentTile(source, frame, row),
    share('rate.coverage', 'Eligible usage covered', 'coverage', `${money('uncovered_on_demand')} on demand`),
    share('rate.esr', 'Effective savings rate', 'esr', `${money('net_savings')} saved net of waste`),
    share(
      'rate.waste',
      'Wasted share',
      'waste_share',
      `${money('waste')} of ${money('commitment_cost')}; break-even use ${formatShare(number(row, 'break_even_utilisation'))}`,
    ),
  ]
}

function rateChart(source: ReportSource, frame: Frame, months: readonly Row[]): Chart {
  const target = source.lake.targets.find(({ kpi }) => kpi === 'rate.utilisation')
  const series = (name: string, column: string) => ({
    name,
    role: 'actual' as const,
    values: byMonth(frame.months, months, 'group_value', column),
  })
  return {
    type: 'chart',
    id: 'rates_by_month',
    title: 'Use, coverage and savings rate',
    basis,
    kind: 'lines',
    unit: 'ratio',
    categories: monthLabels(frame.months),
    keys: frame.months,
    series: [series('Used', 'utilisation'), series('Covered', 'coverage'), series('Savings rate', 'esr')],
    target: target ? { value: String(target.met), label: 'use target' } : undefined,
    empty: 'no commitment in these months',
  }
}

function costChart(frame: Frame, months: readonly Row[]): Chart {
  const series = (name: string, column: string) => ({
    name,
    role: 'actual' as const,
    values: byMonth(frame.months, months, 'group_value', column),
  })
  return {
    type: 'chart',
    id: 'eligible_by_month',
    title: `Eligible usage by how it was paid, ${frame.currency}`,
    basis,
    kind: 'stacked',
    unit: 'money',
    categories: monthLabels(frame.months),
    keys: frame.months,
    series: [
      series('Committed, used', 'used_cost'),
      series('Committed, unused', 'waste'),
      { ...series('On demand', 'uncovered_on_demand'), role: 'estimate' as const },
    ],
    empty: 'no eligible usage',
  }
}

const figures: readonly Column[] = [
  { id: 'commitment_cost', head: 'Cost', unit: 'money' },
  { id: 'waste', head: 'Unused', unit: 'money' },
  { id: 'utilisation', head: 'Used', unit: 'ratio' },
  { id: 'net_savings', head: 'Saved net', unit: 'money' },
]

const withShare = (cells: readonly (string | null)[], at: number) => {
  const unused = ratioOf(cells[at + 1] ?? null, cells[at] ?? null)
  return cells.with(at + 2, unused === null ? null : String(1 - Number(unused)))
}

async function groupTable(source: ReportSource, frame: Frame, by: 'provider' | 'type'): Promise<Table> {
  const rows = mine(await source.rows('commitment_utilization', { group_by: by, ...frame.within }), frame).filter(
    (row) => row['utilisation'] !== null,
  )
  return listed({
    id: `by_${by}`,
    title: `By ${by}, ${frame.currency}`,
    basis,
    columns: [{ id: by, head: by === 'type' ? 'Type' : 'Provider', unit: 'text' }, ...figures],
    rows: rows.map((row) => [cell(row, 'group_value') ?? '(none)', ...figures.map(({ id }) => cell(row, id))]),
    limit: 10,
    sums: ['commitment_cost', 'waste', 'net_savings'],
    withTotal: true,
    derive: (cells) => withShare(cells, 1),
    empty: 'no commitment',
  })
}

const commitmentsShown = 25

/** Every commitment, the one with most money lost first. */
export async function wasteTable(source: ReportSource, frame: Frame, limit = commitmentsShown): Promise<Table> {
  const rows = mine(await source.rows('commitment_utilization', { group_by: 'commitment', ...frame.within }), frame)
    .filter((row) => row['utilisation'] !== null)
    .toSorted(
      (a, b) =>
        bySize(cell(a, 'waste'), cell(b, 'waste')) || bySize(cell(a, 'commitment_cost'), cell(b, 'commitment_cost')),
    )
  return listed({
    id: 'by_commitment',
    title: `By commitment, most unused first, ${frame.currency}`,
    basis,
    columns: [
      { id: 'commitment', head: 'Commitment', unit: 'id' },
      ...figures,
      { id: 'break_even', head: 'Pays above', unit: 'ratio' },
      { id: 'status', head: 'Status', unit: 'status' },
    ],
    rows: rows.map((row) => [
      cell(row, 'group_name') ?? cell(row, 'group_value'),
      ...figures.map(({ id }) => cell(row, id)),
      cell(row, 'break_even_utilisation'),
      cell(row, 'target_status'),
    ]),
    limit,
    sums: ['commitment_cost', 'waste', 'net_savings'],
    withTotal: true,
    derive: (cells) => withShare(cells, 1),
    empty: 'no commitment was held',
  })
}

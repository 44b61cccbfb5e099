import { formatMoney, formatMonth, formatShare } from '../web/format.ts'
import { bySize, cell, difference, magnitude, mine, number, percentOf } from './cells.ts'
import type { Notes, Section, Table, Value } from './document.ts'
import type { Kind } from './kinds.ts'
import { landings, landingTile, quarterText } from './landing.ts'
import type { Frame, ReportSource, Row } from './source.ts'
import { listed } from './tables.ts'
import { accuracyTile, alertTile, attributionTile, commitmentTile, sharedTile, spendTile, unitTile } from './tiles.ts'
import { accrual, bridgeChart, spendChart, unitChart, unitTrends } from './trends.ts'
import { shorten } from './write-value.ts'

/** The director's page: where spend stands against plan, why, and whether what was bought is used. */
export const executive: Kind = {
  name: 'executive',
  title: 'Cloud cost report',
  pages: 1,
  needsTeam: false,
  async gather(source, frame) {
    const months = { start_month: frame.months[0] ?? frame.month, end_month: frame.within.end_date.slice(0, 7) }
    const spend = mine(await source.rows('spend_variance', { dimension: 'total', ...months }), frame)
    const row = budgetRow(spend, frame.month)
    const [commitments] = mine(await source.rows('commitment_utilization', frame.within), frame)
    const tags = mine(await source.rows('tag_coverage', frame.within), frame).find(
      (one) => one['tag_key'] === '(all required)',
    )
    const trends = await unitTrends(source, frame)
    const open = source.incidents.filter(({ state }) => state === 'open' || state === 'acknowledged')
    return [
      {
        id: 'targets',
        title: '',
        lead: await lead(source, frame, row),
        rows: [
          [
            spendTile(source, frame, row),
            await landingTile(source, frame),
            accuracyTile(source, frame, 'total'),
            unitTile(source, trends),
          ],
          [
            commitmentTile(source, frame, commitments),
            await attributionTile(source, frame, tags),
            sharedTile(source),
            alertTile(source, open.filter(({ currency }) => currency === frame.currency).length),
          ],
        ],
      },
      {
        id: 'spend',
        title: '',
        lead: null,
        rows: [[spendChart(frame, spend, 'Spend by month'), await bridgeChart(source, frame)]],
      },
      {
        id: 'owners',
        title: '',
        lead: null,
        rows: [[await ownersTable(source, frame, 'team'), await ownersTable(source, frame, 'product')]],
      },
      {
        id: 'rates',
        title: '',
        lead: null,
        rows: [[unitChart(frame, trends), await moversTable(source, frame)]],
      },
      { id: 'notes', title: '', lead: null, rows: [[await notes(source, frame)]] },
    ] satisfies Section[]
  },
}

/** The row of a month with a budget where there is one. */
export function budgetRow(rows: readonly Row[], month: string): Row | undefined {
  const own = rows.filter((row) => row['month'] === month && row['ledger'] === 'accrual')
  return own.find((row) => row['budget'] !== null && row['actual'] !== null) ?? own[0]
}

/** In one sentence: how far off plan, and who. */
async function lead(source: ReportSource, frame: Frame, row: Row | undefined): Promise<string> {
  const money = (amount: Value) => formatMoney(amount, frame.currency, 'whole')
  const variance = cell(row, 'variance')
  const spent = `${formatMonth(frame.month)} cost ${money(cell(row, 'actual'))}`
  const teams = mine(await source.rows('spend_variance', { dimension: 'team', ...monthOf(frame) }), frame)
    .filter((one) => Number(one['variance']) > 0 && one['status'] !== 'on_track')
    .toSorted((a, b) => bySize(cell(a, 'variance'), cell(b, 'variance')))
    .slice(0, 3)
    .map((one) => `${shorten(String(one['value']), 40)} ${money(cell(one, 'variance'))}`)
  const over = teams.length > 0 ? ` Furthest over their budgets: ${teams.join(', ')}.` : ''
  if (variance === null) return `${spent}; no budget to compare with.${over}`
  const side = variance.startsWith('-') ? 'less' : 'more'
  return `${spent}, ${money(magnitude(variance))} ${side} than budgeted.${over}`
}

const monthOf = (frame: Frame) => ({ start_month: frame.month, end_month: frame.within.end_date.slice(0, 7) })

const ownersShown = 9

async function ownersTable(source: ReportSource, frame: Frame, dimension: 'team' | 'product'): Promise<Table> {
  const rows = mine(await source.rows('spend_variance', { dimension, ...monthOf(frame) }), frame).filter(
    (row) => row['ledger'] === 'accrual',
  )
  const { head, landing, total } = landings(source, frame, dimension)
  return listed({
    id: `by_${dimension}`,
    title: `By ${dimension}, ${frame.currency}`,
    basis: accrual,
    columns: [
      { id: dimension, head: dimension === 'team' ? 'Team' : 'Product', unit: 'text' },
      { id: 'actual', head: 'Actual', unit: 'money' },
      { id: 'budget', head: 'Budget', unit: 'money' },
      ...(head === null ? [] : [{ id: 'landing', head, unit: 'money' as const }]),
      { id: 'variance_pct', head: 'Off plan', unit: 'points' },
      ...(head === null ? [{ id: 'change_pct', head: 'On month', unit: 'points' as const }] : []),
      { id: 'status', head: 'Status', unit: 'status' },
    ],
    rows: rows.map((row) => [
      cell(row, 'value'),
      cell(row, 'actual'),
      cell(row, 'budget_amount'),
      ...(head === null ? [] : [landing(cell(row, 'value'))]),
      cell(row, 'variance_pct'),
      ...(head === null ? [cell(row, 'change_pct')] : []),
      cell(row, 'status'),
    ]),
    limit: ownersShown,
    sums: ['actual', 'landing', ...(rows.every((row) => row['budget'] !== null) ? ['budget'] : [])],
    withTotal: true,
    derive: (cells) => {
      const off = percentOf(difference(cells[1] ?? null, cells[2] ?? null), cells[2] ?? null)
      const lands = cells[0] === 'Total' ? total : (cells[3] ?? null)
      return head === null ? cells.with(3, off) : cells.with(3, lands).with(4, off)
    },
    empty: `nothing was charged in ${formatMonth(frame.month)}`,
  })
}

const moversShown = 7

/** The services that moved most, and by how much. */
async function moversTable(source: ReportSource, frame: Frame): Promise<Table> {
  const rows = mine(await source.rows('service_month_over_month', monthOf(frame)), frame)
  return listed({
    id: 'movers',
    title: `Services that moved most, ${frame.currency}`,
    basis: accrual,
    columns: [
      { id: 'service', head: 'Service', unit: 'text' },
      { id: 'cost', head: 'Cost', unit: 'money' },
      { id: 'change', head: 'Change', unit: 'money' },
      { id: 'change_share', head: 'On month', unit: 'points' },
    ],
    rows: rows.map((row) => {
      const share = number(row, 'change_share')
      return [
        cell(row, 'service_name') ?? '(none)',
        cell(row, 'effective_cost'),
        cell(row, 'change'),
        share === null ? null : String(share * 100),
      ]
    }),
    limit: moversShown,
    sums: ['cost', 'change'],
    withTotal: true,
    empty: 'no month to compare with',
  })
}

/** Savings, the coming quarter, and what else is charged. */
async function notes(source: ReportSource, frame: Frame): Promise<Notes> {
  const money = (amount: Value) => formatMoney(amount, frame.currency, 'whole')
  const [saved] = mine(await source.funnel(), frame)
  const realised = number(saved, 'realisation_rate')
  const savings = saved
    ? `Savings a month: ${money(cell(saved, 'identified'))} identified, ${money(cell(saved, 'accepted'))} accepted, ${money(cell(saved, 'implemented'))} done as promised, ${money(cell(saved, 'verified'))} verified on the bill${realised === null ? '' : ` (${formatShare(realised)} of what was promised)`}.`
    : 'Savings: none identified yet (costwright recommend).'
  const quarter = quarterText(source, frame)
  return { type: 'notes', id: 'notes', title: 'Also', lines: [savings, ...(quarter === null ? [] : [quarter])] }
}

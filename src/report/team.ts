import { formatMoney, formatMonth } from '../web/format.ts'
import { cell, mine, number } from './cells.ts'
import type { Section, Table, Tile, Value } from './document.ts'
import { budgetRow } from './executive.ts'
import type { Kind } from './kinds.ts'
import { landingTile } from './landing.ts'
import { recommendationTable } from './recommended.ts'
import type { Frame, ReportSource, Row } from './source.ts'
import { listed } from './tables.ts'
import { untaggedTable } from './tags.ts'
import { heldTo } from './targets.ts'
import { spendTile, unitTile } from './tiles.ts'
import { accrual, spendChart, unitChart, unitTrends } from './trends.ts'

/** One team's spend, budget, forecast, alerts, recommendations, unit cost and missing tags. */
export const team: Kind = {
  name: 'team',
  title: 'Team cost report',
  pages: null,
  needsTeam: true,
  async gather(source, frame) {
    const name = frame.team ?? ''
    const months = { start_month: frame.months[0] ?? frame.month, end_month: frame.within.end_date.slice(0, 7) }
    const spend = mine(await source.rows('spend_variance', { dimension: 'team', ...months }), frame).filter(
      (row) => row['value'] === name,
    )
    const row = budgetRow(spend, frame.month)
    const trends = await unitTrends(source, frame)
    const { findings, look } = await source.recommendations()
    const own = findings.rows.filter((one) => one['currency'] === frame.currency && (one['team'] ?? '(none)') === name)
    const period = look ? `30 days to ${look.end}` : 'no complete days'
    return [
      {
        id: 'targets',
        title: '',
        lead: lead(row, frame),
        rows: [
          [
            spendTile(source, frame, row),
            await landingTile(source, frame),
            unitTile(source, trends),
            await tagTile(source, frame),
          ],
        ],
      },
      {
        id: 'spend',
        title: '',
        lead: null,
        rows: [[spendChart(frame, spend, 'Spend by month'), unitChart(frame, trends)]],
      },
      {
        id: 'where',
        title: 'Where it goes',
        lead: null,
        rows: [
          [await serviceTable(source, frame), await environmentTable(source, frame)],
          [await resourceTable(source, frame)],
        ],
      },
      { id: 'alerts', title: 'Alerts', lead: null, rows: [[alertTable(source, frame)]] },
      {
        id: 'recommendations',
        title: 'What to save',
        lead: null,
        rows: [[recommendationTable(own, frame, { period, limit: 20 })]],
      },
      { id: 'tags', title: 'What to tag', lead: null, rows: [[await untaggedTable(source, frame)]] },
    ] satisfies Section[]
  },
}

function lead(row: Row | undefined, frame: Frame): string {
  const money = (amount: Value) => formatMoney(amount, frame.currency, 'whole')
  const spent = `${formatMonth(frame.month)} cost ${money(cell(row, 'actual') ?? '0')}`
  const variance = cell(row, 'variance')
  if (variance === null) return `${spent}; there is no budget to compare with.`
  return `${spent}, ${money(variance.replace('-', ''))} ${variance.startsWith('-') ? 'less' : 'more'} than its budget of ${money(cell(row, 'budget_amount'))}.`
}

async function tagTile(source: ReportSource, frame: Frame): Promise<Tile> {
  const rows = mine(await source.rows('tag_coverage', { group_by: 'team', ...frame.within }), frame)
  const row = rows.find((one) => one['tag_key'] === '(all required)' && one['group_value'] === frame.team)
  const held = heldTo(source, 'tag.coverage_taggable', 'ratio')
  const value = number(row, 'coverage_taggable')
  return {
    type: 'tile',
    metric: 'tag.coverage_taggable',
    label: 'Taggable cost tagged',
    value: value === null ? null : String(value),
    unit: 'ratio',
    detail: `${formatMoney(cell(row, 'untagged_cost'), frame.currency, 'compact')} without all required tags`,
    target: held.target,
    status: held.status(value),
    reason: value === null ? (cell(row, 'reason') ?? 'no taggable cost') : null,
    basis: accrual,
  }
}

async function costTable(
  source: ReportSource,
  frame: Frame,
  { by, head, limit }: { readonly by: string; readonly head: string; readonly limit: number },
): Promise<Table> {
  const rows = mine(
    await source.rows('cost_explorer', { group_by: by, team: frame.team ?? '', ...frame.within }),
    frame,
  )
  return listed({
    id: `by_${by}`,
    title: `By ${head.toLowerCase()}, ${frame.currency}`,
    basis: accrual,
    columns: [
      { id: by, head, unit: 'text' },
      { id: 'cost', head: 'Cost', unit: 'money' },
      { id: 'share', head: 'Share', unit: 'ratio' },
    ],
    rows: rows.map((row) => [cell(row, 'group_value'), cell(row, 'effective_cost'), cell(row, 'share')]),
    limit,
    sums: ['cost'],
    withTotal: true,
    empty: 'nothing was charged',
  })
}

const serviceTable = (source: ReportSource, frame: Frame) =>
  costTable(source, frame, { by: 'service', head: 'Service', limit: 10 })
const environmentTable = (source: ReportSource, frame: Frame) =>
  costTable(source, frame, { by: 'environment', head: 'Environment', limit: 10 })

async function resourceTable(source: ReportSource, frame: Frame): Promise<Table> {
  const months = { start_month: frame.month, end_month: frame.within.end_date.slice(0, 7) }
  const rows = mine(
    await source.rows('top_resources', { team: frame.team ?? '', limit: '40', ...months }),
    frame,
  ).slice(0, 12)
  return {
    type: 'table',
    id: 'resources',
    title: `Resources that cost most, ${frame.currency}`,
    basis: `${accrual}, billing month`,
    columns: [
      { id: 'resource', head: 'Resource', unit: 'id', width: 2.2 },
      { id: 'service', head: 'Service', unit: 'text' },
      { id: 'account', head: 'Account', unit: 'id' },
      { id: 'cost', head: 'Cost', unit: 'money' },
    ],
    rows: rows.map((row) => ({
      cells: [
        cell(row, 'resource_name') ?? cell(row, 'resource_id'),
        cell(row, 'service_name'),
        cell(row, 'sub_account_id'),
        cell(row, 'effective_cost'),
      ],
    })),
    empty: 'no resource was charged',
  }
}

function alertTable(source: ReportSource, frame: Frame): Table {
  const rows = source.incidents.filter(
    ({ series, owner, currency, last_day }) =>
      (series.team === frame.team || owner === frame.team) &&
      (currency === null || currency === frame.currency) &&
      last_day >= frame.within.start_date,
  )
  return {
    type: 'table',
    id: 'alerts',
    title: `Alerts since ${formatMonth(frame.month)}, ${frame.currency}`,
    basis: 'excess over what was expected',
    columns: [
      { id: 'what', head: 'What', unit: 'text', width: 2 },
      { id: 'since', head: 'Since', unit: 'text', width: 0.7 },
      { id: 'state', head: 'State', unit: 'text', width: 0.7 },
      { id: 'excess', head: 'Excess', unit: 'money' },
    ],
    rows: rows.slice(0, 15).map(({ series, onset, state, excess }) => ({
      cells: [
        [series.service, series.account].filter((name) => name !== undefined && name !== '').join(' in ') ||
          'Total cost',
        onset,
        state,
        excess,
      ],
    })),
    empty: 'no alert in this month or later',
    note: rows.length > 15 ? `and ${rows.length - 15} more` : null,
  }
}

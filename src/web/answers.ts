import { html } from 'hono/html'
import type { Target } from '../api/context.ts'
import { sparkline } from './charts.ts'
import { formatDecimal, formatMoney, formatMonth, formatPercent, formatShare, formatUnitCost } from './format.ts'
import { badge, type Html, table } from './layout.ts'
import { type Overview, type Row, ratio, text, type UnitSeries } from './overview-data.ts'

/** One of the four questions with its figure against the target. */
export interface Answer {
  readonly id: string
  readonly question: string
  readonly figure: string
  readonly unit: string
  readonly target: string
  readonly status: string
  /** Why there is no figure, or what is missing from it. */
  readonly reason: string | null
  readonly trend: Html | string
  readonly detail: Html
}

const worst = 6

/** The four answers in the order of the page. */
export function answersOf(overview: Overview): Answer[] {
  return [tagAnswer(overview), unitAnswer(overview), varianceAnswer(overview), commitmentAnswer(overview)]
}

function tagAnswer(overview: Overview): Answer {
  const { currency, month } = overview
  const all = overview.tagKeys.find((row) => text(row, 'tag_key') === '(all required)') ?? overview.tagKeys[0]
  const key = text(all, 'tag_key')
  const trend = overview.months.map((one) => ({
    month: one.charge_month,
    value: ratio(
      overview.tagTrend.find((row) => row['tag_key'] === key && row['group_value'] === one.charge_month),
      'coverage_taggable',
    ),
  }))
  const target = targetOf(overview, 'tag.coverage_taggable')
  const accounts = overview.tagAccounts
    .filter(
      (row) =>
        row['tag_key'] === key &&
        ratio(row, 'coverage_taggable') !== null &&
        /[1-9]/.test(text(row, 'untagged_cost') ?? ''),
    )
    .sort((a, b) => Number(b['untagged_cost']) - Number(a['untagged_cost']))
    .slice(0, worst)
  const facts = html`<dl class="facts"><div><dt>of taggable cost</dt><dd>${formatShare(ratio(all, 'coverage_taggable'))}</dd></div><div><dt>of total cost</dt><dd>${formatShare(ratio(all, 'coverage_total'))}</dd></div><div><dt>of taggable resources</dt><dd>${formatShare(ratio(all, 'coverage_count'))}</dd></div><div><dt>untaggable cost</dt><dd>${formatMoney(text(all, 'untaggable_cost'), currency, 'whole')}</dd></div></dl>`
  const keys = table(
    'By tag key',
    formatMonth(month.charge_month),
    [
      { head: 'Key', cell: (row: Row) => text(row, 'tag_key') ?? '' },
      { head: 'Of taggable cost', numeric: true, cell: (row) => formatShare(ratio(row, 'coverage_taggable')) },
      {
        head: 'Any spelling',
        numeric: true,
        extra: true,
        cell: (row) => formatShare(ratio(row, 'normalised_coverage_taggable')),
      },
      { head: 'Of resources', numeric: true, extra: true, cell: (row) => formatShare(ratio(row, 'coverage_count')) },
      { head: 'Status', cell: (row) => badge(text(row, 'target_status') ?? 'not_computable') },
    ],
    overview.tagKeys,
  )
  const offenders = table(
    'Accounts with most untagged cost',
    formatMonth(month.charge_month),
    [
      { head: 'Account', cell: (row: Row) => text(row, 'group_value') ?? '(none)' },
      { head: 'Untagged', numeric: true, cell: (row) => formatMoney(text(row, 'untagged_cost'), currency, 'whole') },
      { head: 'Coverage', numeric: true, cell: (row) => formatShare(ratio(row, 'coverage_taggable')) },
    ],
    accounts,
  )
  return {
    id: 'tags',
    question: 'Tag coverage',
    figure: formatShare(ratio(all, 'coverage_taggable')),
    unit: 'of taggable cost carries every required tag',
    target: targetText(target, 'share'),
    status: text(all, 'target_status') ?? 'not_computable',
    reason: text(all, 'reason') ?? (all ? null : 'no charges that can carry tags in this month'),
    trend: sparkline(
      trend.map(({ value }) => value),
      seriesText(
        'Tag coverage',
        trend.map(({ month: at, value }) => [at, formatShare(value)]),
      ),
      target?.met,
    ),
    detail: html`${facts}<div class="split">${keys}${offenders}</div>`,
  }
}

function unitAnswer(overview: Overview): Answer {
  const { currency, month } = overview
  const at = (series: UnitSeries) => series.rows.find((row) => row['period'] === month.charge_month)
  const lead = overview.units.find((series) => ratio(at(series), 'unit_cost') !== null) ?? overview.units[0]
  const row = lead && at(lead)
  const target = targetOf(overview, 'unit.trend')
  const rows = table(
    'Cost of one unit',
    `${formatMonth(month.charge_month)}, ${currency}, all spend over the volume`,
    [
      { head: 'Unit', cell: (series: UnitSeries) => series.metric },
      { head: 'Unit cost', numeric: true, cell: (series) => formatUnitCost(ratio(at(series), 'unit_cost'), currency) },
      { head: 'Volume', numeric: true, cell: (series) => formatDecimal(text(at(series), 'volume')) },
      {
        head: 'Volume change',
        numeric: true,
        extra: true,
        cell: (series) => formatShare(ratio(at(series), 'volume_change'), { signed: true }),
      },
      {
        head: 'Against month before',
        numeric: true,
        extra: true,
        cell: (series) => formatShare(ratio(at(series), 'change_vs_previous'), { signed: true }),
      },
      {
        head: 'Since the first month',
        numeric: true,
        cell: (series) => formatShare(ratio(at(series), 'change_vs_baseline'), { signed: true }),
      },
      { head: 'Trend', extra: true, cell: (series) => unitTrend(series, currency) },
      { head: 'Status', cell: (series) => badge(text(at(series), 'target_status') ?? 'not_computable') },
    ],
    overview.units,
  )
  const reasons = overview.units.flatMap((series) =>
    text(at(series), 'reason') ? [`${series.metric}: ${text(at(series), 'reason')}`] : [],
  )
  return {
    id: 'units',
    question: 'Unit cost',
    figure: formatUnitCost(ratio(row, 'unit_cost'), currency),
    unit: lead
      ? `per ${text(row, 'unit') ?? lead.metric}, ${formatShare(ratio(row, 'change_vs_baseline'), { signed: true })} since the first month`
      : 'no business metric',
    target: target ? 'flat or falling' : 'none',
    status: text(row, 'target_status') ?? 'not_computable',
    reason: lead
      ? (text(row, 'reason') ?? (row ? null : `no volume of ${lead.metric} in this month`))
      : 'no business metric has been imported: import a CSV with date, metric and value',
    trend: lead ? unitTrend(lead, currency) : '',
    detail:
      overview.units.length > 0 ? html`${rows}${reasons.map((reason) => html`<p class="note">${reason}</p>`)}` : html``,
  }
}

function unitTrend(series: UnitSeries, currency: string): Html | string {
  return sparkline(
    series.rows.map((row) => ratio(row, 'unit_cost')),
    seriesText(
      `Cost per ${series.metric}`,
      series.rows.map((row) => [String(row['period']), formatUnitCost(ratio(row, 'unit_cost'), currency)]),
    ),
  )
}

function varianceAnswer(overview: Overview): Answer {
  const { currency, month } = overview
  const teams = overview.teams.filter((row) => row['month'] === month.charge_month)
  const budgeted = teams.filter((row) => text(row, 'variance') !== null)
  const total = overview.totalBudget.find(
    (row) => row['month'] === month.charge_month && text(row, 'variance_pct') !== null,
  )
  const outside = budgeted.filter((row) => ['breach', 'underspend', 'warning'].includes(text(row, 'status') ?? ''))
  const target = targetOf(overview, 'budget.variance_pct')
  const withBudget = overview.totalBudget.filter((row) => text(row, 'budget_amount') !== null)
  const onTrack = budgeted.length - outside.length
  return {
    id: 'variance',
    question: 'Spend against budget',
    figure: total
      ? formatPercent(ratio(total, 'variance_pct'), { signed: true })
      : budgeted.length > 0
        ? `${onTrack} of ${budgeted.length}`
        : '–',
    unit: total
      ? `${formatMoney(text(total, 'variance'), currency, 'compact')} against budget; ${onTrack} of ${budgeted.length} teams on track`
      : 'team budgets within their tolerance',
    target: targetText(target, 'percent'),
    status: total ? withinTarget(ratio(total, 'variance_pct'), target) : teamStatus(budgeted),
    reason:
      text(total, 'reason') ??
      (budgeted.length === 0 && !total ? `no budget in ${currency} covers ${formatMonth(month.charge_month)}` : null),
    trend: sparkline(
      withBudget.map((row) => ratio(row, 'variance_pct')),
      seriesText(
        'Variance',
        withBudget.map((row) => [String(row['month']), formatPercent(ratio(row, 'variance_pct'), { signed: true })]),
      ),
      0,
    ),
    detail: table(
      'By team',
      `${formatMonth(month.charge_month)}, ${currency}, largest difference first; positive is over plan`,
      [
        { head: 'Team', cell: (row: Row) => text(row, 'value') ?? '(none)' },
        { head: 'Actual', numeric: true, cell: (row) => formatMoney(text(row, 'actual'), currency, 'whole') },
        {
          head: 'Budget',
          numeric: true,
          extra: true,
          cell: (row) => formatMoney(text(row, 'budget_amount'), currency, 'whole'),
        },
        {
          head: 'Variance',
          numeric: true,
          extra: true,
          cell: (row) => formatMoney(text(row, 'variance'), currency, 'whole'),
        },
        {
          head: 'Variance %',
          numeric: true,
          cell: (row) => formatPercent(ratio(row, 'variance_pct'), { signed: true }),
        },
        {
          head: 'Month before',
          numeric: true,
          extra: true,
          cell: (row) => formatPercent(ratio(row, 'change_pct'), { signed: true }),
        },
        { head: 'Status', cell: (row) => badge(text(row, 'status') ?? 'not_computable') },
      ],
      teams.slice(0, 12),
    ),
  }
}

/** On track as a whole only when every team is. */
function teamStatus(budgeted: readonly Row[]): string {
  const statuses = budgeted.map((row) => text(row, 'status'))
  if (statuses.length === 0) return 'not_computable'
  if (statuses.some((status) => status === 'breach' || status === 'underspend')) return 'missed'
  return statuses.includes('warning') ? 'near' : 'met'
}

function withinTarget(percent: number | null, target: Target | undefined): string {
  if (percent === null) return 'not_computable'
  if (!target) return 'no_target'
  if (Math.abs(percent) <= target.met) return 'met'
  return target.near !== null && Math.abs(percent) <= target.near ? 'near' : 'missed'
}

function commitmentAnswer(overview: Overview): Answer {
  const { currency, month } = overview
  const total = overview.commitmentTotal
  const target = targetOf(overview, 'rate.utilisation')
  const trend = overview.months.map((one) => ({
    month: one.charge_month,
    value: ratio(
      overview.commitmentTrend.find((row) => row['group_value'] === one.charge_month),
      'utilisation',
    ),
  }))
  const held = (rows: readonly Row[]) => rows.filter((row) => ratio(row, 'utilisation') !== null)
  const columns = (head: string) => [
    { head, cell: (row: Row) => text(row, 'group_name') ?? text(row, 'group_value') ?? '(none)' },
    { head: 'Used', numeric: true, cell: (row: Row) => formatShare(ratio(row, 'utilisation')) },
    { head: 'Waste', numeric: true, cell: (row: Row) => formatMoney(text(row, 'waste'), currency, 'whole') },
    {
      head: 'Saved, net',
      numeric: true,
      extra: true,
      cell: (row: Row) => formatMoney(text(row, 'net_savings'), currency, 'whole'),
    },
    { head: 'Status', cell: (row: Row) => badge(text(row, 'target_status') ?? 'not_computable') },
  ]
  const wasteful = [...held(overview.commitments)]
    .sort((a, b) => Number(b['waste']) - Number(a['waste']))
    .slice(0, worst)
  return {
    id: 'commitments',
    question: 'Commitment use',
    figure: formatShare(ratio(total, 'utilisation')),
    unit: `${formatMoney(text(total, 'waste'), currency, 'compact')} paid for and not used; net savings ${formatMoney(text(total, 'net_savings'), currency, 'compact')}`,
    target: targetText(target, 'share'),
    status: text(total, 'target_status') ?? 'not_computable',
    reason: text(total, 'reason') ?? (total ? null : 'no commitment in this currency'),
    trend: sparkline(
      trend.map(({ value }) => value),
      seriesText(
        'Utilisation',
        trend.map(({ month: at, value }) => [at, formatShare(value)]),
      ),
      target?.met,
    ),
    detail: html`<dl class="facts"><div><dt>utilisation</dt><dd>${formatShare(ratio(total, 'utilisation'))}</dd></div><div><dt>coverage of eligible usage</dt><dd>${formatShare(ratio(total, 'coverage'))}</dd></div><div><dt>effective savings rate</dt><dd>${formatShare(ratio(total, 'esr'))}</dd></div><div><dt>waste</dt><dd>${formatMoney(text(total, 'waste'), currency, 'whole')}</dd></div></dl>
<div class="split">${table('By provider', formatMonth(month.charge_month), columns('Provider'), held(overview.commitmentProviders))}${table('Commitments with most waste', formatMonth(month.charge_month), columns('Commitment'), wasteful)}</div>`,
  }
}

function targetOf(overview: Overview, kpi: string): Target | undefined {
  return overview.lake.targets.find((target) => target.kpi === kpi)
}

function targetText(target: Target | undefined, unit: 'share' | 'percent'): string {
  if (!target) return 'none'
  const limit = (value: number) => `${Number((unit === 'share' ? value * 100 : value).toPrecision(6))}\u00a0%`
  const sign = target.comparison === 'abs<=' ? 'within ±' : `${target.comparison} `
  return `${sign}${limit(target.met)}${target.near === null ? '' : ` (near: ${target.comparison === 'abs<=' ? '±' : `${target.comparison} `}${limit(target.near)})`}`
}

function seriesText(name: string, points: readonly (readonly [string, string])[]): string {
  return `${name}: ${points.map(([month, value]) => `${formatMonth(month)} ${value}`).join(', ')}`
}

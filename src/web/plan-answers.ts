import { html } from 'hono/html'
import type { Target } from '../api/context.ts'
import { type Answer, idCell, onPhone, seriesText, targetOf, targetText, worst } from './answer-parts.ts'
import { sparkline } from './charts.ts'
import { formatMoney, formatMonth, formatPercent, formatShare } from './format.ts'
import { badge, type Html, table } from './layout.ts'
import { type Landing, type Overview, type Row, ratio, text } from './overview-data.ts'

export function varianceAnswer(overview: Overview): Answer {
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
    detail: html`${landingFacts(overview.landing)}${table(
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
          cell: (row) =>
            html`${formatPercent(ratio(row, 'variance_pct'), { signed: true })}${onPhone(text(row, 'status') ?? 'not_computable')}`,
        },
        {
          head: 'Month before',
          numeric: true,
          extra: true,
          cell: (row) => formatPercent(ratio(row, 'change_pct'), { signed: true }),
        },
        { head: 'Status', extra: true, cell: (row) => badge(text(row, 'status') ?? 'not_computable') },
      ],
      teams.slice(0, 12),
    )}`,
  }
}

/** Where the month in flight will land, with its band: a point alone would look exact. */
function landingFacts(landing: Landing | null): Html | string {
  if (!landing) return ''
  const { forecast, total } = landing
  const { month_end: band, reason, budgets } = total
  if (!band) return html`<p class="note">No landing: ${reason}</p>`
  const amount = (value: number) => formatMoney(value.toFixed(2), forecast.currency, 'whole')
  const against = budgets[0]?.variance_pct ?? null
  return html`<dl class="facts"><div><dt>month-end landing</dt><dd>${amount(band.point)}</dd></div><div><dt>with 80 % confidence</dt><dd>${amount(band.lo80)} to ${amount(band.hi80)}</dd></div><div><dt>with 95 %</dt><dd>${amount(band.lo95)} to ${amount(band.hi95)}</dd></div><div><dt>landing against budget</dt><dd>${formatPercent(against, { signed: true })}</dd></div></dl>
<p class="small soft">Forecast from the days through ${forecast.complete_through}, <a href="/forecasts?currency=${encodeURIComponent(forecast.currency)}">by scope, with their record</a></p>`
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

export function commitmentAnswer(overview: Overview): Answer {
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
    { head, cell: (row: Row) => idCell(text(row, 'group_name') ?? text(row, 'group_value') ?? '(none)') },
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

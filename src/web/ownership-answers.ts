import { html } from 'hono/html'
import {
  type Answer,
  idCell,
  keyName,
  onPhone,
  seriesText,
  targetOf,
  targetText,
  words,
  worst,
} from './answer-parts.ts'
import { sparkline } from './charts.ts'
import { formatDecimal, formatMoney, formatMonth, formatShare, formatUnitCost } from './format.ts'
import { badge, type Html, table } from './layout.ts'
import { type Overview, type Row, ratio, text, type UnitSeries } from './overview-data.ts'

export function tagAnswer(overview: Overview): Answer {
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
      { head: 'Key', cell: (row: Row) => keyName(text(row, 'tag_key') ?? '') },
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
      { head: 'Account', cell: (row: Row) => idCell(text(row, 'group_value') ?? '(none)') },
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

export function unitAnswer(overview: Overview): Answer {
  const { currency, month } = overview
  const at = (series: UnitSeries) => series.rows.find((row) => row['period'] === month.charge_month)
  const status = (series: UnitSeries) => text(at(series), 'target_status') ?? 'not_computable'
  const lead = overview.units.find((series) => ratio(at(series), 'unit_cost') !== null) ?? overview.units[0]
  const row = lead && at(lead)
  const since = formatMonth(overview.months[0]?.charge_month ?? '')
  const target = targetOf(overview, 'unit.trend')
  const rows = table(
    'Cost of one unit',
    `${formatMonth(month.charge_month)}, ${currency}, all spend over the volume`,
    [
      {
        head: 'Unit',
        cell: (series: UnitSeries) =>
          html`${words(series.metric)}<span class="soft small only">volume ${formatDecimal(text(at(series), 'volume'))}</span>`,
      },
      { head: 'Unit cost', numeric: true, cell: (series) => formatUnitCost(ratio(at(series), 'unit_cost'), currency) },
      { head: 'Volume', numeric: true, extra: true, cell: (series) => formatDecimal(text(at(series), 'volume')) },
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
        head: `Since ${since}`,
        numeric: true,
        cell: (series) =>
          html`${formatShare(ratio(at(series), 'change_vs_baseline'), { signed: true })}${onPhone(status(series))}`,
      },
      { head: 'Trend', extra: true, cell: (series) => unitTrend(series, currency) },
      { head: 'Status', extra: true, cell: (series) => badge(status(series)) },
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
      ? `per unit of ${words(lead.metric)} (${formatDecimal(text(row, 'volume'))}), ${formatShare(ratio(row, 'change_vs_baseline'), { signed: true })} since ${since}`
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

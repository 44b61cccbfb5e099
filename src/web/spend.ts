import { html } from 'hono/html'
import { type ColumnBar, stackedColumns } from './charts.ts'
import { formatMoney, formatMonth } from './format.ts'
import { type Html, table } from './layout.ts'
import { type MonthState, type Overview, type Row, text } from './overview-data.ts'

/** Spend by month and provider: chart, legend and the figures as a table. Accrual ledger. */
export function spendSection(overview: Overview): Html {
  const { currency, months } = overview
  const providers = providersOf(overview.spend)
  const amount = amounts(overview.spend)
  const totals = new Map(overview.spendTotals.map((row) => [text(row, 'period'), text(row, 'effective_cost')]))
  const bars = months.map((month) => barOf(month, providers, amount, totals.get(month.charge_month) ?? null))
  const title = `Spend by month and provider in ${currency}: ${months.map((month) => `${formatMonth(month.charge_month)} ${formatMoney(totals.get(month.charge_month) ?? null, currency, 'compact')}`).join(', ')}`
  const tick = (value: number) => formatMoney(String(value), currency, 'compact').slice(currency.length + 1)
  const open = months.filter((month) => !month.is_complete).map((month) => formatMonth(month.charge_month))
  return html`<section aria-labelledby="spend"><h2 id="spend">Spend by month and provider</h2>
<p class="soft small">Accrual: effective cost in ${currency}, by the month of use${open.length > 0 ? `; ${open.join(', ')} still in flight, drawn paler` : ''}.</p>
<figure class="keep"><div class="broad">${stackedColumns(bars, { title, width: 1080, height: 320, tick, every: 1 })}</div>
<div class="narrow">${stackedColumns(bars, { title, width: 360, height: 260, tick, every: 3 })}</div>
<ul class="legend">${providers.map((provider, index) => html`<li><span class="key s${index % 6}"></span>${provider}</li>`)}</ul></figure>
<details><summary>The figures as a table</summary>${table(
    'Spend by month and provider',
    `${currency}, accrual`,
    [
      {
        head: 'Month',
        cell: (month: MonthState) => `${formatMonth(month.charge_month)}${month.is_complete ? '' : ' (in flight)'}`,
      },
      ...providers.map((provider) => ({
        head: provider,
        numeric: true,
        cell: (month: MonthState) =>
          formatMoney(amount.get(`${month.charge_month} ${provider}`) ?? null, currency, 'whole'),
      })),
      {
        head: 'Total',
        numeric: true,
        cell: (month: MonthState) => formatMoney(totals.get(month.charge_month) ?? null, currency, 'whole'),
      },
    ],
    [...months].reverse(),
  )}</details></section>`
}

function barOf(
  month: MonthState,
  providers: readonly string[],
  amount: ReadonlyMap<string, string | null>,
  total: string | null,
): ColumnBar {
  return {
    label: formatMonth(month.charge_month).replace(/ 20/, ' ’'),
    value: total === null ? '' : formatMoney(total, '', 'compact').trim(),
    open: !month.is_complete,
    segments: providers.map((provider, series) => ({
      series,
      size: Number(amount.get(`${month.charge_month} ${provider}`) ?? 0),
    })),
  }
}

function amounts(spend: readonly Row[]): Map<string, string | null> {
  return new Map(
    spend.map((row) => [`${text(row, 'month')} ${text(row, 'provider') ?? '(none)'}`, text(row, 'effective_cost')]),
  )
}

/** Providers by the size of their newest months, for a stable order of colours. */
function providersOf(spend: readonly Row[]): string[] {
  const weight = new Map<string, number>()
  for (const row of spend) {
    const provider = text(row, 'provider') ?? '(none)'
    weight.set(provider, (weight.get(provider) ?? 0) + Math.abs(Number(text(row, 'effective_cost') ?? 0)))
  }
  return [...weight].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([provider]) => provider)
}

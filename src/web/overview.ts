import { html } from 'hono/html'
import type { SourceState } from '../api/context.ts'
import type { Answer } from './answer-parts.ts'
import { answersOf } from './answers.ts'
import { formatDecimal, formatInstant, formatMoney, formatMonth } from './format.ts'
import { badge, type Html, page, table } from './layout.ts'
import type { Overview } from './overview-data.ts'
import { spendSection } from './spend.ts'

/** The page a director reads: spend, the four answers against their targets, and what the data behind them are worth. */
export async function overviewPage(title: string, overview: Overview): Promise<string> {
  const { currency, month, lake } = overview
  const answers = answersOf(overview)
  return page({
    title: `${title}: ${formatMonth(month.charge_month)}, ${currency}`,
    lead: html`<p class="soft">${month.is_complete ? 'Complete month' : 'Month still in flight'} · accrual ledger (effective cost)${overview.currencies.length > 1 ? html` · ${overview.currencies.length} currencies, shown apart and never added` : ''} · every source complete through ${formatInstant(lake.complete_through)}</p>`,
    controls: controls(overview),
    main: [
      html`<ul class="cards" aria-label="The four answers">${answers.map(card)}</ul>`,
      spendSection(overview),
      ...answers.map(answerSection),
      dataSection(overview),
    ],
    foot: html`<p>Amounts are exact; rounded for reading only. Figures as data: <a href="/queries">questions</a>, <a href="/openapi.json">API description</a>. ${lake.version_count} lake versions, newest landed ${formatInstant(lake.newest_landed_at)}.</p>`,
  })
}

function controls(overview: Overview): Html {
  const { currency, month } = overview
  const option = (value: string, label: string, chosen: boolean) =>
    html`<option value="${value}" ${chosen ? 'selected' : ''}>${label}</option>`
  return html`<form class="choose" method="get" action="/"><span class="pair"><label for="month">Month</label><select id="month" name="month">${[
    ...overview.months,
  ]
    .reverse()
    .map((one) =>
      option(
        one.charge_month,
        `${formatMonth(one.charge_month)}${one.is_complete ? '' : ' (in flight)'}`,
        one === month,
      ),
    )}</select></span>
<span class="pair"><label for="currency">Currency</label><select id="currency" name="currency">${overview.currencies.map((one) => option(one, one, one === currency))}</select></span><button>Show</button></form>`
}

function card(answer: Answer): Html {
  return html`<li><h2><a href="#${answer.id}">${answer.question}</a></h2><div class="figure ${answer.figure.length > 9 ? 'long' : ''}">${answer.figure}</div><div class="small soft">${answer.status === 'not_computable' && answer.reason ? answer.reason : answer.unit}</div><div class="foot">${badge(answer.status)}<div class="small soft">Target ${answer.target}</div>${answer.trend}</div></li>`
}

function answerSection(answer: Answer): Html {
  return html`<section aria-labelledby="${answer.id}"><div class="bar"><h2 id="${answer.id}">${answer.question}</h2><div class="small soft">${badge(answer.status)} Target ${answer.target}</div></div>
${answer.reason ? html`<p class="note">${answer.reason}</p>` : ''}${answer.detail}</section>`
}

function dataSection(overview: Overview): Html {
  const { lake, now } = overview
  return html`<section aria-labelledby="data"><h2 id="data">The data behind the figures</h2>
${table(
  'Sources',
  'totals over the current version of every billing period',
  [
    {
      head: 'Source',
      cell: (source: SourceState) =>
        html`${source.source}<br><span class="soft small">${source.format}, ${formatDecimal(source.rows_in)} rows</span>`,
    },
    {
      head: 'Periods',
      extra: true,
      cell: (source) => `${formatMonth(source.first_period)} – ${formatMonth(source.last_period)}`,
    },
    {
      head: 'Complete through',
      cell: (source) => html`${formatInstant(source.complete_through)} ${ageOf(source.complete_through, now)}`,
    },
    { head: 'Newest delivery', extra: true, cell: (source) => formatInstant(source.newest_landed_at) },
    {
      head: 'Billed, delivered',
      numeric: true,
      extra: true,
      cell: (source) => formatMoney(source.delivered_billed, source.currency),
    },
    {
      head: 'Difference to stored',
      numeric: true,
      extra: true,
      cell: difference,
    },
    {
      head: 'Reconciliation',
      cell: (source) =>
        html`${badge(source.differing > 0 ? 'differs' : source.unstated > 0 ? 'not_stated' : 'ties')}<span class="soft small only">${difference(source)}</span>`,
    },
  ],
  lake.sources,
)}<p class="small soft links"><a href="/api/v1/reconciliation">Reconciliation by version</a><a href="/api/v1/sources">Deliveries and warnings</a></p></section>`
}

function difference(source: SourceState): string {
  return source.difference === null ? '–' : exact(source.difference, source.currency)
}

/** A difference is shown to its last digit: a rounded zero would hide one. */
function exact(amount: string, currency: string): string {
  return /[1-9]/.test(amount)
    ? `${currency}\u00a0${amount.replace(/(\.\d\d\d*?)0+$/, '$1')}`
    : formatMoney(amount, currency)
}

const freshHours = 48

function ageOf(instant: string | null, now: Date): Html | string {
  if (instant === null) return ''
  const hours = (now.getTime() - Date.parse(instant)) / 3_600_000
  if (hours <= freshHours) return badge('complete')
  return html`<span class="badge none">${Math.floor(hours / 24)} days ago</span>`
}

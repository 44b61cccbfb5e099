import { html } from 'hono/html'
import type { Estimate } from '../forecast/forecast.ts'
import {
  type BudgetLanding,
  type IssuedLevel,
  type IssuedScope,
  issuedLevels,
  type StoredForecast,
} from '../forecast/issued.ts'
import { recordSection } from './forecast-record.ts'
import { formatDay, formatInstant, formatMoney, formatMonth, formatPercent } from './format.ts'
import { badge, type Html, page, table } from './layout.ts'
import { rangeBar } from './range-bar.ts'

export interface ForecastChoice {
  readonly issued: readonly StoredForecast[]
  /** The one that is shown; undefined before the first. */
  readonly forecast: StoredForecast | undefined
  readonly level: IssuedLevel | undefined
  /** Whether the data are still those it was made from. */
  readonly isCurrent: boolean
}

const names: Readonly<Record<IssuedLevel, string>> = {
  total: 'Total',
  provider: 'Providers',
  account: 'Accounts',
  service: 'Services',
  team: 'Teams',
  product: 'Products',
}
/** Scopes of one level that are shown; the API has all. */
const longest = 25

/** Where each scope lands, with bands, against its budget, and how right forecasts have been. */
export async function forecastPage(choice: ForecastChoice): Promise<string> {
  const { forecast, level, isCurrent } = choice
  if (!forecast)
    return page({
      title: 'Forecasts',
      main: html`<section><h2>No forecast yet</h2><p>Forecasts follow by themselves after an import while costwright serves, and after <code>costwright collect</code>; <code>costwright forecast</code> issues them now.</p></section>`,
    })
  const total = forecast.forecasts.find((one) => one.level === 'total')
  const shown = level ? [level] : issuedLevels.filter((one) => one !== 'total')
  return page({
    title: `Forecast: ${formatMonth(forecast.month.start)}, ${forecast.currency}`,
    lead: html`<p class="soft">From the days through ${formatDay(forecast.complete_through)} · accrual ledger (effective cost) · issued ${formatInstant(forecast.issued_at)}${forecast.vintage === 'replayed' ? ' · replayed: later restatements were known' : ''}</p>${isCurrent ? '' : html`<p class="note">Newer data have arrived since; a forecast from them follows.</p>`}`,
    controls: controls(choice),
    main: [
      ...(total ? [headline(forecast, total)] : []),
      ...shown.flatMap((one) => levelSection(forecast, one)),
      recordSection(forecast),
      ...(forecast.events.length > 0 ? [eventSection(forecast)] : []),
    ],
    foot: html`<p>Bands come from the errors of the same forecaster at earlier origins, pooled over scopes. As data: <a href="/api/v1/forecasts?currency=${encodeURIComponent(forecast.currency)}">forecasts</a>.</p>`,
  })
}

function controls({ issued, forecast, level }: ForecastChoice): Html {
  const option = (value: string, label: string, chosen: boolean) =>
    html`<option value="${value}" ${chosen ? 'selected' : ''}>${label}</option>`
  return html`<form class="choose" method="get" action="/forecasts"><span class="pair"><label for="currency">Currency</label><select id="currency" name="currency">${issued.map(({ currency }) => option(currency, currency, currency === forecast?.currency))}</select></span>
<span class="pair"><label for="level">Level</label><select id="level" name="level"><option value="">all</option>${issuedLevels.filter((one) => one !== 'total').map((one) => option(one, names[one], one === level))}</select></span><button>Show</button></form>`
}

const money = ({ currency }: StoredForecast, value: number | string) =>
  formatMoney(typeof value === 'number' ? value.toFixed(2) : value, currency, 'whole')

const bandText = (forecast: StoredForecast, { lo80, hi80, lo95, hi95 }: Estimate) => ({
  inner: `${money(forecast, lo80)} to ${money(forecast, hi80)}`,
  outer: `${money(forecast, lo95)} to ${money(forecast, hi95)}`,
})

function headline(forecast: StoredForecast, total: IssuedScope): Html {
  const { month, quarter } = forecast
  const [budget] = total.budgets
  const errorOf = (horizon: string) => {
    const row = forecast.record.find((one) => one.level === 'total' && one.horizon === horizon)
    return row?.wape == null
      ? 'error not computable yet'
      : `error so far ${formatPercent(row.wape)} at ${row.points} origins`
  }
  const card = (head: string, estimate: Estimate | null, horizon: string, foot: Html | string) => {
    const words = estimate && bandText(forecast, estimate)
    return html`<li><h2>${head}</h2><div class="figure long">${estimate ? money(forecast, estimate.point) : '–'}</div>${words ? html`<div class="small soft">80 %: ${words.inner}<br>95 %: ${words.outer}</div>` : html`<div class="small soft">${total.reason ?? 'not computable'}</div>`}<div class="foot small soft">${foot}${horizon === '' ? '' : html`<div>${errorOf(horizon)}</div>`}</div></li>`
  }
  const year = total.year
  return html`<ul class="cards" aria-label="Total">${card(`${formatMonth(month.start)}, month end`, total.month_end, 'month end', html`${badge(statusOf(total.budgets))} ${landingText(forecast, total.budgets)}`)}
${card(`Quarter from ${formatDay(quarter.start)}`, total.next_quarter, 'next quarter', againstText(forecast, total.quarter_budgets))}
<li><h2>Year ${month.start.slice(0, 4)}</h2><div class="figure long">${year ? money(forecast, year.landing) : '–'}</div><div class="small soft">${year ? `closed months ${money(forecast, year.closed)}` : 'the data begin after January'}</div><div class="foot small soft">${againstText(forecast, total.year_budgets)}<div>closed + landing + open months; no band: a year has no back-test yet</div></div></li>
<li><h2>To date</h2><div class="figure long">${money(forecast, total.month_to_date)}</div><div class="small soft">exact, days through ${formatDay(forecast.complete_through)}</div><div class="foot small soft">${budget ? `budget ${money(forecast, budget.amount)}` : 'no budget of the total'}</div></li></ul>`
}

/** Badge and difference, or nothing without a budget. */
function againstText(forecast: StoredForecast, budgets: readonly BudgetLanding[] | undefined): Html | string {
  const [budget] = budgets ?? []
  if (!budget) return ''
  return html`${budget.overrun ? badge(statusOf(budgets)) : ''} ${landingText(forecast, budgets)}`
}

/** In words of the budget's status: above with 90 % is a breach, below with 90 % on track, between a warning. */
function statusOf(budgets: readonly BudgetLanding[] | undefined): string {
  const [budget] = budgets ?? []
  if (!budget) return 'no_budget'
  if (!budget.overrun) return 'not_computable'
  if (budget.overrun.least >= 0.9) return 'breach'
  return budget.overrun.most <= 0.1 ? 'on_track' : 'warning'
}

function landingText(forecast: StoredForecast, budgets: readonly BudgetLanding[] | undefined): string {
  const [budget] = budgets ?? []
  if (budget?.variance == null) return ''
  return `${formatPercent(budget.variance_pct, { signed: true })} against ${money(forecast, budget.amount)}`
}

function levelSection(forecast: StoredForecast, level: IssuedLevel): Html[] {
  const own = forecast.forecasts.filter((one) => one.level === level).toSorted((a, b) => sizeOf(b) - sizeOf(a))
  const shown = own.slice(0, longest)
  if (shown.length === 0) return []
  const row = forecast.record.find((one) => one.level === level && one.horizon === 'month end')
  const error =
    row?.wape == null
      ? 'error not computable yet'
      : `month-end error so far ${formatPercent(row.wape)}, bias ${formatPercent(row.bias, { signed: true })}, ${formatPercent(row.inside80, { digits: 0 })} inside the 80 % band (${row.points} points)`
  const more = own.length > shown.length ? `the ${shown.length} largest of ${own.length}` : `${own.length}`
  return [
    html`<section aria-labelledby="level-${level}"><div class="bar"><h2 id="level-${level}">${names[level]}</h2><div class="small soft">${error}</div></div>${table(
      `Landing of ${formatMonth(forecast.month.start)}`,
      `${forecast.currency}, ${more}; bar: 95 % pale, 80 % darker, budget orange`,
      scopeColumns(forecast),
      shown,
    )}</section>`,
  ]
}

const sizeOf = ({ month_end, month_to_date }: IssuedScope) => month_end?.point ?? Number(month_to_date)

function scopeColumns(forecast: StoredForecast) {
  return [
    { head: 'Scope', cell: (one: IssuedScope) => nameOf(one) },
    { head: 'To date', numeric: true, extra: true, cell: (one: IssuedScope) => money(forecast, one.month_to_date) },
    { head: 'Month end', numeric: true, cell: (one: IssuedScope) => monthEnd(forecast, one) },
    { head: 'Band', extra: true, cell: (one: IssuedScope) => barOf(forecast, one) },
    {
      head: 'Next quarter',
      numeric: true,
      extra: true,
      cell: (one: IssuedScope) =>
        one.next_quarter ? html`${withBand(forecast, one.next_quarter)}${below(forecast, one.quarter_budgets)}` : '–',
    },
    {
      head: 'Year',
      numeric: true,
      extra: true,
      cell: (one: IssuedScope) =>
        one.year ? html`${money(forecast, one.year.landing)}${below(forecast, one.year_budgets)}` : '–',
    },
    {
      head: 'Against budget',
      cell: (one: IssuedScope) =>
        one.budgets.length === 0
          ? html`<span class="soft">–</span>`
          : html`${badge(statusOf(one.budgets))}<br><span class="small soft">${landingText(forecast, one.budgets)}</span>`,
    },
  ]
}

function monthEnd(forecast: StoredForecast, one: IssuedScope): Html {
  if (!one.month_end) return html`<span class="soft small">${one.reason ?? 'not computable'}</span>`
  return withBand(forecast, one.month_end)
}

const withBand = (forecast: StoredForecast, estimate: Estimate) =>
  html`${money(forecast, estimate.point)}<br><span class="small soft">${bandText(forecast, estimate).inner.replaceAll(`${forecast.currency}\u00a0`, '')}</span>`

/** The difference to a budget, on a line of its own. */
const below = (forecast: StoredForecast, budgets: readonly BudgetLanding[] | undefined) => {
  const text = landingText(forecast, budgets)
  return text === '' ? '' : html`<br><span class="small soft">${text}</span>`
}

function barOf(forecast: StoredForecast, one: IssuedScope): Html | string {
  if (!one.month_end) return ''
  const { inner, outer } = bandText(forecast, one.month_end)
  const [budget] = one.budgets
  const text = `${nameOf(one)}: 80 % ${inner}, 95 % ${outer}${budget ? `, budget ${money(forecast, budget.amount)}` : ''}`
  return rangeBar(one.month_end, budget ? Number(budget.amount) : null, text)
}

function nameOf({ level, scope, account_name }: IssuedScope): string {
  const { provider, ...rest } = scope
  const own = account_name ?? (Object.values(rest)[0] || '(none)')
  return level === 'provider' ? provider || '(none)' : provider === undefined ? own : `${own} (${provider})`
}

interface ShownEvent {
  readonly start: string
  readonly reason: string
  readonly per_day: number
  readonly once: number
}

/** What history does not show, and the forecast includes: one row a reason and day. */
function eventSection(forecast: StoredForecast): Html {
  const events = new Map<string, ShownEvent>()
  for (const event of forecast.events) {
    const key = `${event.start} ${event.reason}`
    const known = events.get(key) ?? { start: event.start, reason: event.reason, per_day: 0, once: 0 }
    const { per_day = 0, once = 0 } = event
    events.set(key, { ...known, per_day: known.per_day + per_day, once: known.once + once })
  }
  const amount = (value: number) => (value === 0 ? '–' : formatMoney(value.toFixed(2), forecast.currency))
  return html`<section aria-labelledby="events"><h2 id="events">Known changes in these figures</h2>${table(
    `${events.size} dated ${events.size === 1 ? 'change' : 'changes'}`,
    'ends of commitments as the bill states them, no renewal assumed, and events of the configuration',
    [
      { head: 'From', cell: (one: ShownEvent) => formatDay(one.start) },
      { head: 'What', cell: (one) => html`<span class="id">${one.reason}</span>` },
      { head: 'A day', numeric: true, cell: (one) => amount(one.per_day) },
      { head: 'Once', numeric: true, extra: true, cell: (one) => amount(one.once) },
    ],
    [...events.values()].toSorted((a, b) => (a.start < b.start ? -1 : 1)),
  )}</section>`
}

import { html } from 'hono/html'
import type { IncidentDesk, OwnedIncident, Usefulness } from '../api/incident-desk.ts'
import type { IncidentFilter } from '../state/incident-store.ts'
import { incidentStates } from '../state/incidents.ts'
import { seriesName } from '../state/series-name.ts'
import { formatDay, formatInstant, formatMoney, formatShare } from './format.ts'
import { badge, type Html, page, table } from './layout.ts'

/** Incidents of a filter that are shown; the API has all. */
const longest = 200
/** Target of the share of judged alerts that were actionable (specs/kpis.md section 6). */
const actionableTarget = 0.8
const nearTarget = 0.7

/** Incidents, newest first, with the share of alerts that were judged actionable. */
export async function alertListPage(desk: IncidentDesk, filter: IncidentFilter): Promise<string> {
  const incidents = desk.list(filter)
  const shown = incidents.slice(0, longest)
  const run = desk.newestRun()
  const all = desk.list()
  const count = `${incidents.length} incident${incidents.length === 1 ? '' : 's'}`
  return page({
    title: 'Alerts',
    lead: html`<p class="soft">${run ? `Judged ${formatInstant(run.at)}, days through ${formatDay(run.data_through ?? 'unknown')}` : 'Detection has not run yet: it follows an import while costwright serves, or costwright detect'} · effective cost, each currency for itself</p>`,
    controls: filterForm(all, filter),
    main: [
      cards(all, desk.usefulness()),
      html`<section aria-labelledby="list"><h2 id="list">Incidents</h2>${
        shown.length === 0
          ? html`<p class="note">No incident fits.</p>`
          : table(count, incidents.length > shown.length ? `the ${longest} newest` : 'newest first', columns, shown)
      }</section>`,
    ],
  })
}

function filterForm(all: readonly OwnedIncident[], filter: IncidentFilter): Html {
  const values = (of: (one: OwnedIncident) => string | undefined) =>
    [...new Set(all.map(of))].filter((value) => value !== undefined).sort()
  const select = (name: string, label: string, options: readonly string[], chosen: string | undefined) =>
    html`<span class="pair"><label for="${name}">${label}</label><select id="${name}" name="${name}"><option value="">all</option>${options.map((one) => html`<option ${one === chosen ? 'selected' : ''}>${one}</option>`)}</select></span>`
  const teams = values(({ series }) => (series.team === '' ? 'unowned' : series.team))
  return html`<form class="choose" method="get">${select('state', 'State', incidentStates, filter.state)}${select('team', 'Team', teams, filter.team === '' ? 'unowned' : filter.team)}${select(
    'provider',
    'Provider',
    values(({ series }) => series.provider),
    filter.provider,
  )}<button>Show</button></form>`
}

function cards(all: readonly OwnedIncident[], { told, judged, actionable, share }: Usefulness): Html {
  const open = all.filter(({ state }) => state === 'open')
  const taken = all.filter(({ state }) => state === 'acknowledged')
  const silent = all.filter(({ state }) => state === 'expected' || state === 'muted')
  const status =
    share === null ? 'not_computable' : share > actionableTarget ? 'met' : share > nearTarget ? 'near' : 'missed'
  const card = (head: string, figure: string, words: string, foot: Html | string) =>
    html`<li><h2>${head}</h2><div class="figure">${figure}</div><div class="small soft">${words}</div><div class="foot">${foot}</div></li>`
  return html`<ul class="cards" aria-label="How alerts stand">${card('Open', String(open.length), excessText(open), open.length > 0 ? html`<a class="small" href="/alerts?state=open">show them</a>` : '')}
${card('Acknowledged', String(taken.length), excessText(taken), '')}
${card('Expected or muted', String(silent.length), 'recorded, not told', '')}
${card('Judged actionable', formatShare(share), `${actionable} of ${judged} judged; ${told} told`, html`${badge(status)}<div class="small soft">Target above 80 %</div>`)}</ul>`
}

/** Excess by currency, in words; currencies are never added. */
function excessText(incidents: readonly OwnedIncident[]): string {
  const largest = Map.groupBy(incidents, ({ currency }) => currency ?? '')
  return [...largest]
    .map(([currency, own]) => {
      const top = own.toSorted((a, b) => Math.abs(Number(b.excess)) - Math.abs(Number(a.excess)))[0]
      return `largest ${formatMoney(top?.excess ?? null, currency, 'whole').trim()}`
    })
    .join(', ')
}

const columns = [
  {
    head: 'Where',
    cell: (one: OwnedIncident) =>
      html`<a href="/alerts/${one.incident_id}">${whereText(one)}</a><span class="soft only">since ${formatDay(one.onset)}</span>`,
  },
  { head: 'Since', cell: (one: OwnedIncident) => formatDay(one.onset), extra: true },
  { head: 'Expected', cell: (one: OwnedIncident) => money(one, one.expected), numeric: true, extra: true },
  { head: 'Actual', cell: (one: OwnedIncident) => money(one, one.actual), numeric: true, extra: true },
  { head: 'Excess to date', cell: (one: OwnedIncident) => money(one, one.excess), numeric: true },
  {
    head: 'Cause',
    cell: (one: OwnedIncident) => html`<span class="id">${one.causes[0]?.usage_type ?? '–'}</span>`,
    extra: true,
  },
  { head: 'Owner', cell: (one: OwnedIncident) => one.owner, extra: true },
  { head: 'State', cell: (one: OwnedIncident) => badge(one.state) },
]

export const whereText = ({ series }: OwnedIncident) => seriesName(series)

export const money = ({ currency }: OwnedIncident, amount: string | null) => formatMoney(amount, currency ?? '').trim()

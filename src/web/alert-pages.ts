import { html } from 'hono/html'
import type { IncidentFile, OwnedIncident } from '../api/incident-desk.ts'
import { measureText } from '../notify/measure.ts'
import { ruleWords } from '../notify/rule-words.ts'
import type { AuditEntry } from '../state/audit.ts'
import type { Told } from '../state/told.ts'
import { decisionForm } from './alert-decision.ts'
import { money, whereText } from './alert-list-page.ts'
import { bandChart } from './band-chart.ts'
import { formatDay, formatInstant, formatMoney, formatPercent } from './format.ts'
import { badge, type Html, page, table } from './layout.ts'

export interface AlertView {
  readonly file: IncidentFile
  readonly related: readonly OwnedIncident[]
  /** Decision that a link chose (`acknowledge`, `expect`, `mute`); nothing happens before it is confirmed. */
  readonly chosen: string | undefined
  /** Why the last decision was refused. */
  readonly problem: string | undefined
}

/** One incident: its figures and chart, what is behind it, what was decided, who was told, and the decisions that its state allows. */
export async function alertPage({ file, related, chosen, problem }: AlertView): Promise<string> {
  const { incident, history, told } = file
  const { series } = incident
  const decide = decisionForm(incident, { chosen, problem })
  const isAsked = chosen !== undefined || problem !== undefined
  return page({
    title: whereText(incident),
    lead: html`<p class="soft">${[series.provider, series.account, series.team || 'owned by nobody'].filter(Boolean).join(' · ')} · incident ${incident.incident_id}</p>`,
    main: [
      ...(isAsked ? [decide] : []),
      factSection(file),
      ...(isAsked ? [] : [decide]),
      historyTable(history),
      toldTable(told),
      ...(related.length > 0 ? [relatedTable(related)] : []),
    ],
  })
}

function factSection(file: IncidentFile): Html {
  const { incident } = file
  const { until, reason, expected, told_excess, direction, excess } = incident
  const share = (100 * Number(told_excess)) / Math.abs(Number(expected))
  const percent = Number.isFinite(share) ? ` (${formatPercent(share, { signed: true, digits: 0 })})` : ''
  const facts: readonly (readonly [string, Html | string])[] = [
    ['State', html`${badge(incident.state)}${until === null ? '' : ` until ${formatDay(until)}`}`],
    ...(incident.measure ? [['Measure', measureText(incident.measure, incident.currency)] as const] : []),
    [direction === 'up' ? 'Excess to date' : 'Shortfall to date', money(incident, excess)],
    ['Since', formatDay(incident.onset)],
    ['Last seen', formatDay(incident.last_day)],
    ['When told', `${money(incident, incident.actual)}${percent}`],
    ['Expected then', money(incident, expected)],
    ['Owner', incident.owner],
  ]
  return html`<section aria-labelledby="facts"><h2 id="facts">What happened</h2><dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<p class="soft small">How it was found: ${ruleWords(incident.rule)}.</p>${reason === null ? '' : html`<p class="note">${reason}</p>`}${chartOf(file)}${causeTable(incident)}</section>`
}

function chartOf({ incident, chart }: IncidentFile): Html {
  const number = (text: string | null) => (text === null ? null : Number(text))
  const days = chart.history.map(({ date, actual, low, high }) => ({
    ...{ date, actual: number(actual), low: number(low), high: number(high) },
  }))
  const currency = incident.currency ?? ''
  const title = `Daily cost of ${whereText(incident)} ${days[0] ? `from ${formatDay(days[0].date)} to ${formatDay(days.at(-1)?.date ?? '')}` : ''}: ${money(incident, incident.actual)} since ${formatDay(incident.onset)}, expected ${money(incident, incident.expected)}`
  const tick = (value: number) => formatMoney(String(value), currency, 'compact').slice(currency.length + 1)
  const drawn = (width: number, height: number) =>
    bandChart(days, { title, width, height, tick, onset: incident.onset })
  const broad = drawn(1080, 280)
  if (broad === '')
    return html`<p class="note">No daily series belongs to this finding; its causes say what it is about.</p>`
  return html`<figure class="keep"><div class="broad">${broad}</div><div class="narrow">${drawn(360, 220)}</div>
<ul class="legend"><li><span class="key s0"></span>cost a day, ${currency || 'no currency'}; the pale band is what was expected</li><li><span class="key s4"></span>outside of it</li></ul></figure>
<details><summary>The days as a table</summary>${table(
    `${chart.history.length} days`,
    'newest first',
    [
      { head: 'Day', cell: ({ date }: (typeof chart.history)[number]) => formatDay(date) },
      { head: 'Cost', numeric: true, cell: ({ actual }) => money(incident, actual) },
      { head: 'Expected from', numeric: true, cell: ({ low }) => money(incident, low) },
      { head: 'to', numeric: true, cell: ({ high }) => money(incident, high) },
    ],
    chart.history.toReversed(),
  )}</details>`
}

function causeTable(incident: OwnedIncident): Html {
  if (incident.causes.length === 0) return html`<p class="note">No cause was found below the service.</p>`
  return table(
    'Causes',
    'largest first, down to the resource',
    [
      {
        head: 'Usage type',
        cell: (cause) =>
          html`<span class="id">${cause.usage_type ?? ([cause.service, cause.account].filter(Boolean).join(' in ') || '–')}</span>${cause.is_new ? html` ${badge('new')}` : ''}`,
      },
      { head: 'Account', cell: (cause) => cause.account ?? '–', extra: true },
      { head: 'Region', cell: (cause) => cause.region ?? '–', extra: true },
      { head: 'Resource', cell: (cause) => html`<span class="id">${cause.resource ?? '–'}</span>` },
      { head: 'Excess', cell: (cause) => money(incident, cause.excess), numeric: true },
    ],
    incident.causes,
  )
}

function historyTable(history: readonly AuditEntry[]): Html {
  return html`<section aria-labelledby="history"><h2 id="history">History</h2>${table(
    `${history.length} ${history.length === 1 ? 'entry' : 'entries'}`,
    'oldest first, kept for good',
    [
      { head: 'When', cell: ({ at }: AuditEntry) => formatInstant(at) },
      { head: 'Who', cell: ({ actor }: AuditEntry) => actor },
      { head: 'What', cell: whatText },
      { head: 'Note', cell: ({ detail }: AuditEntry) => String(detail['reason'] ?? '') },
    ],
    history,
  )}</section>`
}

function whatText({ action, detail }: AuditEntry): string {
  const [to, until] = [detail['to'], detail['until']].map((value) => (typeof value === 'string' ? value : null))
  const found = typeof detail['on'] === 'string' ? ` (of ${formatDay(detail['on'])})` : ''
  return `${action}${found}${to ? ` → ${to}` : ''}${until ? ` until ${until}` : ''}`
}

/** A message that did not arrive is as visible as one that did. */
function toldTable(told: readonly Told[]): Html {
  if (told.length === 0)
    return html`<section aria-labelledby="told"><h2 id="told">Who was told</h2><p class="note">Nobody: no channel is routed to it, or it was found too late to be news.</p></section>`
  return html`<section aria-labelledby="told"><h2 id="told">Who was told</h2>${table(
    `${told.length} message${told.length === 1 ? '' : 's'}`,
    'oldest first',
    [
      { head: 'Channel', cell: ({ channel }: Told) => channel },
      {
        head: 'Of',
        cell: ({ change, kind }) =>
          `${change}${kind === null || kind === 'single' ? '' : ` (${kind.replace('_', '-')})`}`,
      },
      { head: 'When', cell: ({ at }) => formatInstant(at), extra: true },
      { head: 'Delivery', cell: ({ status }) => badge(status) },
      { head: 'Error', cell: ({ error }) => html`<span class="id">${error ?? ''}</span>` },
    ],
    told,
  )}</section>`
}

function relatedTable(related: readonly OwnedIncident[]): Html {
  return html`<section aria-labelledby="related"><h2 id="related">Related incidents</h2>${table(
    `${related.length} incident${related.length === 1 ? '' : 's'}`,
    'of the same service and account, or that began within three days in the same account or team',
    [
      { head: 'Where', cell: (one: OwnedIncident) => html`<a href="/alerts/${one.incident_id}">${whereText(one)}</a>` },
      { head: 'Since', cell: (one) => formatDay(one.onset) },
      { head: 'Excess', cell: (one) => money(one, one.excess), numeric: true },
      { head: 'State', cell: (one) => badge(one.state) },
    ],
    related,
  )}</section>`
}

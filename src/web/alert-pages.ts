import { html } from 'hono/html'
import type { IncidentDesk, OwnedIncident } from '../api/incident-desk.ts'
import { measureText } from '../notify/measure.ts'
import type { AuditEntry } from '../state/audit.ts'
import { type IncidentState, incidentStates } from '../state/incidents.ts'
import { seriesName } from '../state/series-name.ts'
import { formatInstant, formatMoney, formatShare } from './format.ts'
import { badge, type Html, page, table } from './layout.ts'

const isRunning = (state: IncidentState) => state === 'open' || state === 'acknowledged'

/** Incidents, newest first, with the share of alerts that were judged actionable. */
export async function alertListPage(desk: IncidentDesk, state: IncidentState | undefined): Promise<string> {
  const incidents = desk.list(state)
  const run = desk.newestRun()
  const useful = desk.usefulness()
  return page({
    title: 'Alerts',
    lead: html`<p class="soft">${run ? `Judged ${formatInstant(run.at)}, days through ${run.data_through ?? 'unknown'}` : 'Detection has not run yet: costwright detect'} · effective cost, each currency for itself</p>`,
    controls: html`<form class="choose" method="get"><label for="state">State</label><select id="state" name="state"><option value="">all</option>${incidentStates.map((one) => html`<option ${one === state ? 'selected' : ''}>${one}</option>`)}</select><button>Show</button></form>`,
    main: html`<section aria-labelledby="list"><h2 id="list">Incidents</h2>
<p class="soft small">Judged actionable: ${formatShare(useful.share)} (${useful.actionable} of ${useful.judged} judged, ${useful.told} told; target above 80 %)</p>
${
  incidents.length === 0
    ? html`<p class="note">No incident${state ? ` is ${state}` : ' is known'}.</p>`
    : table(`${incidents.length} incident${incidents.length === 1 ? '' : 's'}`, 'newest first', columns, incidents)
}</section>`,
  })
}

const columns = [
  {
    head: 'Where',
    cell: (one: OwnedIncident) => html`<a href="/alerts/${one.incident_id}">${whereText(one)}</a>`,
  },
  { head: 'Found', cell: (one: OwnedIncident) => one.opened_on },
  { head: 'Expected', cell: (one: OwnedIncident) => money(one, one.expected), numeric: true, extra: true },
  { head: 'Actual', cell: (one: OwnedIncident) => money(one, one.actual), numeric: true, extra: true },
  { head: 'Excess', cell: (one: OwnedIncident) => money(one, one.told_excess), numeric: true },
  { head: 'Cause', cell: (one: OwnedIncident) => one.causes[0]?.usage_type ?? '–', extra: true },
  { head: 'Owner', cell: (one: OwnedIncident) => one.owner },
  { head: 'State', cell: (one: OwnedIncident) => badge(one.state) },
]

/** One incident: its figures, what is behind it, what was decided, and the decisions that its state allows. */
export async function alertPage(incident: OwnedIncident, history: readonly AuditEntry[]): Promise<string> {
  const { series, until, reason } = incident
  const facts: readonly (readonly [string, Html | string])[] = [
    ['State', html`${badge(incident.state)}${until === null ? '' : ` until ${until}`}`],
    ...(incident.measure ? [['Measure', measureText(incident.measure, incident.currency)] as const] : []),
    ['Actual', money(incident, incident.actual)],
    ['Expected', money(incident, incident.expected)],
    [incident.direction === 'up' ? 'Excess' : 'Shortfall', money(incident, incident.told_excess)],
    ['Since', incident.onset],
    ['Last seen', incident.last_day],
    ['Owner', incident.owner],
    ['Rule', incident.rule.replaceAll('_', ' ')],
  ]
  return page({
    title: whereText(incident),
    lead: html`<p class="soft">${[series.provider, series.account, series.team || 'owned by nobody'].filter(Boolean).join(' · ')} · incident ${incident.incident_id}</p>`,
    main: [
      html`<section aria-labelledby="facts"><h2 id="facts">What happened</h2><dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>${reason === null ? '' : html`<p class="note">${reason}</p>`}${causeTable(incident)}</section>`,
      decisionForm(incident),
      historyTable(history),
    ],
  })
}

function causeTable(incident: OwnedIncident): Html {
  if (incident.causes.length === 0) return html`<p class="note">No cause was found below the service.</p>`
  return table(
    'Causes',
    'largest first',
    [
      {
        head: 'Usage type',
        cell: (cause) =>
          html`${cause.usage_type ?? ([cause.service, cause.account].filter(Boolean).join(' in ') || '–')}${cause.is_new ? html` ${badge('new')}` : ''}`,
      },
      { head: 'Region', cell: (cause) => cause.region ?? '–', extra: true },
      { head: 'Resource', cell: (cause) => html`<span class="id">${cause.resource ?? '–'}</span>` },
      { head: 'Excess', cell: (cause) => money(incident, cause.excess), numeric: true },
    ],
    incident.causes,
  )
}

const buttons = [
  { verb: 'ack', text: 'Acknowledge', fits: (state: IncidentState) => state === 'open' },
  { verb: 'expect', text: 'Expected', fits: (state: IncidentState) => state !== 'retracted' },
  { verb: 'mute', text: 'Mute', fits: (state: IncidentState) => state !== 'retracted' },
  {
    verb: 'resolve',
    text: 'Resolve',
    fits: (state: IncidentState) => isRunning(state) || state === 'expected' || state === 'muted',
  },
] as const

function decisionForm({ incident_id, state }: OwnedIncident): Html {
  const fitting = buttons.filter(({ fits }) => fits(state))
  if (fitting.length === 0) return html``
  return html`<section aria-labelledby="decide"><h2 id="decide">Decide</h2><form method="post" action="/alerts/${incident_id}">
<div class="form"><div><label for="note">Note</label><input id="note" name="note" maxlength="1000"><span class="hint">kept in the audit log</span></div>
<div><label for="until">Until</label><input id="until" name="until" type="date"><span class="hint">expected and mute: first day on which it no longer holds</span></div></div>
<p class="pair">${fitting.map(({ verb, text }) => html`<button name="decision" value="${verb}">${text}</button> `)}</p></form></section>`
}

function historyTable(history: readonly AuditEntry[]): Html {
  return html`<section aria-labelledby="history"><h2 id="history">History</h2>${table(
    `${history.length} entries`,
    'oldest first',
    [
      { head: 'When', cell: ({ at }: AuditEntry) => formatInstant(at) },
      { head: 'Who', cell: ({ actor }: AuditEntry) => actor },
      { head: 'What', cell: ({ action, detail }: AuditEntry) => `${action} → ${String(detail['to'] ?? '')}` },
      { head: 'Note', cell: ({ detail }: AuditEntry) => String(detail['reason'] ?? ''), extra: true },
    ],
    history,
  )}</section>`
}

const whereText = ({ series }: OwnedIncident) => seriesName(series)

const money = ({ currency }: OwnedIncident, amount: string | null) => formatMoney(amount, currency ?? '')

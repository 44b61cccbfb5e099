import { html } from 'hono/html'
import type { OwnedIncident } from '../api/incident-desk.ts'
import { scopeChoices } from '../notify/scope-choices.ts'
import type { IncidentState } from '../state/incidents.ts'
import { badge, type Html } from './layout.ts'

const isRunning = (state: IncidentState) => state === 'open' || state === 'acknowledged'
const isHeard = (state: IncidentState) => state !== 'retracted'

/** Decisions as forms offer them; `action` is what links in messages call them. */
const buttons = [
  { verb: 'ack', action: 'acknowledge', text: 'Acknowledge', fits: (state: IncidentState) => state === 'open' },
  { verb: 'expect', action: 'expect', text: 'Mark as expected', fits: isHeard },
  { verb: 'mute', action: 'mute', text: 'Mute', fits: isHeard },
  {
    verb: 'resolve',
    action: 'resolve',
    text: 'Resolve',
    fits: (state: IncidentState) => isRunning(state) || state === 'expected' || state === 'muted',
  },
] as const

/** What can be decided on an incident; a decision that a link chose comes first, and alone does nothing. */
export function decisionForm(
  { incident_id, state, series }: OwnedIncident,
  asked: { readonly chosen: string | undefined; readonly problem: string | undefined },
): Html {
  const fitting = buttons
    .filter(({ fits }) => fits(state))
    .toSorted((a, b) => Number(b.action === asked.chosen) - Number(a.action === asked.chosen))
  const [first] = fitting
  if (!first) return html``
  const isChosen = first.action === asked.chosen
  const hint = isChosen
    ? html`<p class="note">To ${first.text.toLowerCase()}, press the first button; nothing has been decided yet.</p>`
    : asked.chosen === undefined
      ? ''
      : html`<p class="note">It is ${state} already.</p>`
  return html`<section aria-labelledby="decide"><h2 id="decide">Decide</h2>${asked.problem === undefined ? '' : html`<p class="note">${badge('refused')} ${asked.problem}</p>`}${hint}<form method="post" action="/alerts/${incident_id}">
<div class="form"><div><label for="note">Note</label><input id="note" name="note" maxlength="1000"><span class="hint">kept in the history</span></div>
<div><label for="until">Until</label><input id="until" name="until" type="date"><span class="hint">first day it no longer holds; empty: expected for good, muted 180 days</span></div>
<div><label for="scope">For</label><select id="scope" name="scope">${scopeChoices(series).map(({ value, label }) => html`<option value="${value}">${label}</option>`)}</select><span class="hint">what expected or muted covers</span></div>
<div><label for="by">Your name</label><input id="by" name="by" maxlength="100"><span class="hint">kept with the decision</span></div></div>
<p class="choose">${fitting.map(({ verb, text }) => html`<button name="decision" value="${verb}">${text}</button> `)}</p>
<p class="soft small">Acknowledge: somebody looks at it, nobody is escalated to. Expected: the change is meant; what is alike is recorded and not told. Mute: noise; heard again when it is twice as large.</p></form></section>`
}

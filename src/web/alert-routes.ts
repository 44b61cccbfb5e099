import { Hono } from 'hono'
import { decisionVerbs, deskOf, filterOf, foundIn, isVerb, unknownVerb } from '../api/alerts.ts'
import type { ApiContext } from '../api/context.ts'
import { type ApiEnv, refuse } from '../api/http.ts'
import type { IncidentDesk, OwnedIncident } from '../api/incident-desk.ts'
import { smallBody } from '../api/write-guard.ts'
import { UserError } from '../errors.ts'
import { chartPng } from '../notify/chart-png.ts'
import { scopeChoices } from '../notify/scope-choices.ts'
import { alertListPage } from './alert-list-page.ts'
import { alertPage } from './alert-pages.ts'

const fresh = { 'cache-control': 'no-store' } as const

/** `/alerts`, `/alerts/{id}` and its chart; a posted form decides and leads back to the incident. */
export function alertPageRoutes(context: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/alerts', async (c) => c.html(await alertListPage(deskOf(context), filterOf(c)), 200, fresh))
  app.get('/alerts/:id', async (c) => {
    const chosen = c.req.query('action')
    return c.html(await show(deskOf(context), c.req.param('id'), { chosen }), 200, fresh)
  })
  app.get('/alerts/:id/chart.png', (c) => {
    const { chart } = foundIn(deskOf(context), c.req.param('id'))
    const png = chartPng(chart.history, { width: 640, height: 180 })
    if (!png) return refuse({ status: 404, code: 'no-chart', detail: 'this incident has no daily series' })
    return c.body(new Uint8Array(png), 200, { ...fresh, 'content-type': 'image/png' })
  })
  app.post('/alerts/:id', async (c) => {
    const desk = deskOf(context)
    const { incident } = foundIn(desk, c.req.param('id'))
    const body = await smallBody(c.req.raw)
    if (body === null) return refuse({ status: 413, code: 'body-too-large', detail: 'the form is too long' })
    const problem = decide(desk, incident, new URLSearchParams(body), c.env?.principal?.id)
    if (problem === null) return c.redirect(`/alerts/${incident.incident_id}`, 303)
    return c.html(await show(desk, incident.incident_id, { problem }), 400, fresh)
  })
  return app
}

function show(desk: IncidentDesk, id: string, asked: { chosen?: string | undefined; problem?: string }) {
  const file = foundIn(desk, id)
  const { chosen, problem } = asked
  return alertPage({ file, related: relatedTo(file.incident, desk.list()), chosen, problem })
}

/** Decides as the form says; returns why it was refused, for the page, or null. */
function decide(
  desk: IncidentDesk,
  { incident_id, series }: OwnedIncident,
  form: URLSearchParams,
  actor: string | undefined,
): string | null {
  const text = (name: string, longest = 1000) => form.get(name)?.trim().slice(0, longest) || undefined
  const verb = text('decision') ?? ''
  if (!isVerb(verb)) return unknownVerb(verb)
  const lasts = verb === 'expect' || verb === 'mute'
  const until = lasts ? text('until') : undefined
  if (until !== undefined && !isDay(until)) return `until: "${until.slice(0, 50)}" is no day`
  const chosen = scopeChoices(series).find(({ value }) => value === form.get('scope'))
  const scope = lasts && chosen && chosen.value !== 'series' ? chosen.scope : undefined
  const choice = {
    incident: incident_id,
    action: decisionVerbs[verb],
    note: text('note'),
    actor: actor ?? text('by', 100),
  }
  try {
    desk.decide({ ...choice, until, scope })
    return null
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
}

const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

const relatedDays = 3
const longestRelated = 8

/** Incidents of the same service and account, and those that began about then in the same account or team; nearest first. */
export function relatedTo(incident: OwnedIncident, all: readonly OwnedIncident[]): OwnedIncident[] {
  const { provider, account, service, team } = incident.series
  const apart = ({ onset }: OwnedIncident) => Math.abs(Date.parse(onset) - Date.parse(incident.onset)) / 86_400_000
  return all
    .filter((one) => {
      if (one.incident_id === incident.incident_id) return false
      const sameAccount = one.series.provider === provider && one.series.account === account
      if (sameAccount && one.series.service === service) return true
      const sameTeam = Boolean(team) && one.series.team === team
      return apart(one) <= relatedDays && (sameAccount || sameTeam)
    })
    .toSorted((a, b) => apart(a) - apart(b))
    .slice(0, longestRelated)
}

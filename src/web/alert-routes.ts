import { Hono } from 'hono'
import { decisionVerbs, deskOf, foundIn, isVerb, stateOf, unknownVerb } from '../api/alerts.ts'
import type { ApiContext } from '../api/context.ts'
import { type ApiEnv, refuse } from '../api/http.ts'
import { smallBody } from '../api/write-guard.ts'
import { alertListPage, alertPage } from './alert-pages.ts'

const fresh = { 'cache-control': 'no-store' } as const

/** `/alerts` and `/alerts/{id}` as HTML; a posted form decides and leads back to the incident. */
export function alertPageRoutes(context: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/alerts', async (c) => c.html(await alertListPage(deskOf(context), stateOf(c)), 200, fresh))
  app.get('/alerts/:id', async (c) => {
    const { incident, history } = foundIn(deskOf(context), c.req.param('id'))
    return c.html(await alertPage(incident, history), 200, fresh)
  })
  app.post('/alerts/:id', async (c) => {
    const desk = deskOf(context)
    const { incident } = foundIn(desk, c.req.param('id'))
    const body = await smallBody(c.req.raw)
    if (body === null) return refuse({ status: 413, code: 'body-too-large', detail: 'the form is too long' })
    const form = new URLSearchParams(body)
    const text = (name: string) => form.get(name)?.trim().slice(0, 1000) || undefined
    const verb = text('decision') ?? ''
    if (!isVerb(verb)) return unknownVerb(verb)
    const hasEnd = verb === 'expect' || verb === 'mute'
    const until = hasEnd ? dayOf(text('until')) : undefined
    desk.decide({ incident: incident.incident_id, action: decisionVerbs[verb], note: text('note'), until })
    return c.redirect(`/alerts/${incident.incident_id}`, 303)
  })
  return app
}

function dayOf(text: string | undefined): string | undefined {
  if (text === undefined || (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)))) return text
  return refuse({ status: 400, code: 'bad-request', detail: `until: "${text.slice(0, 50)}" is no day` })
}

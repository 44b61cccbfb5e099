import { Hono } from 'hono'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import type { IncidentFilter } from '../state/incident-store.ts'
import { incidentStates } from '../state/incidents.ts'
import { dataMeta } from './answer.ts'
import { jsonBody } from './body.ts'
import type { ApiContext } from './context.ts'
import { type ApiEnv, type ApiRequest, refuse } from './http.ts'
import type { IncidentDesk, OwnedIncident } from './incident-desk.ts'

/** Last part of the path of a decision, and what it does. */
export const decisionVerbs = { ack: 'acknowledge', expect: 'expect', mute: 'mute', resolve: 'resolve' } as const
export type DecisionVerb = keyof typeof decisionVerbs

const optionalText = (longest: number) => z.string().trim().max(longest).optional()

/** What a decision may say; `until` only with expect and mute. */
const decisionSchema = z.strictObject({
  note: optionalText(1000),
  by: optionalText(100),
  until: z.iso.date().optional(),
  scope: z
    .strictObject({ provider: z.string(), account: z.string(), service: z.string(), team: z.string() })
    .partial()
    .optional(),
  verdict: z.enum(['actionable', 'expected', 'noise']).optional(),
})

const example = '{"note": "migration", "until": "2026-12-31"}, or {}'
const fresh = { 'cache-control': 'no-store' } as const

/** `/alerts`, `/alerts/{id}`, decisions on one, and `/anomalies`: what the newest run of detection found. */
export function alertRoutes(context: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/alerts', async (c) => {
    const desk = deskOf(context)
    const alerts = desk.list(filterOf(c))
    const meta = { query: 'alerts', ...(await metaOf(context, desk, alerts)), actionable: desk.usefulness() }
    return c.json({ alerts, meta }, 200, fresh)
  })
  app.get('/alerts/:id', async (c) => {
    const desk = deskOf(context)
    const { incident: alert, history, told, chart } = foundIn(desk, c.req.param('id'))
    const meta = { query: 'alert', ...(await metaOf(context, desk, [alert])) }
    return c.json({ alert, history, told, chart, meta }, 200, fresh)
  })
  app.post('/alerts/:id/:verb', async (c) => {
    const desk = deskOf(context)
    const { incident } = foundIn(desk, c.req.param('id'))
    const verb = c.req.param('verb')
    if (!isVerb(verb)) return unknownVerb(verb)
    const { by, ...terms } = await jsonBody(c.req.raw, decisionSchema, example)
    const key = c.req.header('idempotency-key')
    const decided = desk.decide({
      ...{
        incident: incident.incident_id,
        action: decisionVerbs[verb],
        actor: c.env?.principal?.id ?? (by || undefined),
        ...terms,
      },
      ...(key ? { request_key: `api/${key.slice(0, 200)}` } : {}),
    })
    return c.json({ alert: decided.incident, channels_owed: decided.told }, 200, fresh)
  })
  app.get('/anomalies', async (c) => {
    const desk = deskOf(context)
    const run = desk.newestRun()
    const known = new Map(desk.list().map((one) => [one.incident_id, one]))
    const anomalies = (run?.findings ?? []).map((finding) => {
      const incident = known.get(finding.incident_id)
      return { ...finding, owner: incident?.owner ?? finding.owner, state: incident?.state ?? null }
    })
    const meta = { query: 'anomalies', ...(await metaOf(context, desk, anomalies)) }
    return c.json({ anomalies, meta }, 200, fresh)
  })
  return app
}

/** The desk, else 404: a server without a state of its own has no incidents. */
export function deskOf({ incidents }: ApiContext): IncidentDesk {
  return incidents ?? refuse({ status: 404, code: 'no-incidents', detail: 'this server keeps no incidents' })
}

/** An incident with its history, else 404. */
export function foundIn(desk: IncidentDesk, id: string) {
  return (
    desk.find(id) ?? refuse({ status: 404, code: 'unknown-alert', detail: `there is no incident ${id.slice(0, 100)}` })
  )
}

export function isVerb(text: string): text is DecisionVerb {
  return Object.hasOwn(decisionVerbs, text)
}

/** Ends the request: 404 with the decisions that exist. */
export function unknownVerb(verb: string): never {
  return refuse({
    status: 404,
    code: 'unknown-decision',
    detail: `there is no decision ${verb.slice(0, 100)}`,
    hint: `One of: ${Object.keys(decisionVerbs).join(', ')}.`,
  })
}

/** State, team (`unowned` for spend of nobody) and provider that the query string asks for; each undefined for all. */
export function filterOf(c: ApiRequest): IncidentFilter {
  const team = c.req.query('team') || undefined
  return { state: stateOf(c), team: team === 'unowned' ? '' : team, provider: c.req.query('provider') || undefined }
}

function stateOf(c: ApiRequest) {
  const text = c.req.query('state')
  const state = incidentStates.find((one) => one === text)
  if (text !== undefined && text !== '' && state === undefined)
    throw new UserError(`state: "${text}" is not one of: ${incidentStates.join(', ')}`, {
      hint: 'For example state=open.',
    })
  return state
}

/** `state` is what was judged; `lake_versions` are those of the newest data, null without any. */
async function metaOf(context: ApiContext, desk: IncidentDesk, rows: readonly Pick<OwnedIncident, 'currency'>[]) {
  const run = desk.newestRun()
  const versions = () => context.use(undefined, async (snapshot) => dataMeta(await snapshot.lake()).lake_versions)
  return {
    row_count: rows.length,
    basis: 'excess over what was expected',
    lake_versions: context.current() === null ? null : await versions(),
    ledger: 'accrual',
    currency: [...new Set(rows.flatMap(({ currency }) => (currency === null ? [] : [currency])))].sort(),
    complete_through: run?.data_through ?? null,
    state: run?.lake_state ?? null,
    detected_at: run?.at ?? null,
  }
}

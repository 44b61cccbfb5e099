import { Hono } from 'hono'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import { type SavingState, savingStates } from '../state/transitions.ts'
import { dataMeta } from './answer.ts'
import { limitOf } from './ask.ts'
import { jsonBody } from './body.ts'
import type { ApiContext } from './context.ts'
import { type ApiEnv, refuse } from './http.ts'
import { requireData } from './queries.ts'
import { namesOf, pagingOf, savingsDeskOf, sendJson } from './recommendations.ts'
import type { SavingChoice, SavingsDesk } from './savings-desk.ts'

/** Last part of the path of a decision, and the state it leads to. */
export const savingVerbs = { accept: 'accepted', start: 'in_progress', done: 'done', dismiss: 'dismissed' } as const
export type SavingVerb = keyof typeof savingVerbs

const text = (longest: number) => z.string().trim().min(1).max(longest)

/** What a decision may say. `on` is the day of acceptance or completion; a dismissal says why and may say until when. */
const terms = {
  accept: z.strictObject({ by: text(100), owner: text(200), on: z.iso.date() }).partial(),
  start: z.strictObject({ by: text(100) }).partial(),
  done: z.strictObject({ by: text(100), on: z.iso.date() }).partial(),
  dismiss: z.strictObject({ reason: text(1000), by: text(100).optional(), until: z.iso.date().optional() }),
} as const

const fresh = { 'cache-control': 'no-store' } as const
const basis = {
  ledger: 'accrual',
  basis: 'per month; promised at identification prices, verified as measured on the bill at constant usage',
} as const

/** `/savings`: the ledger and the way from promised to verified; `/savings/{id}`; and decisions on one. */
export function savingRoutes(context: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/savings', async (c) => {
    const desk = savingsDeskOf(context)
    const given = namesOf(c, ['state', 'limit', 'cursor'])
    const state = savingStateOf(given['state'])
    const limit = limitOf(given['limit'])
    requireData(context)
    return context.use(undefined, async (snapshot) => {
      const funnel = await desk.funnel(snapshot.id)
      const paging = pagingOf('ledger', `savings ${state ?? ''}`)
      const offset = paging.offset(desk.revision(), given['cursor'])
      const savings = await desk.savings(snapshot.id, state)
      const shown = savings.slice(offset, offset + limit)
      const meta = {
        ...{ query: 'savings', row_count: shown.length },
        params: { state: state ?? null },
        ...basis,
        currency: funnel.map(({ currency }) => currency),
        ...dataMeta(await snapshot.lake()),
        state: snapshot.id,
        next_cursor: savings.length > offset + limit ? paging.next(desk.revision(), offset + limit) : null,
      }
      return sendJson(c, { savings: shown, funnel, meta }, ['savings'])
    })
  })
  app.get('/savings/:id', async (c) => {
    const desk = savingsDeskOf(context)
    const id = c.req.param('id')
    requireData(context)
    return context.use(undefined, async (snapshot) => {
      const { saving, history } = (await desk.find(snapshot.id, id)) ?? unknownSaving(id)
      const meta = {
        ...{ query: 'saving', row_count: 1, ...basis, currency: [saving.currency] },
        ...dataMeta(await snapshot.lake()),
        state: snapshot.id,
      }
      return c.json({ saving, history, meta }, 200, fresh)
    })
  })
  app.post('/savings/:id/:verb', async (c) => {
    const desk = savingsDeskOf(context)
    const choice = choiceOf(
      c.req.param('verb'),
      await jsonBody(c.req.raw, z.unknown(), '{"owner": "customs"}, or {}'),
      c.env?.principal?.id,
    )
    return c.json({ saving: await decided(context, desk, c.req.param('id'), choice) }, 200, fresh)
  })
  return app
}

/** The saving after the decision; 404 when nothing has this id. */
export async function decided(context: ApiContext, desk: SavingsDesk, id: string, choice: SavingChoice) {
  requireData(context)
  return context.use(undefined, async ({ id: state }) => (await desk.decide(state, id, choice)) ?? unknownSaving(id))
}

function unknownSaving(id: string): never {
  return refuse({
    status: 404,
    code: 'unknown-saving',
    detail: `there is no saving ${id.slice(0, 100)}`,
    hint: 'GET /api/v1/savings and /api/v1/recommendations list them.',
  })
}

/** The state that is asked for; undefined for all. Throws UserError for a word that is none. */
export function savingStateOf(given: string | undefined): SavingState | undefined {
  const state = savingStates.find((one) => one === given)
  if (given !== undefined && given !== '' && state === undefined)
    throw new UserError(`state: "${given.slice(0, 50)}" is not one of: ${savingStates.join(', ')}`)
  return state
}

/** What `verb` with these terms asks of the ledger; 404 for a verb that does not exist, UserError for terms that do not fit.
 * `actor` is who asks, where that is known. */
export function choiceOf(verb: string, given: unknown, actor?: string): SavingChoice {
  if (!isVerb(verb))
    return refuse({
      status: 404,
      code: 'unknown-decision',
      detail: `there is no decision ${verb.slice(0, 100)}`,
      hint: `One of: ${Object.keys(savingVerbs).join(', ')}.`,
    })
  const parsed = terms[verb].safeParse(given)
  if (!parsed.success)
    throw new UserError(
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the body'}: ${issue.message}`).join('; '),
      { hint: examples[verb] },
    )
  const { by, on, ...more } = parsed.data as { by?: string; on?: string }
  return { ...more, actor: actor ?? by, day: on, to: savingVerbs[verb] }
}

const examples: Readonly<Record<SavingVerb, string>> = {
  accept: 'For example {"owner": "customs"}, or {}.',
  start: 'For example {"by": "jane"}, or {}.',
  done: 'For example {"on": "2026-12-01"}, or {}.',
  dismiss: 'For example {"reason": "kept for the audit", "until": "2027-06-30"}.',
}

function isVerb(verb: string): verb is SavingVerb {
  return Object.hasOwn(savingVerbs, verb)
}

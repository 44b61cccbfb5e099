import { Hono } from 'hono'
import { dataMeta } from '../api/answer.ts'
import type { ApiContext } from '../api/context.ts'
import { type ApiEnv, type ApiRequest, refuse } from '../api/http.ts'
import { requireData } from '../api/queries.ts'
import { filtersOf, namesOf, pagingOf, savingsDeskOf, unknownRecommendation } from '../api/recommendations.ts'
import { choiceOf, decided, savingStateOf } from '../api/savings.ts'
import { smallBody } from '../api/write-guard.ts'
import { filterNames } from '../recommend/filters.ts'
import { recommendationPage } from './recommendation-page.ts'
import { ledgerPage } from './savings-ledger.ts'
import { savingsPage } from './savings-pages.ts'

const fresh = { 'cache-control': 'no-store' } as const
const rowsShown = 100
const chargesShown = 50

/** `/savings`, `/savings/ledger` and `/savings/{id}` as HTML; a posted form decides and leads back to the recommendation. */
export function savingPageRoutes(context: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/savings', async (c) => {
    const desk = savingsDeskOf(context)
    const { cursor, ...given } = namesOf(c, [...filterNames, 'cursor'])
    const filters = filtersOf(given)
    requireData(context)
    return context.use(undefined, async (snapshot) => {
      const paging = pagingOf(snapshot.id, `savings page ${JSON.stringify(filters)}`)
      const offset = paging.offset(desk.revision(), cursor)
      const all = await desk.list(snapshot.id, {}, { offset: 0, limit: 0 })
      const listing = await desk.list(snapshot.id, filters, { offset, limit: rowsShown })
      const shown = offset + listing.page.rows.length
      const next = listing.page.more ? paging.next(desk.revision(), shown) : null
      const body = await savingsPage({
        ...{ filters, listing, all, next, offset },
        funnel: await desk.funnel(snapshot.id),
        completeThrough: dataMeta(await snapshot.lake()).complete_through,
      })
      return c.html(body, 200, fresh)
    })
  })
  app.get('/savings/ledger', async (c) => {
    const desk = savingsDeskOf(context)
    const state = savingStateOf(namesOf(c, ['state'])['state'])
    requireData(context)
    return context.use(undefined, async ({ id }) => {
      const funnel = await desk.funnel(id)
      return c.html(await ledgerPage({ savings: await desk.savings(id, state), funnel, state }), 200, fresh)
    })
  })
  app.get('/savings/:id', (c) => recommendation(c, context, c.req.param('id')))
  app.post('/savings/:id', async (c) => {
    const desk = savingsDeskOf(context)
    const { decision, ...terms } = await readForm(c)
    const saving = await decided(
      context,
      desk,
      c.req.param('id'),
      choiceOf(decision ?? '', terms, c.env?.principal?.id),
    )
    return c.redirect(`/savings/${saving.finding_id}`, 303)
  })
  return app
}

/** A decided saving may no longer be recommended: then its ledger entry is the page. */
async function recommendation(c: ApiRequest, context: ApiContext, id: string): Promise<Response> {
  const desk = savingsDeskOf(context)
  requireData(context)
  return context.use(undefined, async (snapshot) => {
    const opened = await desk.open(snapshot.id, id, { offset: 0, limit: chargesShown })
    const ledger = await desk.find(snapshot.id, id)
    if (!opened && !ledger) return unknownRecommendation(id)
    return c.html(await recommendationPage({ opened, ledger }), 200, fresh)
  })
}

/** Fields that the form filled in; a decision takes only its own. */
async function readForm(c: ApiRequest): Promise<Readonly<Record<string, string>>> {
  const body = await smallBody(c.req.raw)
  if (body === null) return refuse({ status: 413, code: 'body-too-large', detail: 'the form is too long' })
  const filled = [...new URLSearchParams(body)].filter(([, value]) => value.trim() !== '')
  return Object.fromEntries(filled)
}

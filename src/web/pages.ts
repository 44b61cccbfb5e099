import { Hono } from 'hono'
import { html } from 'hono/html'
import type { ApiContext } from '../api/context.ts'
import { type ApiEnv, type ApiRequest, deliver, entityTag } from '../api/http.ts'
import { entryOf } from '../api/queries.ts'
import type { CatalogEntry } from '../catalog/catalog.ts'
import { checkParams } from '../catalog/params.ts'
import { UserError } from '../errors.ts'
import { page } from './layout.ts'
import { overviewPage } from './overview.ts'
import { gatherOverview } from './overview-data.ts'
import { askForPage, queryListPage, queryPage } from './query-pages.ts'

/** Ages of the data are part of the overview, so it is made anew now and then. */
const overviewSeconds = 60

/** `/`, `/queries` and `/queries/{name}` as HTML. */
export function pageRoutes(context: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/', async (c) => send(c, await overview(c, context), overviewSeconds))
  app.get('/queries', async (c) => send(c, await queryListPage(context.catalog)))
  app.get('/queries/:name', async (c) => {
    const entry = entryOf(context, c.req.param('name'))
    const given = Object.fromEntries(Object.entries(c.req.query()).filter(([, value]) => value !== ''))
    const { params, problem } = paramsOf(entry, given)
    const answer =
      params && context.current() !== null
        ? await context.use(undefined, (snapshot) => askForPage(snapshot, entry, params))
        : undefined
    return send(c, await queryPage({ entry, given, answer, problem }))
  })
  return app
}

async function overview(c: ApiRequest, context: ApiContext): Promise<string> {
  const choice = { currency: c.req.query('currency'), month: c.req.query('month') }
  const gathered =
    context.current() === null
      ? null
      : await context.use(undefined, (snapshot) => gatherOverview(context, snapshot, choice))
  return gathered ? overviewPage(context.title, gathered) : emptyPage(context.title)
}

async function emptyPage(title: string): Promise<string> {
  return page({
    title,
    main: html`<section><h2>Nothing to show yet</h2><p>No charges have been imported. Run <code>costwright import &lt;files&gt;</code> with your billing exports, or <code>costwright demo</code> for a sample company; this page follows by itself.</p></section>`,
  })
}

function paramsOf(entry: CatalogEntry, given: Readonly<Record<string, string>>) {
  try {
    return { params: checkParams(entry, given), problem: undefined }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { params: undefined, problem: error.message }
  }
}

async function send(c: ApiRequest, body: string, seconds?: number): Promise<Response> {
  return deliver(c, {
    type: 'text/html; charset=utf-8',
    body,
    etag: await entityTag(body),
    ...(seconds ? { seconds } : {}),
  })
}

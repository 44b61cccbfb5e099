import { Hono } from 'hono'
import type { CatalogEntry } from '../catalog/catalog.ts'
import { UserError } from '../errors.ts'
import { dataMeta } from './answer.ts'
import { asInstant } from './ask.ts'
import type { ApiContext, Snapshot } from './context.ts'
import { type ApiEnv, deliver, entityTag } from './http.ts'
import { requireData, requireDataBy } from './queries.ts'
import { queryParams } from './query-params.ts'

/** Rows of a finding that are shown, and counted at most. */
const shownRows = 20
const countedRows = 10_000

/** `/checks`: the invariants of the data, and what breaks them. */
export function checkRoutes(context: ApiContext, revision: string): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const checks = [...context.catalog.values()].filter(({ kind }) => kind === 'checks')
  app.get('/checks', async (c) => {
    const { name, as_of } = queryParams(c, 'checks', ['name', 'as_of'])
    const asked = checks.filter((check) => !name || check.name === name)
    if (asked.length === 0)
      throw new UserError(`name: there is no check called ${name?.slice(0, 100)}`, {
        hint: `The checks are: ${checks.map((check) => check.name).join(', ')}.`,
      })
    const asOf = as_of ? asInstant(as_of) : undefined
    requireData(context)
    return context.use(asOf, async (snapshot) => {
      if (asOf !== undefined) await requireDataBy(snapshot, asOf)
      const results = []
      for (const check of asked) results.push(await resultOf(snapshot, check))
      const errors = results.reduce((sum, one) => sum + one.errors, 0)
      const meta = {
        ...dataMeta(await snapshot.lake()),
        as_of: asOf ?? null,
        state: snapshot.id,
        errors,
        holds: errors === 0,
      }
      const etag = await entityTag(revision, snapshot.id, c.req.url)
      return deliver(c, { type: 'application/json', body: JSON.stringify({ checks: results, meta }), etag })
    })
  })
  return app
}

/** Rows are findings; those of severity `warning` may be how the provider bills. */
async function resultOf(snapshot: Snapshot, check: CatalogEntry) {
  const { rows, more } = await snapshot.query(check, {}, { offset: 0, limit: countedRows })
  return {
    check: check.name,
    title: check.title,
    findings: rows.length,
    errors: rows.filter(({ severity }) => severity !== 'warning').length,
    more,
    rows: rows.slice(0, shownRows),
  }
}

import { Hono } from 'hono'
import { UserError } from '../errors.ts'
import { type IssuedLevel, issuedLevels, type StoredForecast } from '../forecast/issued.ts'
import { dataMeta } from './answer.ts'
import type { ApiContext } from './context.ts'
import { type ApiEnv, type ApiRequest, deliver, entityTag } from './http.ts'
import { requireData } from './queries.ts'
import { queryParams } from './query-params.ts'

/** Query parameters of `/forecasts`; each narrows the rows. */
export const forecastParams = ['currency', 'level'] as const

/** A forecast may be issued while the data stay the same, so an answer is not kept. */
const keepSeconds = 0

/** `/forecasts`: the newest forecast issued for each currency, one row a scope. */
export function forecastRoutes(context: ApiContext, revision: string): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/forecasts', async (c) => {
    const asked = readParams(c)
    requireData(context)
    const newest = context.forecasts()
    const issued = newest.filter(({ currency }) => asked.currency === undefined || currency === asked.currency)
    return context.use(undefined, async (snapshot) => {
      const rows = issued.flatMap(({ currency, origin, forecasts }) =>
        forecasts
          .filter(({ level }) => asked.level === undefined || level === asked.level)
          .map((row) => ({ currency, origin, ...row })),
      )
      const body = JSON.stringify({
        rows,
        meta: {
          ...{ query: 'forecasts', row_count: rows.length },
          params: asked,
          ledger: 'accrual',
          basis: 'amortised',
          currency: issued.map(({ currency }) => currency).sort(),
          ...dataMeta(await snapshot.lake()),
          state: snapshot.id,
          issued: issued.map((one) => issueOf(one, snapshot.id)),
          hint: newest.length === 0 ? 'Run `costwright forecast`; nothing has been issued yet.' : null,
        },
      })
      return deliver(c, {
        type: 'application/json',
        body,
        etag: await entityTag(revision, snapshot.id, 'forecasts', body),
        seconds: keepSeconds,
      })
    })
  })
  return app
}

/** All that a forecast says but its scopes; `is_current` when the data are still those it was made from. */
function issueOf({ forecasts: _, ...forecast }: StoredForecast, state: string): object {
  return { ...forecast, is_current: forecast.data_version === state }
}

function readParams(c: ApiRequest): Partial<Record<(typeof forecastParams)[number], string>> {
  const { currency, level } = queryParams(c, 'forecasts', forecastParams)
  levelOf(level)
  return { ...(currency !== undefined && { currency }), ...(level !== undefined && { level }) }
}

/** The level that the query string asks for; undefined for all. Throws UserError for an unknown one. */
export function levelOf(text: string | undefined): IssuedLevel | undefined {
  const level = issuedLevels.find((one) => one === text)
  if (text !== undefined && level === undefined)
    throw new UserError(`level: "${text}" is not one of: ${issuedLevels.join(', ')}`, {
      hint: 'For example level=team.',
    })
  return level
}

import { Hono } from 'hono'
import { UserError } from '../errors.ts'
import { asInstant } from './ask.ts'
import type { ApiContext, FocusAsk } from './context.ts'
import { primed } from './download.ts'
import { type ApiEnv, type ApiRequest, entityTag, isKnown, notModified, refuse } from './http.ts'
import { requireData, requireDataBy } from './queries.ts'
import { queryParams } from './query-params.ts'

export const focusTypes = { parquet: 'application/vnd.apache.parquet', csv: 'text/csv' } as const

/** The engine writes a whole file before the first byte goes out, so that few may ask at once. */
const atOnce = 2

/** `/export/focus`: the normalised charges as the caller may see them, as Parquet or CSV. */
export function exportRoutes(context: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  let running = 0
  app.get('/export/focus', async (c) => {
    const { as_of, ...given } = queryParams(c, 'export/focus', ['period', 'source', 'as_of', 'format'])
    const ask = {
      ...given,
      period: periodOf(given.period),
      source: given.source || undefined,
      format: formatOf(c, given.format),
    }
    const asOf = as_of ? asInstant(as_of) : undefined
    requireData(context)
    return context.use(asOf, async (snapshot) => {
      if (asOf !== undefined) await requireDataBy(snapshot, asOf)
      const etag = await entityTag(snapshot.id, ask.format, c.req.url)
      if (isKnown(c, etag)) return notModified(etag)
      const headers = {
        'content-type': ask.format === 'csv' ? 'text/csv; charset=utf-8; header=present' : focusTypes.parquet,
        'content-disposition': `attachment; filename="focus${ask.period ? `-${ask.period}` : ''}.${ask.format}"`,
        ...{ etag, 'cache-control': 'private, no-cache', vary: 'Accept', 'x-data-state': snapshot.id },
      }
      if (c.req.method === 'HEAD') return new Response(null, { headers })
      if (running >= atOnce)
        refuse({
          ...{ status: 429, code: 'busy', detail: `${atOnce} exports are running`, retry_after: 30 },
          hint: 'Try again when one has ended.',
        })
      running += 1
      return new Response(await primed(c, snapshot.focus(ask), () => (running -= 1)), { headers })
    })
  })
  return app
}

function periodOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '' || /^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text || undefined
  throw new UserError('period is no billing period', { hint: 'Write it as 2026-03.' })
}

/** What `format` names, else CSV where Accept prefers it, else Parquet. */
function formatOf(c: ApiRequest, asked: string | undefined): FocusAsk['format'] {
  const accept = (c.req.header('accept') ?? '').toLowerCase()
  if (!asked) return /^\s*text\/csv/.test(accept) ? 'csv' : 'parquet'
  if (asked === 'csv' || asked === 'parquet') return asked
  throw new UserError(`format: "${asked.slice(0, 40)}" is not one of: parquet, csv`, {
    hint: 'For example format=csv.',
  })
}

import { Hono } from 'hono'
import { UserError } from '../errors.ts'
import type { ChainCheck, ChainedEntry } from '../state/audit.ts'
import type { ApiEnv, ApiRequest } from './http.ts'
import { queryParams } from './query-params.ts'

/** The log of who did what, as whoever may see it reads it. */
export interface AuditLog {
  /** At most `limit` entries after `sequence`, oldest first. */
  after(sequence: number, limit: number): readonly ChainedEntry[]
  check(): Promise<ChainCheck>
}

export const auditFormats = ['json', 'ndjson'] as const
export const auditLimit = { usual: 1000, most: 10_000 } as const

/**
 * `/audit`: pages of the log, or all of it after an entry as NDJSON, for whoever keeps evidence. Whether the log is whole is judged where
 * reading begins: on a page without `after`, and in the headers of an export.
 */
export function auditRoutes(log: AuditLog): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/audit', async (c) => {
    const asked = readAudit(c)
    return asked.format === 'json' ? page(c, log, asked) : exported(c, log, asked.after ?? 0)
  })
  return app
}

interface Asked {
  readonly format: (typeof auditFormats)[number]
  readonly after: number | undefined
  readonly limit: number
}

function readAudit(c: ApiRequest): Asked {
  const { after, limit, format: named = 'json' } = queryParams(c, 'audit', ['after', 'limit', 'format'])
  const format = auditFormats.find((one) => one === named)
  if (!format)
    throw new UserError(`format: "${named}" is not one of: ${auditFormats.join(', ')}`, {
      hint: 'For example format=ndjson.',
    })
  if (format === 'ndjson' && limit !== undefined)
    throw new UserError('limit pages through JSON only; ndjson carries every entry', { hint: 'Leave it out.' })
  return {
    format,
    after: after === undefined ? undefined : whole('after', after, [0, Number.MAX_SAFE_INTEGER]),
    limit: limit === undefined ? auditLimit.usual : whole('limit', limit, [1, auditLimit.most]),
  }
}

function whole(name: string, text: string, [least, most]: readonly [number, number]): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most))
    throw new UserError(`${name}: "${text}" is no whole number from ${least} to ${most}`, {
      hint: 'Pass meta.next_after of the page before as after.',
    })
  return value
}

async function page(c: ApiRequest, log: AuditLog, { after, limit }: Asked): Promise<Response> {
  const found = log.after(after ?? 0, limit + 1)
  const entries = found.slice(0, limit)
  const meta = {
    next_after: found.length > limit ? (entries.at(-1)?.sequence ?? null) : null,
    chain: after === undefined ? await log.check() : null,
  }
  return c.json({ entries, meta }, 200, { 'cache-control': 'no-store' })
}

const entriesAtOnce = 500

async function exported(c: ApiRequest, log: AuditLog, after: number): Promise<Response> {
  const { entries, unchained, broken_at, last } = await log.check()
  const headers = {
    'content-type': 'application/x-ndjson',
    'content-disposition': 'attachment; filename="audit.ndjson"',
    'cache-control': 'no-store',
    'x-audit-entries': String(entries),
    'x-audit-unchained': String(unchained),
    'x-audit-whole': broken_at === null ? 'yes' : `no, broken at ${broken_at}`,
    ...(last === null ? {} : { 'x-audit-last': last }),
  }
  if (c.req.method === 'HEAD') return new Response(null, { headers })
  const utf8 = new TextEncoder()
  let sequence = after
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const rows = log.after(sequence, entriesAtOnce)
        const newest = rows.at(-1)
        if (!newest) return controller.close()
        sequence = newest.sequence
        controller.enqueue(utf8.encode(rows.map((row) => `${JSON.stringify(row)}\n`).join('')))
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers })
}

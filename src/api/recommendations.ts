import { Hono } from 'hono'
import { UserError } from '../errors.ts'
import type { Listing } from '../recommend/book.ts'
import { type Filters, filterChoices, filterNames, wholeStretch } from '../recommend/filters.ts'
import { dataMeta, readCursor, writeCursor } from './answer.ts'
import { limitOf } from './ask.ts'
import type { ApiContext } from './context.ts'
import { csvEncoder } from './csv.ts'
import { type ApiEnv, type ApiRequest, deliver, entityTag, refuse } from './http.ts'
import { requireData } from './queries.ts'
import type { SavingsDesk } from './savings-desk.ts'

/** Decisions change the lists while the data stay the same, so answers are not kept beyond the desk's own. */
const keepSeconds = 0
const basis = {
  ledger: 'accrual',
  basis: 'effective cost after commitments, per month of 730 hours; cash after the waterfall',
} as const

/** `/recommendations` as JSON by pages or as CSV whole, and `/recommendations/{id}` with the charges it rests on. */
export function recommendationRoutes(context: ApiContext, revision: string): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/recommendations', async (c) => {
    const desk = savingsDeskOf(context)
    const { filters, format, limit, cursor } = readAsk(c)
    requireData(context)
    return context.use(undefined, async (snapshot) => {
      const paging = pagingOf(snapshot.id, `recommendations ${JSON.stringify(filters)}`)
      const decided = desk.revision()
      const stretch = format === 'csv' ? wholeStretch : { offset: paging.offset(decided, cursor), limit }
      const { look, page, totals, by_class } = await desk.list(snapshot.id, filters, stretch)
      if (format === 'csv') return sendCsv(c, page, [revision, snapshot.id, String(decided)])
      const meta = {
        query: 'recommendations',
        row_count: page.rows.length,
        params: filters,
        ...basis,
        currency: totals.map(({ currency }) => currency),
        ...dataMeta(await snapshot.lake(), look ? { start_date: look.start, end_date: look.end } : {}),
        state: snapshot.id,
        totals,
        by_class,
        next_cursor: page.more ? paging.next(desk.revision(), stretch.offset + page.rows.length) : null,
      }
      return sendJson(c, { columns: page.columns, rows: page.rows, meta }, [revision, snapshot.id])
    })
  })
  app.get('/recommendations/:id', async (c) => {
    const desk = savingsDeskOf(context)
    const id = c.req.param('id')
    const asked = namesOf(c, ['limit', 'cursor'])
    requireData(context)
    return context.use(undefined, async (snapshot) => {
      const paging = pagingOf(snapshot.id, `recommendation ${id}`)
      const stretch = { offset: paging.offset(0, asked['cursor']), limit: limitOf(asked['limit']) }
      const opened = await desk.open(snapshot.id, id, stretch)
      if (!opened) return unknownRecommendation(id)
      const { finding, waterfall, meters, charges } = opened
      const ledger = await desk.find(snapshot.id, id)
      const meta = {
        query: 'recommendation',
        row_count: charges.rows.length,
        ...basis,
        currency: [finding['currency']],
        ...dataMeta(await snapshot.lake(), {
          start_date: String(finding['evidence_start']),
          end_date: String(finding['evidence_end']),
        }),
        state: snapshot.id,
        next_cursor: charges.more ? paging.next(0, stretch.offset + charges.rows.length) : null,
      }
      const evidence = { meters, columns: charges.columns, charges: charges.rows }
      return sendJson(c, { recommendation: finding, waterfall, evidence, ledger, meta }, [revision, snapshot.id])
    })
  })
  return app
}

/** The desk, else 404: a server without a state of its own keeps no savings. */
export function savingsDeskOf({ savings }: ApiContext): SavingsDesk {
  return savings ?? refuse({ status: 404, code: 'no-savings', detail: 'this server keeps no savings' })
}

export function unknownRecommendation(id: string): never {
  return refuse({
    status: 404,
    code: 'unknown-recommendation',
    detail: `there is no recommendation ${id.slice(0, 100)}`,
    hint: 'GET /api/v1/recommendations lists them; what was decided on it is at /api/v1/savings.',
  })
}

/** Filters of a list from the query string; an empty value is none, but for `team`, where `-` is nobody's. */
export function filtersOf(given: Readonly<Record<string, string>>): Filters {
  const filters: Record<string, string> = {}
  for (const name of filterNames) {
    const value = given[name]
    if (value === undefined || value === '') continue
    const choices = filterChoices[name]
    if (choices && !choices.includes(value))
      throw new UserError(`${name}: "${value.slice(0, 50)}" is not one of: ${choices.join(', ')}`)
    filters[name] = name === 'team' && value === '-' ? '' : value
  }
  return filters
}

/** Where a list goes on; a cursor holds for one state of data and decisions. */
export function pagingOf(state: string, question: string) {
  return {
    offset: (revision: number, cursor: string | undefined) =>
      cursor === undefined ? 0 : readCursor(cursor, `${state}/${revision}`, question),
    next: (revision: number, offset: number) => writeCursor(`${state}/${revision}`, question, offset),
  }
}

/** The query string by name. Throws UserError for a name that is not allowed, or one that is given twice. */
export function namesOf(c: ApiRequest, allowed: readonly string[]): Readonly<Record<string, string>> {
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (!allowed.includes(name))
      throw new UserError(`there is no parameter ${name.slice(0, 100)}`, { hint: `There are: ${allowed.join(', ')}.` })
    if (values.length > 1) throw new UserError(`${name} is given ${values.length} times`)
  }
  return c.req.query()
}

export async function sendJson(c: ApiRequest, answer: object, tag: readonly string[]): Promise<Response> {
  const body = JSON.stringify(answer)
  return deliver(c, { type: 'application/json', body, etag: await entityTag(...tag, body), seconds: keepSeconds })
}

function readAsk(c: ApiRequest): { filters: Filters; format: 'json' | 'csv'; limit: number; cursor?: string } {
  const given = namesOf(c, [...filterNames, 'format', 'limit', 'cursor'])
  const accepted = c.req.header('accept')?.startsWith('text/csv') ? 'csv' : 'json'
  const format = given['format'] ?? accepted
  if (format !== 'json' && format !== 'csv')
    throw new UserError(`format: "${format.slice(0, 50)}" is not one of: json, csv`)
  if (format === 'csv' && (given['limit'] ?? given['cursor']) !== undefined)
    throw new UserError('limit and cursor page through JSON only; csv carries every row', { hint: 'Leave them out.' })
  const cursor = given['cursor']
  return { filters: filtersOf(given), format, limit: limitOf(given['limit']), ...(cursor ? { cursor } : {}) }
}

async function sendCsv(c: ApiRequest, { columns, rows }: Listing['page'], tag: readonly string[]): Promise<Response> {
  const names = columns.map(({ name }) => name)
  const encode = csvEncoder(columns.map(({ type }) => type))
  const lines = rows.map((row) => encode(names.map((name) => row[name])))
  const body = csvEncoder([])(names) + lines.join('')
  return deliver(c, {
    type: 'text/csv; charset=utf-8; header=present',
    body,
    etag: await entityTag(...tag, body),
    seconds: keepSeconds,
    headers: { 'content-disposition': 'attachment; filename="recommendations.csv"' },
  })
}

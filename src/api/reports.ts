import { Hono } from 'hono'
import { UserError } from '../errors.ts'
import type { ReportDocument } from '../report/document.ts'
import { type ReportFormat, reportFormats, reportKinds, reportMediaTypes } from '../report/names.ts'
import { dataMeta, type Meta } from './answer.ts'
import { asInstant } from './ask.ts'
import type { ApiContext } from './context.ts'
import { type ApiEnv, type ApiRequest, entityTag, isKnown, notModified, refuse } from './http.ts'
import { requireData } from './queries.ts'

/** Query parameters of `/reports/{kind}`. */
export const reportParams = ['period', 'currency', 'team', 'as_of', 'format'] as const

type Format = ReportFormat | 'json'
const formats: readonly Format[] = ['json', ...reportFormats]
const typeOf = (format: Format) => (format === 'json' ? 'application/json' : reportMediaTypes[format])

/** A report has its styles as attributes, which the pages' policy would refuse; it may load and run nothing all the same. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

/** `/reports` lists the kinds, `/reports/{kind}` makes one: JSON, PDF, HTML, Markdown or CSV by Accept or `format`. */
export function reportRoutes(context: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/reports', (c) =>
    c.json({
      reports: (context.reports?.kinds ?? reportKinds).map((kind) => ({
        kind,
        href: `/api/v1/reports/${kind}`,
        formats,
      })),
    }),
  )
  app.get('/reports/:kind', async (c) => {
    const kind = reportKinds.find((one) => one === c.req.param('kind'))
    if (!kind || !context.reports)
      return refuse({
        status: 404,
        code: 'unknown-report',
        detail: `there is no report called ${c.req.param('kind').slice(0, 60)}`,
        hint: `Reports: ${reportKinds.join(', ')}.`,
      })
    const { reports } = context
    if (!reports.kinds.includes(kind))
      return refuse({
        status: 403,
        code: 'needs-all-teams',
        detail: `the report ${kind} is made from the charges of all teams, and yours are not all`,
        hint: `Reports of your own teams: ${reports.kinds.join(', ')}.`,
      })
    const { format, ...ask } = readRequest(c)
    requireData(context)
    const { document, body, versions } = await context.use(ask.as_of, async (snapshot) => ({
      ...(await reports.make({ kind, format, state: snapshot.id, ...ask })),
      versions: dataMeta(await snapshot.lake()).lake_versions,
    }))
    const { made_at: _, ...content } = document
    const etag = await entityTag(format, JSON.stringify(content))
    if (isKnown(c, etag)) return notModified(etag)
    const { month } = document.period
    const name = `costwright-${kind}-${month}-${document.currency.replaceAll(/[^\w-]/g, '')}.${format}`
    return new Response(body === null ? JSON.stringify(document) : new Uint8Array(body), {
      headers: {
        'content-type': typeOf(format),
        'content-disposition': `inline; filename="${name}"`,
        'cache-control': 'private, no-cache',
        vary: 'Accept',
        etag,
        'x-meta': asciiJson(metaOf(document, versions)),
        ...(format === 'html' && { 'content-security-policy': policy }),
      },
    })
  })
  return app
}

/** What stands beside every figure, for formats that have no room for it. */
function metaOf(document: ReportDocument, lake_versions: Meta['lake_versions']) {
  const { kind, subject, period, currency, basis, complete_through, as_of, data_version } = document
  return {
    ...{ query: `report ${kind}`, subject, ledger: 'accrual', basis, currency: [currency] },
    period: { start: period.start, end: period.end },
    ...{ complete_through, lake_versions, as_of, state: data_version },
  }
}

/** JSON that fits a header. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function readRequest(c: ApiRequest) {
  const given = c.req.queries()
  const unknown = Object.keys(given).filter((name) => !reportParams.some((param) => param === name))
  if (unknown.length > 0)
    throw new UserError(`a report has no parameter ${unknown.join(', ')}`, {
      hint: `It has: ${reportParams.join(', ')}.`,
    })
  const twice = Object.entries(given).find(([, values]) => values.length > 1)
  if (twice)
    throw new UserError(`${twice[0]} is given ${twice[1].length} times`, { hint: 'Give every parameter once.' })
  const text = (name: (typeof reportParams)[number]) => given[name]?.[0] || undefined
  const asOf = text('as_of')
  return {
    format: formatOf(c, text('format')),
    month: text('period'),
    currency: text('currency'),
    team: text('team'),
    as_of: asOf === undefined ? undefined : asInstant(asOf),
  }
}

/** What `format` names, else the first of the types that Accept lists and a report has; JSON for `*`. */
function formatOf(c: ApiRequest, asked: string | undefined): Format {
  const found = formats.find((one) => one === asked)
  if (found) return found
  if (asked !== undefined)
    throw new UserError(`format: "${asked.slice(0, 40)}" is not one of: ${formats.join(', ')}`, {
      hint: 'For example format=pdf.',
    })
  const accepted = (c.req.header('accept') ?? '*/*')
    .split(',')
    .map((part) => (part.split(';')[0] ?? '').trim().toLowerCase())
  for (const type of accepted) {
    if (type === '*/*' || type === 'application/*') return 'json'
    const fitting = formats.find(
      (format) => typeOf(format).startsWith(type) || (type === 'text/*' && format === 'html'),
    )
    if (fitting && type !== '') return fitting
  }
  return refuse({
    status: 406,
    code: 'not-acceptable',
    detail: 'a report is sent as JSON, PDF, HTML, Markdown or CSV',
    hint: `Accept one of: ${formats.map((format) => typeOf(format).split(';')[0]).join(', ')}.`,
  })
}

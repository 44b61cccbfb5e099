import { reportFormats, reportKinds, reportMediaTypes } from '../report/names.ts'

type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const param = (name: string, description: string, schema: Json = text) => ({ name, in: 'query', description, schema })
const problem = { default: { $ref: '#/components/responses/problem' } }

const document = {
  type: 'object',
  required: ['schema', 'kind', 'period', 'currency', 'basis', 'complete_through', 'sections'],
  properties: {
    ...{ schema: text, kind: text, title: text, subject: { type: ['string', 'null'] }, currency: text, basis: text },
    period: { type: 'object', properties: { month: text, start: text, end: text, is_complete: { type: 'boolean' } } },
    ...{ complete_through: { type: ['string', 'null'] }, data_version: text, made_at: text },
    sections: {
      type: 'array',
      description:
        'Tiles, tables, charts and notes in reading order; values are exact decimal text, each part names its basis',
      items: { type: 'object' },
    },
  },
}

const printed = Object.fromEntries(
  reportFormats.map((format) => [
    reportMediaTypes[format].split(';')[0],
    { schema: format === 'pdf' ? { type: 'string', format: 'binary' } : text },
  ]),
)

/** Paths of `/api/v1/reports` in the OpenAPI description. */
export const reportPaths: Readonly<Record<string, Json>> = {
  '/api/v1/reports': {
    get: {
      operationId: 'listReports',
      summary: 'The printable reports',
      tags: ['reports'],
      responses: {
        200: { description: 'Kinds and formats', content: { 'application/json': { schema: { type: 'object' } } } },
        ...problem,
      },
    },
  },
  '/api/v1/reports/{kind}': {
    get: {
      operationId: 'makeReport',
      summary: 'One report of one month and currency, as JSON, PDF, HTML, Markdown or CSV by Accept or format',
      description:
        'A key of some teams gets team, tags and optimisation, made from their charges alone, and 403 for what needs the charges of all. X-Meta says, as JSON, what stands beside the figures.',
      tags: ['reports'],
      parameters: [
        {
          name: 'kind',
          in: 'path',
          required: true,
          description: 'Which report',
          schema: { type: 'string', enum: reportKinds },
        },
        param('period', 'YYYY-MM; default the newest complete month'),
        param('currency', 'Default the one with most charges'),
        param('team', 'For the report of a team'),
        param('as_of', 'State of the data at this instant'),
        param('format', 'Instead of Accept', { type: 'string', enum: ['json', ...reportFormats] }),
      ],
      responses: {
        200: { description: 'The report', content: { 'application/json': { schema: document }, ...printed } },
        ...problem,
      },
    },
  },
}

import { auditFormats, auditLimit } from './audit.ts'

type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const nullableText = { type: ['string', 'null'] }
const position = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
const sequence = { ...position, minimum: 1 }

/** Where the server asks who calls; a server for its own machine alone does not. */
export const securitySchemes: Json = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key of `costwright keys add`, or a token of the configured identity provider. Viewers read; analysts also run SQL, decide on incidents and start jobs that change no data; admins also import, collect, make keys and read the audit log. A server that only this machine reaches asks nobody.',
  },
}

const problem = (description: string, headers: Json = {}) => ({
  description,
  ...(Object.keys(headers).length > 0 ? { headers } : {}),
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})

/** Problem answers that `accessAnswers` refers to. */
export const accessResponses: Json = {
  unknownCaller: problem('Who asks is not known, or no longer', { 'WWW-Authenticate': { schema: text } }),
  role: problem('The role of the caller is not enough'),
  conflict: problem('The state of what is decided on does not allow it; `hint` says what it allows'),
  tooMany: problem('More requests than are allowed', {
    'Retry-After': { description: 'Seconds', schema: { type: 'integer', minimum: 1 } },
  }),
}

/** Part of the answers of every operation. */
export const accessAnswers: Json = {
  401: { $ref: '#/components/responses/unknownCaller' },
  403: { $ref: '#/components/responses/role' },
  429: { $ref: '#/components/responses/tooMany' },
}

const statement = {
  type: 'object',
  additionalProperties: false,
  required: ['sql'],
  properties: {
    sql: {
      type: 'string',
      minLength: 1,
      maxLength: 15_000,
      description: 'One statement that reads',
      examples: ['show tables', 'select service_name, sum(effective_cost) as cost from daily group by all'],
    },
    as_of: {
      type: 'string',
      description: 'The state of the data at this instant; a date means its end, UTC',
      examples: ['2026-10-15'],
    },
    limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 10_000, description: 'Rows read at most' },
  },
}

const entry = {
  type: 'object',
  required: ['sequence', 'at', 'actor', 'action', 'subject', 'detail', 'chain'],
  properties: {
    ...{ sequence, at: { type: 'string', format: 'date-time' }, actor: text, action: text, subject: text },
    detail: { type: 'object' },
    chain: {
      type: ['string', 'null'],
      description:
        'SHA-256, in hex, of the JSON text of [chain before, at, actor, action, subject, detail as JSON text]; null in logs of before chains',
    },
  },
}

const chain = {
  type: ['object', 'null'],
  description: 'Judged where reading begins (no `after`); else null',
  required: ['entries', 'unchained', 'broken_at', 'last'],
  properties: {
    entries: position,
    unchained: { ...position, description: 'Entries at the beginning that are older than chains, and so not proved' },
    broken_at: { type: ['integer', 'null'], description: 'First entry that does not follow; null when all do' },
    last: nullableText,
  },
}

/** Paths of SQL and of the audit log in the OpenAPI description. */
export const accessPaths: Readonly<Record<string, Json>> = {
  '/api/v1/sql': {
    post: {
      operationId: 'runSql',
      summary: 'One SQL statement that reads, over exactly what the caller may see',
      description:
        'SQL as `costwright sql` takes it; "show tables" lists the tables. At most 10,000 rows and 20 s; no file, network or setting. Role analyst; kept in the audit log. The content type must be application/json.',
      tags: ['sql'],
      requestBody: { required: true, content: { 'application/json': { schema: statement } } },
      responses: {
        200: {
          description: 'Columns and rows; meta.truncated where there are more',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['columns', 'rows', 'meta'],
                properties: {
                  columns: { $ref: '#/components/schemas/Columns' },
                  rows: { type: 'array', items: { type: 'object' } },
                  meta: {
                    allOf: [{ $ref: '#/components/schemas/Meta' }],
                    required: ['row_count', 'truncated'],
                    properties: { row_count: position, truncated: { type: 'boolean' } },
                  },
                },
              },
            },
          },
        },
        default: { $ref: '#/components/responses/problem' },
      },
    },
  },
  '/api/v1/audit': {
    get: {
      operationId: 'readAudit',
      summary: 'Who did what, oldest first, and whether the log is whole',
      description:
        'Role admin, not limited to teams. format=ndjson sends every entry, one a line; X-Audit-Whole then tells whether the chain is whole.',
      tags: ['audit'],
      parameters: [
        { name: 'after', in: 'query', description: 'meta.next_after of the page before', schema: position },
        {
          name: 'limit',
          in: 'query',
          description: 'Entries a page of JSON',
          schema: { type: 'integer', minimum: 1, maximum: auditLimit.most, default: auditLimit.usual },
        },
        { name: 'format', in: 'query', schema: { type: 'string', enum: auditFormats } },
      ],
      responses: {
        200: {
          description: 'Entries',
          headers: { 'X-Audit-Whole': { schema: text }, 'X-Audit-Last': { schema: text } },
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['entries', 'meta'],
                properties: {
                  entries: { type: 'array', items: entry },
                  meta: {
                    type: 'object',
                    required: ['next_after', 'chain'],
                    properties: { next_after: { type: ['integer', 'null'] }, chain },
                  },
                },
              },
            },
            'application/x-ndjson': { schema: text },
          },
        },
        default: { $ref: '#/components/responses/problem' },
      },
    },
  },
}

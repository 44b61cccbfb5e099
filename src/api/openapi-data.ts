import { focusTypes } from './export.ts'
import { after, events } from './openapi-jobs.ts'

type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const count = { type: 'integer', minimum: 0 }
const object = (properties: Json) => ({ type: 'object', required: Object.keys(properties), properties })
const problem = { default: { $ref: '#/components/responses/problem' } }
const asOf = { $ref: '#/components/parameters/as_of' }
const check = {
  ...{ check: text, title: text, findings: count, errors: count, rows: { type: 'array', items: { type: 'object' } } },
  more: { type: 'boolean', description: 'Whether there are more findings than were counted' },
}

/** Paths of checks and of the FOCUS export. */
export const dataPaths: Readonly<Record<string, Json>> = {
  '/api/v1/checks': {
    get: {
      ...{ operationId: 'runChecks', summary: 'The invariants of the data, and what breaks them', tags: ['data'] },
      description:
        'A finding of severity warning may be how the provider bills; any other is an error. 20 rows a check.',
      parameters: [
        { name: 'name', in: 'query', description: 'One check only', schema: { ...text, examples: ['conservation'] } },
        asOf,
      ],
      responses: {
        200: {
          description: 'Checks',
          content: {
            'application/json': {
              schema: object({
                checks: { type: 'array', items: object(check) },
                meta: {
                  allOf: [{ $ref: '#/components/schemas/Meta' }, object({ errors: count, holds: { type: 'boolean' } })],
                },
              }),
            },
          },
        },
        ...problem,
      },
    },
  },
  '/api/v1/export/focus': {
    get: {
      ...{ operationId: 'exportFocus', summary: 'The normalised charges as a FOCUS table', tags: ['data'] },
      description: 'What `costwright export focus` writes, of the charges that the caller may see. Two at a time.',
      parameters: [
        { name: 'period', in: 'query', description: 'One billing period', schema: { ...text, examples: ['2026-09'] } },
        { name: 'source', in: 'query', schema: text },
        {
          name: 'format',
          in: 'query',
          description: 'Wins over Accept',
          schema: { ...text, enum: Object.keys(focusTypes) },
        },
        asOf,
      ],
      responses: {
        200: {
          description: 'The table',
          content: { [focusTypes.parquet]: {}, [focusTypes.csv]: { schema: text } },
        },
        304: { description: 'The client has it (If-None-Match)' },
        ...problem,
      },
    },
  },
}

const refusal = {
  description: 'The message is refused, as JSON-RPC has it',
  content: { 'application/json': { schema: object({ jsonrpc: text, error: { type: 'object' } }) } },
}
const message = {
  type: 'object',
  required: ['jsonrpc', 'method'],
  properties: {
    jsonrpc: { const: '2.0', examples: ['2.0'] },
    id: { type: 'integer', minimum: 0 },
    method: { ...text, examples: ['ping', 'tools/list'] },
    params: { type: 'object' },
  },
}

/** Paths of the streams of incidents and of agents. */
export const streamPaths: Readonly<Record<string, Json>> = {
  '/api/v1/alerts/events': {
    get: {
      ...{ operationId: 'followAlerts', summary: 'Incidents as they open, change and end', tags: ['alerts'] },
      description:
        'Server-sent events `opened`, `changed` and `resolved`, each with at, actor, action, from, to, reason and the alert as it is now. Ids rise and have gaps; with `Last-Event-ID` or `after` nothing is lost, without it begins now. A comment every 15 s shows life. A key limited to teams gets the incidents of its teams.',
      parameters: [after],
      responses: events('Events'),
    },
  },
  '/mcp': {
    post: {
      ...{
        operationId: 'mcp',
        summary: 'Messages of the Model Context Protocol, over streamable HTTP',
        tags: ['agents'],
      },
      description:
        'Accept must list application/json and text/event-stream. No session is kept; docs/api.md lists the tools.',
      parameters: [
        {
          ...{ name: 'Accept', in: 'header', required: true },
          schema: { ...text, examples: ['application/json, text/event-stream'] },
        },
      ],
      requestBody: { required: true, content: { 'application/json': { schema: message } } },
      responses: {
        200: {
          description: 'The answer',
          content: { 'application/json': { schema: object({ jsonrpc: text }) } },
        },
        202: { description: 'A notification was taken' },
        ...Object.fromEntries([400, 406, 415].map((status) => [status, refusal])),
        ...problem,
      },
    },
  },
}

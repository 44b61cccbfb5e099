import type { Catalog, CatalogEntry } from '../catalog/catalog.ts'
import type { QueryColumn, QueryParam } from '../catalog/header.ts'
import { defaultLimit, maximalLimit, mediaTypes, reservedNames } from './ask.ts'
import { accessAnswers, accessPaths, accessResponses, securitySchemes } from './openapi-access.ts'
import { alertPaths } from './openapi-alerts.ts'
import { dataPaths, streamPaths } from './openapi-data.ts'
import { forecastsPath } from './openapi-forecasts.ts'
import { jobPaths, jobSchemas } from './openapi-jobs.ts'
import { keyPaths } from './openapi-keys.ts'
import { operationPaths } from './openapi-operation.ts'
import { reportPaths } from './openapi-reports.ts'
import { savingPaths } from './openapi-savings.ts'
import { statusSchemas } from './openapi-status.ts'
import { aliases } from './queries.ts'

type Json = Readonly<Record<string, unknown>>

/** OpenAPI 3.1 of everything below `/api/v1`, made from the headers of the queries. */
export function openApi(catalog: Catalog): Json {
  const entries = [...catalog.values()]
  const paths: Record<string, Json> = {
    '/api/v1/queries': plainPath(
      'listQueries',
      'Every query of the catalogue with its parameters and columns',
      'catalogue',
      statusSchemas.queries,
    ),
    '/api/v1/queries/{name}/sql': sqlPath(entries.map(({ name }) => name)),
    '/api/v1/sources': plainPath(
      'listSources',
      'Sources, deliveries and business metrics',
      'data',
      statusSchemas.sources,
    ),
    '/api/v1/reconciliation': plainPath(
      'reconcile',
      'Totals as delivered and as stored, by version and currency',
      'data',
      statusSchemas.reconciliation,
    ),
    '/api/v1/forecasts': forecastsPath,
    '/api/v1/health': plainPath(
      'health',
      'Whether there are data, and through when they are complete',
      'data',
      statusSchemas.health,
    ),
  }
  const decided = { ...alertPaths, ...savingPaths, ...reportPaths }
  Object.assign(paths, dataPaths, decided, accessPaths, operationPaths, jobPaths, keyPaths, streamPaths)
  for (const entry of entries)
    paths[`/api/v1/queries/${entry.name}`] = { get: operationOf(entry, entry.name, entry.kind) }
  for (const { path, query } of aliases) {
    const entry = catalog.get(query)
    if (entry) paths[`/api/v1/${path}`] = { get: operationOf(entry, `answer_${path.replace('-', '_')}`, 'answers') }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'costwright',
      version: '1',
      summary: 'Cloud cost answers with their proof',
      description:
        'Amounts are exact decimals and travel as strings; ratios are fractions as numbers unless the column says percent. cash is BilledCost, accrual EffectiveCost; they are never added, nor are two currencies. CSV: a text cell that begins with = + - @ gets a leading apostrophe against formula injection.',
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, {}],
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, guarded(item)])),
    components: {
      securitySchemes,
      parameters: sharedParameters,
      responses: {
        problem: {
          description: 'RFC 9457 problem details',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
        ...accessResponses,
      },
      schemas: {
        Problem: problemSchema,
        Meta: metaSchema,
        Columns: columnsSchema,
        ...jobSchemas,
        ...Object.fromEntries(entries.map((entry) => [rowName(entry), rowSchema(entry)])),
      },
    },
  }
}

/** Every operation of a path with the answers to callers who may not ask. */
function guarded(path: Json): Json {
  const operations = Object.entries(path) as [string, { readonly responses: Json }][]
  return Object.fromEntries(
    operations.map(([method, one]) => [method, { ...one, responses: { ...accessAnswers, ...one.responses } }]),
  )
}

function plainPath(operationId: string, summary: string, tag: string, schema: Json): Json {
  return {
    get: {
      operationId,
      summary,
      tags: [tag],
      responses: {
        200: { description: summary, content: { 'application/json': { schema } } },
        default: { $ref: '#/components/responses/problem' },
      },
    },
  }
}

function sqlPath(names: readonly string[]): Json {
  const text = 'How a query is computed: its SQL with the header that describes it'
  return {
    get: {
      operationId: 'readQueryText',
      summary: text,
      tags: ['catalogue'],
      parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string', enum: names } }],
      responses: {
        200: { description: text, content: { 'application/sql': { schema: { type: 'string' } } } },
        304: { description: 'The client has this answer (If-None-Match)' },
        default: { $ref: '#/components/responses/problem' },
      },
    },
  }
}

function operationOf(entry: CatalogEntry, operationId: string, tag: string): Json {
  const own = entry.params.map((param) => param.name)
  const shared = reservedNames.filter((name) => !own.includes(name))
  const answer = {
    type: 'object',
    required: ['columns', 'rows', 'meta'],
    properties: {
      columns: { $ref: '#/components/schemas/Columns' },
      rows: { type: 'array', items: { $ref: `#/components/schemas/${rowName(entry)}` } },
      meta: { $ref: '#/components/schemas/Meta' },
    },
  }
  return {
    operationId,
    summary: entry.title,
    description: [entry.notes, `Grain: ${entry.grain}.`, entry.source && `Source: ${entry.source}.`]
      .filter(Boolean)
      .join('\n\n'),
    tags: [tag],
    parameters: [
      ...entry.params.map(parameterOf),
      ...shared.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    responses: {
      200: {
        description: entry.title,
        headers: { ETag: { schema: { type: 'string' } }, 'X-Request-Id': { schema: { type: 'string' } } },
        content: {
          [mediaTypes.json]: { schema: answer },
          [mediaTypes.csv]: { schema: { type: 'string' } },
          [mediaTypes.arrow]: {},
          [mediaTypes.parquet]: {},
        },
      },
      304: { description: 'The client has this answer (If-None-Match)' },
      default: { $ref: '#/components/responses/problem' },
    },
  }
}

function parameterOf(param: QueryParam): Json {
  const required = param.fallback === undefined
  const fallback = typeof param.fallback === 'string' ? { default: param.fallback } : {}
  return {
    name: param.name,
    in: 'query',
    required,
    description: param.description,
    schema: param.choices
      ? { type: 'string', enum: param.choices, ...fallback }
      : { ...(param.range ? rangeSchema(param.range) : inputSchema(param.type)), ...fallback },
  }
}

function rangeSchema([minimum, maximum]: readonly [number, number]): Json {
  return { type: 'integer', minimum, maximum }
}

function inputSchema(type: string): Json {
  const base = type.replace(/\(.*/, '')
  const formats: Readonly<Record<string, Json>> = {
    date: { type: 'string', format: 'date' },
    timestamp: { type: 'string', format: 'date-time' },
    integer: { type: 'string', pattern: '^[+-]?\\d{1,9}$' },
    bigint: { type: 'string', pattern: '^[+-]?\\d{1,18}$' },
    decimal: { type: 'string', pattern: '^[+-]?\\d+(\\.\\d+)?$' },
    boolean: { type: 'string', enum: ['true', 'false'] },
  }
  return formats[base] ?? { type: 'string' }
}

function rowName(entry: CatalogEntry): string {
  return `${entry.name}_row`
}

function rowSchema(entry: CatalogEntry): Json {
  return {
    type: 'object',
    required: entry.columns.map((column) => column.name),
    properties: Object.fromEntries(entry.columns.map((column) => [column.name, columnSchema(column)])),
  }
}

function columnSchema(column: QueryColumn): Json {
  const description = column.description ? { description: column.description } : {}
  return { ...outputSchema(column.type), ...description }
}

/** How a value of this type looks in JSON; every column may be null. */
function outputSchema(type: string): Json {
  if (type.endsWith('[]')) return { type: ['array', 'null'], items: outputSchema(type.slice(0, -2)) }
  const base = type.replace(/\(.*/, '')
  if (base === 'decimal') return { type: ['string', 'null'], format: 'decimal' }
  if (/^u?(bigint|hugeint)$/.test(base)) return { type: ['string', 'null'], format: 'int64' }
  if (/^u?(tinyint|smallint|integer)$/.test(base)) return { type: ['integer', 'null'] }
  if (base === 'double' || base === 'float') return { type: ['number', 'null'] }
  if (base === 'boolean') return { type: ['boolean', 'null'] }
  if (base === 'date') return { type: ['string', 'null'], format: 'date' }
  if (base === 'map') return { type: ['array', 'null'], items: { type: 'object', properties: { key: {}, value: {} } } }
  return { type: ['string', 'null'] }
}

const sharedParameters: Json = {
  as_of: {
    name: 'as_of',
    in: 'query',
    description: 'The state of the data at this instant; a date means the end of that day, UTC',
    schema: { type: 'string', examples: ['2026-03-31', '2026-03-31T12:00:00Z'] },
  },
  limit: {
    name: 'limit',
    in: 'query',
    description: 'Rows a page of JSON',
    schema: { type: 'integer', minimum: 1, maximum: maximalLimit, default: defaultLimit },
  },
  cursor: {
    name: 'cursor',
    in: 'query',
    description: 'meta.next_cursor of the page before',
    schema: { type: 'string' },
  },
  format: {
    name: 'format',
    in: 'query',
    description: 'Wins over Accept',
    schema: { type: 'string', enum: Object.keys(mediaTypes) },
  },
}

const problemSchema: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    hint: { type: 'string', description: 'What to do about it' },
    instance: { type: 'string', format: 'uri' },
  },
}

const columnsSchema: Json = {
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'type'],
    properties: { name: { type: 'string' }, type: { type: 'string' } },
  },
}

const nullableText = { type: ['string', 'null'] }
const metaSchema: Json = {
  type: 'object',
  properties: {
    query: { ...nullableText, description: 'What answered: a query of the catalogue, else the route; null for SQL' },
    title: { type: 'string' },
    params: { type: 'object' },
    ledger: { ...nullableText, description: 'cash, accrual, or both side by side' },
    basis: nullableText,
    currency: { type: ['array', 'null'], items: { type: 'string' } },
    period: { type: 'object', properties: { start: nullableText, end: nullableText } },
    complete_through: { ...nullableText, description: 'Through this instant every source is complete' },
    lake_versions: { type: 'object', properties: { count: { type: 'integer' }, newest_landed_at: nullableText } },
    as_of: nullableText,
    state: { type: 'string', description: 'Equal states hold equal data' },
    row_count: { type: 'integer', minimum: 0, description: 'Rows sent' },
    next_cursor: nullableText,
  },
}

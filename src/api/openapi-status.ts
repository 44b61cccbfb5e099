type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const flag = { type: 'boolean' }
const count = { type: 'integer', minimum: 0 }
const nullableText = { type: ['string', 'null'] }
const amount = { type: ['string', 'null'], format: 'decimal' }
const list = (items: Json) => ({ type: 'array', items })
/** All of these, and possibly more. */
const object = (properties: Json) => ({ type: 'object', required: Object.keys(properties), properties })
const texts = (type: Json, ...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, type]))
const meta = (more: Json = {}) => ({ allOf: [{ $ref: '#/components/schemas/Meta' }, object({ state: text, ...more })] })

const param = {
  type: 'object',
  required: ['name', 'type', 'description'],
  properties: {
    ...texts(text, 'name', 'type', 'description'),
    fallback: { ...nullableText, description: 'Default; absent when the parameter must be given' },
    choices: list(text),
    range: { ...list({ type: 'integer' }), minItems: 2, maxItems: 2, description: 'Least and greatest value' },
  },
}
const query = object({
  ...texts(text, 'name', 'kind', 'title', 'notes', 'grain', 'source', 'href'),
  params: list(param),
  columns: list(object(texts(text, 'name', 'type', 'description'))),
  scope: list(text),
})
const source = object({
  ...texts(
    text,
    'source',
    'format',
    'currency',
    'first_period',
    'last_period',
    'newest_landed_at',
    'rows_in',
    'rows_out',
  ),
  complete_through: nullableText,
  ...texts(amount, 'delivered_billed', 'billed_cost', 'difference'),
  ...texts(count, 'periods', 'differing', 'unstated'),
})
const collection = object({
  ...texts(text, 'source', 'type'),
  ...texts(nullableText, 'status', 'last_run', 'last_delivery', 'data_complete_through', 'next_run', 'finding'),
})

/** Answers of `/queries`, `/sources`, `/reconciliation` and `/health` as JSON. */
export const statusSchemas = {
  queries: object({ queries: list(query) }),
  sources: object({
    sources: list(source),
    collections: { ...list(collection), description: 'Freshness of the configured sources' },
    deliveries: list({ type: 'object' }),
    metrics: list(object({ metric: text, unit: nullableText })),
    meta: meta(),
  }),
  reconciliation: object({
    columns: { $ref: '#/components/schemas/Columns' },
    rows: list({ type: 'object' }),
    meta: meta({ ties: { ...flag, description: 'Whether every total ties' }, differing: count }),
  }),
  health: object({
    status: { type: 'string', enum: ['ok', 'empty'] },
    ...texts(nullableText, 'state', 'complete_through', 'newest_landed_at'),
  }),
} satisfies Json

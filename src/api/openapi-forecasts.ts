import { issuedLevels } from '../forecast/issued.ts'

type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const nullableNumber = { type: ['number', 'null'] }
const bands = ['point', 'lo80', 'hi80', 'lo95', 'hi95']
const estimate = {
  type: ['object', 'null'],
  description: 'Currency units; a statistic, not an amount of the bill',
  properties: Object.fromEntries(bands.map((name) => [name, { type: 'number' }])),
}
const budgets = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      budget: text,
      amount: { type: 'string', format: 'decimal' },
      variance: { ...nullableNumber, description: 'landing − budget' },
      variance_pct: { ...nullableNumber, description: 'percent of the magnitude of the budget' },
      overrun: {
        type: ['object', 'null'],
        description: 'Bounds of the probability of ending above the budget; null for the year, which has no band',
        properties: { least: { type: 'number' }, most: { type: 'number' } },
      },
    },
  },
}

const row = {
  type: 'object',
  properties: {
    currency: text,
    origin: { type: 'string', format: 'date', description: 'Last known day, inclusive' },
    level: { type: 'string', enum: issuedLevels },
    scope: { type: 'object', additionalProperties: text },
    account_name: { type: ['string', 'null'] },
    state: { type: 'string', enum: ['ok', 'insufficient_history'] },
    reason: { type: ['string', 'null'] },
    method: text,
    month_to_date: {
      type: 'string',
      format: 'decimal',
      description: 'EffectiveCost of the complete days of the month',
    },
    month_end: estimate,
    next_quarter: estimate,
    year: {
      type: ['object', 'null'],
      description:
        'Calendar year: closed months (decimal text) and landing (estimate); null when the data begin within it',
      properties: { closed: { type: 'string', format: 'decimal' }, landing: { type: 'number' } },
    },
    budgets,
    quarter_budgets: budgets,
    year_budgets: budgets,
  },
}

/** Path of `/api/v1/forecasts` in the OpenAPI description. */
export const forecastsPath: Json = {
  get: {
    operationId: 'listForecasts',
    summary: 'Month-end landing and next quarter of every scope as last issued, with budgets',
    description:
      'The newest forecast issued for each currency (`costwright forecast`). meta.issued names origin, data version, whether the data are still those, and the accuracy of the method at the last origins.',
    tags: ['answers'],
    parameters: [
      { name: 'currency', in: 'query', description: 'ISO code', schema: text },
      { name: 'level', in: 'query', description: 'One level only', schema: { type: 'string', enum: issuedLevels } },
    ],
    responses: {
      200: {
        description: 'Forecasts by currency and scope',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['rows', 'meta'],
              properties: { rows: { type: 'array', items: row }, meta: { $ref: '#/components/schemas/Meta' } },
            },
          },
        },
      },
      304: { description: 'The client has this answer (If-None-Match)' },
      default: { $ref: '#/components/responses/problem' },
    },
  },
}

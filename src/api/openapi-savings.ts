import { filterChoices, filterNames } from '../recommend/filters.ts'
import { savingStates } from '../state/transitions.ts'
import { savingVerbs } from './savings.ts'

type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const nullableText = { type: ['string', 'null'] }
const amount = { type: 'string', format: 'decimal' }
const nullableAmount = { type: ['string', 'null'], format: 'decimal' }
const nullableNumber = { type: ['number', 'null'] }
const day = { type: 'string', format: 'date' }
const nullableDay = { type: ['string', 'null'], format: 'date' }
const rows = { type: 'array', items: { type: 'object' } }
const state = { type: 'string', enum: savingStates }

const recommendation = {
  type: 'object',
  required: ['finding_id', 'rule', 'role', 'currency', 'monthly_cost', 'cash_saving_month', 'state'],
  properties: {
    ...{ finding_id: text, rule: text, title: text, action: text, explanation: text },
    role: {
      type: 'string',
      enum: filterChoices.role,
      description: 'Only `counted` is added up; an alternative has a better one on its resource, advice is never added',
    },
    ...{ provider: text, sub_account_id: nullableText, resource_id: nullableText, resource_name: nullableText },
    ...{ team: nullableText, product: nullableText, environment: nullableText, currency: text },
    ...{ evidence_class: { type: 'string', enum: filterChoices.class }, confidence: nullableNumber },
    ...{ effort: { type: 'string', enum: filterChoices.effort }, risk: { type: 'string', enum: filterChoices.risk } },
    monthly_cost: { ...amount, description: 'Of the charges concerned, per month of 730 hours' },
    gross_saving_month: { ...nullableAmount, description: 'Of this finding alone; null when no price is known' },
    cash_saving_month: { ...nullableAmount, description: 'After the waterfall and after commitments' },
    expected_saving_month: { ...nullableAmount, description: 'cash × confidence' },
    ...{ advisory_amount: nullableAmount, one_off_cost: nullableAmount, payback_months: nullableNumber },
    ...{ price_source: nullableText, evidence_start: day, evidence_end: day, state },
  },
}
const saving = {
  type: 'object',
  required: ['finding_id', 'rule', 'state', 'currency'],
  properties: {
    ...{ finding_id: text, rule: text, state, currency: text, resource_id: nullableText, owner: nullableText },
    identified_amount: { ...nullableAmount, description: 'Promised a month, at identification prices' },
    verified_amount: { ...nullableAmount, description: 'Measured a month on the bill, at constant usage' },
    ...{ reason: nullableText, until: nullableDay, identified_on: day, accepted_on: nullableDay },
    ...{ implemented_on: nullableDay, verified_on: nullableDay },
  },
}
const funnel = {
  type: 'object',
  properties: {
    ...{ currency: text, identified: amount, accepted: amount, implemented: amount, verified: amount },
    ...{ acceptance_rate: nullableNumber, implementation_rate: nullableNumber },
    realisation_rate: { ...nullableNumber, description: 'verified ÷ promised of what was done; may exceed 1' },
    ...{ end_to_end: nullableNumber, run_rate_year: amount, one_off_cost: amount, roi: nullableNumber },
  },
}
const meta = { $ref: '#/components/schemas/Meta' }
const decision = {
  type: 'object',
  additionalProperties: false,
  properties: {
    by: { ...text, description: 'Who decides; default the user that runs the server' },
    owner: { ...text, description: 'accept: who will do it' },
    on: { ...day, description: 'accept, done: the day of it' },
    reason: { ...text, description: 'dismiss: required' },
    until: { ...day, description: 'dismiss: not shown until that day; default in 180 days' },
  },
}

const content = (properties: Json) => ({ 'application/json': { schema: { type: 'object', properties } } })
const answer = (description: string, properties: Json, more: Json = {}) => ({
  200: { description, content: { ...content(properties), ...more } },
  default: { $ref: '#/components/responses/problem' },
})
const id = { name: 'id', in: 'path', required: true, schema: text }
const paging = [{ $ref: '#/components/parameters/limit' }, { $ref: '#/components/parameters/cursor' }]
const filters = filterNames.map((name) => ({
  name,
  in: 'query',
  schema: { type: 'string', ...(filterChoices[name] ? { enum: filterChoices[name] } : {}) },
}))

/** Paths of recommendations and savings in the OpenAPI description. */
export const savingPaths: Readonly<Record<string, Json>> = {
  '/api/v1/recommendations': {
    get: {
      operationId: 'listRecommendations',
      summary: 'What the bill proves could cost less, the largest saving that counts first',
      description:
        'meta.totals adds up what fits the filters, per currency; no money is counted twice. team=- is nobody.',
      tags: ['savings'],
      parameters: [
        ...filters,
        { name: 'format', in: 'query', schema: { type: 'string', enum: ['json', 'csv'] } },
        ...paging,
      ],
      responses: answer(
        'Recommendations',
        { columns: { $ref: '#/components/schemas/Columns' }, rows: { type: 'array', items: recommendation }, meta },
        { 'text/csv': { schema: text } },
      ),
    },
  },
  '/api/v1/recommendations/{id}': {
    get: {
      operationId: 'showRecommendation',
      summary: 'One recommendation with the charges it rests on and what else is recommended on its resource',
      description: 'limit and cursor page through evidence.charges.',
      tags: ['savings'],
      parameters: [id, ...paging],
      responses: answer('The recommendation', {
        recommendation,
        waterfall: rows,
        evidence: { type: 'object', properties: { meters: rows, columns: rows, charges: rows } },
        ledger: { type: ['object', 'null'], properties: { saving, history: rows } },
        meta,
      }),
    },
  },
  '/api/v1/savings': {
    get: {
      operationId: 'listSavings',
      summary: 'The ledger of savings, and what was realised of what was promised',
      tags: ['savings'],
      parameters: [{ name: 'state', in: 'query', schema: state }, ...paging],
      responses: answer('Savings', {
        savings: { type: 'array', items: saving },
        funnel: { type: 'array', items: funnel },
        meta,
      }),
    },
  },
  '/api/v1/savings/{id}': {
    get: {
      operationId: 'showSaving',
      summary: 'One saving with its history',
      tags: ['savings'],
      parameters: [id],
      responses: answer('The saving', { saving, history: rows, meta }),
    },
  },
  '/api/v1/savings/{id}/{decision}': {
    post: {
      operationId: 'decideSaving',
      summary: 'Accept a saving, start it, report it as done, or dismiss it',
      description:
        'The content type must be application/json, and an Origin must be this server. Kept in an append-only history.',
      tags: ['savings'],
      parameters: [
        id,
        { name: 'decision', in: 'path', required: true, schema: { type: 'string', enum: Object.keys(savingVerbs) } },
      ],
      requestBody: { required: true, content: { 'application/json': { schema: decision } } },
      responses: { ...answer('The saving after it', { saving }), 409: { $ref: '#/components/responses/conflict' } },
    },
  },
}

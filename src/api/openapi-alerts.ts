import { incidentStates } from '../state/incidents.ts'
import { decisionVerbs } from './alerts.ts'

type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const nullableText = { type: ['string', 'null'] }
const amount = { type: 'string', format: 'decimal' }
const day = { type: 'string', format: 'date' }
const series = {
  type: 'object',
  description: 'A dimension that is left out is any; team is empty for spend of nobody',
  properties: {
    ...{ provider: text, account: text, service: text, team: text },
    level: { ...text, description: 'A sum of leaves (total, team, product, …) or a ratio (utilisation, unit_cost, …)' },
    value: { ...text, description: 'Of the level, where the dimensions above do not say it' },
  },
}
const cause = {
  type: 'object',
  properties: {
    ...{ account: nullableText, service: nullableText, region: nullableText, usage_type: nullableText },
    ...{ resource: nullableText, excess: { type: ['string', 'null'], format: 'decimal' }, is_new: { type: 'boolean' } },
  },
}
const facts = {
  ...{ incident_id: text, series, direction: { type: 'string', enum: ['up', 'down'] }, onset: day, rule: text },
  ...{ score: { type: 'number' }, actual: amount, expected: amount, excess: amount, currency: nullableText },
  measure: {
    type: 'object',
    description: 'Of a ratio: what it was, what was expected, and what the difference costs a day',
    properties: { name: text, unit: text, actual: amount, expected: amount, daily: amount },
  },
  ...{ owner: nullableText, causes: { type: 'array', items: cause } },
}
const state = { type: ['string', 'null'], enum: [...incidentStates, null] }
const alert = {
  type: 'object',
  required: ['incident_id', 'series', 'state', 'excess'],
  properties: { ...facts, state, opened_on: day, last_day: day, until: nullableText, reason: nullableText },
}
const anomaly = { type: 'object', properties: { ...facts, kind: text, date: day, detected_on: day, state } }
const meta = {
  type: 'object',
  properties: {
    ...{ ledger: text, currency: { type: 'array', items: text }, state: nullableText, detected_at: nullableText },
    ...{ query: text, row_count: { type: 'integer' }, basis: text, lake_versions: { type: ['object', 'null'] } },
    complete_through: { ...nullableText, description: 'Newest complete day that was judged' },
    actionable: { type: 'object', description: 'Share of judged alerts that were actionable' },
  },
}
const decision = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...{ note: text, by: { ...text, description: 'Who decides; default the user that runs the server' } },
    until: { ...day, description: 'expect and mute: first day on which it no longer holds' },
    scope: { ...series, description: 'expect and mute: what it covers, at least the incident' },
    verdict: { type: 'string', enum: ['actionable', 'expected', 'noise'] },
  },
}

const answer = (description: string, properties: Json) => ({
  200: {
    description,
    content: { 'application/json': { schema: { type: 'object', required: Object.keys(properties), properties } } },
  },
  default: { $ref: '#/components/responses/problem' },
})
const list = { type: 'array', items: { type: 'object' } }
const id = { name: 'id', in: 'path', required: true, schema: text }

/** Paths of incidents and findings in the OpenAPI description. */
export const alertPaths: Readonly<Record<string, Json>> = {
  '/api/v1/alerts': {
    get: {
      operationId: 'listAlerts',
      summary: 'Incidents, newest first',
      tags: ['alerts'],
      parameters: [
        { name: 'state', in: 'query', schema: { type: 'string', enum: incidentStates } },
        { name: 'team', in: 'query', description: '`unowned` for spend of nobody', schema: text },
        { name: 'provider', in: 'query', schema: text },
      ],
      responses: answer('Incidents', { alerts: { type: 'array', items: alert }, meta }),
    },
  },
  '/api/v1/alerts/{id}': {
    get: {
      operationId: 'showAlert',
      summary: 'One incident with what was decided on it',
      tags: ['alerts'],
      parameters: [id],
      responses: answer('The incident', { alert, history: list, told: list, chart: { type: 'object' }, meta }),
    },
  },
  '/api/v1/alerts/{id}/{decision}': {
    post: {
      operationId: 'decideAlert',
      summary: 'Acknowledge an incident, expect the change, mute it, or resolve it',
      description:
        'The content type must be application/json, and an Origin must be this server. Kept in the audit log. With Idempotency-Key a repeated request changes nothing.',
      tags: ['alerts'],
      parameters: [
        id,
        {
          name: 'decision',
          in: 'path',
          required: true,
          schema: { type: 'string', enum: Object.keys(decisionVerbs) },
        },
        { name: 'Idempotency-Key', in: 'header', schema: text },
      ],
      requestBody: { required: true, content: { 'application/json': { schema: decision } } },
      responses: {
        ...answer('The incident after it', { alert, channels_owed: { type: 'integer' } }),
        409: { $ref: '#/components/responses/conflict' },
      },
    },
  },
  '/api/v1/slack/actions': {
    post: {
      operationId: 'slackAction',
      summary: 'Interactivity address of the Slack app: buttons and dialogs',
      description: 'Signed by Slack with the signing secret of the channel; five minutes old at most, and taken once.',
      tags: ['alerts'],
      parameters: ['X-Slack-Request-Timestamp', 'X-Slack-Signature'].map((name) => ({
        ...{ name, in: 'header', required: true, schema: text },
      })),
      requestBody: {
        required: true,
        content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties: { payload: text } } } },
      },
      responses: answer('Taken; the message itself shows the decision', {}),
    },
  },
  '/api/v1/anomalies': {
    get: {
      operationId: 'listAnomalies',
      summary: 'Findings of the newest run of detection',
      tags: ['alerts'],
      responses: answer('Findings', { anomalies: { type: 'array', items: anomaly }, meta }),
    },
  },
}

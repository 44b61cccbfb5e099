import { z } from 'zod'
import { decisionVerbs } from '../api/alerts.ts'
import { issuedLevels } from '../forecast/issued.ts'
import { incidentStates } from '../state/incidents.ts'
import { savingTools } from './savings-tools.ts'
import { asOf, first, rows, type Tool, text, tool } from './tool.ts'

const id = text(100).describe('incident_id, as `alerts` gives it')

interface Question {
  readonly name: string
  readonly kind: string
  readonly title: string
  readonly notes: string
  readonly grain: string
  readonly params: readonly object[]
}

/** Every tool, the same over stdio and HTTP. */
export const tools: readonly Tool[] = [
  tool({
    name: 'list_questions',
    title: 'Questions that can be asked',
    description:
      'The catalogue: every question with its parameters. With `name` one of them in full, with its columns. Ask them with `ask`.',
    input: z.strictObject({
      name: text(100).optional().describe('Exactly this one, in full'),
      search: text(100).optional().describe('Only those that hold this text in name or title'),
      kind: z.enum(['reports', 'marts', 'checks', 'detectors']).optional(),
    }),
    request: () => ({ path: 'queries' }),
    show(answer, { name, search = '', kind }) {
      const all = answer['queries'] as readonly Question[]
      if (name !== undefined) {
        const found = all.filter((one) => one.name === name)
        return { questions: found, meta: { query: 'queries', row_count: found.length } }
      }
      const questions = all.filter(
        (one) =>
          (kind === undefined || one.kind === kind) &&
          `${one.name} ${one.title}`.toLowerCase().includes(search.toLowerCase()),
      )
      return {
        questions: questions.map(({ name, kind, title, grain, params }) => ({ name, kind, title, grain, params })),
        meta: { query: 'queries', row_count: questions.length },
      }
    },
  }),
  tool({
    name: 'ask',
    title: 'Ask a question of the catalogue',
    description:
      'For example cost_explorer, spend_variance and variance_bridge (against budget, and why), unit_cost, commitment_utilization, commitment_expiry, tag_coverage. Rows and meta: ledger (cash is BilledCost, accrual EffectiveCost), basis, currency, period, complete_through, lake_versions, state. Cite them with every figure. Amounts are exact decimals as text; add neither two currencies nor two ledgers. meta.next_cursor is set where rows follow.',
    input: z.strictObject({
      query: text(100).describe('Name as in list_questions, e.g. cost_explorer'),
      params: z
        .record(text(100), z.union([text(1000), z.number(), z.boolean()]))
        .default({})
        .describe('Parameters by name, e.g. {"group_by": "team", "start_date": "2026-01-01"}'),
      limit: rows(50, 1000),
      cursor: text(500).optional().describe('meta.next_cursor of the page before'),
      as_of: asOf,
    }),
    request: ({ query, params, limit, cursor, as_of }) => ({
      path: `queries/${encodeURIComponent(query)}`,
      query: { limit, cursor, as_of, ...params, format: 'json' },
    }),
  }),
  tool({
    name: 'sql',
    title: 'Ask in SQL',
    description:
      'One DuckDB statement that reads, over the tables that the caller may see. "show tables" lists them, "describe daily" the columns of one. Needs the role analyst. Prefer `ask`: its answers say how they are computed.',
    input: z.strictObject({ sql: text(15_000).min(1), as_of: asOf, limit: rows(100, 1000) }),
    request: ({ sql, as_of, limit }) => ({ path: 'sql', body: { sql, as_of, limit } }),
  }),
  tool({
    name: 'alerts',
    title: 'Cost incidents',
    description: 'Incidents found in the costs, newest first: series, excess over what was expected, owner, causes.',
    input: z.strictObject({ state: z.enum(incidentStates).optional(), limit: rows(20, 200) }),
    request: ({ state }) => ({ path: 'alerts', query: { state } }),
    show: (answer, { limit }) => first(answer, 'alerts', limit),
  }),
  tool({
    name: 'alert',
    title: 'One cost incident',
    description: 'An incident, and what was decided on it.',
    input: z.strictObject({ id }),
    request: (given) => ({ path: `alerts/${encodeURIComponent(given.id)}` }),
  }),
  tool({
    name: 'decide_alert',
    title: 'Decide on a cost incident',
    description:
      'Acknowledges an incident (ack), says that the change is expected (expect) or to be muted (mute) until a day, or resolves it. Needs the role analyst; kept in the audit log. Do it only when a person asked for it.',
    writes: true,
    input: z.strictObject({
      id,
      decision: z.enum(Object.keys(decisionVerbs) as (keyof typeof decisionVerbs)[]),
      note: text(1000).optional().describe('Why'),
      until: z.iso.date().optional().describe('expect and mute: first day on which it no longer holds'),
      scope: z
        .strictObject({ provider: text(200), account: text(200), service: text(200), team: text(200) })
        .partial()
        .optional()
        .describe('expect and mute: what it covers, at least the incident; a dimension left out is any'),
      verdict: z.enum(['actionable', 'expected', 'noise']).optional(),
      request_key: z
        .string()
        .regex(/^[\w.-]{1,100}$/)
        .optional()
        .describe('The same key again changes nothing'),
    }),
    request: ({ id: incident, decision, request_key, ...body }) => ({
      path: `alerts/${encodeURIComponent(incident)}/${decision}`,
      body,
      ...(request_key === undefined ? {} : { headers: { 'idempotency-key': request_key } }),
    }),
  }),
  tool({
    name: 'forecasts',
    title: 'Forecasts as last issued',
    description:
      'Month-end landing and next quarter of every scope with 80 and 95 percent bands, against budgets. meta.issued says from which data, and how good the method was. Statistics, not amounts of a bill.',
    input: z.strictObject({
      currency: text(10).optional(),
      level: z.enum(issuedLevels).optional(),
      limit: rows(50, 500),
    }),
    request: ({ currency, level }) => ({ path: 'forecasts', query: { currency, level } }),
    show: (answer, { limit }) => first(answer, 'rows', limit),
  }),
  tool({
    name: 'sources',
    title: 'Sources and their freshness',
    description: 'What was delivered by whom, through when it is complete, whether totals tie, business metrics.',
    input: z.strictObject({ limit: rows(20, 500) }),
    request: () => ({ path: 'sources' }),
    show: (answer, { limit }) => first(answer, 'deliveries', limit),
  }),
  ...savingTools,
]

import { z } from 'zod'
import { type SavingVerb, savingVerbs } from '../api/savings.ts'
import { filterChoices } from '../recommend/filters.ts'
import { reportKinds } from '../report/names.ts'
import { savingStates } from '../state/transitions.ts'
import { asOf, rows, type Tool, text, tool } from './tool.ts'

const cursor = text(500).optional().describe('meta.next_cursor of the page before')
const id = text(100).describe('finding_id, as `recommendations` and `savings` give it')

/** What could be saved, what people decided on it, and reports in words. */
export const savingTools: readonly Tool[] = [
  tool({
    name: 'recommendations',
    title: 'What could cost less',
    description:
      'Findings of the rules over the last 30 complete days, the largest saving first. Only role counted is ever added up, and meta.totals has done so after the waterfall; money per month. Cite finding_id and evidence_class.',
    input: z.strictObject({
      team: text(200).optional().describe('- for what nobody owns'),
      provider: text(20).optional(),
      account: text(200).optional(),
      rule: text(100).optional(),
      class: z.enum(filterChoices.class as readonly [string, ...string[]]).optional(),
      role: z.enum(filterChoices.role as readonly [string, ...string[]]).optional(),
      currency: text(10).optional(),
      limit: rows(20, 200),
      cursor,
    }),
    request: (given) => ({ path: 'recommendations', query: given }),
  }),
  tool({
    name: 'recommendation',
    title: 'One recommendation with its proof',
    description:
      'The finding, the charges it rests on, what else is recommended on its resource, and what was decided.',
    input: z.strictObject({ id, limit: rows(20, 200), cursor }),
    request: ({ id: finding, ...query }) => ({ path: `recommendations/${encodeURIComponent(finding)}`, query }),
  }),
  tool({
    name: 'savings',
    title: 'Ledger of savings',
    description:
      'What was promised, accepted, done and verified on the bill, with the funnel per currency. With `id` one saving and its history.',
    input: z.strictObject({
      id: id.optional(),
      state: z.enum(savingStates).optional(),
      limit: rows(20, 200),
      cursor,
    }),
    request: ({ id: saving, ...query }) =>
      saving === undefined ? { path: 'savings', query } : { path: `savings/${encodeURIComponent(saving)}` },
  }),
  tool({
    name: 'decide_saving',
    title: 'Decide on a saving',
    description:
      'Accepts a saving (owner says who does it), starts it, reports it done, or dismisses it with a reason. Needs the role analyst; kept in its history and the audit log. Do it only when a person asked for it.',
    writes: true,
    input: z.strictObject({
      id,
      decision: z.enum(Object.keys(savingVerbs) as SavingVerb[]),
      owner: text(200).optional().describe('accept: who will do it'),
      on: z.iso.date().optional().describe('accept, done: the day of it'),
      reason: text(1000).optional().describe('dismiss: why; required'),
      until: z.iso.date().optional().describe('dismiss: hidden until that day; default 180 days'),
    }),
    request: ({ id: saving, decision, ...body }) => ({
      path: `savings/${encodeURIComponent(saving)}/${decision}`,
      body,
    }),
  }),
  tool({
    name: 'report',
    title: 'A report in words',
    description:
      'The printable report as Markdown, for a month and a currency, followed by its meta. `team` needs a team. Quote figures with the basis that stands beside them.',
    input: z.strictObject({
      kind: z.enum(reportKinds),
      period: z
        .string()
        .regex(/^\d{4}-\d{2}$/)
        .optional()
        .describe('YYYY-MM; default the newest complete month'),
      currency: text(10).optional().describe('Default the one with most charges'),
      team: text(200).optional(),
      as_of: asOf,
    }),
    request: ({ kind, ...query }) => ({ path: `reports/${kind}`, query: { ...query, format: 'md' } }),
  }),
]

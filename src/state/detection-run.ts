import { z } from 'zod'
import { incidentId } from '../detect/incident-id.ts'
import { UserError } from '../errors.ts'
import type { Context } from './announcer.ts'
import type { Cause, Detected } from './incidents.ts'

const day = z.iso.date()
const amount = z.string().regex(/^-?\d+(\.\d+)?$/, 'is no decimal text')
const series = z.object({
  provider: z.string().optional(),
  account: z.string().optional(),
  service: z.string().optional(),
  team: z.string().optional(),
  level: z.string().optional(),
  value: z.string().optional(),
})
const direction = z.enum(['up', 'down'])
const name = z.string().nullish()

const measure = z.object({
  name: z.string(),
  unit: z.enum(['share', 'money', 'hours']),
  actual: amount,
  expected: amount,
  daily: amount,
})
const history = z
  .array(z.object({ date: day, actual: amount.nullable(), low: amount.nullish(), high: amount.nullish() }))
  .default([])

const alert = z.object({
  series,
  date: day,
  detected_on: day.optional(),
  direction,
  score: z.number(),
  fired: z.boolean().default(true),
  root: series.extend({ region: z.string(), usage_type: z.string(), resource: z.string() }).partial().optional(),
  kind: z.enum(['opened', 'escalated', 'reopened', 'candidate']),
  incident_id: z.string().nullable(),
  onset: day.optional(),
  rule: z.string().default('unknown'),
  actual: amount,
  expected: amount,
  excess: amount,
  measure: measure.nullish(),
  currency: name,
  expected_low: amount.nullish(),
  expected_high: amount.nullish(),
  owner: name,
  causes: z
    .array(
      z.object({
        account: name,
        service: name,
        region: name,
        usage_type: name,
        resource: name,
        excess: amount.nullish(),
        is_new: z.boolean().default(false),
      }),
    )
    .optional(),
  history,
})

const summary = z.object({
  incident_id: z.string(),
  series,
  direction,
  state: z.enum(['open', 'resolved', 'absorbed', 'retracted', 'expected']),
  reason: z.string().nullable().default(null),
  onset: day,
  opened_on: day.optional(),
  last_day: day,
  excess: amount.nullable(),
  expected_low: amount.nullish(),
  expected_high: amount.nullish(),
  history,
})

const document = z.object({
  schema: z.literal('costwright-alerts/1'),
  data_through: day.nullable(),
  alerts: z.array(alert),
  incidents: z.array(summary).default([]),
})

/** What one run of detection said, with incidents named by what they are, not by the run. */
export interface DetectionRun {
  /** Newest charge day that was read; null for an empty run. */
  readonly data_through: string | null
  readonly findings: readonly (Detected & { readonly context: Context })[]
  readonly summaries: readonly RunSummary[]
}

export interface RunSummary {
  readonly incident_id: string
  readonly state: 'open' | 'resolved' | 'absorbed' | 'retracted' | 'expected'
  readonly reason: string | null
  readonly last_day: string
  /** Null where the run no longer knows: what an earlier one said stands. */
  readonly excess: string | null
  /** The incident's series as the run saw it, through its newest day. */
  readonly context: Context
}

/**
 * Reads the document of `costwright detect` (specs/anomalies.md section 8). Candidates are left out. Optional further keys of an alert
 * are shown when they are there: `currency`, `expected_low`, `expected_high`, `owner`, `causes`, `history`.
 *
 * @param currency of the amounts where an alert does not say; null when unknown
 * @throws UserError with every key that is wrong
 */
export function parseDetectionRun(value: unknown, currency: string | null, file = 'the alerts'): DetectionRun {
  const parsed = document.safeParse(value)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`)
    throw new UserError(`${file}: ${problems.slice(0, 5).join('; ')}`, {
      hint: 'Give the file that `costwright detect --out` wrote.',
    })
  }
  const { data_through, alerts, incidents } = parsed.data
  const onsets = new Map(incidents.map((one) => [one.incident_id, one.onset]))
  return {
    data_through,
    findings: alerts.flatMap((one) => {
      if (!one.fired || one.kind === 'candidate') return []
      const onset = onsets.get(one.incident_id ?? '') ?? one.onset ?? one.date
      return [{ ...findingOf({ ...one, kind: one.kind }, onset, currency), context: contextOf(one) }]
    }),
    summaries: incidents.map(({ state, reason, last_day, excess, ...one }) => ({
      ...{ incident_id: incidentId(one.series, one.direction, one.onset), state, reason, last_day, excess },
      context: contextOf(one),
    })),
  }
}

type ParsedAlert = z.output<typeof alert>

function findingOf(one: ParsedAlert & { kind: Detected['kind'] }, onset: string, currency: string | null): Detected {
  return {
    incident_id: incidentId(one.series, one.direction, onset),
    series: one.series,
    direction: one.direction,
    kind: one.kind,
    date: one.date,
    detected_on: one.detected_on ?? one.date,
    onset: one.onset ?? onset,
    rule: one.rule,
    score: one.score,
    actual: one.actual,
    expected: one.expected,
    excess: one.excess,
    currency: one.currency ?? currency,
    owner: one.owner ?? null,
    ...(one.measure ? { measure: one.measure } : {}),
    causes: one.causes?.map(causeOf) ?? (one.root ? [causeOf({ ...one.root, excess: null, is_new: false })] : []),
  }
}

function causeOf(one: { [Key in keyof Cause]?: Cause[Key] | undefined }): Cause {
  return {
    account: one.account ?? null,
    service: one.service ?? null,
    region: one.region ?? null,
    usage_type: one.usage_type ?? null,
    resource: one.resource ?? null,
    excess: one.excess ?? null,
    is_new: one.is_new ?? false,
  }
}

function contextOf(one: Pick<ParsedAlert, 'history' | 'expected_low' | 'expected_high'>): Context {
  return {
    history: one.history.map((point) => ({ ...point, low: point.low ?? null, high: point.high ?? null })),
    expected_low: one.expected_low ?? null,
    expected_high: one.expected_high ?? null,
  }
}

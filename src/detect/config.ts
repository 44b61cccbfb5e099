import { z } from 'zod'
import { UserError } from '../errors.ts'
import { dayIndex, type LeafKey, type SeriesInput } from './input.ts'
import { tuning } from './tuning.ts'

const day = z.iso.date()
const direction = z.enum(['up', 'down'])
const scope = z
  .object({
    provider: z.string(),
    account: z.string(),
    service: z.string(),
    team: z.string(),
    level: z.string(),
    value: z.string(),
  })
  .partial()
  .readonly()

const schema = z.strictObject({
  emit_candidates: z.boolean().default(false),
  since: day.optional(),
  min_impact: z
    .object({ amount: z.coerce.number().nonnegative(), percent: z.coerce.number().nonnegative() })
    .partial()
    .default({}),
  holidays: z.array(day).default([]),
  planned: z
    .array(z.object({ scope, start: day, end: day, direction: direction.optional(), note: z.string().optional() }))
    .default([]),
  feedback: z
    .array(
      z.object({
        series: scope,
        date: day,
        direction,
        verdict: z.enum(['actionable', 'expected', 'noise']),
        given_on: day,
        until: day.optional(),
      }),
    )
    .default([]),
})

export type Scope = z.infer<typeof scope>

/** The configuration of one run in the file's own terms: days are indices, money is in currency units. */
export interface DetectConfig {
  readonly emitCandidates: boolean
  /** First morning whose records are written. */
  readonly since: number
  readonly minAmount: number
  readonly minPercent: number
  readonly holidays: ReadonlySet<number>
  readonly planned: readonly { scope: Scope; start: number; end: number; direction: 'up' | 'down' | undefined }[]
  readonly feedback: readonly Feedback[]
}

export interface Feedback {
  readonly scope: Scope
  readonly date: number
  readonly direction: 'up' | 'down'
  readonly verdict: 'actionable' | 'expected' | 'noise'
  readonly given: number
  /** Exclusive end of an expected change, if it ends. */
  readonly until: number | undefined
}

/**
 * Parses a configuration (anomalies.md section 8); all keys are optional.
 *
 * @throws UserError that names every wrong key
 */
export function parseDetectConfig(
  value: unknown,
  input: Pick<SeriesInput, 'first_date'>,
  file = 'the configuration',
): DetectConfig {
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`)
    throw new UserError(`${file}: ${problems.join('; ')}`, {
      hint: 'For example {"min_impact": {"amount": 10, "percent": 10}, "holidays": ["2025-12-25"]}.',
    })
  }
  const at = (date: string) => dayIndex(input.first_date, date)
  const { emit_candidates, since, min_impact, holidays, planned, feedback } = parsed.data
  return {
    emitCandidates: emit_candidates,
    since: since === undefined ? Number.NEGATIVE_INFINITY : at(since),
    minAmount: min_impact.amount ?? tuning.minAmount,
    minPercent: min_impact.percent ?? tuning.minPercent,
    holidays: new Set(holidays.map(at)),
    planned: planned.map((one) => ({
      scope: one.scope,
      start: at(one.start),
      end: at(one.end),
      direction: one.direction,
    })),
    feedback: feedback.map((one) => ({
      scope: one.series,
      date: at(one.date),
      direction: one.direction,
      verdict: one.verdict,
      given: at(one.given_on),
      until: one.until === undefined ? undefined : at(one.until),
    })),
  }
}

/** Whether a scope, which may leave dimensions out, holds a leaf. One of a sum or a ratio holds none. */
export function covers(scope: Scope, leaf: LeafKey): boolean {
  if (scope.level !== undefined) return false
  return (['provider', 'account', 'service', 'team'] as const).every(
    (name) => scope[name] === undefined || scope[name] === leaf[name],
  )
}

import { z } from 'zod'
import { authSchema, serverSchema } from './config-auth.ts'
import { forecastSchema } from './config-forecast.ts'
import { notificationsSchema } from './config-notify.ts'
import { publishSchema } from './config-publish.ts'
import { reportsSchema } from './config-reports.ts'
import { collectSchema, sourceSchema } from './config-sources.ts'
import {
  amount,
  choice,
  decimal,
  integer,
  missing,
  notNegative,
  percentage,
  plainNumber,
  text,
  texts,
} from './config-values.ts'
import kpis from './core/kpi-targets.json' with { type: 'json' }
import { nearest } from './core/nearest.ts'

const comparisons = ['>', '>=', '<', '<=', 'abs<='] as const

const named = z.strictObject({ team: text.optional(), product: text.optional(), environment: text.optional() })

const phasingRule = 'must be even, days or a list of 12 weights, 0 or more and not all 0'

const annual = z.strictObject(
  {
    year: integer(2000, 2999),
    amount,
    phasing: z
      .union(
        [
          z.enum(['even', 'days']),
          z
            .array(notNegative(decimal(6, 6)))
            .length(12, phasingRule)
            .refine((weights) => weights.some((weight) => /[1-9]/.test(weight)), phasingRule),
        ],
        { error: phasingRule },
      )
      .default('even'),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must hold year and amount' : undefined) },
)

const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'is no month like 2026-01')

/** Cross-checks run even when a field is wrong, so that every problem is said at once. */
const always = { when: (payload: { value: unknown }) => typeof payload.value === 'object' && payload.value !== null }

const budget = z
  .strictObject({
    name: text,
    dimension: choice(['team', 'product', 'environment', 'account', 'provider', 'service', 'total']),
    value: text.optional(),
    currency: text.pipe(
      z
        .string()
        .toUpperCase()
        .regex(/^[A-Z]{3}$/, 'must be a currency code of three letters'),
    ),
    ledger: choice(['accrual', 'cash']).default('accrual'),
    tolerance_pct: percentage.default('5'),
    hard_limit_pct: percentage.default('10'),
    materiality: notNegative(amount).default('0'),
    months: z.record(month, amount, { error: 'must hold months and amounts' }).optional(),
    annual: annual.optional(),
  })
  .refine(({ months, annual }) => (months === undefined) !== (annual === undefined), {
    message: 'needs either months or annual',
    ...always,
  })
  .refine(({ dimension, value }) => dimension === undefined || dimension === 'total' || value !== undefined, {
    message: 'is missing; only a budget of dimension total has none',
    path: ['value'],
    ...always,
  })

const target = z
  .strictObject({
    kpi: text,
    met: text,
    near: text.optional(),
    comparison: choice(comparisons).optional(),
  })
  .transform(({ kpi, met, near, comparison }, context) => {
    const known = kpis.targets.find((row) => row.kpi === kpi)
    const guess = nearest(
      kpi,
      kpis.targets.map((row) => row.kpi),
    )
    const complain = (key: string, message: string) => context.addIssue({ code: 'custom', message, path: [key] })
    if (!known && guess) complain('kpi', `is no known KPI; did you mean ${guess}?`)
    else if (!known && !comparison) complain('comparison', 'is missing; a KPI without a default target needs one')
    const level = (key: string, value: string) => {
      const found = levelOf(value, known?.unit ?? 'ratio')
      if (found === undefined)
        complain(key, known?.unit === 'ratio' ? 'must be a share like 92% or 0.92' : 'must be a number')
      return found ?? 0
    }
    return {
      kpi,
      comparison: comparison ?? (known?.comparison as (typeof comparisons)[number]),
      met: level('met', met),
      near: near === undefined ? null : level('near', near),
      unit: known?.unit ?? 'ratio',
    }
  })

/** `92%` of a ratio is 0.92, of a KPI counted in percent 92; a bare number above 2 is no ratio. */
function levelOf(value: string, unit: string): number | undefined {
  const percent = value.endsWith('%')
  const digits = value.replace(/\s*%$/, '')
  if (!plainNumber.test(digits)) return undefined
  if (percent && unit === 'ratio') return Number(`${digits}e-2`)
  return unit === 'ratio' && Math.abs(Number(digits)) > 2 ? undefined : Number(digits)
}

/** Two sources of one name would share their state. */
function uniqueNames(sources: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  for (const [index, { name }] of sources.entries()) {
    if (sources.findIndex((other) => other.name === name) < index)
      context.addIssue({ code: 'custom', message: 'is the name of another source', path: [index, 'name'] })
  }
}

/** costwright.yaml; every default is documented in docs/configuration.md. */
export const configSchema = z.strictObject({
  policy: z
    .strictObject({
      required: z
        .array(
          z.strictObject({ key: text, allowed: texts.min(1, 'is empty').optional(), aliases: texts.default([]) }),
          {
            error: missing('must be a list'),
          },
        )
        .min(1, 'is empty; leave the key out for the default')
        .default([
          { key: 'team', aliases: [] },
          { key: 'product', aliases: [] },
          { key: 'environment', aliases: [] },
        ]),
      placeholders: z
        .array(z.string().trim().toLowerCase(), { error: missing('must be a list') })
        .default(['none', 'n/a', 'na', 'unknown', 'tbd', '-']),
    })
    .prefault({}),
  dimensions: z
    .strictObject({
      team: texts.default(['team']),
      product: texts.default(['product', 'application', 'app']),
      environment: texts.default(['environment', 'env']),
    })
    .prefault({}),
  accounts: z.record(z.string(), named, { error: 'must hold account ids' }).default({}),
  budgets: z.array(budget, { error: 'must be a list' }).default([]),
  metrics: z
    .array(
      z.strictObject({
        name: text,
        aggregation: choice(['sum', 'average']).default('sum'),
        minimum_quantity: notNegative(amount).optional(),
      }),
      { error: 'must be a list' },
    )
    .default([]),
  targets: z.array(target, { error: 'must be a list' }).default([]),
  sources: z.array(sourceSchema, { error: 'must be a list' }).default([]).superRefine(uniqueNames),
  collect: collectSchema,
  notifications: notificationsSchema,
  forecast: forecastSchema,
  reports: reportsSchema,
  memory_limit: text.pipe(z.string().regex(/^\d+(\.\d+)?\s*[KMGT]i?B$/i, 'must be a size with unit')).default('1GB'),
  threads: integer(1, 1024).optional(),
  server: serverSchema,
  auth: authSchema,
  publish: publishSchema,
})

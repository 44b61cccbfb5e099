import { z } from 'zod'
import { amount, missing, text } from './config-values.ts'

const day = text.pipe(z.iso.date('must be a day like 2026-07-01'))
/** An estimate from here on: what an event is expected to change, currency units. */
const estimate = amount.transform(Number)

/** A dated change that history does not show. Ends of commitments are read from the bill and need no entry. */
const event = z
  .strictObject({
    /** A dimension that is left out is any; the event counts in every scope that holds it. */
    scope: z.strictObject({
      provider: text.optional(),
      account: text.optional(),
      service: text.optional(),
      team: text.optional(),
    }),
    start: day,
    end: day.optional(),
    per_day: estimate.optional(),
    once: estimate.optional(),
    reason: text,
    currency: text.optional(),
  })
  .refine(({ per_day, once }) => per_day !== undefined || once !== undefined, { error: 'needs per_day or once' })

export const forecastSchema = z
  .strictObject({ events: z.array(event, { error: missing('must be a list') }).default([]) })
  .prefault({})

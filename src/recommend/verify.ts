import type { Result, Warehouse } from '../warehouse/warehouse.ts'
import { createTable, lookBack, prepareCharges, runBase } from './prepare.ts'

/** A saving that was carried out; days are YYYY-MM-DD, amounts a month as decimal text. */
export interface DoneSaving {
  readonly resource_id: string
  readonly sub_account_id: string | null
  readonly currency: string
  /** Waterfall step of its rule; decides the model of what it would have cost. */
  readonly step: string
  readonly implemented_on: string
  readonly promised: string
  /** Resource that took its place with the change: its use since counts as that of the old one. */
  readonly successor?: string | undefined
  /** Business metric that drives the cost, where one does. */
  readonly metric?: string | undefined
}

const baselineDays = 28
const minDaysAfter = 14

/**
 * Measures a saving on the bill: baseline model at what was used after the change, minus what was paid, per month, with an interval.
 *
 * The baseline is the 28 days before the change; the measurement ends where bills are complete. What was stopped or deleted is
 * compared with the cost of the same weekday before; a cheaper kind with the old price of a unit × the units used since; with a metric,
 * with fixed + variable × metric fitted on the baseline. What a commitment saves is left out, and what it lost by the change taken off.
 *
 * @returns one row: outcome `verified`, `not_measurable` (within the noise, counts 0), `too_early`, `moved` (the cost reappeared
 *   beside it) or `regressed` (the newest week shows at most half of it, or nothing was saved); columns of queries/recommenders/base/verify.sql. Source: specs/optimisation.md section 6
 */
export async function verifySaving(warehouse: Warehouse, saving: DoneSaving, now: Date): Promise<Result> {
  const look = await lookBack(warehouse, now, baselineDays)
  const day = new Date(`${saving.implemented_on}T00:00:00Z`).getTime()
  const start = new Date(day - baselineDays * 86_400_000).toISOString().slice(0, 10)
  const where = {
    resource_id: saving.resource_id,
    sub_account_id: saving.sub_account_id,
    currency: saving.currency,
    changed_on: saving.implemented_on,
    start_date: start,
    end_date: look && look.end > saving.implemented_on ? look.end : saving.implemented_on,
  }
  await prepareCharges(warehouse)
  const successor = saving.successor ?? null
  await createTable(warehouse, 'measured_days', { ...where, successor, metric: saving.metric ?? null })
  await createTable(warehouse, 'measured_new', { ...where, successor })
  await createTable(warehouse, 'measured_freed', where)
  return measure(warehouse, modelOf(saving), saving.promised)
}

/** The comparison itself, over tables `measured_days`, `measured_new` and `measured_freed` of the connection. */
export async function measure(
  warehouse: Warehouse,
  model: 'driver' | 'unit_price' | 'level',
  promised: string,
  minDays = minDaysAfter,
): Promise<Result> {
  return runBase(warehouse, 'verify', { model, promised, min_days: minDays })
}

function modelOf({ metric, step }: DoneSaving): 'driver' | 'unit_price' | 'level' {
  if (metric !== undefined) return 'driver'
  return ['eliminate', 'schedule', 'rightsize'].includes(step) ? 'level' : 'unit_price'
}

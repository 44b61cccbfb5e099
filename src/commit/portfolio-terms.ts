import type { Fraction } from '../core/money.ts'
import { monthHours } from './financing.ts'
import { compare, over, sum, times, whole, zero } from './fraction.ts'

const dayMs = 86_400_000

/** A commitment with its term [start, end) as ISO instants or dates (UTC), in currency units per hour at commitment prices. */
export interface OwnedPlan {
  readonly id: string
  readonly start: string
  readonly end: string
  readonly commitment_per_hour: Fraction
}

/** Obligation of plans from an instant on, exact; see obligations. */
export interface Obligations {
  readonly plans: readonly (OwnedPlan & {
    readonly remaining_days: Fraction
    readonly remaining_obligation: Fraction
  })[]
  readonly total: Fraction
  /** Weighted by obligation; null without obligation. */
  readonly weighted_days: Fraction | null
  readonly active_per_hour: Fraction
  /** Null without eligible spend. */
  readonly lock_in_months: Fraction | null
  /** Plans that end within so many days, by days. */
  readonly expiring: Readonly<Record<number, number>>
  /** The largest share of obligation that ends within any 30 days; null without obligation. */
  readonly largest_step: Fraction | null
}

/**
 * Remaining obligation, lock-in and expiry of plans (specs/commitments.md section 13). Currency units.
 *
 * @param now ISO instant or date; a plan that has not begun owes its hours from its start on
 * @param eligible_rate eligible spend at commitment prices, currency units per hour
 * @param within calendar of expiries, days
 *
 * Three plans of 2 per hour, started in January, April and July, owe 35,040 in August: 4.8 months at 10 per hour (vector C20).
 */
export function obligations(
  plans: readonly OwnedPlan[],
  now: string,
  eligible_rate: Fraction,
  within: readonly number[] = [30, 60, 90, 180, 365],
): Obligations {
  const at = Date.parse(now)
  const owed = plans.map((plan) => {
    const ms = Math.max(0, Date.parse(plan.end) - Math.max(at, Date.parse(plan.start)))
    const remaining_days = { numerator: BigInt(ms), denominator: BigInt(dayMs) }
    return {
      ...plan,
      remaining_days,
      remaining_obligation: times(times(plan.commitment_per_hour, remaining_days), whole(24)),
    }
  })
  const total = sum(owed.map((plan) => plan.remaining_obligation))
  const weighted = sum(owed.map((plan) => times(plan.remaining_obligation, plan.remaining_days)))
  const ends = (plan: OwnedPlan) => (Date.parse(plan.end) - at) / dayMs
  return {
    plans: owed,
    total,
    weighted_days: over(weighted, total),
    active_per_hour: committedAt(plans, now),
    lock_in_months: over(total, times(eligible_rate, whole(monthHours))),
    expiring: Object.fromEntries(
      within.map((days) => [days, plans.filter((plan) => ends(plan) > 0 && ends(plan) <= days).length]),
    ),
    largest_step: over(largestEnd(owed.map((plan) => [ends(plan), plan.remaining_obligation])), total),
  }
}

/** Commitment per hour of the plans that are alive at an instant. */
export function committedAt(plans: readonly OwnedPlan[], instant: string): Fraction {
  const at = Date.parse(instant)
  return sum(
    plans
      .filter(({ start, end }) => Date.parse(start) <= at && at < Date.parse(end))
      .map((plan) => plan.commitment_per_hour),
  )
}

function largestEnd(ends: readonly (readonly [day: number, amount: Fraction])[]): Fraction {
  return ends.reduce((most, [from]) => {
    const together = sum(ends.filter(([day]) => day >= from && day < from + 30).map(([, amount]) => amount))
    return compare(together, most) > 0 ? together : most
  }, zero)
}

/**
 * The rise in cost when a plan ends (specs/commitments.md section 13): used on-demand equivalent less used and unused commitment, since
 * its waste ends too. Rates are currency units per hour; an estimate for forecasts.
 *
 * Of 0.80 used at 0.56 with 0.04 unused, 0.20 per hour: 146 a month (vector C21).
 */
export function expiryStep(
  plan: { readonly used_ode_rate: number; readonly used_rate: number; readonly unused_rate: number },
  end: string,
  month: { readonly start: string; readonly hours: number },
) {
  const step = plan.used_ode_rate - plan.used_rate - plan.unused_rate
  const before = Math.min(month.hours, Math.max(0, (Date.parse(end) - Date.parse(month.start)) / 3_600_000))
  const after = month.hours - before
  return { hours_after: after, extra_in_month: step * after, monthly_step: step * monthHours }
}

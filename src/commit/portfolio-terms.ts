import { monthHours } from './financing.ts'

const dayMs = 86_400_000

/** A commitment with its term [start, end) as ISO instants or dates (UTC), at commitment prices per hour. */
export interface OwnedPlan {
  readonly id: string
  readonly start: string
  readonly end: string
  readonly commitment_per_hour: number
}

/** Obligation of plans from an instant on; see obligations. */
export interface Obligations {
  readonly plans: readonly (OwnedPlan & { readonly remaining_days: number; readonly remaining_obligation: number })[]
  readonly total: number
  /** Weighted by obligation; null without obligation. */
  readonly weighted_days: number | null
  readonly active_per_hour: number
  /** Null without eligible spend. */
  readonly lock_in_months: number | null
  /** Plans that end within so many days, by days. */
  readonly expiring: Readonly<Record<number, number>>
  /** The largest share of obligation that ends within any 30 days; null without obligation. */
  readonly largest_step: number | null
}

/**
 * Remaining obligation, lock-in and expiry of plans (specs/commitments.md section 13). Currency units.
 *
 * @param now ISO instant or date; plans that have ended or not begun owe their hours from now or their start on
 * @param eligible_rate eligible spend at commitment prices, currency units per hour
 * @param within calendar of expiries, days
 *
 * Three plans of 2 per hour, started in January, April and July, owe 35,040 in August: 4.8 months at 10 per hour (vector C20).
 */
export function obligations(
  plans: readonly OwnedPlan[],
  now: string,
  eligible_rate: number,
  within: readonly number[] = [30, 60, 90, 180, 365],
): Obligations {
  const at = Date.parse(now)
  const owed = plans.map((plan) => {
    const days = Math.max(0, (Date.parse(plan.end) - Math.max(at, Date.parse(plan.start))) / dayMs)
    return { ...plan, remaining_days: days, remaining_obligation: plan.commitment_per_hour * days * 24 }
  })
  const total = owed.reduce((sum, plan) => sum + plan.remaining_obligation, 0)
  const weighted = owed.reduce((sum, plan) => sum + plan.remaining_obligation * plan.remaining_days, 0)
  const ends = (plan: OwnedPlan) => (Date.parse(plan.end) - at) / dayMs
  return {
    plans: owed,
    total,
    weighted_days: total === 0 ? null : weighted / total,
    active_per_hour: committedAt(plans, now),
    lock_in_months: eligible_rate === 0 ? null : total / (eligible_rate * monthHours),
    expiring: Object.fromEntries(
      within.map((days) => [days, plans.filter((plan) => ends(plan) > 0 && ends(plan) <= days).length]),
    ),
    largest_step:
      total === 0 ? null : largestEnd(owed.map((plan) => [ends(plan), plan.remaining_obligation] as const)) / total,
  }
}

/** Commitment per hour of the plans that are alive at an instant. */
export function committedAt(plans: readonly OwnedPlan[], instant: string): number {
  const at = Date.parse(instant)
  return plans
    .filter(({ start, end }) => Date.parse(start) <= at && at < Date.parse(end))
    .reduce((sum, plan) => sum + plan.commitment_per_hour, 0)
}

function largestEnd(ends: readonly (readonly [day: number, amount: number])[]): number {
  return ends.reduce((most, [from]) => {
    const together = ends.filter(([day]) => day >= from && day < from + 30).reduce((sum, [, amount]) => sum + amount, 0)
    return Math.max(most, together)
  }, 0)
}

/**
 * The rise in cost when a plan ends (specs/commitments.md section 13): used on-demand equivalent less used and unused commitment, since
 * its waste ends too. Rates are currency units per hour.
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

/** One purchase of a ladder. */
export interface Rung {
  readonly buy: string
  readonly end: string
  readonly commitment_per_hour: number
}

/**
 * Splits a commitment into equal purchases a term ÷ n apart, so that only 1/n of it expires at once (specs/commitments.md section 10).
 * The first is bought on `start` (ISO date); every later one is to be sized again on the demand of its day.
 */
export function ladder(per_hour: number, tranches: number, term_months: number, start: string): Rung[] {
  return Array.from({ length: tranches }, (_, i) => {
    const months = (i * term_months) / tranches
    return {
      buy: monthsAfter(start, months),
      end: monthsAfter(start, months + term_months),
      commitment_per_hour: per_hour / tranches,
    }
  })
}

/** A date some months later, at most the last day of its month; a part of a month is that part of the days to the next one. */
function monthsAfter(date: string, months: number): string {
  const whole = Math.floor(months)
  const [low, high] = [wholeMonthsAfter(date, whole), wholeMonthsAfter(date, whole + 1)]
  const days = Math.round(((high - low) / dayMs) * (months - whole))
  return new Date(low + days * dayMs).toISOString().slice(0, 10)
}

function wholeMonthsAfter(date: string, months: number): number {
  const from = new Date(`${date}T00:00:00Z`)
  const last = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0)).getUTCDate()
  return Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, Math.min(from.getUTCDate(), last))
}

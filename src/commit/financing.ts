/** Hours of a month in all rates of this project: 365 × 24 ÷ 12. */
export const monthHours = 730

/** Prices of a commitment and of what it replaces, currency units; rates per hour. */
export interface Offer {
  readonly upfront: number
  readonly recurring_rate: number
  readonly term_hours: number
  readonly on_demand_rate: number
}

/** See breakEven. */
export interface BreakEven {
  readonly effective_rate: number
  readonly discount: number | null
  /** Share of the term in which the commitment has to be used. */
  readonly utilisation: number | null
  /** Hours of full use after which the upfront is earned back; null where the recurring rate is not below on demand. */
  readonly hours: number | null
  readonly days: number | null
  readonly months: number | null
}

/**
 * When an offer has paid (specs/commitments.md section 7): e = upfront ÷ term + recurring; discount 1 − e ÷ p; break-even utilisation
 * e ÷ p; break-even hours at full use upfront ÷ (p − recurring).
 *
 * 525.60 upfront for a year against 0.10 per hour: 5,256 hours, 7.2 months, 60 % (vector C07).
 */
export function breakEven({ upfront, recurring_rate, term_hours, on_demand_rate }: Offer): BreakEven {
  const effective = upfront / term_hours + recurring_rate
  const hours = recurring_rate < on_demand_rate ? upfront / (on_demand_rate - recurring_rate) : null
  return {
    effective_rate: effective,
    discount: on_demand_rate === 0 ? null : 1 - effective / on_demand_rate,
    utilisation: on_demand_rate === 0 ? null : effective / on_demand_rate,
    hours,
    days: hours === null ? null : hours / 24,
    months: hours === null ? null : hours / monthHours,
  }
}

/**
 * The annual rate that paying `upfront` now earns by a lower hourly rate: i with upfront = Σ over months of saved ÷ (1 + i)^k, then
 * (1 + i)^12 − 1 (specs/commitments.md section 7). To compare with the cost of capital.
 *
 * @param upfront currency units paid now, above 0
 * @param saved_rate currency units per hour by which the hourly payment is lower than with the other way of paying
 * @param months of the term
 * @returns a fraction, negative where the payments saved do not reach the upfront; null where nothing is saved
 */
export function impliedInterest(upfront: number, saved_rate: number, months: number): number | null {
  const payment = saved_rate * monthHours
  if (payment <= 0 || upfront <= 0) return null
  const worth = (rate: number) => {
    let sum = 0
    for (let month = 1; month <= months; month++) sum += payment / (1 + rate) ** month
    return sum
  }
  let low = -0.99
  let high = 1
  while (worth(high) > upfront && high < 1e9) high *= 2
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2
    if (worth(middle) > upfront) low = middle
    else high = middle
  }
  return (1 + (low + high) / 2) ** 12 - 1
}

/** Billed and effective cost of one hour of a commitment with part of it paid at the start, currency units. */
export interface AmortisedHour {
  readonly billed: number
  readonly effective: number
  /** Paid and not yet amortised: an asset that is 0 at the end of the term. */
  readonly prepaid: number
}

/** The hours of a term (specs/commitments.md section 3): the first hour also bills the upfront. `share` of the whole is upfront. */
export function amortisation(hourly: number, term_hours: number, share: number): AmortisedHour[] {
  const upfront = hourly * term_hours * share
  return Array.from({ length: term_hours }, (_, hour) => ({
    billed: hourly * (1 - share) + (hour === 0 ? upfront : 0),
    effective: hourly,
    prepaid: (upfront * (term_hours - hour - 1)) / term_hours,
  }))
}

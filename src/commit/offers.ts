import type { Fraction } from '../core/money.ts'
import { impliedInterest, monthHours } from './financing.ts'
import { compare, minus, one, over, plus, times, toNumber, whole } from './fraction.ts'

/** One way to buy the same capacity, currency units; rates per hour. */
export interface PricedOffer {
  readonly offer: string
  readonly term_months: number
  readonly upfront: Fraction
  readonly recurring_per_hour: Fraction
  readonly on_demand_per_hour: Fraction
}

/** What to expect and what to require; all fractions or months. */
export interface OfferPolicy {
  /** Annual cost of capital that an upfront payment has to earn. */
  readonly capital: number
  /** Months within which full use has to earn the upfront back (default of the specification: 9). */
  readonly break_even_months: number
}

/** An offer judged: exact price figures, and an annual rate that is a statistic. */
export interface JudgedOffer extends PricedOffer {
  readonly effective_per_hour: Fraction
  /** Null where the on-demand rate is 0. */
  readonly discount: Fraction | null
  readonly break_even_utilisation: Fraction | null
  /** Months of full use; null where the recurring rate is not below on demand. */
  readonly break_even_months: Fraction | null
  /** Annual rate earned by the upfront against `compared_with`, null where there is none. */
  readonly implied_interest: number | null
  /** The offer of the same term with the least upfront. */
  readonly compared_with: string | null
  /** Why not to buy it, empty for none. */
  readonly objections: readonly string[]
}

/**
 * Judges offers for the same capacity (specs/commitments.md section 7): effective rate, discount, break-even, and what paying upfront
 * earns a year against the offer of the same term with the least upfront.
 *
 * A no-upfront offer breaks even on cash at once but has to be used as much as any other of its price.
 */
export function judgeOffers(offers: readonly PricedOffer[], policy: OfferPolicy): JudgedOffer[] {
  return offers.map((offer) => {
    const hours = whole(offer.term_months * monthHours)
    const effective = plus(over(offer.upfront, hours) as Fraction, offer.recurring_per_hour)
    const saved = minus(offer.on_demand_per_hour, offer.recurring_per_hour)
    const utilisation = over(effective, offer.on_demand_per_hour)
    const months = saved.numerator > 0n ? over(offer.upfront, times(saved, whole(monthHours))) : null
    const base = leastUpfront(offers, offer)
    const interest =
      base === offer
        ? null
        : impliedInterest(
            toNumber(minus(offer.upfront, base.upfront)),
            toNumber(minus(base.recurring_per_hour, offer.recurring_per_hour)),
            offer.term_months,
          )
    return {
      ...offer,
      effective_per_hour: effective,
      discount: utilisation && minus(one, utilisation),
      break_even_utilisation: utilisation,
      break_even_months: months,
      implied_interest: interest,
      compared_with: base === offer ? null : base.offer,
      objections: [
        utilisation === null || compare(utilisation, one) >= 0 ? 'not cheaper than on demand' : '',
        months !== null && toNumber(months) > policy.break_even_months
          ? `breaks even after more than ${policy.break_even_months} months`
          : '',
        base !== offer && (interest === null || interest < policy.capital)
          ? `the upfront earns less a year than the cost of capital of ${policy.capital}`
          : '',
      ].filter(Boolean),
    }
  })
}

function leastUpfront(offers: readonly PricedOffer[], offer: PricedOffer): PricedOffer {
  return offers
    .filter(({ term_months }) => term_months === offer.term_months)
    .reduce((least, each) => (compare(each.upfront, least.upfront) < 0 ? each : least), offer)
}

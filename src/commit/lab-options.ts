import { decimalText, fraction, toNumber } from './fraction.ts'
import { type Discount, discountKey, type LabData } from './lab-data.ts'
import type { LabOption } from './lab-document.ts'
import type { Scope } from './lab-scopes.ts'
import { judgeOffers, type OfferPolicy, type PricedOffer } from './offers.ts'

/** Share of a scope's demand that an option must have a price for. */
const leastPriced = 0.9

interface Candidate extends Omit<PricedOffer, 'upfront' | 'recurring_per_hour' | 'on_demand_per_hour'> {
  readonly price: Discount
  readonly discount: number
}

/**
 * Term and payment options for the same capacity (specs/commitments.md section 7), each with break-even, what its upfront earns a year
 * and, for longer terms, how long the usage has to last. Of one term and upfront the best price source is kept.
 *
 * @param covers on-demand currency units an hour that the purchase covers
 * @param weights uncovered on-demand cost of each series of the scope, by index
 */
export function optionsOf(
  data: LabData,
  scope: Scope,
  purchase: { readonly covers: number; readonly weights: ReadonlyMap<number, number>; readonly asked: string },
  policy: OfferPolicy,
): LabOption[] {
  const candidates = candidatesOf(data, scope, purchase.weights)
  const yearly = candidates.find(({ term_months, price }) => term_months === 12 && price.upfront_share === 0)
  const offers = candidates.map(({ offer, term_months, discount, price }): PricedOffer => {
    const rate = purchase.covers * (1 - discount)
    return {
      offer,
      term_months,
      upfront: fraction((rate * price.upfront_share * term_months * 730).toFixed(2)),
      recurring_per_hour: fraction((rate * (1 - price.upfront_share)).toFixed(6)),
      on_demand_per_hour: fraction(purchase.covers.toFixed(6)),
    }
  })
  return judgeOffers(offers, policy).map((judged, index): LabOption => {
    const { price, discount } = candidates[index] as Candidate
    return {
      option: judged.offer,
      term_months: judged.term_months,
      payment: price.payment,
      discount,
      price_source: price.price_source,
      price_note: priceNote(price, purchase.asked),
      commitment_per_hour: (purchase.covers * (1 - discount)).toFixed(3),
      upfront: decimalText(judged.upfront),
      recurring_per_hour: decimalText(judged.recurring_per_hour),
      break_even_utilisation: 1 - discount,
      break_even_months: judged.break_even_months && toNumber(judged.break_even_months),
      implied_interest: judged.implied_interest,
      beats_renewal_after_months:
        judged.term_months > 12 && yearly ? beatsAfter(judged.term_months, 1 - discount, 1 - yearly.discount) : null,
      objections: judged.objections,
    }
  })
}

/** Where a price is from; a dated one with its age on the day of asking. */
export function priceNote({ price_source, price_note }: Discount, asked: string): string {
  const dated = /\d{4}-\d{2}-\d{2}/.exec(price_note)?.[0]
  if (price_source === 'own_bill' || dated === undefined) return price_note
  const days = Math.max(0, Math.round((Date.parse(asked) - Date.parse(dated)) / 86_400_000))
  return `${price_note}, ${days} days old`
}

function candidatesOf(data: LabData, scope: Scope, weights: ReadonlyMap<number, number>): Candidate[] {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  const groups = new Map<string, { price: Discount; weight: number; sum: number }>()
  for (const [index, weight] of weights) {
    const series = data.series[index]
    const seen = new Set<string>()
    for (const price of series ? (data.discounts.get(discountKey(series.series, scope.program.program)) ?? []) : []) {
      const key = `${price.term_months} ${price.upfront_share}`
      if (seen.has(key)) continue
      seen.add(key)
      const group = groups.get(key) ?? { price, weight: 0, sum: 0 }
      groups.set(key, { price: group.price, weight: group.weight + weight, sum: group.sum + weight * price.discount })
    }
  }
  return [...groups.values()]
    .filter(({ weight }) => weight > 0 && weight >= leastPriced * total)
    .map(({ price, weight, sum }) => ({
      offer: `${price.term_months / 12}-year, ${price.payment}`,
      term_months: price.term_months,
      price,
      discount: sum / weight,
    }))
    .sort((a, b) => a.term_months - b.term_months || a.price.upfront_share - b.price.upfront_share)
}

/** First month count at which one long term costs less than years renewed (specs/commitments.md section 10); null where none does. */
function beatsAfter(term_months: number, long: number, year: number): number | null {
  for (let months = 1; months <= term_months; months++)
    if (Math.ceil(months / 12) * 12 * year > term_months * long) return months - 1
  return null
}

import type { Fraction } from '../core/money.ts'
import { breakpoint, type Demand } from './demand.ts'
import { compare, floorTo, fraction, lower, minus, one, plus, times, zero } from './fraction.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { bestRow, type Worth, worthOf } from './search.ts'
import { withinFloor } from './utilisation-floor.ts'

/** What limits or weighs a purchase; all fractions. */
export interface Policy {
  /** Probability that the whole demand disappears. */
  readonly vanish?: Fraction
  /** Fraction of the unused cost that is recovered. */
  readonly salvage?: Fraction
  /** Least used share of the commitment. */
  readonly floor?: Fraction
  /** Highest commitment, in discounted currency units per hour. */
  readonly cap?: Fraction
  /** Purchasable step, in discounted currency units per hour. */
  readonly step?: Fraction
}

/** The size of one commitment and what it would have done. */
export interface Sizing {
  /** Discounted currency units per hour. */
  readonly per_hour: Fraction
  readonly outcome: Outcome
  /** Why the size is what it is. */
  readonly reason: string
}

/**
 * The spend commitment that would have earned most on a demand, the lowest one of a flat top (specs/commitments.md sections 8, 9).
 *
 * With one discount d this is the ceil(d·n)-th smallest hour; with several, the best cumulative breakpoint of any hour. A demand by
 * day hides the troughs inside the day, so it is sized at half its discounts.
 *
 * @param demand what existing commitments leave over
 * @param entryHours hours that one entry of the demand stands for: 1, or 24 for days
 *
 * Ten hours of 4, 6, 6, 8, 10, 10, 12, 14, 16 and 20 at a discount of 0.30 are sized at 4.2, which covers 6 (vector C08).
 */
export function sizeOf(demand: Demand, policy: Policy = {}, entryHours: 1 | 24 = 1): Sizing {
  const worth = sizingWorth(demand, policy, entryHours)
  const row = bestRow(demand, worth)
  if (row === null) return nothing(demand, entryHours, whyNothing(demand, policy))
  const best = breakpoint(demand, row)
  const floored = policy.floor ? withinFloor(demand, best, policy.floor) : best
  const hourly = perEntry(floored, entryHours)
  const capped = policy.cap ? lower(hourly, policy.cap) : hourly
  const per_hour = policy.step ? rounded(demand, capped, policy, entryHours) : capped
  if (per_hour.numerator === 0n) return nothing(demand, entryHours, whyLimited(policy, floored, capped))
  const reasons = [
    'the lowest commitment with the highest savings on these hours',
    compare(floored, best) < 0 ? 'lowered to keep the utilisation floor' : '',
    compare(capped, hourly) < 0 ? 'lowered to the cap' : '',
    compare(per_hour, capped) === 0 ? '' : 'rounded to the purchasable step',
    entryHours === 24 ? 'sized at half the discount, because days hide the troughs of their hours' : '',
  ]
  return {
    per_hour,
    outcome: outcomeOf(demand, per_hour, entryHours),
    reason: reasons.filter(Boolean).join('; '),
  }
}

/** The same size to nine decimals, without purchasable steps and outcome, for rules that are tried at many origins. */
export function roughSizeOf(demand: Demand, policy: Policy, entryHours: 1 | 24): Fraction {
  if (policy.floor) return sizeOf(demand, policy, entryHours).per_hour
  const row = bestRow(demand, sizingWorth(demand, policy, entryHours))
  if (row === null) return zero
  const hourly = fraction(((demand.priced[row] as number) / entryHours).toFixed(9))
  return policy.cap ? lower(hourly, policy.cap) : hourly
}

/** What a committed currency unit is worth when a demand is sized; days count with half their discounts. */
export function sizingWorth(demand: Demand, policy: Policy, entryHours: 1 | 24): Worth {
  const part: Fraction = { numerator: 1n, denominator: entryHours === 24 ? 2n : 1n }
  const discounts = demand.discounts.map((each) => (each.numerator > 0n ? times(each, part) : each))
  return worthOf(discounts, policy.vanish, policy.salvage)
}

/** Savings that a sizing expects: the outcome with the probability that demand disappears and what is recovered of unused cost. */
export function expectedSavings({ covered, used, paid }: Outcome, { loss, vanish }: Worth): Fraction {
  const stays = minus(minus(covered, used), times(loss, minus(paid, used)))
  return minus(times(minus(one, vanish), stays), times(times(vanish, loss), paid))
}

function perEntry(value: Fraction, entryHours: number): Fraction {
  return entryHours === 1 ? value : times(value, { numerator: 1n, denominator: BigInt(entryHours) })
}

function nothing(demand: Demand, entryHours: number, reason: string): Sizing {
  return { per_hour: zero, outcome: outcomeOf(demand, zero, entryHours), reason }
}

/** The better one of the two purchasable neighbours, the lower one of equals; never above the cap. */
function rounded(demand: Demand, wanted: Fraction, policy: Policy, entryHours: number): Fraction {
  const step = policy.step as Fraction
  const down = floorTo(wanted, step)
  if (compare(down, wanted) === 0) return down
  const up = plus(down, step)
  const isBound = policy.floor !== undefined || (policy.cap !== undefined && compare(up, policy.cap) > 0)
  if (isBound || entryHours === 24) return down
  const worth = worthOf(demand.discounts, policy.vanish, policy.salvage)
  const [low, high] = [down, up].map((each) => expectedSavings(outcomeOf(demand, each, entryHours), worth))
  return compare(high as Fraction, low as Fraction) > 0 ? up : down
}

function whyNothing(demand: Demand, { vanish }: Policy): string {
  if (outcomeOf(demand, zero, 1).on_demand.numerator === 0n)
    return 'nothing is worth buying: no demand is left to cover'
  const best = demand.discounts[0] ?? zero
  if (best.numerator <= 0n) return 'nothing is worth buying: there is no discount above 0'
  if (vanish && compare(vanish, best) >= 0)
    return 'nothing is worth buying: the probability that demand disappears is not below the discount'
  return 'nothing is worth buying: in too many hours there is no demand that a commitment would cover'
}

function whyLimited({ cap, step }: Policy, floored: Fraction, capped: Fraction): string {
  if (floored.numerator === 0n) return 'nothing is bought: no commitment keeps the utilisation floor'
  if (cap && cap.numerator === 0n) return 'nothing is bought: the cap is 0'
  return capped.numerator > 0n && step
    ? 'nothing is bought: less than one purchasable step is worth buying'
    : 'nothing is bought'
}

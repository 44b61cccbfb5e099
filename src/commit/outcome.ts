import type { Fraction } from '../core/money.ts'
import { type Demand, exactRates } from './demand.ts'
import { minus, one, over, plus, sum, times, whole, zero } from './fraction.ts'

/** What a commitment would have done in all hours of a demand together, exactly, in currency units. */
export interface Outcome {
  /** On-demand cost of everything. */
  readonly on_demand: Fraction
  /** On-demand cost that the commitment replaces. */
  readonly covered: Fraction
  /** Commitment used, at commitment prices. */
  readonly used: Fraction
  /** Commitment paid: per hour × hours. */
  readonly paid: Fraction
}

/**
 * Applies a commitment of `perHour` discounted currency units to every hour, rows in order, nothing carried over
 * (specs/commitments.md section 5).
 *
 * `priceHours` counts how many hours one entry of the demand stands for the commitment: 1, or 24 where an entry is a day.
 */
export function outcomeOf(demand: Demand, perHour: Fraction, priceHours: number): Outcome {
  const { hours, starts, units, discount, discounts, scale } = demand
  const { rates, common } = exactRates(discounts)
  const unit = 10n ** BigInt(scale)
  const entry = times(perHour, whole(priceHours))
  const available = entry.numerator * unit * common
  const partly = new Map<number, bigint>()
  let onDemand = 0n
  let covered = 0n
  let used = 0n
  for (let hour = 0; hour < hours; hour++) {
    let left = available
    for (let i = starts[hour] as number; i < (starts[hour + 1] as number); i++) {
      const amount = units[i] as bigint
      onDemand += amount
      if (left === 0n) continue
      const price = amount * (rates[discount[i] as number] as bigint) * entry.denominator
      if (price <= left) {
        covered += amount
        left -= price
      } else {
        partly.set(discount[i] as number, (partly.get(discount[i] as number) ?? 0n) + left)
        left = 0n
      }
    }
    used += available - left
  }
  const money = unit * common * entry.denominator
  const parts = [...partly].map(
    ([k, taken]) => over({ numerator: taken, denominator: money }, minus(one, discounts[k] as Fraction)) ?? zero,
  )
  return {
    on_demand: { numerator: onDemand, denominator: unit },
    covered: plus({ numerator: covered, denominator: unit }, sum(parts)),
    used: { numerator: used, denominator: money },
    paid: times(entry, whole(hours)),
  }
}

/** Net savings over all hours: on-demand cost replaced, less the whole commitment. */
export function netSavings({ covered, paid }: Outcome): Fraction {
  return minus(covered, paid)
}

import type { Fraction } from '../core/money.ts'
import { type Demand, exactRates } from './demand.ts'
import { compare, floorTo, lower, zero } from './fraction.ts'

const step: Fraction = { numerator: 1n, denominator: 10n ** 12n }

/**
 * The largest commitment up to `wanted` whose utilisation is at least `floor`, in the unit of `wanted` (discounted currency units an
 * entry of the demand); rounded down to 12 decimals where it is not `wanted` itself, 0 where none is used that well.
 *
 * Utilisation mean(min(total, c)) ÷ c never rises with c, and is P ÷ (n·c) + share of higher hours between two hour totals
 * (specs/commitments.md section 8).
 *
 * @param floor least used share of the commitment, from 0 to 1
 */
export function withinFloor(demand: Demand, wanted: Fraction, floor: Fraction): Fraction {
  const { totals, denominator } = hourTotals(demand)
  const sorted = totals.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  let below = 0n
  for (let i = 0; i <= sorted.length; i++) {
    const higher = BigInt(sorted.length - i)
    const spare = floor.numerator * BigInt(sorted.length) - higher * floor.denominator
    const next = sorted[i]
    const reaches = next === undefined ? spare <= 0n : next * spare <= below * floor.denominator
    if (!reaches || next === undefined) {
      if (spare <= 0n) return wanted
      const limit = { numerator: below * floor.denominator, denominator: spare * denominator }
      return compare(wanted, limit) <= 0 ? wanted : floorTo(limit, step)
    }
    if (compare(wanted, { numerator: next, denominator }) <= 0) return wanted
    below += next
  }
  return lower(wanted, zero)
}

/** Discounted cost of every hour, whole multiples of 1 ÷ `denominator` currency units. */
function hourTotals(demand: Demand): { totals: bigint[]; denominator: bigint } {
  const { hours, starts, units, discount, discounts, scale } = demand
  const { rates, common } = exactRates(discounts)
  const totals = Array.from({ length: hours }, (_, hour) => {
    let total = 0n
    for (let i = starts[hour] as number; i < (starts[hour + 1] as number); i++)
      total += (units[i] as bigint) * (rates[discount[i] as number] as bigint)
    return total
  })
  return { totals, denominator: common * 10n ** BigInt(scale) }
}

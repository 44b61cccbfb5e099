import type { Fraction } from '../core/money.ts'
import { firstFlat, marginal } from './breakpoints.ts'
import type { Demand } from './demand.ts'
import { minus, one, over, plus, sum, times, toNumber, whole, zero } from './fraction.ts'

/** What one more committed currency unit is worth. */
export interface Worth {
  /** By discount class, where it replaces on-demand cost: d ÷ (1 − d). */
  readonly gain: readonly Fraction[]
  /** Lost where no demand is left: 1, less the salvage fraction. */
  readonly loss: Fraction
  /** Probability that the whole demand disappears. */
  readonly vanish: Fraction
}

/**
 * Worth of a commitment (specs/commitments.md sections 8 and 9).
 *
 * @param discounts by class, the discounts used for sizing; each below 1
 * @param vanish probability from 0 to 1 that the whole demand disappears
 * @param salvage fraction from 0 to 1 of the unused cost that is recovered
 */
export function worthOf(discounts: readonly Fraction[], vanish: Fraction = zero, salvage: Fraction = zero): Worth {
  return {
    gain: discounts.map((discount) => over(discount, minus(one, discount)) ?? zero),
    loss: minus(one, salvage),
    vanish,
  }
}

/**
 * The row at whose breakpoint a spend commitment earns most, the smallest one of a flat top; null where nothing is worth buying.
 *
 * The slope comes from whole counts of hours; near zero its sign is taken exactly, so a flat top is never missed.
 *
 * @param weights hours count as often as this says (one entry an hour); whole numbers
 */
export function bestRow(demand: Demand, worth: Worth, weights?: ArrayLike<number>): number | null {
  return firstFlat(demand, risingAt(demand, worth, weights))
}

/** Whether one unit more than a commitment would add to net savings. */
function risingAt(demand: Demand, worth: Worth, weights?: ArrayLike<number>): (commitment: number) => boolean {
  const { hours, starts, priced, discount } = demand
  const gain = worth.gain.map(toNumber)
  const loss = toNumber(worth.loss)
  const stays = 1 - toNumber(worth.vanish)
  const counts = new Float64Array(gain.length)
  let total = 0
  for (let hour = 0; hour < hours; hour++) total += weights?.[hour] ?? 1
  return (commitment) => {
    counts.fill(0)
    let idle = 0
    for (let hour = 0; hour < hours; hour++) {
      const end = starts[hour + 1] as number
      const row = marginal(priced, starts[hour] as number, end, commitment)
      const weight = weights?.[hour] ?? 1
      if (row === end) idle += weight
      else counts[discount[row] as number] = (counts[discount[row] as number] as number) + weight
    }
    let value = -idle * loss
    let size = total * loss
    for (let k = 0; k < gain.length; k++) {
      const part = (counts[k] as number) * (gain[k] as number)
      value += part
      size += Math.abs(part)
    }
    const slope = stays * value - (1 - stays) * loss * total
    return Math.abs(slope) > 1e-9 * size ? slope > 0 : exactSlope(worth, counts, idle, total).numerator > 0n
  }
}

function exactSlope({ gain, loss, vanish }: Worth, counts: Float64Array, idle: number, total: number): Fraction {
  const gains = [...counts].flatMap((count, k) => (count === 0 ? [] : [times(whole(count), gain[k] ?? zero)]))
  const stays = times(minus(one, vanish), minus(sum(gains), times(whole(idle), loss)))
  return plus(stays, times(times(vanish, loss), whole(-total)))
}

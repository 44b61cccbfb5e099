import type { Fraction } from '../core/money.ts'
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
 * Net savings are concave in the commitment, so the best one is the first breakpoint to whose right the slope is not positive.
 * The slope comes from whole counts of hours; near zero its sign is taken exactly, so a flat top is never missed.
 *
 * @param weights hours count as often as this says (one entry an hour); whole numbers
 */
export function bestRow(demand: Demand, worth: Worth, weights?: ArrayLike<number>): number | null {
  const isRising = risingAt(demand, worth, weights)
  let low = 0
  let high = 0
  for (const value of demand.priced) if (value > high) high = value
  if (!isRising(0)) return null
  for (let step = 0; step < 60 && low < high; step++) {
    const middle = low + (high - low) / 2
    if (middle <= low || middle >= high) break
    if (isRising(middle)) low = middle
    else high = middle
  }
  for (;;) {
    const row = nextRow(demand, low)
    if (row === null || !isRising(demand.priced[row] as number)) return row
    low = demand.priced[row] as number
  }
}

/** The row with the lowest breakpoint above `commitment`. */
function nextRow({ hours, starts, priced }: Demand, commitment: number): number | null {
  let best: number | null = null
  for (let hour = 0; hour < hours; hour++) {
    const row = marginal(priced, starts[hour] as number, starts[hour + 1] as number, commitment)
    if (row < (starts[hour + 1] as number) && (best === null || (priced[row] as number) < (priced[best] as number)))
      best = row
  }
  return best
}

/** First row of an hour whose breakpoint lies above `commitment`; `end` where the hour is covered. */
function marginal(priced: Float64Array, start: number, end: number, commitment: number): number {
  let low = start
  let high = end
  while (low < high) {
    const middle = (low + high) >> 1
    if ((priced[middle] as number) > commitment) high = middle
    else low = middle + 1
  }
  return low
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

import type { Fraction } from '../core/money.ts'
import { minus, one, toNumber } from './fraction.ts'

/**
 * Eligible on-demand cost by hour (or day), the rows of one hour in the order in which a provider applies a spend commitment:
 * highest discount first (specs/commitments.md section 5).
 *
 * Row i costs `units[i]` × 10^-`scale` currency units on demand and gets the discount of class `discount[i]`. Rows of hour t are
 * `starts[t]` to `starts[t + 1]`, exclusive. `priced[i]` is the commitment, in discounted currency units, that covers the hour's
 * rows up to and including i, `listed[i]` what those rows cost on demand; both are statistics.
 */
export interface Demand {
  readonly hours: number
  readonly scale: number
  readonly starts: Uint32Array
  readonly units: readonly bigint[]
  readonly discount: Uint32Array
  /** Discounts by class as fractions below 1, in descending order. */
  readonly discounts: readonly Fraction[]
  readonly priced: Float64Array
  readonly listed: Float64Array
}

/** Demand of rows that are already in order; see Demand for the arguments. */
export function demandOf(rows: Omit<Demand, 'hours' | 'priced' | 'listed'>): Demand {
  const hours = rows.starts.length - 1
  const rates = rows.discounts.map((discount) => toNumber(minus(one, discount)))
  const unit = 10 ** -rows.scale
  const priced = new Float64Array(rows.units.length)
  const listed = new Float64Array(rows.units.length)
  for (let hour = 0; hour < hours; hour++) {
    let total = 0
    let onDemand = 0
    for (let i = rows.starts[hour] as number; i < (rows.starts[hour + 1] as number); i++) {
      const cost = Number(rows.units[i]) * unit
      total += cost * (rates[rows.discount[i] as number] as number)
      onDemand += cost
      priced[i] = total
      listed[i] = onDemand
    }
  }
  return { ...rows, hours, priced, listed }
}

/** The entries from `from` to `to`, exclusive, of a demand. */
export function sliceOf(demand: Demand, from: number, to: number): Demand {
  const starts = demand.starts.subarray(Math.max(0, from), Math.min(demand.hours, to) + 1)
  return { ...demand, hours: starts.length - 1, starts }
}

/**
 * What existing commitments leave: in each hour `covered[t]` × 10^-`scale` currency units of on-demand cost are taken from the
 * rows with the highest discounts first, and what exceeds the hour is lost.
 */
export function residualOf(demand: Demand, covered: readonly bigint[]): Demand {
  const units = [...demand.units]
  for (let hour = 0; hour < demand.hours; hour++) {
    let left = covered[hour] ?? 0n
    for (let i = demand.starts[hour] as number; i < (demand.starts[hour + 1] as number) && left > 0n; i++) {
      const taken = left < (units[i] as bigint) ? left : (units[i] as bigint)
      units[i] = (units[i] as bigint) - taken
      left -= taken
    }
  }
  return demandOf({ ...demand, units })
}

/** The commitment that covers the hour of row `row` up to and including that row, exactly, in discounted currency units per hour. */
export function breakpoint(demand: Demand, row: number): Fraction {
  let hour = 0
  let high = demand.hours
  while (high - hour > 1) {
    const middle = (hour + high) >> 1
    if ((demand.starts[middle] as number) <= row) hour = middle
    else high = middle
  }
  const start = demand.starts[hour] as number
  const { rates, common } = exactRates(demand.discounts)
  let numerator = 0n
  for (let i = start; i <= row; i++)
    numerator += (demand.units[i] as bigint) * (rates[demand.discount[i] as number] as bigint)
  return { numerator, denominator: common * 10n ** BigInt(demand.scale) }
}

/** Commitment prices per unit of on-demand cost, by discount class, as whole multiples of 1 ÷ `common`. Discounts are decimals. */
export function exactRates(discounts: readonly Fraction[]): {
  readonly rates: readonly bigint[]
  readonly common: bigint
} {
  let common = 1n
  for (const { denominator } of discounts) if (denominator > common) common = denominator
  return { rates: discounts.map((one) => ((one.denominator - one.numerator) * common) / one.denominator), common }
}

import { type Demand, demandOf } from './demand.ts'
import { fraction } from './fraction.ts'
import type { Discount, LabData } from './lab-data.ts'
import { discountOf, type Scope } from './lab-scopes.ts'
import type { Stand } from './lab-stand.ts'

/** Decimals to which the lab keeps an hour's cost. */
const scale = 6

/** A series that has a price in a scope. */
export interface PricedMember {
  readonly index: number
  readonly discount: Discount
}

/** What a scope leaves to buy for at an origin; an entry is an hour, or a day where the bill has days. */
export interface ScopeDemand {
  readonly demand: Demand
  readonly entryHours: 1 | 24
  readonly members: readonly PricedMember[]
}

/** The series of a scope with a price above nothing at an origin's day `YYYY-MM-DD`. */
export function pricedMembers(data: LabData, scope: Scope, term_months: number, day: string): PricedMember[] {
  return scope.members.flatMap((index) => {
    const series = data.series[index]
    const discount = series ? discountOf(data, series, scope, { term_months, day }) : null
    return discount && discount.discount > 0 ? [{ index, discount }] : []
  })
}

/**
 * The residual demand of priced series as the sizing reads it, the highest discount first within an entry. Days that do not begin and
 * end with the stand are left out at its start.
 */
export function scopeDemand(stand: Stand, scope: Scope, members: readonly PricedMember[]): ScopeDemand {
  const entryHours = scope.granularity === 'daily' ? 24 : 1
  const rates = [...new Set(members.map(({ discount }) => discount.discount.toFixed(4)))].sort().reverse()
  const length = Math.floor((stand.to - stand.from) / entryHours)
  const sums = rates.map((rate) => {
    const own = members.filter(({ discount }) => discount.discount.toFixed(4) === rate)
    return entriesOf(
      own.map(({ index }) => stand.residual[index] as Float64Array),
      length,
      entryHours,
    )
  })
  const starts = new Uint32Array(length + 1)
  const units: bigint[] = []
  const classes: number[] = []
  for (let entry = 0; entry < length; entry++) {
    sums.forEach((sum, k) => {
      const cost = Math.round((sum[entry] as number) * 10 ** scale)
      if (cost <= 0) return
      units.push(BigInt(cost))
      classes.push(k)
    })
    starts[entry + 1] = units.length
  }
  const discounts = rates.map(fraction)
  return {
    demand: demandOf({ scale, starts, units, discount: Uint32Array.from(classes), discounts }),
    entryHours,
    members,
  }
}

function entriesOf(hours: readonly Float64Array[], length: number, entryHours: number): Float64Array {
  const sums = new Float64Array(length)
  for (const each of hours) {
    const skipped = each.length - length * entryHours
    for (let i = skipped; i < each.length; i++) {
      const entry = Math.floor((i - skipped) / entryHours)
      sums[entry] = (sums[entry] as number) + (each[i] as number)
    }
  }
  return sums
}

import { type Demand, demandOf } from '../../src/commit/demand.ts'
import { compare, fraction } from '../../src/commit/fraction.ts'

const decimals = 6

function unitsOf(text: string): bigint {
  const [whole = '', rest = ''] = text.split('.')
  return BigInt(whole + rest.padEnd(decimals, '0'))
}

/** A demand of one discount; amounts are decimal text with at most six decimals. */
export function demandAt(hours: readonly string[], discount: string): Demand {
  return mixedDemand(hours.map((ode) => [[ode, discount]]))
}

/** A demand of `[on-demand cost, discount]` items by hour. */
export function mixedDemand(hours: readonly (readonly (readonly [ode: string, discount: string])[])[]): Demand {
  const discounts = [...new Set(hours.flat().map(([, discount]) => discount))]
    .map(fraction)
    .sort((a, b) => compare(b, a))
  const classOf = (text: string) => discounts.findIndex((each) => compare(each, fraction(text)) === 0)
  const rows = hours.map((items) =>
    items
      .map(([ode, discount]) => ({ units: unitsOf(ode), discount: classOf(discount) }))
      .sort((a, b) => a.discount - b.discount),
  )
  const starts = new Uint32Array(hours.length + 1)
  rows.forEach((row, hour) => {
    starts[hour + 1] = (starts[hour] as number) + row.length
  })
  return demandOf({
    scale: decimals,
    starts,
    units: rows.flat().map(({ units }) => units),
    discount: Uint32Array.from(rows.flat().map(({ discount }) => discount)),
    discounts,
  })
}

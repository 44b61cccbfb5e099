import { dayIndex, type SeriesInput } from '../detect/input.ts'
import type { LeafSeries } from './scopes.ts'

/** What the morning after the origin knew: dense daily costs in currency units, and the same exactly. */
export interface Visible {
  /** Days from 1970-01-01 of index 0. */
  readonly first: number
  readonly leaves: readonly LeafSeries[]
  /** Exact amounts of a leaf by day, whole multiples of 10^-`scale` currency units; same order as `leaves`. */
  readonly exact: readonly Float64Array[]
  readonly scale: number
}

/**
 * The part of a series file that a forecast may use: rows of days up to the origin, with vintages those visible on the morning
 * after it. Leaves without such a row are left out, so that later rows change nothing.
 *
 * @param origin ISO date, inclusive
 */
export function visibleAt(input: SeriesInput, origin: string): Visible {
  const epoch = dayIndex('1970-01-01', input.first_date)
  const last = dayIndex(input.first_date, origin)
  const { rows } = input
  const seen = (i: number) =>
    (rows.day[i] as number) <= last && (!input.vintages || (rows.seen[i] as number) <= last + 1)
  let start = last
  for (let i = 0; i < rows.length; i++) if (seen(i)) start = Math.min(start, rows.day[i] as number)
  const days = Math.max(0, last - start + 1)
  const exact = new Map<number, Float64Array>()
  for (let i = 0; i < rows.length; i++) {
    if (!seen(i)) continue
    const leaf = input.cells[rows.cell[i] as number]?.leaf as number
    const cost = exact.get(leaf) ?? new Float64Array(days)
    exact.set(leaf, cost)
    const day = (rows.day[i] as number) - start
    cost[day] = (cost[day] as number) + (rows.amount[i] as number)
  }
  const used = [...exact.keys()].sort((a, b) => a - b)
  const scale = decimalsOf(exact.values(), input.scale)
  const drop = 10 ** (input.scale - scale)
  const unit = 10 ** scale
  return {
    first: epoch + start,
    leaves: used.map((leaf) => {
      const { provider, account, service, team } = input.leaves[leaf] as SeriesInput['leaves'][number]
      return { provider, account, service, team, cost: costOf(leaf).map((units) => units / unit) }
    }),
    exact: used.map(costOf),
    scale,
  }

  function costOf(leaf: number): Float64Array {
    return (exact.get(leaf) as Float64Array).map((units) => units / drop)
  }
}

/** Decimals that the amounts need, at least two; those of other rows of the file do not count. */
function decimalsOf(amounts: Iterable<Float64Array>, most: number): number {
  let scale = Math.min(2, most)
  for (const series of amounts)
    for (const units of series) while (scale < most && units % 10 ** (most - scale) !== 0) scale++
  return scale
}

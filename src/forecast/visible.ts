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
  return visibleOf(
    epoch + start,
    used.map((leaf) => input.leaves[leaf] as SeriesInput['leaves'][number]),
    used.map((leaf) => exact.get(leaf) as Float64Array),
    input.scale,
  )
}

/** Dense series from exact amounts, with no more decimals than they need. */
export function visibleOf(
  first: number,
  names: readonly Omit<LeafSeries, 'cost'>[],
  amounts: readonly Float64Array[],
  decimals: number,
): Visible {
  const scale = decimalsOf(amounts, decimals)
  const drop = 10 ** (decimals - scale)
  const exact = amounts.map((series) => series.map((units) => units / drop))
  const unit = 10 ** scale
  return {
    first,
    leaves: names.map(({ provider, account, service, team }, i) => ({
      provider,
      account,
      service,
      team,
      cost: (exact[i] as Float64Array).map((units) => units / unit),
    })),
    exact,
    scale,
  }
}

/** Decimals that the amounts need, at least two; those of other rows of the file do not count. */
function decimalsOf(amounts: Iterable<Float64Array>, most: number): number {
  let scale = Math.min(2, most)
  for (const series of amounts)
    for (const units of series) while (scale < most && units % 10 ** (most - scale) !== 0) scale++
  return scale
}

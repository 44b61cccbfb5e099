import type { Lump } from '../stats/lumps.ts'
import type { Calendar } from './calendar.ts'

/** A monthly amount that is a share of the month before: of its account's or of its provider's other cost. */
export interface TaxLike {
  readonly base: 'account' | 'provider'
  readonly share: number
}

const maxVariation = 0.04

/**
 * Whether a lump is a share of last month's cost of something larger.
 *
 * @param monthly cost by month (months since year 0) of the account and of the provider, without the lump's own leaf
 * @param first the first month of the data that is whole; earlier ones tell nothing
 * @returns null when a share explains the amounts no better than a constant does
 */
export function taxLike(
  lump: Lump,
  calendar: Calendar,
  monthly: Readonly<Record<TaxLike['base'], (month: number) => number>>,
  first: number,
): TaxLike | null {
  const hits = lump.hits.filter((hit) => (calendar.month[hit.due] as number) - 1 >= first).slice(-6)
  if (hits.length < 3) return null
  const constant = variation(hits.map((hit) => hit.amount))
  let best: TaxLike | null = null
  let least = Math.min(maxVariation, 0.5 * constant.part)
  for (const base of ['account', 'provider'] as const) {
    const shares = hits.map((hit) => hit.amount / monthly[base]((calendar.month[hit.due] as number) - 1))
    const { middle, part } = variation(shares)
    if (!Number.isFinite(middle) || middle <= 0 || middle > 0.6 || part >= least) continue
    least = part
    const last = shares.at(-1) ?? middle
    best = { base, share: Math.abs(last / middle - 1) > maxVariation / 2 ? last : middle }
  }
  return best
}

/** Median, and the median distance from it as a fraction. */
function variation(values: readonly number[]): { middle: number; part: number } {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted[sorted.length >> 1] ?? Number.NaN
  const off = values.map((value) => Math.abs(value / middle - 1)).sort((a, b) => a - b)
  return { middle, part: off[off.length >> 1] ?? Number.POSITIVE_INFINITY }
}

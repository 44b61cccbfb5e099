import { quantileSorted } from './quantile.ts'

/** Offsets to add to a point, in units of the point's scale: `low` ≤ 0 ≤ `high`. */
export interface Offsets {
  readonly low: number
  readonly high: number
}

/**
 * Split-conformal offsets: the quantiles of replayed errors (actual − forecast, each divided by its series' scale) that leave
 * equal shares outside on both sides, widened for a finite sample by (n + 1) / n.
 *
 * @param errors scaled errors in ascending order
 * @param coverage share to cover, 0 to 1
 *
 * `conformalOffsets([-2, -1, 0, 1, 2], 0.5)` is `{ low: -1.2, high: 1.2 }`
 */
export function conformalOffsets(errors: ArrayLike<number>, coverage: number): Offsets {
  const n = errors.length
  if (n === 0) return { low: 0, high: 0 }
  const outside = (1 - coverage) / 2
  const share = Math.min(1, (1 - outside) * (1 + 1 / n))
  return {
    low: Math.min(0, quantileSorted(errors, 1 - share)),
    high: Math.max(0, quantileSorted(errors, share)),
  }
}

/**
 * The shortest offsets around 0 that cover the share: for errors of one-sided series (spend on a minority of days), where equal
 * tails would cover more than stated.
 *
 * @param errors scaled errors in ascending order
 */
export function shortestOffsets(errors: ArrayLike<number>, coverage: number): Offsets {
  const n = errors.length
  const need = Math.min(n, Math.ceil(coverage * (n + 1)))
  let best: Offsets | null = null
  for (let i = 0; i + need <= n; i++) {
    const low = Math.min(0, errors[i] as number)
    const high = Math.max(0, errors[i + need - 1] as number)
    if (!best || high - low < best.high - best.low) best = { low, high }
  }
  return best ?? { low: 0, high: 0 }
}

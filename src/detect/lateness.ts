import { quantile } from '../stats/quantile.ts'
import type { State } from './state.ts'
import { expected, type Unit } from './unit.ts'

/** Mornings after a day on which it may still be incomplete. */
export const lateDays = 5

const fewest = 20
const history = 60
const completeShare = 0.99
/** Robust spread of a ratio from the middle half of its values: half the interquartile range of a normal is 0.6745 sigma. */
const halfQuartiles = 0.6745

/** What a provider's days looked like on the mornings after them. */
export interface Lateness {
  /** Visible amount of a day at each lag, by lag - 1, then day; in units. */
  readonly seen: readonly Float64Array[]
  /** 1 while more of the day's rows may come. */
  readonly partial: Uint8Array
  /** Spread, in log terms, that the scaling of an incomplete day adds to each series. */
  readonly spread: Float32Array
  /** Factor by which the visible amounts of the day are scaled up. */
  readonly factor: Float32Array
}

export function createLateness(days: number): Lateness {
  return {
    seen: Array.from({ length: lateDays + 1 }, () => new Float64Array(days)),
    partial: new Uint8Array(days),
    spread: new Float32Array(days),
    factor: new Float32Array(days).fill(1),
  }
}

/**
 * Looks at `day` on the morning `lag` days after it, for one provider: notes how much is visible, decides from earlier days whether
 * it is complete at this lag, and if not estimates from the steady series how much is there and how unevenly.
 */
export function lookAt(state: State, provider: number, day: number, lag: number): void {
  const lateness = state.lateness[provider] as Lateness
  const leaves = state.providers[provider] as readonly number[]
  const shares = sharesOf(state, leaves, day)
  const amount = visible(state, leaves, day)
  const place = Math.min(lag - 1, lateDays)
  ;(lateness.seen[place] as Float64Array)[day] = amount
  const there = quantile(shares, 0.5)
  const empty = shares.filter((share) => share <= 0.02).length / Math.max(1, shares.length)
  const usual = usualShare(lateness, day, lag)
  const complete = lag > lateDays || (usual >= completeShare && !(there < 0.9) && empty < 0.1)
  lateness.partial[day] = complete ? 0 : 1
  if (complete) for (const later of lateness.seen.slice(place)) later[day] = amount
  if (complete || shares.length < 8 || !(there > 0.02)) {
    lateness.factor[day] = 1
    lateness.spread[day] = complete ? 0 : 0.3
    return
  }
  const share = Math.min(1, there)
  const uneven = (quantile(shares, 0.75) - quantile(shares, 0.25)) / (2 * halfQuartiles * there)
  lateness.factor[day] = 1 / share
  lateness.spread[day] = Math.sqrt(Math.max(0, uneven ** 2 - usualUnevenness(state, leaves) ** 2)) + 0.1 * (1 - share)
}

/** Visible ÷ expected amount of each series that spends every day. */
function sharesOf(state: State, leaves: readonly number[], day: number): number[] {
  const out: number[] = []
  for (const leaf of leaves) {
    const unit = state.usage[leaf] as Unit
    if (unit.first < 0 || day - unit.first < 28 || unit.activity < 0.9) continue
    const usual = expected(unit, day, day - 1, state.monday)
    if (usual > 0) out.push((unit.raw[day] as number) / usual)
  }
  return out
}

function visible(state: State, leaves: readonly number[], day: number): number {
  return leaves.reduce((sum, leaf) => sum + ((state.usage[leaf] as Unit).raw[day] as number), 0)
}

/** Low quantile of the share of the final amount that was visible at a lag, over days that are final by now; 0 while unknown. */
function usualShare({ seen }: Lateness, day: number, lag: number): number {
  const final = seen[lateDays] as Float64Array
  const then = seen[Math.min(lag - 1, lateDays)] as Float64Array
  const shares: number[] = []
  for (let t = Math.max(0, day - history); t < day - lateDays; t++)
    if ((final[t] as number) > 0) shares.push((then[t] as number) / (final[t] as number))
  return shares.length < fewest ? 0 : quantile(shares, 0.05)
}

function usualUnevenness(state: State, leaves: readonly number[]): number {
  const sigmas = leaves.flatMap((leaf) => {
    const unit = state.usage[leaf] as Unit
    return unit.first >= 0 && unit.activity >= 0.9 ? [unit.sigma] : []
  })
  return quantile(sigmas, 0.5)
}

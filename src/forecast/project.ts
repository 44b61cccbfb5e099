import { thetaAt } from '../stats/theta.ts'
import type { Trend } from './trend.ts'

/** The one configuration of the model; calibrated on worlds 1 to 10 of bench/worlds. */
export interface ModelSettings {
  /** Spread of true growth rates around their provider's, log rate a day. */
  readonly growthSpread: number
  /** Days over which growth is carried on; it fades with this time constant. */
  readonly growthDays: number
  /** The same for a surge. */
  readonly surgeDays: number
  /** Weight of Theta at the first day and far ahead, and the horizon in days at which it is half way. */
  readonly thetaNear: number
  readonly thetaFar: number
  readonly thetaHalf: number
}

export const defaultModel: ModelSettings = {
  growthSpread: 0.0005,
  growthDays: 1000,
  surgeDays: 30,
  thetaNear: 0.3,
  thetaFar: 0.1,
  thetaHalf: 45,
}

const maxGrowth = 0.004
const maxSurge = 0.06

/**
 * Level a day ahead: mean of the recent level with fading growth and of Theta, by horizon.
 *
 * @param peers growth of the provider's other series, log rate a day
 * @param pace points a day (below 1 where only some weekdays carry spend)
 * @returns level in currency units for day `h` after the last, `h` from 1
 */
export function projectLevel(
  trend: Trend,
  peers: number,
  pace: number,
  settings: ModelSettings,
): (h: number) => number {
  const isSurge = trend.surge !== 0
  const growth = isSurge
    ? clamp(trend.surge, maxSurge / pace)
    : clamp(shrunkGrowth(trend, peers / pace, settings), maxGrowth / pace)
  const fade = (isSurge ? (trend.surge > 0 ? settings.surgeDays : settings.surgeDays / 3) : settings.growthDays) * pace
  const floor = 0.2 * trend.level
  const ceiling = 3 * trend.level
  return (h) => {
    const points = h * pace
    const damped = trend.level * Math.exp(growth * (trend.lag + fade * (1 - Math.exp(-points / fade))))
    if (isSurge) return damped
    const theta = Math.min(ceiling, Math.max(floor, thetaAt(trend.theta, points, trend.points)))
    const weight = settings.thetaFar + (settings.thetaNear - settings.thetaFar) * 2 ** (-h / settings.thetaHalf)
    return weight * theta + (1 - weight) * damped
  }
}

/** Own growth and the peers', weighted by how well each is known. */
export function shrunkGrowth(trend: Trend, peers: number, settings: ModelSettings): number {
  if (!Number.isFinite(trend.growthVariance)) return peers
  const own = 1 / trend.growthVariance
  const prior = 1 / settings.growthSpread ** 2
  return (own * trend.growth + prior * peers) / (own + prior)
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value))
}

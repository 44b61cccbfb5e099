import type { ModelSettings } from './project.ts'
import type { Trend } from './trend.ts'

/**
 * Growth that the series of a group share: precision-weighted mean of their rates, pulled to nought when they are few.
 *
 * @param members fitted series with their weight in money; `pace` is points a day
 * @returns log rate a day
 */
export function peerGrowth(
  members: readonly { readonly trend: Trend; readonly pace: number }[],
  settings: ModelSettings,
): number {
  let weights = 0
  let sum = 0
  const spread = settings.growthSpread ** 2
  for (const { trend, pace } of members) {
    const variance = trend.growthVariance * pace ** 2 + spread
    if (!Number.isFinite(variance) || !(trend.level > 0)) continue
    const rate = Math.max(-0.003, Math.min(0.003, trend.growth * pace))
    const weight = Math.sqrt(trend.level) / variance
    weights += weight
    sum += weight * rate
  }
  const typical = members.length === 0 ? 1 : weights / members.length
  return weights === 0 ? 0 : sum / (weights + 3 * typical)
}

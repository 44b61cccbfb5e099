import type { Random } from '../worlds/random.ts'
import type { Profile, Settings } from '../worlds/settings.ts'

/** What varies between foreign worlds beyond the shared settings. Shares are fractions, phi and df are those of the noise. */
export interface Tastes {
  readonly seed: number
  readonly profile: Profile
  readonly settings: Settings
  /** Weights of the noise families: student-t, lognormal, AR(1), additive. */
  readonly noise_mix: readonly number[]
  readonly phi: readonly [number, number]
  readonly traffic_phi: number
  readonly office_depth: readonly [number, number]
  readonly retail_peak: readonly [number, number]
  /** Weights of the account archetypes: office, retail, platform, data, sandbox. */
  readonly archetypes: readonly number[]
  readonly providers: readonly number[]
  readonly market_fees: number
  readonly slip: number
  readonly support_rate: number
  readonly tax_rate: number
  readonly fixed_share: number
  readonly masked_share: number
  readonly abuse_share: number
}

/** Draws one world's tastes; the noisy profile has louder series, more and larger deployments. */
export function drawTastes(rng: Random, seed: number, profile: Profile, mode: 'anomaly' | 'forecast'): Tastes {
  const loud = profile === 'noisy' ? rng.uniform(1.5, 2) : 1
  const start = new Date(Date.UTC(2022, rng.int(0, 23), rng.int(1, 28))).toISOString().slice(0, 10)
  const low = rng.uniform(0.25, 0.55)
  const phi = rng.uniform(0.1, 0.5)
  return {
    seed,
    profile,
    settings: {
      start,
      days: mode === 'forecast' ? 600 : rng.int(385, 420),
      accounts: rng.int(10, 14),
      services_per_account: [rng.int(9, 11), rng.int(12, 17)],
      teams: rng.int(4, 8),
      untagged: rng.uniform(0.05, 0.35),
      median_daily: rng.logUniform(45, 160),
      spread_daily: rng.uniform(0.8, 1.4),
      noise: rng.uniform(0.7, 1.35) * loud,
      serial: phi,
      tail_df: rng.uniform(3.2, 9),
      traffic: rng.uniform(0.005, 0.045) * Math.sqrt(loud),
      steps_per_year: rng.uniform(0.4, 2.5) * loud,
      step_size: rng.uniform(0.03, 0.07) * Math.sqrt(loud),
      growth: rng.uniform(-0.1, 0.7),
      holidays: rng.int(6, 13),
      fee_share: rng.uniform(0.04, 0.2),
      credit_share: rng.uniform(0.03, 0.1),
      events: rng.uniform(0.7, 1.4),
      new_cell_share: rng.uniform(0.2, 0.45),
      size: 1,
    },
    noise_mix: Array.from({ length: 4 }, () => rng.uniform(0.2, 1)),
    phi: [phi, Math.min(0.9, phi + rng.uniform(0.1, 0.4))],
    traffic_phi: rng.uniform(0.3, 0.95),
    office_depth: [low, low + rng.uniform(0.1, 0.35)],
    retail_peak: [1.1, rng.uniform(1.25, 1.9)],
    archetypes: Array.from({ length: 5 }, (_, i) => rng.uniform(0.3, 1) * (i === 4 ? 0.5 : 1)),
    providers: Array.from({ length: 3 }, () => rng.uniform(0.4, 1)),
    market_fees: rng.int(2, 8),
    slip: rng.int(0, 4),
    support_rate: rng.uniform(0.4, 1.1),
    tax_rate: rng.chance(0.8) ? rng.uniform(0.03, 0.22) : 0,
    fixed_share: rng.uniform(0.2, 0.6),
    masked_share: rng.uniform(0.1, 0.35),
    abuse_share: rng.uniform(0.15, 0.5),
  }
}

/** An index drawn with the given weights. */
export function weighted(rng: Random, weights: readonly number[]): number {
  let left = rng.uniform(
    0,
    weights.reduce((a, b) => a + b, 0),
  )
  const found = weights.findIndex((weight) => {
    left -= weight
    return left < 0
  })
  return found < 0 ? weights.length - 1 : found
}

import type { Random } from './random.ts'

export type Profile = 'default' | 'noisy'

/** What varies from world to world. All shares are fractions; sizes are relative to the level of the series they touch. */
export interface Settings {
  readonly start: string
  readonly days: number
  readonly accounts: number
  readonly services_per_account: readonly [number, number]
  readonly teams: number
  readonly untagged: number
  readonly median_daily: number
  readonly spread_daily: number
  /** Factor on every series' own noise. */
  readonly noise: number
  readonly serial: number
  readonly tail_df: number
  readonly traffic: number
  readonly steps_per_year: number
  readonly step_size: number
  readonly growth: number
  readonly holidays: number
  readonly fee_share: number
  readonly credit_share: number
  /** Factor on the number of events of every type. */
  readonly events: number
  /** Share of usage events that sit in a region or usage type new to their series. */
  readonly new_cell_share: number
  /** Lower end of event sizes: 1 as usual, below 1 harder. */
  readonly size: number
}

/** Draws the settings of one world. */
export function drawSettings(rng: Random, profile: Profile): Settings {
  const noisy = profile === 'noisy'
  const month = rng.int(0, 11)
  return {
    start: `${2021 + rng.int(0, 4)}-${String(month + 1).padStart(2, '0')}-${String(rng.int(1, 28)).padStart(2, '0')}`,
    days: rng.int(388, 408),
    accounts: rng.int(10, 14),
    services_per_account: [rng.int(5, 7), rng.int(8, 11)],
    teams: rng.int(4, 8),
    untagged: rng.uniform(0.08, 0.25),
    median_daily: rng.logUniform(90, 260),
    spread_daily: rng.uniform(0.8, 1.3),
    noise: noisy ? rng.uniform(1.5, 2.2) : rng.uniform(0.75, 1.2),
    serial: rng.uniform(0.2, 0.6),
    tail_df: rng.int(4, 7),
    traffic: rng.uniform(0.008, 0.025) * (noisy ? 1.4 : 1),
    steps_per_year: noisy ? rng.uniform(1.5, 3) : rng.uniform(0.5, 1.2),
    step_size: noisy ? rng.uniform(0.06, 0.1) : rng.uniform(0.03, 0.06),
    growth: rng.uniform(0, 0.35),
    holidays: rng.int(6, 11),
    fee_share: rng.uniform(0.08, 0.18),
    credit_share: rng.uniform(0.03, 0.06),
    events: rng.uniform(0.8, 1.2),
    new_cell_share: rng.uniform(0.2, 0.45),
    size: rng.uniform(0.85, 1.15),
  }
}

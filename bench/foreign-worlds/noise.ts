import type { Random } from '../worlds/random.ts'
import { type Tastes, weighted } from './settings.ts'

/** No innovation lies further out than this many of its own deviations: a human would take more for an event. */
const widest = 4.5

/** From this relative deviation on, cost is skewed to the right: usage bursts, but does not fall to nothing by chance. */
const skewedFrom = 0.1
const widestBurst = 3

/** Daily factors around 1 (and an additive part around 0, in units of the level) of a series' own noise. */
export interface Noise {
  readonly factor: Float64Array
  readonly added: Float64Array
}

/** A clipped AR(1) path of unit variance with student-t innovations. */
export function path(rng: Random, days: number, phi: number, df: number): Float64Array {
  const out = new Float64Array(days)
  let last = rng.normal()
  const scale = Math.sqrt(1 - phi * phi)
  for (let day = 0; day < days; day++) {
    last = phi * last + scale * Math.max(-widest, Math.min(widest, rng.heavy(df)))
    out[day] = last
  }
  return out
}

/** Noise of one series, its family drawn from the world's mix. `spread` is the standard deviation relative to the level. */
export function drawNoise(rng: Random, tastes: Tastes, spread: number): Noise {
  const { days, serial, tail_df } = tastes.settings
  const family = weighted(rng, tastes.noise_mix)
  const factor = new Float64Array(days).fill(1)
  const added = new Float64Array(days)
  const phi = family === 2 ? rng.uniform(...tastes.phi) : rng.uniform(0, serial)
  const waves = path(rng, days, phi, family === 0 ? Math.max(3, tail_df - 1) : tail_df + 3)
  waves.forEach((wave, day) => {
    if (family === 3 && spread < skewedFrom) added[day] = spread * wave
    else if (family === 1 || spread >= skewedFrom)
      factor[day] = Math.exp(spread * Math.max(-widestBurst, Math.min(widestBurst, wave)) - (spread * spread) / 2)
    else factor[day] = 1 + spread * wave
  })
  return { factor, added }
}

/** Shared traffic of a provider, as daily factors around 1. */
export function traffic(rng: Random, tastes: Tastes): Float64Array {
  const { days, traffic: spread } = tastes.settings
  return path(rng, days, tastes.traffic_phi, 8).map((wave) => Math.exp(spread * wave))
}

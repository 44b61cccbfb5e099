import { conformalOffsets, type Offsets, shortestOffsets } from '../stats/conformal.ts'
import type { Noise } from './model.ts'
import { blockOf, noiseClass, type Target } from './scale.ts'

/** Errors of replayed forecasts, each divided by its scale, by pool; ascending once sealed. */
export interface ErrorPools {
  add(target: Target, noise: Noise, day: number, error: number): void
  /** Offsets of the band with the given coverage, in units of scale. */
  offsets(target: Target, noise: Noise, day: number, coverage: 0.8 | 0.95): Offsets
}

/** Widening of each band; calibrated on worlds 1 to 10 of bench/worlds, then frozen. */
export interface Widening {
  readonly day: readonly [number, number]
  readonly month: readonly [number, number]
  readonly quarter: readonly [number, number]
}

export const defaultWidening: Widening = { day: [1, 1], month: [1, 1], quarter: [1, 1] }

const leastPool = 40

/** Offsets in units of scale where nothing could be replayed, 80 and 95 %. */
const unknown: Readonly<Record<Target, readonly [number, number]>> = {
  day: [1.8, 4],
  month: [2.5, 5],
  quarter: [5, 10],
}

export function errorPools(widening: Widening): ErrorPools {
  const pools = new Map<string, number[]>()
  const known = new Map<string, Offsets>()
  const keysOf = (target: Target, noise: Noise, day: number) => {
    const block = target === 'day' ? blockOf(day) : 0
    const group = `${target}/${noise.group}`
    return [`${group}/${noiseClass(noise, target)}/${block}`, `${group}/${noiseClass(noise, target)}`, group]
  }
  const compute = (key: string, target: Target, noise: Noise, coverage: 0.8 | 0.95): Offsets => {
    const errors = Float64Array.from(pools.get(key) ?? []).sort()
    const widen = widening[target][coverage === 0.8 ? 0 : 1]
    const { low, high } = (noise.group === 'sparse' && target === 'day' ? shortestOffsets : conformalOffsets)(
      errors,
      coverage,
    )
    return { low: low * widen, high: high * widen }
  }
  return {
    add(target, noise, day, error) {
      for (const key of keysOf(target, noise, day)) {
        const pool = pools.get(key)
        if (pool) pool.push(error)
        else pools.set(key, [error])
      }
    },
    offsets(target, noise, day, coverage) {
      const key = keysOf(target, noise, day).find((one) => (pools.get(one)?.length ?? 0) >= leastPool)
      if (key === undefined) {
        const size = unknown[target][coverage === 0.8 ? 0 : 1]
        return { low: -size, high: size }
      }
      const name = `${key}/${coverage}`
      const found = known.get(name) ?? compute(key, target, noise, coverage)
      known.set(name, found)
      return found
    },
  }
}

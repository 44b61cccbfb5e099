import { conformalOffsets, type Offsets, shortestOffsets } from '../stats/conformal.ts'
import type { Noise } from './model.ts'
import { blockOf, isAggregate, isSparse, noiseClass, type Target } from './scale.ts'

/** Errors of replayed forecasts, each divided by its scale, by pool; ascending once sealed. */
export interface ErrorPools {
  add(target: Target, noise: Noise, day: number, error: number): void
  /** Offsets of the band with the given coverage, in units of scale. */
  offsets(target: Target, noise: Noise, day: number, coverage: 0.8 | 0.95): Offsets
}

/** Factors on the 80 and the 95 % band of a kind of scope. */
interface BandFactors {
  readonly day: readonly [number, number]
  readonly month: readonly [number, number]
  readonly quarter: readonly [number, number]
}

export interface Widening {
  readonly aggregates: BandFactors
  readonly leaves: BandFactors
}

/**
 * Replays see shorter histories and more incidents under way than the real origin, quarters only few of them. Calibrated on worlds
 * 1 to 10 of bench/worlds (2026-11-21), then frozen.
 */
export const defaultWidening: Widening = {
  aggregates: { day: [0.88, 0.85], month: [0.88, 0.94], quarter: [1, 1.08] },
  leaves: { day: [0.92, 0.95], month: [0.93, 0.95], quarter: [0.88, 0.9] },
}

const leastPool = 40

/** Offsets in units of scale where nothing could be replayed, 80 and 95 %. */
const unknown: Readonly<Record<Target, readonly [number, number]>> = {
  day: [1.8, 4],
  month: [2.5, 5],
  quarter: [5, 10],
}

export function errorPools(widening: Widening): ErrorPools {
  const pools = new Map<string, number[]>()
  const merged = new Map<string, readonly number[]>()
  const known = new Map<string, Offsets>()
  const keyOf = (target: Target, noise: Noise, day: number) =>
    `${target}/${noise.group}/${noiseClass(noise, target)}/${target === 'day' ? blockOf(day) : 0}`
  const poolOf = (key: string): readonly number[] => {
    const own = pools.get(key) ?? merged.get(key)
    if (own) return own
    const all = [...pools].flatMap(([name, errors]) => (key.endsWith('/') && name.startsWith(key) ? errors : []))
    merged.set(key, all)
    return all
  }
  const compute = (key: string, target: Target, noise: Noise, coverage: 0.8 | 0.95): Offsets => {
    const errors = Float64Array.from(poolOf(key)).sort()
    const factors = widening[isAggregate(noise) ? 'aggregates' : 'leaves'][target]
    const widen = isSparse(noise) ? 1 : factors[coverage === 0.8 ? 0 : 1]
    const { low, high } = (isSparse(noise) && target === 'day' ? shortestOffsets : conformalOffsets)(errors, coverage)
    return { low: low * widen, high: high * widen }
  }
  const choose = (target: Target, noise: Noise, day: number, coverage: 0.8 | 0.95): Offsets => {
    const key = keyOf(target, noise, day)
    const anyBlock = key.slice(0, key.lastIndexOf('/') + 1)
    const anyClass = `${target}/${noise.group}/`
    const enough = [key, anyBlock, anyClass].find((one) => poolOf(one).length >= leastPool)
    if (enough !== undefined) return compute(enough, target, noise, coverage)
    const size = unknown[target][coverage === 0.8 ? 0 : 1]
    return { low: -size, high: size }
  }
  return {
    add(target, noise, day, error) {
      const key = keyOf(target, noise, day)
      const pool = pools.get(key)
      if (pool) pool.push(error)
      else pools.set(key, [error])
    },
    offsets(target, noise, day, coverage) {
      const name = `${keyOf(target, noise, day)}/${coverage}`
      const found = known.get(name) ?? choose(target, noise, day, coverage)
      known.set(name, found)
      return found
    },
  }
}

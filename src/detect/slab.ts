import { tuning } from './tuning.ts'

/**
 * The arrays of many units, each kind in one block, unit after unit: blocks cost less memory than thousands of small arrays, and can
 * be written to a file and read back as they are. `days` entries a unit, but for the last two.
 */
export interface Slab {
  readonly units: number
  readonly days: number
  readonly raw: Float64Array
  readonly x: Float64Array
  readonly y: Float32Array
  readonly level: Float32Array
  readonly v: Float32Array
  readonly masked: Uint8Array
  /** `profileSize` weekday factors, then `sumCount` spreads and `sumCount` middles of sums. */
  readonly learnt: Float64Array
  /** `tuning.levelDays` values. */
  readonly recent: Float32Array
  /** Zeros: the recurring amounts of units that never had one. */
  readonly noLump: Float64Array
}

export const profileSize = 7
export const sumCount = tuning.sumLengths.length
export const learntSize = profileSize + 2 * sumCount

export function createSlab(units: number, days: number, vintages: boolean): Slab {
  const raw = new Float64Array(units * days)
  const learnt = new Float64Array(units * learntSize)
  for (let unit = 0; unit < units; unit++) {
    const at = unit * learntSize
    learnt.fill(1, at, at + profileSize).fill(0.15, at + profileSize, at + profileSize + sumCount)
  }
  return {
    units,
    days,
    raw,
    x: vintages ? new Float64Array(units * days) : raw,
    y: new Float32Array(units * days).fill(Number.NaN),
    level: new Float32Array(units * days),
    v: new Float32Array(units * days).fill(Number.NaN),
    masked: new Uint8Array(units * days),
    learnt,
    recent: new Float32Array(units * tuning.levelDays),
    noLump: new Float64Array(days),
  }
}

/** The arrays of the unit at a place of the slab. */
export function arraysOf(slab: Slab, unit: number) {
  const { days } = slab
  const [from, to] = [unit * days, (unit + 1) * days]
  const at = unit * learntSize + profileSize
  const raw = slab.raw.subarray(from, to)
  return {
    raw,
    x: slab.x === slab.raw ? raw : slab.x.subarray(from, to),
    y: slab.y.subarray(from, to),
    level: slab.level.subarray(from, to),
    v: slab.v.subarray(from, to),
    masked: slab.masked.subarray(from, to),
    profile: slab.learnt.subarray(at - profileSize, at),
    sumSigma: slab.learnt.subarray(at, at + sumCount),
    sumMiddle: slab.learnt.subarray(at + sumCount, at + 2 * sumCount),
    recent: slab.recent.subarray(unit * tuning.levelDays, (unit + 1) * tuning.levelDays),
    lump: slab.noLump,
  }
}

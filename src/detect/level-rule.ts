import { madToSigma } from '../stats/mad.ts'
import { quantileInPlace } from '../stats/select.ts'
import type { Direction } from './candidate.ts'
import { commonMove } from './level-common.ts'
import type { Sum } from './level-sums.ts'
import { levelTuning } from './level-tuning.ts'
import { tuning } from './tuning.ts'

const { lengths } = levelTuning

/** What a sum has to say about the days [onset, day]; `log` is that of the parts' common move. */
export interface Rise {
  readonly onset: number
  readonly day: number
  /** Position of the length in `levelTuning.lengths`. */
  readonly index: number
  readonly direction: Direction
  readonly rule: 'sum_shift' | 'sum_spike'
  readonly log: number
  /** What usually lies between actual and expected: middle and spread of the log. */
  readonly middle: number
  readonly spread: number
}

/** Scaled like those of the leaves: `tuning.cut` fires. */
export function scoreOf({ rule, log, middle, spread }: Rise, spreads = 1): number {
  const factor = log > 0 ? 1 : levelTuning.fallFactor
  const asked = rule === 'sum_spike' ? levelTuning.spikeSigmas : factor * levelTuning.sigmas
  const moved = log > 0 ? log - Math.max(0, middle) : Math.min(0, middle) - log
  return (tuning.cut * moved) / (asked * spread * spreads)
}

const leastLog = ({ rule, direction }: Pick<Rise, 'rule' | 'direction'>) => {
  if (rule === 'sum_spike') return Math.log1p(levelTuning.leastSpike)
  return direction === 'up' ? Math.log1p(levelTuning.leastRise) : -Math.log(1 - levelTuning.leastFall)
}

/** Whether a rise is large, clear and shared enough to be told. */
export const counts = (rise: Rise, along: number, spreads = 1) =>
  Math.abs(rise.log) >= leastLog(rise) && along >= levelTuning.along && scoreOf(rise, spreads) >= tuning.cut

/** The clearest rise and the clearest fall of a sum that end on `day`. */
export function risesOf(sum: Sum, day: number): Rise[] {
  const found = lengths.flatMap((_, index) => riseOf(sum, day, index) ?? [])
  return (['up', 'down'] as const).flatMap((direction) => {
    const best = found.filter((one) => one.direction === direction).sort((a, b) => scoreOf(b) - scoreOf(a))[0]
    return best ?? []
  })
}

function riseOf({ unit, parts, logs }: Sum, day: number, index: number): Rise | null {
  const length = lengths[index] as number
  const log = logs[index]?.[day] as number
  const direction = log > 0 ? 'up' : 'down'
  const rule = length === 1 ? 'sum_spike' : 'sum_shift'
  if (!(Math.abs(log) >= leastLog({ rule, direction }))) return null
  if (direction === 'down' && length < levelTuning.leastFallDays) return null
  if (length === 1 && unit.lump[day] !== 0) return null
  const usual = spreadOf(logs[index] as Float32Array, day - length)
  if (!usual) return null
  const rise: Rise = { onset: day - length + 1, day, index, direction, rule, log, ...usual }
  return counts(rise, commonMove(parts, index).along) ? rise : null
}

const scratch = new Float64Array(levelTuning.spreadDays)

/** Middle and spread of a statistic over the days that end on `last`: the larger of a MAD-type and a high-quantile estimate. */
export function spreadOf(log: Float32Array, last: number): { middle: number; spread: number } | null {
  let count = 0
  for (let t = Math.max(0, last - levelTuning.spreadDays + 1); t <= last; t++) {
    const value = log[t] as number
    if (!Number.isNaN(value)) scratch[count++] = value
  }
  if (count < levelTuning.fewestSpreads) return null
  const middle = quantileInPlace(scratch, count, 0.5)
  for (let i = 0; i < count; i++) scratch[i] = Math.abs((scratch[i] as number) - middle)
  const spread = Math.max(
    madToSigma * quantileInPlace(scratch, count, 0.5),
    quantileInPlace(scratch, count, 0.9) / 1.645,
    levelTuning.spreadFloor,
  )
  return { middle, spread: spread * Math.sqrt(1 + levelTuning.fewDays / count) }
}

import { madToSigma } from '../stats/mad.ts'
import { quantileInPlace } from '../stats/select.ts'
import type { Direction } from './candidate.ts'
import { commonMove } from './level-common.ts'
import type { Sum } from './level-sums.ts'
import { levelTuning } from './level-tuning.ts'
import { tuning } from './tuning.ts'

const { lengths } = levelTuning

/** A log and what it usually is: middle and spread over the months before. */
export interface Reading {
  readonly log: number
  readonly middle: number
  readonly spread: number
}

/** What the parts of a sum did together over the days [onset, day]. */
export interface Rise {
  readonly onset: number
  readonly day: number
  /** Position of the length in `levelTuning.lengths`. */
  readonly index: number
  readonly direction: Direction
  readonly rule: 'sum_shift' | 'sum_spike'
  readonly own: Reading
  /** The same less what all other leaves did; null where too few are left. */
  readonly apart: Reading | null
}

/** Scaled like those of the leaves, `tuning.cut` fires: that of the move apart from all others, as far as the parts' own is fairly clear as well. */
export function scoreOf({ rule, direction, own, apart }: Rise, spreads = 1): number {
  const factor = (direction === 'up' ? 1 : levelTuning.fallFactor) * (apart ? 1 : levelTuning.aloneFactor)
  const asked = factor * (rule === 'sum_spike' ? levelTuning.spikeSigmas : levelTuning.sigmas)
  const clarity = ({ log, middle, spread }: Reading) =>
    direction === 'up' ? (log - Math.max(0, middle)) / spread : (Math.min(0, middle) - log) / spread
  return (
    (tuning.cut * (apart ? Math.min(levelTuning.ownFactor * clarity(own), clarity(apart)) : clarity(own))) /
    (asked * spreads)
  )
}

/** Least log of a move, in its direction. */
export const leastLog = ({ rule, direction }: Pick<Rise, 'rule' | 'direction'>) => {
  if (rule === 'sum_spike') return Math.log1p(levelTuning.leastSpike)
  return direction === 'up' ? Math.log1p(levelTuning.leastRise) : -Math.log(1 - levelTuning.leastFall)
}

/** Whether a rise is large, clear and shared enough to be told. */
export function counts(rise: Rise, along: number, spreads = 1): boolean {
  const size = rise.direction === 'up' ? rise.own.log : -rise.own.log
  return size >= leastLog(rise) && along >= levelTuning.along && scoreOf(rise, spreads) >= tuning.cut
}

/** The clearest rise and the clearest fall of a sum that end on `day`. */
export function risesOf(sum: Sum, day: number): Rise[] {
  const found = lengths.flatMap((_, index) => riseOf(sum, day, index) ?? [])
  return (['up', 'down'] as const).flatMap((direction) => {
    const best = found.filter((one) => one.direction === direction).sort((a, b) => scoreOf(b) - scoreOf(a))[0]
    return best ?? []
  })
}

function riseOf({ unit, parts, logs, apart }: Sum, day: number, index: number): Rise | null {
  const length = lengths[index] as number
  const log = logs[index]?.[day] as number
  const direction = log > 0 ? 'up' : 'down'
  const rule = length === 1 ? 'sum_spike' : 'sum_shift'
  if (!(Math.abs(log) >= leastLog({ rule, direction }))) return null
  if (direction === 'down' && length < levelTuning.leastFallDays) return null
  if (length === 1 && unit.lump[day] !== 0) return null
  const own = readingOf(logs[index] as Float32Array, day, length)
  if (!own) return null
  const other = readingOf(apart[index] as Float32Array, day, length)
  const rise: Rise = { onset: day - length + 1, day, index, direction, rule, own, apart: other }
  return counts(rise, commonMove(parts, index).along) ? rise : null
}

const scratch = new Float64Array(levelTuning.spreadDays)

/** A statistic on `day` with its middle and spread before the window: the larger of a MAD-type and a high-quantile estimate. */
function readingOf(logs: Float32Array, day: number, length: number): Reading | null {
  const log = logs[day] as number
  let count = 0
  const last = day - length
  for (let t = Math.max(0, last - levelTuning.spreadDays + 1); t <= last; t++) {
    const value = logs[t] as number
    if (!Number.isNaN(value)) scratch[count++] = value
  }
  if (count < levelTuning.fewestSpreads || Number.isNaN(log)) return null
  const middle = quantileInPlace(scratch, count, 0.5)
  for (let i = 0; i < count; i++) scratch[i] = Math.abs((scratch[i] as number) - middle)
  const spread = Math.max(
    madToSigma * quantileInPlace(scratch, count, 0.5),
    quantileInPlace(scratch, count, 0.9) / 1.645,
    levelTuning.spreadFloor,
  )
  return { log, middle, spread: spread * Math.sqrt(1 + levelTuning.fewDays / count) }
}

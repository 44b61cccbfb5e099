import type { Part } from './level-parts.ts'
import { levelTuning } from './level-tuning.ts'

const weeks = 4
const before = 7 * weeks
const fewestActive = 20

/**
 * Sets the logs and the weight of a part for windows that end on `day`: of whole weeks against the four weeks before, of one day
 * against its weekday in them. Called once a day, when the day's amount is in place.
 */
export function lookAtPart(part: Part, day: number): void {
  const { x, sums, active, logs } = part
  const amount = x[day] as number
  sums[day + 1] = (sums[day] as number) + amount
  active[day + 1] = (active[day] as number) + (amount > 0 ? 1 : 0)
  const from = Math.max(0, day + 1 - 2 * before)
  part.weight = Math.sqrt(Math.max(0, between(sums, from, day + 1) / (day + 1 - from)))
  levelTuning.lengths.forEach((length, index) => {
    const start = day + 1 - length
    const isActive = start >= before && between(active, start - before, start) >= fewestActive
    logs[index] = isActive ? logOf(part, start, day) : Number.NaN
  })
}

function logOf({ x, sums }: Part, start: number, day: number): number {
  if (start < day)
    return logRatio(between(sums, start, day + 1) / (day + 1 - start), between(sums, start - before, start) / before)
  let usual = 0
  for (let week = 1; week <= weeks; week++) usual += x[day - 7 * week] as number
  return logRatio(x[day] as number, usual / weeks)
}

const between = (sums: Float64Array | Uint32Array, from: number, to: number) =>
  (sums[to] as number) - (sums[from] as number)

const logRatio = (actual: number, usual: number) => (usual > 0 ? Math.log(Math.max(actual / usual, 1e-3)) : Number.NaN)

export interface Common {
  /** Mean of the parts' logs, each weighed by the root of its usual cost and cut to `mostOfLeaf`; NaN for too few parts. */
  readonly log: number
  /** Weight of the parts that moved in its direction, as a share. */
  readonly along: number
  readonly count: number
  readonly weight: number
}

/** What parts did together: one that moved much counts as little as the cut allows, many that moved a little count in full. */
export function commonMove(parts: readonly { logs: Float64Array; weight: number }[], index: number): Common {
  let weights = 0
  let sum = 0
  let up = 0
  let count = 0
  for (const { logs, weight } of parts) {
    const log = logs[index] as number
    if (Number.isNaN(log) || !(weight > 0)) continue
    const own = Math.max(-levelTuning.mostOfLeaf, Math.min(levelTuning.mostOfLeaf, log))
    weights += weight
    sum += weight * own
    if (own > 0) up += weight
    count++
  }
  if (count < levelTuning.fewestMovers) return { log: Number.NaN, along: 0, count, weight: weights }
  return { log: sum / weights, along: sum > 0 ? up / weights : 1 - up / weights, count, weight: weights }
}

/** Share of the whole that all others must be, to tell what they did meanwhile. */
const leastOthers = 0.3

/** What all parts but some did meanwhile: the season, shared traffic. NaN where too few are left to tell. */
export function ofOthers(whole: Common, own: Common): number {
  const weight = whole.weight - own.weight
  if (!(weight >= leastOthers * whole.weight) || Number.isNaN(whole.log) || Number.isNaN(own.log)) return Number.NaN
  return (whole.weight * whole.log - own.weight * own.log) / weight
}

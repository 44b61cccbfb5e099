import type { Noise } from './model.ts'
import type { ScopePath } from './paths.ts'

/** Which pool of replayed errors a number belongs to. */
export type Target = 'day' | 'month' | 'quarter'

const leastDay = 0.004
const leastWeek = 0.006
/** How uncertain the growth of a surge is, as a part of itself. */
const surgePart = 0.25
const blocks = [7, 14, 30, 60]

/** Scale of a day's error, currency units; `i` days after the origin plus one. 0 where nothing is uncertain. */
export function dayScale(path: ScopePath, noise: Noise, i: number): number {
  const usage =
    Math.abs(path.usage[i] as number) *
    (isSparse(noise) ? 1 : Math.hypot(noise.day, noise.week) + leastDay + surgePart * noise.drift * (i + 1))
  return Math.hypot(usage, path.lumpSpread[i] as number)
}

/** Scale of the error of a sum over days `[from, to)` after the origin, currency units. */
export function sumScale(path: ScopePath, noise: Noise, from: number, to: number): number {
  let usage = 0
  let squares = 0
  for (let i = Math.max(0, from); i < Math.min(to, path.usage.length); i++) {
    usage += path.usage[i] as number
    squares += (path.lumpSpread[i] as number) ** 2
  }
  const days = Math.max(0, to - Math.max(0, from))
  const part = isSparse(noise)
    ? 1 / Math.sqrt(Math.max(1, noise.activity * days))
    : 0.5 * noise.week + leastWeek + surgePart * noise.drift * (from + days / 2)
  return Math.hypot(Math.abs(usage) * part, Math.sqrt(squares))
}

/** Horizon block of a day: the first week, the second, to day 30, to day 60, later. */
export function blockOf(i: number): number {
  const block = blocks.findIndex((end) => i < end)
  return block < 0 ? blocks.length : block
}

/** Noise class of a scope among its group: 0 calm to 3 rough, from its own spreads only. */
export function noiseClass(noise: Noise, target: Target): number {
  if (noise.group !== 'daily' && noise.group !== 'aggregate') return 0
  const value = target === 'day' ? Math.hypot(noise.day, noise.week) : noise.week
  const limits = target === 'day' ? [0.01, 0.04, 0.1] : [0.008, 0.02, 0.05]
  return limits.filter((limit) => value > limit).length
}

/** Spend on a minority of days. */
export function isSparse({ group }: Noise): boolean {
  return group === 'sparse' || group === 'sparse sums'
}

/** A sum of leaves, of whatever kind. */
export function isAggregate({ group }: Noise): boolean {
  return group === 'aggregate' || group === 'sparse sums' || group === 'fee sums'
}

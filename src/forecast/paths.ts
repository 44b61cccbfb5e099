import type { Estate, ModelRun } from './model.ts'

/** Forecast of one scope: index 0 is the day after the origin, currency units a day. */
export interface ScopePath {
  readonly usage: Float64Array
  readonly lumps: Float64Array
  /** Spread of the recurring amounts of a day, currency units. */
  readonly lumpSpread: Float64Array
  /** What may be posted later than on its day, and what may come late to a day, currency units. */
  readonly mayLeave: Float64Array
  readonly mayCome: Float64Array
}

/** Weights of a scope's own fit against the sum of its leaves, near (month end) and far (next quarter). */
export interface DirectWeights {
  readonly near: number
  readonly far: number
}

const farDays = 60

/**
 * One forecast a scope: its own fit and the sum of its leaves by weight, plus the recurring amounts of its leaves.
 *
 * @param index position of the scope in `estate.scopes`
 */
export function scopePath(estate: Estate, run: ModelRun, index: number, weights: DirectWeights): ScopePath {
  const members = estate.scopes[index]?.members ?? []
  const length = run.usage[0]?.length ?? 0
  const usage = new Float64Array(length)
  for (const member of members) {
    const path = run.usage[member] as Float64Array
    for (let i = 0; i < length; i++) usage[i] = (usage[i] as number) + (path[i] as number)
  }
  const direct = run.direct[index]
  if (direct)
    for (let i = 0; i < length; i++) {
      const weight = weights.near + (weights.far - weights.near) * Math.min(1, i / farDays)
      usage[i] = weight * (direct[i] as number) + (1 - weight) * (usage[i] as number)
    }
  return { usage, ...lumpPaths(run, members, length) }
}

function lumpPaths(run: ModelRun, members: readonly number[], length: number): Omit<ScopePath, 'usage'> {
  const lumps = new Float64Array(length)
  const spreads = new Float64Array(length)
  const leave = new Float64Array(length)
  const come = new Float64Array(length)
  for (const member of members)
    for (const { day, amount, spread, late } of run.lumps[member] ?? []) {
      const i = day - run.to - 1
      const [from, to] = amount > 0 ? [leave, come] : [come, leave]
      lumps[i] = (lumps[i] as number) + amount
      addSquare(spreads, i, spread)
      if (late.length > 0) addSquare(from, i, amount)
      for (const days of late) if (i + days < length) addSquare(to, i + days, amount)
    }
  return {
    lumps,
    lumpSpread: spreads.map(Math.sqrt),
    mayLeave: leave.map(Math.sqrt),
    mayCome: come.map(Math.sqrt),
  }
}

function addSquare(sums: Float64Array, i: number, value: number): void {
  sums[i] = (sums[i] as number) + value * value
}

/** Sum over a window of day numbers, of the part that lies after the origin. */
export function windowSum(path: Float64Array, first: number, [start, end]: readonly [number, number]): number {
  let sum = 0
  for (let i = Math.max(0, start - first); i < Math.min(path.length, end - first); i++) sum += path[i] as number
  return sum
}

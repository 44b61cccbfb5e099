import { quietActuals } from './hindsight.ts'
import type { ErrorPools } from './intervals.ts'
import { type Estate, type ModelRun, runModel } from './model.ts'
import { type DirectWeights, type ScopePath, scopePath, windowSum } from './paths.ts'
import type { ModelSettings } from './project.ts'
import { dayScale, sumScale } from './scale.ts'
import type { Replay } from './windows.ts'

const longest = 60
const leastQuarterDays = 40
/** Steps of the weight. */
const grid = 10
/** A relative error counts up to this. */
const worstError = 0.5
const priorPull = 0.2

/** The same forecaster at an earlier origin, and what quiet days after it would have cost, by leaf. */
export interface Replayed {
  readonly replay: Replay
  readonly then: ModelRun
  readonly actuals: readonly (Float64Array | null)[]
}

/** Runs the forecaster, unchanged, at an earlier origin. */
export function replayAt(estate: Estate, now: ModelRun, replay: Replay, model: ModelSettings): Replayed {
  const to = replay.origin - estate.calendar.first
  const end = Math.max(to + 1 + longest, replay.windows.quarter[1] - estate.calendar.first)
  const then = runModel(estate, to, Math.min(end, now.to + 1), model)
  return { replay, then, actuals: estate.leaves.map((_, leaf) => quietActuals(estate, now, then, leaf)) }
}

/** Puts the errors of a replayed origin into the pools. */
export function scoreReplay(pools: ErrorPools, estate: Estate, replayed: Replayed, weights: DirectWeights): void {
  const { then, actuals } = replayed
  for (const [index, scope] of estate.scopes.entries()) {
    const only = scope.members[0] as number
    if (scope.level === 'leaf' && (!actuals[only] || !then.states[only])) continue
    const path = scopePath(estate, then, index, weights)
    score(pools, { replayed, path, errors: errorsOf(path, then, actuals, scope.members), index }, estate.calendar.first)
  }
}

/**
 * Weight of an aggregate's own fit against the sum of its leaves, near from the month ends and far from the quarters of replayed
 * origins: the one with the least relative error over all aggregates, at a tie the nearer to `prior`.
 */
export function backtestedWeights(estate: Estate, runs: readonly Replayed[], prior: DirectWeights): DirectWeights {
  const losses = { month: new Float64Array(grid + 1), quarter: new Float64Array(grid + 1) }
  for (const { replay, then, actuals } of runs) {
    const tomorrow = estate.calendar.first + then.to + 1
    for (const [index, { level, members }] of estate.scopes.entries()) {
      if (level === 'leaf' || !then.direct[index]) continue
      const [sum, own] = [0, 1].map((weight) => {
        const path = scopePath(estate, then, index, { near: weight, far: weight })
        return { path, error: errorsOf(path, then, actuals, members) }
      })
      for (const target of ['month', 'quarter'] as const) {
        const part = (path: Float64Array | undefined) => windowSum(path ?? nothing, tomorrow, replay.windows[target])
        const scale = Math.abs(part(sum?.path.usage))
        if (scale > 0) addLosses(losses[target], part(sum?.error) / scale, part(own?.error) / scale)
      }
    }
  }
  return { near: leastLoss(losses.month, prior.near), far: leastLoss(losses.quarter, prior.far) }
}

const nothing = new Float64Array(0)

/** Adds the loss of every weight between two relative errors. */
function addLosses(losses: Float64Array, sum: number, own: number): void {
  for (let i = 0; i <= grid; i++)
    losses[i] = (losses[i] as number) + Math.min(worstError, Math.abs(sum + ((own - sum) * i) / grid))
}

function leastLoss(losses: Float64Array, prior: number): number {
  let best = prior
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i <= grid; i++) {
    const loss = (losses[i] as number) * (1 + priorPull * (i / grid - prior) ** 2)
    if (loss > 0 && loss < least) {
      least = loss
      best = i / grid
    }
  }
  return best
}

/** Actual minus forecast a day; members without a usable actual count as forecast without error. */
function errorsOf(
  path: ScopePath,
  then: ModelRun,
  actuals: readonly (Float64Array | null)[],
  members: readonly number[],
): Float64Array {
  const length = Math.min(
    path.usage.length,
    members.reduce((most, i) => Math.max(most, actuals[i]?.length ?? 0), 0),
  )
  const errors = new Float64Array(length)
  for (let i = 0; i < length; i++) errors[i] = -(path.usage[i] as number) - (path.lumps[i] as number)
  for (const member of members) {
    const actual = actuals[member]
    if (actual) {
      for (let i = 0; i < length; i++) errors[i] = (errors[i] as number) + (actual[i] as number)
      continue
    }
    const usage = then.usage[member] as Float64Array
    for (let i = 0; i < length; i++) errors[i] = (errors[i] as number) + (usage[i] as number)
    for (const { day, amount } of then.lumps[member] ?? []) {
      const i = day - then.to - 1
      if (i < length) errors[i] = (errors[i] as number) + amount
    }
  }
  return errors
}

interface Scored {
  readonly replayed: Replayed
  readonly path: ScopePath
  readonly errors: Float64Array
  readonly index: number
}

function score(pools: ErrorPools, { replayed, path, errors, index }: Scored, first: number): void {
  const { replay, then } = replayed
  const noise = then.noise[index]
  if (!noise) return
  const tomorrow = first + then.to + 1
  for (let i = 0; i < Math.min(longest, errors.length); i++) {
    const scale = dayScale(path, noise, i)
    if (scale > 0) pools.add('day', noise, i, (errors[i] as number) / scale)
  }
  for (const target of ['month', 'quarter'] as const) {
    const [start, end] = replay.windows[target]
    const from = Math.max(0, start - tomorrow)
    const to = Math.min(end - tomorrow, path.usage.length)
    if (target === 'month' ? end - tomorrow > path.usage.length : to - from < leastQuarterDays) continue
    const scale = sumScale(path, noise, from, to)
    if (scale > 0) pools.add(target, noise, 0, windowSum(errors, tomorrow, [tomorrow + from, tomorrow + to]) / scale)
  }
}

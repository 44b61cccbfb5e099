import { quietActuals } from './hindsight.ts'
import type { ErrorPools } from './intervals.ts'
import { type Estate, type ModelRun, runModel } from './model.ts'
import { type DirectWeights, type ScopePath, scopePath, windowSum } from './paths.ts'
import type { ModelSettings } from './project.ts'
import { dayScale, sumScale } from './scale.ts'
import type { Replay } from './windows.ts'

const longest = 60
const leastQuarterDays = 45

/** Runs the same forecaster at an earlier origin and puts its errors into the pools. */
export function replayInto(
  pools: ErrorPools,
  estate: Estate,
  now: ModelRun,
  replay: Replay,
  options: { readonly model: ModelSettings; readonly weights: DirectWeights },
): void {
  const first = estate.calendar.first
  const to = replay.origin - first
  const end = Math.max(to + 1 + longest, replay.windows.quarter[1] - first)
  const then = runModel(estate, to, Math.min(end, estate.calendar.length), options.model)
  const actuals = estate.leaves.map((_, leaf) => quietActuals(estate, now, then, leaf))
  for (const [index, scope] of estate.scopes.entries()) {
    const only = scope.members[0] as number
    if (scope.level === 'leaf' && (!actuals[only] || !then.states[only])) continue
    const path = scopePath(estate, then, index, options.weights)
    const errors = errorsOf(path, then, actuals, scope.members)
    score(pools, { now, then, replay, path, errors, index }, first + to + 1)
  }
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
  readonly now: ModelRun
  readonly then: ModelRun
  readonly replay: Replay
  readonly path: ScopePath
  readonly errors: Float64Array
  readonly index: number
}

function score(pools: ErrorPools, { now, then, replay, path, errors, index }: Scored, firstDay: number): void {
  const noise = then.noise[index]
  if (!noise) return
  for (let i = 0; i < Math.min(longest, errors.length); i++) {
    const scale = dayScale(path, noise, i)
    if (scale > 0) pools.add('day', noise, i, (errors[i] as number) / scale)
  }
  const known = now.to - then.to
  for (const target of ['month', 'quarter'] as const) {
    const [start, end] = replay.windows[target]
    const from = Math.max(0, start - firstDay)
    const to = Math.min(end - firstDay, known)
    if (target === 'month' ? end - firstDay > known : to - from < leastQuarterDays) continue
    const scale = sumScale(path, noise, from, to)
    if (scale > 0) pools.add(target, noise, 0, windowSum(errors, firstDay, [firstDay + from, firstDay + to]) / scale)
  }
}

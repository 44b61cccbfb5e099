import { lumpSchedule } from '../stats/lumps.ts'
import { calendarOf } from './calendar.ts'
import type { DueLump } from './due-lumps.ts'
import { eventAmount, type KnownEvent } from './events.ts'
import { defaultWidening, type ErrorPools, errorPools, type Widening } from './intervals.ts'
import { type Estate, type ModelRun, type Noise, runModel } from './model.ts'
import { type DirectWeights, type ScopePath, scopePath, windowSum } from './paths.ts'
import { defaultModel, type ModelSettings } from './project.ts'
import { backtestedWeights, replayAt, scoreReplay } from './replay.ts'
import { dayScale, sumScale } from './scale.ts'
import { type LeafSeries, type Scope, scopesOf } from './scopes.ts'
import { replaysOf, type Windows, windowsOf } from './windows.ts'

export const horizonDays = 60

/** A point with its nested 80 and 95 % bands, currency units. */
export interface Estimate {
  readonly point: number
  readonly lo80: number
  readonly hi80: number
  readonly lo95: number
  readonly hi95: number
}

export interface ScopeForecast extends Scope {
  /** Null blocks: too little history or no recent spend. */
  readonly daily: readonly Estimate[] | null
  readonly month: Estimate | null
  readonly quarter: Estimate | null
  /** Sum of the days after the origin's month, before `until`; null without a forecast or where none was asked for. */
  readonly later: number | null
  readonly method: string
  readonly lumps: readonly DueLump[]
}

export interface ForecastSettings {
  readonly model: ModelSettings
  readonly weights: DirectWeights
  readonly widening: Widening
  /** Earlier origins replayed at most, and for an estate of more than `manyLeaves`, whose pools fill sooner. */
  readonly replays: number
  readonly fewReplays: number
}

export const defaultForecast: ForecastSettings = {
  model: defaultModel,
  weights: { near: 0.4, far: 0.2 },
  widening: defaultWidening,
  replays: 10,
  fewReplays: 6,
}

const leastHistory = 42
const recentDays = 60
const manyLeaves = 3000

/**
 * Forecasts every scope of all six levels.
 *
 * @param first day number of index 0 of every series
 * @param leaves daily cost in currency units, all of one length; the last day is the last complete one
 * @param skip days between that day and the origin: known to be incomplete, so forecast like the future
 * @param events dated changes that history does not show
 * @param until day number, exclusive: the end of the sum `later`, at most a year ahead
 * @returns points and bands for each of the next 60 days, the month of the origin with its known days, and the next quarter
 *
 * Bands are split-conformal: errors of the same forecaster at earlier origins, pooled over series (forecast.md section 3).
 */
export function forecastScopes(
  first: number,
  leaves: readonly LeafSeries[],
  settings: ForecastSettings = defaultForecast,
  { skip = 0, events = [], until = null }: ForecastOptions = {},
): ScopeForecast[] {
  const to = (leaves[0]?.cost.length ?? 0) - 1
  const windows = windowsOf(first + to + skip)
  const end = Math.max(windows.quarter[1] - first, to + skip + 1 + horizonDays, (until ?? first) - first)
  const calendar = calendarOf(first, end)
  const estate: Estate = { calendar, schedule: lumpSchedule(calendar), leaves, scopes: scopesOf(leaves) }
  const now = runModel(estate, to, end, settings.model)
  const pools = errorPools(settings.widening)
  const runs = replaysOf(
    first,
    first + to + skip,
    leaves.length > manyLeaves ? settings.fewReplays : settings.replays,
  ).map((replay) => replayAt(estate, now, { ...replay, origin: replay.origin - skip }, settings.model))
  const weights = backtestedWeights(estate, runs, settings.weights)
  for (const run of runs) scoreReplay(pools, estate, run, weights)
  const answering = { estate, now, pools, windows, weights, skip, events, until }
  return estate.scopes.map((scope, index) => scopeForecast(answering, scope, index))
}

interface ForecastOptions {
  readonly skip?: number
  readonly events?: readonly KnownEvent[]
  readonly until?: number | null
}

interface Answering {
  readonly estate: Estate
  readonly now: ModelRun
  readonly pools: ErrorPools
  readonly windows: Windows
  readonly weights: DirectWeights
  readonly skip: number
  readonly events: readonly KnownEvent[]
  readonly until: number | null
}

function scopeForecast(on: Answering, scope: Scope, index: number): ScopeForecast {
  const { estate, now, pools, windows, weights } = on
  const noise = now.noise[index] as Noise
  if (!isAnswerable(estate, now, scope))
    return { ...scope, daily: null, month: null, quarter: null, later: null, method: 'none', lumps: [] }
  const path = withEvents(scopePath(estate, now, index, weights), on, scope)
  const tomorrow = estate.calendar.first + now.to + 1
  const floor = isNeverNegative(estate, scope, now.to) ? 0 : Number.NEGATIVE_INFINITY
  const daily = Array.from({ length: horizonDays }, (_, ahead) => {
    const i = ahead + on.skip
    const point = (path.usage[i] as number) + (path.lumps[i] as number)
    const late = { leave: path.mayLeave[i] as number, come: path.mayCome[i] as number }
    return band(point, dayScale(path, noise, i), (coverage) => pools.offsets('day', noise, i, coverage), floor, late)
  })
  const sum = (target: 'month' | 'quarter', known: number) => {
    const [start, close] = windows[target]
    const point =
      known + windowSum(path.usage, tomorrow, [start, close]) + windowSum(path.lumps, tomorrow, [start, close])
    const scale = sumScale(path, noise, start - tomorrow, close - tomorrow)
    return band(point, scale, (coverage) => pools.offsets(target, noise, 0, coverage), Math.max(floor, floor + known))
  }
  const lumps = scope.members.flatMap((member) => now.lumps[member] ?? []).sort((a, b) => a.day - b.day)
  const month = sum('month', knownSum(estate, scope, windows.month[0] - estate.calendar.first, now.to))
  const later = on.until === null ? null : laterSum(path, tomorrow, windows.month[1], on.until)
  return { ...scope, daily, month, quarter: sum('quarter', 0), later, method: methodOf(noise), lumps }
}

function laterSum({ usage, lumps }: ScopePath, tomorrow: number, from: number, until: number): number {
  return windowSum(usage, tomorrow, [from, until]) + windowSum(lumps, tomorrow, [from, until])
}

/** Known events join the recurring amounts: dated, and without an error of their own. */
function withEvents(path: ScopePath, { events, estate, now, skip }: Answering, scope: Scope): ScopePath {
  const amount = eventAmount(events, scope, estate.calendar.first + now.to + skip)
  if (!amount) return path
  return { ...path, lumps: path.lumps.map((lump, i) => lump + amount(estate.calendar.first + now.to + 1 + i)) }
}

/** A late fee is rarer than one day in five, and not than one in twenty: it widens the outer band alone. */
function band(
  point: number,
  scale: number,
  ...[offsets, floor, late = onTime]: [
    (coverage: 0.8 | 0.95) => { low: number; high: number },
    number,
    { leave: number; come: number }?,
  ]
): Estimate {
  const at = Math.max(floor, point)
  const inner = offsets(0.8)
  const outer = offsets(0.95)
  const lo80 = Math.max(floor, at + inner.low * scale)
  const hi80 = at + inner.high * scale
  const lo95 = Math.max(floor, at - Math.hypot(outer.low * scale, late.leave))
  return {
    point: at,
    lo80,
    hi80,
    lo95: Math.min(lo80, lo95),
    hi95: Math.max(hi80, at + Math.hypot(outer.high * scale, late.come)),
  }
}

const onTime = { leave: 0, come: 0 }

const methods: Readonly<Record<Noise['group'], string>> = {
  aggregate: 'calendar+damped+theta, own fit and sum of leaves',
  'sparse sums': 'sum of means',
  'fee sums': 'sum of recurring amounts',
  daily: 'calendar+damped+theta',
  sparse: 'mean',
  fee: 'recurring amounts',
}

function methodOf({ group }: Noise): string {
  return methods[group]
}

/** Six weeks of history, that of a re-tagged leaf included, and recent spend. */
function isAnswerable({ leaves }: Estate, { to, states }: ModelRun, { members }: Scope): boolean {
  const spends = (day: number) => members.some((member) => leaves[member]?.cost[day] !== 0)
  const birth = members.reduce((first, member) => Math.min(first, states[member]?.birth ?? to), to)
  if (to - birth + 1 < leastHistory && !members.some((member) => hasSpent(leaves[member], to - leastHistory + 1)))
    return false
  for (let day = to; day > to - recentDays && day >= 0; day--) if (spends(day)) return true
  return false
}

function hasSpent(leaf: LeafSeries | undefined, before: number): boolean {
  for (let day = 0; day <= before; day++) if (leaf && leaf.cost[day] !== 0) return true
  return false
}

function isNeverNegative({ leaves }: Estate, { members }: Scope, to: number): boolean {
  for (let day = 0; day <= to; day++) {
    let sum = 0
    for (const member of members) sum += leaves[member]?.cost[day] as number
    if (sum < 0) return false
  }
  return true
}

function knownSum({ leaves }: Estate, { members }: Scope, from: number, to: number): number {
  let sum = 0
  for (const member of members)
    for (let day = Math.max(0, from); day <= to; day++) sum += leaves[member]?.cost[day] as number
  return sum
}

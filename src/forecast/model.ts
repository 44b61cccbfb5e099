import type { Lump } from '../stats/lumps.ts'
import type { Calendar } from './calendar.ts'
import { cleanSeries } from './clean.ts'
import type { DueLump } from './due-lumps.ts'
import { peerGrowth } from './growth.ts'
import { analyseLeaf, type LeafContext, type LeafState } from './leaf.ts'
import { calendarPath, type FittedLeaf, fitLeaf, leafLumps, leafUsage } from './leaf-model.ts'
import { type ModelSettings, projectLevel } from './project.ts'
import { joinRetags } from './retag.ts'
import type { LeafSeries, Scope } from './scopes.ts'
import { taxLike } from './tax.ts'
import { fitTrend } from './trend.ts'

/** The daily series of a file, and everything about them that no origin changes. */
export interface Estate extends LeafContext {
  readonly leaves: readonly LeafSeries[]
  readonly scopes: readonly Scope[]
}

/** Forecasts of one origin. Paths start on the day after it, currency units a day. */
export interface ModelRun {
  readonly to: number
  readonly states: readonly (LeafState | null)[]
  /** By leaf: usage, and recurring amounts with their dates. */
  readonly usage: readonly Float64Array[]
  readonly lumps: readonly (readonly DueLump[])[]
  /** By scope: usage fitted on the scope's own clean series; null for leaves. */
  readonly direct: readonly (Float64Array | null)[]
  readonly noise: readonly Noise[]
}

/** Kinds of series whose errors are alike; `sums` of sparse leaves and of fees are aggregates without a daily member. */
export type NoiseGroup = 'aggregate' | 'sparse sums' | 'fee sums' | 'daily' | 'sparse' | 'fee'

/** How uncertain a scope's usage is. */
export interface Noise {
  readonly group: NoiseGroup
  /** Robust spread of a day and of successive weeks, as fractions of the level. */
  readonly day: number
  readonly week: number
  /** Share of days with spend. */
  readonly activity: number
  /** Speed of a surge, log rate a day; 0 without one. */
  readonly drift: number
}

const allDays = { dense: true, active: Array(7).fill(true) as boolean[], hit: new Float64Array(7) }

/**
 * Forecasts every leaf and every aggregate from the days up to `to`.
 *
 * @param to origin, a day index, inclusive; nothing later is read
 * @param end first day index not forecast
 */
export function runModel(estate: Estate, to: number, end: number, settings: ModelSettings): ModelRun {
  const missing = missingDays(estate, to)
  const costs = joinRetags(estate.leaves, to)
  const states = costs.map((cost, i) => analyseLeaf(cost, to, missing(i), estate))
  const fitted = states.map((state) => (state ? fitLeaf(state) : null))
  const peers = peersByProvider(estate.leaves, fitted, settings)
  const range = { to, end }
  const usage = fitted.map((leaf, i) =>
    leaf
      ? leafUsage(leaf, peers.get(estate.leaves[i]?.provider ?? '') ?? 0, estate.calendar, range, settings)
      : new Float64Array(end - to - 1),
  )
  const lumps = states.map((state) => (state ? leafLumps(state, estate, to, end) : []))
  withTax(estate, { to, states, usage, lumps })
  const own = estate.scopes.map((scope) =>
    scope.level === 'leaf' ? null : directUsage(scope, { states, usage }, peers, estate.calendar, range, settings),
  )
  const noise = estate.scopes.map((scope, i) => {
    if (scope.level === 'leaf') return leafNoise(fitted[scope.members[0] as number] ?? null, to)
    return own[i]?.noise ?? sumsNoise(scope.members.map((member) => leafNoise(fitted[member] ?? null, to)))
  })
  return { to, states, usage, lumps, direct: own.map((one) => one?.path ?? null), noise }
}

function peersByProvider(
  leaves: readonly LeafSeries[],
  fitted: readonly (FittedLeaf | null)[],
  settings: ModelSettings,
): Map<string, number> {
  const groups = new Map<string, { trend: NonNullable<FittedLeaf['trend']>; pace: number }[]>()
  for (const [i, leaf] of fitted.entries()) {
    if (!leaf?.trend) continue
    const provider = leaves[i]?.provider ?? ''
    const group = groups.get(provider) ?? []
    groups.set(provider, group)
    group.push({ trend: leaf.trend, pace: leaf.pace })
  }
  return new Map([...groups].map(([provider, members]) => [provider, peerGrowth(members, settings)]))
}

/**
 * Usage of an aggregate: the sum of its daily members' clean histories is fitted as one series, sparse members add their means,
 * members that ended are left out. Null where less than six weeks of it are known.
 */
function directUsage(
  scope: Scope,
  run: Pick<ModelRun, 'states' | 'usage'>,
  peers: ReadonlyMap<string, number>,
  ...[calendar, { to, end }, settings]: [Calendar, { to: number; end: number }, ModelSettings]
): { path: Float64Array; noise: Noise } | null {
  const sum = new Float64Array(to + 1)
  const rest = new Float64Array(end - to - 1)
  let from = to
  for (const member of scope.members) {
    const state = run.states[member]
    if (!state || state.ended || state.kind === 'fee') continue
    if (state.kind === 'sparse') {
      addTo(rest, run.usage[member] as Float64Array)
      continue
    }
    from = Math.min(from, state.birth)
    const before = backfill(state, to)
    for (let day = 0; day <= to; day++)
      sum[day] = (sum[day] as number) + (day < state.birth ? before : (state.usage[day] as number))
  }
  if (to - from < 41) return null
  const clean = cleanSeries(sum, calendar, { from, to }, allDays, new Uint8Array(to + 1))
  const trend = fitTrend(clean.level, clean.points, clean.spread)
  if (!(trend.level > 0)) return null
  const growth = scope.scope.provider === undefined ? mean([...peers.values()]) : (peers.get(scope.scope.provider) ?? 0)
  const path = calendarPath(projectLevel(trend, growth, 1, settings), { ...clean, sign: 1 }, calendar, { to, end })
  addTo(path, rest)
  return {
    path,
    noise: { group: 'aggregate', day: clean.spread, week: trend.weekly, activity: 1, drift: Math.abs(trend.surge) },
  }
}

/** Noise of an aggregate that has no series of its own to fit: of young daily leaves, of sparse ones, or of fees alone. */
function sumsNoise(members: readonly Noise[]): Noise {
  if (members.some(({ group }) => group === 'daily'))
    return { group: 'aggregate', day: 0.05, week: 0.03, activity: 1, drift: 0 }
  const activity = members.reduce((sum, member) => sum + member.activity, 0)
  return activity > 0
    ? { group: 'sparse sums', day: 1, week: 1, activity, drift: 0 }
    : { group: 'fee sums', day: 0, week: 0, activity, drift: 0 }
}

function addTo(sum: Float64Array, values: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (values[i] as number)
}

function leafNoise(leaf: FittedLeaf | null, to: number): Noise {
  if (!leaf || leaf.state.kind === 'fee' || leaf.state.ended)
    return { group: 'fee', day: 0, week: 0, activity: 0, drift: 0 }
  const { state, trend } = leaf
  if (trend && state.clean)
    return {
      group: 'daily',
      day: state.clean.spread,
      week: trend.weekly,
      activity: 1,
      drift: Math.abs(trend.surge) * leaf.pace,
    }
  let days = 0
  for (let day = state.birth; day <= to; day++) if (state.usage[day] !== 0) days++
  return { group: 'sparse', day: 1, week: 1, activity: days / (to - state.birth + 1), drift: 0 }
}

/** Mean of a member's first four weeks, standing for the days before its birth so that a birth is no growth. */
function backfill(state: LeafState, to: number): number {
  let sum = 0
  const end = Math.min(to + 1, state.birth + 28)
  for (let day = state.birth; day < end; day++) sum += state.usage[day] as number
  return sum / (end - state.birth)
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Days without any row of an account, by leaf; a leaf's own silence on a day when others report is not missing. */
function missingDays({ leaves }: Estate, to: number): (leaf: number) => Uint8Array {
  const byAccount = new Map<string, Uint8Array>()
  const keys = leaves.map(({ provider, account }) => JSON.stringify([provider, account]))
  for (const [i, { cost }] of leaves.entries()) {
    const key = keys[i] as string
    const empty = byAccount.get(key) ?? new Uint8Array(to + 1).fill(1)
    byAccount.set(key, empty)
    for (let day = 0; day <= to; day++) if (cost[day] !== 0) empty[day] = 0
  }
  return (leaf) => byAccount.get(keys[leaf] as string) as Uint8Array
}

/** Replaces the amounts of tax-like lumps by their share of the month before, known or forecast. */
function withTax(
  estate: Estate,
  run: { to: number; states: (LeafState | null)[]; usage: Float64Array[]; lumps: DueLump[][] },
): void {
  const { calendar, leaves } = estate
  const firstMonth = (calendar.month[0] as number) + (calendar.dayOfMonth[0] === 1 ? 0 : 1)
  const sums = monthSums(estate, run)
  for (const [i, state] of run.states.entries()) {
    if (state?.kind !== 'fee') continue
    const leaf = leaves[i] as LeafSeries
    const own = (month: number) => sums.leaf(i, month)
    const monthly = {
      account: (month: number) => sums.account(leaf, month) - own(month),
      provider: (month: number) => sums.provider(leaf, month) - own(month),
    }
    for (const lump of state.lumps) {
      const tax = taxLike(lump, calendar, monthly, firstMonth)
      if (tax)
        run.lumps[i] = replaceAmounts(run.lumps[i] ?? [], lump, (due) => tax.share * monthly[tax.base](due), calendar)
    }
  }
}

function replaceAmounts(
  due: readonly DueLump[],
  lump: Lump,
  amount: (month: number) => number,
  calendar: Calendar,
): DueLump[] {
  const early = lump.rule.kind === 'last' ? 0 : 1
  return due.map((one) => ({ ...one, amount: amount((calendar.month[one.day] as number) - early) }))
}

/** Cost by month, days after the origin forecast. */
function monthSums({ calendar, leaves }: Estate, run: { to: number; usage: Float64Array[]; lumps: DueLump[][] }) {
  const first = calendar.month[0] as number
  const months = (calendar.month[calendar.length - 1] as number) - first + 1
  const accounts = new Map<string, Float64Array>()
  const providers = new Map<string, Float64Array>()
  const byLeaf = leaves.map((leaf, i) => {
    const sums = new Float64Array(months)
    const add = (day: number, amount: number) => {
      const month = (calendar.month[day] as number) - first
      sums[month] = (sums[month] as number) + amount
    }
    for (let day = 0; day <= run.to; day++) add(day, leaf.cost[day] as number)
    for (const [k, amount] of (run.usage[i] ?? []).entries()) add(run.to + 1 + k, amount)
    for (const { day, amount } of run.lumps[i] ?? []) add(day, amount)
    for (const [map, key] of [
      [accounts, accountKey(leaf)],
      [providers, leaf.provider],
    ] as const) {
      const total = map.get(key) ?? new Float64Array(months)
      map.set(key, total)
      for (let month = 0; month < months; month++) total[month] = (total[month] as number) + (sums[month] as number)
    }
    return sums
  })
  return {
    leaf: (i: number, month: number) => byLeaf[i]?.[month - first] ?? 0,
    account: (leaf: LeafSeries, month: number) => accounts.get(accountKey(leaf))?.[month - first] ?? 0,
    provider: (leaf: LeafSeries, month: number) => providers.get(leaf.provider)?.[month - first] ?? 0,
  }
}

function accountKey({ provider, account }: LeafSeries): string {
  return JSON.stringify([provider, account])
}

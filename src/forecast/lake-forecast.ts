import { backtest } from './backtest.ts'
import { type BacktestRow, type Horizon, productName } from './backtest-rows.ts'
import { dateOf, dayNumber } from './calendar.ts'
import type { KnownEvent } from './events.ts'
import { defaultForecast, type Estimate, forecastScopes, type ScopeForecast } from './forecast.ts'
import {
  type BudgetLanding,
  type IssuedForecast,
  type IssuedLevel,
  type IssuedScope,
  issuedLevels,
  type LevelRecord,
} from './issued.ts'
import type { LakeSeries } from './lake-series.ts'
import type { LeafSeries } from './scopes.ts'
import { windowsOf } from './windows.ts'

/** A row of the report `costs_by_scope`. */
export interface ScopeCost {
  readonly level: string
  readonly provider: string | null
  readonly account: string | null
  readonly account_name: string | null
  readonly service: string | null
  readonly team: string | null
  readonly product: string | null
  readonly effective_cost: string
}

/** A budget on the accrual ledger, its value as the charges spell it. */
export interface ScopeBudget {
  readonly dimension: IssuedLevel
  readonly value: string
  readonly budget: string
  readonly amount: string
}

export interface LakeQuestion {
  readonly series: LakeSeries
  /** Day numbers; `complete` is the last complete day, `origin` the last known one. */
  readonly origin: number
  readonly complete: number
  /** Whether later days are complete as well. */
  readonly isReplay: boolean
  readonly currency: string
  readonly dataVersion: string
  readonly monthToDate: readonly ScopeCost[]
  /** Costs of the month before, for names while a month is young. */
  readonly lastMonth: readonly ScopeCost[]
  /** Costs from January to the origin's month; null when the data begin later. */
  readonly closedMonths: readonly ScopeCost[] | null
  /** Of the origin's month, the next quarter and the origin's year. */
  readonly budgets: Readonly<Record<'month' | 'quarter' | 'year', readonly ScopeBudget[]>>
  readonly events: readonly KnownEvent[]
  /** The same where the product stands in the place of the team. */
  readonly productEvents: readonly KnownEvent[]
}

const recordOrigins = 6
const leastHistory = 42
const recentDays = 60
const nought = '0.000000000000000'

/**
 * Month-end landing and next quarter of every scope of one currency, with the month's budgets and the method's record on the same
 * history. Amounts of scopes are estimates in currency units; month to date is exact.
 *
 * Products are forecast in a run of their own in which they stand in the place of teams: leaves stay as specs/forecast.md has them.
 */
export function lakeForecast(question: LakeQuestion): IssuedForecast {
  const { series, origin, complete } = question
  const { month, quarter } = windowsOf(origin)
  const range = ([start, end]: readonly [number, number]) => ({ start: dateOf(start), end: dateOf(end) })
  const runs = [
    { leaves: series.byTeam, levels: issuedLevels.filter((level) => level !== 'product'), events: question.events },
    ...(series.byProduct
      ? [{ leaves: series.byProduct, levels: ['product'] as const, events: question.productEvents }]
      : []),
  ]
  return {
    schema: 'costwright-issued-forecast/1',
    origin: dateOf(origin),
    currency: question.currency,
    ledger: 'accrual',
    vintage: question.isReplay ? 'replayed' : 'as_issued',
    complete_through: dateOf(complete),
    data_version: question.dataVersion,
    month: range(month),
    quarter: range(quarter),
    events: question.events,
    record: runs.flatMap(({ leaves, levels }) => recordOf(series.first, leaves, levels, origin - complete)),
    forecasts: runs.flatMap(({ leaves, levels, events }) =>
      forecastScopes(series.first, leaves, defaultForecast, { skip: origin - complete, events, until: yearEnd(origin) })
        .flatMap((forecast) =>
          levels.filter((level) => coreLevel(level) === forecast.level).map((level) => ({ level, forecast })),
        )
        .map(({ level, forecast }) => issuedScope(question, level, forecast, leaves)),
    ),
  }
}

function yearEnd(day: number): number {
  return dayNumber(`${Number(dateOf(day).slice(0, 4)) + 1}-01-01`) as number
}

function coreLevel(level: IssuedLevel): string {
  return level === 'product' ? 'team' : level
}

function issuedScope(
  { monthToDate, lastMonth, closedMonths, budgets }: LakeQuestion,
  level: IssuedLevel,
  forecast: ScopeForecast,
  leaves: readonly LeafSeries[],
): IssuedScope {
  const { team = '', ...rest } = forecast.scope
  const scope = level === 'product' ? { product: team } : level === 'team' ? { team } : rest
  const isOwn = (row: ScopeCost) => row.level === level && scopeKey(row) === scopeKey(scope)
  const known = monthToDate.find(isOwn)
  const value = level === 'total' ? 'total' : Object.values(scope).at(-1) || '(none)'
  const alike = [...monthToDate, ...lastMonth].filter((row) => row.level === level && budgetValue(row) === value)
  const isShared = new Set(alike.map(scopeKey)).size > 1
  const own = (list: readonly ScopeBudget[]) =>
    list.filter((one) => one.dimension === level && one.value === value && !isShared)
  const year = closedMonths && yearOf(closedMonths.find(isOwn)?.effective_cost ?? nought, forecast)
  return {
    level,
    scope,
    account_name: (known ?? lastMonth.find(isOwn))?.account_name ?? null,
    state: forecast.daily ? 'ok' : 'insufficient_history',
    reason: forecast.daily ? null : reasonOf(forecast, leaves),
    method: forecast.method,
    month_to_date: known?.effective_cost ?? nought,
    month_end: forecast.month && rounded(forecast.month),
    next_quarter: forecast.quarter && rounded(forecast.quarter),
    year,
    budgets: own(budgets.month).map((one) => landingAgainst(one, forecast.month)),
    quarter_budgets: own(budgets.quarter).map((one) => landingAgainst(one, forecast.quarter)),
    year_budgets: own(budgets.year).map((one) => ({ ...varianceOf(one, year?.landing ?? null), overrun: null })),
  }
}

/** What a budget of the level names; two providers may have a service of one name, which no budget can tell apart. */
function budgetValue(row: ScopeCost): string | null {
  return row.level === 'total' ? 'total' : row[row.level as Exclude<IssuedLevel, 'total'>]
}

/** Names of a scope in one text; unknown ones are empty. */
export function scopeKey(names: Partial<Omit<ScopeCost, 'level' | 'effective_cost'>>): string {
  return JSON.stringify(
    [names.provider, names.account, names.service, names.team, names.product].map((name) => name ?? ''),
  )
}

function yearOf(closed: string, { month, later }: ScopeForecast): IssuedScope['year'] {
  return month && later !== null ? { closed, landing: round(Number(closed) + month.point + later) } : null
}

function reasonOf({ members }: ScopeForecast, leaves: readonly LeafSeries[]): string {
  const days = leaves[0]?.cost.length ?? 0
  const spends = (day: number) => members.some((member) => leaves[member]?.cost[day] !== 0)
  let birth = 0
  while (birth < days && !spends(birth)) birth++
  if (birth === days) return 'no cost on any day'
  for (let day = days - 1; day >= Math.max(0, days - recentDays); day--)
    if (spends(day)) return `${days - birth} days of history; ${leastHistory} are needed`
  return `no cost in the last ${recentDays} days`
}

/** Landing − budget, and how likely it is to be above: each band leaves half of what it does not cover on either side. */
function landingAgainst(budget: ScopeBudget, landing: Estimate | null): BudgetLanding {
  if (!landing) return { ...varianceOf(budget, null), overrun: null }
  const limit = Number(budget.amount)
  const steps = [
    { bound: landing.lo95, least: 0.975, most: 1 },
    { bound: landing.lo80, least: 0.9, most: 0.975 },
    { bound: landing.hi80, least: 0.1, most: 0.9 },
    { bound: landing.hi95, least: 0.025, most: 0.1 },
  ]
  const { least, most } = steps.find(({ bound }) => limit < bound) ?? { least: 0, most: 0.025 }
  return { ...varianceOf(budget, landing.point), overrun: { least, most } }
}

function varianceOf({ budget, amount }: ScopeBudget, landing: number | null): Omit<BudgetLanding, 'overrun'> {
  const limit = Number(amount)
  const variance = landing === null ? null : landing - limit
  return {
    budget,
    amount,
    variance: variance === null ? null : round(variance),
    variance_pct: variance === null || limit === 0 ? null : round((100 * variance) / Math.abs(limit)),
  }
}

function recordOf(
  first: number,
  leaves: readonly LeafSeries[],
  ...[levels, skip]: [readonly IssuedLevel[], number]
): LevelRecord[] {
  const { rows } = backtest(first, leaves, recordOrigins, skip)
  const sums: readonly Horizon[] = ['month end', 'next quarter']
  return levels.flatMap((level) => {
    const own = rows.filter((row) => row.level === coreLevel(level))
    return sums.flatMap((horizon) =>
      own
        .filter((row) => row.horizon === horizon && row.method === productName)
        .map(({ method: _, ...row }) => ({ ...row, level, best_simple: bestSimple(own, horizon) })),
    )
  })
}

function bestSimple(rows: readonly BacktestRow[], horizon: Horizon): LevelRecord['best_simple'] {
  const [best] = rows
    .filter((row) => row.horizon === horizon && row.method !== productName && row.wape !== null)
    .sort((a, b) => (a.wape as number) - (b.wape as number))
  return best ? { method: best.method, wape: best.wape } : null
}

function rounded({ point, lo80, hi80, lo95, hi95 }: Estimate): Estimate {
  return { point: round(point), lo80: round(lo80), hi80: round(hi80), lo95: round(lo95), hi95: round(hi95) }
}

/** Estimates are statistics: four decimals, as in the file of `costwright forecast --series`. */
function round(value: number): number {
  return Math.round(value * 1e4) / 1e4 || 0
}

import { type BacktestRow, type Horizon, type Point, rowOf } from './backtest-rows.ts'
import type { IssuedForecast, IssuedLevel, IssuedScope, StoredForecast } from './issued.ts'
import { type ScopeCost, scopeKey } from './lake-forecast.ts'

interface Range {
  readonly start: string
  readonly end: string
}

/** What every scope cost in a window that is closed. */
export interface Closed extends Range {
  readonly costs: readonly ScopeCost[]
}

/** Accuracy of issued forecasts at one level and horizon; see `BacktestRow`. */
export interface IssuedScore extends Omit<BacktestRow, 'level' | 'method'> {
  readonly vintage: IssuedForecast['vintage']
  readonly level: IssuedLevel
  /** Forecasts scored. */
  readonly issues: number
}

interface Target {
  readonly horizon: Horizon
  readonly window: Range
  readonly block: 'month_end' | 'next_quarter'
}

function targetsOf({ month, quarter }: IssuedForecast): readonly Target[] {
  return [
    { horizon: 'month end', window: month, block: 'month_end' },
    { horizon: 'next quarter', window: quarter, block: 'next_quarter' },
  ]
}

/**
 * Months and quarters that forecasts were issued for and that are closed.
 *
 * @param end ISO date: the first day that is not complete
 */
export function windowsToScore(issued: readonly IssuedForecast[], end: string): Range[] {
  const windows = issued.flatMap((one) => targetsOf(one).map(({ window }) => window)).filter((one) => one.end <= end)
  return [...new Map(windows.map((window) => [window.start + window.end, window])).values()]
}

/**
 * Scores forecasts as issued (specs/budgets.md section 5): the first issue of each origin, against the costs of closed windows.
 * A month that was known in full when its forecast was issued is no forecast.
 */
export function scoreIssued(issued: readonly StoredForecast[], closed: readonly Closed[]): IssuedScore[] {
  const groups = new Map<
    string,
    { names: Pick<IssuedScore, 'vintage' | 'level' | 'horizon'>; points: Point[]; ids: Set<string> }
  >()
  for (const forecast of firstIssues(issued))
    for (const { horizon, window, block } of targetsOf(forecast)) {
      const actual = closed.find(({ start, end }) => start === window.start && end === window.end)
      if (!actual || forecast.complete_through >= lastDay(window)) continue
      for (const { level, band, cost } of scored(forecast.forecasts, block, actual.costs)) {
        const names = { vintage: forecast.vintage, level, horizon }
        const group = groups.get(JSON.stringify(names)) ?? { names, points: [], ids: new Set() }
        groups.set(JSON.stringify(names), group)
        group.points.push({ forecast: band.point, actual: cost, band })
        group.ids.add(forecast.id)
      }
    }
  return [...groups.values()].map(({ names, points, ids }) => {
    const { method: _, ...row } = rowOf({ level: 'total', horizon: names.horizon, method: '' }, points)
    return { ...row, ...names, issues: ids.size }
  })
}

function firstIssues(issued: readonly StoredForecast[]): StoredForecast[] {
  const first = new Map<string, StoredForecast>()
  for (const one of issued) {
    const known = first.get(one.origin)
    if (!known || one.issued_at < known.issued_at) first.set(one.origin, one)
  }
  return [...first.values()]
}

function lastDay({ end }: Range): string {
  return new Date(Date.parse(`${end}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
}

/** Scopes with a forecast beside what they cost; without a charge in the window that is nought. */
function scored(scopes: readonly IssuedScope[], block: Target['block'], costs: readonly ScopeCost[]) {
  const actual = new Map(costs.map((row) => [row.level + scopeKey(row), Number(row.effective_cost)]))
  return scopes.flatMap(({ level, scope, [block]: band }) =>
    band ? [{ level, band, cost: actual.get(level + scopeKey(scope)) ?? 0 }] : [],
  )
}

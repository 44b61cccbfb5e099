import { type BacktestRow, type Horizon, horizons, type Point, productName, rowOf } from './backtest-rows.ts'
import { baselines } from './baselines.ts'
import { type Calendar, calendarOf, dateOf } from './calendar.ts'
import { defaultForecast, type Estimate, forecastScopes, type ScopeForecast } from './forecast.ts'
import { type LeafSeries, levels } from './scopes.ts'
import { longestAhead, type SimpleAnswer, simpleAnswer } from './simple-answer.ts'
import { replaysOf, windowsOf } from './windows.ts'

export interface Backtest {
  /** Dates of the origins, newest first. */
  readonly origins: readonly string[]
  readonly rows: readonly BacktestRow[]
}

const days = 30

/**
 * Rolling origins over the file's own history: every method, every level, against what was billed. Each origin is forecast from the
 * days up to it alone, cleaning and intervals included.
 *
 * @param first day number of index 0 of every series
 * @param leaves daily cost in currency units up to the last known day
 * @param limit earlier origins at most
 * @param skip days between the last known day and the origin, here and at every earlier origin
 */
export function backtest(first: number, leaves: readonly LeafSeries[], limit: number, skip = 0): Backtest {
  const to = (leaves[0]?.cost.length ?? 0) - 1
  const calendar = calendarOf(first, to + 1 + longestAhead + skip)
  const points = new Map<string, Point[]>()
  const origins = replaysOf(first, first + to + skip, limit).map(({ origin }) => origin)
  for (const origin of origins) {
    const length = origin - skip - first + 1
    const known = leaves.filter(({ cost }) => cost.subarray(0, length).some(Boolean))
    const cut = known.map((leaf) => ({ ...leaf, cost: leaf.cost.slice(0, length) }))
    for (const forecast of forecastScopes(first, cut, defaultForecast, { skip }))
      for (const { horizon, method, point } of scored(forecast, sumOf(known, forecast), { calendar, origin, skip })) {
        const key = keyOf(forecast.level, horizon, method)
        const own = points.get(key)
        if (own) own.push(point)
        else points.set(key, [point])
      }
  }
  const names = [...baselines.map(({ name }) => name), productName]
  const rows = levels.flatMap((level) =>
    horizons.flatMap((horizon) =>
      names.map((method) => rowOf({ level, horizon, method }, points.get(keyOf(level, horizon, method)) ?? [])),
    ),
  )
  return { origins: origins.map(dateOf), rows }
}

function keyOf(...names: readonly string[]): string {
  return names.join('/')
}

interface Scored {
  readonly horizon: Horizon
  readonly method: string
  readonly point: Point
}

/** The product's and every baseline's numbers of one scope and origin, beside what was billed. */
function scored(
  forecast: ScopeForecast,
  series: Float64Array,
  { calendar, origin, skip }: { calendar: Calendar; origin: number; skip: number },
): Scored[] {
  if (!forecast.daily) return []
  const truth = truthAt(series, calendar.first, origin)
  const own = productPoints(forecast)
  const simple = baselines.map((baseline) => ({
    method: baseline.name,
    answer: simpleAnswer(baseline, series, calendar, { origin: origin - calendar.first, skip }),
  }))
  return horizons.flatMap((horizon) =>
    (truth[horizon] ?? []).flatMap((actual, i) => {
      const band = own[horizon][i] as Estimate
      return [
        { horizon, method: productName, point: { forecast: band.point, actual, band } },
        ...simple.map(({ method, answer }) => ({
          horizon,
          method,
          point: { forecast: simplePoint(answer, horizon, i), actual, band: null },
        })),
      ]
    }),
  )
}

function simplePoint({ daily, month, quarter }: SimpleAnswer, horizon: Horizon, i: number): number {
  if (horizon === 'month end') return month
  return horizon === 'next quarter' ? quarter : (daily[i] as number)
}

/** Daily cost of a forecast's scope over all known days, later ones included. */
function sumOf(leaves: readonly LeafSeries[], { members }: ScopeForecast): Float64Array {
  const sum = new Float64Array(leaves[0]?.cost.length ?? 0)
  for (const member of members) {
    const { cost } = leaves[member] as LeafSeries
    for (let day = 0; day < sum.length; day++) sum[day] = (sum[day] as number) + (cost[day] as number)
  }
  return sum
}

/** What came true; a horizon whose days are not all known is left out. */
function truthAt(series: Float64Array, first: number, origin: number): Partial<Record<Horizon, readonly number[]>> {
  const { month, quarter } = windowsOf(origin)
  const end = first + series.length
  const sum = ([from, until]: readonly [number, number]) =>
    until > end ? [] : [series.slice(from - first, until - first).reduce((total, value) => total + value, 0)]
  return {
    'days 1 to 30': origin + 1 + days > end ? [] : [...series.slice(origin + 1 - first, origin + 1 + days - first)],
    'month end': sum(month),
    'next quarter': sum(quarter),
  }
}

function productPoints({ daily, month, quarter }: ScopeForecast): Record<Horizon, readonly Estimate[]> {
  return {
    'days 1 to 30': (daily ?? []).slice(0, days),
    'month end': month ? [month] : [],
    'next quarter': quarter ? [quarter] : [],
  }
}

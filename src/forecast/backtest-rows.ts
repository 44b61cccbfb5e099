import { median } from '../stats/median.ts'
import type { Estimate } from './forecast.ts'
import type { Level } from './scopes.ts'

export const productName = 'costwright'
export const horizons = ['days 1 to 30', 'month end', 'next quarter'] as const
export type Horizon = (typeof horizons)[number]

/** Accuracy of one method at one level and horizon; shares in %. Null figures: fewer than three scored points. */
export interface BacktestRow {
  readonly level: Level
  readonly horizon: Horizon
  readonly method: string
  readonly state: 'ok' | 'not_computable'
  readonly points: number
  readonly wape: number | null
  /** Signed: above 0 the forecast was too high. */
  readonly bias: number | null
  readonly mdape: number | null
  readonly inside80: number | null
  readonly inside95: number | null
}

/** One scored number; the band of methods that have one. */
export interface Point {
  readonly forecast: number
  readonly actual: number
  readonly band: Estimate | null
}

const leastPoints = 3

/** Accuracy over points: WAPE and bias over their sums, MdAPE over those that are not 0 (budgets.md section 5). */
export function rowOf(names: Pick<BacktestRow, 'level' | 'horizon' | 'method'>, points: readonly Point[]): BacktestRow {
  const none = { wape: null, bias: null, mdape: null, inside80: null, inside95: null }
  if (points.length < leastPoints) return { ...names, state: 'not_computable', points: points.length, ...none }
  const total = points.reduce((sum, { actual }) => sum + Math.abs(actual), 0)
  const net = points.reduce((sum, { actual }) => sum + actual, 0)
  const error = (point: Point) => point.forecast - point.actual
  const inside = (low: 'lo80' | 'lo95', high: 'hi80' | 'hi95') =>
    points.some(({ band }) => band === null)
      ? null
      : share(
          points.filter(({ band, actual }) => band && actual >= band[low] - 0.005 && actual <= band[high] + 0.005)
            .length,
          points.length,
        )
  const relative = points.flatMap((point) => (point.actual === 0 ? [] : [Math.abs(error(point) / point.actual)]))
  return {
    ...names,
    state: 'ok',
    points: points.length,
    wape: share(
      points.reduce((sum, point) => sum + Math.abs(error(point)), 0),
      total,
    ),
    bias: share(
      points.reduce((sum, point) => sum + error(point), 0),
      net,
    ),
    mdape: relative.length === 0 ? null : 100 * median(relative),
    inside80: inside('lo80', 'hi80'),
    inside95: inside('lo95', 'hi95'),
  }
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : (100 * part) / whole
}

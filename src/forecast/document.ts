import { dateOf } from './calendar.ts'
import type { Estimate, ScopeForecast } from './forecast.ts'
import type { Windows } from './windows.ts'

/** Exact money of the bill by scope, as decimal text. */
export interface KnownAmounts {
  /** Cost of the origin's month up to the origin. */
  known(members: readonly number[]): string
  /** An amount in currency units with the decimals of the bill. */
  text(amount: number): string
}

/** One entry of `forecasts` (forecast.md section 6). */
export function forecastEntry(forecast: ScopeForecast, first: number, money: KnownAmounts): object {
  const { level, scope, members, daily, month, quarter, method, lumps } = forecast
  return {
    level,
    scope,
    state: daily ? 'ok' : 'insufficient_history',
    method,
    daily: daily && {
      point: daily.map(({ point }) => rounded(point)),
      lo80: daily.map(({ lo80 }) => rounded(lo80)),
      hi80: daily.map(({ hi80 }) => rounded(hi80)),
      lo95: daily.map(({ lo95 }) => rounded(lo95)),
      hi95: daily.map(({ hi95 }) => rounded(hi95)),
    },
    month_end: month && roundedAll(month),
    next_quarter: quarter && roundedAll(quarter),
    known: money.known(members),
    lumps: lumps.map(({ day, amount, rule }) => ({ date: dateOf(first + day), amount: money.text(amount), rule })),
  }
}

/** The fields before `forecasts`. */
export function forecastHead(origin: number, windows: Windows, horizonDays: number): object {
  const range = ([start, end]: readonly [number, number]) => ({ start: dateOf(start), end: dateOf(end) })
  return {
    schema: 'costwright-forecast/1',
    origin: dateOf(origin),
    horizon_days: horizonDays,
    month: range(windows.month),
    quarter: range(windows.quarter),
  }
}

function roundedAll({ point, lo80, hi80, lo95, hi95 }: Estimate): Estimate {
  return { point: rounded(point), lo80: rounded(lo80), hi80: rounded(hi80), lo95: rounded(lo95), hi95: rounded(hi95) }
}

/** Estimates are statistics: four decimals keep the file small and the bands nested. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4 || 0
}

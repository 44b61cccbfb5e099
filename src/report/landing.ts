import type { IssuedScope, StoredForecast } from '../forecast/issued.ts'
import { formatMoney, formatMonth, formatPercent } from '../web/format.ts'
import { cell, mine, percentOf } from './cells.ts'
import type { Tile, Value } from './document.ts'
import type { Frame, ReportSource, Row } from './source.ts'
import { heldTo } from './targets.ts'

/** The forecast of the frame's currency with its scope of everything, or of the team. */
export function landingOf(
  source: Pick<ReportSource, 'forecasts'>,
  frame: Frame,
): { readonly forecast: StoredForecast; readonly scope: IssuedScope } | null {
  const forecast = source.forecasts.find(({ currency }) => currency === frame.currency)
  const scope = forecast?.forecasts.find(({ level, scope: names }) =>
    frame.team === null ? level === 'total' : level === 'team' && fold(names['team'] ?? '') === fold(frame.team),
  )
  return forecast && scope ? { forecast, scope } : null
}

const fold = (name: string) => name.toLowerCase().replaceAll(/[\s_-]/g, '')

/** Where the month in flight lands, with its band; for a closed month where the year lands, against the budget of the year. */
export async function landingTile(source: ReportSource, frame: Frame): Promise<Tile> {
  const found = landingOf(source, frame)
  const inFlight = found && found.forecast.month.start === `${frame.month}-01` && !frame.is_complete
  if (found && inFlight) return monthTile(source, frame, found.scope)
  const year = frame.month.slice(0, 4)
  const quarter = found?.scope.year === null ? quarterTile(frame, found) : null
  if (quarter) return quarter
  const budgets = mine(
    await source.rows('budget_year', { year, dimension: frame.team === null ? 'total' : 'team' }),
    frame,
  )
  const budget = budgets.find(
    (row) => row['ledger'] === 'accrual' && (frame.team === null || fold(String(row['value'])) === fold(frame.team)),
  )
  return yearTile(source, frame, { scope: sameYear(found, year), budget, found: found !== null })
}

function sameYear(found: ReturnType<typeof landingOf>, year: string): IssuedScope | null {
  return found?.forecast.month.start.startsWith(year) ? found.scope : null
}

const label = 'Landing'
const basis = 'forecast, accrual'

function monthTile(source: ReportSource, frame: Frame, scope: IssuedScope): Tile {
  const { month_end: band, budgets, reason } = scope
  const money = (value: number) => formatMoney(value.toFixed(2), frame.currency, 'compact')
  const held = heldTo(source, 'budget.forecast_variance_pct', 'percent')
  const percent = budgets[0]?.variance_pct ?? null
  return {
    type: 'tile',
    metric: 'budget.landing',
    label: `${label} ${formatMonth(frame.month)}`,
    value: band ? band.point.toFixed(2) : null,
    unit: 'money',
    detail: band
      ? `80 %: ${money(band.lo80)} to ${money(band.hi80)}${percent === null ? '' : `; ${formatPercent(percent, { signed: true })} of budget`}`
      : 'month end',
    target: held.target,
    status: percent === null ? (band ? 'no_budget' : 'not_computable') : held.status(percent),
    reason: reason ?? (percent === null ? 'no budget to compare with' : null),
    basis,
  }
}

/** Where the data begin within the year, its landing is not known; the coming quarter is. */
function quarterTile(frame: Frame, { forecast, scope }: NonNullable<ReturnType<typeof landingOf>>): Tile | null {
  const { next_quarter: band } = scope
  if (!band) return null
  const money = (value: number) => formatMoney(value.toFixed(2), frame.currency, 'compact')
  return {
    type: 'tile',
    metric: 'budget.landing',
    label: `Quarter from ${formatMonth(forecast.quarter.start)}`,
    value: band.point.toFixed(2),
    unit: 'money',
    detail: `80 %: ${money(band.lo80)} to ${money(band.hi80)}`,
    target: null,
    status: 'no_target',
    reason: 'the landing of the year needs its first month',
    basis,
  }
}

function yearTile(
  source: ReportSource,
  frame: Frame,
  { scope, budget, found }: { scope: IssuedScope | null; budget: Row | undefined; found: boolean },
): Tile {
  const held = heldTo(source, 'budget.forecast_variance_pct', 'percent')
  const landing = scope?.year ? scope.year.landing.toFixed(2) : null
  const amount = cell(budget, 'state') === 'ok' ? cell(budget, 'budget_amount') : null
  const percent =
    landing === null || amount === null ? null : percentOf(String(Number(landing) - Number(amount)), amount)
  const against =
    amount === null
      ? 'no budget of the year'
      : `budget ${formatMoney(amount, frame.currency, 'compact')}, ${formatPercent(percent === null ? null : Number(percent), { signed: true })}`
  return {
    type: 'tile',
    metric: 'budget.landing',
    label: `${label} of ${frame.month.slice(0, 4)}`,
    value: landing,
    unit: 'money',
    detail: against,
    target: held.target,
    status: percent === null ? (landing === null ? 'not_computable' : 'no_budget') : held.status(Number(percent)),
    reason:
      landing !== null
        ? cell(budget, 'reason')
        : found
          ? (scope?.reason ?? 'the data begin within the year')
          : 'no forecast has been issued: costwright forecast',
    basis,
  }
}

/** Where each team or product lands: the month in flight, else the year; `head` is null without a forecast of it. */
export function landings(
  source: Pick<ReportSource, 'forecasts'>,
  frame: Frame,
  dimension: 'team' | 'product',
): { readonly head: string | null; readonly total: Value; landing(value: Value): Value } {
  const forecast = source.forecasts.find(({ currency }) => currency === frame.currency)
  const year = frame.month.slice(0, 4)
  const inFlight = !frame.is_complete && forecast?.month.start === `${frame.month}-01`
  const isKnown = forecast !== undefined && (inFlight || forecast.month.start.startsWith(year))
  const pointOf = (scope: IssuedScope | undefined): Value => {
    const point = inFlight ? scope?.month_end?.point : scope?.year?.landing
    return point === undefined ? null : point.toFixed(2)
  }
  const scopes = isKnown ? forecast.forecasts : []
  return {
    head: isKnown ? (inFlight ? 'Lands' : `Lands ${year}`) : null,
    total: pointOf(scopes.find(({ level }) => level === 'total')),
    landing: (value) =>
      pointOf(scopes.find((one) => one.level === dimension && (one.scope[dimension] || '(none)') === value)),
  }
}

/** The next quarter of the forecast in words, with its band. */
export function quarterText(source: ReportSource, frame: Frame): string | null {
  const found = landingOf(source, frame)
  const band = found?.scope.next_quarter
  if (!found || !band) return null
  const money = (value: number) => formatMoney(value.toFixed(2), frame.currency, 'compact')
  const { start } = found.forecast.quarter
  return `Quarter from ${formatMonth(start)}: ${money(band.point)} (80 %: ${money(band.lo80)} to ${money(band.hi80)}), forecast of ${found.forecast.origin}.`
}

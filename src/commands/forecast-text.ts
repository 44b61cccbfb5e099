import type { IssuedScore } from '../forecast/accuracy.ts'
import type { Estimate } from '../forecast/forecast.ts'
import {
  type BudgetLanding,
  type IssuedScope,
  issuedLevels,
  type LevelRecord,
  type StoredForecast,
} from '../forecast/issued.ts'
import { formatTable, groupDigits } from './table.ts'

/** A forecast as a table for people: one row a scope, dearest first within its level; below, how good the method was. */
export function forecastText(forecast: StoredForecast, width: number | null, level?: string): string {
  const { origin, currency, month, quarter, complete_through, vintage } = forecast
  const through = complete_through === origin ? 'complete' : `complete through ${complete_through}`
  const title = `Forecast in ${currency}, known through ${origin} (${through}${vintage === 'replayed' ? ', replayed' : ''}): month ${month.start.slice(0, 7)}, quarter from ${quarter.start}`
  const shown = forecast.forecasts.filter((one) => level === undefined || one.level === level).sort(byLanding)
  const rows = shown.map((one) => rowOf(one, forecast.record))
  const table = formatTable({ columns, rows }, width)
  return `${title}\n${'─'.repeat(title.length)}\n${table}${refusals(shown)}\n${recordText(forecast.record, width)}\nissued ${forecast.issued_at} as ${forecast.id}\n`
}

/** Why scopes have no forecast, one line a reason. */
function refusals(scopes: readonly IssuedScope[]): string {
  const reasons = Map.groupBy(
    scopes.filter(({ reason }) => reason !== null),
    ({ reason }) => reason,
  )
  return [...reasons].map(([reason, own]) => `no forecast of ${own.length} of ${scopes.length}: ${reason}\n`).join('')
}

function byLanding(a: IssuedScope, b: IssuedScope): number {
  const size = ({ month_end, month_to_date }: IssuedScope) => month_end?.point ?? Number(month_to_date)
  return issuedLevels.indexOf(a.level) - issuedLevels.indexOf(b.level) || size(b) - size(a)
}

const text = (name: string) => ({ name, type: 'VARCHAR' })
const number = (name: string) => ({ name, type: 'DECIMAL(38, 2)' })
const columns = [
  text('level'),
  text('scope'),
  number('to date'),
  number('month end'),
  text('80 % band'),
  text('95 % band'),
  number('next quarter'),
  number('year'),
  number('budget'),
  text('landing'),
  text('over budget'),
  text('error'),
  text('method'),
]

function rowOf(one: IssuedScope, record: readonly LevelRecord[]): Readonly<Record<string, unknown>> {
  const budget = one.budgets[0]
  return {
    level: one.level,
    scope: nameOf(one),
    'to date': one.month_to_date,
    'month end': one.month_end && estimate(one.month_end.point),
    '80 % band': one.month_end && bandText(one.month_end, 'lo80', 'hi80'),
    '95 % band': one.month_end && bandText(one.month_end, 'lo95', 'hi95'),
    'next quarter': one.next_quarter && estimate(one.next_quarter.point),
    year: one.year && estimate(one.year.landing),
    budget: budget?.amount ?? null,
    landing: budget && signedPercent(budget.variance_pct),
    'over budget': budget && oddsText(budget.overrun),
    error: errorText(record.find(({ level, horizon }) => level === one.level && horizon === 'month end')),
    method: one.state === 'ok' ? one.method : 'insufficient history',
  }
}

function nameOf({ level, scope, account_name }: IssuedScope): string {
  if (level === 'total') return 'total'
  const { provider, ...rest } = scope
  const own = account_name ?? (Object.values(rest)[0] || '(none)')
  return level === 'provider' ? provider || '(none)' : provider === undefined ? own : `${own} (${provider})`
}

/** An estimate without its decimals: the band says how little they would mean. */
function estimate(value: number): string {
  return value.toFixed(2)
}

function bandText(band: Estimate, low: keyof Estimate, high: keyof Estimate): string {
  return [band[low], band[high]].map((value) => groupDigits(value.toFixed(0), 0)).join(' to ')
}

function signedPercent(value: number | null): string {
  if (value === null) return '–'
  const rounded = value.toFixed(1).replace('-0.0', '0.0')
  return `${Number(rounded) > 0 ? '+' : ''}${rounded} %`
}

function oddsText(overrun: BudgetLanding['overrun']): string {
  if (!overrun) return '–'
  const percent = (share: number) => Number((share * 100).toFixed(1))
  if (overrun.least === 0) return `< ${percent(overrun.most)} %`
  return overrun.most === 1 ? `> ${percent(overrun.least)} %` : `${percent(overrun.least)}–${percent(overrun.most)} %`
}

function errorText(record: LevelRecord | undefined): string {
  return record?.wape == null ? 'not computable' : `${record.wape.toFixed(1)} %`
}

/** Accuracy of issued forecasts; replayed ones knew later restatements and stand apart. */
export function accuracyText(scores: readonly IssuedScore[], width: number | null): string {
  const rows = scores.map((one) => ({ ...measures(one), vintage: one.vintage, issues: one.issues }))
  const names = ['vintage', ...measureNames, 'issues']
  return formatTable({ columns: names.map(columnOf), rows }, width)
}

const measureNames = ['level', 'horizon', 'error', 'bias', 'inside 80 %', 'inside 95 %', 'points']

function columnOf(name: string) {
  return name === 'points' || name === 'issues' ? { name, type: 'INTEGER' } : text(name)
}

function measures(one: LevelRecord | IssuedScore): Readonly<Record<string, unknown>> {
  const share = (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} %`)
  return {
    level: one.level,
    horizon: one.horizon,
    error: one.wape === null ? 'not computable' : share(one.wape),
    bias: share(one.bias),
    'inside 80 %': share(one.inside80),
    'inside 95 %': share(one.inside95),
    points: one.points,
  }
}

function recordText(record: readonly LevelRecord[], width: number | null): string {
  const rows = record.map((one) => ({
    ...measures(one),
    'best simple method': one.best_simple && `${one.best_simple.method} ${one.best_simple.wape?.toFixed(1)} %`,
  }))
  return formatTable({ columns: [...measureNames, 'best simple method'].map(columnOf), rows }, width)
}

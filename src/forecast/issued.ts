import type { BacktestRow } from './backtest-rows.ts'
import type { KnownEvent } from './events.ts'
import type { Estimate } from './forecast.ts'
import type { Level } from './scopes.ts'

/** Levels that are issued: those of the forecast but its leaves, and products. */
export const issuedLevels = ['total', 'provider', 'account', 'service', 'team', 'product'] as const
export type IssuedLevel = (typeof issuedLevels)[number] & (Exclude<Level, 'leaf'> | 'product')

/** A budget with the landing against it. */
export interface BudgetLanding {
  readonly budget: string
  /** Exact decimal text. */
  readonly amount: string
  /** Landing − budget, currency units, an estimate; null without a forecast. */
  readonly variance: number | null
  /** Of the budget's magnitude, percent. */
  readonly variance_pct: number | null
  /** Bounds of the probability of ending above the budget, read off the bands; null where there are none. */
  readonly overrun: { readonly least: number; readonly most: number } | null
}

export interface IssuedScope {
  readonly level: IssuedLevel
  /** Names by dimension; an empty team or product is what nobody owns. */
  readonly scope: Readonly<Record<string, string>>
  readonly account_name: string | null
  readonly state: 'ok' | 'insufficient_history'
  readonly reason: string | null
  readonly method: string
  /** Exact decimal text: cost of the complete days of the month. */
  readonly month_to_date: string
  readonly month_end: Estimate | null
  readonly next_quarter: Estimate | null
  /** Calendar year: its closed months, exact, and the landing: closed + month end + open months (specs/budgets.md section 4). */
  readonly year: { readonly closed: string; readonly landing: number } | null
  readonly budgets: readonly BudgetLanding[]
  /** Against budgets that have an amount for each month of the next quarter, and of the year; absent in forecasts of before. */
  readonly quarter_budgets?: readonly BudgetLanding[]
  readonly year_budgets?: readonly BudgetLanding[]
}

/** Accuracy at the last origins on the customer's own history, by level and horizon. */
export interface LevelRecord extends Omit<BacktestRow, 'level' | 'method'> {
  readonly level: IssuedLevel
  /** The simple method with the least error at these origins. */
  readonly best_simple: { readonly method: string; readonly wape: number | null } | null
}

/** A forecast as it was issued for one currency. Amounts of `forecasts` that are numbers are estimates, currency units. */
export interface IssuedForecast {
  readonly schema: 'costwright-issued-forecast/1'
  readonly origin: string
  readonly currency: string
  readonly ledger: 'accrual'
  /** `replayed`: for an earlier day than the data were complete through, so later restatements were known. */
  readonly vintage: 'as_issued' | 'replayed'
  /** Last complete day, inclusive; days from here to the origin are forecast like the future. */
  readonly complete_through: string
  /** State of the data; equal states hold equal data. */
  readonly data_version: string
  readonly month: { readonly start: string; readonly end: string }
  readonly quarter: { readonly start: string; readonly end: string }
  readonly events: readonly KnownEvent[]
  readonly record: readonly LevelRecord[]
  readonly forecasts: readonly IssuedScope[]
}

export interface StoredForecast extends IssuedForecast {
  readonly id: string
  readonly issued_at: string
}

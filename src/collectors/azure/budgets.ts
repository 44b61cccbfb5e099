import { createHash } from 'node:crypto'
import type { Arm } from './arm.ts'
import { at, type Json, listAt, textAt } from './cost-management-json.ts'
import { addMonths } from './cost-management-months.ts'
import type { Scope } from './cost-management-scope.ts'

/** A row of the format `budgets` (src/formats/budgets.ts). `month` is a month, a quarter (`2026-Q1`) or a year, spread there. */
export interface BudgetRow {
  readonly budget: string
  readonly dimension: string
  readonly value: string
  readonly month: string
  readonly amount: string
  readonly currency: string
  readonly ledger: 'cash'
}

export interface BudgetList {
  readonly rows: readonly BudgetRow[]
  /** Budgets that the format cannot express, each with the reason. */
  readonly warnings: readonly string[]
  /** Changes when a row does. */
  readonly mark: string
}

/** Azure's budgets of the scope. Azure compares them with actual cost: ledger `cash`. */
export async function readBudgets(arm: Arm): Promise<BudgetList> {
  const rows: BudgetRow[] = []
  const warnings: string[] = []
  for await (const budget of arm.pages('budgets', (options) => arm.consumption.budgets.list(arm.scope.path, options))) {
    const name = textAt(budget, 'name') ?? '?'
    const read = budgetRows(budget, name, arm.scope)
    if (typeof read === 'string') warnings.push(`budget ${name} is left out: ${read}`)
    else rows.push(...read)
  }
  const mark = createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 16)
  return { rows, warnings, mark }
}

/** Rows of one budget, or why it has none. */
function budgetRows(budget: Json, name: string, scope: Scope): BudgetRow[] | string {
  const text = (...path: string[]) => textAt(budget, 'properties', ...path)
  const amount = text('amount')
  const currency = text('currentSpend', 'unit') ?? text('forecastSpend', 'unit')
  const category = text('category')
  if (category !== null && !/^cost$/i.test(category)) return `it is of ${category.toLowerCase()}, not of cost`
  if (amount === null) return 'it has no amount'
  if (currency === null) return 'Azure has not stated its currency yet'
  const subject = subjectOf(at(budget, 'properties', 'filter'), scope)
  if (typeof subject === 'string') return subject
  const periods = periodsOf(text('timeGrain') ?? '', text('timePeriod', 'startDate'), text('timePeriod', 'endDate'))
  if (typeof periods === 'string') return periods
  return periods.map((month) => ({ budget: name, ...subject, month, amount, currency, ledger: 'cash' }))
}

/** Tags whose meaning is a dimension; as in the defaults of `dimensions` (docs/configuration.md). */
const tagDimensions: Readonly<Record<string, string>> = {
  team: 'team',
  'cost-center': 'team',
  product: 'product',
  application: 'product',
  app: 'product',
  environment: 'environment',
  env: 'environment',
}
const filterDimensions: Readonly<Record<string, string>> = { subscriptionid: 'account', servicename: 'service' }

/** What the budget is for: its filter where that is one value of a known dimension, else the whole scope. */
function subjectOf(filter: Json, scope: Scope): { dimension: string; value: string } | string {
  const terms = listAt(filter, 'and').length > 0 ? listAt(filter, 'and') : filter === null ? [] : [filter]
  if (terms.length > 1 || at(filter, 'not') !== null) return 'its filter combines conditions'
  const [term] = terms
  if (term === undefined) return wholeScope(scope)
  const isTag = at(term, 'tags') !== null
  const comparison = at(term, isTag ? 'tags' : 'dimensions')
  const name = textAt(comparison, 'name') ?? '?'
  const values = listAt(comparison, 'values').filter((value) => typeof value === 'string')
  const dimension = (isTag ? tagDimensions : filterDimensions)[name.toLowerCase()]
  if (!dimension) return `it is filtered by ${isTag ? 'tag ' : ''}${name}, which is no dimension of budgets`
  const [value] = values
  if (value === undefined || values.length > 1) return `it is filtered by ${values.length} values of ${name}`
  if (scope.subscriptionId !== null && dimension !== 'account')
    return `it is for the ${dimension} ${value} in one subscription only`
  return { dimension, value: dimension === 'account' ? value.toLowerCase() : value }
}

function wholeScope(scope: Scope): { dimension: string; value: string } | string {
  if (scope.kind === 'subscription' && scope.subscriptionId !== null)
    return { dimension: 'account', value: scope.subscriptionId }
  if (scope.kind === 'billing_account') return { dimension: 'provider', value: 'Microsoft' }
  return `scope ${scope.path} is no dimension of budgets`
}

const grains: Readonly<Record<string, number>> = { monthly: 1, billingmonth: 1, quarterly: 3, annually: 12 }

/** Months, calendar quarters or calendar years from the first to the last day of the budget. */
function periodsOf(grain: string, start: string | null, end: string | null): string[] | string {
  const length = grains[grain.toLowerCase()]
  const [first, last] = [start?.slice(0, 7), end?.slice(0, 7)]
  if (length === undefined) return `its time grain ${grain} does not follow the calendar`
  if (!first || !last || !/^\d{4}-\d{2}$/.test(first) || !/^\d{4}-\d{2}$/.test(last)) return 'it has no start and end'
  const months: string[] = []
  for (let month = first; month <= last; month = addMonths(month, 1)) months.push(month)
  return [...new Set(months.map((month) => periodOf(month, length)))]
}

function periodOf(month: string, length: number): string {
  if (length === 1) return month
  const year = month.slice(0, 4)
  return length === 12 ? year : `${year}-Q${Math.ceil(Number(month.slice(5)) / 3)}`
}

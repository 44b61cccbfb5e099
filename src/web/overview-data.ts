import type { ApiContext, LakeState, Snapshot } from '../api/context.ts'
import { findQuery } from '../catalog/find.ts'
import { checkParams } from '../catalog/params.ts'
import type { IssuedScope, StoredForecast } from '../forecast/issued.ts'

export type Row = Readonly<Record<string, unknown>>

export interface MonthState {
  readonly charge_month: string
  readonly is_complete: boolean
}

/** Business metric with its monthly unit costs, oldest first. */
export interface UnitSeries {
  readonly metric: string
  readonly rows: readonly Row[]
}

/** Everything the overview shows, for one currency and one month. */
export interface Overview {
  readonly lake: LakeState
  readonly now: Date
  readonly currencies: readonly string[]
  readonly currency: string
  /** Oldest first. */
  readonly months: readonly MonthState[]
  readonly month: MonthState
  readonly spend: readonly Row[]
  readonly spendTotals: readonly Row[]
  readonly tagKeys: readonly Row[]
  readonly tagAccounts: readonly Row[]
  readonly tagTrend: readonly Row[]
  readonly units: readonly UnitSeries[]
  readonly teams: readonly Row[]
  readonly totalBudget: readonly Row[]
  /** The issued forecast of the month's total; null without one. */
  readonly landing: Landing | null
  readonly commitmentTotal: Row | undefined
  readonly commitmentProviders: readonly Row[]
  readonly commitments: readonly Row[]
  readonly commitmentTrend: readonly Row[]
}

export interface Landing {
  readonly forecast: StoredForecast
  readonly total: IssuedScope
}

export interface OverviewChoice {
  readonly currency: string | undefined
  readonly month: string | undefined
}

/** Complete ones; the month in flight comes on top. */
const monthsShown = 13
const metricsShown = 6

/**
 * Gathers the overview. Without a choice: the newest complete month and the currency with most charges.
 *
 * @returns null when there is no month with charges
 */
export async function gatherOverview(
  context: ApiContext,
  snapshot: Snapshot,
  choice: OverviewChoice,
): Promise<Overview | null> {
  const rows = async (name: string, given: Readonly<Record<string, string>> = {}): Promise<readonly Row[]> => {
    const entry = findQuery(context.catalog, name)
    return (await snapshot.query(entry, checkParams(entry, given), { offset: 0, limit: 5000 })).rows
  }
  const [lake, allMonths] = await Promise.all([snapshot.lake(), rows('months')])
  const months = allMonths
    .map((row) => ({ charge_month: String(row['charge_month']), is_complete: row['is_complete'] === true }))
    .slice(-monthsShown - (allMonths.at(-1)?.['is_complete'] === true ? 0 : 1))
  const month =
    months.find(({ charge_month }) => charge_month === choice.month) ??
    months.findLast(({ is_complete }) => is_complete) ??
    months.at(-1)
  const first = months[0]
  if (!month || !first) return null
  const end = nextMonth(month.charge_month)
  const within = { start_date: `${month.charge_month}-01`, end_date: `${end}-01` }
  const since = { start_date: `${first.charge_month}-01` }
  const spend = await rows('cost_by_month', { month_of: 'charge_period', start_month: first.charge_month })
  const currencies = byCharges(spend)
  const currency = currencies.find((one) => one === choice.currency) ?? currencies[0]
  if (!currency) return null
  const mine = async (name: string, given: Readonly<Record<string, string>>) =>
    (await rows(name, given)).filter((row) => row['billing_currency'] === currency)
  const [
    spendTotals,
    tagKeys,
    tagAccounts,
    tagTrend,
    teams,
    totalBudget,
    commitmentTotals,
    commitmentProviders,
    commitments,
    commitmentTrend,
    units,
  ] = await Promise.all([
    mine('cost_explorer', { group_by: 'total', grain: 'month', ...since }),
    mine('tag_coverage', within),
    mine('tag_coverage', { group_by: 'account', ...within }),
    mine('tag_coverage', { group_by: 'month', ...since }),
    mine('spend_variance', { dimension: 'team', start_month: first.charge_month, end_month: end }),
    mine('spend_variance', { dimension: 'total', start_month: first.charge_month, end_month: end }),
    mine('commitment_utilization', within),
    mine('commitment_utilization', { group_by: 'provider', ...within }),
    mine('commitment_utilization', { group_by: 'commitment', ...within }),
    mine('commitment_utilization', { group_by: 'month', ...since }),
    Promise.all(
      lake.metrics
        .slice(0, metricsShown)
        .map(async ({ metric }) => ({ metric, rows: await mine('unit_cost', { metric, ...since }) })),
    ),
  ])
  return {
    lake,
    now: context.now(),
    currencies,
    currency,
    months,
    month,
    spend: spend.filter((row) => row['billing_currency'] === currency),
    spendTotals,
    tagKeys,
    tagAccounts,
    tagTrend,
    units,
    teams,
    totalBudget,
    landing: landingOf(context.forecasts(), currency, month),
    commitmentTotal: commitmentTotals[0],
    commitmentProviders,
    commitments,
    commitmentTrend,
  }
}

/** A closed month has landed; its forecast is history. */
function landingOf(issued: readonly StoredForecast[], currency: string, month: MonthState): Landing | null {
  const forecast = issued.find(
    (one) => one.currency === currency && one.month.start === `${month.charge_month}-01` && !month.is_complete,
  )
  const total = forecast?.forecasts.find(({ level }) => level === 'total')
  return forecast && total ? { forecast, total } : null
}

/** Currencies, the one with most charges first: amounts of different currencies do not compare. */
function byCharges(spend: readonly Row[]): string[] {
  const charges = new Map<string, number>()
  for (const row of spend) {
    const currency = String(row['billing_currency'])
    charges.set(currency, (charges.get(currency) ?? 0) + Number(row['charge_count']))
  }
  return [...charges].sort((a, b) => b[1] - a[1]).map(([currency]) => currency)
}

/** `nextMonth('2026-12')` is `'2027-01'`. */
export function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`
}

/** Cell as text, null when absent. */
export function text(row: Row | undefined, name: string): string | null {
  const value = row?.[name]
  return value === null || value === undefined ? null : String(value)
}

/** Cell of a ratio column as number, null when absent. */
export function ratio(row: Row | undefined, name: string): number | null {
  const value = row?.[name]
  return typeof value === 'number' ? value : null
}

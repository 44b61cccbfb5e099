import type { Arm } from './arm.ts'
import { at, type Json, listAt, textAt } from './cost-management-json.ts'
import { addMonths } from './cost-management-months.ts'
import { amountOf, costTypes, rowsOf } from './cost-management-query.ts'

type Row = Readonly<Record<string, unknown>>

const blank = {
  period_start: null,
  period_end: null,
  amount: null,
  lower_amount: null,
  upper_amount: null,
  currency: null,
  service: null,
  sub_account_id: null,
  region: null,
  title: null,
  detail: {},
}

const common = (arm: Arm, kind: string, observedAt: string) => ({
  ...blank,
  provider: 'Microsoft',
  billing_account_id: arm.scope.accountId,
  kind,
  sub_account_id: arm.scope.subscriptionId,
  observed_at: observedAt,
})

/** Azure's own forecast by day, from today to the end of the next month but one, both ledgers: rows of `provider_findings`. */
export async function* readForecast(arm: Arm, now: Date): AsyncGenerator<Row> {
  const today = now.toISOString().slice(0, 10)
  const end = new Date(Date.parse(`${addMonths(today.slice(0, 7), 3)}-01`) - 1000)
  for (const { ledger, type } of costTypes) {
    const what = `forecast of ${type}`
    const question = {
      type,
      timeframe: 'Custom',
      timePeriod: { from: new Date(`${today}T00:00:00Z`), to: end },
      dataset: { granularity: 'Daily', aggregation: { total: { name: 'Cost', function: 'Sum' } } },
      includeActualCost: false,
      includeFreshPartialCost: false,
    }
    const body = await arm.ask(
      what,
      (options) => arm.costs.forecast.usage(arm.scope.path, question, options).catch(unlessTooFewData),
      'paced',
    )
    for (const row of rowsOf(body)) {
      const day = dayOf(row.get('usagedate') ?? '')
      if (day === null || /^actual/i.test(row.get('coststatus') ?? '')) continue
      yield {
        ...common(arm, 'forecast', now.toISOString()),
        finding_id: ledger,
        period_start: `${day}T00:00:00Z`,
        period_end: new Date(Date.parse(day) + 86_400_000).toISOString(),
        amount: amountOf(row, arm, what),
        currency: row.get('currency') ?? null,
        title: `Forecast of ${ledger} cost`,
        detail: { type },
      }
    }
  }
}

/** With too little history to forecast from, Azure answers 424: https://github.com/mivano/azure-cost-cli/issues/24 */
function unlessTooFewData(error: unknown): void {
  if ((error as { statusCode?: unknown }).statusCode !== 424) throw error
}

/** A day of an answer is a number such as 20260321, or an instant. */
function dayOf(value: string): string | null {
  const [, year, month, day] = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(value) ?? []
  return day === undefined ? null : `${year}-${month}-${day}`
}

/** Alerts that Azure has raised (budget, credit, quota, …): rows of `provider_findings`, `amount` what was spent. */
export async function* readAlerts(arm: Arm, observedAt: string): AsyncGenerator<Row> {
  const what = 'alerts'
  let body = await arm.ask(what, (options) => arm.costs.alerts.list(arm.scope.path, options))
  for (;;) {
    for (const alert of listAt(body, 'value')) yield alertRow(arm, alert, observedAt)
    const next = textAt(body, 'nextLink')
    if (!next) return
    body = (await arm.send(what, { method: 'GET', target: next })).body
  }
}

function alertRow(arm: Arm, alert: Json, observedAt: string): Row {
  const text = (...path: string[]) => textAt(alert, 'properties', ...path)
  const type = text('definition', 'type')
  return {
    ...common(arm, 'alert', observedAt),
    finding_id: textAt(alert, 'name') ?? textAt(alert, 'id') ?? '',
    period_start: text('details', 'periodStartDate') ?? text('creationTime'),
    amount: text('details', 'currentSpend') ?? text('details', 'amount'),
    upper_amount: text('details', 'amount'),
    currency: text('details', 'unit'),
    title: text('description') ?? `${type ?? 'Cost'} alert`,
    detail: {
      type,
      category: text('definition', 'category'),
      criteria: text('definition', 'criteria'),
      status: text('status'),
      source: text('source'),
      entity: text('costEntityId'),
      threshold: text('details', 'threshold'),
      operator: text('details', 'operator'),
      time_grain: text('details', 'timeGrainType'),
      raised: text('creationTime'),
      closed: text('closeTime'),
    },
  }
}

const terms = ['P1Y', 'P3Y']
const lookBack = 'Last30Days'

/** Savings plans that Azure advises to buy, one a term: rows of `provider_findings`, `amount` what it says is saved in the look-back. */
export async function* readRecommendations(arm: Arm, observedAt: string): AsyncGenerator<Row> {
  for (const term of terms) {
    const what = `savings plan recommendations for ${term}`
    for await (const advice of arm.pages(what, (options) => listRecommendations(arm, options, term))) {
      yield recommendationRow(arm, advice, term, observedAt)
    }
  }
}

/** One listing of recommendations, for a term such as `P1Y`. */
export function listRecommendations(arm: Arm, options: Parameters<Parameters<Arm['pages']>[1]>[0], term: string) {
  const filter = `properties/lookBackPeriod eq '${lookBack}' AND properties/term eq '${term}' AND properties/scope eq 'Shared'`
  return arm.costs.benefitRecommendations.list(arm.scope.path, { ...options, filter })
}

function recommendationRow(arm: Arm, advice: Json, term: string, observedAt: string): Row {
  const text = (...path: string[]) => textAt(advice, 'properties', ...path)
  const sku = text('armSkuName') ?? textAt(advice, 'kind') ?? 'savings plan'
  const commitment = text('recommendationDetails', 'commitmentAmount')
  return {
    ...common(arm, 'recommendation', observedAt),
    finding_id: `${sku} ${text('term') ?? term} ${text('scope') ?? 'Shared'}`,
    period_start: text('firstConsumptionDate'),
    period_end: text('lastConsumptionDate'),
    amount: text('recommendationDetails', 'savingsAmount'),
    currency: text('currencyCode'),
    title: commitment === null ? `Buy ${sku}` : `Buy ${sku}: commit ${commitment} an hour`,
    detail: {
      term: text('term') ?? term,
      scope: text('scope'),
      look_back: text('lookBackPeriod') ?? lookBack,
      total_hours: text('totalHours'),
      cost_without_benefit: text('costWithoutBenefit'),
      granularity: text('commitmentGranularity'),
      details: at(advice, 'properties', 'recommendationDetails'),
    },
  }
}

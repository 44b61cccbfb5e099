import { createHash } from 'node:crypto'
import {
  type Anomaly,
  GetAnomaliesCommand,
  GetCostForecastCommand,
  GetReservationPurchaseRecommendationCommand,
  GetRightsizingRecommendationCommand,
  GetSavingsPlansPurchaseRecommendationCommand,
} from '@aws-sdk/client-cost-explorer'
import { shiftDay, shiftMonth } from './cost-explorer-months.ts'
import {
  type CostExplorer,
  type DailyPart,
  type MonthlyPart,
  type Row,
  reservedServices,
  rowsFile,
} from './cost-explorer-part.ts'

/** AWS forecasts at most three months of days; months as far is what a plan is compared with. */
const monthsAhead = 3
const forecastMetrics = ['UNBLENDED_COST', 'AMORTIZED_COST'] as const
const planTypes = ['COMPUTE_SP', 'EC2_INSTANCE_SP', 'SAGEMAKER_SP', 'DATABASE_SP'] as const

async function baseOf({ account }: CostExplorer, kind: string): Promise<Row> {
  const { payer } = await account()
  return {
    provider: 'AWS',
    billing_account_id: payer,
    kind,
    lower_amount: null,
    upper_amount: null,
    service: null,
    sub_account_id: null,
    region: null,
  }
}

const instant = (day: string) => `${day.slice(0, 10)}T00:00:00Z`

/** AWS's own forecast of the rest of this month and the next ones; the first row is the rest of the month, not all of it. */
export const forecast: DailyPart = (ce, unit) => ({
  requests: forecastMetrics.length,
  files: [
    rowsFile('provider_findings', async function* () {
      const base = await baseOf(ce, 'forecast')
      const TimePeriod = { Start: ce.today, End: `${shiftMonth(ce.today.slice(0, 7), monthsAhead + 1)}-01` }
      for (const Metric of forecastMetrics) {
        const pages = await ce.requests.pages({
          operation: 'GetCostForecast',
          unit,
          settled: false,
          input: { TimePeriod, Metric, Granularity: 'MONTHLY' as const, PredictionIntervalLevel: 80 },
          send: (input, abortSignal) => ce.client.send(new GetCostForecastCommand(input), { abortSignal }),
        })
        for (const { output, asked_at } of pages)
          for (const result of output.ForecastResultsByTime ?? [])
            yield {
              ...base,
              finding_id: Metric,
              period_start: instant(result.TimePeriod?.Start ?? ce.today),
              period_end: instant(result.TimePeriod?.End ?? ce.today),
              amount: result.MeanValue ?? null,
              lower_amount: result.PredictionIntervalLowerBound ?? null,
              upper_amount: result.PredictionIntervalUpperBound ?? null,
              currency: output.Total?.Unit ?? ce.currency,
              title: `Forecast of ${Metric}`,
              detail: { prediction_interval_level: 80 },
              observed_at: asked_at,
            }
      }
    }),
  ],
})

/** AWS's own anomalies that touch a month. */
export const anomalies: MonthlyPart = (ce, month, unit) => ({
  requests: 1,
  files: [
    rowsFile('provider_findings', async function* () {
      const base = await baseOf(ce, 'anomaly')
      const pages = await ce.requests.pages({
        operation: 'GetAnomalies',
        unit,
        settled: month.settled,
        input: {
          DateInterval: { StartDate: month.days.Start, EndDate: shiftDay(month.days.End ?? ce.today, -1) },
          MaxResults: 100,
        },
        send: (input, abortSignal) => ce.client.send(new GetAnomaliesCommand(input), { abortSignal }),
      })
      for (const { output, asked_at } of pages)
        for (const anomaly of output.Anomalies ?? [])
          yield {
            ...base,
            ...anomalyFigures(anomaly, month.days.Start ?? ce.today),
            currency: ce.currency,
            observed_at: asked_at,
          }
    }),
  ],
})

/** Impacts are JSON numbers, unlike every other amount of Cost Explorer. */
function anomalyFigures(anomaly: Anomaly, from: string): Row {
  const [cause] = anomaly.RootCauses ?? []
  const start = anomaly.AnomalyStartDate ?? from
  return {
    finding_id: anomaly.AnomalyId,
    period_start: instant(start),
    period_end: instant(shiftDay((anomaly.AnomalyEndDate ?? start).slice(0, 10), 1)),
    amount: anomaly.Impact?.TotalImpact === undefined ? null : String(anomaly.Impact.TotalImpact),
    service: cause?.Service ?? anomaly.DimensionValue ?? null,
    sub_account_id: cause?.LinkedAccount ?? null,
    region: cause?.Region ?? null,
    title: `Anomaly of ${anomaly.DimensionValue ?? cause?.Service ?? 'cost'}`,
    detail: anomaly,
  }
}

/** What AWS recommends today: plans and reservations to buy (one year, nothing upfront, by the last 30 days), instances to change. */
export const recommendations: DailyPart = (ce, unit) => ({
  requests: planTypes.length + reservedServices.length + 1,
  files: [
    rowsFile('provider_findings', async function* () {
      const common = await baseOf(ce, 'recommendation')
      const base = { ...common, period_start: instant(ce.today), period_end: instant(shiftDay(ce.today, 1)) }
      for (const type of planTypes) yield* planPurchases(ce, unit, base, type)
      for (const service of reservedServices) yield* reservationPurchases(ce, unit, base, service)
      yield* rightsizing(ce, unit, base)
    }),
  ],
})

const terms = {
  TermInYears: 'ONE_YEAR',
  PaymentOption: 'NO_UPFRONT',
  LookbackPeriodInDays: 'THIRTY_DAYS',
} as const

async function* planPurchases(
  ce: CostExplorer,
  unit: string,
  base: Row,
  SavingsPlansType: (typeof planTypes)[number],
): AsyncIterable<Row> {
  const pages = await ce.requests.pages({
    operation: 'GetSavingsPlansPurchaseRecommendation',
    unit,
    settled: false,
    input: { SavingsPlansType, ...terms },
    send: (input, abortSignal) =>
      ce.client.send(new GetSavingsPlansPurchaseRecommendationCommand(input), { abortSignal }),
  })
  for (const { output, asked_at } of pages) {
    const found = output.SavingsPlansPurchaseRecommendation?.SavingsPlansPurchaseRecommendationDetails ?? []
    for (const detail of found)
      yield {
        ...base,
        finding_id: ['savings-plan', SavingsPlansType, identityOf(detail.SavingsPlansDetails, detail.AccountId)].join(
          '/',
        ),
        amount: detail.EstimatedMonthlySavingsAmount ?? null,
        currency: detail.CurrencyCode ?? ce.currency,
        sub_account_id: detail.AccountId ?? null,
        title: `Buy ${SavingsPlansType} of ${detail.HourlyCommitmentToPurchase} an hour`,
        detail,
        observed_at: asked_at,
      }
  }
}

async function* reservationPurchases(ce: CostExplorer, unit: string, base: Row, Service: string): AsyncIterable<Row> {
  const pages = await ce.requests.pages({
    operation: 'GetReservationPurchaseRecommendation',
    unit,
    settled: false,
    input: { Service, ...terms },
    send: (input, abortSignal) =>
      ce.client.send(new GetReservationPurchaseRecommendationCommand(input), { abortSignal }),
  })
  for (const { output, asked_at } of pages)
    for (const detail of (output.Recommendations ?? []).flatMap((one) => one.RecommendationDetails ?? []))
      yield {
        ...base,
        finding_id: ['reservation', Service, identityOf(detail.InstanceDetails, detail.AccountId)].join('/'),
        amount: detail.EstimatedMonthlySavingsAmount ?? null,
        currency: detail.CurrencyCode ?? ce.currency,
        service: Service,
        sub_account_id: detail.AccountId ?? null,
        title: `Reserve ${detail.RecommendedNumberOfInstancesToPurchase ?? detail.RecommendedNumberOfCapacityUnitsToPurchase} of ${Service}`,
        detail,
        observed_at: asked_at,
      }
}

async function* rightsizing(ce: CostExplorer, unit: string, base: Row): AsyncIterable<Row> {
  const pages = await ce.requests.pages({
    operation: 'GetRightsizingRecommendation',
    unit,
    settled: false,
    input: { Service: 'AmazonEC2', PageSize: 100 },
    send: (input, abortSignal) => ce.client.send(new GetRightsizingRecommendationCommand(input), { abortSignal }),
  })
  for (const { output, asked_at } of pages)
    for (const detail of output.RightsizingRecommendations ?? []) {
      const instance = detail.CurrentInstance
      const terminate = detail.TerminateRecommendationDetail
      const target = detail.ModifyRecommendationDetail?.TargetInstances?.[0]
      const kind = detail.RightsizingType ?? 'Change'
      yield {
        ...base,
        finding_id: ['rightsizing', detail.AccountId, instance?.ResourceId].join('/'),
        amount: terminate?.EstimatedMonthlySavings ?? target?.EstimatedMonthlySavings ?? null,
        currency: instance?.CurrencyCode ?? terminate?.CurrencyCode ?? target?.CurrencyCode ?? ce.currency,
        service: 'AmazonEC2',
        sub_account_id: detail.AccountId ?? null,
        region: instance?.ResourceDetails?.EC2ResourceDetails?.Region ?? null,
        title: `${kind} ${instance?.InstanceName || instance?.ResourceId}`,
        detail,
        observed_at: asked_at,
      }
    }
}

/** AWS gives recommendations no lasting id: what is to be bought, and where, names them. */
function identityOf(details: object | undefined, account: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([account, details]))
    .digest('hex')
    .slice(0, 16)
}

import type { AskedMonth } from './cost-explorer-months.ts'
import { type CostExplorer, type MonthlyPart, type Row, rowsFile } from './cost-explorer-part.ts'
import { costMetrics, costQuestion, metricOf, monthlyCosts } from './cost-explorer-totals.ts'

/** Record types that a bill usually has; what the price is reckoned with before the first answer. */
const usualRecordTypes = 6

/**
 * Daily costs by account, service and record type: the bill for those who have no export (format `aws-cost-explorer`).
 *
 * A request groups by two dimensions at most, so each record type is asked for itself; a month's own answer says which there are.
 */
export const costs: MonthlyPart = (ce, month, unit) => ({
  requests: 1 + usualRecordTypes,
  files: [
    rowsFile('aws_cost_explorer', async function* () {
      const { payer } = await ce.account()
      for (const record_type of await recordTypes(ce, month, unit)) yield* dayRows(ce, month, unit, record_type, payer)
    }),
  ],
})

async function recordTypes(ce: CostExplorer, month: AskedMonth, unit: string): Promise<string[]> {
  const pages = await ce.requests.pages(monthlyCosts(ce.client, month, unit, 'RECORD_TYPE'))
  const groups = pages.flatMap(({ output }) => output.ResultsByTime ?? []).flatMap(({ Groups }) => Groups ?? [])
  return [...new Set(groups.flatMap(({ Keys }) => Keys?.[0] ?? []))].sort()
}

async function* dayRows(
  ce: CostExplorer,
  month: AskedMonth,
  unit: string,
  record_type: string,
  payer: string,
): AsyncIterable<Row> {
  const question = costQuestion(ce.client, month, unit, {
    TimePeriod: month.days,
    Granularity: 'DAILY',
    Metrics: [...costMetrics, 'UsageQuantity'],
    Filter: { Dimensions: { Key: 'RECORD_TYPE', Values: [record_type] } },
    GroupBy: [
      { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' },
      { Type: 'DIMENSION', Key: 'SERVICE' },
    ],
  })
  for (const { output } of await ce.requests.pages(question)) {
    for (const { TimePeriod, Estimated, Groups } of output.ResultsByTime ?? []) {
      for (const group of Groups ?? []) {
        const [linked_account_id, service] = group.Keys ?? []
        const cost = metricOf(group, 'UnblendedCost')
        const usage = metricOf(group, 'UsageQuantity')
        yield {
          usage_date: TimePeriod?.Start,
          payer_account_id: payer,
          linked_account_id,
          service,
          record_type,
          unblended_cost: cost.Amount,
          amortized_cost: metricOf(group, 'AmortizedCost').Amount ?? null,
          net_unblended_cost: metricOf(group, 'NetUnblendedCost').Amount ?? null,
          net_amortized_cost: metricOf(group, 'NetAmortizedCost').Amount ?? null,
          usage_quantity: usage.Amount ?? null,
          usage_unit: usage.Unit ?? null,
          currency: cost.Unit ?? ce.currency,
          estimated: Estimated ?? null,
        }
      }
    }
  }
}

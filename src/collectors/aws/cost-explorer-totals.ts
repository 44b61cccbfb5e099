import {
  type CostExplorerClient,
  GetCostAndUsageCommand,
  type GetCostAndUsageCommandInput,
  type GetCostAndUsageCommandOutput,
  type Group,
  type MetricValue,
} from '@aws-sdk/client-cost-explorer'
import type { AskedMonth } from './cost-explorer-months.ts'
import { type CostExplorer, type MonthlyPart, type Row, rowsFile } from './cost-explorer-part.ts'
import type { Question } from './cost-explorer-requests.ts'

/** Cost metrics of Cost Explorer and the ledger that each is. */
const ledgers = [
  { metric: 'UnblendedCost', ledger: 'billed' },
  { metric: 'AmortizedCost', ledger: 'effective' },
  { metric: 'NetUnblendedCost', ledger: 'net_billed' },
  { metric: 'NetAmortizedCost', ledger: 'net_effective' },
] as const

const groupings = [
  { dimension: null, group_name: '' },
  { dimension: 'RECORD_TYPE', group_name: 'charge_type' },
  { dimension: 'LINKED_ACCOUNT', group_name: 'sub_account' },
  { dimension: 'SERVICE', group_name: 'service' },
] as const

type Grouping = (typeof groupings)[number]

export const costMetrics: readonly string[] = ledgers.map(({ metric }) => metric)

/** Control totals of a month (specs/reconciliation.md section 1): as a whole, by charge type, by account, by service. */
export const totals: MonthlyPart = (ce, month, unit) => ({
  requests: groupings.length,
  files: [
    rowsFile('provider_totals', async function* () {
      const { payer, caller } = await ce.account()
      // A member account sees its own costs only: totals of the bill cannot be had from it.
      const visible = groupings.filter(({ group_name }) => caller === payer || group_name === 'sub_account')
      for (const grouping of visible) yield* totalRows(ce, month, unit, grouping, payer)
    }),
  ],
})

async function* totalRows(
  ce: CostExplorer,
  month: AskedMonth,
  unit: string,
  { dimension, group_name }: Grouping,
  payer: string,
): AsyncIterable<Row> {
  for (const { output, asked_at } of await ce.requests.pages(monthlyCosts(ce.client, month, unit, dimension))) {
    for (const { Estimated, Total, Groups } of output.ResultsByTime ?? []) {
      const base = { billing_account_id: payer, billing_period: month.month, group_name }
      const seen = { is_estimated: Estimated ?? null, observed_at: asked_at }
      const whole: Group = { Keys: [''], ...(Total ? { Metrics: Total } : {}) }
      for (const group of dimension === null ? [whole] : (Groups ?? []))
        for (const amount of amountsOf(group, ce.currency)) yield { provider: 'AWS', ...base, ...amount, ...seen }
    }
  }
}

function amountsOf(group: Group, currency: string): Row[] {
  const group_value = group.Keys?.[0] ?? ''
  return ledgers.flatMap(({ metric, ledger }) => {
    const { Amount, Unit } = metricOf(group, metric)
    return Amount === undefined ? [] : [{ ledger, group_value, amount: Amount, currency: Unit ?? currency }]
  })
}

export function metricOf(group: Group, metric: string): MetricValue {
  return group.Metrics?.[metric] ?? {}
}

/** Costs of one month by one dimension; the part `costs` asks it too, to learn which record types there are. */
export function monthlyCosts(
  client: CostExplorerClient,
  month: AskedMonth,
  unit: string,
  dimension: string | null,
): Question<GetCostAndUsageCommandInput, GetCostAndUsageCommandOutput> {
  return costQuestion(client, month, unit, {
    TimePeriod: month.days,
    Granularity: 'MONTHLY',
    Metrics: [...costMetrics],
    ...(dimension === null ? {} : { GroupBy: [{ Type: 'DIMENSION' as const, Key: dimension }] }),
  })
}

export function costQuestion(
  client: CostExplorerClient,
  { settled }: AskedMonth,
  unit: string,
  input: GetCostAndUsageCommandInput,
): Question<GetCostAndUsageCommandInput, GetCostAndUsageCommandOutput> {
  return {
    operation: 'GetCostAndUsage',
    unit,
    settled,
    input,
    send: (asked, abortSignal) => client.send(new GetCostAndUsageCommand(asked), { abortSignal }),
  }
}

import {
  type DateInterval,
  GetReservationCoverageCommand,
  GetReservationUtilizationCommand,
  GetSavingsPlansCoverageCommand,
  GetSavingsPlansUtilizationCommand,
  GetSavingsPlansUtilizationDetailsCommand,
  type ReservationUtilizationGroup,
  type SavingsPlansUtilizationAggregates,
  type SavingsPlansUtilizationDetail,
} from '@aws-sdk/client-cost-explorer'
import type { AskedMonth } from './cost-explorer-months.ts'
import { type CostExplorer, type MonthlyPart, type Row, reservedServices, rowsFile } from './cost-explorer-part.ts'

/** A month as one unit asks for it. */
interface Asked extends CostExplorer {
  readonly days: DateInterval
  readonly settled: boolean
  readonly unit: string
}

/**
 * Utilisation, net savings and coverage as AWS computes them (specs/commitments.md section 6), for comparison with ours.
 *
 * Coverage of reservations is asked only for services that have some.
 */
export const commitments: MonthlyPart = (ce, month, unit) => {
  if (month.planDays === null) return null
  const asked: Asked = { ...ce, days: month.planDays, settled: month.settled, unit }
  return {
    requests: 3 + reservedServices.length,
    files: [
      rowsFile('provider_commitments', async function* () {
        const base = await baseOf(ce, month)
        yield* savingsPlanRows(asked, base)
        for (const service of reservedServices)
          for (const { group, asked_at } of await reservationGroups(asked, service))
            yield { ...base, ...reservationFigures(group), currency: ce.currency, observed_at: asked_at }
      }),
      rowsFile('provider_coverage', async function* () {
        const base = await baseOf(ce, month)
        yield* savingsPlanCoverage(asked, base)
        for (const service of reservedServices)
          if ((await reservationGroups(asked, service)).length > 0) yield* reservationCoverage(asked, base, service)
      }),
    ],
  }
}

async function baseOf(ce: CostExplorer, { month }: AskedMonth): Promise<Row> {
  const { payer } = await ce.account()
  return { provider: 'AWS', billing_account_id: payer, billing_period: month }
}

async function* savingsPlanRows(ce: Asked, base: Row): AsyncIterable<Row> {
  const { client, requests, days, settled, unit } = ce
  const all = await requests.pages({
    operation: 'GetSavingsPlansUtilization',
    unit,
    settled,
    input: { TimePeriod: days },
    send: (input, abortSignal) => client.send(new GetSavingsPlansUtilizationCommand(input), { abortSignal }),
  })
  const rows = all.flatMap(({ output, asked_at }) =>
    output.Total ? [planRow(ce, base, '', null, output.Total, asked_at)] : [],
  )
  yield* rows
  if (rows.length === 0) return
  const details = await requests.pages({
    operation: 'GetSavingsPlansUtilizationDetails',
    unit,
    settled,
    input: { TimePeriod: days, DataType: ['ATTRIBUTES', 'UTILIZATION', 'AMORTIZED_COMMITMENT', 'SAVINGS'] as const },
    send: (input, abortSignal) =>
      client.send(new GetSavingsPlansUtilizationDetailsCommand({ ...input, DataType: [...input.DataType] }), {
        abortSignal,
      }),
  })
  for (const { output, asked_at } of details)
    for (const plan of output.SavingsPlansUtilizationDetails ?? [])
      yield planRow(ce, base, plan.SavingsPlanArn ?? '', planName(plan), plan, asked_at)
}

function planName({ Attributes }: SavingsPlansUtilizationDetail): string | null {
  const parts = ['SavingsPlansType', 'InstanceFamily', 'PurchaseTerm', 'PaymentOption', 'HourlyCommitment']
  return parts.flatMap((name) => Attributes?.[name] || []).join(' ') || null
}

function planRow(
  { currency }: Asked,
  base: Row,
  commitment_id: string,
  commitment_name: string | null,
  { Utilization, Savings, AmortizedCommitment }: SavingsPlansUtilizationAggregates | SavingsPlansUtilizationDetail,
  asked_at: string,
): Row {
  return {
    ...base,
    commitment_id,
    commitment_type: 'Savings Plan',
    commitment_name,
    total_commitment: Utilization?.TotalCommitment ?? null,
    used_commitment: Utilization?.UsedCommitment ?? null,
    unused_commitment: Utilization?.UnusedCommitment ?? null,
    unit: currency,
    utilization_pct: Utilization?.UtilizationPercentage ?? null,
    on_demand_cost: Savings?.OnDemandCostEquivalent ?? null,
    amortized_cost: AmortizedCommitment?.TotalAmortizedCommitment ?? null,
    net_savings: Savings?.NetSavings ?? null,
    currency,
    observed_at: asked_at,
  }
}

/** The reservations of one service; without the filter AWS answers for EC2 alone. */
async function reservationGroups({ client, requests, days, settled, unit }: Asked, service: string) {
  const pages = await requests.pages({
    operation: 'GetReservationUtilization',
    unit,
    settled,
    input: {
      TimePeriod: days,
      GroupBy: [{ Type: 'DIMENSION' as const, Key: 'SUBSCRIPTION_ID' }],
      Filter: { Dimensions: { Key: 'SERVICE' as const, Values: [service] } },
    },
    send: (input, abortSignal) => client.send(new GetReservationUtilizationCommand(input), { abortSignal }),
  })
  return pages.flatMap(({ output, asked_at }) =>
    (output.UtilizationsByTime ?? []).flatMap(({ Groups }) => Groups ?? []).map((group) => ({ group, asked_at })),
  )
}

/** In hours, or in normalised units where the reservation covers several sizes: what the bill counts it in. */
function reservationFigures({ Value, Attributes, Utilization }: ReservationUtilizationGroup): Row {
  const flexible = Attributes?.['sizeFlexibility'] === 'FlexRI' && Utilization?.PurchasedUnits !== undefined
  return {
    commitment_id: Attributes?.['reservationARN'] || Value || '',
    commitment_type: 'Reserved Instance',
    commitment_name:
      ['numberOfInstances', 'instanceType', 'region', 'subscriptionType']
        .flatMap((name) => Attributes?.[name] || [])
        .join(' ') || null,
    total_commitment: (flexible ? Utilization?.PurchasedUnits : Utilization?.PurchasedHours) ?? null,
    used_commitment: (flexible ? Utilization?.TotalActualUnits : Utilization?.TotalActualHours) ?? null,
    unused_commitment: (flexible ? Utilization?.UnusedUnits : Utilization?.UnusedHours) ?? null,
    unit: flexible ? 'Normalized Hours' : 'Hours',
    utilization_pct:
      (flexible ? Utilization?.UtilizationPercentageInUnits : Utilization?.UtilizationPercentage) ?? null,
    on_demand_cost: Utilization?.OnDemandCostOfRIHoursUsed ?? null,
    amortized_cost: Utilization?.TotalAmortizedFee ?? null,
    net_savings: Utilization?.NetRISavings ?? null,
  }
}

async function* savingsPlanCoverage(ce: Asked, base: Row): AsyncIterable<Row> {
  const { client, requests, days, settled, unit, currency } = ce
  const pages = await requests.pages({
    operation: 'GetSavingsPlansCoverage',
    unit,
    settled,
    input: { TimePeriod: days, Granularity: 'MONTHLY' as const, Metrics: ['SpendCoveredBySavingsPlans'] },
    send: (input, abortSignal) => client.send(new GetSavingsPlansCoverageCommand(input), { abortSignal }),
  })
  for (const { output, asked_at } of pages)
    for (const { Coverage } of output.SavingsPlansCoverages ?? [])
      yield {
        ...base,
        commitment_type: 'Savings Plan',
        group_name: '',
        group_value: '',
        covered_cost: Coverage?.SpendCoveredBySavingsPlans ?? null,
        on_demand_cost: Coverage?.OnDemandCost ?? null,
        total_cost: Coverage?.TotalCost ?? null,
        coverage_pct: Coverage?.CoveragePercentage ?? null,
        currency,
        observed_at: asked_at,
      }
}

/** AWS counts the coverage of reservations in hours and prices only what they left uncovered. */
async function* reservationCoverage(ce: Asked, base: Row, service: string): AsyncIterable<Row> {
  const { client, requests, days, settled, unit, currency } = ce
  const pages = await requests.pages({
    operation: 'GetReservationCoverage',
    unit,
    settled,
    input: {
      TimePeriod: days,
      Granularity: 'MONTHLY' as const,
      Metrics: ['Hour', 'Cost'],
      Filter: { Dimensions: { Key: 'SERVICE' as const, Values: [service] } },
    },
    send: (input, abortSignal) => client.send(new GetReservationCoverageCommand(input), { abortSignal }),
  })
  for (const { output, asked_at } of pages)
    for (const { Total } of output.CoveragesByTime ?? [])
      yield {
        ...base,
        commitment_type: 'Reserved Instance',
        group_name: 'service',
        group_value: service,
        covered_cost: null,
        on_demand_cost: Total?.CoverageCost?.OnDemandCost ?? null,
        total_cost: null,
        coverage_pct: Total?.CoverageHours?.CoverageHoursPercentage ?? null,
        currency,
        observed_at: asked_at,
      }
}

import { createHash } from 'node:crypto'
import { quoteText, type Warehouse } from '../../src/warehouse/warehouse.ts'
import type { FakeRequest, Reply } from './fault-server.ts'
import { awsError, type FakeOrganization, json, organizationHandler } from './organizations.ts'

/** What a request may hold, of all operations. */
interface CostExplorerInput {
  readonly TimePeriod?: { readonly Start: string; readonly End: string }
  readonly Granularity?: string
  readonly Metrics?: readonly string[]
  readonly GroupBy?: readonly { readonly Type: string; readonly Key: string }[]
  readonly Filter?: { readonly Dimensions?: { readonly Key: string; readonly Values: readonly string[] } }
  readonly NextPageToken?: string
  readonly NextToken?: string
}

export interface FakeCostExplorer {
  readonly organization: FakeOrganization
  /** `YYYY-MM-DD`; what AWS takes for today. */
  today: string
  /** Groups a page. */
  pageSize: number
  /** Answers of operations that are not computed, and changes to those that are. */
  readonly answers: Map<string, (computed: unknown, input: CostExplorerInput) => unknown>
  /** Actions that are denied. */
  readonly denied: Set<string>
}

type Rows = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** An answer of AWS that is an error. */
class Refusal extends Error {
  readonly type: string
  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

/** Raw files of the Cost and Usage Report as table `cur`: only casts and AWS's own names of charge types and services. */
export async function loadCur(warehouse: Warehouse, files: readonly string[]): Promise<void> {
  const money = (name: string) => `coalesce(try_cast(${name}::varchar as decimal(28, 10)), 0)`
  const select = files.map((file) => {
    const from = file.endsWith('.parquet')
      ? `read_parquet(${quoteText(file)})`
      : `read_csv(${quoteText(file)}, all_varchar = true)`
    return `select line_item_line_item_type as type, line_item_usage_account_id as account, line_item_product_code as code,
      coalesce(line_item_usage_type, '') as usage_type, coalesce(line_item_operation, '') as operation,
      left(line_item_usage_start_date::varchar, 10) as day, coalesce(savings_plan_savings_plan_a_r_n, '') as plan,
      coalesce(reservation_reservation_a_r_n, '') as reservation, coalesce(reservation_subscription_id, '') as subscription,
      coalesce(product_servicecode, '') as servicecode, product::varchar as product, ${money('line_item_usage_amount')} as amount,
      ${money('line_item_unblended_cost')} as unblended, ${money('pricing_public_on_demand_cost')} as on_demand,
      ${money('savings_plan_savings_plan_effective_cost')} as plan_effective, ${money('savings_plan_total_commitment_to_date')} as plan_total,
      ${money('savings_plan_used_commitment')} as plan_used, ${money('savings_plan_amortized_upfront_commitment_for_billing_period')} as plan_upfront,
      ${money('savings_plan_recurring_commitment_for_billing_period')} as plan_recurring, ${money('reservation_effective_cost')} as ri_effective,
      ${money('reservation_total_reserved_units')} as ri_total, ${money('reservation_unused_quantity')} as ri_unused,
      ${money('reservation_unused_recurring_fee')} as ri_unused_recurring,
      ${money('reservation_unused_amortized_upfront_fee_for_billing_period')} as ri_unused_upfront,
      ${money('reservation_amortized_upfront_fee_for_billing_period')} as ri_upfront from ${from}`
  })
  await warehouse.exec(`create or replace table cur as select *,
    case when type = 'RIFee' then 'Recurring' when type = 'Fee' and reservation <> '' then 'Upfront'
      when type = 'Fee' and starts_with(code, 'AWSSupport') then 'Support' when type = 'Fee' then 'Other'
      when type = 'EdpDiscount' then 'Enterprise Discount Program Discount' else type end as record_type,
    case when type = 'Tax' then 'Tax' when code = 'AmazonEC2' and usage_type ~ '.*(BoxUsage|HeavyUsage|SpotUsage).*'
        then 'Amazon Elastic Compute Cloud - Compute' when code = 'AmazonEC2' then 'EC2 - Other'
      when code = 'AmazonRDS' then 'Amazon Relational Database Service' when code = 'AmazonElastiCache' then 'Amazon ElastiCache'
      else code end as service,
    case type when 'SavingsPlanCoveredUsage' then plan_effective when 'SavingsPlanRecurringFee' then plan_total - plan_used
      when 'SavingsPlanNegation' then 0 when 'SavingsPlanUpfrontFee' then 0 when 'DiscountedUsage' then ri_effective
      when 'RIFee' then ri_unused_recurring + ri_unused_upfront when 'Fee' then if(reservation <> '', 0, unblended)
      else unblended end as amortized
    from (${select.join(' union all ')})`)
}

/**
 * Cost Explorer's wire protocol (JSON 1.1), answers computed from the raw report in table `cur`, as AWS documents each figure:
 * another path than costwright's mapping. Refuses what AWS refuses.
 */
export function costExplorerHandler(fake: FakeCostExplorer, rows: Rows) {
  const other = organizationHandler(fake.organization)
  return async (request: FakeRequest): Promise<Reply> => {
    const [service, operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.')
    if (service !== 'AWSInsightsIndexService') return other(request) ?? { status: 404 }
    if (fake.denied.has(operation))
      return awsError('AccessDeniedException', `User is not authorized to perform: ce:${operation} on resource: *`)
    const input = JSON.parse(String(request.body)) as CostExplorerInput
    try {
      checkInput(operation, input, fake.today)
      const compute = operations[operation]
      const computed = compute ? await compute(input, rows, fake) : null
      const output = fake.answers.get(operation)?.(computed, input) ?? computed
      return output === null ? awsError('DataUnavailableException', 'The requested data is unavailable.') : json(output)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return awsError(error.type, error.message)
    }
  }
}

/** Requests to Cost Explorer among those a server has seen: what AWS charges for. */
export function paid(requests: readonly FakeRequest[]): string[] {
  return requests.flatMap(({ headers }) => {
    const [service, operation = ''] = String(headers['x-amz-target'] ?? '').split('.')
    return service === 'AWSInsightsIndexService' ? [operation] : []
  })
}

type Rule = readonly [operations: RegExp, broken: (input: CostExplorerInput, today: string) => boolean, message: string]

const rules: readonly Rule[] = [
  [/./, ({ TimePeriod: t }) => t !== undefined && t.Start >= t.End, 'Start date (and hour) should be before end date'],
  [
    /^GetSavingsPlans/,
    ({ TimePeriod: t }, today) => t !== undefined && t.End >= today,
    'End date must be before the current date',
  ],
  [/^GetCostAndUsage$/, ({ Metrics }) => (Metrics ?? []).length === 0, 'Metrics is required'],
  [/^GetCostAndUsage$/, ({ GroupBy }) => (GroupBy ?? []).length > 2, 'GroupBy allows at most two groups'],
  [/^GetSavingsPlansUtilization$/, ({ GroupBy }) => GroupBy !== undefined, 'GroupBy is not supported'],
  [
    /^GetReservationUtilization$/,
    ({ GroupBy, Granularity }) => GroupBy !== undefined && Granularity !== undefined,
    'Granularity must not be set with GroupBy',
  ],
  [
    /^GetReservationUtilization$/,
    ({ GroupBy }) => (GroupBy ?? []).some(({ Key }) => Key !== 'SUBSCRIPTION_ID'),
    'GroupBy supports SUBSCRIPTION_ID only',
  ],
  [
    /^GetReservation/,
    ({ Filter }) => (Filter?.Dimensions?.Values ?? ['one']).length !== 1,
    'SERVICE filter takes one value',
  ],
]

function checkInput(operation: string, input: CostExplorerInput, today: string): void {
  const rule = rules.find(([operations, broken]) => operations.test(operation) && broken(input, today))
  if (rule) throw new Refusal('ValidationException', rule[2])
}

type Compute = (input: CostExplorerInput, rows: Rows, fake: FakeCostExplorer) => Promise<unknown>

const text = (expression: string) => `round(coalesce(${expression}, 0)::double, 10)::decimal(28, 10)::varchar`
const within = ({ TimePeriod }: CostExplorerInput) =>
  `day >= ${quoteText(TimePeriod?.Start ?? '')} and day < ${quoteText(TimePeriod?.End ?? '')}`

/** The slice of `items` that the token asks for, and the token of the next one. A token serves its own request only. */
function paged<Item>(items: readonly Item[], input: CostExplorerInput, size: number, name: string) {
  const { NextPageToken, NextToken, ...question } = input
  const own = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 16)
  const [asked, offset = '0'] = (NextPageToken ?? NextToken ?? `${own}:0`).split(':')
  if (!/^[0-9a-f]{16}$/.test(asked ?? ''))
    throw new Refusal('InvalidNextTokenException', 'The pagination token is invalid.')
  if (asked !== own) throw new Refusal('RequestChangedException', 'Your request parameters changed between pages.')
  const end = Number(offset) + size
  return { page: items.slice(Number(offset), end), next: end < items.length ? { [name]: `${own}:${end}` } : {} }
}

const dimensions: Readonly<Record<string, string>> = {
  RECORD_TYPE: 'record_type',
  LINKED_ACCOUNT: 'account',
  SERVICE: 'service',
}
const metrics: Readonly<Record<string, string>> = {
  UnblendedCost: 'sum(unblended)',
  NetUnblendedCost: 'sum(unblended)',
  AmortizedCost: 'sum(amortized)',
  NetAmortizedCost: 'sum(amortized)',
  UsageQuantity: 'sum(amount)',
}

const costAndUsage: Compute = async (input, rows, fake) => {
  const keys = (input.GroupBy ?? []).map(({ Key }) => dimensions[Key] ?? "''")
  const span = input.Granularity === 'DAILY' ? 'day' : quoteText(input.TimePeriod?.Start ?? '')
  const filter = input.Filter?.Dimensions
  const only = filter ? `and ${dimensions[filter.Key]} in (${filter.Values.map(quoteText).join(', ')})` : ''
  const found = await rows(`select ${span} as span, [${keys.join(', ')}]::varchar[] as keys,
      ${(input.Metrics ?? []).map((metric) => `${text(metrics[metric] ?? '0')} as "${metric}"`).join(', ')}
    from cur where ${within(input)} ${only} group by ${[span === 'day' ? 'day' : "'x'", ...keys].join(', ')} order by 1, 2`)
  const { page, next } = paged(found, input, fake.pageSize, 'NextPageToken')
  const amounts = (row: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      (input.Metrics ?? []).map((name) => [
        name,
        { Amount: row[name], Unit: name === 'UsageQuantity' ? 'N/A' : 'USD' },
      ]),
    )
  const ResultsByTime = [...Map.groupBy(page, (row) => String(row['span']))].map(([Start, groups]) => ({
    TimePeriod: { Start, End: input.TimePeriod?.End },
    Estimated: Start.slice(0, 7) >= fake.today.slice(0, 7),
    Total: keys.length === 0 && groups[0] ? amounts(groups[0]) : {},
    Groups: keys.length === 0 ? [] : groups.map((row) => ({ Keys: row['keys'], Metrics: amounts(row) })),
  }))
  return { ResultsByTime, ...next }
}

/** One row a savings plan, or one of all of them. */
const planRows = (input: CostExplorerInput, rows: Rows, each: boolean) => {
  const fees = "filter (type = 'SavingsPlanRecurringFee')"
  const list = "sum(on_demand) filter (type = 'SavingsPlanCoveredUsage')"
  return rows(`select ${each ? 'plan' : "''"} as arn, ${text(`sum(plan_total) ${fees}`)} as total, ${text(`sum(plan_used) ${fees}`)} as used,
      ${text(`sum(plan_total - plan_used) ${fees}`)} as unused,
      ${text(`100 * (sum(plan_used) ${fees})::double / nullif((sum(plan_total) ${fees})::double, 0)`)} as pct,
      ${text(list)} as list, ${text(`coalesce(${list}, 0) - coalesce(sum(plan_total) ${fees}, 0)`)} as savings,
      ${text(`sum(plan_upfront) ${fees}`)} as upfront, ${text(`sum(plan_recurring) ${fees}`)} as recurring,
      ${text(`sum(plan_upfront + plan_recurring) ${fees}`)} as amortized
    from cur where plan <> '' and ${within(input)} ${each ? 'group by plan' : ''}
    having count(*) ${fees} > 0 order by 1`)
}

const planFigures = (row: Readonly<Record<string, unknown>>) => ({
  Utilization: {
    TotalCommitment: row['total'],
    UsedCommitment: row['used'],
    UnusedCommitment: row['unused'],
    UtilizationPercentage: row['pct'],
  },
  Savings: { NetSavings: row['savings'], OnDemandCostEquivalent: row['list'] },
  AmortizedCommitment: {
    AmortizedUpfrontCommitment: row['upfront'],
    AmortizedRecurringCommitment: row['recurring'],
    TotalAmortizedCommitment: row['amortized'],
  },
})

/** What Compute Savings Plans may cover: instances, Fargate, Lambda duration; not spot (AWS documentation). */
const planEligible = `type = 'Usage' and (code = 'AmazonEC2' and usage_type ~ '.*BoxUsage.*' and operation ~ 'RunInstances.*'
  or usage_type ~ '.*Fargate-.*' or usage_type ~ '.*Lambda-(GB-Second|Provisioned).*')`

const serviceOf = ({ Filter }: CostExplorerInput) =>
  quoteText(Filter?.Dimensions?.Values[0] ?? 'Amazon Elastic Compute Cloud - Compute')

const operations: Readonly<Record<string, Compute>> = {
  GetCostAndUsage: costAndUsage,
  async GetSavingsPlansUtilization(input, rows) {
    const [row] = await planRows(input, rows, false)
    return row ? { Total: planFigures(row), SavingsPlansUtilizationsByTime: [] } : null
  },
  async GetSavingsPlansUtilizationDetails(input, rows, fake) {
    const found = await planRows(input, rows, true)
    if (found.length === 0) return null
    const { page, next } = paged(found, input, fake.pageSize, 'NextToken')
    const details = page.map((row) => ({
      SavingsPlanArn: row['arn'],
      Attributes: { SavingsPlansType: 'ComputeSavingsPlans' },
      ...planFigures(row),
    }))
    return { SavingsPlansUtilizationDetails: details, TimePeriod: input.TimePeriod, ...next }
  },
  async GetSavingsPlansCoverage(input, rows) {
    const covered = "sum(on_demand) filter (type = 'SavingsPlanCoveredUsage')"
    const rest = `sum(unblended) filter (${planEligible})`
    const total = `coalesce(${covered}, 0) + coalesce(${rest}, 0)`
    const [row] = await rows(`select ${text(covered)} as covered, ${text(rest)} as rest, ${text(total)} as total,
      ${text(`100 * (${covered})::double / nullif((${total})::double, 0)`)} as pct from cur where ${within(input)}`)
    const Coverage = {
      SpendCoveredBySavingsPlans: row?.['covered'],
      OnDemandCost: row?.['rest'],
      TotalCost: row?.['total'],
      CoveragePercentage: row?.['pct'],
    }
    return { SavingsPlansCoverages: [{ Attributes: {}, Coverage, TimePeriod: input.TimePeriod }] }
  },
  async GetReservationUtilization(input, rows, fake) {
    const used = "filter (type = 'DiscountedUsage')"
    const fee = "filter (type = 'RIFee')"
    const amortized = `(coalesce(sum(unblended) ${fee}, 0) + coalesce(sum(ri_upfront) ${fee}, 0))`
    const list = `coalesce(sum(on_demand) ${used}, 0)`
    const found =
      await rows(`select reservation as arn, max(subscription) as id, max(service) as service, ${text(`sum(ri_total) ${fee}`)} as bought,
        ${text(`sum(amount) ${used}`)} as used, ${text(`sum(ri_unused) ${fee}`)} as unused,
        ${text(`100 * (sum(amount) ${used})::double / nullif((sum(ri_total) ${fee})::double, 0)`)} as pct,
        ${text(list)} as list, ${text(amortized)} as amortized, ${text(`${list} - ${amortized}`)} as savings
      from cur where reservation <> '' and ${within(input)} group by reservation
      having count(*) ${fee} > 0 and max(service) = ${serviceOf(input)} order by 1`)
    const { page, next } = paged(found, input, fake.pageSize, 'NextPageToken')
    const Groups = page.map((row) => ({
      Key: 'SUBSCRIPTION_ID',
      Value: row['id'],
      Attributes: { reservationARN: row['arn'], sizeFlexibility: 'None' },
      Utilization: {
        UtilizationPercentage: row['pct'],
        PurchasedHours: row['bought'],
        TotalActualHours: row['used'],
        UnusedHours: row['unused'],
        OnDemandCostOfRIHoursUsed: row['list'],
        TotalAmortizedFee: row['amortized'],
        NetRISavings: row['savings'],
      },
    }))
    return { UtilizationsByTime: [{ TimePeriod: input.TimePeriod, Groups }], ...next }
  },
  async GetReservationCoverage(input, rows) {
    const instance = "usage_type ~ '.*(BoxUsage|InstanceUsage|Multi-AZUsage|NodeUsage).*'"
    const [row] = await rows(`select ${text(`sum(unblended) filter (type = 'Usage' and ${instance})`)} as cost,
        ${text(`100 * (sum(amount) filter (type = 'DiscountedUsage'))::double / nullif((sum(amount) filter (type in ('DiscountedUsage', 'Usage') and ${instance}))::double, 0)`)} as pct
      from cur where service = ${serviceOf(input)} and ${within(input)}`)
    const Total = {
      CoverageHours: { CoverageHoursPercentage: row?.['pct'] },
      CoverageCost: { OnDemandCost: row?.['cost'] },
    }
    return { CoveragesByTime: [{ TimePeriod: input.TimePeriod, Groups: [], Total }] }
  },
  GetAnomalies: async () => ({ Anomalies: [] }),
  GetSavingsPlansPurchaseRecommendation: async () => ({}),
  GetReservationPurchaseRecommendation: async () => ({ Recommendations: [] }),
  GetRightsizingRecommendation: async () => ({ RightsizingRecommendations: [] }),
}

import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createCostExplorer } from '../../src/collectors/aws/cost-explorer.ts'
import type { Collector, Held, RowsFile } from '../../src/collectors/collector.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import { costExplorerHandler, type FakeCostExplorer, loadCur, paid } from '../fakes/cost-explorer.ts'
import { type FaultServer, startServer } from '../fakes/fault-server.ts'
import { type TestContext, testContext } from './context.ts'

const payer = '410927463001'
const plan = 'arn:aws:savingsplans::410927463001:savingsplan/one'
const reserved = 'arn:aws:rds:eu-west-1:111122223333:ri:ledger'

/** A small report of 2026-02 and 2026-03: two accounts, a plan with 2 of 10 unused, a reservation with 4 of 10 hours unused, tax. */
function curFile(): string {
  const columns = [
    'line_item_line_item_type',
    'line_item_usage_account_id',
    'line_item_product_code',
    'line_item_usage_type',
    'line_item_operation',
    'line_item_usage_start_date',
    'savings_plan_savings_plan_a_r_n',
    'reservation_reservation_a_r_n',
    'reservation_subscription_id',
    'product_servicecode',
    'product',
    'line_item_usage_amount',
    'line_item_unblended_cost',
    'pricing_public_on_demand_cost',
    'savings_plan_savings_plan_effective_cost',
    'savings_plan_total_commitment_to_date',
    'savings_plan_used_commitment',
    'savings_plan_amortized_upfront_commitment_for_billing_period',
    'savings_plan_recurring_commitment_for_billing_period',
    'reservation_effective_cost',
    'reservation_total_reserved_units',
    'reservation_unused_quantity',
    'reservation_unused_recurring_fee',
    'reservation_unused_amortized_upfront_fee_for_billing_period',
    'reservation_amortized_upfront_fee_for_billing_period',
  ]
  const items = ['2026-02', '2026-03'].flatMap((month) => {
    const day = (n: number) => `${month}-0${n}T00:00:00Z`
    return [
      `Usage,111122223333,AmazonEC2,BoxUsage:m5.large,RunInstances,${day(1)},,,,,,10,5.5,5.5,,,,,,,,,,,`,
      `Usage,444455556666,AmazonS3,TimedStorage,,${day(2)},,,,,,3,0.1234567891,0.1234567891,,,,,,,,,,,`,
      `SavingsPlanCoveredUsage,111122223333,AmazonEC2,BoxUsage:m5.large,RunInstances,${day(1)},${plan},,,,,20,12,12,8,,,,,,,,,,`,
      `SavingsPlanNegation,111122223333,AmazonEC2,BoxUsage:m5.large,RunInstances,${day(1)},${plan},,,,,20,-12,,,,,,,,,,,,`,
      `SavingsPlanRecurringFee,${payer},ComputeSavingsPlans,ComputeSP,,${day(1)},${plan},,,,,1,10,,,10,8,0,10,,,,,,`,
      `DiscountedUsage,111122223333,AmazonRDS,InstanceUsage:db.m5.large,,${day(1)},,${reserved},1234567890,,,6,0,9,,,,,,6,,,,,`,
      `RIFee,111122223333,AmazonRDS,HeavyUsage:db.m5.large,,${day(1)},,${reserved},1234567890,,,10,10,,,,,,,,10,4,4,0,0`,
      `Tax,111122223333,AmazonEC2,,,${day(1)},,,,,,1,0.4,,,,,,,,,,,,`,
    ]
  })
  const path = join(mkdtempSync(join(tmpdir(), 'ce-')), 'cur.csv')
  writeFileSync(path, [columns.join(','), ...items].join('\n'))
  return path
}

let engine: Warehouse
let server: FaultServer
let fake: FakeCostExplorer

beforeEach(async () => {
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIAFAKEFAKEFAKEFAKE'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret'
  engine = await openDuckDb({ path: ':memory:' })
  await loadCur(engine, [curFile()])
  fake = {
    organization: { payer, caller: payer, accounts: [], denied: [], alone: false },
    today: '2026-03-20',
    pageSize: 1000,
    answers: new Map(),
    denied: new Set(),
  }
  server = await startServer(costExplorerHandler(fake, async (sql) => (await engine.query(sql)).rows))
})
afterEach(async () => {
  await server.close()
  engine.close()
})

function collector(settings: object = {}, context: TestContext = testContext()): Collector {
  const config = sourceSchema.parse({ name: 'ce', type: 'aws_cost_explorer', endpoint: server.url, ...settings })
  if (config.type !== 'aws_cost_explorer') throw new Error(config.type)
  return createCostExplorer(config, context)
}

type Row = Readonly<Record<string, unknown>>

async function rowsOf(source: Collector, unit: string, periods: readonly string[] | null = ['2026-02', '2026-03']) {
  const { deliveries } = await source.plan({ periods, held: new Map() })
  const delivery = deliveries.find((one) => one.unit === unit)
  if (!delivery) throw new Error(`no ${unit} among ${deliveries.map((one) => one.unit)}`)
  const read = async (file: RowsFile) => {
    const rows: Row[] = []
    for await (const row of file.read(new AbortController().signal)) rows.push(row)
    return [file.name, rows] as const
  }
  return Object.fromEntries(await Promise.all(delivery.files.map((file) => read(file as RowsFile)))) as Record<
    string,
    Row[]
  >
}

const requested = () => paid(server.requests)

test('planning asks nothing that costs money; open months are of the day, closed ones final, newest first', async () => {
  const { deliveries, warnings } = await collector({ max_requests: 100 }).plan({ periods: null, held: new Map() })
  expect(requested()).toEqual([])
  const totals = deliveries.filter(({ unit }) => unit.startsWith('totals/'))
  expect(totals).toHaveLength(13)
  expect(totals.slice(0, 3).map(({ unit, mark, period }) => [unit, mark, period])).toEqual([
    ['totals/2026-03', '2026-03-20', '2026-03'],
    ['totals/2026-02', '2026-03-20', '2026-02'],
    ['totals/2026-01', 'final', '2026-01'],
  ])
  expect(totals.at(-1)?.unit).toBe('totals/2025-03')
  expect(totals[0]?.price).toMatchObject({ usd: '0.04' })
  expect(warnings).toEqual([expect.stringContaining('max_requests allows 100')])
})

test('what is held by its mark is not reckoned into the price', async () => {
  const source = collector({ collect: ['totals'], max_requests: 8 })
  const plan = await source.plan({ periods: null, held: new Map() })
  expect(plan.warnings).toHaveLength(1)
  const held = new Map<string, Held>(
    plan.deliveries.slice(2).map(({ unit, mark }) => [unit, { mark, collected_at: '2026-03-19T00:00:00Z' }]),
  )
  expect((await source.plan({ periods: null, held })).warnings).toEqual([])
})

test('on the first of a month that month is not asked, since none of its days has ended', async () => {
  const source = collector({ collect: ['totals', 'commitments'] }, testContext({ now: '2026-03-01T08:00:00Z' }))
  const { deliveries } = await source.plan({ periods: null, held: new Map() })
  expect(deliveries.map(({ unit }) => unit)).not.toContain('totals/2026-03')
  const second = collector({ collect: ['totals', 'commitments'] }, testContext({ now: '2026-03-02T08:00:00Z' }))
  const units = (await second.plan({ periods: null, held: new Map() })).deliveries.map(({ unit }) => unit)
  expect(units).toContain('totals/2026-03')
  expect(units).not.toContain('commitments/2026-03')
})

test('totals come in every ledger and grouping, amounts as AWS wrote them', async () => {
  const { 'provider_totals.ndjson.gz': rows = [] } = await rowsOf(collector(), 'totals/2026-02')
  expect(requested()).toEqual(Array.from({ length: 4 }, () => 'GetCostAndUsage'))
  const pick = (ledger: string, group: string) =>
    rows
      .filter((row) => row['ledger'] === ledger && row['group_name'] === group)
      .map((row) => [row['group_value'], row['amount']])
  expect(pick('billed', '')).toEqual([['', '26.0234567891']])
  expect(pick('effective', '')).toEqual([['', '26.0234567891']])
  expect(pick('billed', 'sub_account')).toEqual([
    ['111122223333', '15.9000000000'],
    [payer, '10.0000000000'],
    ['444455556666', '0.1234567891'],
  ])
  expect(pick('effective', 'charge_type')).toContainEqual(['SavingsPlanRecurringFee', '2.0000000000'])
  expect(rows[0]).toMatchObject({
    provider: 'AWS',
    billing_account_id: payer,
    billing_period: '2026-02',
    currency: 'USD',
    is_estimated: false,
    observed_at: '2026-03-20T06:00:00.000Z',
  })
})

test('the month in flight ends with yesterday and is estimated', async () => {
  const { 'provider_totals.ndjson.gz': rows = [] } = await rowsOf(collector(), 'totals/2026-03')
  expect(rows.every((row) => row['is_estimated'] === true)).toBe(true)
  const { TimePeriod } = JSON.parse(String(server.requests.at(-1)?.body))
  expect(TimePeriod).toEqual({ Start: '2026-03-01', End: '2026-03-20' })
})

test('commitments: plans one by one and together, reservations service by service', async () => {
  const rows = await rowsOf(collector(), 'commitments/2026-02')
  const figures = (rows['provider_commitments.ndjson.gz'] ?? []).map((row) => [
    row['commitment_id'],
    row['unit'],
    row['total_commitment'],
    row['used_commitment'],
    row['unused_commitment'],
    row['utilization_pct'],
    row['on_demand_cost'],
    row['amortized_cost'],
    row['net_savings'],
  ])
  const money = (...amounts: number[]) => amounts.map((amount) => amount.toFixed(10))
  expect(figures).toEqual([
    ['', 'USD', ...money(10, 8, 2, 80, 12, 10, 2)],
    [plan, 'USD', ...money(10, 8, 2, 80, 12, 10, 2)],
    [reserved, 'Hours', ...money(10, 6, 4, 60, 9, 10, -1)],
  ])
  expect(rows['provider_coverage.ndjson.gz']).toMatchObject([
    {
      commitment_type: 'Savings Plan',
      covered_cost: '12.0000000000',
      on_demand_cost: '5.5000000000',
      total_cost: '17.5000000000',
    },
    {
      commitment_type: 'Reserved Instance',
      group_name: 'service',
      group_value: 'Amazon Relational Database Service',
      covered_cost: null,
      coverage_pct: '100.0000000000',
    },
  ])
  expect(requested().filter((operation) => operation === 'GetReservationUtilization')).toHaveLength(6)
  expect(requested().filter((operation) => operation === 'GetReservationCoverage')).toHaveLength(1)
})

test('costs: one question a record type, by account and service, every page with the same question', async () => {
  fake.pageSize = 1
  const { 'aws_cost_explorer.ndjson.gz': rows = [] } = await rowsOf(collector({ collect: ['costs'] }), 'costs/2026-02')
  expect(rows).toHaveLength(8)
  expect(rows.map((row) => row['record_type'])).toContain('Recurring')
  expect(rows.find((row) => row['service'] === 'AmazonS3')).toEqual({
    usage_date: '2026-02-02',
    payer_account_id: payer,
    linked_account_id: '444455556666',
    service: 'AmazonS3',
    record_type: 'Usage',
    unblended_cost: '0.1234567891',
    amortized_cost: '0.1234567891',
    net_unblended_cost: '0.1234567891',
    net_amortized_cost: '0.1234567891',
    usage_quantity: '3.0000000000',
    usage_unit: 'N/A',
    currency: 'USD',
    estimated: false,
  })
})

test('an answer is paid once a day, of a closed month once for ever', async () => {
  const context = testContext()
  await rowsOf(collector({}, context), 'totals/2026-02')
  await rowsOf(collector({}, context), 'totals/2026-01', ['2026-01'])
  expect(requested()).toHaveLength(8)
  await rowsOf(collector({}, context), 'totals/2026-02')
  await rowsOf(collector({}, context), 'totals/2026-01', ['2026-01'])
  expect(requested()).toHaveLength(8)
  const tomorrow = { ...context, now: () => new Date('2026-03-21T06:00:00Z') }
  await rowsOf(collector({}, tomorrow), 'totals/2026-01', ['2026-01'])
  expect(requested()).toHaveLength(8)
  await rowsOf(collector({}, tomorrow), 'totals/2026-02')
  expect(requested()).toHaveLength(12)
  expect(readdirSync(context.cache).sort()).toEqual(['2026-03-21', 'final'])
})

test('when the requests of a run are used up it fails and names what is missing; the next run goes on', async () => {
  const context = testContext()
  const first = collector({ max_requests: 3 }, context)
  await expect(rowsOf(first, 'totals/2026-02')).rejects.toThrow(
    'totals/2026-02: the 3 requests of this run (max_requests) were used up before GetCostAndUsage',
  )
  await expect(rowsOf(first, 'commitments/2026-02')).rejects.toThrow('commitments/2026-02: the 3 requests')
  expect(requested()).toHaveLength(3)
  const rows = await rowsOf(collector({ max_requests: 1 }, context), 'totals/2026-02')
  expect(requested()).toHaveLength(4)
  expect(rows['provider_totals.ndjson.gz']?.filter((row) => row['group_name'] === 'service')).not.toEqual([])
})

test('a run killed between pages does not pay the first pages again', async () => {
  fake.pageSize = 2
  const context = testContext()
  await expect(rowsOf(collector({ max_requests: 2, collect: ['costs'] }, context), 'costs/2026-02')).rejects.toThrow(
    'used up',
  )
  const before = requested().length
  await rowsOf(collector({ collect: ['costs'] }, context), 'costs/2026-02')
  const bodies = server.requests.filter(({ headers }) => String(headers['x-amz-target']).includes('Insights'))
  expect(new Set(bodies.map(({ body }) => String(body))).size).toBe(bodies.length)
  expect(before).toBe(2)
})

test('a kept token that AWS no longer takes starts its question again', async () => {
  fake.pageSize = 2
  const context = testContext()
  const broken = collector({ max_requests: 2, collect: ['costs'] }, context)
  await expect(rowsOf(broken, 'costs/2026-02')).rejects.toThrow('used up')
  server.faults.when((request) => String(request.body).includes('NextPageToken'), {
    kind: 'status',
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: '{"__type":"InvalidNextTokenException","message":"The pagination token is invalid."}',
  })
  const rows = await rowsOf(collector({ collect: ['costs'] }, context), 'costs/2026-02')
  expect(rows['aws_cost_explorer.ndjson.gz']).toHaveLength(8)
})

test('LimitExceededException waits and asks again; every attempt counts against the budget', async () => {
  const context = testContext()
  server.faults.when(({ headers }) => String(headers['x-amz-target']).includes('Insights'), {
    kind: 'status',
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: '{"__type":"LimitExceededException","Message":"You made too many calls in a short period of time."}',
  })
  await expect(rowsOf(collector({ max_requests: 4 }, context), 'totals/2026-02')).rejects.toThrow('used up')
  expect(context.waits).toHaveLength(1)
  expect(requested()).toHaveLength(4)
})

test('no data is an empty answer, not a failure', async () => {
  await engine.exec("delete from cur where plan <> ''")
  const rows = await rowsOf(collector(), 'commitments/2026-02')
  expect(rows['provider_commitments.ndjson.gz']?.map((row) => row['commitment_id'])).toEqual([reserved])
  const forecast = await rowsOf(collector({ collect: ['forecast'] }), 'forecast', null)
  expect(forecast['provider_findings.ndjson.gz']).toEqual([])
})

test('denied is a failure that names the action', async () => {
  fake.denied.add('GetSavingsPlansUtilization')
  await expect(rowsOf(collector(), 'commitments/2026-02')).rejects.toThrow(/ce:GetSavingsPlansUtilization/)
})

test('a member account is told apart: a warning, and no totals of the whole bill', async () => {
  fake.organization.caller = '111122223333'
  const source = collector({ collect: ['totals'] })
  const { warnings } = await source.plan({ periods: ['2026-02'], held: new Map() })
  expect(warnings).toEqual([expect.stringContaining('member account 111122223333')])
  const { 'provider_totals.ndjson.gz': rows = [] } = await rowsOf(source, 'totals/2026-02')
  expect(new Set(rows.map((row) => row['group_name']))).toEqual(new Set(['sub_account']))
})

test('where Organizations may not be asked the caller is taken for the payer, and doctor says so', async () => {
  fake.organization.denied = ['DescribeOrganization']
  const { warnings } = await collector().plan({ periods: ['2026-02'], held: new Map() })
  expect(warnings).toEqual([expect.stringContaining('DescribeOrganization is denied')])
  const probes = await collector().probe()
  expect(probes.map(({ check, ok }) => [check, ok])).toEqual([
    ['sts:GetCallerIdentity', true],
    ['organizations:DescribeOrganization', false],
    ['ce:GetCostAndUsage (USD 0.01)', true],
  ])
})

test('doctor names the permission that Cost Explorer needs', async () => {
  fake.denied.add('GetCostAndUsage')
  const probes = await collector().probe()
  expect(probes.at(-1)).toMatchObject({
    ok: false,
    problem: expect.stringContaining('ce:GetCostAndUsage on * is missing'),
  })
})

test('forecast, anomalies and recommendations are findings with the rest of the answer as detail', async () => {
  fake.answers.set('GetCostForecast', () => ({
    Total: { Amount: '1234.5', Unit: 'USD' },
    ForecastResultsByTime: [
      {
        TimePeriod: { Start: '2026-03-20', End: '2026-04-01' },
        MeanValue: '34.5',
        PredictionIntervalLowerBound: '30',
        PredictionIntervalUpperBound: '40',
      },
    ],
  }))
  fake.answers.set('GetAnomalies', () => ({
    Anomalies: [
      {
        AnomalyId: 'a1',
        AnomalyStartDate: '2026-02-03T00:00:00Z',
        AnomalyEndDate: '2026-02-04T00:00:00Z',
        DimensionValue: 'Amazon S3',
        RootCauses: [{ Service: 'Amazon S3', Region: 'eu-west-1', LinkedAccount: '444455556666' }],
        AnomalyScore: { MaxScore: 1, CurrentScore: 0.5 },
        Impact: { MaxImpact: 10, TotalImpact: 12.75 },
        MonitorArn: 'arn:aws:ce::410927463001:anomalymonitor/m',
      },
    ],
  }))
  fake.answers.set('GetRightsizingRecommendation', () => ({
    RightsizingRecommendations: [
      {
        AccountId: '111122223333',
        CurrentInstance: { ResourceId: 'i-1', CurrencyCode: 'USD' },
        RightsizingType: 'Terminate',
        TerminateRecommendationDetail: { EstimatedMonthlySavings: '70.08', CurrencyCode: 'USD' },
      },
    ],
  }))
  const source = collector({ collect: ['forecast', 'anomalies', 'recommendations'] })
  const findings = async (unit: string) => (await rowsOf(source, unit, null))['provider_findings.ndjson.gz']
  expect(await findings('forecast')).toMatchObject([
    {
      finding_id: 'UNBLENDED_COST',
      period_start: '2026-03-20T00:00:00Z',
      amount: '34.5',
      lower_amount: '30',
      upper_amount: '40',
    },
    { finding_id: 'AMORTIZED_COST' },
  ])
  expect(await findings('anomalies/2026-02')).toMatchObject([
    {
      finding_id: 'a1',
      amount: '12.75',
      period_end: '2026-02-05T00:00:00Z',
      sub_account_id: '444455556666',
      region: 'eu-west-1',
    },
  ])
  expect(await findings('recommendations')).toMatchObject([
    { finding_id: 'rightsizing/111122223333/i-1', amount: '70.08', title: 'Terminate i-1' },
  ])
})

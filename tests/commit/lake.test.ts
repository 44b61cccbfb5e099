import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fraction } from '../../src/commit/fraction.ts'
import { labResults } from '../../src/commit/lab.ts'
import type { LabDocument, LabSuggestion } from '../../src/commit/lab-document.ts'
import { type Estate, estateOf } from '../support/rows.ts'

const now = new Date('2026-11-01T00:00:00Z')

/** Charges of every hour (or day) of 150 days before 2026-10-01; `ode` and `cost` are SQL over the timestamp `ts`. */
function charges(
  usage: Readonly<Record<string, string>>,
  ode: string,
  options: { cost?: string; hours?: number } = {},
) {
  const { hours = 1, cost = ode } = options
  const text = Object.entries(usage).map(([name, value]) => `'${value}' as ${name}`)
  return `insert into charges by name
    select 'Usage' as ChargeCategory, 'Usage-Based' as ChargeFrequency, 'USD' as BillingCurrency, 'payer' as BillingAccountId,
      'account' as SubAccountId, 'x' as InvoiceIssuerName, 'charge' as x_RowKind, 'cloud' as source, 1 as version,
      strftime(ts, '%Y-%m') as billing_period, date_trunc('month', ts) as BillingPeriodStart,
      date_trunc('month', ts) + interval 1 month as BillingPeriodEnd, ${text.join(', ')},
      ts as ChargePeriodStart, ts + interval ${hours} hour as ChargePeriodEnd,
      (${ode})::decimal(38, 15) as ContractedCost, ContractedCost as ListCost, (${cost})::decimal(38, 15) as EffectiveCost, EffectiveCost as BilledCost
    from (select unnest(generate_series(timestamp '2026-05-04', timestamp '2026-09-30 23:00', interval ${hours} hour)) as ts);`
}

const ec2 = (family: string) => ({
  ServiceProviderName: 'AWS',
  ServiceName: 'Amazon Elastic Compute Cloud',
  ServiceCategory: 'Compute',
  RegionId: 'us-east-1',
  x_UsageType: `BoxUsage:${family}.large`,
})
const rds = (family: string) => ({
  ServiceProviderName: 'AWS',
  ServiceName: 'Amazon Relational Database Service',
  ServiceCategory: 'Databases',
  RegionId: 'eu-west-1',
  x_UsageType: `EU-InstanceUsage:db.${family}.xlarge`,
})
const reserved = (id: string, end?: string) => ({
  CommitmentDiscountId: id,
  CommitmentDiscountType: 'Reserved Instance',
  CommitmentDiscountStatus: 'Used',
  PricingCategory: 'Committed',
  x_Term: '1yr',
  ...(end && { x_CommitmentEnd: end }),
})
const azureVm = {
  ServiceProviderName: 'Microsoft',
  ServiceName: 'Virtual Machines',
  ServiceCategory: 'Compute',
  RegionId: 'westeurope',
  SkuMeter: 'D8s v5',
}
const core = {
  ServiceProviderName: 'Google Cloud',
  ServiceName: 'Compute Engine',
  ServiceCategory: 'Compute',
  RegionId: 'europe-west1',
  SkuMeter: 'N2 Instance Core running in Belgium',
}
const listed = `insert into list_prices by name
  select 'Google Cloud' as provider, 'Compute Engine' as service, 'europe-west1' as region, 'h' as unit, 'USD' as currency, 0 as tier_start,
    timestamp '2026-10-20' as observed_at, * from (values
    ('a', 'N2 Instance Core running in Belgium', 0.04, 'On-Demand'), ('b', 'Commitment v1: N2 Cpu in Belgium for 1 Year', 0.025, 'Commitment 1 year')
  ) as v (sku_id, sku_name, unit_price, purchase_option);`

let estate: Estate
let lab: LabDocument

beforeAll(async () => {
  estate = await estateOf([], {
    setup: [
      charges(ec2('m5'), '10'),
      charges(ec2('c5'), "greatest(0.0001, 60 * exp(-date_diff('hour', timestamp '2026-05-04', ts) / 500.0))"),
      charges(rds('r6g'), '6'),
      charges({ ...rds('r6g'), ...reserved('stays') }, '4', { cost: '2.4' }),
      charges(rds('m6g'), '2'),
      charges({ ...rds('m6g'), ...reserved('ends', '2026-10-11 00:00:00') }, '8', { cost: '4.8' }),
      charges(azureVm, '240', { hours: 24 }),
      charges(core, 'if(isodow(ts) < 6 and hour(ts) between 8 and 17, 30, 10)'),
      listed,
    ].join('\n'),
  })
  lab = await labResults(estate.warehouse, { now })
})
afterAll(() => estate.warehouse.close())

function of(program: string, family: string): LabSuggestion {
  const found = lab.suggestions.find((each) => each.program === program && each.family === family)
  if (!found) throw new Error(`no suggestion of ${program} for ${family}`)
  return found
}

describe('purchase lab on the lake', () => {
  test('steady usage is committed in full at the dated public price, which is labelled with its age', () => {
    expect(of('EC2 Instance Savings Plan', 'm5')).toMatchObject({
      posture: 'balanced',
      granularity: 'hourly',
      commitment_per_hour: '6.3',
      covers_per_hour: '10.000',
      uncovered_per_hour: '10.0000',
      saving_per_month: '2701.00',
      utilisation: expect.closeTo(1, 9),
      coverage_before: 0,
      coverage_after: 1,
      price_source: 'lookup',
      price_note: 'public price of 2025-06-01, 518 days old',
      confidence: 'medium',
    })
    const { postures, ladder } = of('EC2 Instance Savings Plan', 'm5')
    expect(postures.map(({ posture }) => posture)).toEqual(['conservative', 'balanced', 'aggressive'])
    expect(postures[1]?.back_test).toMatchObject({
      losses: 0,
      saving_rate: expect.closeTo(0.37, 9),
      regret_to_oracle: '0.00',
    })
    expect(ladder.map(({ buy }) => buy)).toEqual(['2026-11-01', '2027-02-01', '2027-05-01', '2027-08-01'])
  })

  test('terms and payments are judged for the same capacity', () => {
    const options = of('EC2 Instance Savings Plan', 'm5').options
    expect(options.map(({ option }) => option)).toEqual([
      '1-year, No upfront',
      '1-year, All upfront',
      '3-year, No upfront',
    ])
    expect(options[1]).toMatchObject({
      upfront: '51684',
      recurring_per_hour: '0',
      break_even_utilisation: expect.closeTo(0.59, 9),
    })
    expect(options[1]?.implied_interest).toBeGreaterThan(0.08)
    expect(options[2]?.beats_renewal_after_months).toBe(24)
  })

  test('what a commitment covers that stays is not bought again, at the discount of the own bill', () => {
    expect(of('RDS reserved instance', 'db.r6g')).toMatchObject({
      commitment_per_hour: '3.6',
      covers_per_hour: '6.000',
      price_source: 'own_bill',
      coverage_before: expect.closeTo(0.4, 9),
      coverage_after: 1,
      put_back: [],
      confidence: 'high',
    })
  })

  test('what a commitment covers that ends within the horizon is put back and bought for', () => {
    expect(of('RDS reserved instance', 'db.m6g')).toMatchObject({
      commitment_per_hour: '6',
      covers_per_hour: '10.000',
      put_back: ['ends'],
    })
    expect(lab.commitments).toMatchObject([
      { commitment_id: 'ends', is_put_back: true, ends_at: '2026-10-11T00:00:00Z', per_hour: '4.8000' },
      { commitment_id: 'stays', is_put_back: false, ends_at: null, per_hour: '2.4000' },
    ])
  })

  test('without the horizon the same usage is left to its commitment', async () => {
    const { suggestions } = await labResults(estate.warehouse, { now, horizon_days: 0, months: 0 })
    expect(suggestions.find(({ family }) => family === 'db.m6g')).toMatchObject({
      commitment_per_hour: '1.2',
      put_back: [],
    })
  })

  test('usage billed by the day is flagged, of low confidence and sized at half the discount', () => {
    const found = of('VM reservation', 'Ds v5')
    expect(found).toMatchObject({
      granularity: 'daily',
      confidence: 'low',
      commitment_per_hour: '6.4',
      covers_per_hour: '10.000',
    })
    expect(found.warnings.join()).toContain('daily means')
  })

  test('a collected list price comes before the own bill and the lookup', () => {
    expect(of('Compute Engine CUD', 'N2 Core')).toMatchObject({
      price_source: 'list_prices',
      price_note: 'list price collected on 2026-10-20, 12 days old',
      discount: expect.closeTo(0.375, 6),
      commitment_per_hour: '6.25',
    })
  })

  test('falling demand is refused, with the reason and the back-test that says so', () => {
    const found = lab.refused.find(({ family }) => family === 'c5')
    expect(found?.reason).toContain('lost money')
    expect(found?.postures.find(({ posture }) => posture === 'balanced')?.refused).toBe(found?.reason)
    expect(lab.suggestions.some(({ family }) => family === 'c5')).toBe(false)
  })

  test('a broad programme is sized on what the narrow ones leave', () => {
    const broad = [...lab.suggestions, ...lab.refused].find(({ program }) => program === 'Compute Savings Plan')
    expect(broad?.uncovered_per_hour.startsWith('1')).toBe(false)
    expect(lab.eligibility).toBe('2026-11')
  })
})

describe('walking forward', () => {
  test('no month is bought for with hours from its start on', async () => {
    await estate.warehouse.exec(`create or replace temp view charges as
      select * replace (if(ChargePeriodStart >= timestamp '2026-09-01', ContractedCost * 3, ContractedCost) as ContractedCost) from memory.main.charges`)
    const { walk_forward: changed } = await labResults(estate.warehouse, { now })
    await estate.warehouse.exec('drop view temp.charges')
    const until = (rows: LabDocument['walk_forward']) => rows.filter(({ month }) => month < '2026-09')
    expect(until(changed)).toEqual(until(lab.walk_forward))
    const paid = (rows: LabDocument['walk_forward']) =>
      rows.filter(({ month }) => month === '2026-09').map((row) => row.commitment_cost)
    expect(paid(changed)).toEqual(paid(lab.walk_forward))
  })

  test('months add up to totals, nothing saves nothing, and the balanced sizes cost least', () => {
    const by = new Map(lab.walk_forward_totals.map((total) => [total.strategy, Number(total.net_cost)]))
    expect(lab.walk_forward.map(({ month }) => month)).toContain('2026-09')
    expect(
      lab.walk_forward.filter(({ strategy }) => strategy === 'nothing').every((row) => row.commitment_cost === '0.00'),
    ).toBe(true)
    expect(by.get('balanced')).toBeLessThan(by.get('mean') ?? 0)
    expect(by.get('mean')).toBeLessThan(by.get('nothing') ?? 0)
    const sum = lab.walk_forward
      .filter(({ strategy }) => strategy === 'balanced')
      .reduce((total, row) => total + Number(row.net_cost), 0)
    expect(by.get('balanced')).toBeCloseTo(sum, 2)
  })

  test('an empty lake has no demand', async () => {
    const empty = await estateOf([])
    expect(await labResults(empty.warehouse, { now })).toMatchObject({
      demand: null,
      suggestions: [],
      walk_forward: [],
    })
    empty.warehouse.close()
  })
})

describe('limits', () => {
  test('a budget goes to what saves most for its cost, and what is left over is said', async () => {
    const budget_per_hour = fraction('13')
    const { suggestions, refused } = await labResults(estate.warehouse, { now, months: 0, budget_per_hour })
    const sum = suggestions.reduce((total, each) => total + Number(each.commitment_per_hour), 0)
    expect(sum).toBeCloseTo(13, 6)
    // RDS saves 40 for 60, the listed CUD 37.5 for 62.5, everything else less for its cost.
    expect(suggestions.map(({ family }) => family)).toEqual(['db.m6g', 'db.r6g', 'N2 Core'])
    expect(suggestions.at(-1)?.commitment_per_hour).toBe('3.4')
    expect(refused.find(({ family }) => family === 'm5')?.reason).toContain('the budget goes to what saves more')
  })

  test('a utilisation floor lowers what would idle', async () => {
    const { suggestions } = await labResults(estate.warehouse, { now, months: 0, policy: { floor: fraction('1') } })
    for (const { utilisation } of suggestions) expect(utilisation).toBeCloseTo(1, 9)
  })
})

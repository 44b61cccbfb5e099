import { describe, expect, onTestFinished, test } from 'vitest'
import { estateOf, type Row } from '../support/rows.ts'
import { vector, withoutVectors } from '../support/vectors.ts'

const day = (date: string, row: Row): Row => {
  const start = new Date(`${date}T00:00:00Z`)
  return {
    ChargePeriodStart: start.toISOString(),
    ChargePeriodEnd: new Date(start.getTime() + 86_400_000).toISOString(),
    ...row,
  }
}
const used = (id: string, ode: number, cost: number, more: Row = {}): Row => ({
  CommitmentDiscountId: id,
  CommitmentDiscountType: 'Savings Plan',
  CommitmentDiscountStatus: 'Used',
  PricingCategory: 'Committed',
  ContractedCost: String(ode),
  EffectiveCost: String(cost),
  BilledCost: '0',
  ...more,
})
const unused = (id: string, cost: number, more: Row = {}): Row =>
  used(id, 0, cost, { CommitmentDiscountStatus: 'Unused', ...more })
const open = (ode: number, more: Row = {}): Row => ({
  EffectiveCost: String(ode),
  PricingCategory: 'Standard',
  ...more,
})
const days = ['2026-07-29', '2026-07-30', '2026-07-31']

async function estate(rows: readonly Row[], setup = '') {
  const found = await estateOf(rows, { setup })
  onTestFinished(() => found.warehouse.close())
  return found
}

/** Three commitments of 2 per hour, all used, beside usage that makes 10 per hour at commitment rates. */
function ladder(plans: readonly { id: string; end: string | null }[]): Row[] {
  return days.flatMap((date) => [
    ...plans.map(({ id, end }) =>
      day(date, used(id, 80, 48, end === null ? {} : { x_CommitmentEnd: `${end} 00:00:00` })),
    ),
    day(date, open(160)),
  ])
}

describe('when commitments end', () => {
  test.skipIf(withoutVectors)(
    'C20: obligation, weighted days and lock-in of a ladder, by plan and together',
    async () => {
      const { inputs, expected } = vector('C20')
      const { run } = await estate(ladder(inputs.plans))
      const plans = await run('commitment_expiry', { as_of: inputs.as_of })
      expect(
        plans.map((plan) => [plan['commitment_id'], plan['remaining_days'], Number(plan['remaining_obligation'])]),
      ).toEqual(
        expected.plans.map((plan: Row) => [plan['id'], plan['remaining_days'], Number(plan['remaining_obligation'])]),
      )
      expect(plans.map((plan) => plan['ends_within'])).toEqual(['180 days', '365 days', '365 days'])
      const [all] = await run('commitment_lock_in', { as_of: inputs.as_of })
      expect(Number(all?.['remaining_obligation'])).toBe(Number(expected.total_remaining_obligation))
      expect(Number(all?.['active_per_hour'])).toBe(Number(expected.active_commitment_per_hour))
      expect(all?.['weighted_remaining_days']).toBeCloseTo(Number(expected.weighted_average_remaining_days), 9)
      expect(all?.['lock_in_months']).toBeCloseTo(Number(expected.lock_in_months_at_eligible_run_rate), 9)
      expect(all).toMatchObject({ state: 'ok', floor_exposure: '0.00', expiring_90: '0.00' })
      // One of three equal plans ends within 180 days: (80 − 48) ÷ 24 × 730.
      expect(all?.['expiring_180']).toBe('973.33')
      expect(all?.['largest_share_30_days']).toBeCloseTo(16032 / 35040, 9)
    },
  )

  test.skipIf(withoutVectors)('C21: the end of a plan costs its discount and spares its waste', async () => {
    const { inputs, expected } = vector('C21')
    const rows = days.flatMap((date) => [
      day(
        date,
        used('plan', 24 * inputs.used_ode_per_hour, 24 * inputs.used_effective_per_hour, {
          x_CommitmentEnd: inputs.expiry,
        }),
      ),
      day(date, unused('plan', 24 * inputs.unused_per_hour)),
    ])
    const { run } = await estate(rows)
    const [plan] = await run('commitment_expiry', { lead_days: 14 })
    expect(Number(plan?.['expiry_step_per_month'])).toBe(Number(expected.monthly_step_730h))
    expect(plan).toMatchObject({
      ends_within: '30 days',
      renewal_decision_date: '2026-07-28',
      expiry_step_per_hour: '0.200000000',
    })
    expect(plan?.['utilisation']).toBeCloseTo(0.56 / 0.6, 9)
  })

  test('an end that the bill does not state is unknown, never a guessed year', async () => {
    const { run } = await estate(
      ladder([
        { id: 'A', end: null },
        { id: 'B', end: '2027-01-01' },
      ]),
    )
    const [stated, unknown] = await run('commitment_expiry')
    expect(stated).toMatchObject({ commitment_id: 'B', end_source: 'stated', remaining_obligation: '7344.00' })
    expect(unknown).toMatchObject({
      commitment_id: 'A',
      end_source: 'unknown',
      ends_within: 'unknown',
      ends_at: null,
      remaining_days: null,
      remaining_obligation: null,
      renewal_decision_date: null,
      commitment_per_hour: '2.000000000',
    })
    expect(await run('commitment_lock_in')).toMatchObject([
      { commitments: '1', commitments_without_end: '1', state: 'incomplete' },
    ])
  })

  test('an upfront purchase with a stated term gives its end, also to usage under a part of the order', async () => {
    const order = '/providers/microsoft.capacity/reservationorders/one'
    const bought = day('2026-02-06', {
      CommitmentDiscountId: order,
      ChargeCategory: 'Purchase',
      ChargeFrequency: 'One-Time',
      BilledCost: '1000',
      EffectiveCost: '0',
      x_Term: '12',
    })
    const { run } = await estate([bought, ...days.map((date) => day(date, used(`${order}/reservations/two`, 80, 48)))])
    expect(await run('commitment_expiry')).toMatchObject([
      { commitment_id: `${order}/reservations/two`, end_source: 'purchase and term', ends_at: '2027-02-06 00:00:00' },
    ])
  })
})

test.skipIf(withoutVectors)('C19: three sharing policies, one total', async () => {
  const { inputs, expected } = vector('C19')
  const rows = Object.entries(inputs.accounts as Record<string, Record<string, string>>).flatMap(([account, use]) => [
    day(
      '2026-07-31',
      used('plan', Number(use['covered_ode']), Number(use['covered_effective']), { SubAccountId: account }),
    ),
    day('2026-07-31', open(Number(use['uncovered']), { SubAccountId: account })),
  ])
  const { run } = await estate([
    ...rows,
    day('2026-07-31', unused('plan', inputs.unused_cost, { SubAccountId: inputs.owner })),
  ])
  const found = await run('commitment_sharing')
  const by = (policy: string) =>
    Object.fromEntries(found.map((row) => [row['sub_account_id'], String(Number(row[policy]))]))
  expect(by('provider_native')).toEqual(expected.provider_native_unused_to_owner)
  expect(by('by_benefit')).toEqual(expected.unused_by_benefit)
  expect(by('pooled')).toEqual(expected.pooled_rate_by_eligible_ode)
})

test.skipIf(withoutVectors)('C15: hours to come of the month in flight are no waste', async () => {
  const { inputs, expected } = vector('C15')
  const month = { BillingPeriodStart: '2026-06-01T00:00:00Z', BillingPeriodEnd: '2026-07-01T00:00:00Z' }
  const { run } = await estate(
    [
      day('2026-06-10', used('plan', 20, Number(inputs.effective_cost_of_used_hours_to_date), month)),
      day('2026-06-01', unused('plan', expected.rifee_unused_amortised_upfront_in_cur, month)),
    ],
    `alter table charges add column "x_AmortizedUpfrontForPeriod" decimal(38, 15);
     update charges set "x_AmortizedUpfrontForPeriod" = ${inputs.amortised_upfront_for_period} where CommitmentDiscountStatus = 'Unused';`,
  )
  const elapsed = `2026-06-${inputs.elapsed_hours / 24 + 1}T00:00:00Z`
  const [open] = await run('commitment_month_to_date', { as_of: elapsed })
  expect(Number(open?.['elapsed_amortisation'])).toBe(Number(expected.elapsed_amortisation))
  expect(Number(open?.['waste_stated'])).toBe(Number(expected.rifee_unused_amortised_upfront_in_cur))
  expect(Number(open?.['waste_to_date'])).toBe(Number(expected.waste_to_date))
  expect(open?.['utilisation_to_date']).toBe(Number(expected.utilisation_to_date))
  expect(await run('commitment_month_to_date', { as_of: '2026-07-01T00:00:00Z' })).toEqual([])
})

describe('usage of commitments by the hour', () => {
  const delivered = `insert into lake_versions by name select 'cloud' as source, '2026-07' as billing_period, 1 as version,
    timestamp '2026-08-02' as landed_at, timestamp '2026-08-01' as complete_through;`

  test('hours, days and months have one total; a charge of a day is spread and said to be', async () => {
    const rows = [
      ...[0, 1].map((hour) => ({ ...used('plan', 10, 6), ChargePeriodStart: `2026-07-31T0${hour}:00:00Z` })),
      day('2026-07-31', unused('plan', 12)),
      day('2026-07-31', open(24)),
    ]
    const { run } = await estate(rows, delivered)
    const asked = { start_date: '2026-07-31', end_date: '2026-08-01' }
    const hours = await run('commitment_usage', { ...asked, grain: 'hour' })
    expect(hours).toHaveLength(24)
    // 6 used of 6.5, 10 covered of 11, 0.5 of 6.5 spread
    expect(hours[0]).toMatchObject({
      used_cost: '6.000000000',
      waste: '0.500000000',
      net_savings: '3.500000000',
      period_state: 'provisional',
    })
    expect([hours[0]?.['utilisation'], hours[0]?.['coverage'], hours[0]?.['spread_share']]).toEqual([
      expect.closeTo(6 / 6.5, 12),
      expect.closeTo(10 / 11, 12),
      expect.closeTo(0.5 / 6.5, 12),
    ])
    expect(hours[2]).toMatchObject({ used_cost: '0.000000000', utilisation: 0, coverage: 0 })
    for (const grain of ['day', 'month']) {
      const [whole] = await run('commitment_usage', { ...asked, grain })
      expect(whole).toMatchObject({
        used_cost: '12.000000000',
        waste: '12.000000000',
        utilisation: 0.5,
        net_savings: '-4.000000000',
      })
    }
    expect(await run('commitment_utilization', { grain: 'month' })).toMatchObject([
      { utilisation: 0.5, period_state: 'provisional' },
    ])
  })

  test('families come from instance types, whatever the size', async () => {
    const types = ['m7i.2xlarge', 'm7i.48xlarge', 'db.r6i.xlarge', 'Standard_D8s_v5', 'n2-standard-32']
    const rows = types.map((type) =>
      day('2026-07-31', used('plan', 10, 6, { SkuPriceDetails: `{"InstanceType":"${type}"}` })),
    )
    const { run } = await estate(rows)
    const found = await run('commitment_usage', {
      start_date: '2026-07-01',
      end_date: '2026-08-01',
      grain: 'month',
      group_by: 'family',
    })
    expect(found.map((row) => [row['group_value'], row['used_cost']])).toEqual([
      ['m7i', '12.000000000'],
      ['Ds_v5', '6.000000000'],
      ['db.r6i', '6.000000000'],
      ['n2', '6.000000000'],
    ])
  })

  test('storage and transfer of a compute service are not usage that a commitment could cover', async () => {
    const aws = { ServiceProviderName: 'AWS', ServiceName: 'Amazon Elastic Compute Cloud' }
    const rows = [
      day('2026-07-31', used('plan', 10, 6, { ...aws, SkuMeter: 'BoxUsage:m5.large' })),
      day('2026-07-31', open(30, { ...aws, SkuMeter: 'EU-BoxUsage:m5.large' })),
      day('2026-07-31', open(60, { ...aws, SkuMeter: 'NatGateway-Bytes' })),
      day(
        '2026-07-31',
        open(900, { ...aws, ServiceName: 'Amazon EC2 Container Registry (ECR)', SkuMeter: 'TimedStorage-ByteHrs' }),
      ),
    ]
    const { run } = await estate(rows)
    expect(await run('commitment_utilization')).toMatchObject([{ coverage: 0.25 }])
    const asked = { start_date: '2026-07-31', end_date: '2026-08-01' }
    expect(await run('commitment_usage', asked)).toMatchObject([{ coverage: 0.25 }])
  })

  test('meters that no programme knows leave the service category to decide', async () => {
    const aws = {
      ServiceProviderName: 'AWS',
      ServiceName: 'Amazon Elastic Compute Cloud',
      SkuMeter: 'Compute Instance',
    }
    const { run } = await estate([day('2026-07-31', used('plan', 10, 6, aws)), day('2026-07-31', open(30, aws))])
    expect(await run('commitment_utilization')).toMatchObject([{ coverage: 0.25 }])
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { funnelOf } from '../../src/recommend/funnel.ts'
import { createTable, insertRecords, prepareTables } from '../../src/recommend/prepare.ts'
import { measure } from '../../src/recommend/verify.ts'
import { daily, findingsOf, september } from '../support/recommend.ts'
import { type Estate, estateOf, type Row } from '../support/rows.ts'
import { vector, withoutVectors } from '../support/vectors.ts'

let estate: Estate

beforeAll(async () => {
  estate = await estateOf([])
  await prepareTables(estate.warehouse, september)
})
afterAll(() => estate.warehouse.close())

const aws: Row = { ServiceName: 'Amazon Elastic Compute Cloud', PricingUnit: 'Hours', PricingQuantity: '24' }
const perDay = (amount: number) => (amount / 30).toFixed(12)
const number = (row: Row | undefined, name: string) => Number(row?.[name])
const inSeptember = { params: { start_date: september.start } }

describe.skipIf(withoutVectors)('worked examples', () => {
  test('O01: gp2 to gp3 with matched performance', async () => {
    const { inputs, expected } = vector('O01')
    const rows = inputs.sizes_gb.flatMap((gb: number) =>
      daily({
        ...aws,
        ResourceId: `vol-${gb}`,
        SkuMeter: 'EBS:VolumeUsage.gp2',
        PricingUnit: 'GB-Months',
        PricingQuantity: perDay(gb),
        EffectiveCost: perDay(gb * Number(inputs.prices.gp2_gb)),
      }),
    )
    const found = await findingsOf('aws_ebs_gp2', rows)
    expect(found).toHaveLength(3)
    for (const each of expected.results) {
      const finding = found.find((row) => row['resource_id'] === `vol-${each.size_gb}`)
      expect(number(finding, 'monthly_saving')).toBeCloseTo(Number(each.saving_matched_performance), 6)
      expect(finding?.['explanation']).toContain(
        `${Number(each.saving_baseline_performance).toFixed(2)} USD less for storage`,
      )
    }
  })

  test('O03: a schedule saves the uncovered hours', async () => {
    const { inputs, expected } = vector('O03')
    const rate = Number(inputs.on_demand_rate) * 24
    const share = Number(inputs.covered_fraction)
    const machine = { ...aws, ResourceId: 'i-1', SkuMeter: 'BoxUsage:m9.large', Tags: { environment: 'dev' } }
    const part = (fraction: number, more: Row = {}) =>
      daily({
        ...machine,
        PricingQuantity: String(24 * fraction),
        EffectiveCost: (rate * fraction).toFixed(9),
        ...more,
      })
    const covered = {
      CommitmentDiscountId: 'sp',
      CommitmentDiscountType: 'Savings Plan',
      CommitmentDiscountStatus: 'Used',
    }
    const params = { scheduled_hours: inputs.schedule_hours_per_week }
    const [some] = await findingsOf('aws_schedule', [...part(1 - share), ...part(share, covered)], { params })
    expect(number(some, 'monthly_saving')).toBeCloseTo(Number(expected.uncovered_saving_month), 6)
    const [all] = await findingsOf('aws_schedule', part(1), { params })
    expect(number(all, 'monthly_saving')).toBeCloseTo(Number(expected.full_saving_month), 6)
  })

  test('O04: idle hours are the sum of their rows', async () => {
    const { inputs, expected } = vector('O04')
    const idle = async (rule: string, meter: string, rate: string) => {
      const cost = (24 * Number(rate)).toFixed(9)
      const [found] = await findingsOf(
        rule,
        daily({ ...aws, ResourceId: 'r', SkuMeter: meter, EffectiveCost: cost }),
        inSeptember,
      )
      return number(found, 'observed_cost')
    }
    expect(await idle('aws_ip_idle', 'PublicIPv4:IdleAddress', inputs.ipv4_rate)).toBeCloseTo(Number(expected.ipv4), 9)
    expect(await idle('aws_elb_idle', 'LoadBalancerUsage', inputs.alb_hour)).toBeCloseTo(Number(expected.alb), 9)
    expect(await idle('aws_nat_idle', 'NatGateway-Hours', inputs.nat_hour)).toBeCloseTo(Number(expected.nat), 9)
  })

  test('O05: extended support is the sum of its surcharge rows', async () => {
    const { inputs, expected } = vector('O05')
    const surcharge = async (rule: string, meter: string, hourly: number) => {
      const row = { ...aws, ResourceId: 'r', SkuMeter: meter, EffectiveCost: (24 * hourly).toFixed(9) }
      return number((await findingsOf(rule, daily(row), inSeptember))[0], 'observed_cost')
    }
    const { rds, eks } = inputs
    const vcpus = rds.vcpu * 2
    const rule = 'aws_rds_extended_support'
    expect(await surcharge(rule, 'ExtendedSupport:Yr1-Yr2:MySQL5.7', vcpus * rds.rate_y1_2)).toBeCloseTo(
      Number(expected.rds_y1_2),
      6,
    )
    expect(await surcharge(rule, 'ExtendedSupport:Yr3:MySQL5.7', vcpus * rds.rate_y3)).toBeCloseTo(
      Number(expected.rds_y3),
      6,
    )
    expect(
      await surcharge('aws_eks_extended_support', 'AmazonEKS-Hours:extendedSupport', Number(eks.surcharge)),
    ).toBeCloseTo(Number(expected.eks), 6)
  })

  test('O06: a colder class after retrieval, with its one-off cost', async () => {
    const { inputs, expected } = vector('O06')
    const bucket = {
      ...aws,
      ServiceName: 'Amazon Simple Storage Service',
      ResourceId: 'bucket',
      SkuMeter: 'TimedStorage-ByteHrs',
      PricingUnit: 'GB-Months',
      PricingQuantity: perDay(inputs.gb),
      EffectiveCost: perDay(inputs.gb * Number(inputs.standard)),
    }
    const params = { retrieval_share: inputs.retrieval_gb / inputs.gb, objects: inputs.objects }
    const [found] = await findingsOf('aws_s3_standard_only', daily(bucket, '2026-07-01'), { params })
    expect(number(found, 'monthly_saving')).toBeCloseTo(Number(expected.net_month), 6)
    expect(number(found, 'one_off_cost')).toBeCloseTo(Number(expected.one_off), 6)
    expect(number(found, 'one_off_cost') / number(found, 'monthly_saving')).toBeCloseTo(
      Number(expected.payback_months),
      6,
    )
    expect(found?.['explanation']).toContain(`${Number(expected.gross).toFixed(2)} USD less a month`)
    expect(found?.['explanation']).toContain(`less than ${expected.break_even_retrieval_share} of the data`)
  })

  test('O09: the funnel from identified to verified', async () => {
    const { inputs, expected } = vector('O09')
    const entries = inputs.ledger.map((row: Record<string, string>) => ({
      state: Number(row['verified']) > 0 ? 'verified' : Number(row['accepted']) > 0 ? 'accepted' : 'proposed',
      currency: 'USD',
      identified_amount: row['identified'],
      one_off_cost: null,
      verified_amount: Number(row['verified']) > 0 ? row['verified'] : null,
      accepted_on: Number(row['accepted']) > 0 ? '2026-09-01' : null,
      implemented_on: Number(row['implemented']) > 0 ? '2026-09-10' : null,
    }))
    const [row] = (await funnelOf(estate.warehouse, entries)).rows
    for (const name of ['identified', 'accepted', 'implemented', 'verified'])
      expect(number(row, name)).toBe(Number(expected[name]))
    expect(row).toMatchObject({
      acceptance_rate: Number(expected.acceptance_rate),
      implementation_rate: Number(expected.implementation_rate),
      realisation_rate: Number(expected.realisation_rate),
      end_to_end: Number(expected.end_to_end),
    })
  })

  test('O10: a NAT hot spot is a scenario', async () => {
    const { inputs, expected } = vector('O10')
    const row = {
      ...aws,
      ResourceId: 'nat-1',
      SkuMeter: 'NatGateway-Bytes',
      PricingUnit: 'GB',
      PricingQuantity: perDay(inputs.gb_processed),
      EffectiveCost: perDay(inputs.gb_processed * Number(inputs.rate)),
    }
    const params = { share: Number(inputs.share_to_s3_dynamodb) }
    const [found] = await findingsOf('aws_nat_hot', daily(row), { params })
    expect(number(found, 'observed_cost')).toBeCloseTo(Number(expected.cost), 6)
    expect((number(found, 'monthly_saving') * 720) / 730).toBeCloseTo(
      Number(expected.avoidable_with_gateway_endpoint),
      6,
    )
  })

  test('O11: overlapping advice runs through the waterfall', async () => {
    const { inputs, expected } = vector('O11')
    const steps: Readonly<Record<string, string>> = {
      rightsize: 'lifecycle',
      schedule: 'lifecycle',
      commitment: 'rate',
    }
    await insertRecords(
      estate.warehouse,
      'candidates',
      'finding_key varchar, resource_key varchar, rule varchar, exclusive_group varchar, risk varchar, is_counted boolean, confidence double, resource_cost decimal(38,10), gross_saving decimal(38,10)',
      inputs.recommendations.map((each: Record<string, string | number>) => ({
        finding_key: each['type'],
        resource_key: 'r',
        rule: each['type'],
        exclusive_group: steps[String(each['type'])] ?? each['type'],
        risk: 'm',
        is_counted: true,
        confidence: Number(each['confidence'] ?? 0.8),
        resource_cost: inputs.cost,
        gross_saving: (Number(inputs.cost) * Number(each['saving_pct'])) / 100,
      })),
    )
    await createTable(estate.warehouse, 'waterfall', {})
    const rows = await estate.rows('select * from waterfall')
    const saving = (type: string) =>
      number(
        rows.find((row) => row['finding_key'] === type),
        'cash_saving',
      )
    for (const step of expected.waterfall) expect(saving(step.step)).toBe(Number(step.saving))
    expect(saving('schedule')).toBe(0)
    expect(rows.reduce((sum, row) => sum + number(row, 'cash_saving'), 0)).toBe(Number(expected.total_saving))
  })

  test('O12: realised savings when the driver falls', async () => {
    const { inputs, expected } = vector('O12')
    const { baseline, after } = inputs
    const cost = (driver: number) => Number(inputs.fixed_per_day) + Number(inputs.variable_per_driver) * driver
    const day = (index: number) => new Date(Date.UTC(2026, 7, 1 + index)).toISOString().slice(0, 10)
    const before = Array.from({ length: 28 }, (_, index) => baseline.driver + (index % 2 === 0 ? -100 : 100))
    await insertRecords(
      estate.warehouse,
      'measured_days',
      'charge_date date, is_after boolean, cost decimal(38,15), quantity decimal(38,15), driver decimal(38,15)',
      [
        ...before.map((driver, index) => ({
          charge_date: day(index),
          is_after: false,
          cost: cost(driver),
          quantity: 1,
          driver,
        })),
        ...Array.from({ length: 14 }, (_, index) => ({
          charge_date: day(29 + index),
          is_after: true,
          cost: after.cost_per_day,
          quantity: 1,
          driver: after.driver,
        })),
      ],
    )
    await insertRecords(estate.warehouse, 'measured_new', 'resource_id varchar, cost_per_day decimal(38,10)', [])
    await insertRecords(estate.warehouse, 'measured_freed', 'freed_per_day double', [])
    const [fitted] = (await measure(estate.warehouse, 'driver', '100')).rows
    expect(number(fitted, 'saved_per_day')).toBeCloseTo(Number(expected.recommended), 9)
    expect(fitted?.['outcome']).toBe('verified')
    expect((number(fitted, 'raw_month') * 12) / 365).toBeCloseTo(Number(expected.raw), 4)
  })

  test('O13: the size of a volume that lived for part of the month', async () => {
    const { inputs, expected } = vector('O13')
    const { usage_gb_month: usage, hours_observed: hours, hours_in_month: month } = inputs
    const [row] = await estate.rows(`select provisioned_size(${usage} * ${month}, ${hours}) as gb`)
    expect(row?.['gb']).toBe(Number(expected.provisioned_gb))
    const days = daily(
      {
        ...aws,
        ResourceId: 'vol',
        SkuMeter: 'EBS:VolumeUsage.gp2',
        PricingUnit: 'GB-Months',
        PricingQuantity: '10',
        EffectiveCost: '1',
      },
      '2026-09-22',
    )
    const [finding] = await findingsOf('aws_ebs_gp2', days)
    expect(finding?.['explanation']).toMatch(/^300 GB/)
  })
})

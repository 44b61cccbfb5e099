import { expect, test } from 'vitest'
import { recommend } from '../../src/recommend/recommend.ts'
import { readRule } from '../../src/recommend/rules.ts'
import { daily, findingsOf, providers } from '../support/recommend.ts'
import { estateOf, type Row } from '../support/rows.ts'
import { savings } from '../support/savings.ts'

const dev = { Tags: { environment: 'dev' } }
const gateway: Row = {
  ResourceId: 'nat-1',
  ServiceName: 'Amazon Virtual Private Cloud',
  SkuMeter: 'NatGateway-Hours',
  PricingUnit: 'Hours',
  PricingQuantity: '24',
  EffectiveCost: '1.08',
}

test('traffic that has a cost and no quantity is traffic', async () => {
  const moved = {
    ...gateway,
    SkuMeter: 'NatGateway-Bytes',
    PricingUnit: 'GB',
    PricingQuantity: null,
    EffectiveCost: '5',
  }
  expect(savings(await findingsOf('aws_nat_idle', daily(gateway)))).toEqual([['nat-1', '32.85']])
  expect(await findingsOf('aws_nat_idle', [...daily(gateway), ...daily(moved)])).toEqual([])
  expect(await findingsOf('aws_nat_idle', daily({ ...gateway, PricingQuantity: null }))).toEqual([])
})

test('a bill that shows no machine cannot prove that a disk has none', async () => {
  const project = '//compute.googleapis.com/projects/p/zones/z'
  const disk = {
    ResourceId: `${project}/disks/data-1`,
    SkuMeter: 'SSD backed PD Capacity',
    PricingUnit: 'GB-Months',
    PricingQuantity: '10',
    EffectiveCost: '2',
    Tags: { attached_to: 'gone' },
  }
  const machine = {
    ResourceId: `${project}/instances/other`,
    SkuMeter: 'N2 Instance Core running in Belgium',
    PricingUnit: 'Hours',
    PricingQuantity: '96',
    EffectiveCost: '9',
  }
  expect(await findingsOf('gcp_pd_orphan', daily(disk))).toEqual([])
  expect(savings(await findingsOf('gcp_pd_orphan', [...daily(disk), ...daily(machine)]))).toEqual([['data-1', '60.83']])
  const unmetered = daily({
    ...machine,
    ResourceId: `${project}/instances/gone`,
    SkuMeter: null,
    PricingQuantity: null,
  })
  expect(await findingsOf('gcp_pd_orphan', [...daily(disk), ...unmetered])).toEqual([])
})

test('a whole-day charge of ten hours is no machine that runs day and night', async () => {
  const machine = {
    ...dev,
    ResourceId: 'i-1',
    ServiceName: 'Amazon Elastic Compute Cloud',
    SkuMeter: 'BoxUsage:m5.large',
    PricingUnit: 'Hours',
    EffectiveCost: '1',
  }
  expect(await findingsOf('aws_schedule', daily({ ...machine, PricingQuantity: '10' }))).toEqual([])
  expect(await findingsOf('aws_schedule', daily({ ...machine, PricingQuantity: '24' }))).toHaveLength(1)
  expect(await findingsOf('aws_schedule', daily({ ...machine, PricingQuantity: null }))).toEqual([])
})

test('on Google Cloud whole days prove half of it, hours all', async () => {
  const machine = {
    ...dev,
    ResourceId: '//compute.googleapis.com/projects/p/zones/z/instances/m',
    SkuMeter: 'N2 Instance Core running in Belgium',
    PricingUnit: 'Hours',
    PricingQuantity: '96',
    EffectiveCost: '9.6',
  }
  const hour = { ...machine, PricingQuantity: '4', EffectiveCost: '0.4' }
  const hourly = daily(hour).flatMap((row) =>
    Array.from({ length: 24 }, (_, at) => {
      const start = Date.parse(String(row['ChargePeriodStart'])) + at * 3_600_000
      const end = new Date(start + 3_600_000).toISOString()
      return { ...row, ChargePeriodStart: new Date(start).toISOString(), ChargePeriodEnd: end }
    }),
  )
  const byDay = await findingsOf('gcp_schedule', daily(machine))
  const byHour = await findingsOf('gcp_schedule', hourly)
  expect([byDay[0]?.['data_factor'], byHour[0]?.['data_factor']]).toEqual([0.5, 1])
  expect(savings(byDay)).toEqual(savings(byHour))
})

test.each([
  ['above its cost is capped and says so', '2 * per_month(cost', [['7.30', true]]],
  ['below 0 is no finding', '-1 * per_month(cost', []],
])('a saving %s', async (_, amount, expected) => {
  const address = {
    ResourceId: 'ip-1',
    SkuMeter: 'PublicIPv4:IdleAddress',
    PricingUnit: 'Hours',
    EffectiveCost: '0.24',
  }
  const { warehouse } = await estateOf(daily({ ...address, PricingQuantity: '24' }), { defaults: providers.aws })
  try {
    const rule = readRule('aws_ip_idle')
    const sql = rule.sql.replace(/per_month\(cost(?=.* as monthly_saving)/, amount)
    const now = new Date('2026-10-04T00:00:00Z')
    const { findings } = await recommend(warehouse, { rules: [{ ...rule, sql }], now, decisions: [] })
    const amounts = findings.rows.map((row) => [Number(row['cash_saving_month']).toFixed(2), row['is_capped']])
    expect(amounts).toEqual(expected)
  } finally {
    warehouse.close()
  }
})

test('a machine that is covered whole, or spot, saves no cash by a schedule', async () => {
  const machine = {
    ...dev,
    ResourceId: 'i-1',
    ServiceName: 'Amazon Elastic Compute Cloud',
    SkuMeter: 'BoxUsage:m5.large',
    PricingUnit: 'Hours',
    PricingQuantity: '24',
    EffectiveCost: '12',
  }
  const covered = { CommitmentDiscountStatus: 'Used', CommitmentDiscountId: 'sp-1', ContractedCost: '24' }
  const [found] = await findingsOf('aws_schedule', daily({ ...machine, ...covered }))
  expect([Number(found?.['monthly_saving']), found?.['covered_fraction']]).toEqual([0, 1])
  expect(await findingsOf('aws_schedule', daily({ ...machine, PricingCategory: 'Dynamic' }))).toEqual([])
})

import { expect, test } from 'vitest'
import { daily, findingsOf } from '../support/recommend.ts'
import { savings } from '../support/savings.ts'

const compute = '/subscriptions/s/resourcegroups/rg/providers/microsoft.compute'

/** A machine that runs all day at this rate an hour. */
function machine(name: string, rate: number, more: Record<string, unknown> = {}) {
  return {
    ResourceId: `${compute}/virtualmachines/${name}`,
    ServiceName: 'Virtual Machines',
    x_MeterCategory: 'Virtual Machines',
    x_MeterSubCategory: 'Virtual Machines Dsv5 Series',
    SkuMeter: 'D8s v5',
    PricingUnit: 'Hours',
    PricingQuantity: '24',
    PricingCategory: 'Standard',
    EffectiveCost: String(Number((rate * 24).toFixed(6))),
    ...more,
  }
}

function disk(name: string, cost: string, more: Record<string, unknown> = {}) {
  return {
    ResourceId: `${compute}/disks/${name}`,
    ServiceName: 'Virtual Machines',
    SkuMeter: 'P20 LRS Disk',
    PricingUnit: 'Units/Month',
    PricingQuantity: '0.033333',
    EffectiveCost: cost,
    ...more,
  }
}

// 0.752 − 0.384 (own price without Windows) = 0.368 × 730 = 268.64; E8s by the table: 0.872 × 730 × (1 − 0.504/0.872) = 268.64.
test('Windows licences are worth the rate less that of the same size without Windows, if the machine brings no own licence', async () => {
  const rows = [
    machine('linux', 0.384),
    machine('licensed', 0.752, { x_MeterSubCategory: 'Virtual Machines Dsv5 Series Windows' }),
    machine('listed', 0.872, {
      x_MeterSubCategory: 'Virtual Machines Esv5 Series Windows',
      SkuMeter: 'E8s v5',
      RegionId: 'northeurope',
    }),
    machine('own-licence', 0.752, {
      x_MeterSubCategory: 'Virtual Machines Dsv5 Series Windows',
      SkuPriceDetails: '{"x_ImageType": "Windows Server BYOL"}',
    }),
  ]
  const found = await findingsOf(
    'azure_ahb_windows',
    rows.flatMap((row) => daily(row)),
  )
  expect(savings(found)).toEqual([
    ['licensed', '268.64'],
    ['listed', '268.64'],
  ])
  expect(found.map((row) => row['price_source'])).toEqual(['own bill', 'ratio: price table of 2025-06-01'])
})

// 4 cores × 24 h × 0.10 = 9.60 a day; 9.60 ÷ 24 × 730 = 292.00.
test('SQL licences are worth their own meter; compute meters of databases are none', async () => {
  const database = {
    ServiceName: 'Azure SQL Database',
    x_MeterCategory: 'SQL Database',
    SkuMeter: 'vCore',
    PricingUnit: 'Hours',
    PricingQuantity: '96',
  }
  const rows = [
    {
      ...database,
      ResourceId: '/sql/licensed',
      x_MeterSubCategory: 'General Purpose - SQL License',
      EffectiveCost: '9.6',
    },
    {
      ...database,
      ResourceId: '/sql/compute',
      x_MeterSubCategory: 'General Purpose - Compute Gen5',
      EffectiveCost: '14.64',
    },
    {
      ...database,
      ResourceId: '/sql/own',
      x_MeterSubCategory: 'General Purpose - SQL License',
      SkuPriceDetails: '{"x_AHB": "True"}',
      EffectiveCost: '9.6',
    },
  ]
  expect(
    savings(
      await findingsOf(
        'azure_ahb_sql',
        rows.flatMap((row) => daily(row)),
      ),
    ),
  ).toEqual([['licensed', '292.00']])
})

// 2.40 a day ÷ 24 × 730 = 73.00.
test('a disk is an orphan when the machine of its name or tag is gone, or its group lost its last machine', async () => {
  const elsewhere = '/subscriptions/s/resourcegroups/other/providers/microsoft.compute'
  const rows = [
    ...daily(machine('running', 0.384)),
    ...daily(machine('gone', 0.384), '2026-08-01', '2026-09-10'),
    ...daily(
      { ...machine('moved', 0.384), ResourceId: `${elsewhere}/virtualmachines/moved` },
      '2026-08-01',
      '2026-08-20',
    ),
    ...daily(disk('gone_osdisk_1', '2.4')),
    ...daily(disk('running_osdisk_1', '2.4')),
    ...daily(disk('data-1', '2.4', { Tags: { AttachedTo: 'never-seen' } })),
    ...daily(disk('data-2', '2.4', { Tags: { AttachedTo: 'running' } })),
    ...daily(disk('data-3', '2.4')),
    ...daily({ ...disk('left', '2.4'), ResourceId: `${elsewhere}/disks/left` }),
  ]
  const found = await findingsOf('azure_disk_orphan', rows)
  expect(savings(found)).toEqual([
    ['left', '73.00'],
    ['data-1', '73.00'],
    ['gone_osdisk_1', '73.00'],
  ])
  expect(found.map((row) => row['data_factor'])).toEqual([0.75, 1, 1])
})

// P20 at 2.40 a day: 73.00 a month × (1 − 38.40/73.22) = 34.72.
test('a Premium disk of a machine that does not run could be Standard SSD; that of a running one not', async () => {
  const rows = [
    ...daily(machine('running', 0.384)),
    ...daily(machine('stopped', 0.384), '2026-08-01', '2026-09-10'),
    ...daily(disk('running_data', '2.4')),
    ...daily(disk('stopped_data', '2.4')),
    ...daily(disk('stopped_slow', '1.2', { SkuMeter: 'E20 LRS Disk', RegionId: 'northeurope' })),
  ]
  expect(savings(await findingsOf('azure_disk_premium_on_stopped', rows))).toEqual([['stopped_data', '34.72']])
})

// 3 GB-months a day at 0.12: own Standard price 0.05 saves 0.07 × 3 × 30 × 730/720 = 6.39; by ratio 10.80 × 0.6 × 730/720 = 6.57.
test('snapshots on Premium storage would cost less on Standard', async () => {
  const snapshot = { ServiceName: 'Virtual Machines', PricingUnit: 'GB/Month', PricingQuantity: '3' }
  const rows = [
    { ...snapshot, ResourceId: '/snapshots/own', SkuMeter: 'Premium LRS Snapshots', EffectiveCost: '0.36' },
    { ...snapshot, ResourceId: '/snapshots/standard', SkuMeter: 'Standard LRS Snapshots', EffectiveCost: '0.15' },
    {
      ...snapshot,
      ResourceId: '/snapshots/ratio',
      SkuMeter: 'Premium LRS Snapshots',
      EffectiveCost: '0.36',
      RegionId: 'northeurope',
    },
  ]
  expect(
    savings(
      await findingsOf(
        'azure_snap_premium',
        rows.flatMap((row) => daily(row)),
      ),
    ),
  ).toEqual([
    ['own', '6.39'],
    ['ratio', '6.57'],
  ])
})

// D2 v2 0.114 × 730 × (1 − 0.096/0.114) = 13.14; A series: no price known; the ratio is one of rates without Windows.
test('old series cost the difference to their successor, or an unknown amount', async () => {
  const rows = [
    machine('d2', 0.114, { x_MeterSubCategory: 'Virtual Machines Dv2 Series', SkuMeter: 'D2 v2' }),
    machine('a2', 0.091, { x_MeterSubCategory: 'Virtual Machines Av2 Series', SkuMeter: 'A2 v2' }),
    machine('d2-windows', 0.206, { x_MeterSubCategory: 'Virtual Machines Dv2 Series Windows', SkuMeter: 'D2 v2' }),
    machine('new', 0.384),
  ]
  const found = await findingsOf(
    'azure_series_old',
    rows.flatMap((row) => daily(row)),
  )
  expect(savings(found)).toEqual([
    ['a2', null],
    ['d2', '13.14'],
    ['d2-windows', null],
  ])
})

// 0.752 × 730 × (1 − 0.384/0.752) = 268.64.
test('a subscription without production could use dev/test rates, unless it does', async () => {
  const windows = { x_MeterSubCategory: 'Virtual Machines Dsv5 Series Windows' }
  const rows = [
    machine('test', 0.752, { ...windows, SubAccountId: 'testing', Tags: { environment: 'dev' } }),
    machine('live', 0.752, { ...windows, SubAccountId: 'living', Tags: { environment: 'prod' } }),
    machine('offer', 0.752, {
      ...windows,
      SubAccountId: 'offered',
      Tags: { environment: 'dev' },
      x_OfferId: 'MS-AZR-0148P',
    }),
  ]
  expect(
    savings(
      await findingsOf(
        'azure_devtest',
        rows.flatMap((row) => daily(row)),
      ),
    ),
  ).toEqual([['testing', '268.64']])
})

// Vector O03: 0.40 × 730 × 0.642857 × (1 − 0.25) = 140.79; a quarter of the hours is covered.
test('a non-production machine that never stops saves nights and week-ends of its uncovered cost', async () => {
  const dev = { Tags: { environment: 'dev' } }
  const covered = {
    CommitmentDiscountId: 'ri',
    CommitmentDiscountStatus: 'Used',
    PricingCategory: 'Committed',
    PricingQuantity: '6',
    EffectiveCost: '1.2',
  }
  const rows = [
    ...daily({ ...machine('always', 0.4, dev), PricingQuantity: '18', EffectiveCost: '7.2' }),
    ...daily({ ...machine('always', 0.4, dev), ...covered }),
    ...daily({ ...machine('office', 0.4, dev), PricingQuantity: '10', EffectiveCost: '4' }),
    ...daily(machine('live', 0.4, { Tags: { environment: 'prod' } })),
    ...daily(machine('spot', 0.1, { ...dev, PricingCategory: 'Dynamic' })),
    ...daily({ ...machine('all-covered', 0.4, dev), ...covered, PricingQuantity: '24' }),
  ]
  const found = await findingsOf('azure_schedule', rows)
  expect(savings(found)).toEqual([['always', '140.79']])
  expect(found[0]?.['covered_fraction']).toBeCloseTo(0.25)
})

// 14 days × 2.40 = 33.60 in 336 hours: 73.00 a month.
test('unused capacity reservations cost their rows', async () => {
  const rows = [
    machine('unused', 0.1, { CapacityReservationId: 'unused', CapacityReservationStatus: 'Unused' }),
    machine('used', 0.1, { CapacityReservationId: 'unused', CapacityReservationStatus: 'Used' }),
  ]
  expect(
    savings(
      await findingsOf(
        'azure_capacity_unused',
        rows.flatMap((row) => daily(row)),
      ),
    ),
  ).toEqual([['unused', '73.00']])
})

// 4.80 a day ÷ 24 × 730 = 146.00.
test('zone redundancy outside of production costs its meter', async () => {
  const meter = { SkuMeter: 'Zone Redundancy vCore', x_MeterSubCategory: 'General Purpose' }
  const rows = [
    machine('dev-db', 0.2, { ...meter, Tags: { environment: 'dev' } }),
    machine('live-db', 0.2, { ...meter, Tags: { environment: 'prod' } }),
  ]
  expect(
    savings(
      await findingsOf(
        'azure_sql_zone_nonprod',
        rows.flatMap((row) => daily(row)),
      ),
    ),
  ).toEqual([['dev-db', '146.00']])
})

import { expect, test } from 'vitest'
import { daily, findingsOf } from '../support/recommend.ts'
import { savings } from '../support/savings.ts'

function instance(name: string, meter: string, cost: string, more: Record<string, unknown> = {}) {
  return {
    ResourceId: `//compute.googleapis.com/projects/shop/zones/z/instances/${name}`,
    SubAccountId: 'shop',
    ServiceName: 'Compute Engine',
    SkuMeter: meter,
    PricingUnit: 'Hours',
    PricingQuantity: '240',
    PricingCategory: 'Standard',
    EffectiveCost: cost,
    ...more,
  }
}

const all = (rows: readonly Record<string, unknown>[]) => rows.flatMap((row) => daily(row))
const dev = { Tags: { environment: 'dev' } }
const core = 'N2 Instance Core running in Belgium'

// Half of 20.00 a day: 10 ÷ 24 × 730 = 304.17.
test('a regional database outside of production pays twice', async () => {
  const database = (name: string, kind: string, environment: string) => ({
    ...instance(name, `Cloud SQL for PostgreSQL: ${kind} - vCPU in Belgium`, '20', { Tags: { environment } }),
    ResourceId: `//sqladmin.googleapis.com/projects/shop/instances/${name}`,
    ServiceName: 'Cloud SQL',
  })
  const found = await findingsOf(
    'gcp_sql_ha_nonprod',
    all([database('twice', 'Regional', 'dev'), database('once', 'Zonal', 'dev'), database('live', 'Regional', 'prod')]),
  )
  expect(savings(found)).toEqual([['twice', '304.17']])
})

// Own price: 6.6816 − 240 × 0.024 = 0.9216 a day, 28.03 a month. Table: 8.00 − 0.69 × 10.00 = 1.10 a day, 33.46 a month.
test('N1 costs more than E2 even after its sustained-use discount, at own prices first', async () => {
  const n1 = 'N1 Predefined Instance Core running in Belgium'
  const found = await findingsOf(
    'gcp_n1',
    all([
      instance('own', n1, '6.6816', { ContractedCost: '8.352' }),
      instance('e2', 'E2 Instance Core running in Belgium', '5.76'),
      instance('listed', n1, '8', { ContractedCost: '10', RegionId: 'us-east1' }),
      instance('spot', n1, '2', { PricingCategory: 'Dynamic' }),
      instance('no-gain', n1, '6.5', { ContractedCost: '10', RegionId: 'us-east1' }),
    ]),
  )
  expect(savings(found)).toEqual([
    ['listed', '33.46'],
    ['own', '28.03'],
  ])
})

// 300 × (1 − 0.576923 − 0.1 × 0.5) = 111.92, × 730/720 = 113.48; in a region 300 × (1 − 0.695652 − 0.05) × 730/720 = 77.36;
// where the bill has Nearline at half the price: 300 × (1 − 0.5 − 0.05) × 730/720 = 136.88.
test('standard buckets that are hardly used could be Nearline, net of reading', async () => {
  const bucket = (name: string, meter: string, cost: string) => ({
    ...instance(name, meter, cost, { PricingUnit: 'GiB-Months' }),
    ResourceId: `//storage.googleapis.com/projects/shop/buckets/${name}`,
    ServiceName: 'Cloud Storage',
  })
  const found = await findingsOf(
    'gcp_gcs_class',
    all([
      bucket('multi', 'Standard Storage Europe Multi-region', '10'),
      bucket('region', 'Standard Storage Belgium', '10'),
      bucket('busy', 'Standard Storage Belgium', '10'),
      bucket('busy', 'Standard Class A Operations', '0.5'),
      { ...bucket('priced', 'Standard Storage Iowa', '10'), RegionId: 'us-central1' },
      { ...bucket('cold', 'Nearline Storage Iowa', '5'), RegionId: 'us-central1' },
    ]),
  )
  expect(savings(found)).toEqual([
    ['multi', '113.48'],
    ['priced', '136.88'],
    ['region', '77.36'],
  ])
})

// 144.00 a day ÷ (24 × 0.06) = 100 slots.
test('BigQuery on demand is compared with slots, without an amount', async () => {
  const query = (project: string, cost: string) => ({
    ...instance('job', 'Analysis (eu)', cost, { PricingUnit: 'TiB', SubAccountId: project }),
    ServiceName: 'BigQuery',
  })
  const found = await findingsOf('gcp_bq', all([query('large', '144'), query('small', '10')]))
  expect(savings(found)).toEqual([['large', null]])
  expect(found[0]?.['explanation']).toContain('100 Enterprise slots')
})

// 3,000 × 0.3 × 0.5 = 450.00, × 730/720 = 456.25.
test('datasets without long-term storage are named, with a scenario', async () => {
  const dataset = (name: string, meter: string, cost: string) => ({
    ...instance(name, meter, cost, { PricingUnit: 'GiB-Months' }),
    ResourceId: `//bigquery.googleapis.com/projects/shop/datasets/${name}`,
    ServiceName: 'BigQuery',
  })
  const found = await findingsOf(
    'gcp_bq_storage',
    all([
      dataset('changing', 'Active Logical Storage (eu)', '100'),
      dataset('settled', 'Active Logical Storage (eu)', '50'),
      dataset('settled', 'Long Term Logical Storage (eu)', '50'),
    ]),
  )
  expect(savings(found)).toEqual([['changing', '456.25']])
})

// 30 % of 10.00 less the 1.00 received: 2.00 a day, 60.83 a month.
test('a machine below the full sustained-use discount loses the rest', async () => {
  const n1 = 'N1 Predefined Instance Core running in Belgium'
  const found = await findingsOf(
    'gcp_sud_lost',
    all([
      instance('partly', n1, '9', { ContractedCost: '10' }),
      instance('full', n1, '7', { ContractedCost: '10' }),
      instance('none', n1, '10', { ContractedCost: '10' }),
    ]),
  )
  expect(savings(found)).toEqual([['partly', '60.83']])
})

// 37 % of 10.00 a day: 3.70 ÷ 24 × 730 = 112.54; usage of ten days is not steady.
test('steady uncovered usage would save the discount of a commitment', async () => {
  const steady = daily(instance('steady', core, '10'))
  const short = daily(instance('short', core, '10', { RegionId: 'us-east1' }), '2026-09-11', '2026-09-21')
  const found = await findingsOf('gcp_cud_gap', [...steady, ...short])
  expect(found).toMatchObject([
    { region_id: 'europe-west1', price_source: 'ratio: price table of 2025-06-01', resource_id: null },
  ])
  expect(Number(found[0]?.['monthly_saving']).toFixed(2)).toBe('112.54')
})

const held = (id: string, status: 'Used' | 'Unused', cost: string, contracted = cost) => ({
  ...instance('vm', core, cost, { ContractedCost: contracted }),
  CommitmentDiscountId: id,
  CommitmentDiscountName: id,
  CommitmentDiscountType: 'Resource-based CUD',
  CommitmentDiscountStatus: status,
  PricingCategory: 'Committed',
})

// 2.40 a day ÷ 24 × 730 = 73.00.
test('the unused part of a committed-use discount is named, as advice', async () => {
  const found = await findingsOf(
    'gcp_cud_unused',
    all([held('wasted', 'Used', '9.6'), held('wasted', 'Unused', '2.4'), held('full', 'Used', '12')]),
  )
  expect(savings(found)).toEqual([['wasted', '73.00']])
})

// (14.40 − 9.60) × 30 × 730/720 = 146.00; first fee 2025-12-01 for a year. What began with the bill has an unknown end.
test('a commitment that ends within 90 days is named, one whose start is unknown is not', async () => {
  const fee = (id: string, day: string, years: number) => ({
    ...held(id, 'Used', '0'),
    CommitmentDiscountStatus: undefined,
    ChargeCategory: 'Purchase',
    ChargeFrequency: 'Recurring',
    SkuMeter: `Commitment v1: N2 Cpu in Belgium for ${years} Year${years > 1 ? 's' : ''}`,
    ChargePeriodStart: `${day}T00:00:00Z`,
    BilledCost: '288',
  })
  const rows = [
    ...daily(instance('first', core, '1'), '2025-10-01', '2025-10-02'),
    fee('ending', '2025-12-01', 1),
    fee('long', '2025-12-01', 3),
    fee('older', '2025-10-01', 1),
    ...all(['ending', 'long', 'older'].map((id) => held(id, 'Used', '9.6', '14.4'))),
  ]
  const found = await findingsOf('gcp_cud_expiring', rows)
  expect(savings(found)).toEqual([['ending', '146.00']])
  expect(found[0]?.['explanation']).toContain('2026-12-01')
})

// Vector O03: 0.40 × 730 × 0.642857 = 187.71.
test('a non-production instance that never stops saves nights and week-ends', async () => {
  const day = { PricingQuantity: '96' }
  const weekend = [5, 6, 12, 13, 19, 20, 26, 27].map((n) => `2026-09-${String(n).padStart(2, '0')}`)
  const rows = [
    ...daily(instance('always', core, '9.6', { ...dev, ...day })),
    ...daily(instance('week-days', core, '9.6', { ...dev, ...day })).filter(
      (row) => !weekend.includes(String(row['ChargePeriodStart']).slice(0, 10)),
    ),
    ...daily(instance('live', core, '9.6', { Tags: { environment: 'prod' }, ...day })),
    ...daily(instance('spot', core, '2', { ...dev, ...day, PricingCategory: 'Dynamic' })),
  ]
  expect(savings(await findingsOf('gcp_schedule', rows))).toEqual([['always', '187.71']])
})

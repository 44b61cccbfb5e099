import { expect, test } from 'vitest'
import { daily, findingsOf, providers } from '../support/recommend.ts'
import { savings } from '../support/savings.ts'

const { aws, azure, gcp } = providers
const all = (rows: readonly Record<string, unknown>[]) => rows.flatMap((row) => daily(row))

// 14 days × 12.00 = 168.00 in 336 hours: 365.00 a month.
test('extended support costs its rows on any cloud but AWS, which has its own rules', async () => {
  const found = await findingsOf(
    'any_extsupport',
    all([
      { ...gcp, ResourceId: 'sql', SkuMeter: 'Cloud SQL for MySQL: Extended Support vCPU', EffectiveCost: '12' },
      { ...gcp, ResourceId: 'plain', SkuMeter: 'Cloud SQL for MySQL: Zonal vCPU', EffectiveCost: '12' },
      { ...aws, ResourceId: 'rds', SkuMeter: 'ExtendedSupport:Yr1-Yr2', EffectiveCost: '12' },
    ]),
  )
  expect(savings(found)).toEqual([['sql', '365.00']])
})

// 2 + 28 × 2 days: 58.00 in the look-back, of which 1 − 28/56 was added: 29.00, × 730/720 = 29.40.
test('snapshots that only grow are named with the growth', async () => {
  const snapshot = (id: string, quantity: string) => ({
    ...azure,
    ResourceId: id,
    SkuMeter: 'LRS Snapshots',
    PricingQuantity: quantity,
    EffectiveCost: quantity,
  })
  const rows = [
    ...daily(snapshot('grows', '1'), '2026-08-06', '2026-09-03'),
    ...daily(snapshot('grows', '2'), '2026-09-03', '2026-10-01'),
    ...daily(snapshot('shrinks', '2'), '2026-08-06', '2026-09-03'),
    ...daily(snapshot('shrinks', '1'), '2026-09-03', '2026-10-01'),
    ...daily(snapshot('steady', '2'), '2026-08-06', '2026-10-01'),
  ]
  expect(savings(await findingsOf('any_snapshot_growth', rows))).toEqual([['grows', '29.40']])
})

// 300 × 0.3 = 90.00, × 730/720 = 91.25.
test('log ingestion above a hundred in the look-back is named, with a scenario', async () => {
  const logs = (id: string, cost: string) => ({
    ...azure,
    ServiceName: 'Azure Monitor',
    ResourceId: id,
    SkuMeter: 'Analytics Logs Data Ingestion',
    PricingUnit: 'GB',
    PricingQuantity: '4',
    EffectiveCost: cost,
  })
  const retention = { ...logs('kept', '10'), SkuMeter: 'Data Retention' }
  expect(
    savings(await findingsOf('any_logs_ingestion', all([logs('much', '10'), logs('little', '2'), retention]))),
  ).toEqual([['much', '91.25']])
})

// 300.00 after 150.00: 150 × 730/720 = 152.08. Transfer that does not grow is listed without an amount.
test('the dearest transfer is listed with its growth', async () => {
  const traffic = (id: string, cost: string) => ({
    ...gcp,
    ResourceId: id,
    SkuMeter: 'Network Internet Data Transfer Out from EMEA to EMEA',
    PricingUnit: 'GiB',
    EffectiveCost: cost,
  })
  const rows = [
    ...daily(traffic('grows', '5'), '2026-08-02', '2026-09-01'),
    ...daily(traffic('grows', '10')),
    ...daily(traffic('steady', '8'), '2026-08-02', '2026-10-01'),
    ...daily(traffic('small', '1')),
    ...daily({ ...traffic('aws', '10'), ...aws }),
  ]
  expect(savings(await findingsOf('any_transfer_hot', rows))).toEqual([
    ['grows', '152.08'],
    ['steady', null],
  ])
})

// Test costs 60 % of production, 10 % is usual: 1,800 × (1 − 0.1/0.6) = 1,500.00, × 730/720 = 1,520.83.
test('a product whose test environments cost far more than usual is named', async () => {
  const environment = (product: string, kind: string, cost: string) => ({
    ...gcp,
    ResourceId: `${product}-${kind}`,
    SubAccountId: `${product}-${kind}`,
    EffectiveCost: cost,
    Tags: { product, environment: kind },
  })
  const rows = ['a', 'b', 'c', 'd'].flatMap((product) => [
    environment(product, 'prod', '100'),
    environment(product, 'dev', product === 'd' ? '60' : '10'),
  ])
  expect(savings(await findingsOf('any_environment_outlier', all(rows)))).toEqual([['d-dev', '1520.83']])
  expect(await findingsOf('any_environment_outlier', all(rows.slice(4)))).toEqual([])
})

// 600.00 after 300.00 while the rest stayed: 300 × 730/720 = 304.17.
test('shared services that grow while the rest does not are named with the difference', async () => {
  const cost = (product: string, effective: string) => ({
    ...gcp,
    ResourceId: product,
    SubAccountId: product,
    EffectiveCost: effective,
    Tags: { product },
  })
  const rows = (before: string) => [
    ...daily(cost('shared', before), '2026-07-03', '2026-08-02'),
    ...daily(cost('shared', '20')),
    ...daily(cost('shop', '100'), '2026-07-03', '2026-10-01'),
  ]
  expect(savings(await findingsOf('any_shared_outlier', rows('10')))).toEqual([['shared', '304.17']])
  expect(await findingsOf('any_shared_outlier', rows('19'))).toEqual([])
})

/** OpenCost rows of every day of September. */
function allocations(rows: readonly string[]) {
  return `insert into kubernetes_allocations by name
    select 'gcp' as provider, cast(d as date) as usage_date, v.*, 'USD' as currency
    from generate_series(timestamp '2026-09-01', timestamp '2026-09-30', interval 1 day) as days(d)
    cross join (values ${rows.join(', ')}) as v(cluster, allocation, namespace, cpu_cost, memory_cost, idle_cost, total_cost, efficiency)`
}

// 50 of 100 a day is idle, 20 may be: 30 ÷ 24 × 730 = 912.50.
test('clusters with more idle capacity than room needs are named', async () => {
  const setup = allocations([
    "('wide', 'web', 'web', 50, 0, 0, 50, 0.5)",
    "('wide', '__idle__', '__idle__', 0, 0, 0, 50, 0)",
    "('tight', 'web', 'web', 90, 0, 0, 90, 0.5)",
    "('tight', '__idle__', '__idle__', 0, 0, 0, 10, 0)",
  ])
  expect(savings(await findingsOf('any_k8s_idle', [], { setup }))).toEqual([['wide', '912.50']])
})

// 300.00, of which 60.00 used; at 65 % use 92.31 would be enough: 207.69 × 730/720 = 210.58.
test('namespaces that ask for far more than they use are named', async () => {
  const setup = allocations([
    "('c', 'lazy', 'lazy', 6, 4, 0, 10, 0.2)",
    "('c', 'busy', 'busy', 6, 4, 0, 10, 0.6)",
    "('c', '__idle__', '__idle__', 10, 0, 0, 10, 0)",
  ])
  expect(savings(await findingsOf('any_k8s_requests', [], { setup }))).toEqual([['lazy', '210.58']])
})

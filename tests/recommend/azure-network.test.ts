import { expect, test } from 'vitest'
import { daily, findingsOf } from '../support/recommend.ts'
import { savings } from '../support/savings.ts'

const network = '/subscriptions/s/resourcegroups/rg/providers/microsoft.network'

/** A meter of a network resource, charged 24 units a day. */
function meter(path: string, name: string, cost: string, more: Record<string, unknown> = {}) {
  return {
    ResourceId: `${network}/${path}`,
    ServiceName: 'Virtual Network',
    SkuMeter: name,
    PricingUnit: 'Hours',
    PricingQuantity: '24',
    EffectiveCost: cost,
    ...more,
  }
}

const all = (rows: readonly Record<string, unknown>[]) => rows.flatMap((row) => daily(row))

// Vector O04: 720 h × 0.045 = 32.40; a month of 730 h is 32.85.
test('a NAT gateway without data is idle', async () => {
  const found = await findingsOf(
    'azure_natgw_idle',
    all([
      meter('natgateways/idle', 'Standard Gateway', '1.08'),
      meter('natgateways/busy', 'Standard Gateway', '1.08'),
      meter('natgateways/busy', 'Standard Data Processed', '3', { PricingUnit: 'GB' }),
    ]),
  )
  expect(savings(found)).toEqual([['idle', '32.85']])
  expect(found[0]?.['observed_cost']).toBe('32.400000000000000')
})

// 0.025 × 730 = 18.25.
test('a load balancer without data is idle', async () => {
  const rules = 'Standard Included LB Rules and Outbound Rules'
  const found = await findingsOf(
    'azure_lb_idle',
    all([
      meter('loadbalancers/idle', rules, '0.6'),
      meter('loadbalancers/busy', rules, '0.6'),
      meter('loadbalancers/busy', 'Standard Data Processed', '3', { PricingUnit: 'GB' }),
    ]),
  )
  expect(savings(found)).toEqual([['idle', '18.25']])
})

// 0.25 × 730 = 182.50.
test('an application gateway without capacity units is idle', async () => {
  const found = await findingsOf(
    'azure_appgw_idle',
    all([
      meter('applicationgateways/idle', 'Standard Fixed Cost', '6'),
      meter('applicationgateways/busy', 'Standard Fixed Cost', '6'),
      meter('applicationgateways/busy', 'Standard Capacity Units', '1', { PricingUnit: 'Units/Hour' }),
    ]),
  )
  expect(savings(found)).toEqual([['idle', '182.50']])
})

// 0.45 × 730 = 328.50.
test('a network gateway without traffic is idle only where the bill shows traffic of others', async () => {
  const idle = meter('virtualnetworkgateways/idle', 'VpnGw2', '10.8')
  const busy = [
    meter('virtualnetworkgateways/busy', 'VpnGw2', '10.8'),
    meter('virtualnetworkgateways/busy', 'Standard Data Transfer Out', '3', { PricingUnit: 'GB' }),
  ]
  expect(savings(await findingsOf('azure_vnetgw_idle', all([idle, ...busy])))).toEqual([['idle', '328.50']])
  expect(await findingsOf('azure_vnetgw_idle', daily(idle))).toEqual([])
})

// 0.005 × 730 = 3.65.
test('a static address that no resource of its group shares a name with may be an orphan', async () => {
  const found = await findingsOf(
    'azure_ip_orphan',
    all([
      meter('publicipaddresses/old', 'Standard IPv4 Static Public IP', '0.12'),
      meter('publicipaddresses/edge-ip', 'Standard IPv4 Static Public IP', '0.12'),
      meter('loadbalancers/edge', 'Standard Included LB Rules and Outbound Rules', '0.6'),
      meter('publicipaddresses/dynamic', 'Basic IPv4 Dynamic Public IP', '0.12'),
    ]),
  )
  expect(savings(found)).toEqual([['old', '3.65']])
})

// 98.40 a day ÷ 24 × 730 = 2,993.00.
test('a DDoS plan protects nothing where no public address is charged', async () => {
  const plan = meter('ddosprotectionplans/plan', 'Standard Plan', '98.4', { x_MeterCategory: 'Azure DDOS Protection' })
  expect(savings(await findingsOf('azure_ddos_plan', daily(plan)))).toEqual([['plan', '2993.00']])
  const address = meter('publicipaddresses/a', 'Standard IPv4 Static Public IP', '0.12', { SubAccountId: 'other' })
  expect(await findingsOf('azure_ddos_plan', all([plan, address]))).toEqual([])
})

// 14.40 a day ÷ 24 × 730 = 438.00.
test('a circuit is unused in a subscription without gateway and data', async () => {
  const circuit = 'Standard Metered Data 1 Gbps Circuit'
  const category = { x_MeterCategory: 'ExpressRoute' }
  const found = await findingsOf(
    'azure_expressroute_unused',
    all([
      meter('expressroutecircuits/lonely', circuit, '14.4', { ...category, SubAccountId: 'one' }),
      meter('expressroutecircuits/used', circuit, '14.4', { ...category, SubAccountId: 'two' }),
      meter('virtualnetworkgateways/gw', 'ErGw1AZ Gateway', '4', { ...category, SubAccountId: 'two' }),
    ]),
  )
  expect(savings(found)).toEqual([['lonely', '438.00']])
})

// 300 × (1 − 0.730769 − 0.1 × 0.480769) = 66.35, less 3 × 1.272727 for dearer operations = 62.53; × 730/720 = 63.40.
// Where the bill has Cool at half the price: 300 × (1 − 0.5 − 0.048077) × 730/720 = 137.46.
test('hot storage that is hardly used could be cool, net of reading and dearer operations', async () => {
  const account = (name: string) => `/subscriptions/s/providers/microsoft.storage/storageaccounts/${name}`
  const stored = { SkuMeter: 'Hot LRS Data Stored', EffectiveCost: '10', PricingUnit: 'GB/Month' }
  const found = await findingsOf(
    'azure_blob_cool',
    all([
      { ...stored, ResourceId: account('quiet') },
      { ResourceId: account('quiet'), SkuMeter: 'Hot Read Operations', EffectiveCost: '0.1' },
      { ...stored, ResourceId: account('priced'), RegionId: 'northeurope', PricingQuantity: '100' },
      {
        ...stored,
        ResourceId: account('cold'),
        RegionId: 'northeurope',
        SkuMeter: 'Cool LRS Data Stored',
        PricingQuantity: '100',
        EffectiveCost: '5',
      },
      { ...stored, ResourceId: account('busy') },
      { ResourceId: account('busy'), SkuMeter: 'Hot LRS Write Operations', EffectiveCost: '1' },
    ]),
  )
  expect(savings(found)).toEqual([
    ['priced', '137.46'],
    ['quiet', '63.40'],
  ])
})

// 250 GB × 2.30 = 575 a day; tier 200: 250 × 2.30 × 0.8 = 460; 115 × 30 × 730/720 = 3,497.92. Tiers 100 and 300 save less.
test('a workspace of 250 GB a day is cheapest with the tier of 200; one of 50 GB with none', async () => {
  const workspace = (name: string, quantity: string, cost: string) => ({
    ResourceId: `/subscriptions/s/providers/microsoft.operationalinsights/workspaces/${name}`,
    SkuMeter: 'Analytics Logs Data Ingestion',
    PricingUnit: 'GB',
    PricingQuantity: quantity,
    EffectiveCost: cost,
  })
  const found = await findingsOf(
    'azure_loganalytics_tier',
    all([workspace('large', '250', '575'), workspace('small', '50', '115')]),
  )
  expect(savings(found)).toEqual([['large', '3497.92']])
})

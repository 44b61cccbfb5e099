import { expect, test } from 'vitest'
import { daily, findingsOf } from '../support/recommend.ts'

const address = {
  ResourceId: 'eipalloc-1',
  ServiceName: 'Amazon Virtual Private Cloud',
  SkuMeter: 'EUC1-PublicIPv4:IdleAddress',
  PricingUnit: 'Hours',
  PricingQuantity: '24',
  EffectiveCost: '0.12',
}

// 14 days × 24 h × 0.005 = 1.68; 0.005 × 730 = 3.65.
test('an idle address costs what its rows say', async () => {
  expect(await findingsOf('aws_ip_idle', daily(address))).toMatchObject([
    {
      resource_id: 'eipalloc-1',
      observed_cost: '1.680000000000000',
      monthly_cost: '3.6500000000',
      monthly_saving: '3.6500000000',
    },
  ])
})

test('an address in use is none', async () => {
  expect(await findingsOf('aws_ip_idle', daily({ ...address, SkuMeter: 'EUC1-PublicIPv4:InUseAddress' }))).toEqual([])
})

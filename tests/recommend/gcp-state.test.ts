import { expect, test } from 'vitest'
import { daily, findingsOf } from '../support/recommend.ts'
import { savings } from '../support/savings.ts'

/** A SKU of Compute Engine on a resource, charged 24 hours a day. */
function sku(path: string, name: string, cost: string, more: Record<string, unknown> = {}) {
  return {
    ResourceId: `//compute.googleapis.com/projects/shop/${path}`,
    SubAccountId: 'shop',
    ServiceName: 'Compute Engine',
    SkuMeter: name,
    PricingUnit: 'Hours',
    PricingQuantity: '24',
    PricingCategory: 'Standard',
    EffectiveCost: cost,
    ...more,
  }
}

const all = (rows: readonly Record<string, unknown>[]) => rows.flatMap((row) => daily(row))
const core = 'N2 Instance Core running in Belgium'

// 14 days × 24 h × 0.01 = 3.36; 7.30 a month.
test('an idle static address costs its rows; one in use has another SKU', async () => {
  const found = await findingsOf(
    'gcp_ip_idle',
    all([
      sku('regions/r/addresses/idle', 'Static Ip Charge', '0.24'),
      sku('regions/r/addresses/used', 'External IP Charge on a Standard VM', '0.12'),
    ]),
  )
  expect(savings(found)).toEqual([['idle', '7.30']])
})

// 2.40 a day ÷ 24 × 730 = 73.00.
test('an unused reservation costs its rows', async () => {
  const found = await findingsOf(
    'gcp_reservation_unused',
    all([
      sku('reservations/idle', core, '2.4', { CapacityReservationId: 'r', CapacityReservationStatus: 'Unused' }),
      sku('reservations/named', 'Reserved N2 Instance Core running in Belgium', '2.4'),
      sku('instances/vm', core, '2.4', { CapacityReservationId: 'r', CapacityReservationStatus: 'Used' }),
    ]),
  )
  expect(savings(found)).toEqual([
    ['idle', '73.00'],
    ['named', '73.00'],
  ])
})

// 2.40 a day ÷ 24 × 730 = 73.00.
test('a disk is an orphan when the instance of its name or label is gone, or its project lost its last one', async () => {
  const other = (path: string, name: string, cost: string) => ({
    ...sku(path, name, cost, { SubAccountId: 'left-over' }),
    ResourceId: `//compute.googleapis.com/projects/left-over/${path}`,
  })
  const capacity = 'SSD backed PD Capacity in Belgium'
  const rows = [
    ...daily(sku('zones/z/instances/running', core, '1')),
    ...daily(sku('zones/z/instances/gone', core, '1'), '2026-08-01', '2026-09-10'),
    ...daily(other('zones/z/instances/last', core, '1'), '2026-08-01', '2026-08-20'),
    ...all([
      sku('zones/z/disks/running', capacity, '2.4'),
      sku('zones/z/disks/gone', capacity, '2.4'),
      sku('zones/z/disks/data-1', capacity, '2.4', { Tags: { attached_to: 'never-seen' } }),
      sku('zones/z/disks/data-2', capacity, '2.4', { Tags: { attached_to: 'running' } }),
      sku('zones/z/disks/data-3', capacity, '2.4'),
      other('zones/z/disks/data-4', capacity, '2.4'),
    ]),
  ]
  expect(savings(await findingsOf('gcp_pd_orphan', rows))).toEqual([
    ['data-4', '73.00'],
    ['data-1', '73.00'],
    ['gone', '73.00'],
  ])
})

// 0.025 × 730 = 18.25.
test('a forwarding rule without data is idle only where the bill shows data of others', async () => {
  const rule = 'Network Load Balancing: Forwarding Rule Minimum Service Charge in Belgium'
  const idle = sku('global/forwardingRules/idle', rule, '0.6')
  const busy = [
    sku('global/forwardingRules/busy', rule, '0.6'),
    sku('global/forwardingRules/busy', 'Network Load Balancing: Data Processing Charge in Belgium', '3', {
      PricingUnit: 'GiB',
    }),
  ]
  expect(savings(await findingsOf('gcp_lb_idle', all([idle, ...busy])))).toEqual([['idle', '18.25']])
  expect(await findingsOf('gcp_lb_idle', daily(idle))).toEqual([])
  const unnamed = { ...busy[1], ResourceId: undefined }
  expect(await findingsOf('gcp_lb_idle', all([idle, unnamed]))).toEqual([])
})

// Vector O04: 720 h × 0.045 = 32.40; a month of 730 h is 32.85.
test('a NAT gateway without data is idle', async () => {
  const found = await findingsOf(
    'gcp_nat_idle',
    all([
      sku('regions/r/routers/idle', 'Networking Cloud Nat Gateway Uptime', '1.08'),
      sku('regions/r/routers/busy', 'Networking Cloud Nat Gateway Uptime', '1.08'),
      sku('regions/r/routers/busy', 'Networking Cloud Nat Data Processing', '3', { PricingUnit: 'GiB' }),
    ]),
  )
  expect(savings(found)).toEqual([['idle', '32.85']])
})

// 14.40 a day ÷ 24 × 730 = 438.00.
test('sole tenancy is listed with its premium', async () => {
  const found = await findingsOf(
    'gcp_sole_tenant',
    all([
      sku('nodes/n', 'Sole Tenancy Premium for N2 Sole Tenancy Instance Core', '14.4'),
      sku('instances/vm', core, '9'),
    ]),
  )
  expect(savings(found)).toEqual([['n', '438.00']])
})

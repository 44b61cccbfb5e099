import { readFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gcpBilling } from '../../src/formats/gcp-billing.ts'
import { normaliseFiles } from '../support/normalise.ts'

type Row = Record<string, unknown>

const account = '0A1B2C_3D4E5F_6A7B8C'
const hour = { usage_start_time: '2026-02-01T08:00:00Z', usage_end_time: '2026-02-01T09:00:00Z' }

function usageRow(cost: string, more: Row = {}): Row {
  return {
    billing_account_id: account,
    service: { id: '9662-B51E-5089', description: 'Cloud SQL' },
    sku: { id: 'AAAA-1111-2222', description: 'Cloud SQL for PostgreSQL: Regional - vCPU in Americas' },
    ...hour,
    project: { id: 'shop-prod', name: 'Shop' },
    location: { location: 'us-central1', region: 'us-central1' },
    cost: Number(cost),
    currency: 'USD',
    currency_conversion_rate: 1,
    usage: { amount: 3600, unit: 'seconds', amount_in_pricing_units: Number(cost), pricing_unit: 'hour' },
    credits: [],
    invoice: { month: '202602' },
    cost_type: 'regular',
    export_time: '2026-02-02T00:00:00Z',
    ...more,
  }
}

function feeRow(cost: string, committed: string, more: Row = {}): Row {
  return usageRow(cost, {
    sku: { id: 'BBBB-1111-2222', description: 'Commitment - dollar based v1: Cloud SQL database in us-central1 for 1 year' },
    usage: { amount: Number(committed), unit: 'count', amount_in_pricing_units: Number(committed), pricing_unit: 'count' },
    subscription: { instance_id: 'sub-1' },
    project: null,
    ...more,
  })
}

async function normaliseRows(rows: readonly Row[]) {
  const path = join(mkdtempSync(join(tmpdir(), 'gcp-')), 'rows.ndjson')
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'))
  return normaliseFiles([path], { format: gcpBilling })
}

const kpis = `
  select
    cast(sum(BilledCost) as decimal(18, 6)) as net,
    cast(sum(EffectiveCost) filter (CommitmentDiscountStatus = 'Used') / sum(EffectiveCost) filter (CommitmentDiscountStatus is not null) as decimal(18, 6)) as utilisation,
    cast(coalesce(sum(EffectiveCost) filter (CommitmentDiscountStatus = 'Unused'), 0) as decimal(18, 6)) as unused,
    cast(sum(ContractedCost) filter (CommitmentDiscountStatus = 'Used') - sum(EffectiveCost) filter (CommitmentDiscountStatus is not null) as decimal(18, 6)) as savings,
    cast(sum(EffectiveCost) as decimal(18, 6)) as effective
  from charges`

test('legacy', async () => {
  const n = await normaliseRows([feeRow('54', '100'), usageRow('70', { credits: [{ type: 'COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE', id: 'sub-1', full_name: 'Cloud SQL CUD', amount: -70 }] })])
  console.table(await n.rows('select x_RowKind, ChargeCategory, BilledCost, EffectiveCost, ContractedCost, PricingQuantity, CommitmentDiscountId, CommitmentDiscountStatus, CommitmentDiscountQuantity, x_SourceChanges from all_rows'))
  console.log(await n.rows(kpis))
})

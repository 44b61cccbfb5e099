import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { gcpBilling } from '../../src/formats/gcp-billing.ts'
import { type Normalised, normaliseFiles } from './normalise.ts'

/** A row of Google's billing export as an object. */
export type GcpRow = Record<string, unknown>

export const resourceCredit = (amount: number, id = 'Committed Usage Discount: CPU') => ({
  type: 'COMMITTED_USAGE_DISCOUNT',
  id,
  name: id,
  amount,
})
export const spendCredit = (amount: number, id = 'sub-1') => ({
  type: 'COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE',
  id,
  full_name: 'Cloud SQL Commitments',
  amount,
})
export const offset = (amount: number) => ({ type: 'FEE_UTILIZATION_OFFSET', name: 'Fee utilization offset', amount })
export const hours = (amount: number) => ({
  amount: amount * 3600,
  unit: 'seconds',
  amount_in_pricing_units: amount,
  pricing_unit: 'hour',
})
export const dollars = (amount: number) => ({
  amount,
  unit: 'count',
  amount_in_pricing_units: amount,
  pricing_unit: 'count',
})

export function usage(cost: number, more: GcpRow = {}): GcpRow {
  return {
    billing_account_id: '0A1B2C_3D4E5F_6A7B8C',
    service: { id: '6F81-5844-456A', description: 'Compute Engine' },
    sku: { id: 'BB77-5FDA-69D9', description: 'N2 Instance Core running in Americas' },
    usage_start_time: '2026-02-01T08:00:00Z',
    usage_end_time: '2026-02-01T09:00:00Z',
    project: { id: 'shop-prod', name: 'Shop' },
    location: { location: 'us-central1', region: 'us-central1' },
    cost,
    currency: 'USD',
    usage: hours(cost),
    invoice: { month: '202602' },
    cost_type: 'regular',
    export_time: '2026-02-02T00:00:00Z',
    ...more,
  }
}

export const resourceFee = (cost: number, committedHours: number, more: GcpRow = {}) =>
  usage(cost, {
    sku: { id: 'FEE-N2-CPU', description: 'Commitment v1: N2 Cpu in Iowa for 1 Year' },
    usage: hours(committedHours),
    subscription: { instance_id: 'res-1' },
    ...more,
  })
export const spendFee = (cost: number, committed: number, more: GcpRow = {}) =>
  usage(cost, {
    service: { id: '9662-B51E-5089', description: 'Cloud SQL' },
    sku: { id: 'FEE-SQL', description: 'Commitment - dollar based v1: Cloud SQL database in Iowa for 1 year' },
    usage: dollars(committed),
    subscription: { instance_id: 'sub-1' },
    project: null,
    ...more,
  })
export const sql = (cost: number, more: GcpRow = {}) =>
  usage(cost, {
    service: { id: '9662-B51E-5089', description: 'Cloud SQL' },
    sku: { id: 'SQL-CPU', description: 'Cloud SQL: vCPU' },
    ...more,
  })
/** A consumption model other than Default. */
export const atModelPrice = { id: '61F8-639B-D89C', description: 'Cloud SQL CUD - 1 Year' }

export function written(rows: readonly GcpRow[], name = 'rows.ndjson'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'gcp-')), name)
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'))
  return path
}

export const load = (paths: readonly string[]) => normaliseFiles(paths, { format: gcpBilling })
export const normalise = (...rows: GcpRow[]) => load([written(rows)])

/** Σ x_SourceCost = Σ BilledCost, excluded rows carry no cost, derived ones no source cost. */
export async function conserved(normalised: Normalised): Promise<void> {
  const rows = await normalised.rows(`
    select
      sum(x_SourceCost) = sum(BilledCost) filter (x_RowKind in ('charge', 'derived')) as billed,
      count(*) filter (x_RowKind = 'excluded' and BilledCost is not null) as priced_exclusions,
      count(*) filter (x_RowKind = 'derived' and x_SourceCost is not null) as derived_sources
    from all_rows`)
  expect(rows).toEqual([{ billed: true, priced_exclusions: '0', derived_sources: '0' }])
}

import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRuntime } from '../../src/runtime.ts'

const columns = [
  ...['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost', 'BillingCurrency', 'ChargeCategory', 'ServiceName'],
  ...['ChargePeriodStart', 'ChargePeriodEnd', 'BillingPeriodStart', 'BillingPeriodEnd', 'ChargeDescription'],
  ...['ResourceId', 'SubAccountId', 'BillingAccountId', 'ProviderName'],
]

/** A data folder with so many charges of USD 0.01 on 2026-10-05, each described in 512 characters that do not compress. */
export async function oneDayOfCharges(rows: number): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'costwright-day-'))
  mkdirSync(join(data, 'exports'))
  const times = '2026-10-05T00:00:00Z,2026-10-06T00:00:00Z,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z'
  const text = (row: number) =>
    [1, 2, 3, 4].map((part) => createHash('sha512').update(`${row}/${part}`).digest('hex')).join('')
  const lines = Array.from(
    { length: rows },
    (_, row) => `0.01,0.01,0.01,0.01,USD,Usage,Compute,${times},${text(row)},r-${row},111,999,Acme`,
  )
  writeFileSync(join(data, 'exports', 'focus.csv'), [columns.join(','), ...lines, ''].join('\n'))
  const runtime = createRuntime({ data })
  await runtime.import([join(data, 'exports')])
  await runtime.build()
  return data
}

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRuntime, type Runtime } from '../../src/runtime.ts'
import { focusCharge } from '../fakes/azure-export.ts'
import { csvText } from './dialect.ts'

/** Charges of one month, one of each amount. */
export function monthText(month: string, amounts: readonly string[]): string {
  return csvText(amounts.map((amount, index) => focusCharge(month, amount, index)))
}

/** A small lake with its warehouse: one month of these amounts; `config` is YAML. */
export async function servedLake(
  config: string,
  amounts: readonly string[],
): Promise<{ data: string; runtime: Runtime }> {
  const data = mkdtempSync(join(tmpdir(), 'costwright-served-'))
  mkdirSync(data, { recursive: true })
  writeFileSync(join(data, 'costwright.yaml'), config)
  const bill = join(data, 'bill.csv')
  writeFileSync(bill, monthText('2026-02', amounts))
  const runtime = createRuntime({ data })
  await runtime.import([bill], 'bill')
  await runtime.build()
  return { data, runtime }
}

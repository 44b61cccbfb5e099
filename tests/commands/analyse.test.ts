import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { analyse } from '../../src/commands/analyse.ts'
import { createRuntime } from '../../src/runtime.ts'

const header =
  'BillingAccountId,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,BilledCost,EffectiveCost,ProviderName,ServiceName,SubAccountId'

/** Notes of the analysis after a file with this text was imported, twice. */
async function notesAfter(text: string): Promise<string[][]> {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-analyse-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'file.csv')
  writeFileSync(file, text)
  const runtime = createRuntime({ data: join(folder, 'data') })
  await runtime.import([file])
  const runs: string[][] = [[], []]
  for (const notes of runs) await analyse(runtime, { note: (line) => notes.push(line) })
  return runs
}

test('new data are judged and forecast, and the same data again change nothing', async () => {
  const day = (n: number) => new Date(Date.UTC(2025, 0, 1 + n)).toISOString()
  const rows = Array.from(
    { length: 100 },
    (_, n) => `payer,USD,${day(n).slice(0, 7)}-01,${day(n)},${day(n + 1)},Usage,50,50,Cloud,Compute,sub`,
  )
  const [first, again] = await notesAfter([header, ...rows].join('\n'))
  expect(first).toEqual(['0 changes of incidents, 0 messages owed', 'forecasts: USD 2025-04'])
  expect(again).toEqual(first)
})

test('where nothing has been charged yet, a collection is still done, and says why there is no forecast', async () => {
  const budgets = 'budget,dimension,value,month,amount,currency\nall,total,,2025-06,2000,USD\n'
  const [first] = await notesAfter(budgets)
  expect(first).toEqual(['0 changes of incidents, 0 messages owed', 'no forecast: there are no charges'])
})

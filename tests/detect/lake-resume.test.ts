import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lakeAlerts } from '../../src/detect/lake-alerts.ts'
import { completeDays } from '../../src/detect/lake-series.ts'
import { folderStore } from '../../src/detect/snapshot-store.ts'
import { estateOf } from '../support/rows.ts'

const dayAt = (index: number) => new Date(Date.UTC(2026, 0, 1 + index))

/** Three services that spend 100 a day, one of them five times that from day 115 on; the lake holds `days` and all but the last is complete. */
async function nightOf(days: number) {
  const rows = ['Compute', 'Storage', 'Queue'].flatMap((ServiceName) =>
    Array.from({ length: days }, (_, index) => {
      const cost = String((100 + (index % 3)) * (ServiceName === 'Queue' && index >= 115 ? 5 : 1))
      return {
        ...{ ServiceName, ResourceType: 'kind', BilledCost: cost, EffectiveCost: cost },
        ...{ ChargePeriodStart: dayAt(index).toISOString(), ChargePeriodEnd: dayAt(index + 1).toISOString() },
      }
    }),
  )
  const landed = dayAt(days).toISOString().slice(0, 10)
  const setup = `
    create or replace table lake_versions (source varchar, landed_at timestamp, complete_through timestamp);
    insert into lake_versions values ('cloud', '${landed} 06:00:00', '${landed} 00:00:00');`
  return estateOf(rows, { setup })
}

test('the lake is judged night by night from the snapshot as it is judged at once, charts of alerts included', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lake-resume-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const notes: string[] = []
  const store = folderStore(join(folder, 'detection'), 'USD', (text) => notes.push(text))
  for (const days of [112, 117, 118, 130]) {
    const { warehouse } = await nightOf(days)
    const complete = await completeDays(warehouse)
    const found = await lakeAlerts(warehouse, 'USD', complete, { store })
    expect(found).toEqual(await lakeAlerts(warehouse, 'USD', complete))
    expect(found.alerts.length > 0).toBe(days > 115)
    warehouse.close()
  }
  expect(notes).toEqual([])
  expect(existsSync(join(folder, 'detection', 'USD.newest.snapshot'))).toBe(true)
})

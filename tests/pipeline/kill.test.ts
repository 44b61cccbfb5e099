import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { testLake } from '../support/lake.ts'

const cli = resolve(import.meta.dirname, '../../src/cli.ts')

/** Runs the command line and kills it hard after `ms`; resolves when it is gone. */
function importAndKill(data: string, path: string, ms: number | null): Promise<number | null> {
  const child = spawn(process.execPath, [cli, 'import', path, '--data', data], { stdio: 'ignore' })
  const timer = ms === null ? undefined : setTimeout(() => child.kill('SIGKILL'), ms)
  return new Promise((done) => {
    child.on('exit', (code) => {
      clearTimeout(timer)
      done(code)
    })
  })
}

test('an import killed at any moment leaves the previous month readable, and running it again completes it', async () => {
  const lake = testLake()
  const data = join(lake.folder, 'data')
  const write = async (name: string, cost: string, rows: number) => {
    const path = lake.file(name, '')
    const warehouse = await openDuckDb({ path: ':memory:' })
    await warehouse.exec(
      `copy (select '111' as BillingAccountId, 'USD' as BillingCurrency, '2026-01-01' as BillingPeriodStart, '2026-01-02T00:00:00Z' as ChargePeriodStart,
        '2026-01-02T01:00:00Z' as ChargePeriodEnd, 'Usage' as ChargeCategory, ${cost} as BilledCost, ${cost} as EffectiveCost, 'AWS' as ProviderName,
        'EC2' as ServiceName, 'i-' || (i % 1000) as ResourceId from range(${rows}) as t(i)) to '${path}' (header true)`,
    )
    warehouse.close()
    return path
  }
  const first = await write('a/bill.csv', '0.01', 50_000)
  const second = await write('b/bill.csv', '0.03', 80_000)
  expect(await importAndKill(data, first, null)).toBe(0)
  const state = async () =>
    (await lake.rows('select count(*)::integer as n, sum(BilledCost)::varchar as cost from charges'))[0]
  const before = { n: 50_000, cost: '500.000000000000000' }
  const after = { n: 80_000, cost: '2400.000000000000000' }
  for (const ms of [150, 400, 650, 900, 1150, 1400]) {
    const code = await importAndKill(data, second, ms)
    expect([before, after]).toContainEqual(await state())
    if (code === 0) break
  }
  expect(await importAndKill(data, second, null)).toBe(0)
  expect(await state()).toEqual(after)
})

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audienceApps, openApp, type RunningApp } from '../../src/audience-apps.ts'
import { createRuntime, type Runtime } from '../../src/runtime.ts'
import type { Alerts } from '../../src/runtime-notify.ts'
import { contextOf, desksOf, type MakeDesks } from '../../src/server.ts'

const fixture = readFileSync(resolve(import.meta.dirname, '../../fixtures/focus-oracle/export.csv'), 'utf8')
const data = mkdtempSync(join(tmpdir(), 'costwright-swap-'))
const failures: string[] = []
const onFailure = (_: string, error: unknown) => failures.push(String(error))
let runtime: Runtime
let alerts: Alerts
let desks: MakeDesks
let main: RunningApp
let audiences: ReturnType<typeof audienceApps>

/** The same bill as delivered for the `nth` time, with another amount. */
async function deliver(nth: number): Promise<void> {
  const path = join(data, 'export.csv')
  writeFileSync(path, fixture.replaceAll('3.52E-2', `${3 + nth}.52E-2`))
  await runtime.import([path], 'oracle')
}

beforeAll(async () => {
  runtime = createRuntime({ data })
  await deliver(0)
  await runtime.build()
  alerts = await runtime.alerts()
  desks = desksOf(runtime)
  const whole = await contextOf(runtime, alerts, desks)
  main = await openApp(whole, { onFailure })
  const build = (teams: readonly string[], asOf?: string) => runtime.audience(teams, asOf)
  audiences = audienceApps({ whole, app: { onFailure }, build, desks: desks.of })
}, 120_000)
afterAll(async () => {
  await main?.context.close()
  await audiences?.close()
  await desks?.close()
  alerts?.close()
  rmSync(data, { recursive: true, force: true })
})

const sql = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"sql": "select count(*) as n from charges"}',
}
const first = new Date()
const asked: readonly (readonly [string, RequestInit?])[] = [
  ['/savings'],
  ['/api/v1/recommendations'],
  ['/api/v1/savings'],
  ['/api/v1/reports/tags'],
  ['/api/v1/costs'],
  ['/api/v1/sql', sql],
  ['/api/v1/sql?format=parquet', sql],
  [`/api/v1/costs?as_of=${new Date(first.getTime() + 86_400_000).toISOString()}`],
]

test('no request fails while one build replaces another and sweeps its files', async () => {
  const answered = new Map<string, number>()
  let ended = false
  const askAgain = async ([path, init]: (typeof asked)[number]) => {
    do {
      for (const app of [main, await audiences.of(['a'])]) {
        const response = await app.fetch(new Request(`http://localhost${path}`, init))
        await response.arrayBuffer()
        const key = `${path} ${response.status}`
        answered.set(key, (answered.get(key) ?? 0) + 1)
      }
      await setImmediate()
    } while (!ended)
  }
  const askers = asked.map(askAgain)
  for (const nth of [1, 2]) {
    await deliver(nth)
    await runtime.build()
    await Promise.all([main.context.refresh(), audiences.refresh()])
  }
  ended = true
  await Promise.all(askers)
  expect(failures).toEqual([])
  // of three statements at a time one is told to come again
  const odd = [...answered.keys()].filter((key) => !key.endsWith(' 200') && !/sql.* 503$/.test(key))
  expect(odd).toEqual([])
  expect([...answered.keys()].filter((key) => key.endsWith(' 200'))).toHaveLength(asked.length)
  // the newest and what was made of it; no state of before
  const kept = new Set(readdirSync(runtime.layout.warehouse).map((name) => name.slice(0, 16)))
  expect([...kept].filter((name) => name !== 'current').length).toBeLessThanOrEqual(2)
}, 240_000)

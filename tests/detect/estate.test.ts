import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { detectOnLake } from '../../src/commands/detect-lake.ts'
import { createRuntime } from '../../src/runtime.ts'
import { createAlerts } from '../../src/runtime-notify.ts'
import { startServer } from '../fakes/fault-server.ts'
import { createFakeReceiver } from '../fakes/notify/webhook.ts'
import { notifications } from '../support/alerts.ts'
import { estateLake } from '../support/estate-lake.ts'
import { runCommand } from '../support/run-command.ts'

interface Planted {
  readonly id: string
  readonly account_id?: string
  readonly usage_type?: string
  readonly commitment?: string
  readonly kind: string
  readonly first_day: string
}

interface Found {
  readonly incident_id: string
  readonly series: {
    readonly account?: string
    readonly service?: string
    readonly team?: string
    readonly level?: string
  }
  readonly direction: string
  readonly onset: string
  readonly rule: string
  readonly state: string
  readonly owner: string
  readonly causes: readonly { readonly usage_type: string | null; readonly resource: string | null }[]
}

let data: string
let truth: { readonly incidents: readonly Planted[]; readonly decoy_events: readonly Planted[] }
let found: readonly Found[]

async function detectJson() {
  const { code, out } = await runCommand(['detect', '--json'], data)
  expect(code).toBe(0)
  return JSON.parse(out) as {
    incidents: Found[]
    meta: { changes: number; told: number; data_through: string; currencies: string[] }
  }
}

beforeAll(async () => {
  data = await estateLake()
  truth = JSON.parse(readFileSync(join(data, 'exports', 'truth.json'), 'utf8'))
  // The load test was announced: "announced load test, tagged change=CHG-4471".
  await runCommand(
    [
      ...['alerts', 'plan', '--scope', 'account=410927463611,service=Amazon Elastic Compute Cloud'],
      ...['--start', '2026-06-22', '--end', '2026-06-25', '--note', 'CHG-4471', '--by', 'data'],
    ],
    data,
  )
  found = (await detectJson()).incidents
}, 600_000)

const daysApart = (a: string, b: string) => (Date.parse(b.slice(0, 10)) - Date.parse(a.slice(0, 10))) / 86_400_000

/** A ramp of half a percent a day shows its first day to within a few. */
const room = ({ kind }: Planted) => (kind === 'ramp' ? 4 : 1)

/** The incidents that began with a planted event on its account, or name its commitment. */
const of = (event: Planted) =>
  found.filter(
    ({ series, onset, causes }) =>
      Math.abs(daysApart(event.first_day, onset)) <= room(event) &&
      (event.commitment === undefined
        ? series.account === event.account_id
        : causes.some(({ resource }) => resource?.endsWith(event.commitment as string))),
  )

test('each planted incident, the slow ramp of half a percent a day too, is found once, with the planted cause first', () => {
  for (const event of truth.incidents) {
    const [incident, ...more] = of(event)
    expect(more, event.id).toEqual([])
    const [first] = incident?.causes ?? []
    if (event.commitment === undefined) expect(first?.usage_type, event.id).toContain(event.usage_type)
    else expect(first?.resource?.endsWith(event.commitment), event.id).toBe(true)
    expect(incident?.direction, event.id).toBe(['drop', 'utilisation'].includes(event.kind) ? 'down' : 'up')
  }
})

test('nothing else fires', () => {
  const planted = new Set([...truth.incidents, ...truth.decoy_events].flatMap(of).map(({ incident_id }) => incident_id))
  const others = found.filter(({ incident_id }) => !planted.has(incident_id))
  expect(
    others.map(({ onset, series, causes }) => [onset, series.service ?? series.level, causes[0]?.usage_type]),
  ).toEqual([])
})

test('the month-end job is silent, and the announced load test is recorded as expected', () => {
  const decoys = truth.decoy_events.map((event) => [event.id, of(event).map(({ state }) => state)])
  expect(Object.fromEntries(decoys)).toEqual({ 'month-end-glue': [], 'planned-load': ['expected'] })
  expect(found.some(({ series }) => series.service === 'AWS Glue')).toBe(false)
})

test('the same lake again changes nothing', { timeout: 120_000 }, async () => {
  const again = await detectJson()
  expect(again.meta).toMatchObject({ changes: 0, told: 0, data_through: '2026-10-31', currencies: ['USD', 'EUR'] })
  expect(again.incidents).toEqual(found)
})

test('the owner is the team of the spend', () => {
  expect(found.find(({ series }) => series.service === 'Amazon Kinesis')).toMatchObject({
    owner: 'tracking',
    series: { team: 'tracking' },
  })
})

test('the table names date, place, amounts, rule, owner and state of each incident', { timeout: 120_000 }, async () => {
  const { out, notes } = await runCommand(['detect', '--since', '2026-09-10'], data)
  const [head, , ...rows] = out.trimEnd().split('\n')
  expect(head?.trim().split(/\s+/)).toEqual('date where cur expected actual excess rule owner state cause'.split(' '))
  expect(rows.map((row) => row.split(/\s{2,}/).slice(0, 2))).toEqual([
    ['2026-09-17', 'Amazon Bedrock · 410927463915 · AWS'],
    ['2026-09-12', 'BigQuery · hf-insights-prod · Google Cloud'],
  ])
  expect(notes.at(-1)).toMatch(/^judged 2025-12-30 to 2026-10-31; 0 changes, 0 owed$/)
})

test('the owner hears once of a finding that is new, with cause and history, and never of a back-fill', {
  timeout: 120_000,
}, async () => {
  const now = () => new Date('2026-09-19T06:00:00Z')
  const secret = `whsec_${Buffer.from('a secret of 24 bytes long').toString('base64')}`
  const receiver = createFakeReceiver(secret, now)
  const server = await startServer(receiver.handler)
  const config = notifications(`
channels: [{ name: hook, type: webhook, url: '${server.url}/hook', hosts: [127.0.0.1], secret_env: S }]
routes: [{ teams: [data], channels: [hook] }]`)
  const alerts = createAlerts({ path: ':memory:', config, now, env: () => secret })
  const runtime = createRuntime({ data })
  const told = async () => {
    const { changes } = await detectOnLake(runtime, alerts)
    return [changes > 0, await alerts.deliver(AbortSignal.timeout(30_000))]
  }
  try {
    expect(await told()).toEqual([true, [{ channel: 'hook', delivered: 2, error: null }]])
    expect(await told()).toEqual([false, []])
  } finally {
    alerts.close()
    await server.close()
  }
  const [first] = receiver.received
  expect(receiver.received).toHaveLength(2)
  expect(JSON.stringify(first?.body)).toContain('Claude-Sonnet-InputTokenCount-Units')
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Alerts, createAlerts } from '../../src/runtime-notify.ts'
import { recordRun } from '../../src/state/runs.ts'
import { finding, notifications } from '../support/alerts.ts'
import { apiOver, warehouseFile } from '../support/api.ts'
import { spawnProgram, testDesks } from '../support/desks.ts'
import { type OpenApi, schemaJudge } from '../support/openapi.ts'
import { type Made, requestsOf } from '../support/openapi-client.ts'

const requests = Number(process.env['OPENAPI_REQUESTS'] ?? 400)
const seed = Number(process.env['OPENAPI_SEED'] ?? 20261121)
const now = () => new Date('2026-11-21T07:00:00Z')

let alerts: Alerts
let desks: ReturnType<typeof testDesks>
let api: Awaited<ReturnType<typeof apiOver>>
let description: OpenApi
const statuses: Record<number, number> = {}
const seen = new Map<string, readonly string[]>()
let judge: ReturnType<typeof schemaJudge>

beforeAll(async () => {
  alerts = createAlerts({ path: ':memory:', config: notifications('{}'), now, env: () => undefined })
  const run = {
    data_through: '2026-11-20',
    findings: [{ ...finding(), context: { history: [], expected_low: null, expected_high: null } }],
    summaries: [],
  }
  alerts.apply(run, null)
  recordRun(alerts.database, run, { lake_state: 'state1', at: now().toISOString() })
  desks = testDesks({ database: alerts.database, now, spawn: spawnProgram('') })
  const charges = ['2026-09-03', '2026-09-04', '2026-10-01'].map((day) => ({
    ...{ ChargePeriodStart: `${day}T00:00:00Z`, BilledCost: '1.25' },
  }))
  api = await apiOver(await warehouseFile(charges), {
    past: await warehouseFile(charges.slice(1), 'past'),
    incidents: alerts.desk,
    incidentFeed: alerts.incidentFeed,
    audit: alerts.audit,
    desks,
  })
  description = (await (await api.get('/openapi.json')).json()) as OpenApi
  judge = schemaJudge(description)
})
afterAll(async () => {
  api?.context.close()
  await desks?.close()
  alerts?.close()
})

/** What is wrong with the answer to `made` by the description; null for nothing. */
async function fault(made: Made): Promise<string | null> {
  const { method, url, headers, body } = made
  const response = await api.request(url, { method, headers, ...(body === undefined ? {} : { body }) })
  const text = await textOf(response)
  const { status } = response
  const type = response.headers.get('content-type')?.split(';')[0] ?? ''
  statuses[status] = (statuses[status] ?? 0) + 1
  if (status >= 500) return `${status} ${text.slice(0, 300)}`
  if (status === 304 || method === 'HEAD') return text === '' ? null : `${status} with a body`
  return status >= 400 ? problemFault(made, { status, type, text }) : answerFault(made, { status, type, text })
}

interface Got {
  readonly status: number
  readonly type: string
  readonly text: string
}

async function textOf(response: Response): Promise<string> {
  if (response.headers.get('content-type') === 'text/event-stream') return beginningOf(response)
  if (response.headers.get('content-encoding') !== 'gzip') return response.text()
  const unpacked = response.body?.pipeThrough(new DecompressionStream('gzip') as unknown as ReadableWritablePair)
  return new Response(unpacked ?? null).text()
}

/** A stream of events has no end. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  const first = await reader?.read()
  await reader?.cancel()
  return new TextDecoder().decode(first?.value)
}

/** Statuses that a request as described never meets. */
const refusals = [400, 405, 406, 413, 414, 415]

function problemFault(made: Made, { status, type, text }: Got): string | null {
  if (made.operation.responses[status]?.content?.[type]) return answerFault(made, { status, type, text })
  if (type !== 'application/problem+json') return `${status} as ${type}`
  const problem = JSON.parse(text) as { status: number; detail: string }
  if (made.isRight && refusals.includes(status)) return `refused: ${problem.detail}`
  return problem.status === status ? judge.problem(['components', 'schemas', 'Problem'], problem) : 'another status'
}

/** Another method of the path may be described as well. */
function answerFault({ path, method }: Made, { status, type, text }: Got): string | null {
  const described = method.toLowerCase()
  const { content = {} } = description.paths[path]?.[described]?.responses[status] ?? {}
  const isDescribed = status in (description.paths[path]?.[described]?.responses ?? {})
  if (isDescribed && text === '' && Object.keys(content).length === 0) return null
  if (!(type in content)) return `${status} ${type} is not described`
  if (type !== 'application/json') return null
  const steps = ['paths', path, described, 'responses', String(status), 'content', type, 'schema']
  learn(text)
  return judge.problem(steps, JSON.parse(text))
}

const known: Readonly<Record<string, string>> = {
  ...{ incident_id: 'id', next_cursor: 'cursor', job_id: 'job', import_id: 'import', key_id: 'key' },
}

/** Incidents, jobs, import sets, keys and cursors are asked about again. */
function learn(text: string): void {
  for (const [, name = '', value = ''] of text.matchAll(/"(\w+_id|next_cursor)":"([^"]+)"/g)) {
    const parameter = known[name]
    if (parameter) seen.set(parameter, [value])
  }
}

test(`${requests} requests made from the description alone are answered as it says, and none fails`, async () => {
  const faults = new Map<string, string>()
  const made = requestsOf(description, seed, seen)
  for (let count = 0; count < requests; count++) {
    const request = made.next().value
    const found = await fault(request)
    if (found)
      faults.set(
        `${request.path} ${found}`,
        `${request.method} ${request.url.slice(0, 300)} ${JSON.stringify(request.headers)} ${request.body?.slice(0, 200)}`,
      )
  }
  expect([...faults].map(([what, by]) => `${what.slice(0, 400)}\n    ${by}`)).toEqual([])
  expect(api.failures).toEqual([])
  expect(statuses[200]).toBeGreaterThan(requests / 4)
}, 600_000)

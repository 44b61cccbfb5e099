import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { createRuntime } from '../../src/runtime.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { createKey, type Role } from '../../src/state/api-keys.ts'
import { brokenEntry, readAudit } from '../../src/state/audit.ts'
import { finding } from '../support/alerts.ts'
import { runCommand } from '../support/run-command.ts'

const root = resolve(import.meta.dirname, '../..')
const cli = join(root, 'src/cli.ts')
const data = mkdtempSync(join(tmpdir(), 'costwright-mcp-'))
const config = join(data, 'auth.yaml')
const incident = finding().incident_id
let server: RunningServer

beforeAll(async () => {
  writeFileSync(config, 'auth: { required: true, rate_limit: { per_minute: 60, burst: 40 } }\n')
  expect((await runCommand(['import', join(root, 'fixtures/focus-oracle/export.csv')], data)).code).toBe(0)
  const runtime = createRuntime({ data, config })
  await runtime.build()
  const alerts = await runtime.alerts()
  alerts.apply(
    {
      data_through: '2026-11-20',
      findings: [{ ...finding(), context: { history: [], expected_low: null, expected_high: null } }],
      summaries: [],
    },
    null,
  )
  alerts.close()
  await keyOf('admin')
  server = await startServer({ runtime, port: 0 })
}, 120_000)
afterAll(async () => {
  await server?.close()
  rmSync(data, { recursive: true, force: true })
})

async function keyOf(role: Role, teams: readonly string[] | null = null): Promise<string> {
  const alerts = await createRuntime({ data }).alerts()
  const { token } = createKey(alerts.database, { name: role, role, teams, expires_at: null, actor: 'test' }, new Date())
  alerts.close()
  return token
}

async function connected(transport: StdioClientTransport | StreamableHTTPClientTransport): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transport as Parameters<Client['connect']>[0])
  onTestFinished(() => client.close())
  return client
}

const overHttp = (token: string) =>
  connected(
    new StreamableHTTPClientTransport(new URL('/mcp', server.url), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  )
const overStdio = (...more: string[]) =>
  connected(
    new StdioClientTransport({
      command: process.execPath,
      args: [cli, 'mcp', '--data', data, '--config', config, ...more],
      stderr: 'inherit',
    }),
  )

async function use(client: Client, name: string, given: Record<string, unknown> = {}) {
  const result = await client.callTool({ name, arguments: given })
  const [{ text }] = result.content as [{ text: string }]
  return { isError: result.isError === true, text, json: () => JSON.parse(text) }
}
const get = async (path: string, token: string) =>
  (await fetch(`${server.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } })).text()

const names = [
  ...['list_questions', 'ask', 'sql', 'alerts', 'alert', 'decide_alert', 'forecasts', 'sources'],
  ...['recommendations', 'recommendation', 'savings', 'decide_saving', 'report'],
]

describe('an agent over HTTP', () => {
  test('finds the tools, which of them change something, and the questions with their parameters', async () => {
    const client = await overHttp(await keyOf('viewer'))
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(names)
    const writing = tools.filter(({ annotations }) => !annotations?.readOnlyHint)
    expect(writing.map(({ name }) => name)).toEqual(['decide_alert', 'decide_saving'])
    expect(tools.find(({ name }) => name === 'ask')?.inputSchema).toMatchObject({ type: 'object', required: ['query'] })
    const { questions } = (await use(client, 'list_questions', { search: 'cost_explorer' })).json()
    expect(questions.map(({ name }: { name: string }) => name)).toEqual(['cost_explorer'])
    expect(questions[0].params.map(({ name }: { name: string }) => name)).toContain('group_by')
    const [whole] = (await use(client, 'list_questions', { name: 'cost_explorer' })).json().questions
    expect(whole.columns.length).toBeGreaterThan(0)
  })

  test('gets the bytes that the API sends for the same question, page by page', async () => {
    const token = await keyOf('viewer')
    const client = await overHttp(token)
    const asked = await use(client, 'ask', { query: 'daily', limit: 1 })
    expect(asked.text).toBe(await get('queries/daily?limit=1&format=json', token))
    const { meta, rows } = asked.json()
    expect(meta).toMatchObject({ query: 'daily', currency: ['EUR'], lake_versions: { count: 1 } })
    const next = (await use(client, 'ask', { query: 'daily', limit: 1, cursor: meta.next_cursor })).json()
    expect([next.rows.length, next.meta.next_cursor]).toEqual([1, null])
    expect(next.rows).not.toEqual(rows)
    expect((await use(client, 'sources')).json()).toEqual({
      ...JSON.parse(await get('sources', token)),
      deliveries_total: 1,
    })
  })

  test('is told in words what was wrong, with the remedy', async () => {
    const client = await overHttp(await keyOf('analyst'))
    const wrong = async (name: string, given: Record<string, unknown>) => {
      const { isError, json } = await use(client, name, given)
      return { isError, ...json() }
    }
    expect(await wrong('ask', { query: 'nope' })).toMatchObject({
      isError: true,
      status: 404,
      hint: expect.any(String),
    })
    expect(await wrong('ask', { query: 'cost_explorer', params: { group_by: 'colour' } })).toMatchObject({
      ...{ status: 400, detail: expect.stringContaining('"colour" is not one of') },
    })
    expect(await wrong('ask', { query: '../sql' })).toMatchObject({ status: 404 })
    expect(await wrong('sql', { sql: "select * from read_csv('/etc/passwd')" })).toMatchObject({ status: 400 })
    expect(await wrong('alert', { id: 'nope' })).toMatchObject({ status: 404, detail: 'there is no incident nope' })
    for (const given of [{ query: 'cost_explorer', limit: 1001 }, { query: 'x'.repeat(101) }, { nope: 1 }, {}])
      expect((await use(client, 'ask', given)).isError).toBe(true)
  })

  test('asks in SQL and decides as an analyst only, and both stand in the audit log', async () => {
    const [viewer, analyst] = [await overHttp(await keyOf('viewer')), await overHttp(await keyOf('analyst'))]
    const decision = { id: incident, decision: 'expect', until: '2099-01-01', note: 'load test' }
    for (const [tool, given] of [
      ['sql', { sql: 'select 1' }],
      ['decide_alert', decision],
    ] as const)
      expect((await use(viewer, tool, given)).json()).toMatchObject({
        status: 403,
        detail: expect.stringContaining('analyst'),
      })
    const { rows, meta } = (await use(analyst, 'sql', { sql: 'select unnest(range(5)) as n', limit: 2 })).json()
    expect([rows, meta.truncated]).toEqual([[{ n: '0' }, { n: '1' }], true])
    expect((await use(analyst, 'alerts')).json()).toMatchObject({ alerts_total: 1, alerts: [{ state: 'open' }] })
    expect((await use(analyst, 'decide_alert', decision)).json().alert.state).toBe('expected')
    const alerts = await createRuntime({ data }).alerts()
    onTestFinished(() => alerts.close())
    const log = readAudit(alerts.database)
    const done = log.map(({ action, subject, actor }) => `${action} ${subject} ${actor.split(' ').at(-1)}`)
    expect(done).toEqual(
      expect.arrayContaining([
        ...['refused /api/v1/sql viewer', `refused /api/v1/alerts/${incident}/expect viewer`],
        ...['request /api/v1/sql analyst', `request /api/v1/alerts/${incident}/expect analyst`],
      ]),
    )
    const asked = log.findLast(({ subject, action }) => subject === '/api/v1/sql' && action === 'request')
    expect(JSON.parse(String(asked?.detail['body']))).toEqual({ sql: 'select unnest(range(5)) as n', limit: 2 })
    expect(log.findLast(({ subject }) => subject === incident)?.actor).toMatch(/analyst/)
    expect(log.some(({ subject }) => subject === '/mcp')).toBe(false)
    expect(brokenEntry(alerts.database)).toBeNull()
  })

  test('gets recommendations, savings and reports as the API sends them, each with what it is to be cited by', async () => {
    const token = await keyOf('analyst')
    const client = await overHttp(token)
    for (const [tool, given, path] of [
      ['recommendations', { limit: 5 }, 'recommendations?limit=5'],
      ['savings', { limit: 5 }, 'savings?limit=5'],
      ['alert', { id: incident }, `alerts/${incident}`],
      ['sql', { sql: 'select 1 as x' }, null],
    ] as const) {
      const { text, json } = await use(client, tool, given)
      if (path) expect(text).toBe(await get(path, token))
      const { meta } = json()
      expect([tool, Object.keys(meta)]).toEqual([
        tool,
        expect.arrayContaining([
          'query',
          'basis',
          'currency',
          'complete_through',
          'lake_versions',
          'row_count',
          'state',
        ]),
      ])
    }
    const result = await client.callTool({ name: 'report', arguments: { kind: 'tags' } })
    const [markdown, meta] = (result.content as { text: string }[]).map(({ text }) => text)
    expect(markdown).toBe(await get('reports/tags?format=md', token))
    expect(JSON.parse(meta ?? '')).toMatchObject({
      meta: { query: 'report tags', currency: ['EUR'], lake_versions: { count: 1 }, basis: expect.any(String) },
    })
    expect((await use(client, 'report', { kind: 'team', team: 'nope' })).json()).toMatchObject({ status: 400 })
    expect((await use(client, 'recommendation', { id: 'nope' })).json()).toMatchObject({ status: 404 })
    const decision = { id: 'nope', decision: 'dismiss', reason: 'kept' }
    expect((await use(client, 'decide_saving', decision)).json()).toMatchObject({ status: 404 })
    expect((await use(await overHttp(await keyOf('viewer')), 'decide_saving', decision)).json().status).toBe(403)
  })

  test('reads how a question is computed and how fresh the data are, and is given ways to begin', async () => {
    const client = await overHttp(await keyOf('viewer'))
    const { resources } = await client.listResources()
    expect(resources.map(({ uri }) => uri)).toEqual(
      expect.arrayContaining(['costwright://status', 'costwright://queries/unit_cost']),
    )
    const read = async (uri: string) => {
      const [content] = (await client.readResource({ uri })).contents
      return content && 'text' in content ? content.text : ''
    }
    expect(await read('costwright://queries/cost_by_month')).toBe(loadCatalog().get('cost_by_month')?.sql)
    expect(JSON.parse(await read('costwright://status'))).toMatchObject({ status: 'ok' })
    await expect(read('costwright://queries/nope')).rejects.toThrow(/no query called nope/)
    const { prompts } = await client.listPrompts()
    expect(prompts.map(({ name }) => name)).toEqual(['monthly_review', 'explain_anomaly'])
    const { messages } = await client.getPrompt({ name: 'explain_anomaly', arguments: { id: incident } })
    expect(JSON.stringify(messages)).toContain(incident)
  })

  test('is told a conflict as one: what is resolved cannot be acknowledged', async () => {
    const client = await overHttp(await keyOf('analyst'))
    await use(client, 'decide_alert', { id: incident, decision: 'resolve' })
    const again = await use(client, 'decide_alert', { id: incident, decision: 'ack' })
    expect(again.json()).toMatchObject({ status: 409, type: 'urn:costwright:problem:conflict' })
  })

  test('sees of the incidents only those of its teams', async () => {
    const client = await overHttp(await keyOf('analyst', ['nobody']))
    expect((await use(client, 'alerts')).json().alerts).toEqual([])
    expect((await use(client, 'alert', { id: incident })).json()).toMatchObject({ status: 404 })
    expect((await use(client, 'sql', { sql: 'select count(*) as n from daily' })).json().rows).toEqual([{ n: '0' }])
  })

  test('without a key is let in nowhere, and many calls are one caller’s many requests', async () => {
    await expect(overHttp('cw_wrong')).rejects.toThrow(/401|unauthorized/i)
    const client = await overHttp(await keyOf('viewer'))
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => use(client, 'alerts').catch((error: unknown) => ({ text: String(error) }))),
    )
    expect(answers.filter(({ text }) => /429|more requests than are allowed/.test(text)).length).toBeGreaterThan(0)
  })

  test('meets no page elsewhere, no stream and no foreign content', async () => {
    const authorization = `Bearer ${await keyOf('viewer')}`
    const send = (method: string, headers: Record<string, string>, body?: string) =>
      fetch(`${server.url}/mcp`, { method, headers: { authorization, ...headers }, ...(body ? { body } : {}) })
    const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    const list = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    expect((await send('POST', { ...json, origin: 'https://evil.example' }, list)).status).toBe(403)
    expect((await send('POST', { ...json, 'content-type': 'text/plain' }, list)).status).toBe(415)
    expect((await send('POST', json, `{"a":"${'x'.repeat(20_000)}"}`)).status).toBe(413)
    const call = (given: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: given })
    const odd = [
      '{',
      'null',
      '[]',
      '1e308',
      '['.repeat(5000),
      '{"jsonrpc":"2.0","id":1,"method":"x"}',
      call({}),
      `[${list},${list}]`,
    ]
    for (const body of [...odd, call({ name: 'ask', arguments: { query: '\0', params: { '\0': '\u202e' } } })])
      expect([body.slice(0, 60), (await send('POST', json, body)).status < 500]).toEqual([body.slice(0, 60), true])
    const stream = await send('GET', { accept: 'text/event-stream' })
    expect([stream.status, stream.headers.get('allow')]).toEqual([405, 'POST'])
  })
})

describe('an agent over standard input and output', () => {
  test('has the same tools and answers, and decides as whoever runs it', async () => {
    const client = await overStdio()
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names)
    const token = await keyOf('viewer')
    const asked = await use(client, 'ask', { query: 'cost_by_month', limit: 3 })
    expect(asked.text).toBe(await get('queries/cost_by_month?limit=3&format=json', token))
    expect((await use(client, 'ask', { query: 'nope' })).json()).toMatchObject({
      status: 404,
      hint: expect.any(String),
    })
    expect((await use(client, 'sql', { sql: 'select 1 as x' })).json().rows).toEqual([{ x: 1 }])
    expect((await use(client, 'decide_alert', { id: incident, decision: 'ack' })).json()).toMatchObject({
      status: 409,
    })
    const alerts = await createRuntime({ data }).alerts()
    onTestFinished(() => alerts.close())
    const mine = readAudit(alerts.database).filter(
      ({ actor, action }) => actor === alerts.actor && action === 'request',
    )
    expect(mine.map(({ subject, detail }) => [subject, detail['status']])).toEqual([
      ['/api/v1/sql', 200],
      [`/api/v1/alerts/${incident}/ack`, 409],
    ])
    expect(mine[0]?.detail['body']).toContain('select 1 as x')
    expect(brokenEntry(alerts.database)).toBeNull()
  })

  test('hears that a long call still runs, and ends it by cancelling', async () => {
    const client = await overStdio()
    await use(client, 'sql', { sql: 'select 1' })
    const stop = new AbortController()
    const heard: unknown[] = []
    const onprogress = (progress: unknown) => {
      heard.push(progress)
      stop.abort()
    }
    const long = { name: 'sql', arguments: { sql: 'select count(*) from range(1000000) a, range(1000000) b' } }
    const options = { onprogress, signal: stop.signal }
    await expect(client.callTool(long, undefined, options)).rejects.toThrow()
    expect(heard).toHaveLength(1)
    // both turns are free again: three statements in a row are answered, none is told that others run
    for (const n of [1, 2, 3])
      expect((await use(client, 'sql', { sql: `select ${n} as n` })).json().rows).toEqual([{ n }])
  })

  test('may be kept from deciding', async () => {
    const client = await overStdio('--read-only')
    expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('decide_alert')
    expect((await use(client, 'decide_alert', { id: incident, decision: 'ack' })).isError).toBe(true)
  })

  test('answers all that was piped in before it ends', async () => {
    const messages = [
      {
        ...{ id: 1, method: 'initialize' },
        params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'pipe', version: '1' } },
      },
      { method: 'notifications/initialized' },
      { id: 2, method: 'tools/call', params: { name: 'ask', arguments: { query: 'daily' } } },
    ]
    const input = messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join('')
    const { stdout, status } = spawnSync(process.execPath, [cli, 'mcp', '--data', data], { input, encoding: 'utf8' })
    const ids = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id)
    expect([status, ids]).toEqual([0, [1, 2]])
  })
})

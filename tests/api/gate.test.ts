import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createRuntime } from '../../src/runtime.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { createKey, type Role, revokeKey } from '../../src/state/api-keys.ts'
import { brokenEntry, readAudit } from '../../src/state/audit.ts'
import { openDatabase } from '../../src/state/sqlite.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { type Foreign, foreignReads, foreignStatements, foreignTo, seenIn, shownOf } from '../support/cross-team.ts'
import { estateLake } from '../support/estate-lake.ts'
import { pdfText } from '../support/pdf-text.ts'
import { runCommand } from '../support/run-command.ts'

let data: string
let server: RunningServer
let teams: readonly string[]
const now = new Date()

function key(role: Role, own: readonly string[] | null = null, expires_at: string | null = null) {
  const database = openDatabase(createRuntime({ data }).layout.state)
  const made = createKey(database, { name: 'test', role, teams: own, expires_at, actor: 'test' }, now)
  database.close()
  return made
}

const call = (path: string, token: string | null, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, {
    redirect: 'manual',
    ...init,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(init.headers as Record<string, string>),
    },
  })
const sql = (token: string, statement: string) =>
  call('/api/v1/sql', token, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql: statement }),
  })

beforeAll(async () => {
  data = await estateLake()
  writeFileSync(join(data, 'auth.yaml'), 'auth: { required: true, rate_limit: { per_minute: 60, burst: 400 } }\n')
  const runtime = createRuntime({ data, config: join(data, 'auth.yaml') })
  await expect(startServer({ runtime, port: 0 })).rejects.toThrow(/nobody could be told from a stranger/)
  key('admin')
  await runtime.build()
  server = await startServer({ runtime, port: 0 })
  const warehouse = await runtime.open()
  const { rows } = await warehouse.query('select distinct team from daily where team is not null order by all')
  warehouse.close()
  teams = rows.map((row) => String(row['team']))
}, 300_000)
afterAll(() => server?.close())

describe('who asks', () => {
  test('is asked for everywhere but where processes and browsers begin', async () => {
    for (const path of ['/', '/api/v1/queries', '/api/v1/alerts', '/openapi.json', '/nothing'])
      expect((await call(path, null)).status, path).toBe(401)
    const page = await call('/', null, { headers: { accept: 'text/html' } })
    expect([page.status, page.headers.get('location')]).toEqual([303, '/login'])
    expect((await call('/livez', null)).status).toBe(200)
    expect((await call('/readyz', null)).status).toBe(200)
    expect((await call('/login', null)).status).toBe(200)
  })

  test('is refused with a token that is wrong, ended, revoked or of no form', async () => {
    const good = key('viewer')
    expect((await call('/api/v1/queries', good.token)).status).toBe(200)
    const ended = key('viewer', null, new Date(now.getTime() - 1000).toISOString())
    const other = key('viewer').token
    const swapped = `${good.token.slice(0, 16)}${other.slice(16)}`
    for (const token of [ended.token, swapped, `${good.token}x`, 'cw_', 'eyJhbGciOiJub25lIn0.e30.', "' or 1=1 --"])
      expect((await call('/api/v1/queries', token)).status, token).toBe(401)
    const database = openDatabase(createRuntime({ data }).layout.state)
    revokeKey(database, { key_id: good.key.key_id, actor: 'test' }, now)
    database.close()
    expect((await call('/api/v1/queries', good.token)).status).toBe(401)
  })

  test('logs in a browser with a cookie that no script sees, from this page only', async () => {
    const { token } = key('viewer')
    const form = { method: 'POST', body: new URLSearchParams({ key: token }) }
    const from = (origin: string) => ({ ...form, headers: { origin } })
    expect((await call('/login', null, from('https://elsewhere.example'))).status).toBe(403)
    const done = await call('/login', null, from(server.url))
    expect([done.status, done.headers.get('location')]).toEqual([303, '/'])
    const cookie = done.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict/)
    expect((await call('/', null, { headers: { cookie: cookie.split(';')[0] ?? '' } })).status).toBe(200)
    const wrong = await call('/login', null, { ...from(server.url), body: new URLSearchParams({ key: 'x' }) })
    expect(wrong.status).toBe(401)
  })
})

test('roles: a viewer reads, an analyst asks in SQL, and only an admin of all teams reads the log', async () => {
  const [viewer, analyst] = [key('viewer').token, key('analyst').token]
  expect((await sql(viewer, 'show tables')).status).toBe(403)
  expect((await sql(analyst, 'select 1 as x')).status).toBe(200)
  expect((await call('/api/v1/audit', analyst)).status).toBe(403)
  expect((await call('/api/v1/audit', key('admin').token)).status).toBe(200)
  expect((await call('/api/v1/audit', key('admin', [teams[0] as string]).token)).status).toBe(404)
  const decision = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  expect((await call('/api/v1/alerts/x/ack', viewer, decision)).status).toBe(403)
  expect((await call('/api/v1/alerts/x/ack', analyst, decision)).status).toBe(404)
})

test('requests above the rate are told when to come again, and others go on', async () => {
  const { token } = key('viewer')
  const answers = await Promise.all(Array.from({ length: 420 }, () => call('/api/v1/queries', token)))
  const late = answers.filter(({ status }) => status === 429)
  expect(late.length).toBeGreaterThan(0)
  expect(Number(late[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await call('/api/v1/queries', key('viewer').token)).status).toBe(200)
})

describe('a key of one team', () => {
  let token: string
  let own: string
  let others: readonly string[]
  beforeAll(() => {
    own = teams[0] as string
    others = teams.slice(1)
    token = key('analyst', [own]).token
  })
  const isClean = (text: string) =>
    others.flatMap((team) =>
      [...text.matchAll(new RegExp(`.{60}(?<!=)[">]${team}["<].{30}`, 'g'))].map(([found]) => found),
    )

  test('sees no other team in any answer of the catalogue', async () => {
    const { queries } = (await (await call('/api/v1/queries', token)).json()) as {
      queries: { name: string; params: { required?: boolean; default?: unknown }[] }[]
    }
    let answered = 0
    for (const { name } of queries) {
      const response = await call(`/api/v1/queries/${name}?limit=2000`, token)
      const text = await response.text()
      expect(response.status, `${name}: ${text.slice(0, 200)}`).toBeLessThan(500)
      if (response.status === 200) answered += 1
      expect(isClean(text), name).toEqual([])
    }
    expect(answered).toBeGreaterThan(20)
  }, 120_000)

  test('nor on a page or in any other route', async () => {
    for (const path of [
      ...['/', '/alerts', '/queries', '/api/v1/alerts', '/api/v1/anomalies', '/api/v1/forecasts', '/api/v1/sources'],
      ...['/api/v1/reconciliation', '/api/v1/costs?group_by=team', '/api/v1/tag-coverage', '/api/v1/unit-costs'],
      ...['/api/v1/checks', '/api/v1/recommendations', '/api/v1/savings', '/reference'],
    ]) {
      const response = await call(path, token, { headers: { accept: 'text/html, application/json' } })
      expect([path, isClean(await response.text())]).toEqual([path, []])
    }
  })

  test('nor in the FOCUS export, which holds exactly its own charges', async () => {
    const file = join(data, 'own.parquet')
    const exported = async (of: string) => {
      const response = await call('/api/v1/export/focus', of)
      writeFileSync(file, Buffer.from(await response.arrayBuffer()))
      const engine = await openDuckDb({ path: ':memory:' })
      const { rows } = await engine.query(`select count(*) as n, sum(EffectiveCost) as cost from '${file}'`)
      engine.close()
      return rows
    }
    const counted = async (of: string) =>
      (await (await sql(of, 'select count(*) as n, sum(EffectiveCost) as cost from charges')).json()) as {
        rows: unknown
      }
    const all = key('analyst').token
    const [own, everything] = [await exported(token), await exported(all)]
    expect(own).toEqual((await counted(token)).rows)
    expect(everything).toEqual((await counted(all)).rows)
    expect(own).not.toEqual(everything)
  }, 60_000)

  test('nor by SQL, whatever it tries', async () => {
    const found = (await (await sql(token, 'select distinct team from daily')).json()) as { rows: unknown[] }
    expect(found.rows).toEqual([{ team: own }])
    const lake = join(data, 'lake', 'focus')
    const other = (others[0] as string).replaceAll("'", "''")
    for (const statement of [
      `select * from daily where team = '${other}'`,
      `select * from daily where team is distinct from '${own}'`,
      `select * from charges where Tags['team'] = '${other}'`,
      `select * from budgets where value <> '${own}'`,
      `select * from tag_set_keys where canonical_value = '${other}' and tag_key = 'team'`,
      `select * from resources where team <> '${own}'`,
      `select * from accounts where team is distinct from '${own}' and team is not null and sub_account_id not in (select sub_account_id from owned_rows)`,
      `select * from provider_totals`,
      `select * from provider_commitments`,
    ]) {
      const response = await sql(token, statement)
      expect([statement, await response.json()]).toEqual([statement, expect.objectContaining({ rows: [] })])
    }
    for (const statement of [
      `select * from read_parquet('${lake}/**/*.parquet')`,
      `from '${lake}/source=*/billing_period=*/version=*/*.parquet'`,
      `attach '${join(data, 'warehouse')}/x.duckdb' as other`,
      `select * from duckdb_views()`,
      `from whole.daily`,
    ])
      expect((await sql(token, statement)).status, statement).toBe(400)
  })
})

describe('what other teams own', () => {
  let own: string
  let foreign: Foreign
  let finding: string
  const admin = () => key('admin').token
  const rowsOf = async (file: Buffer) => {
    const path = join(data, 'answer.parquet')
    writeFileSync(path, file)
    const warehouse = await openDuckDb({ path: ':memory:' })
    const { rows } = await warehouse.query(`from read_parquet('${path}')`)
    warehouse.close()
    return JSON.stringify(rows)
  }
  beforeAll(async () => {
    own = teams[0] as string
    const warehouse = await createRuntime({ data }).open()
    foreign = await foreignTo(own, warehouse)
    warehouse.close()
    const list = (await (await call('/api/v1/recommendations?role=counted&limit=200', admin())).json()) as Listed
    finding = list.rows.find(({ team }) => team !== null && team !== own)?.finding_id ?? ''
    expect([
      foreign.teams.length > 3,
      foreign.accounts.length > 10,
      foreign.resources.length > 50,
      finding !== '',
    ]).toEqual([true, true, true, true])
  }, 120_000)

  test('is not read by a key of one team: more than 90 attempts over every route, format and cache', async () => {
    const paths = foreignReads(foreign, own, finding)
    const [everyone, limited] = [admin(), key('analyst', [own]).token]
    let control = 0
    /** Asked as an admin first, so that an answer or its tag that was kept for everyone would be found out. */
    const askedByAdmin = async (path: string, headers: Record<string, string>) => {
      if (path.includes('/reports/') && !path.endsWith('tags?format=md')) return null
      const response = await call(path, everyone, { headers })
      if (shownOf(await seenIn(response, rowsOf), foreign, path).length > 0) control += 1
      return response.headers.get('etag')
    }
    for (const path of paths) {
      const headers = { accept: path.startsWith('/api/') ? '*/*' : 'text/html' }
      const etag = await askedByAdmin(path, headers)
      const known = etag === null ? {} : { 'if-none-match': etag }
      const response = await call(path, limited, { headers: { ...headers, ...known } })
      const isExpected = [200, 400, 403, 404].includes(response.status)
      const shown = shownOf(await seenIn(response, rowsOf), foreign, path)
      expect([path, response.status, isExpected, shown]).toEqual([path, response.status, true, []])
    }
    process.stdout.write(`cross-team reads: ${paths.length} attempted, ${control} of them show others to an admin\n`)
    expect(new Set(paths).size).toBeGreaterThanOrEqual(90)
    expect(control).toBeGreaterThanOrEqual(40)
  }, 300_000)

  test('is not reached by HEAD, by a cursor of everyone’s list or by deciding', async () => {
    const limited = key('analyst', [own]).token
    const head = await call('/api/v1/costs?group_by=team', limited, { method: 'HEAD' })
    expect(shownOf(await seenIn(head, rowsOf), foreign, '')).toEqual([])
    const first = (await (await call('/api/v1/queries/resources?limit=1', admin())).json()) as Listed
    const cursor = `/api/v1/queries/resources?limit=1&cursor=${first.meta.next_cursor}`
    expect((await call(cursor, limited)).status).toBe(410)
    for (const verb of ['accept', 'start', 'done', 'dismiss']) {
      const body = verb === 'dismiss' ? '{"reason": "x"}' : '{}'
      const decision = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
      expect((await call(`/api/v1/savings/${finding}/${verb}`, limited, decision)).status).toBe(404)
    }
  }, 60_000)

  test('is not found by statements, as JSON, CSV, Arrow or Parquet', async () => {
    const limited = key('analyst', [own]).token
    const statements = foreignStatements(foreign, own)
    for (const statement of statements) {
      const response = await sql(limited, statement)
      const { rows = [], detail = '' } = (await response.json()) as { rows?: unknown[]; detail?: string }
      expect([statement, rows, shownOf(detail, foreign, statement)]).toEqual([statement, [], []])
      expect(detail).not.toContain(data)
    }
    for (const format of ['csv', 'arrow', 'parquet']) {
      const body = '{"sql": "select distinct team, sub_account_id from daily"}'
      const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
      const response = await call(`/api/v1/sql?format=${format}`, limited, post)
      expect([response.status, response.headers.get('x-truncated')]).toEqual([200, 'false'])
      const text = await seenIn(response, rowsOf)
      expect(text).toContain(own)
      expect(shownOf(text, foreign, '')).toEqual([])
    }
    process.stdout.write(`cross-team statements: ${statements.length + 3} attempted\n`)
  }, 120_000)

  test('is not told to its agent', async () => {
    const client = new Client({ name: 'test', version: '1' })
    const headers = { authorization: `Bearer ${key('analyst', [own]).token}` }
    const transport = new StreamableHTTPClientTransport(new URL('/mcp', server.url), { requestInit: { headers } })
    await client.connect(transport as Parameters<Client['connect']>[0])
    onTestFinished(() => client.close())
    const asked: readonly (readonly [string, Record<string, unknown>])[] = [
      ['ask', { query: 'cost_by_team' }],
      ['ask', { query: 'resources', limit: 1000 }],
      ['ask', { query: 'cost_explorer', params: { group_by: 'account' } }],
      ['sql', { sql: 'select distinct team, sub_account_id from daily' }],
      ['alerts', {}],
      ['forecasts', {}],
      ['sources', {}],
      ['recommendations', { limit: 200 }],
      ['recommendation', { id: finding }],
      ['savings', { limit: 200 }],
      ['savings', { id: finding }],
      ['decide_saving', { id: finding, decision: 'accept' }],
      ['report', { kind: 'tags' }],
      ['report', { kind: 'optimisation' }],
      ['report', { kind: 'executive' }],
      ['report', { kind: 'team', team: own }],
    ]
    for (const [name, given] of asked) {
      const { content } = await client.callTool({ name, arguments: given })
      const text = (content as { text: string }[]).map((part) => part.text).join('\n')
      expect([name, given, shownOf(text, foreign, JSON.stringify(given))]).toEqual([name, given, []])
    }
  }, 120_000)

  test('but its own recommendations, savings and reports are all there', async () => {
    const limited = key('analyst', [own]).token
    const list = (await (await call('/api/v1/recommendations?limit=500', limited)).json()) as Listed
    const whole = (await (await call(`/api/v1/recommendations?team=${own}&limit=500`, admin())).json()) as Listed
    const ids = new Set(list.rows.map(({ finding_id }) => finding_id))
    expect(ids.size).toBeGreaterThan(5)
    // the same findings as for everyone, but those that look beyond one resource
    const known = new Set(whole.rows.map(({ finding_id }) => finding_id))
    expect([...ids].filter((id) => !known.has(id))).toEqual([])
    // of the same cost; a price that only others' rows show is taken from the price table instead
    const moneyOf = (rows: Listed['rows'], id: string) => {
      const found = rows.find(({ finding_id }) => finding_id === id)
      return [id, found?.monthly_cost, found?.price_source === 'rows' ? found.gross_saving_month : null]
    }
    expect([...ids].map((id) => moneyOf(list.rows, id))).toEqual([...ids].map((id) => moneyOf(whole.rows, id)))
    const { savings, funnel } = (await (await call('/api/v1/savings?limit=500', limited)).json()) as Listed
    expect(savings.length).toBeGreaterThan(5)
    const promised = Map.groupBy(savings, ({ currency }) => currency)
    for (const { currency, identified } of funnel) {
      const sum = (promised.get(currency) ?? []).reduce((all, one) => all + Number(one.identified_amount ?? 0), 0)
      expect(Number(identified)).toBeCloseTo(sum, 6)
    }
    const [mine] = list.rows.filter(({ role }) => role === 'counted')
    const accept = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    const path = `/api/v1/savings/${mine?.finding_id}/accept`
    expect((await call(path, limited, accept)).status).toBe(200)
    expect((await call(path, limited, accept)).status).toBe(409)
    const report = await call('/api/v1/reports/optimisation?format=md', limited)
    expect(await report.text()).toContain('What is left out')
    expect(
      pdfText(Buffer.from(await (await call(`/api/v1/reports/team?team=${own}&format=pdf`, limited)).arrayBuffer())),
    ).toContain(own)
  }, 120_000)
})

interface Listed {
  readonly rows: readonly {
    readonly finding_id: string
    readonly team: string | null
    readonly role: string
    readonly gross_saving_month: string | null
    readonly monthly_cost: string
    readonly price_source: string | null
  }[]
  readonly savings: readonly { readonly currency: string; readonly identified_amount: string | null }[]
  readonly funnel: readonly { readonly currency: string; readonly identified: string }[]
  readonly meta: { readonly next_cursor: string | null }
}

test('what was done and refused stands in a log that shows when it was changed', async () => {
  const path = createRuntime({ data }).layout.state
  const database = openDatabase(path)
  const actions = new Set(readAudit(database).map(({ action }) => action))
  expect([...actions]).toEqual(expect.arrayContaining(['key_created', 'key_revoked', 'refused', 'request']))
  expect(brokenEntry(database)).toBeNull()
  expect(JSON.stringify(readAudit(database))).not.toMatch(/cw_[a-z0-9]{12}_/)
  database.run('drop trigger audit_is_final')
  database.run("update audit set actor = 'nobody' where sequence = 3")
  expect(brokenEntry(database)).toBe(3)
  database.run('drop trigger audit_is_kept')
  database.run('delete from audit where sequence = 2')
  expect(brokenEntry(database)).toBe(3)
  database.close()
})

test('keys are made, listed without their secret, and revoked at the command line', async () => {
  const made = await runCommand(['keys', 'add', 'grafana', '--team', 'payments', '--expires', '2099-01-01'], data)
  expect(made.out).toMatch(/^cw_[a-z0-9]{12}_[\w-]{43}\n$/)
  const id = made.out.slice(3, 15)
  const listed = await runCommand(['keys'], data)
  expect(listed.out).toMatch(new RegExp(`${id} +grafana +viewer +payments .*2099-01-01 +works`))
  expect(listed.out).not.toContain(made.out.trim().slice(16))
  await runCommand(['keys', 'revoke', id], data)
  expect((await runCommand(['keys'], data)).out).toMatch(new RegExp(`${id} .* revoked`))
  await expect(runCommand(['keys', 'revoke', 'nope'], data)).rejects.toThrow(/no key nope/)
  await expect(runCommand(['keys', 'add', 'x', '--expires', '2020-01-01'], data)).rejects.toThrow(/no day to come/)
})

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRuntime } from '../../src/runtime.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { createKey, type Role } from '../../src/state/api-keys.ts'
import { readAudit } from '../../src/state/audit.ts'
import { type Database, openDatabase } from '../../src/state/sqlite.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { runCommand } from '../support/run-command.ts'
import { eventsOf, spawnCli } from '../support/server.ts'

const data = mkdtempSync(join(tmpdir(), 'costwright-admin-'))
const uploads = join(data, 'uploads')
const fixture = resolve(import.meta.dirname, '../../fixtures/aws-cur-legacy')
const readText = (name: string) => readFileSync(join(fixture, name), 'utf8')
let server: RunningServer
let database: Database
const tokens: Record<string, string> = {}

interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, asserted part by part
  readonly body: any
}

const call = (who: string, method: string, path: string, body?: string | object, headers: HeadersInit = {}) =>
  fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      ...{ authorization: `Bearer ${tokens[who]}` },
      ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'object' ? JSON.stringify(body) : body }),
  })
async function ask(...given: Parameters<typeof call>): Promise<Answer> {
  const response = await call(...given)
  return { status: response.status, headers: response.headers, body: await response.json() }
}
const newSet = async () => (await ask('admin', 'POST', '/imports')).body.import_id as string

/** The job's last event and what the job then is. */
async function done(id: string) {
  const events = []
  for await (const event of eventsOf(await call('admin', 'GET', `/jobs/${id}/events`))) events.push(event)
  return { last: events.at(-1), job: (await ask('admin', 'GET', `/jobs/${id}`)).body }
}

beforeAll(async () => {
  writeFileSync(join(data, 'costwright.yaml'), 'auth: { required: true }\nserver: { max_upload: 1 MB }\n')
  const runtime = createRuntime({ data })
  database = openDatabase(runtime.layout.state)
  const key = (role: Role, teams: readonly string[] | null = null) =>
    createKey(database, { name: role, role, teams, expires_at: null, actor: 'test' }, new Date()).token
  Object.assign(tokens, {
    admin: key('admin'),
    analyst: key('analyst'),
    viewer: key('viewer'),
    team: key('admin', ['a']),
  })
  server = await startServer({ runtime, port: 0, spawnJob: spawnCli(data) })
}, 60_000)
afterAll(async () => {
  await server?.close()
  database?.close()
  rmSync(data, { recursive: true, force: true })
})

describe('an export of two files with its manifest', () => {
  test('is uploaded, imported by a job, and answered for', async () => {
    const [header, ...rows] = readText('hourly-1.csv').trimEnd().split('\n')
    const manifest = JSON.parse(readText('hourly-Manifest.json')) as { reportKeys: string[] }
    const [key = ''] = manifest.reportKeys
    manifest.reportKeys = [key, key.replace('hourly-1', 'hourly-2')]
    const half = Math.ceil(rows.length / 2)
    const id = await newSet()
    const put = (name: string, text: string) => ask('admin', 'PUT', `/imports/${id}/files/${name}`, text)
    expect((await put('hourly-1.csv', [header, ...rows.slice(0, half), ''].join('\n'))).status).toBe(201)
    expect((await ask('admin', 'POST', `/imports/${id}/run`, { source: '../../x' })).status).toBe(400)
    expect((await put('hourly-2.csv', [header, ...rows.slice(half), ''].join('\n'))).status).toBe(201)
    expect((await put('hourly-Manifest.json', JSON.stringify(manifest))).status).toBe(201)
    const started = await ask('admin', 'POST', `/imports/${id}/run`, { source: 'aws-legacy' })
    expect([started.status, started.headers.get('location')]).toEqual([202, `/api/v1/jobs/${started.body.job_id}`])
    expect((await put('late.csv', 'x')).body.type).toMatch(/import-in-use/)
    const { last, job } = await done(started.body.job_id)
    expect(last).toMatchObject({ event: 'done', data: { state: 'succeeded', exit_code: 0 } })
    expect(job.result).toMatchObject([{ source: 'aws-legacy', unchanged: false }])
    expect(job.progress).toMatchObject({ label: expect.any(String), total: expect.any(Number) })
    expect(job.result[0].files.length).toBe(2)
    expect(job.result[0].billing_periods[0].rows_in).toBe(rows.length)
    expect(existsSync(join(uploads, id))).toBe(false)
  }, 60_000)

  test('is exported again as the command exports it, and its checks hold', async () => {
    await expect.poll(async () => (await ask('viewer', 'GET', '/health')).body.status, { timeout: 10_000 }).toBe('ok')
    const rowsOf = async (path: string) => {
      const engine = await openDuckDb({ path: ':memory:' })
      const { columns, rows } = await engine.query(`from '${path}' order by all`)
      engine.close()
      return { columns, rows }
    }
    for (const format of ['csv', 'parquet']) {
      const [own, sent] = [join(data, `own.${format}`), join(data, `sent.${format}`)]
      await runCommand(['export', 'focus', '--out', own], data)
      const answer = await call('viewer', 'GET', `/export/focus?format=${format}`)
      writeFileSync(sent, Buffer.from(await answer.arrayBuffer()))
      expect(await rowsOf(sent)).toEqual(await rowsOf(own))
      const lines = (path: string) => readFileSync(path, 'utf8').split('\n').toSorted()
      if (format === 'csv') expect(lines(sent)).toEqual(lines(own))
    }
    const none = await call('viewer', 'GET', '/export/focus?format=csv&period=1999-01')
    expect((await none.text()).trimEnd().split('\n').length).toBe(1)
    const command = JSON.parse((await runCommand(['check', '--json'], data)).out) as object[]
    const { checks, meta } = (await ask('viewer', 'GET', '/checks')).body
    expect(checks.map(({ more: _, ...check }: { more: boolean }) => check)).toEqual(command)
    expect(meta).toMatchObject({ holds: true, errors: 0 })
    expect((await ask('viewer', 'GET', '/checks?name=nope')).body.hint).toContain('conservation')
  }, 60_000)
})

test('a key limited to teams exports the charges of its teams, and no other', async () => {
  const file = join(data, 'focus.csv')
  const line = (team: string, cost: string) =>
    `${cost},payer,USD,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,Usage,2026-01-05T00:00:00Z,2026-01-06T00:00:00Z,${cost},${cost},${cost},Cloud,Cloud,Compute,Compute,"{""team"":""${team}""}"\n`
  const header =
    'BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,ContractedCost,ListCost,InvoiceIssuerName,ServiceProviderName,ServiceName,ServiceCategory,Tags\n'
  writeFileSync(file, `${header}${line('a', '10.5')}${line('b', '5.25')}`)
  expect((await runCommand(['import', file], data)).code).toBe(0)
  const exported = async (who: string) =>
    (await (await call(who, 'GET', '/export/focus?format=csv&period=2026-01')).text()).trimEnd().split('\n').slice(1)
  await expect.poll(async () => (await exported('viewer')).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2)
  await expect.poll(() => exported('team'), { timeout: 20_000 }).toHaveLength(1)
  const [own = ''] = await exported('team')
  expect(own).toContain('10.5')
  expect(own).not.toContain('5.25')
}, 60_000)

describe('who may do what', () => {
  test.each([
    ['viewer', 'POST', '/jobs', { kind: 'doctor' }, 403],
    ['viewer', 'GET', '/jobs', undefined, 403],
    ['analyst', 'POST', '/jobs', { kind: 'build' }, 403],
    ['analyst', 'POST', '/jobs', { kind: 'collect' }, 403],
    ['analyst', 'GET', '/imports', undefined, 403],
    ['analyst', 'POST', '/imports', undefined, 403],
    ['analyst', 'GET', '/keys', undefined, 403],
    ['team', 'GET', '/jobs', undefined, 403],
    ['team', 'POST', '/jobs', { kind: 'doctor' }, 403],
    ['team', 'POST', '/imports', undefined, 403],
    ['team', 'POST', '/keys', { name: 'x' }, 403],
    ['admin', 'POST', '/jobs', { kind: 'serve' }, 400],
    ['admin', 'POST', '/jobs', { kind: 'collect', options: { config: 'x' } }, 400],
    ['admin', 'POST', '/jobs', { kind: 'import', options: { import: '0'.repeat(32) } }, 404],
    ['admin', 'POST', '/jobs', 'kind=build', 415],
    ['admin', 'PUT', '/jobs', {}, 405],
    ['admin', 'GET', '/jobs?state=old', undefined, 400],
    ['admin', 'GET', '/jobs/nothing', undefined, 404],
    ['admin', 'GET', '/jobs/nothing/events', undefined, 404],
    ['admin', 'DELETE', '/keys/nothing', undefined, 404],
  ])('%s: %s %s with %j is answered %i', async (who, method, path, body, status) => {
    const answer = await ask(who, method, path, body)
    expect([answer.status, answer.body.status]).toEqual([status, status])
  })

  test('a job that an analyst starts is his in the log, and one of an administrator is not his to cancel', async () => {
    const { body } = await ask('analyst', 'POST', '/jobs', {
      kind: 'commit_ladder',
      options: { amount: '12', tranches: '3', term: '12', at: '2026-08-01' },
    })
    const { job } = await done(body.job_id)
    expect(job).toMatchObject({ state: 'succeeded', actor: expect.stringMatching(/^key \w+ analyst$/) })
    expect(job.result.rows.length).toBe(3)
    const build = (await ask('admin', 'POST', '/jobs', { kind: 'build' })).body.job_id
    expect((await ask('analyst', 'DELETE', `/jobs/${build}`)).status).toBe(403)
    expect((await done(build)).job.state).toBe('succeeded')
    expect((await ask('admin', 'DELETE', `/jobs/${build}`)).status).toBe(409)
    const page = (await ask('analyst', 'GET', '/jobs?limit=1')).body
    expect(page.jobs.map(({ job_id }: { job_id: string }) => job_id)).toEqual([build])
    expect((await ask('analyst', 'GET', `/jobs?limit=1&cursor=${page.meta.next_cursor}`)).body.jobs[0].job_id).toBe(
      body.job_id,
    )
  }, 60_000)

  test('a command on an uploaded file gets that file', async () => {
    const id = await newSet()
    const offers = 'offer,term_months,upfront,recurring_per_hour,on_demand_per_hour\nA,12,0,0.7,1\n'
    await ask('admin', 'PUT', `/imports/${id}/files/offers.csv`, offers)
    const { body } = await ask('analyst', 'POST', '/jobs', {
      kind: 'commit_offers',
      options: { offers: `${id}/offers.csv` },
    })
    expect((await done(body.job_id)).job.result.rows).toMatchObject([{ offer: 'A', effective_per_hour: '0.7' }])
    expect(
      (await ask('analyst', 'POST', '/jobs', { kind: 'commit_offers', options: { offers: `${id}/none.csv` } })).status,
    ).toBe(404)
    expect((await ask('admin', 'DELETE', `/imports/${id}`)).status).toBe(200)
  }, 60_000)
})

describe('keys', () => {
  test('are made, told once, work at once, and end at once', async () => {
    const made = await ask('admin', 'POST', '/keys', {
      name: 'ci',
      role: 'analyst',
      teams: ['a', 'b'],
      expires: '2999-01-01',
    })
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const { token, key_id } = made.body
    expect(made.body).toMatchObject({
      role: 'analyst',
      teams: ['a', 'b'],
      status: 'works',
      expires_at: '2999-01-01T00:00:00.000Z',
    })
    tokens['made'] = token
    expect((await call('made', 'GET', '/queries')).status).toBe(200)
    const list = await ask('admin', 'GET', '/keys')
    expect(JSON.stringify(list.body)).not.toContain(token.slice(16))
    expect((await ask('admin', 'DELETE', `/keys/${key_id}`)).body.status).toBe('revoked')
    expect((await call('made', 'GET', '/queries')).status).toBe(401)
    expect(readAudit(database, key_id).map(({ action, actor }) => [action, actor.split(' ')[2]])).toEqual([
      ['key_created', 'admin'],
      ['key_revoked', 'admin'],
    ])
    expect(JSON.stringify(readAudit(database))).not.toContain(token)
    expect((await ask('admin', 'POST', '/keys', { name: 'x', expires: '2020-01-01' })).body.detail).toContain(
      'no day to come',
    )
  })
})

describe('uploads', () => {
  const parts = () =>
    readdirSync(uploads)
      .flatMap((id) => readdirSync(join(uploads, id)))
      .filter((name) => name !== 'files')

  test('keep to their folder, whatever a file is called', async () => {
    const id = await newSet()
    for (const name of [
      '..%2F..%2F..%2Fpasswd',
      '%2Fetc%2Fshadow',
      '..%5C..%5Cwin.ini',
      'NUL.csv',
      'a%00b.csv',
      'x'.repeat(300),
    ])
      expect((await ask('admin', 'PUT', `/imports/${id}/files/${name}`, 'text')).status, name).toBe(201)
    const { files } = (await ask('admin', 'GET', `/imports/${id}`)).body
    expect(files.map(({ name }: { name: string }) => name)).toEqual([
      '_NUL.csv',
      'a_b.csv',
      'passwd',
      'shadow',
      'win.ini',
      'x'.repeat(120),
    ])
    expect(readdirSync(data).sort()).not.toContain('passwd')
    for (const name of ['%2E%2E%2F', '.%20.', '%00'.repeat(0) || '-'])
      expect((await ask('admin', 'PUT', `/imports/${id}/files/${name}`, 'text')).status, name).toBeGreaterThanOrEqual(
        400,
      )
    await ask('admin', 'DELETE', `/imports/${id}`)
  })

  test('are the same again for the same file, and refused for another of its name, or an empty one', async () => {
    const id = await newSet()
    const put = async (text: string) => (await ask('admin', 'PUT', `/imports/${id}/files/a.csv`, text)).status
    expect([await put('one'), await put('one'), await put('two'), await put('')]).toEqual([201, 201, 409, 400])
    expect((await ask('admin', 'GET', `/imports/${id}`)).body).toMatchObject({
      files: [{ name: 'a.csv', bytes: 3 }],
      bytes: 3,
    })
    expect((await ask('admin', 'POST', `/imports/${'f'.repeat(32)}/run`, {})).status).toBe(404)
    await ask('admin', 'DELETE', `/imports/${id}`)
  })

  test('end where they are too large, stated or not, all files of a set together', async () => {
    const id = await newSet()
    const file = (name: string, body: BodyInit, more: object = {}) =>
      fetch(`${server.url}/api/v1/imports/${id}/files/${name}`, {
        ...{ method: 'PUT', headers: { authorization: `Bearer ${tokens['admin']}` }, body },
        ...more,
      }).then(
        ({ status }) => status,
        (error: unknown) => `${name} ${error}`,
      )
    const piece = new Uint8Array(100_000)
    const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(piece) })
    expect(await file('stated.csv', new Uint8Array(1_000_001))).toBe(413)
    expect(await file('endless.csv', endless(), { duplex: 'half' })).toBe(413)
    expect(await file('most.csv', new Uint8Array(900_000))).toBe(201)
    expect(await file('rest.csv', new Uint8Array(100_001))).toBe(413)
    expect(await file('fits.csv', new Uint8Array(100_000))).toBe(201)
    expect(parts()).toEqual([])
    expect((await ask('admin', 'GET', `/imports/${id}`)).body.bytes).toBe(1_000_000)
    await ask('admin', 'DELETE', `/imports/${id}`)
  })

  test('whose connection breaks leave nothing', async () => {
    const id = await newSet()
    const { port } = new URL(server.url)
    const sending = request({
      ...{ port, method: 'PUT', path: `/api/v1/imports/${id}/files/half.csv` },
      headers: { authorization: `Bearer ${tokens['admin']}`, 'content-length': '500000' },
    })
    sending.on('error', () => undefined)
    sending.write(Buffer.alloc(100_000))
    await expect.poll(parts).toHaveLength(1)
    sending.destroy()
    await expect.poll(parts).toEqual([])
    expect((await ask('admin', 'GET', `/imports/${id}`)).body.files).toEqual([])
    await ask('admin', 'DELETE', `/imports/${id}`)
  })

  test('from a page elsewhere are refused', async () => {
    const answer = await ask('admin', 'POST', '/imports', undefined, { origin: 'https://evil.example' })
    expect(answer.body.type).toMatch(/foreign-origin/)
  })
})

test('the reference and its script come from the server, and may ask nobody else', async () => {
  const page = await fetch(`${server.url}/reference`, { headers: { authorization: `Bearer ${tokens['viewer']}` } })
  expect(page.headers.get('content-security-policy')).toMatch(
    /default-src 'none'; script-src 'self'; connect-src 'self'/,
  )
  const text = await page.text()
  expect(text).not.toMatch(/https?:\/\//)
  const path = /src="(\/reference\/[0-9a-f]{16}\.js)"/.exec(text)?.[1] ?? ''
  const script = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${tokens['viewer']}` } })
  expect([script.status, script.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
  expect(await script.text()).toContain('openapi-explorer')
  expect(
    (
      await fetch(`${server.url}/reference/0000000000000000.js`, {
        headers: { authorization: `Bearer ${tokens['viewer']}` },
      })
    ).status,
  ).toBe(404)
})

test('streams end at once when the server does', async () => {
  const runtime = createRuntime({ data })
  const other = await startServer({ runtime, port: 0, spawnJob: spawnCli(data) })
  const headers = { authorization: `Bearer ${tokens['viewer']}` }
  const stream = await fetch(`${other.url}/api/v1/alerts/events`, { headers })
  expect(stream.headers.get('content-type')).toBe('text/event-stream')
  const began = performance.now()
  await other.close()
  expect(performance.now() - began).toBeLessThan(4000)
  expect(await stream.text()).toMatch(/^retry: 3000/)
}, 30_000)

import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { createApiContext } from '../../src/api-context.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { createRuntime } from '../../src/runtime.ts'
import { type Alerts, createAlerts } from '../../src/runtime-notify.ts'
import { appendAudit, type ChainedEntry } from '../../src/state/audit.ts'
import { openDatabase } from '../../src/state/sqlite.ts'
import { notifications } from '../support/alerts.ts'
import { runCommand } from '../support/run-command.ts'

const now = () => new Date('2026-11-21T07:00:00Z')
const entry = (subject: string) => ({
  ...{ at: now().toISOString(), actor: 'key 1 "grafana"', action: 'request', subject },
  detail: { status: 200, note: 'Grüße \u2028 \u0001 \\' },
})

let alerts: Alerts
let get: (query: string, init?: RequestInit) => Promise<Response>

beforeEach(async () => {
  alerts = createAlerts({ path: ':memory:', config: notifications('{}'), now, env: () => undefined })
  const refuse = () => Promise.reject(new Error('no warehouse'))
  const context = await createApiContext({
    ...{ catalog: loadCatalog(), title: 'Cloud costs', now, current: () => null },
    ...{ build: refuse, open: refuse, openSandbox: refuse },
  })
  const app = await createApp(context, { audit: alerts.audit })
  get = async (query, init) => app.request(`/api/v1/audit${query}`, init)
  onTestFinished(() => {
    context.close()
    alerts.close()
  })
})

const write = (count: number) => {
  for (let at = 1; at <= count; at++) appendAudit(alerts.database, entry(`s${at}`))
}
const json = async (query: string) =>
  (await (await get(query)).json()) as {
    entries: ChainedEntry[]
    meta: { next_after: number | null; chain: { broken_at: number | null; entries: number } | null }
  }

describe('the audit log over the API', () => {
  test('comes in pages, the first of which tells that it is whole', async () => {
    write(5)
    const first = await json('?limit=2')
    expect(first.meta).toMatchObject({ next_after: 2, chain: { entries: 5, broken_at: null } })
    const rest = await json('?after=2&limit=3')
    expect(rest.entries.map(({ subject }) => subject)).toEqual(['s3', 's4', 's5'])
    expect(rest.meta).toEqual({ next_after: null, chain: null })
    expect((await json('?after=5')).entries).toEqual([])
  })

  test('is empty and whole where nothing was done', async () => {
    expect(await json('')).toEqual({
      entries: [],
      meta: { next_after: null, chain: { entries: 0, unchained: 0, broken_at: null, last: null } },
    })
    expect(await (await get('?format=ndjson')).text()).toBe('')
  })

  test('goes out as lines that anybody can check with SHA-256 alone', async () => {
    write(1203)
    const response = await get('?format=ndjson')
    const entries = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ChainedEntry)
    expect(entries).toHaveLength(1203)
    let chain: string | null = null
    for (const { at, actor, action, subject, detail, chain: stated } of entries) {
      const text: string = JSON.stringify([chain, at, actor, action, subject, JSON.stringify(detail)])
      chain = createHash('sha256').update(text).digest('hex')
      expect(stated).toBe(chain)
    }
    const headers = ['content-type', 'x-audit-entries', 'x-audit-whole', 'x-audit-last']
    expect(headers.map((name) => response.headers.get(name))).toEqual(['application/x-ndjson', '1203', 'yes', chain])
    expect((await (await get('?format=ndjson&after=1202')).text()).split('\n')).toHaveLength(2)
    expect(await (await get('?format=ndjson', { method: 'HEAD' })).text()).toBe('')
  })

  test('says where it was changed, or cut at its end', async () => {
    write(3)
    alerts.database.run('drop trigger audit_is_kept')
    alerts.database.run('delete from audit where sequence = 3')
    expect((await json('')).meta.chain).toMatchObject({ broken_at: 3, entries: 2 })
    alerts.database.run('drop trigger audit_is_final')
    alerts.database.run("update audit set subject = 's9' where sequence = 1")
    expect((await json('')).meta.chain).toMatchObject({ broken_at: 1, entries: 0 })
    expect((await get('?format=ndjson')).headers.get('x-audit-whole')).toBe('no, broken at 1')
  })

  test('does not call proved what is older than chains, or had its chains taken off', async () => {
    write(3)
    alerts.database.run('drop trigger audit_is_final')
    alerts.database.run('update audit set chain = null where sequence = 2')
    expect((await json('')).meta.chain).toMatchObject({ broken_at: 2 })
    alerts.database.run('update audit set chain = null')
    expect((await json('')).meta.chain).toMatchObject({ broken_at: null, entries: 3, unchained: 3 })
    write(1)
    expect((await json('')).meta.chain).toMatchObject({ broken_at: null, entries: 4, unchained: 3 })
  })

  test.each(['after=-1', 'after=1e3', 'after=9999999999999999', 'limit=0', 'limit=10001', 'limit=1&limit=2'])(
    'refuses %s in words',
    async (query) => {
      const response = await get(`?${query}`)
      expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
    },
  )

  test.each(['format=csv', 'format=ndjson&limit=3', 'actor=jane'])('refuses %s in words', async (query) => {
    expect((await get(`?${query}`)).status).toBe(400)
  })
})

describe('the audit log at the command line', () => {
  let data: string
  beforeAll(() => {
    data = mkdtempSync(join(tmpdir(), 'costwright-audit-'))
    const database = openDatabase(createRuntime({ data }).layout.state)
    for (let at = 1; at <= 60; at++) appendAudit(database, entry(`s${at}`))
    database.close()
  })
  afterAll(() => rmSync(data, { recursive: true, force: true }))

  test('lists the newest entries', async () => {
    const { out, code } = await runCommand(['audit'], data)
    expect([code, out.includes(' s11 '), out.includes(' s10 '), out.includes(' s60 ')]).toEqual([0, true, false, true])
    const lines = (await runCommand(['audit', '--json', '--last', '2'], data)).out.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).subject)).toEqual(['s59', 's60'])
  })

  test('is written whole to a file, and fails the command once it was changed', async () => {
    const file = join(data, 'audit.ndjson')
    const good = await runCommand(['audit', '--out', file], data)
    expect([good.code, good.out]).toEqual([
      0,
      expect.stringMatching(/^60 entries, the chain is whole; it ends in \w{64}\n$/),
    ])
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(60)
    const database = openDatabase(createRuntime({ data }).layout.state)
    database.run('drop trigger audit_is_final')
    database.run("update audit set actor = 'nobody' where sequence = 30")
    database.close()
    const bad = await runCommand(['audit', '--verify'], data)
    expect([bad.code, bad.out]).toEqual([1, 'the chain is broken at entry 30; the 29 before it are whole\n'])
  })
})

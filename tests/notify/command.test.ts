import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { detection } from '../support/alert-state.ts'
import { runCommand } from '../support/run-command.ts'

let data = ''
const today = new Date().toISOString().slice(0, 10)

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'costwright-alerts-'))
  writeFileSync(
    join(data, 'costwright.yaml'),
    'notifications: { channels: [{ name: chat, type: teams, url_env: COSTWRIGHT_TEST_UNSET }], routes: [{ channels: [chat] }] }',
  )
  const run = detection([{ service: 'a', onset: today, kinds: [['opened', today]] }], today)
  writeFileSync(join(data, 'alerts.json'), JSON.stringify(run))
})

const alerts = (...args: string[]) => runCommand(['alerts', ...args], data)

async function listed(): Promise<{ incident_id: string; state: string; deliveries: object }[]> {
  return JSON.parse((await alerts('list', '--json')).out).incidents
}

test('apply, list, ack, show: a decision is kept with its author and reason', async () => {
  expect((await alerts('list')).out).toBe('no rows\n')
  expect((await alerts('apply', join(data, 'alerts.json'), '--currency', 'USD')).out).toBe(
    '1 changes, 1 messages owed\n',
  )
  expect((await alerts('apply', join(data, 'alerts.json'), '--currency', 'USD')).out).toBe(
    '0 changes, 0 messages owed\n',
  )
  const table = await alerts('list')
  expect(table.out).toMatch(/open .* payments .* AWS › 1 › a .* 208\.55 .* 1 waiting/)
  const [incident] = await listed()
  const id = String(incident?.incident_id)
  expect((await alerts('ack', id.slice(0, 5), '--by', 'jane', '--note', 'looking')).out).toBe(`${id} is acknowledged\n`)
  expect((await listed()).map(({ state }) => state)).toEqual(['acknowledged'])
  const { history } = JSON.parse((await alerts('show', id)).out)
  expect(history.at(-1)).toMatchObject({
    actor: 'jane',
    action: 'acknowledge',
    detail: { from: 'open', reason: 'looking' },
  })
  expect((await alerts('list')).notes.at(-1)).toBe(
    'actionable: 100.0\u00a0% (1 of 1 judged, 1 told; target above 80 %)',
  )
})

test('deliver fails visibly where a channel is not set up, and list keeps saying so', async () => {
  await alerts('apply', join(data, 'alerts.json'))
  const { code, notes } = await alerts('deliver')
  expect(code).toBe(1)
  expect(notes).toEqual([
    'not delivered: channel chat: the environment variable COSTWRIGHT_TEST_UNSET is not set. Set COSTWRIGHT_TEST_UNSET where costwright runs.',
  ])
  expect((await alerts('list')).notes[0]).toBe(notes[0])
  expect((await alerts('deliver', '--again')).code).toBe(0)
})

test('expect, mute, resolve and plan', async () => {
  await alerts('apply', join(data, 'alerts.json'))
  const id = String((await listed())[0]?.incident_id)
  expect((await alerts('expect', id, '--until', '2099-01-01', '--scope', 'provider=AWS,account=1')).out).toContain(
    '2099-01-01',
  )
  expect((await alerts('mute', id)).out).toContain('is muted until')
  expect((await alerts('resolve', id, '--verdict', 'actionable')).out).toContain('is resolved')
  const plan = ['plan', '--scope', 'account=1', '--start', '2026-03-01', '--end', '2026-03-05', '--direction', 'up']
  expect((await alerts(...plan)).out).toMatch(/^planned change [0-9a-f]{16}\n$/)
})

test.each([
  [['frobnicate'], 'there is no alerts frobnicate'],
  [['ack'], 'name an incident'],
  [['ack', 'zzz'], 'no incident has the id zzz'],
  [['list', '--state', 'new'], '--state new is unknown'],
  [['expect', 'a', '--until', 'soon'], '--until soon is no day'],
  [['expect', 'a', '--until', '2026-02-30x'], 'is no day'],
  [['expect', 'a', '--scope', 'squad=x'], '--scope squad=x is not understood at squad=x'],
  [['resolve', 'a', '--verdict', 'bad'], '--verdict bad is unknown'],
  [['plan', '--scope', 'account=1'], 'a planned change needs --scope, --start and --end'],
  [['apply'], 'name the file'],
  [['apply', '/no/such/file.json'], 'cannot be read as JSON'],
])('alerts %j is refused in words', async (args, message) => {
  const refusal = await alerts(...args).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(UserError)
  expect(String(refusal)).toContain(message)
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKey, keyFinder, revokeKey } from '../../src/state/api-keys.ts'
import { type Database, openDatabase } from '../../src/state/sqlite.ts'

const now = new Date('2026-11-21T12:00:00Z')
let folder: string
let server: Database
let operator: Database
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'costwright-keys-'))
  server = openDatabase(join(folder, 'state.sqlite'))
  operator = openDatabase(join(folder, 'state.sqlite'))
})
afterAll(() => {
  server.close()
  operator.close()
  rmSync(folder, { recursive: true })
})

const made = (expires_at: string | null = null) =>
  createKey(operator, { name: 'x', role: 'viewer', teams: null, expires_at, actor: 'test' }, now)

test.each(['another process', 'the server itself'])(
  'a key that %s revokes is refused to the next request',
  async (who) => {
    const find = keyFinder(server)
    const { key, token } = made()
    for (let times = 0; times < 3; times += 1) {
      expect(find(token, now)?.key_id).toBe(key.key_id)
      await setImmediate()
    }
    revokeKey(who === 'the server itself' ? server : operator, { key_id: key.key_id, actor: 'test' }, now)
    await setImmediate()
    expect(find(token, now)).toBeNull()
  },
)

test('a remembered key ends when its time is over', async () => {
  const find = keyFinder(server)
  const { token } = made('2026-11-21T12:00:01Z')
  expect(find(token, now)).not.toBeNull()
  await setImmediate()
  expect(find(token, new Date('2026-11-21T12:00:01Z'))).toBeNull()
})

test('what is no key is none, however often it is asked for, beside one that is', async () => {
  const find = keyFinder(server)
  const { token } = made()
  expect(find(token, now)).not.toBeNull()
  const wrong = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
  for (let times = 0; times < 3; times += 1) expect(find(wrong, now)).toBeNull()
  expect(find(token, now)).not.toBeNull()
})

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../support/run-command.ts'

const data = mkdtempSync(join(tmpdir(), 'costwright-publish-'))
const edge = join(data, 'edge')
const configure = (text: string) => writeFileSync(join(data, 'costwright.yaml'), text)
const bill = resolve(import.meta.dirname, '../../fixtures/focus-oracle/export.csv')

beforeAll(async () => {
  await runCommand(['import', bill], data)
})
afterAll(() => rmSync(data, { recursive: true, force: true }))

test('says where to write when nothing is configured, and what to do while nothing is imported', async () => {
  await expect(runCommand(['publish'], data)).rejects.toThrow(/does not say where to publish/)
  const empty = mkdtempSync(join(tmpdir(), 'costwright-publish-'))
  writeFileSync(join(empty, 'costwright.yaml'), `publish: { folder: ${join(empty, 'edge')}, open: true }\n`)
  await expect(runCommand(['publish'], empty)).rejects.toThrow(/nothing has been imported/)
  expect(existsSync(join(empty, 'edge'))).toBe(false)
  rmSync(empty, { recursive: true, force: true })
})

test('prints what was sent for whom, then that nothing changed, and hints what a key needs', async () => {
  configure(`publish: { folder: ${edge}, prefix: costs, open: true }\n`)
  const first = await runCommand(['publish'], data)
  expect(first.code).toBe(0)
  expect(first.out).toMatch(
    /^audience +teams +state +answers +objects +bytes +sent +bytes_sent\n─.*\nall +all +[0-9a-f]{16} /,
  )
  expect(first.out).toContain(`published to ${edge}/costs\n`)
  expect(existsSync(join(edge, 'costs', 'access.json'))).toBe(true)
  const again = await runCommand(['publish'], data)
  expect(again.out).toContain(`nothing changed: ${edge}/costs is up to date\n`)
  const made = await runCommand(['keys', 'add', 'ann'], data)
  expect(made.notes.join('\n')).toContain('`costwright publish`')
  const written = await runCommand(['publish', '--access'], data)
  expect(written.out).toBe(`who may read was written: 1 key\npublished to ${edge}/costs\n`)
  const revoked = await runCommand(['keys', 'revoke', made.out.slice(3, 15)], data)
  expect(revoked.notes.join('\n')).toContain('`costwright publish --access`')
  const dry = JSON.parse((await runCommand(['publish', '--access', '--dry-run', '--json'], data)).out)
  expect(dry).toEqual({
    ...{ target: `${edge}/costs`, dry_run: true, audiences: [], swept: 0 },
    access: { changed: true, keys: 0, removed: [] },
  })
})

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { FaultServer } from '../fakes/fault-server.ts'
import { type S3Fake, startS3 } from '../fakes/s3.ts'
import { createDice } from './dice.ts'
import { chargesIn, filesBelow, leaks, totalsIn } from './lakes.ts'
import { isData, putLargeExport } from './large-export.ts'
import { planted } from './planted.ts'
import { folderOfAws, start, until } from './processes.ts'

let s3: S3Fake & FaultServer

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', planted.awsKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', planted.awsSecret)
  vi.stubEnv('AWS_SESSION_TOKEN', planted.awsToken)
  s3 = await startS3()
  putLargeExport(s3)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await s3.close()
})

const partBytes = (data: string) =>
  existsSync(join(data, 'lake', 'inbox'))
    ? filesBelow(join(data, 'lake', 'inbox'))
        .filter((path) => path.endsWith('.part'))
        .reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)
    : 0

test('a collection killed at any moment leaves nothing half, and goes on from the bytes that it had', async () => {
  const [data, other] = [folderOfAws(s3.url), folderOfAws(s3.url)]
  const dice = createDice(7)
  const outputs: string[] = []
  s3.faults.when(isData, { kind: 'slow', bytes: 65_536, pauseMs: 15 }, 1000)
  for (let kill = 0; kill < 6; kill += 1) {
    const { child, ended } = start(['collect'], data)
    const asked = s3.requests.filter(isData).length
    if (kill === 0) await until('a megabyte on disk', () => partBytes(data) >= 1 << 20)
    else {
      await until(
        'the file asked for, or the end',
        () => s3.requests.filter(isData).length > asked || child.exitCode !== null,
      )
      await sleep(dice.below(700))
    }
    child.kill('SIGKILL')
    const { code, output } = await ended
    outputs.push(output)
    expect([[], ['50000']]).toContainEqual((await chargesIn(data)).map(({ rows }) => String(rows)))
    if (code === 0) break
  }
  s3.faults.clear()
  const last = await start(['collect'], data).ended
  expect(last).toMatchObject({ code: 0 })
  const from = s3.requests.flatMap(({ headers }) => /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? [])
  expect(Math.max(...from.map(Number))).toBeGreaterThanOrEqual(1 << 20)
  expect((await start(['collect'], other).ended).code).toBe(0)
  expect(await chargesIn(data)).toEqual(await chargesIn(other))
  expect(totalsIn(data)).toEqual(totalsIn(other))
  expect(filesBelow(join(data, 'lake', 'inbox'))).toEqual([])
  expect(existsSync(join(data, 'lake', 'collected', 'aws.lock'))).toBe(false)
  const secrets = [planted.awsKeyId, planted.awsSecret, planted.awsToken]
  expect(leaks(secrets, data, [...outputs, last.output])).toEqual([])
}, 120_000)

test('a collection that is interrupted says so, ends with code 130 and goes on the next time', async () => {
  const data = folderOfAws(s3.url)
  s3.faults.when(isData, { kind: 'slow', bytes: 65_536, pauseMs: 15 })
  const { child, ended } = start(['collect'], data)
  await until('a megabyte on disk', () => partBytes(data) >= 1 << 20)
  child.kill('SIGTERM')
  const { code, output } = await ended
  expect(output).toMatch(/interrupted; run again to go on where it stopped/)
  expect(code).toBe(130)
  expect((await start(['collect'], data).ended).code).toBe(0)
  expect(s3.requests.filter(({ headers }) => headers.range?.startsWith('bytes=')).length).toBeGreaterThan(0)
  expect((await chargesIn(data)).map(({ rows }) => String(rows))).toEqual(['50000'])
}, 60_000)

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeEstate } from '../../src/estate/estate.ts'
import { createRuntime } from '../../src/runtime.ts'
import { runCommand } from '../support/run-command.ts'

let folder: string
let data: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'costwright-savings-'))
  data = join(folder, 'data')
  const runtime = createRuntime({ data })
  const warehouse = await runtime.scratch()
  await writeEstate({ directory: join(folder, 'exports'), seed: 7, scale: 0.02, months: ['2026-10'], warehouse })
  warehouse.close()
  await runtime.import([join(folder, 'exports', 'aws')])
  await runtime.build()
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]) => runCommand(args, data)

test('recommend prints findings and totals; savings takes the decisions', async () => {
  const table = await run('recommend', '--rule', 'aws.ip.idle', '--rule', 'aws.nat.idle')
  expect(table.code).toBe(0)
  expect(table.out).toContain('aws.nat.idle')
  expect(table.out).toContain('Saving a month after the waterfall')

  const { rows, meta } = JSON.parse((await run('recommend', '--json', '--rule', 'aws.nat.idle')).out)
  expect(rows).toHaveLength(3)
  expect(rows[0]).toMatchObject({ rule: 'aws.nat.idle', state: 'proposed', evidence_end: meta.look_back.end })
  const [first, second] = rows.map((row: { finding_id: string }) => row.finding_id)

  expect((await run('savings', 'accept', first, '--owner', 'network')).out).toContain('accepted')
  await run('savings', 'dismiss', second, '--reason', 'kept', '--until', '2099-12-31')
  const left = JSON.parse((await run('recommend', '--json', '--rule', 'aws.nat.idle')).out).rows
  expect(left.map((row: { state: string }) => row.state).sort()).toEqual(['accepted', 'proposed'])

  const { savings, funnel } = JSON.parse((await run('savings', 'list', '--json')).out)
  expect(savings).toHaveLength(10)
  expect(funnel[0].acceptance_rate).toBeGreaterThan(0)
  expect(savings.find((each: { finding_id: string }) => each.finding_id === second)).toMatchObject({
    state: 'dismissed',
    reason: 'kept',
    until: '2099-12-31',
  })
  expect((await run('savings', 'list', '--state', 'dismissed')).out).toContain(second)

  await run('savings', 'done', first)
  const measured = JSON.parse((await run('savings', 'verify', '--json')).out)
  expect(measured).toMatchObject([{ finding_id: first, outcome: 'too_early' }])
  expect((await run('savings', 'history', first)).out).toContain('command line')
}, 60_000)

test('--out writes a file, --rules lists the rules, a wrong use is refused', async () => {
  const out = join(folder, 'r.csv')
  await run('recommend', '--format', 'csv', '--out', out, '--rule', 'aws.elb.idle', '--min', '10')
  expect(readFileSync(out, 'utf8').split('\n')[0]).toMatch(/^finding_id,finding_key,rule,/)
  expect((await run('recommend', '--rules')).out).toContain('aws.ebs.gp2')
  await expect(run('recommend', '--rule', 'aws.nope')).rejects.toThrow('there is no rule aws.nope')
  await expect(run('recommend', '--min', 'much')).rejects.toThrow('--min much is not')
  await expect(run('recommend', '--format', 'parquet', '--out', out)).rejects.toThrow('cannot write parquet')
  await expect(run('savings', 'frobnicate')).rejects.toThrow('savings has no action frobnicate')
  await expect(run('savings', 'dismiss', 'x')).rejects.toThrow('needs a reason')
  await expect(run('savings', 'accept')).rejects.toThrow('name a saving')
  await expect(run('savings', 'done', 'x', '--on', '2026-13-01')).rejects.toThrow('is no day')
}, 60_000)

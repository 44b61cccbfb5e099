import { appendFileSync, existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readJournal } from '../../src/lake/journal.ts'
import { layout } from '../../src/lake/layout.ts'
import { focusCharge } from '../fakes/azure-export.ts'
import type { FaultServer } from '../fakes/fault-server.ts'
import { type S3Fake, startS3 } from '../fakes/s3.ts'
import { csvText } from '../support/dialect.ts'
import { runCommand } from '../support/run-command.ts'
import { chargesIn, filesBelow } from './lakes.ts'
import { isData, putLargeExport } from './large-export.ts'
import { planted } from './planted.ts'
import { folderOfAws, start, until } from './processes.ts'

let s3: S3Fake & FaultServer

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', planted.awsKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', planted.awsSecret)
  s3 = await startS3()
  putLargeExport(s3)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await s3.close()
})

const rowsIn = async (data: string) => (await chargesIn(data)).map(({ rows }) => String(rows)).sort()

test('a second collection of a source is refused while the first one runs, and names its process', async () => {
  const data = folderOfAws(s3.url)
  s3.faults.when(isData, { kind: 'slow', bytes: 65_536, pauseMs: 20 })
  const first = start(['collect'], data)
  await until('the first one at work', () => s3.requests.some(isData))
  const second = await start(['collect'], data).ended
  expect(second.output).toContain(`another collection of aws (process ${first.child.pid}) is running`)
  expect(second.code).not.toBe(0)
  expect(await first.ended).toMatchObject({ code: 0 })
  expect(s3.requests.filter(isData)).toHaveLength(1)
  expect(await rowsIn(data)).toEqual(['50000'])
}, 60_000)

test('a source that another process collects stops no other, and the run says so', async () => {
  const data = folderOfAws(s3.url)
  const config = join(data, 'costwright.yaml')
  const file = join(data, 'bill-2026-02.csv')
  writeFileSync(file, csvText([focusCharge('2026-02', '1', 0)]))
  utimesSync(file, new Date('2026-03-01'), new Date('2026-03-01'))
  appendFileSync(config, `  - { name: files, type: focus_files, url: '${file}' }\n`)
  mkdirSync(join(data, 'lake', 'collected'), { recursive: true })
  writeFileSync(join(data, 'lake', 'collected', 'aws.lock'), String(process.pid))
  const { code, output } = await start(['collect'], data).ended
  expect(output).toContain(`another collection of aws (process ${process.pid}) is running`)
  expect(output).toMatch(/files +collected/)
  expect(code).toBe(1)
  expect(await rowsIn(data)).toEqual(['1'])
}, 60_000)

test('a collection beside an import waits for it to end', async () => {
  const data = folderOfAws(s3.url)
  const bill = join(data, 'bill.csv')
  const charges = Array.from({ length: 20_000 }, (_, n) => focusCharge('2026-02', '1', n))
  writeFileSync(bill, csvText(charges))
  const importing = start(['import', bill], data)
  await until('the import at work', () => existsSync(layout(data).lock))
  importing.child.kill('SIGSTOP')
  let over = false
  const collecting = runCommand(['collect'], data).finally(() => {
    over = true
  })
  const inbox = join(data, 'lake', 'inbox')
  await until(
    'all fetched',
    () => existsSync(inbox) && filesBelow(inbox).some((path) => path.endsWith('-00001.csv.gz')),
  )
  expect([over, readJournal(layout(data)).length]).toEqual([false, 0])
  importing.child.kill('SIGCONT')
  expect((await importing.ended).code).toBe(0)
  const { code, notes } = await collecting
  expect([code, notes.filter((note) => /refused|warning|failed/.test(note))]).toEqual([0, []])
  expect(await rowsIn(data)).toEqual(['20000', '50000'])
}, 60_000)

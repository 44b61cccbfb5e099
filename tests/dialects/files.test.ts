import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { lockLake } from '../../src/lake/lock.ts'
import { csvText, landed, refused } from '../support/dialect.ts'
import { testLake } from '../support/lake.ts'

const bill = (cost: string, more: Readonly<Record<string, string>> = {}) =>
  csvText([
    {
      BillingAccountId: 'a',
      BillingCurrency: 'USD',
      BillingPeriodStart: '2026-01-01',
      BillingPeriodEnd: '2026-02-01',
      ChargePeriodStart: '2026-01-05',
      ChargePeriodEnd: '2026-01-06',
      ChargeCategory: 'Usage',
      BilledCost: cost,
      EffectiveCost: cost,
      ProviderName: 'Oracle',
      ...more,
    },
  ])
const node = new URL('../../node_modules/.bin/node', import.meta.url).pathname
const one = { '2026-01': '1 USD 5.000000000000000 5.000000000000000' }

test('a gzip file that was cut off, and one with rubbish inside, are refused and nothing lands', async () => {
  const lake = testLake()
  const whole = gzipSync(Buffer.from(bill('5').repeat(200)))
  const cut = await lake.import([lake.file('a/cut.csv.gz', whole.subarray(0, whole.length - 20))])
  expect(refused(cut)).toEqual([expect.stringMatching(/cut\.csv\.gz.*(cut off|damaged)/)])
  const rubbish = await lake.import([
    lake.file('b/x.csv.gz', Buffer.concat([whole.subarray(0, 30), Buffer.alloc(300, 7)])),
  ])
  expect(refused(rubbish)).toEqual([expect.stringMatching(/x\.csv\.gz.*(cut off|damaged)/)])
  const parquet = await lake.import([
    lake.file('c/x.parquet', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(300, 7)])),
  ])
  expect(refused(parquet)).toEqual([expect.stringMatching(/x\.parquet is a damaged Parquet file/)])
  expect([...cut.deliveries, ...rubbish.deliveries, ...parquet.deliveries]).toEqual([])
})

test('unrelated files beside an export are left alone and named', async () => {
  const lake = testLake()
  lake.file('d/bill.csv', bill('5'))
  lake.file('d/README.txt', 'Please read.\nBye, all.\n')
  lake.file('d/notes.md', '# notes')
  lake.file('d/logo.png', Buffer.from([137, 80, 78, 71, 0, 1, 2]))
  lake.file('d/settings.json', '{"a": 1}')
  lake.file('d/people.csv', 'name,mail\nA,a@b\n')
  lake.file('d/.DS_Store', 'x')
  lake.file('d/_SUCCESS', '')
  const result = await lake.import([join(lake.folder, 'd')])
  expect(refused(result)).toEqual([])
  expect(landed(result)).toEqual(one)
  expect(result.warnings.join('\n')).toMatch(/people\.csv/)
})

test('a chunk without its header beside its siblings is refused, not left out', async () => {
  const lake = testLake()
  lake.file('d/bill-1.csv', bill('5'))
  lake.file('d/bill-2.csv', bill('7').split('\n').slice(1).join('\n'))
  const result = await lake.import([join(lake.folder, 'd')])
  expect(refused(result)).toEqual([expect.stringMatching(/bill-2\.csv/)])
  expect(result.deliveries).toEqual([])
})

test('files of a folder that have no ending, and symbolic links, are read', async () => {
  const lake = testLake()
  lake.file('d/part-00000', bill('2'))
  const linked = lake.file('elsewhere/real.csv', bill('3', { ChargePeriodStart: '2026-01-07' }))
  symlinkSync(linked, join(lake.folder, 'd', 'link.csv'))
  mkdirSync(join(lake.folder, 'd/loop'))
  symlinkSync(join(lake.folder, 'd'), join(lake.folder, 'd/loop/back'))
  const result = await lake.import([join(lake.folder, 'd')])
  expect(refused(result)).toEqual([])
  expect(landed(result)).toEqual({ '2026-01': '2 USD 5.000000000000000 5.000000000000000' })
})

test('quotes, blanks and other letters in file and folder names', async () => {
  const lake = testLake()
  const path = lake.file(`it's a "test" – Größe $x {a,b} [1]*/bill's (1) – é%20.csv`, bill('5'))
  expect(landed(await lake.import([path]))).toEqual(one)
  const other = testLake()
  const folder = `${other.folder}/so-called 'data' [x]`
  const cli = new URL('../../src/cli.ts', import.meta.url).pathname
  const run = spawnSync(node, [cli, 'import', path, '--data', folder, '--json'], { encoding: 'utf8' })
  expect(run.stderr).toBe('')
  expect(JSON.parse(run.stdout)).toMatchObject({ billing_periods: [{ billed_cost: { USD: '5.000000000000000' } }] })
  const back = spawnSync(node, [cli, 'reconcile', '--data', folder, '--json'], { encoding: 'utf8' })
  expect(back.status).toBe(0)
})

test('the same content under two names counts once; a path that is not there, or not readable, is refused', async () => {
  const lake = testLake()
  const first = lake.file('a/1.csv', bill('5'))
  const second = lake.file('b/2.csv', bill('5'))
  const result = await lake.import([first, second])
  expect(result.deliveries.map(({ unchanged }) => unchanged)).toEqual([false, true])
  await expect(lake.import([join(lake.folder, 'nowhere.csv')])).rejects.toThrow(/nowhere\.csv cannot be read/)
  chmodSync(first, 0)
  if (process.getuid?.() !== 0) await expect(lake.import([first])).rejects.toThrow(/1\.csv cannot be read/)
  await expect(lake.import([mkdirSync(join(lake.folder, 'empty'), { recursive: true }) ?? ''])).rejects.toThrow(
    /no export files/,
  )
})

test('a second import at the same time is refused and says who holds the lake', async () => {
  const lake = testLake()
  const path = lake.file('a/1.csv', bill('5'))
  const unlock = await await lockLake(lake.layout.lock)
  await expect(lake.import([path])).rejects.toThrow(/another import \(process \d+\) is running/)
  unlock()
  expect(landed(await lake.import([path]))).toEqual(one)
})

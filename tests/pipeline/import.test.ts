import { existsSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readJournal } from '../../src/lake/journal.ts'
import { testLake } from '../support/lake.ts'

const header =
  'BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,BilledCost,EffectiveCost,ProviderName,ServiceName,SubAccountId'

function bill(...lines: readonly [start: string, cost: string, account?: string][]): string {
  const rows = lines.map(([start, cost, account = '111']) => {
    const month = `${start.slice(0, 7)}-01`
    return `${account},USD,${month},,${start}T00:00:00Z,${start}T01:00:00Z,Usage,${cost},${cost},AWS,EC2,sub-1`
  })
  return `${[header, ...rows].join('\n')}\n`
}

test('a delivery lands with exact totals, one version per billing period', async () => {
  const lake = testLake()
  const path = lake.file(
    'bill.csv',
    bill(['2026-01-02', '1.10'], ['2026-01-03', '2.20'], ['2026-02-01', '0.000000000000001']),
  )
  const { deliveries, failures } = await lake.import([path])
  expect(failures).toEqual([])
  expect(deliveries).toMatchObject([
    {
      source: 'aws-111',
      format: 'focus',
      billing_periods: [
        { period: '2026-01', version: 1, rows_in: 2, rows_out: 2, billed_cost: { USD: '3.300000000000000' } },
        { period: '2026-02', version: 1, rows_in: 1, rows_out: 1, billed_cost: { USD: '0.000000000000001' } },
      ],
    },
  ])
})

test('the same delivery again changes nothing', async () => {
  const lake = testLake()
  const path = lake.file('bill.csv', bill(['2026-01-02', '1.10']))
  await lake.import([path])
  const again = await lake.import([path])
  expect(again.deliveries).toMatchObject([{ unchanged: true, billing_periods: [{ version: 1 }] }])
  const copy = lake.file('elsewhere/other-name.csv', bill(['2026-01-02', '1.10']))
  expect((await lake.import([copy])).deliveries).toMatchObject([{ unchanged: true }])
  expect(readJournal(lake.layout)).toHaveLength(1)
})

test('a restated month becomes a new version and the older one stays readable as of its time', async () => {
  const lake = testLake()
  await lake.import([lake.file('a/bill.csv', bill(['2026-07-02', '1000.00']))])
  const before = readJournal(lake.layout)[0]?.landed_at
  const restated = await lake.import([
    lake.file('b/bill.csv', bill(['2026-07-02', '1000.00'], ['2026-07-31', '12.50'])),
  ])
  expect(restated.deliveries).toMatchObject([{ billing_periods: [{ period: '2026-07', version: 2 }] }])
  const total = 'select sum(BilledCost) as total from charges'
  expect(await lake.rows(total)).toEqual([{ total: '1012.500000000000000' }])
  expect(await lake.rows(total, before)).toEqual([{ total: '1000.000000000000000' }])
})

test('a restated month leaves the other months alone', async () => {
  const lake = testLake()
  await lake.import([lake.file('a/bill.csv', bill(['2026-01-02', '5'], ['2026-02-02', '7']))])
  await lake.import([lake.file('b/bill.csv', bill(['2026-02-02', '8']))])
  expect(
    await lake.rows(
      'select billing_period, version, sum(BilledCost)::integer as cost from charges group by all order by all',
    ),
  ).toEqual([
    { billing_period: '2026-01', version: 1, cost: 5 },
    { billing_period: '2026-02', version: 2, cost: 8 },
  ])
})

test('a refused file names row, column and remedy, and leaves the lake as it was', async () => {
  const lake = testLake()
  await lake.import([lake.file('a/bill.csv', bill(['2026-01-02', '5']))])
  const { failures, deliveries } = await lake.import([
    lake.file('b/bill.csv', bill(['2026-01-02', '5'], ['2026-01-03', 'five'])),
  ])
  expect(deliveries).toEqual([])
  expect(failures[0]?.message).toMatch(/bill\.csv, row 3, column BilledCost: 'five' is not a number/)
  expect(failures[0]?.hint).toMatch(/nothing of this delivery was imported/)
  expect(await lake.rows('select count(*)::integer as n from charges')).toEqual([{ n: 1 }])
  expect(existsSync(lake.layout.scratch)).toBe(false)
})

test('chunks of one folder are one delivery and the same file twice counts once', async () => {
  const lake = testLake()
  lake.file('chunks/part-1.csv', bill(['2026-01-02', '5']))
  lake.file('chunks/part-2.csv', bill(['2026-01-03', '7']))
  lake.file('chunks/part-2 (copy).csv', bill(['2026-01-03', '7']))
  const { deliveries, warnings } = await lake.import([`${lake.folder}/chunks`])
  expect(deliveries).toMatchObject([{ billing_periods: [{ rows_in: 2, billed_cost: { USD: '12.000000000000000' } }] }])
  expect(warnings.join()).toMatch(/is the same file as .*counted once/)
})

test('another account under the same source name is refused instead of replacing the bill', async () => {
  const lake = testLake()
  await lake.import([lake.file('a/bill.csv', bill(['2026-01-02', '5']))], 'cloud')
  const { failures } = await lake.import([lake.file('b/bill.csv', bill(['2026-01-02', '6', '222']))], 'cloud')
  expect(failures[0]?.message).toMatch(/held for other billing accounts/)
  expect(await lake.rows('select sum(BilledCost)::integer as total from charges')).toEqual([{ total: 5 }])
})

test('an empty file, a header without rows and a file of another kind are refused', async () => {
  const lake = testLake()
  const paths = [
    lake.file('x/empty.csv', ''),
    lake.file('y/header.csv', `${header}\n`),
    lake.file('z/other.csv', 'a,b\n1,2\n'),
  ]
  const { failures, deliveries } = await lake.import(paths)
  expect(deliveries).toEqual([])
  expect(failures.map((failure) => failure.message)).toEqual([
    expect.stringMatching(/empty\.csv is empty/),
    expect.stringMatching(/header and no rows/),
    expect.stringMatching(/other\.csv is no billing export/),
  ])
})

test('leftovers of an import that was killed are swept and never read', async () => {
  const lake = testLake()
  lake.file('data/lake/tmp/old/part.parquet', 'half')
  lake.file('data/lake/focus/source=aws-111/billing_period=2026-01/version=1/part-0-0.parquet', 'half')
  lake.file('data/lake/.lock', '999999999')
  await lake.import([lake.file('bill.csv', bill(['2026-01-02', '5']))])
  expect(await lake.rows('select sum(BilledCost)::integer as total from charges')).toEqual([{ total: 5 }])
  expect(readdirSync(`${lake.folder}/data/lake/focus/source=aws-111/billing_period=2026-01/version=1`)).toEqual([
    'part-0-0.parquet',
  ])
})

test('a delivery of further days adds to the month, with late rows of earlier days; the same days again replace them', async () => {
  const lake = testLake()
  const day = (date: string, cost: string) => Array.from({ length: 20 }, (): [string, string] => [date, cost])
  await lake.import([lake.file('03/01/bill.csv', bill(...day('2026-03-01', '1')))])
  await lake.import([lake.file('03/02/bill.csv', bill(...day('2026-03-02', '2'), ['2026-03-01', '0.5']))])
  const total = 'select sum(BilledCost)::varchar as total, max(billing_period) as period from charges'
  expect(await lake.rows(total)).toEqual([{ total: '60.500000000000000', period: '2026-03' }])
  await lake.import([lake.file('03/01-again/bill.csv', bill(...day('2026-03-01', '3')))])
  expect(await lake.rows(total)).toEqual([{ total: '100.500000000000000', period: '2026-03' }])
  await lake.import([lake.file('03/all/bill.csv', bill(...day('2026-03-01', '1'), ...day('2026-03-02', '1')))])
  expect(await lake.rows(total)).toEqual([{ total: '40.000000000000000', period: '2026-03' }])
})

test('a month to date replaces the shorter month to date before it', async () => {
  const lake = testLake()
  const days = (last: number, cost: string) =>
    Array.from({ length: last }, (_, index): [string, string] => [
      `2026-05-${String(index + 1).padStart(2, '0')}`,
      cost,
    ])
  await lake.import([lake.file('a/bill.csv', bill(...days(29, '1')))])
  await lake.import([lake.file('b/bill.csv', bill(...days(31, '2')))])
  expect(await lake.rows('select sum(BilledCost)::integer as total from charges')).toEqual([{ total: 62 }])
})

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Cells, csvText, exactSum, gz, landed, parquet, refused } from '../support/dialect.ts'
import { type TestLake, testLake } from '../support/lake.ts'

const sp = 'arn:aws:savingsplans::111111111111:savingsplan/aaaa'
const ri = 'arn:aws:ec2:us-east-1:111111111111:reserved-instances/bbbb'

const base = {
  identity_line_item_id: 'id1',
  identity_time_interval: '2026-03-05T10:00:00Z/2026-03-05T11:00:00Z',
  bill_payer_account_id: '111111111111',
  bill_billing_period_start_date: '2026-03-01T00:00:00.000Z',
  bill_billing_period_end_date: '2026-04-01T00:00:00.000Z',
  line_item_usage_account_id: '222222222222',
  line_item_usage_start_date: '2026-03-05T10:00:00Z',
  line_item_usage_end_date: '2026-03-05T11:00:00Z',
  line_item_product_code: 'AmazonEC2',
  line_item_currency_code: 'USD',
  line_item_usage_amount: '1',
}
const item = (type: string, cost: string, more: Cells = {}): Cells => ({
  ...base,
  line_item_line_item_type: type,
  line_item_unblended_cost: cost,
  ...more,
})
const month: Cells[] = [
  item('Usage', '0.0000001234', { resource_tags: '{"user_team":"a","aws_created_by":"x"}' }),
  item('Usage', '1.9e-7', { resource_tags: '{}' }),
  item('SavingsPlanCoveredUsage', '2.50', {
    savings_plan_savings_plan_a_r_n: sp,
    savings_plan_savings_plan_effective_cost: '1.75',
  }),
  item('SavingsPlanNegation', '-2.50', { savings_plan_savings_plan_a_r_n: sp }),
  item('SavingsPlanRecurringFee', '3', {
    savings_plan_savings_plan_a_r_n: sp,
    savings_plan_total_commitment_to_date: '3',
    savings_plan_used_commitment: '1.75',
  }),
  item('DiscountedUsage', '0', { reservation_reservation_a_r_n: ri, reservation_effective_cost: '0.4' }),
  item('RIFee', '0.6', {
    reservation_reservation_a_r_n: ri,
    reservation_unused_recurring_fee: '0.15',
    reservation_unused_amortized_upfront_fee_for_billing_period: '0.05',
    reservation_unused_quantity: '1',
    line_item_usage_start_date: '2026-03-01T00:00:00Z',
    line_item_usage_end_date: '2026-04-01T00:00:00Z',
  }),
  item('Tax', '0.77'),
  item('Credit', '-0.33'),
  item('Refund', '-1.25'),
]
const billed = exactSum(month.map((row) => row['line_item_unblended_cost']))
const effective = exactSum(['0.0000001234', '1.9e-7', '1.75', '1.25', '0.4', '0.20', '0.77', '-0.33', '-1.25'])
const whole = { '2026-03': `10 USD ${billed} ${effective}` }

async function commitmentRows(lake: TestLake) {
  return lake.rows(
    `select ChargeCategory || coalesce(' ' || CommitmentDiscountStatus, '') as kind, count(*)::integer as n, sum(BilledCost)::decimal(9, 2)::varchar as billed,
     sum(EffectiveCost)::decimal(9, 2)::varchar as effective from charges where CommitmentDiscountId is not null group by 1 order by 1`,
  )
}
const commitments = [
  { kind: 'Purchase', n: 2, billed: '3.60', effective: '0.00' },
  { kind: 'Usage Unused', n: 2, billed: '0.00', effective: '1.45' },
  { kind: 'Usage Used', n: 2, billed: '0.00', effective: '2.15' },
]

const names: Readonly<Record<string, (name: string) => string>> = {
  'as delivered': (name) => name,
  'upper case': (name) => name.toUpperCase(),
  'blank padded': (name) => ` ${name}  `,
  'quoted by a spreadsheet': (name) => name.replaceAll('_', ' '),
}
for (const [title, header] of Object.entries(names)) {
  test(`CUR 2.0 CSV with header ${title} keeps every cost and commitment row`, async () => {
    const lake = testLake()
    const result = await lake.import([lake.file('export-00001.csv.gz', gz(csvText(month, { header })))])
    expect(refused(result)).toEqual([])
    expect(landed(result)).toEqual(whole)
    expect(await commitmentRows(lake)).toEqual(commitments)
    expect(await lake.rows(`select Tags::json::varchar as tags from charges where Tags is not null`)).toEqual([
      { tags: '{"user_team":"a","aws_created_by":"x"}' },
    ])
  })
}

test('CUR 2.0 with columns in another order and a column given twice', async () => {
  const lake = testLake()
  const columns = [...new Set(month.flatMap((row) => Object.keys(row)))].reverse()
  const text = csvText(month, { columns: [...columns, 'line_item_unblended_cost'] })
  const result = await lake.import([lake.file('x.csv', text)])
  expect(refused(result)).toEqual([])
  expect(landed(result)).toEqual(whole)
})

test('the smallest useful CUR 2.0: type, cost, start', async () => {
  const lake = testLake()
  const columns = ['line_item_line_item_type', 'line_item_unblended_cost', 'line_item_usage_start_date']
  const rows = month.slice(0, 2)
  const result = await lake.import([lake.file('x.csv', csvText(rows, { columns }))])
  const sum = exactSum(rows.map((row) => row['line_item_unblended_cost']))
  expect(landed(result)).toEqual({ '2026-03': `2 USD ${sum} ${sum}` })
})

const snake = `select * replace (line_item_unblended_cost::double as line_item_unblended_cost, line_item_usage_amount::double as line_item_usage_amount,
  savings_plan_savings_plan_effective_cost::double as savings_plan_savings_plan_effective_cost, savings_plan_total_commitment_to_date::double as savings_plan_total_commitment_to_date,
  savings_plan_used_commitment::double as savings_plan_used_commitment, reservation_effective_cost::double as reservation_effective_cost,
  reservation_unused_recurring_fee::double as reservation_unused_recurring_fee,
  reservation_unused_amortized_upfront_fee_for_billing_period::double as reservation_unused_amortized_upfront_fee_for_billing_period,
  line_item_usage_start_date::TIMESTAMPTYPE as line_item_usage_start_date, line_item_usage_end_date::TIMESTAMPTYPE as line_item_usage_end_date,
  bill_billing_period_start_date::TIMESTAMPTYPE as bill_billing_period_start_date, bill_billing_period_end_date::TIMESTAMPTYPE as bill_billing_period_end_date,
  TAGS as resource_tags), null::integer as pricing_public_on_demand_cost, null::integer as line_item_net_unblended_cost, null::integer as product, null::integer as product_sku
  from read_csv('FILE', all_varchar = true)`
const tagShapes: Readonly<Record<string, string>> = {
  MAP: 'resource_tags::json::map(varchar, varchar)',
  'a list of structs': `map_entries(resource_tags::json::map(varchar, varchar))`,
  'a STRUCT': `case when resource_tags like '{"%' then {'user_team': resource_tags->>'user_team', 'aws_created_by': resource_tags->>'aws_created_by'} end`,
  'JSON text': 'resource_tags',
}
for (const [title, tags] of Object.entries(tagShapes)) {
  for (const stamp of ['timestamp', 'timestamptz', 'timestamp_ns', 'varchar']) {
    test(`CUR 2.0 Parquet with tags as ${title} and times as ${stamp}`, async () => {
      const lake = testLake()
      const source = lake.file('source.txt', csvText(month))
      const sql = snake.replaceAll('TIMESTAMPTYPE', stamp).replace('TAGS', tags).replace('FILE', source)
      const path = await parquet(lake, 'p/cur-00001.snappy.parquet', sql)
      const result = await lake.import([path])
      expect(refused(result)).toEqual([])
      expect(landed(result)).toEqual(whole)
      expect(await commitmentRows(lake)).toEqual(commitments)
      expect(await lake.rows(`select Tags::json::varchar as tags from charges where Tags is not null`)).toEqual([
        { tags: '{"user_team":"a","aws_created_by":"x"}' },
      ])
      expect(await lake.rows(`select distinct ChargePeriodStart::varchar as s from charges order by 1`)).toEqual([
        { s: '2026-03-01 00:00:00' },
        { s: '2026-03-05 10:00:00' },
      ])
    })
  }
}

const legacyNames: Readonly<Record<string, string>> = {
  reservation_reservation_a_r_n: 'reservation/ReservationARN',
  savings_plan_savings_plan_a_r_n: 'savingsPlan/SavingsPlanARN',
  savings_plan_savings_plan_effective_cost: 'savingsPlan/SavingsPlanEffectiveCost',
  savings_plan_total_commitment_to_date: 'savingsPlan/TotalCommitmentToDate',
  savings_plan_used_commitment: 'savingsPlan/UsedCommitment',
  resource_tags: 'resourceTags/user:Cost Center',
}
const legacyName = (name: string) =>
  legacyNames[name] ??
  name.replace(/^(identity|bill|line_item|reservation|pricing)_(.*)$/, (_, category: string, rest: string) => {
    const camel = (text: string) => text.replace(/_(\w)/g, (__, letter: string) => letter.toUpperCase())
    const pascal = camel(`_${rest}`)
    return `${camel(category)}/${pascal}`
  })

function legacyManifest(keys: readonly string[], assembly: string) {
  return JSON.stringify({
    assemblyId: assembly,
    account: '111111111111',
    columns: [{ category: 'lineItem', name: 'UnblendedCost' }],
    charset: 'UTF-8',
    compression: 'GZIP',
    contentType: 'text/csv',
    reportId: 'r',
    reportName: 'hourly',
    billingPeriod: { start: '20260301T000000.000Z', end: '20260401T000000.000Z' },
    bucket: 'my-bucket',
    reportKeys: keys,
  })
}

test('legacy CUR: the current assembly counts, the old one and its manifest copy do not; keys may begin with a slash', async () => {
  const lake = testLake()
  const folder = 'prefix/hourly/20260301-20260401'
  const old = `${folder}/11111111-old`
  const now = `${folder}/00000000-new`
  const keys = (assembly: string) => [`/${assembly}/hourly-1.csv.gz`, `/${assembly}/hourly-2.csv.gz`]
  lake.file(`${old}/hourly-1.csv.gz`, gz(csvText(month.slice(0, 3), { header: legacyName })))
  lake.file(`${old}/hourly-2.csv.gz`, gz(csvText(month.slice(3, 5), { header: legacyName })))
  lake.file(`${old}/hourly-Manifest.json`, legacyManifest(keys(old), '11111111-old'))
  lake.file(`${now}/hourly-1.csv.gz`, gz(csvText(month.slice(0, 5), { header: legacyName })))
  lake.file(`${now}/hourly-2.csv.gz`, gz(csvText(month.slice(5), { header: legacyName })))
  lake.file(`${now}/hourly-Manifest.json`, legacyManifest(keys(now), '00000000-new'))
  lake.file(`${folder}/hourly-Manifest.json`, legacyManifest(keys(now), '00000000-new'))
  const result = await lake.import([join(lake.folder, 'prefix')])
  expect(refused(result)).toEqual([])
  expect(
    await lake.rows('select sum(BilledCost)::varchar as b, sum(EffectiveCost)::varchar as e from charges'),
  ).toEqual([{ b: billed, e: effective }])
  expect(
    await lake.rows(`select distinct Tags::json::varchar as tags from charges where Tags is not null order by 1`),
  ).toHaveLength(2)
})

test('Data Exports in create-new mode: only the files that the newest manifest lists', async () => {
  const lake = testLake()
  const data = 'cur/exp/data/BILLING_PERIOD=2026-03'
  const runs = ['20260310T000000-aaa', '20260320T000000-bbb']
  lake.file(`${data}/${runs[0]}/exp-00001.csv.gz`, gz(csvText(month.slice(0, 4))))
  lake.file(`${data}/${runs[1]}/exp-00001.csv.gz`, gz(csvText(month.slice(0, 6))))
  lake.file(`${data}/${runs[1]}/exp-00002.csv.gz`, gz(csvText(month.slice(6))))
  lake.file(
    'cur/exp/metadata/BILLING_PERIOD=2026-03/exp-Manifest.json',
    JSON.stringify({
      executionId: 'bbb',
      dataFiles: ['00001', '00002'].map(
        (n) => `s3://bucket/cur/exp/data/BILLING_PERIOD=2026-03/${runs[1]}/exp-${n}.csv.gz`,
      ),
      columns: [{ name: 'line_item_unblended_cost' }],
    }),
  )
  const result = await lake.import([join(lake.folder, 'cur')])
  expect(refused(result)).toEqual([])
  expect(landed(result)).toEqual(whole)
  expect(result.warnings.join()).toMatch(/aaa.*superseded/)
})

test('Data Exports in create-new mode with a manifest for each refresh: each restates the month, the newest stands', async () => {
  const lake = testLake()
  for (const [n, run, rows] of [
    [1, '20260310T000000-zzz', month.slice(0, 4)],
    [2, '20260320T000000-aaa', month],
  ] as const) {
    lake.file(`e/data/BILLING_PERIOD=2026-03/${run}/e-00001.csv.gz`, gz(csvText(rows)))
    lake.file(
      `e/metadata/BILLING_PERIOD=2026-03/${run}/e-Manifest.json`,
      JSON.stringify({
        executionId: `x${n}`,
        dataFiles: [`s3://b/e/data/BILLING_PERIOD=2026-03/${run}/e-00001.csv.gz`],
      }),
    )
  }
  const result = await lake.import([lake.folder])
  expect(refused(result)).toEqual([])
  expect(
    await lake.rows('select sum(BilledCost)::varchar as b, sum(EffectiveCost)::varchar as e from charges'),
  ).toEqual([{ b: billed, e: effective }])
})

test('Data Exports without their manifest: refresh folders of one month restate each other', async () => {
  const lake = testLake()
  lake.file('e/data/BILLING_PERIOD=2026-03/20260310T000000-zzz/e-00001.csv.gz', gz(csvText(month.slice(0, 4))))
  lake.file('e/data/BILLING_PERIOD=2026-03/20260320T000000-aaa/e-00001.csv.gz', gz(csvText(month.slice(0, 7))))
  lake.file('e/data/BILLING_PERIOD=2026-03/20260320T000000-aaa/e-00002.csv.gz', gz(csvText(month.slice(7))))
  lake.file(
    'e/data/BILLING_PERIOD=2026-02/20260320T000000-aaa/e-00001.csv.gz',
    gz(
      csvText(
        month.map((row) => ({
          ...row,
          bill_billing_period_start_date: '2026-02-01',
          line_item_usage_start_date: '2026-02-02',
        })),
      ),
    ),
  )
  const result = await lake.import([lake.folder])
  expect(refused(result)).toEqual([])
  expect(
    await lake.rows(
      'select billing_period as p, sum(BilledCost)::varchar as b, sum(EffectiveCost)::varchar as e from charges group by 1 order by 1',
    ),
  ).toEqual([
    { p: '2026-02', b: billed, e: effective },
    { p: '2026-03', b: billed, e: effective },
  ])
})

test('a month that disagrees with its folder is stored under the dates of its rows', async () => {
  const lake = testLake()
  mkdirSync(join(lake.folder, 'd'))
  lake.file('d/BILLING_PERIOD=2026-04/e-00001.csv.gz', gz(csvText(month)))
  const result = await lake.import([join(lake.folder, 'd')])
  expect(landed(result)).toEqual(whole)
  expect([...result.warnings, ...result.deliveries.flatMap(({ warnings }) => warnings)].join()).toMatch(/2026-04/)
})

test('a gzip file of several members, and files without or with a wrong ending, are read whole', async () => {
  const lake = testLake()
  const text = csvText(month)
  const cut = text.split('\n').slice(0, 5).join('\n').length + 1
  const members = Buffer.concat([gz(text.slice(0, cut)), gz(text.slice(cut))])
  expect(landed(await testLake().import([lake.file('members.csv.gz', members)]))).toEqual(whole)
  expect(landed(await testLake().import([lake.file('noending', gz(text))]))).toEqual(whole)
  expect(landed(await testLake().import([lake.file('wrong.parquet', text)]))).toEqual(whole)
  expect(landed(await testLake().import([lake.file('wrong.json', text)]))).toEqual(whole)
})

test('net columns: what the net amounts say counts', async () => {
  const lake = testLake()
  const rows = month.map((row) => ({
    ...row,
    line_item_net_unblended_cost:
      row['line_item_unblended_cost'] === '0'
        ? '0'
        : `${row['line_item_unblended_cost']}`.replace(/^(-?)(\d)/, '$19$2'),
    savings_plan_net_savings_plan_effective_cost: row['savings_plan_savings_plan_effective_cost'] ? '1.5' : '',
    reservation_net_effective_cost: row['reservation_effective_cost'] ? '0.3' : '',
  }))
  const result = await lake.import([lake.file('x.csv', csvText(rows))])
  expect(refused(result)).toEqual([])
  const net = (index: number) => rows[index]?.line_item_net_unblended_cost
  expect(landed(result)).toEqual({
    '2026-03': `10 USD ${exactSum(rows.map((row) => row.line_item_net_unblended_cost))} ${exactSum([net(0), net(1), '1.5', '1.25', '0.3', '0.20', net(7), net(8), net(9)])}`,
  })
})

import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Cells, csvText, exactSum, gz, landed, parquet, refused } from '../support/dialect.ts'
import { type TestLake, testLake } from '../support/lake.ts'

const reservation =
  '/providers/Microsoft.Capacity/reservationOrders/11111111-aaaa-4aaa-8aaa-000000000001/reservations/r1'
const line = (charge: string, cost: string, more: Cells = {}): Cells => ({
  InvoiceSectionName: 'Sec',
  BillingAccountId: '8611537',
  BillingPeriodStartDate: '06/01/2026',
  BillingPeriodEndDate: '06/30/2026',
  SubscriptionId: '0d000000-0000-4000-8000-000000000001',
  SubscriptionName: 'prod',
  Date: '06/15/2026',
  MeterId: 'aaaa0000-0000-4000-8000-000000000001',
  MeterCategory: 'Virtual Machines',
  MeterName: 'D2 v3',
  ConsumedService: 'Microsoft.Compute',
  ResourceId:
    '/subscriptions/0d000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1',
  Quantity: '24',
  UnitOfMeasure: '1 Hour',
  UnitPrice: '0.1',
  CostInBillingCurrency: cost,
  BillingCurrencyCode: 'EUR',
  ChargeType: charge,
  PricingModel: 'OnDemand',
  Frequency: charge === 'Usage' ? 'UsageBased' : 'Recurring',
  Tags: '"team": "a,b","note": "say ""hi"""'.replaceAll('""hi""', '\\"hi\\"'),
  ...more,
})
const committed = { PricingModel: 'Reservation', benefitId: reservation, benefitName: 'res' }
const usage = [line('Usage', '2.400000000000001'), line('Usage', '-1.1E-05', { Tags: '' })]
const actual = [
  ...usage,
  line('Usage', '0', committed),
  line('Purchase', '72', { ...committed, ResourceId: '', Quantity: '1' }),
  line('Tax', '1.5'),
]
const amortised = [
  ...usage,
  line('Usage', '50.5', committed),
  line('UnusedReservation', '21.5', { ...committed, ResourceId: '' }),
  line('Tax', '1.5'),
]
const costs = (rows: readonly Cells[]) => exactSum(rows.map((row) => row['CostInBillingCurrency']))
const paired = { billed: costs(actual), effective: costs(amortised) }

async function stored(lake: TestLake) {
  const [row] = await lake.rows(
    'select sum(BilledCost)::varchar as billed, sum(EffectiveCost)::varchar as effective from charges',
  )
  return row
}
async function kinds(lake: TestLake) {
  return lake.rows(
    `select ChargeCategory || coalesce(' ' || CommitmentDiscountStatus, '') as kind, sum(BilledCost)::decimal(9, 2)::varchar as billed,
     sum(EffectiveCost)::decimal(9, 2)::varchar as effective from charges where CommitmentDiscountId is not null group by 1 order by 1`,
  )
}
const commitments = [
  { kind: 'Purchase', billed: '72.00', effective: '0.00' },
  { kind: 'Usage Unused', billed: '0.00', effective: '21.50' },
  { kind: 'Usage Used', billed: '0.00', effective: '50.50' },
]

test('actual and amortised in one folder without manifests complete each other', async () => {
  const lake = testLake()
  lake.file('x/a.csv', csvText(actual))
  lake.file('x/b.csv', csvText(amortised))
  expect(refused(await lake.import([join(lake.folder, 'x')]))).toEqual([])
  expect(await stored(lake)).toEqual(paired)
  expect(await kinds(lake)).toEqual(commitments)
  expect(
    await lake.rows(`select distinct Tags['team'] as team, Tags['note'] as note from charges where Tags is not null`),
  ).toEqual([{ team: 'a,b', note: 'say "hi"' }])
})

for (const [first, second] of [
  ['actual', 'amortised'],
  ['amortised', 'actual'],
] as const) {
  test(`${first} first, ${second} later in a command of its own, then a restated amortised alone`, async () => {
    const lake = testLake()
    const files = { actual: lake.file('a/1.csv', csvText(actual)), amortised: lake.file('b/1.csv', csvText(amortised)) }
    expect(refused(await lake.import([files[first]]))).toEqual([])
    expect(refused(await lake.import([files[second]]))).toEqual([])
    expect(await stored(lake)).toEqual(paired)
    expect(await kinds(lake)).toEqual(commitments)
    const restated = [...amortised, line('Usage', '0.25')]
    expect(refused(await lake.import([lake.file('c/1.csv', csvText(restated))]))).toEqual([])
    expect((await stored(lake))?.['effective']).toBe(costs(restated))
  })
}

const guid = (n: number) => `5f1d0c1e-0000-4000-8000-00000000${String(n).padStart(4, '0')}`

test('an old unpartitioned export folder: of the runs of a month only the newest counts', async () => {
  const lake = testLake()
  const early = [line('Usage', '1', { Date: '06/02/2026' })]
  const late = [...early, line('Usage', '2', { Date: '06/09/2026' }), line('Tax', '0.3', { Date: '06/09/2026' })]
  const restated = [...early, line('Usage', '1.75', { Date: '06/09/2026' }), line('Tax', '0.3', { Date: '06/09/2026' })]
  const may = [line('Usage', '9', { Date: '05/30/2026', BillingPeriodStartDate: '05/01/2026' })]
  const write = (n: number, rows: readonly Cells[], hour: number) => {
    const path = lake.file(`export/daily/20260601-20260630/daily_${guid(n)}.csv`, csvText(rows))
    utimesSync(path, new Date(2026, 5, 10, hour), new Date(2026, 5, 10, hour))
  }
  write(9, early, 1)
  write(5, restated, 9)
  write(7, late, 4)
  write(3, may, 2)
  const result = await lake.import([join(lake.folder, 'export')])
  expect(refused(result)).toEqual([])
  expect(landed(result)).toEqual({
    '2026-05': `1 EUR ${costs(may)} ${costs(may)}`,
    '2026-06': `3 EUR ${costs(restated)} ${costs(restated)}`,
  })
  expect(result.deliveries[0]?.warnings.join()).toMatch(/daily_.*0009\.csv.*older run/)
})

test('runs of an actual and of an amortised export in one folder: the newest of each', async () => {
  const lake = testLake()
  const hours = { actual: [1, 3], amortised: [2, 4] }
  for (const [index, name] of (['actual', 'amortised'] as const).entries()) {
    const rows = { actual, amortised }[name]
    for (const [n, hour] of hours[name].entries()) {
      const path = lake.file(
        `x/${name}_${guid(10 * index + 9 - n)}.csv.gz`,
        gz(csvText(n === 0 ? rows.slice(1) : rows)),
      )
      utimesSync(path, hour * 1e6, hour * 1e6)
    }
  }
  expect(refused(await lake.import([join(lake.folder, 'x')]))).toEqual([])
  expect(await stored(lake)).toEqual(paired)
})

test('parts of one run, one of them a header alone', async () => {
  const lake = testLake()
  lake.file('x/part_0_0001.csv', csvText(actual.slice(0, 2)))
  lake.file('x/part_1_0001.csv', csvText(actual.slice(2)))
  lake.file('x/part_2_0001.csv', csvText(actual).split('\n')[0] ?? '')
  const result = await lake.import([join(lake.folder, 'x')])
  expect(refused(result)).toEqual([])
  expect((await stored(lake))?.['billed']).toBe(costs(actual))
})

const comma = (rows: readonly Cells[]) =>
  rows.map((row) => ({
    ...row,
    CostInBillingCurrency: row['CostInBillingCurrency']?.replace('.', ',') ?? '',
    UnitPrice: '0,1',
  }))
const dates = (rows: readonly Cells[], start: string, end: string, date: string) =>
  rows.map((row) => ({ ...row, BillingPeriodStartDate: start, BillingPeriodEndDate: end, Date: date }))
const dialects: Readonly<Record<string, string | Buffer>> = {
  'semicolons and decimal commas': csvText(comma(actual), { delimiter: ';' }),
  'semicolons, decimal commas, DD.MM.YYYY': csvText(dates(comma(actual), '01.06.2026', '30.06.2026', '15.06.2026'), {
    delimiter: ';',
  }),
  tabs: csvText(actual, { delimiter: '\t' }),
  'M/D/YYYY': csvText(dates(actual, '6/1/2026', '6/30/2026', '6/5/2026')),
  'ISO dates with time': csvText(dates(actual, '2026-06-01T00:00:00', '2026-06-30T00:00:00', '2026-06-15T00:00:00Z')),
  'DD/MM/YYYY': csvText(dates(actual, '01/06/2026', '30/06/2026', '15/06/2026')),
  'a byte order mark and CRLF': `\uFEFF${csvText(actual, { eol: '\r\n' })}`,
  'mixed line ends': csvText(actual)
    .split('\n')
    .map((row, index) => row + (index % 2 ? '\r\n' : '\n'))
    .join(''),
  'German header': `\uFEFF${csvText(actual, { header: (name) => `Spalte ${name.length} (${name})` })}`,
  'lower camel header': csvText(actual, { header: (name) => name.charAt(0).toLowerCase() + name.slice(1) }),
  'every cell quoted': `${csvText(actual)
    .split('\n')
    .map((row) => row)
    .join('\n')}`,
  gzip: gz(csvText(actual, { eol: '\r\n' })),
  'a total line of blanks and an empty line at the end': `${csvText(actual)}${','.repeat(Object.keys(actual[3] ?? {}).length - 1)}\n\n`,
}
for (const [title, content] of Object.entries(dialects)) {
  test(`EA actual cost with ${title}`, async () => {
    const lake = testLake()
    const result = await lake.import([lake.file('x', content)])
    expect(refused(result)).toEqual([])
    expect((await stored(lake))?.['billed']).toBe(costs(actual))
    expect(
      await lake.rows("select distinct billing_period as p, strftime(BillingPeriodEnd, '%m-%d') as e from charges"),
    ).toEqual([{ p: '2026-06', e: '07-01' }])
    expect(await lake.rows("select count(*)::integer as n from charges where Tags['team'] = 'a,b'")).toEqual([{ n: 4 }])
  })
}

test('EA Parquet with decimals as doubles and dates as dates', async () => {
  const lake = testLake()
  const source = lake.file('source', csvText(actual))
  const path = await parquet(
    lake,
    'p/part_0_0001.snappy.parquet',
    `select * replace (CostInBillingCurrency::double as CostInBillingCurrency, strptime(Date, '%m/%d/%Y')::date as Date,
      strptime(BillingPeriodStartDate, '%m/%d/%Y') as BillingPeriodStartDate, strptime(BillingPeriodEndDate, '%m/%d/%Y')::timestamptz as BillingPeriodEndDate,
      Quantity::double as Quantity, Tags as Tags), null::integer as PayGPrice from read_csv('${source}', all_varchar = true)`,
  )
  expect(refused(await lake.import([path]))).toEqual([])
  expect((await stored(lake))?.['billed']).toBe(costs(actual))
})

test('MCA with exchange rate, and pay-as-you-go with its old names', async () => {
  const mca = [
    {
      invoiceId: 'G1',
      billingAccountId: 'a:b_2019-05-31',
      billingProfileId: 'P1',
      costInBillingCurrency: '9.2000000001',
      costInPricingCurrency: '10',
      billingCurrency: 'EUR',
      pricingCurrency: 'USD',
      exchangeRatePricingToBilling: '0.92',
      date: '06/15/2026',
      servicePeriodStartDate: '06/15/2026',
      chargeType: 'Usage',
      meterId: 'm',
      meterCategory: 'Storage',
      subscriptionId: 's',
      subscriptionName: 'n',
      unitPrice: '1',
      quantity: '10',
      paygCostInBillingCurrency: '11.04',
      tags: '{"a":"1","A":"2"}',
    },
    {
      invoiceId: 'G1',
      billingAccountId: 'a:b_2019-05-31',
      billingProfileId: 'P1',
      costInBillingCurrency: '-0.5',
      costInPricingCurrency: '-0.54',
      billingCurrency: 'EUR',
      pricingCurrency: 'USD',
      exchangeRatePricingToBilling: '0.92',
      date: '06/30/2026',
      chargeType: 'RoundingAdjustment',
      meterId: '',
    },
  ]
  const lake = testLake()
  expect(landed(await lake.import([lake.file('x.csv', csvText(mca))]))).toEqual({
    '2026-06': `2 EUR ${exactSum(['9.2000000001', '-0.5'])} ${exactSum(['9.2000000001', '-0.5'])}`,
  })
  expect(await lake.rows('select Tags::json::varchar as t from charges where Tags is not null')).toEqual([
    { t: '{"a":"1"}' },
  ])
  const payg = ['1.25', '3.0000000000001'].map((cost, n) => ({
    SubscriptionGuid: '0d000000-0000-4000-8000-000000000001',
    UsageDateTime: `2026-06-0${n + 1}`,
    PreTaxCost: cost,
    UsageQuantity: '2',
    ResourceRate: '0.5',
    InstanceId: '/subscriptions/x',
    Currency: 'EUR',
    MeterId: 'm',
    MeterCategory: 'Storage',
    ResourceGroup: 'rg',
    ConsumedService: 'Microsoft.Storage',
  }))
  const other = testLake()
  expect(landed(await other.import([other.file('x.csv', `\uFEFF${csvText(payg)}`)]))).toEqual({
    '2026-06': `2 EUR ${exactSum(['1.25', '3.0000000000001'])} ${exactSum(['1.25', '3.0000000000001'])}`,
  })
})

const runManifest = (
  type: string,
  submitted: string,
  blobs: readonly { name: string; rows?: number }[],
  rows?: number,
) =>
  JSON.stringify({
    blobCount: blobs.length,
    dataRowCount: rows,
    exportConfig: {
      exportName: 'e',
      resourceId: '/providers/Microsoft.Billing/billingAccounts/8611537/providers/Microsoft.CostManagement/exports/e',
      type,
    },
    deliveryConfig: { partitionData: true },
    runInfo: {
      runId: submitted,
      submittedTime: submitted,
      startDate: '2026-06-01T00:00:00',
      endDate: '2026-06-30T00:00:00',
    },
    blobs: blobs.map(({ name }) => ({ blobName: name })),
  })

test('run folders with manifests: the newest submission stands, whatever the order of the folder names', async () => {
  const lake = testLake()
  const path = (n: number, file: string) => `exp/20260601-20260630/${guid(n)}/${file}`
  lake.file(path(1, 'part_0_0001.csv'), csvText(actual))
  lake.file(
    path(1, 'manifest.json'),
    runManifest('ActualCost', '2026-06-20T00:00:00Z', [{ name: path(1, 'part_0_0001.csv') }], actual.length),
  )
  lake.file(path(2, 'part_0_0001.csv'), csvText(usage))
  lake.file(
    path(2, 'manifest.json'),
    runManifest('ActualCost', '2026-06-10T00:00:00Z', [{ name: path(2, 'part_0_0001.csv') }], usage.length),
  )
  expect(refused(await lake.import([lake.folder]))).toEqual([])
  expect((await stored(lake))?.['billed']).toBe(costs(actual))
})

test('a manifest whose row count differs, and one that lists a missing file, are refused and land nothing', async () => {
  const lake = testLake()
  lake.file('a/part_0_0001.csv', csvText(actual))
  lake.file('a/manifest.json', runManifest('ActualCost', '2026-06-20T00:00:00Z', [{ name: 'c/a/part_0_0001.csv' }], 7))
  expect(refused(await lake.import([join(lake.folder, 'a')]))).toEqual([
    expect.stringMatching(/manifest\.json says 7 rows, the files hold 5/),
  ])
  lake.file('b/part_0_0001.csv', csvText(actual))
  lake.file(
    'b/manifest.json',
    runManifest('ActualCost', '2026-06-20T00:00:00Z', [
      { name: 'c/b/part_0_0001.csv' },
      { name: 'c/b/part_1_0001.csv' },
    ]),
  )
  await expect(lake.import([join(lake.folder, 'b')])).rejects.toThrow(/part_1_0001\.csv, which is not there/)
  lake.file('c/part_0_0001.csv', csvText(actual))
  lake.file('c/manifest.json', '')
  await expect(lake.import([join(lake.folder, 'c')])).rejects.toThrow(/half-written manifest/)
  expect(await lake.rows('select 1').catch(() => 'no charges')).toBeDefined()
})

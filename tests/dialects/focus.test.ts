import { expect, test } from 'vitest'
import { type Cells, csvText, exactSum, gz, landed, parquet, refused } from '../support/dialect.ts'
import { type TestLake, testLake } from '../support/lake.ts'

const charge = (billed: string, effective: string, more: Cells = {}): Cells => ({
  BillingAccountId: 'acc-1',
  BillingAccountName: 'Main',
  BillingCurrency: 'USD',
  BillingPeriodStart: '2026-01-01T00:00:00Z',
  BillingPeriodEnd: '2026-02-01T00:00:00Z',
  ChargePeriodStart: '2026-01-31T00:00:00Z',
  ChargePeriodEnd: '2026-02-01T00:00:00Z',
  ChargeCategory: 'Usage',
  ChargeDescription: 'compute',
  BilledCost: billed,
  EffectiveCost: effective,
  ListCost: billed,
  ProviderName: 'Oracle',
  ServiceName: 'Compute',
  SubAccountId: 'sub',
  Tags: '{"team":"a"}',
  ...more,
})
const bill = [
  charge('10.000000000000001', '9.5'),
  charge('1e-9', '1E-9', { Tags: '{"note":"two\nlines, and \\"quotes\\""}', ChargeDescription: 'first\r\nsecond' }),
  charge('-4.25', '-4.25', { ChargeCategory: 'Credit', Tags: 'NULL' }),
  charge('1000000000000.123456789012345', '1000000000000.123456789012345', { Tags: 'null' }),
  charge('0', '0', { Tags: '' }),
]
const sums = {
  billed: exactSum(bill.map((row) => row['BilledCost'])),
  effective: exactSum(bill.map((row) => row['EffectiveCost'])),
}
const whole = { '2026-01': `5 USD ${sums.billed} ${sums.effective}` }

async function imported(content: string | Buffer, name = 'bill.csv') {
  const lake = testLake()
  const result = await lake.import([lake.file(name, content)])
  return { lake, result, warnings: result.deliveries.flatMap((delivery) => delivery.warnings).join('\n') }
}
const notes = (lake: TestLake) =>
  lake.rows(`select Tags['note'] as note, ChargeDescription as text from charges where Tags['note'] is not null`)
const spoken = [{ note: 'two\nlines, and "quotes"', text: 'first\r\nsecond' }]

const plain = csvText(bill)
const snake = (name: string) => name.replace(/(?<=.)([A-Z])/g, '_$1').toLowerCase()
const blank = (rows: readonly Cells[]) =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, `${cell}   `])))
const money = (rows: readonly Cells[], show: (amount: string) => string) =>
  rows.map((row) => ({
    ...row,
    BilledCost: show(row['BilledCost'] ?? ''),
    EffectiveCost: show(row['EffectiveCost'] ?? ''),
    ListCost: '',
  }))
const grouped = (amount: string) => (/^\d{13}\./.test(amount) ? amount.replace(/\B(?=(\d{3})+\.)/g, ',') : amount)

const dialects: Readonly<Record<string, string | Buffer>> = {
  'backslashes before quotes, as Spark writes them': csvText(bill, { spark: true }),
  'a title and comments before the header': `Cost report, January\n# by the finance team\n\n${plain}`,
  commas: plain,
  gzip: gz(plain),
  semicolons: csvText(bill, { delimiter: ';' }),
  tabs: csvText(bill, { delimiter: '\t' }),
  pipes: csvText(bill, { delimiter: '|' }),
  'a byte order mark and CRLF': `\uFEFF${csvText(bill, { eol: '\r\n' })}`,
  'UTF-16 with byte order mark': Buffer.from(`\uFEFF${plain}`, 'utf16le'),
  'snake case header': csvText(bill, { header: snake }),
  'upper case header': csvText(bill, { header: (name) => name.toUpperCase() }),
  'header with blanks in names': csvText(bill, { header: (name) => name.replace(/(?<=.)([A-Z])/g, ' $1') }),
  'blank padding': csvText(blank(bill), { header: (name) => ` ${name} ` }),
  'blank padding of cells alone': csvText(blank(bill)),
  'currency signs and thousands': csvText(money(bill, (amount) => `$${grouped(amount)}`.replace('$-', '-$'))),
  'currency codes': csvText(money(bill, (amount) => `USD ${amount}`)),
  'blank lines between rows': plain.replaceAll('}"\n', '}"\n\n').replaceAll(',\n', ',\n\n'),
  'an Excel separator line': `sep=;\r\n${csvText(bill, { delimiter: ';', eol: '\r\n' })}`,
  'mixed line ends': plain.replace(/(\{""team"":""a""\}")\n/, '$1\r\n'),
  'a column given twice': csvText(bill, { columns: [...Object.keys(bill[0] ?? {}), 'BilledCost', 'ServiceName'] }),
}
for (const [title, content] of Object.entries(dialects)) {
  test(`FOCUS CSV with ${title}`, async () => {
    const { lake, result } = await imported(content)
    expect(refused(result)).toEqual([])
    expect(landed(result)).toEqual(whole)
    expect(await notes(lake)).toEqual(spoken)
    expect(await lake.rows('select distinct ServiceName as s from charges')).toEqual([{ s: 'Compute' }])
  })
}

test('letters beyond ASCII survive UTF-8, Latin-1 and UTF-16', async () => {
  const rows = [charge('1', '1', { ServiceName: 'Größe café', Tags: '{"stadt":"Köln"}' })]
  for (const content of [
    Buffer.from(csvText(rows), 'utf8'),
    Buffer.from(csvText(rows), 'latin1'),
    Buffer.from(csvText(rows), 'utf16le'),
    Buffer.from(csvText(rows), 'utf16le').swap16(),
  ]) {
    const { lake } = await imported(content)
    expect(await lake.rows(`select ServiceName as s, Tags['stadt'] as t from charges`)).toEqual([
      { s: 'Größe café', t: 'Köln' },
    ])
  }
  const { lake } = await imported(csvText([charge('1', '1', { ServiceName: '計算 🚀' })]))
  expect(await lake.rows('select ServiceName as s from charges')).toEqual([{ s: '計算 🚀' }])
})

test('Latin-1 letters behind the first megabyte survive too', async () => {
  const rows = Array.from({ length: 9000 }, (_, index) =>
    charge('0.1', '0.1', { ServiceName: index === 8999 ? 'Größe' : 'Compute' }),
  )
  const { lake, result } = await imported(Buffer.from(csvText(rows), 'latin1'))
  expect(landed(result)).toEqual({
    '2026-01': `9000 USD ${exactSum(rows.map((row) => row['BilledCost']))} ${exactSum(rows.map((row) => row['BilledCost']))}`,
  })
  expect(await lake.rows(`select count(*)::integer as n from charges where ServiceName = 'Größe'`)).toEqual([{ n: 1 }])
})

test('dirt behind the first megabyte: mixed line ends, a short row, a blank line', async () => {
  const rows = Array.from({ length: 9000 }, () => charge('0.1', '0.1'))
  const lines = csvText(rows).split('\n')
  lines[8000] = `${lines[8000]}\r`
  lines[8500] = (lines[8500] ?? '').replace(/,Compute.*$/, '')
  lines.splice(8700, 0, '')
  const { result, warnings } = await imported(lines.join('\n'))
  expect(refused(result)).toEqual([])
  expect(landed(result)).toEqual({ '2026-01': `9000 USD 900.000000000000000 900.000000000000000` })
  expect(warnings).toMatch(/1 rows ended early and were padded with empty cells, the first is row 8501/)
})

const texts = ['NULL', 'N/A', 'null', 'n/a', '']
test('texts that mean no value, in CSV and in Parquet', async () => {
  const rows = texts.map((text) =>
    charge('1.5', '1.25', {
      ListCost: text,
      ContractedCost: text,
      RegionId: text,
      InvoiceId: text,
      PricingQuantity: text,
      CommitmentDiscountId: text,
      CommitmentDiscountStatus: text,
    }),
  )
  const expected = { '2026-01': '5 USD 7.500000000000000 6.250000000000000' }
  const csv = await imported(csvText(rows))
  expect(refused(csv.result)).toEqual([])
  const lake = testLake()
  const source = lake.file('source', csvText(rows))
  const path = await parquet(lake, 'x.parquet', `from read_csv('${source}', all_varchar = true, nullstr = 'nothing')`)
  const result = await lake.import([path])
  expect(refused(result)).toEqual([])
  for (const one of [csv.result, result]) expect(landed(one)).toEqual(expected)
  for (const one of [csv.lake, lake])
    expect(
      await one.rows(
        'select count(RegionId)::integer as r, count(InvoiceId)::integer as i, count(CommitmentDiscountId)::integer as c from charges',
      ),
    ).toEqual([{ r: 0, i: 0, c: 0 }])
})

test('snake case Parquet with doubles, zoned times, a tag map and a column of nulls', async () => {
  const lake = testLake()
  const rows = [charge('0.1', '0.1'), charge('1234567.891', '0.3'), charge('3e-12', '0')]
  const source = lake.file('source', csvText(rows, { header: snake }))
  const path = await parquet(
    lake,
    'x',
    `select * replace (billed_cost::double as billed_cost, effective_cost::double as effective_cost, charge_period_start::timestamptz as charge_period_start,
    billing_period_start::date as billing_period_start, tags::json::map(varchar, varchar) as tags), null::integer as contracted_cost, null::integer as region_id, {'a': 1} as labels from read_csv('${source}', all_varchar = true)`,
  )
  const result = await lake.import([path])
  expect(refused(result)).toEqual([])
  expect(landed(result)).toEqual({
    '2026-01': `3 USD ${exactSum(['0.1', '1234567.891', '3e-12'])} ${exactSum(['0.4'])}`,
  })
  expect(await lake.rows(`select distinct x_Labels as l, Tags['team'] as t from charges`)).toEqual([
    { l: '{"a":1}', t: 'a' },
  ])
})

test('rows with more values than columns are refused by row, short ones are padded and reported', async () => {
  const lines = csvText(bill.slice(0, 1).concat(bill.slice(2)))
    .trim()
    .split('\n')
  const long = await imported([...lines.slice(0, 3), `${lines[3]},surplus`, ...lines.slice(4)].join('\n'))
  expect(refused(long.result)).toEqual([
    expect.stringMatching(/bill\.csv, row 4: 17 values, but the header names 16 columns/),
  ])
  const empty = await imported([...lines.slice(0, 3), `${lines[3]},`, ...lines.slice(4)].join('\n'))
  expect(refused(empty.result)).toEqual([])
  const short = await imported(
    [...lines.slice(0, 2), (lines[2] ?? '').replace(/,Compute.*$/, ''), ...lines.slice(3)].join('\n'),
  )
  expect(refused(short.result)).toEqual([])
  expect(short.warnings).toMatch(/1 rows ended early and were padded with empty cells, the first is row 3/)
})

test('forty unknown columns are kept, and columns given twice with other values too', async () => {
  const extras = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`Custom Field ${index}`, `v${index}`]))
  const { lake, result } = await imported(csvText([charge('1', '1', { ...extras, x_Own: 'kept' })]))
  expect(refused(result)).toEqual([])
  expect(await lake.rows('select x_CustomField0 as a, x_CustomField39 as b, x_Own as c from charges')).toEqual([
    { a: 'v0', b: 'v39', c: 'kept' },
  ])
  const twice = await imported(
    csvText([charge('1', '1')]).replace(/\n/g, (_, at: number, text: string) =>
      text.indexOf('\n') === at ? ',ServiceName\n' : ',other\n',
    ),
  )
  expect(refused(twice.result)).toEqual([])
  expect(await twice.lake.rows('select ServiceName as a, x_ServiceName as b from charges')).toEqual([
    { a: 'Compute', b: 'other' },
  ])
})

test('two months and two currencies in one file; a missing currency is named', async () => {
  const feb = {
    BillingPeriodStart: '2026-02-01',
    BillingPeriodEnd: '2026-03-01',
    ChargePeriodStart: '2026-02-28',
    ChargePeriodEnd: '2026-03-01',
  }
  const { result } = await imported(
    csvText([charge('1', '1'), charge('2', '2', { BillingCurrency: 'eur' }), charge('3', '3', feb)]),
  )
  expect(landed(result)).toEqual({
    '2026-01': '2 EUR 2.000000000000000 USD 1.000000000000000 2.000000000000000 1.000000000000000',
    '2026-02': '1 USD 3.000000000000000 3.000000000000000',
  })
  const { BillingCurrency: _, ...rest } = charge('1', '1')
  expect(landed((await imported(csvText([rest]))).result)).toEqual({
    '2026-01': '1 XXX 1.000000000000000 1.000000000000000',
  })
})

test('year ends and leap days', async () => {
  const month = (start: string, end: string, from: string, to: string) => ({
    BillingPeriodStart: start,
    BillingPeriodEnd: end,
    ChargePeriodStart: from,
    ChargePeriodEnd: to,
  })
  const { lake, result } = await imported(
    csvText([
      charge('1', '1', month('2027-12-01', '2027-12-31', '2027-12-31T23:00:00Z', '2028-01-01T00:00:00Z')),
      charge(
        '2',
        '2',
        month('2028-02-01T00:00:00Z', '2028-02-29T23:59:59Z', '2028-02-29 23:00:00', '2028-03-01 00:00:00'),
      ),
      charge('3', '3', month('2/1/28', '3/1/28', '2/29/28', '3/1/28')),
      charge(
        '4',
        '4',
        month(
          '2028-02-01T00:00:00+00:00',
          '2028-03-01T00:00:00+00:00',
          '2028-02-29T22:00:00-01:00',
          '2028-03-01T01:00:00+01:00',
        ),
      ),
    ]),
  )
  expect(refused(result)).toEqual([])
  expect(landed(result)).toEqual({
    '2027-12': '1 USD 1.000000000000000 1.000000000000000',
    '2028-02': '3 USD 9.000000000000000 9.000000000000000',
  })
  expect(await lake.rows('select distinct BillingPeriodEnd::varchar as e from charges order by 1')).toEqual([
    { e: '2028-01-01 00:00:00' },
    { e: '2028-03-01 00:00:00' },
  ])
  expect(await lake.rows(`select ChargePeriodStart::varchar as s from charges where BilledCost = 4`)).toEqual([
    { s: '2028-02-29 23:00:00' },
  ])
})

test('dates that exist in no calendar are reported, not guessed', async () => {
  const { lake, result, warnings } = await imported(
    csvText([
      charge('1', '1'),
      charge('2', '2', { ChargePeriodStart: '2026-02-30T00:00:00Z' }),
      charge('3', '3', { ChargePeriodEnd: 'soon' }),
    ]),
  )
  expect(refused(result)).toEqual([])
  expect(landed(result)).toEqual({ '2026-01': '3 USD 6.000000000000000 6.000000000000000' })
  expect(warnings).toMatch(/row 3, column ChargePeriodStart: '2026-02-30T00:00:00Z' is no instant/)
  expect(warnings).toMatch(/row 4, column ChargePeriodEnd: 'soon' is no instant/)
  expect(await lake.rows('select count(*)::integer as n from charges')).toEqual([{ n: 3 }])
  const {
    BillingPeriodStart: _,
    BillingPeriodEnd: __,
    ...undated
  } = charge('1', '1', { ChargePeriodStart: 'x', ChargePeriodEnd: 'y' })
  expect(refused((await imported(csvText([charge('1', '1'), undated]))).result)).toEqual([
    expect.stringMatching(/bill\.csv, row 3: the row names no billing period/),
  ])
})

test('more than fifteen decimals and amounts beyond the limit', async () => {
  const { result } = await imported(
    csvText([charge('0.1234567890123456789', '0.1'), charge('0.1000000000000000000', '0.1')]),
  )
  expect(refused(result)).toEqual([])
  const huge = await imported(csvText([charge('1', '1'), charge('123456789012345678901234567890', '1')]))
  expect(refused(huge.result)).toEqual([
    expect.stringMatching(/row 3, column BilledCost: '123456789012345678901234567890'/),
  ])
})

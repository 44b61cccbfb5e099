import { join } from 'node:path'
import { expect, test } from 'vitest'
import { csvText, exactSum, gz, landed, parquet, refused } from '../support/dialect.ts'
import { type TestLake, testLake } from '../support/lake.ts'

type Json = Readonly<Record<string, unknown>>

const row = (cost: string, more: Json = {}): Json => ({
  billing_account_id: '01AAAA-BBBBBB-CCCCCC',
  service: { id: '6F81-5844-456A', description: 'Compute Engine' },
  sku: { id: 'D973-5D65-BAB2', description: 'N2 Instance Core running in Americas' },
  usage_start_time: '2026-03-05 10:00:00 UTC',
  usage_end_time: '2026-03-05 11:00:00 UTC',
  project: {
    id: 'shop',
    number: '12',
    name: 'Shop',
    ancestry_numbers: '/1/',
    ancestors: [],
    labels: [{ key: 'cc', value: '7' }],
  },
  labels: [{ key: 'team', value: 'a, "b"' }],
  system_labels: [],
  tags: [],
  location: { location: 'us-central1', country: 'US', region: 'us-central1', zone: 'us-central1-a' },
  export_time: '2026-03-05 14:00:00.123456 UTC',
  cost,
  currency: 'EUR',
  currency_conversion_rate: '0.92',
  usage: { amount: '3600', unit: 'seconds', amount_in_pricing_units: '1', pricing_unit: 'hour' },
  credits: [],
  invoice: { month: '202603' },
  cost_type: 'regular',
  adjustment_info: null,
  ...more,
})
const credit = (type: string, amount: string, more: Json = {}) => ({
  name: type,
  full_name: type,
  id: type,
  type,
  amount,
  ...more,
})
const rows: readonly Json[] = [
  row('1.234567890123'),
  row('1.0E-7', { labels: [] }),
  row('2.5', { credits: [credit('SUSTAINED_USAGE_DISCOUNT', '-0.5'), credit('PROMOTION', '-1e-3')] }),
  row('-0.75', {
    cost_type: 'adjustment',
    adjustment_info: { id: '', description: 'x', type: 'GOODWILL', mode: 'MANUAL_ADJUSTMENT' },
  }),
  row('0.19', { cost_type: 'tax', project: null, usage: null, labels: null, credits: null }),
]
const billed = exactSum(['1.234567890123', '1.0E-7', '2.5', '-0.5', '-0.001', '-0.75', '0.19'])
const whole = { '2026-03': `5 EUR ${billed} ${billed}` }
const ndjson = (list: readonly Json[]) => list.map((one) => `${JSON.stringify(one)}\n`).join('')
const python = (value: unknown): string => {
  if (value === null || value === undefined) return 'None'
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, one]) => `'${key}': ${python(one)}`)
      .join(', ')}}`
  if (typeof value === 'string' && /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(value)) return value
  return value === 'a, "b"' ? `'a, "b"'` : `'${value}'`
}
const flat = (list: readonly Json[], text: (value: unknown) => string) =>
  list.map((one) =>
    Object.fromEntries(
      Object.entries(one).map(([name, value]) => [
        name,
        value === null ? '' : typeof value === 'object' ? text(value) : String(value),
      ]),
    ),
  )
async function stored(lake: TestLake) {
  const [total] = await lake.rows(
    `select count(*)::integer as n, sum(BilledCost)::varchar as billed, count(*) filter (Tags['team'] = 'a, "b"')::integer as tagged from charges`,
  )
  return total
}

const numbers = (one: unknown): unknown => {
  if (Array.isArray(one)) return one.map(numbers)
  if (one && typeof one === 'object')
    return Object.fromEntries(
      Object.entries(one).map(([key, value]) => [key, key === 'month' || key === 'id' ? value : numbers(value)]),
    )
  return typeof one === 'string' && /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(one) ? Number(one) : one
}
const dumps: Readonly<Record<string, string | Buffer>> = {
  'NDJSON with numbers as text': ndjson(rows),
  'NDJSON with numbers': ndjson(rows.map((one) => numbers(one) as Json)),
  'gzip NDJSON': gz(ndjson(rows)),
  'one JSON array': JSON.stringify(rows, null, 1),
  'one JSON array on one line': JSON.stringify(rows),
  'CSV with JSON columns': csvText(flat(rows, JSON.stringify)),
  'CSV with Python columns': csvText(flat(rows, python)),
  'NDJSON with epoch seconds': ndjson(
    rows.map((one) => ({
      ...one,
      export_time: 1772719200.123456,
      usage_start_time: 1772704800,
      usage_end_time: 1772708400,
    })),
  ),
  'NDJSON with epoch texts': ndjson(
    rows.map((one) => ({
      ...one,
      export_time: '1.772719200123456E9',
      usage_start_time: '1772704800',
      usage_end_time: '1772708400',
    })),
  ),
  'NDJSON with ISO times': ndjson(
    rows.map((one) => ({
      ...one,
      export_time: '2026-03-05T14:00:00.123456Z',
      usage_start_time: '2026-03-05T10:00:00Z',
      usage_end_time: '2026-03-05T11:00:00+00:00',
    })),
  ),
}
for (const [title, content] of Object.entries(dumps)) {
  test(`Google usage as ${title}`, async () => {
    const lake = testLake()
    const result = await lake.import([lake.file('dump.json', content)])
    expect(refused(result)).toEqual([])
    expect(landed(result)).toEqual(whole)
    expect(await stored(lake)).toEqual({ n: 5, billed, tagged: 3 })
    expect(
      await lake.rows('select distinct ChargePeriodStart::varchar as s, ChargePeriodEnd::varchar as e from charges'),
    ).toEqual([{ s: '2026-03-05 10:00:00', e: '2026-03-05 11:00:00' }])
  })
}

test('Google usage as Parquet from BigQuery: lists of structs, NUMERIC and double amounts', async () => {
  const lake = testLake()
  const source = lake.file('dump.json', ndjson(rows))
  const path = await parquet(
    lake,
    'p/000000000000',
    `select billing_account_id, service::struct(id varchar, description varchar) as service, sku::struct(id varchar, description varchar) as sku,
      replace(usage_start_time, ' UTC', '')::timestamptz as usage_start_time, replace(usage_end_time, ' UTC', '')::timestamptz as usage_end_time,
      from_json(project, '{"id":"VARCHAR","number":"VARCHAR","name":"VARCHAR","labels":[{"key":"VARCHAR","value":"VARCHAR"}]}') as project,
      labels::struct(key varchar, value varchar)[] as labels, replace(export_time, ' UTC', '')::timestamptz as export_time,
      cost::double as cost, currency, invoice::struct(month varchar) as invoice, cost_type, null::integer as seller_name,
      credits::struct(name varchar, amount decimal(38, 9), full_name varchar, id varchar, type varchar)[] as credits
     from read_json('${source}', columns = {billing_account_id: 'varchar', service: 'json', sku: 'json', usage_start_time: 'varchar', usage_end_time: 'varchar',
      project: 'json', labels: 'json', export_time: 'varchar', cost: 'varchar', currency: 'varchar', invoice: 'json', cost_type: 'varchar', credits: 'json'})`,
  )
  const result = await lake.import([path])
  expect(refused(result)).toEqual([])
  expect(landed(result)).toEqual(whole)
  expect(await stored(lake)).toEqual({ n: 5, billed, tagged: 3 })
})

const at = (list: readonly Json[], exported: string) => list.map((one) => ({ ...one, export_time: exported }))
const monday = at(rows.slice(0, 2), '2026-03-05 14:00:00 UTC')
const tuesday = at(rows.slice(2, 4), '2026-03-06 14:00:00 UTC')
const wednesday = at(rows.slice(4), '2026-03-07 14:00:00 UTC')

test('dumps that grow, overlap and repeat add each batch once', async () => {
  const lake = testLake()
  await lake.import([lake.file('1.json', ndjson(monday))])
  await lake.import([lake.file('2.json', ndjson([...monday, ...tuesday]))])
  await lake.import([lake.file('3.json', ndjson([...tuesday, ...wednesday]))])
  await lake.import([lake.file('4.json', ndjson(monday))])
  expect(await stored(lake)).toEqual({ n: 5, billed, tagged: 3 })
})

test('overlapping dumps in one folder add each batch once', async () => {
  const lake = testLake()
  lake.file('d/1.json', ndjson([...monday, ...tuesday]))
  lake.file('d/2.json', ndjson([...tuesday, ...wednesday]))
  lake.file('d/3.json', ndjson(wednesday))
  expect(refused(await lake.import([join(lake.folder, 'd')]))).toEqual([])
  expect(await stored(lake)).toEqual({ n: 5, billed, tagged: 3 })
})

test('one batch split over several files of one dump is added whole', async () => {
  const lake = testLake()
  lake.file('d/000000000000.json', ndjson(at(rows.slice(0, 2), '2026-03-05 14:00:00 UTC')))
  lake.file('d/000000000001.json', ndjson(at(rows.slice(2), '2026-03-05 14:00:00 UTC')))
  expect(refused(await lake.import([join(lake.folder, 'd')]))).toEqual([])
  expect(await stored(lake)).toEqual({ n: 5, billed, tagged: 3 })
})

test('a dump without export_time replaces the month and says so', async () => {
  const lake = testLake()
  const without = (list: readonly Json[]) => list.map(({ export_time: _, ...rest }) => rest)
  await lake.import([lake.file('1.json', ndjson(without(rows.slice(0, 2))))])
  const result = await lake.import([lake.file('2.json', ndjson(without(rows)))])
  expect(await stored(lake)).toEqual({ n: 5, billed, tagged: 3 })
  expect(result.deliveries[0]?.warnings.join()).toMatch(/without export_time/)
})

test('new spend-based commitments: the net fee is the unused part, usage is billed at its price', async () => {
  const model = { consumption_model: { id: '7754-699E-0EBF', description: 'Default' } }
  const committed = { consumption_model: { id: 'D97B-0795-975B', description: 'Compute Engine Flexible CUDs 1 Year' } }
  const fee = row('10', {
    sku: { id: 'FEE1', description: 'Commitment - dollar based v1: Compute Flexible for 1 year' },
    subscription: { instance_id: 'sub-1' },
    credits: [credit('FEE_UTILIZATION_OFFSET', '-8.25')],
    ...model,
  })
  const lake = testLake()
  const result = await lake.import([
    lake.file(
      'x.json',
      ndjson([fee, row('7.2', { ...committed, cost_at_effective_price_default: '10' }), row('1', model)]),
    ),
  ])
  expect(refused(result)).toEqual([])
  const total = exactSum(['10', '-8.25', '7.2', '1'])
  expect(landed(result)).toEqual({ '2026-03': `3 EUR ${total} ${total}` })
  expect(
    await lake.rows(`select ChargeCategory || coalesce(' ' || CommitmentDiscountStatus, '') as kind, sum(BilledCost)::decimal(9, 2)::varchar as billed,
      sum(EffectiveCost)::decimal(9, 2)::varchar as effective from charges where CommitmentDiscountId is not null group by 1 order by 1`),
  ).toEqual([
    { kind: 'Purchase', billed: '1.75', effective: '0.00' },
    { kind: 'Usage Unused', billed: '0.00', effective: '1.75' },
    { kind: 'Usage Used', billed: '7.20', effective: '7.20' },
  ])
})

test('a credits cell that was cut off is refused by row, and numpy text is read', async () => {
  const lake = testLake()
  const cells = flat([row('2'), row('3', { credits: [credit('PROMOTION', '-1')] })], JSON.stringify)
  const cut = cells.map((one) => ({ ...one, credits: (one['credits'] ?? '').slice(0, 40) }))
  expect(refused(await lake.import([lake.file('cut.csv', csvText(cut))]))).toEqual([
    expect.stringMatching(/cut\.csv, row 3, column credits: .* is neither JSON nor a Python list/),
  ])
  const numpy = `[{'name': "it's", 'amount': np.float64(-0.5), 'type': 'PROMOTION'}\n {'name': 'y', 'amount': -0.25, 'type': 'DISCOUNT'}]`
  const result = await lake.import([
    lake.file('np.csv', csvText(flat([row('2')], JSON.stringify).map((one) => ({ ...one, credits: numpy })))),
  ])
  expect(landed(result)).toEqual({ '2026-03': '1 EUR 1.250000000000000 1.250000000000000' })
})

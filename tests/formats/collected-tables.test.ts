import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { collectedFormats, collectedTables } from '../../src/formats/collected-tables.ts'
import type { FileHead, Format } from '../../src/formats/format.ts'
import { formats, recognise } from '../../src/formats/registry.ts'
import { readJournal } from '../../src/lake/journal.ts'
import { buildWarehouse } from '../../src/pipeline/build.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import { type TestLake, testLake } from '../support/lake.ts'
import { estateOf, type Row } from '../support/rows.ts'
import { loadText } from '../support/table-files.ts'

const samples: Row = {
  decimal: '1234.5',
  instant: '2026-03-20T06:00:00Z',
  map: '{"a":"b"}',
}
const particular: Row = {
  billing_period: '2026-03',
  ledger: 'billed',
  kind: 'anomaly',
  is_estimated: true,
  currency: 'usd',
  detail: { x: [1] },
}

/** A row with a value in every column of a table. */
function fullRow({ columns }: (typeof collectedTables)[number]): Row {
  const cells = Object.entries(columns).map(([name, type]) => [name, particular[name] ?? samples[type] ?? name])
  return Object.fromEntries(cells)
}

const lines = (rows: readonly Row[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

function headOf(columns: readonly string[], row: Row): FileHead {
  return { container: 'ndjson', columns, sample: [columns.map((name) => String(row[name]))] }
}

async function warehouseOf(lake: TestLake, asOf?: string): Promise<Warehouse> {
  const context = { layout: lake.layout, config: parseConfig({}), openWarehouse: openDuckDb, onProgress: () => {} }
  const { path } = await buildWarehouse(context, asOf)
  return openDuckDb({ path, readOnly: true })
}

async function rowsAfter(deliveries: readonly (readonly Row[])[], sql: string, sources: readonly string[] = []) {
  const lake = testLake()
  for (const [index, rows] of deliveries.entries()) {
    const path = lake.file(`${index}/rows.ndjson.gz`, gzipSync(lines(rows)))
    const { failures } = await lake.import([path], sources[index] ?? 'payer')
    if (failures[0]) throw failures[0]
  }
  return (await (await warehouseOf(lake)).query(sql)).rows
}

const named = (more: Row): Row => ({ ...fullRow(tableNamed('account_names')), provider: 'AWS', ...more })
const total = (more: Row): Row => ({
  ...fullRow(tableNamed('provider_totals')),
  group_name: '',
  group_value: '',
  ...more,
})

function tableNamed(name: string) {
  const table = collectedTables.find((one) => one.table === name)
  if (!table) throw new Error(`no table ${name}`)
  return table
}

describe.each(collectedTables.map((table) => [table.table, table] as const))('%s', (name, table) => {
  const format = collectedFormats.find((one) => one.table === name) as Format
  const row = fullRow(table)

  test('its rows are recognised by their columns alone, in any order, and by no other format', () => {
    for (const columns of [Object.keys(row), Object.keys(row).sort(), Object.keys(row).reverse()]) {
      expect(formats.filter((one) => one.recognise(headOf(columns, row))).map(({ id }) => id)[0]).toBe(format.id)
    }
    const others = collectedFormats.filter((one) => one !== format)
    expect(others.filter((one) => one.recognise(headOf(Object.keys(row), row)))).toEqual([])
  })

  test.each([...table.key, ...table.told_by, 'observed_at'])('without %s a file is not one of its', (missing) => {
    const columns = Object.keys(row).filter((column) => column !== missing)
    expect(format.recognise(headOf(columns, row))).toBeNull()
  })

  test('the query gives the columns and types that the table of the warehouse has', async () => {
    const written = await loadText(lines([row]), format)
    const defined = await estateOf([])
    const inWarehouse = await defined.warehouse.describe(`from ${name}`)
    expect(await written.describe(`from ${name}`)).toEqual(inWarehouse)
    expect(inWarehouse.map((column) => column.name)).toEqual([...Object.keys(table.columns), 'source'])
  })

  test('every value arrives, and a row without values beyond its key and what it needs does too', async () => {
    const warehouse = await loadText(lines([row]), format)
    const [found] = (await warehouse.query(`from ${name}`)).rows
    expect(Object.entries(found ?? {}).filter(([, value]) => value === null)).toEqual([])
    const needed = new Set([
      ...[
        'provider',
        'account_id',
        'billing_period',
        'ledger',
        'currency',
        'kind',
        'sku_id',
        'usage_date',
        'cluster',
        'allocation',
      ],
      'observed_at',
    ])
    const bare = Object.fromEntries(Object.keys(row).map((key) => [key, needed.has(key) ? row[key] : null]))
    expect((await (await loadText(lines([bare]), format)).query(`from ${name}`)).rows).toHaveLength(1)
  })

  test('a second delivery of the same row leaves one row, the newest', async () => {
    const later = { ...row, observed_at: '2026-03-21T06:00:00Z' }
    const found = await rowsAfter([[row], [later]], `select observed_at, source from ${name}`)
    expect(found).toEqual([{ observed_at: '2026-03-21 06:00:00', source: 'payer' }])
  })

  test('exists when nothing has been collected', async () => {
    const { rows } = await estateOf([])
    expect(await rows(`from ${name}`)).toEqual([])
  })
})

test.each([
  [
    'a bill',
    ['BilledCost', 'ChargeCategory', 'ChargePeriodStart', 'BillingCurrency', 'provider', 'observed_at'],
    'focus',
  ],
  ['a budget', ['budget', 'dimension', 'value', 'month', 'amount', 'currency', 'ledger', 'provider'], 'budgets'],
  ['a metric', ['date', 'metric', 'value', 'cluster', 'namespace', 'observed_at'], 'business-metrics'],
])('%s stays one, whatever columns it shares with collected tables', (_, columns, id) => {
  const sample = [columns.map((name) => (name === 'value' ? '5' : name === 'date' ? '2026-03-01' : 'x'))]
  expect(recognise({ container: 'csv', columns, sample })?.format.id).toBe(id)
})

test('amounts are exact and instants are UTC', async () => {
  const row = total({ amount: '-98765432109876543210.123456789012345', observed_at: '2026-03-20T07:30:00+02:00' })
  const warehouse = await loadText(
    lines([row]),
    collectedFormats.find((one) => one.table === 'provider_totals') as Format,
  )
  expect((await warehouse.query('select amount, observed_at, currency from provider_totals')).rows).toEqual([
    { amount: '-98765432109876543210.123456789012345', observed_at: '2026-03-20 05:30:00', currency: 'USD' },
  ])
})

test('an account that the newest list no longer has keeps its name; one that was renamed has the new one', async () => {
  const found = await rowsAfter(
    [
      [named({ account_id: '1', account_name: 'one' }), named({ account_id: '2', account_name: 'two' })],
      [named({ account_id: '1', account_name: 'uno' })],
    ],
    'select account_id, account_name from account_names order by account_id',
  )
  expect(found).toEqual([
    { account_id: '1', account_name: 'uno' },
    { account_id: '2', account_name: 'two' },
  ])
})

test('a service that the newest totals of a month no longer have is gone; other months, ledgers and sources stay', async () => {
  const service = (value: string, more: Row = {}) => total({ group_name: 'service', group_value: value, ...more })
  const found = await rowsAfter(
    [
      [service('EC2'), service('Stray'), service('Stray', { billing_period: '2026-02' }), total({})],
      [service('Elsewhere', { billing_account_id: 'payer' })],
      [service('EC2', { amount: '7' })],
    ],
    `select billing_period, group_value, amount::double as amount, source from provider_totals order by all`,
    ['payer', 'second', 'payer'],
  )
  expect(found).toEqual([
    { billing_period: '2026-02', group_value: 'Stray', amount: 1234.5, source: 'payer' },
    { billing_period: '2026-03', group_value: '', amount: 1234.5, source: 'payer' },
    { billing_period: '2026-03', group_value: 'EC2', amount: 7, source: 'payer' },
    { billing_period: '2026-03', group_value: 'Elsewhere', amount: 1234.5, source: 'second' },
  ])
})

test('of recommendations the newest list stands, of anomalies every one', async () => {
  const finding = (kind: string, finding_id: string, day: string) => ({
    ...fullRow(tableNamed('provider_findings')),
    ...{ kind, finding_id, period_start: `${day}T00:00:00Z` },
  })
  const found = await rowsAfter(
    [
      [finding('recommendation', 'buy', '2026-03-19'), finding('anomaly', 'one', '2026-03-01')],
      [finding('recommendation', 'buy', '2026-03-20'), finding('anomaly', 'two', '2026-04-01')],
    ],
    `select kind, finding_id, period_start::date::varchar as day, detail from provider_findings order by all`,
  )
  const detail = '{"x":[1]}'
  expect(found).toEqual([
    { kind: 'anomaly', finding_id: 'one', day: '2026-03-01', detail },
    { kind: 'anomaly', finding_id: 'two', day: '2026-04-01', detail },
    { kind: 'recommendation', finding_id: 'buy', day: '2026-03-20', detail },
  ])
})

test('of two observations in one delivery the later one stands', async () => {
  const found = await rowsAfter(
    [[total({ amount: '2', observed_at: '2026-03-22T00:00:00Z' }), total({ amount: '1' })]],
    'select amount::double as amount from provider_totals',
  )
  expect(found).toEqual([{ amount: 2 }])
})

test('the warehouse as of an earlier instant has the rows of then', async () => {
  const lake = testLake()
  for (const amount of ['1', '2'])
    await lake.import([lake.file(`${amount}.ndjson`, lines([total({ amount })]))], 'payer')
  const [first] = readJournal(lake.layout)
  const now = await (await warehouseOf(lake)).query('select amount::double as a from provider_totals')
  const then = await (await warehouseOf(lake, first?.landed_at)).query(
    'select amount::double as a from provider_totals',
  )
  expect([now.rows, then.rows]).toEqual([[{ a: 2 }], [{ a: 1 }]])
})

test.each([
  ['provider_totals', { billing_period: '2026-13' }, /of no billing_period such as 2026-03: 2026-13/],
  ['provider_totals', { ledger: 'cash' }, /ledger cash is not one of billed, effective/],
  ['provider_totals', { currency: null }, /AWS 2026-03 has no currency/],
  ['provider_totals', { amount: 'much' }, /not a number: much/],
  ['provider_findings', { kind: 'rumour' }, /kind rumour is not one of forecast/],
  ['account_names', { account_id: null }, /an account name has no account_id/],
  ['account_names', { observed_at: 'today' }, /no readable observed_at/],
  ['list_prices', { sku_id: null }, /a list price of AWS has no sku_id/],
  ['kubernetes_allocations', { usage_date: '2026-02-30' }, /no readable usage_date/],
])('a row of %s that cannot be right refuses its file: %j', async (name, wrong, message) => {
  const row = { ...fullRow(tableNamed(name)), provider: 'AWS', ...wrong }
  await expect(rowsAfter([[row]], `from ${name}`)).rejects.toThrow(message)
})

test('a folder with files of several tables lands each in its table', async () => {
  const lake = testLake()
  for (const table of collectedTables) lake.file(`in/${table.table}.ndjson.gz`, gzipSync(lines([fullRow(table)])))
  const { deliveries, failures } = await lake.import([join(lake.folder, 'in')], 'payer')
  expect(failures).toEqual([])
  expect(deliveries.map(({ table }) => table?.name).sort()).toEqual(collectedTables.map(({ table }) => table).sort())
})

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readQuery } from '../../src/catalog/files.ts'
import { businessMetrics } from '../../src/formats/business-metrics.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText } from '../../src/warehouse/warehouse.ts'
import { loadTable, loadText } from '../support/table-files.ts'

const fixture = (name: string) => new URL(`../../fixtures/${name}`, import.meta.url).pathname
const flat = `select metric_date, metric, unit,
    array_to_string(list_transform(map_entries(dimensions), lambda d: d.key || '=' || d.value), ' ') as dimensions, value
  from business_metrics order by metric_date, metric, dimensions::varchar`

test.each(['metrics-daily', 'metrics-odd'])('%s: every value, its day and its dimensions', async (name) => {
  const warehouse = await loadTable(fixture(`${name}/metrics.csv`), businessMetrics)
  const { columns, rows } = await warehouse.query(flat)
  const found = rows.map((row) => columns.map((column) => row[column.name] ?? '').join(','))
  const expected = readFileSync(fixture(`${name}/expected/rows.csv`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
  expect(found.sort()).toEqual(expected.sort())
})

test('the output has the columns and types of the table business_metrics', async () => {
  const warehouse = await loadText('date,metric,value\n2026-05-01,requests,1\n', businessMetrics)
  expect(
    (await warehouse.describe('select * exclude (source) from business_metrics')).map(
      ({ name, type }) => `${name} ${type}`,
    ),
  ).toEqual([
    'metric_date DATE',
    'metric VARCHAR',
    'unit VARCHAR',
    'dimensions MAP(VARCHAR, VARCHAR)',
    'value DECIMAL(38,15)',
  ])
  expect((await warehouse.query('select cardinality(dimensions)::integer as n from business_metrics')).rows).toEqual([
    { n: 0 },
  ])
})

test('NDJSON with a dimensions object and an exponent is read like CSV', async () => {
  const warehouse = await loadText(
    '{"day":"2026-05-01T23:30:00Z","metric":"tokens","value":1.5e6,"dimensions":{"Team":"ml","model":"m1"},"tenant":"t1"}\n',
    businessMetrics,
  )
  expect((await warehouse.query(flat)).rows).toEqual([
    {
      metric_date: '2026-05-01',
      metric: 'tokens',
      unit: null,
      dimensions: 'model=m1 team=ml tenant=t1',
      value: '1500000.000000000000000',
    },
  ])
})

test('Parquet with typed columns, a map of dimensions and a double is read exactly', async () => {
  const writer = await openDuckDb({ path: ':memory:' })
  const path = join(mkdtempSync(join(tmpdir(), 'costwright-')), 'm.parquet')
  await writer.exec(`copy (select date '2026-05-01' as day, 'orders' as metric, 0.1::double as value, 7 as shop_id,
      map {'Cost Center': 'c1'} as dimensions) to ${quoteText(path)} (format parquet)`)
  expect((await (await loadTable(path, businessMetrics)).query(flat)).rows).toEqual([
    {
      metric_date: '2026-05-01',
      metric: 'orders',
      unit: null,
      dimensions: 'cost_center=c1 shop_id=7',
      value: '0.100000000000000',
    },
  ])
})

test.each([
  ['2026-02-30,requests,1', /requests has no readable date/],
  ['2026-02-03,,1', /2026-02-03 has no name in the column metric/],
])('a row that says too little is refused: %s', async (row, message) => {
  await expect(loadText(`date,metric,value\n${row}\n`, businessMetrics)).rejects.toThrow(message)
})

test('two values of one metric, day and set of dimensions are found by the check, whatever the order of columns', async () => {
  const warehouse = await loadText(
    'date,metric,team,env,value\n2026-05-01,requests,a,prod,1\n2026-05-01,requests,a,prod,2\n2026-05-01,requests,b,prod,1\n',
    businessMetrics,
  )
  const { rows } = await warehouse.query(readQuery('checks/duplicate_metrics.sql'))
  expect(rows).toMatchObject([{ metric_date: '2026-05-01', metric: 'requests', row_count: '2', value_count: '2' }])
})

test.each([
  ['the wide form', ['date', 'requests', 'tenants'], [['2026-05-01', '5', '6']]],
  ['a bill', ['date', 'metric', 'value', 'BilledCost'], [['2026-05-01', 'a', '6', '1']]],
  ['a cost series', ['date', 'provider', 'account', 'service', 'team', 'cost'], []],
  ['a budget', ['budget', 'dimension', 'value', 'month', 'amount', 'currency'], []],
  ['an hourly commitment series', ['hour', 'ode'], []],
  ['a value column of words', ['date', 'metric', 'value'], [['2026-05-01', 'status', 'green']]],
])('%s is no business metric file', (_, columns, sample) => {
  expect(businessMetrics.recognise({ container: 'csv', columns, sample })).toBeNull()
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { budgets } from '../../src/formats/budgets.ts'
import { loadTable, loadText } from '../support/table-files.ts'

const fixture = (name: string) => new URL(`../../fixtures/${name}`, import.meta.url).pathname
const lines = (path: string) => readFileSync(fixture(path), 'utf8').trimEnd().split('\n').slice(1)
const header = 'budget,dimension,value,month,amount,currency,phasing'

async function asCsv(path: string, sql: string): Promise<string[]> {
  const { columns, rows } = await (await loadTable(fixture(path), budgets)).query(sql)
  return rows.map((row) => columns.map(({ name }) => row[name] ?? '').join(','))
}

async function amounts(row: string): Promise<unknown[]> {
  const warehouse = await loadText(`${header}\n${row}\n`, budgets)
  const { rows } = await warehouse.query('select amount from budgets order by month')
  return rows.map((found) => String(found['amount']).replace(/\.?0+$/, ''))
}

test('monthly budgets keep their amounts exactly and get the default ledger and limits', async () => {
  const found = await asCsv(
    'budgets-monthly/budgets.csv',
    'select * exclude (source) from budgets order by budget, month',
  )
  expect(found).toEqual(lines('budgets-monthly/expected/rows.csv'))
})

test('annual and quarterly budgets become months that add up to them exactly', async () => {
  const found = await asCsv(
    'budgets-annual/budgets.csv',
    'select budget, month, amount from budgets order by budget, month',
  )
  expect(found).toEqual(lines('budgets-annual/expected/rows.csv'))
})

test('the output has the columns and types of the table budgets', async () => {
  const warehouse = await loadTable(fixture('budgets-annual/budgets.csv'), budgets)
  const types = Object.fromEntries((await warehouse.describe('from budgets')).map(({ name, type }) => [name, type]))
  expect(types).toMatchObject({
    month: 'VARCHAR',
    amount: 'DECIMAL(38,15)',
    tolerance_pct: 'DECIMAL(9,4)',
    hard_limit_pct: 'DECIMAL(9,4)',
    materiality: 'DECIMAL(38,15)',
  })
})

test('twelve weights of any size phase a year, and an amount finer than a cent still adds up', async () => {
  const found = await amounts('A,team,x,2026,100.005,EUR,"8.3 8.3 8.3 8.3 8.3 8.3 8.3 8.3 8.3 8.3 8.3 8.7"')
  expect(found).toHaveLength(12)
  const mils = found.map((amount) => Math.round(Number(amount) * 1000))
  expect(mils.reduce((sum, amount) => sum + amount)).toBe(100005)
  expect(found[11]).toBe('8.701')
})

test('a year without an amount is twelve months without an amount', async () => {
  const warehouse = await loadText(`${header}\nA,team,x,2026,,EUR,\n`, budgets)
  const { rows } = await warehouse.query('select count(*)::integer as n, count(amount)::integer as known from budgets')
  expect(rows).toEqual([{ n: 12, known: 0 }])
})

test.each([
  ['A,squad,x,2026-01,1,EUR,', /budget A: dimension squad is not one of team/],
  ['A,team,,2026-01,1,EUR,', /budget A: no value/],
  ['A,team,x,soon,1,EUR,', /budget A: month SOON/],
  ['A,team,x,2026-13,1,EUR,', /budget A: month 2026-13/],
  ['A,team,x,1/26,1,EUR,', /budget A: month 1\/26/],
  ['A,team,x,2026-01,1,,', /budget A: no currency/],
  ['A,team,x,2026,1,EUR,1;2;3', /phasing 1;2;3 is neither even, days nor 12 weights/],
  ['A,team,x,2026,1,EUR,1 1 1 1 1 1 1 1 1 1 1 -1', /12 weights, 0 or more/],
  ['A,team,x,2026,1,EUR,0 0 0 0 0 0 0 0 0 0 0 0', /neither even, days nor 12 weights/],
])('a row that cannot be right is refused by name: %s', async (row, message) => {
  await expect(loadText(`${header}\n${row}\n`, budgets)).rejects.toThrow(message)
})

test.each([
  '2026-01',
  '2026/01',
  '202601',
  '01/2026',
  'Jan 2026',
  'January 2026',
  'Jan-26',
  '2026-01-31',
  '2026-01-01 00:00:00',
])('the month may be written %s', async (month) => {
  const warehouse = await loadText(`${header}\nA,team,x,${month},1,EUR,\n`, budgets)
  expect((await warehouse.query('select month from budgets')).rows).toEqual([{ month: '2026-01' }])
})

test('a column named for a dimension stands for dimension and value, and a numeric column budget is the amount', async () => {
  const warehouse = await loadText('Month;Team;Budget;Currency\n2026-01;payments;1.234,50;EUR\n', budgets)
  const { rows } = await warehouse.query('select budget, dimension, value, month, amount from budgets')
  expect(rows).toEqual([
    { budget: 'team payments', dimension: 'team', value: 'payments', month: '2026-01', amount: '1234.500000000000000' },
  ])
})

test.each([
  ['2026', '1', ['2026-01']],
  ['2026', 'March', ['2026-03']],
  ['2026', '2026-12', ['2026-12']],
  ['2026', 'Q4', ['2026-10', '2026-11', '2026-12']],
])('columns year %s and month %s make one period', async (year, month, months) => {
  const warehouse = await loadText(
    `Year,Month,Product,Amount,Currency,Actual\n${year},${month},shop,3,EUR,1\n`,
    budgets,
  )
  const { rows } = await warehouse.query('select month from budgets order by month')
  expect(rows.map((row) => row['month'])).toEqual(months)
})

test('a column year alone makes an annual budget', async () => {
  const warehouse = await loadText('Year,Product,Amount,Currency\n2026,shop,3,EUR\n', budgets)
  expect(
    (await warehouse.query('select sum(amount)::varchar as total, count(*)::integer as n from budgets')).rows,
  ).toEqual([{ total: '3.000000000000000', n: 12 }])
})

test('300 random years are split as the exact largest remainder says', async () => {
  let seed = 42
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return Math.floor((seed / 2147483648) * below)
  }
  const cases = Array.from({ length: 300 }, (_, index) => {
    const digits = [0, 2, 3][random(3)] ?? 2
    const weights = Array.from({ length: 12 }, () => random(8))
    weights[random(12)] = 1 + random(5)
    return { name: `b${String(index).padStart(3, '0')}`, digits, units: random(2_000_000) - 1_000_000, weights }
  })
  const lines = cases.map(({ name, digits, units, weights }) => {
    const currency = { 0: 'JPY', 2: 'EUR', 3: 'KWD' }[digits]
    return `${name},team,x,2026,${(units / 10 ** digits).toFixed(digits)},${currency},${weights.join(' ')}`
  })
  const warehouse = await loadText(`${header}\n${lines.join('\n')}\n`, budgets)
  const { rows } = await warehouse.query(
    'select budget, list(amount::double order by month) as months from budgets group by 1 order by 1',
  )
  const found = rows.map((row, index) =>
    (row['months'] as number[]).map((amount) => Math.round(amount * 10 ** (cases[index]?.digits ?? 0))),
  )
  expect(found).toEqual(cases.map(({ units, weights }) => spread(units, weights)))
})

/** specs/allocation.md section 5 in integers; ties to the earlier month. */
function spread(units: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight)
  const shares = weights.map((weight, month) => {
    const exact = Math.abs(units) * weight
    return { month, whole: Math.floor(exact / total), rest: exact % total }
  })
  const missing = Math.abs(units) - shares.reduce((sum, { whole }) => sum + whole, 0)
  const topped = new Set(
    [...shares]
      .sort((a, b) => b.rest - a.rest || a.month - b.month)
      .slice(0, missing)
      .map(({ month }) => month),
  )
  return shares.map(({ month, whole }) => Math.sign(units) * (whole + (topped.has(month) ? 1 : 0)) + 0)
}

test.each([
  ['a bill', ['BilledCost', 'ChargePeriodStart', 'month', 'amount', 'dimension']],
  ['metrics', ['date', 'metric', 'team', 'value']],
  ['a cost series', ['date', 'provider', 'account', 'service', 'team', 'cost']],
  ['two dimension columns', ['month', 'team', 'product', 'amount']],
])('%s is no budget file', (_, columns) => {
  expect(budgets.recognise({ container: 'csv', columns, sample: [] })).toBeNull()
})

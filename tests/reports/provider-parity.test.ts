import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { runQuery } from '../../src/catalog/run.ts'
import { createCostExplorer } from '../../src/collectors/aws/cost-explorer.ts'
import type { RowsFile } from '../../src/collectors/collector.ts'
import { parseConfig } from '../../src/config.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import { writeEstate } from '../../src/estate/estate.ts'
import { buildWarehouse } from '../../src/pipeline/build.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import { testContext } from '../collectors/context.ts'
import { costExplorerHandler, type FakeCostExplorer, loadCur } from '../fakes/cost-explorer.ts'
import { type FaultServer, startServer } from '../fakes/fault-server.ts'
import { type TestLake, testLake } from '../support/lake.ts'

type Row = Readonly<Record<string, unknown>>

const payer = '410927463001'
const months = ['2026-09', '2026-10']
const catalog = loadCatalog()

let lake: TestLake
let raw: Warehouse
let server: FaultServer
let fake: FakeCostExplorer

beforeAll(async () => {
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIAFAKEFAKEFAKEFAKE'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret'
  lake = testLake()
  raw = await openDuckDb({ path: ':memory:' })
  const directory = mkdtempSync(join(tmpdir(), 'estate-'))
  const { files } = await writeEstate({ directory, seed: 11, months, scale: 0.05, warehouse: raw })
  const delivered = files.filter(({ source, key }) => source === 'aws' && key.startsWith('aws/billing/'))
  await loadCur(
    raw,
    delivered.map(({ key }) => join(directory, key)),
  )
  const { failures } = await lake.import([join(directory, 'aws/billing')])
  expect(failures).toEqual([])
  fake = {
    organization: { payer, caller: payer, accounts: [], denied: [], alone: false },
    today: '2026-11-20',
    pageSize: 7,
    answers: new Map(),
    denied: new Set(),
  }
  server = await startServer(costExplorerHandler(fake, async (sql) => (await raw.query(sql)).rows))
}, 120_000)

afterAll(async () => {
  await server.close()
  raw.close()
})

beforeEach(() => {
  fake.answers.clear()
  fake.pageSize = 7
})

/** Collects what the fake answers now, imports it, and builds the warehouse that reports read. */
async function collect(
  options: { collect?: string[]; now?: string; periods?: string[]; into?: TestLake } = {},
): Promise<Warehouse> {
  const { into = lake } = options
  const now = options.now ?? '2026-11-20T06:00:00Z'
  fake.today = now.slice(0, 10)
  const config = sourceSchema.parse({
    name: 'ce',
    type: 'aws_cost_explorer',
    endpoint: server.url,
    max_requests: 1000,
    ...(options.collect ? { collect: options.collect } : {}),
  })
  if (config.type !== 'aws_cost_explorer') throw new Error(config.type)
  const source = createCostExplorer(config, testContext({ now }))
  const { deliveries } = await source.plan({ periods: options.periods ?? months, held: new Map() })
  const inbox = mkdtempSync(join(tmpdir(), 'inbox-'))
  for (const { unit, files } of deliveries) {
    const folder = join(inbox, unit.replace('/', '-'))
    mkdirSync(folder)
    for (const file of files as RowsFile[]) {
      const lines: string[] = []
      for await (const row of file.read(new AbortController().signal)) lines.push(JSON.stringify(row))
      if (lines.length > 0) writeFileSync(join(folder, basename(file.name, '.gz')), `${lines.join('\n')}\n`)
    }
  }
  const { failures } = await into.import([inbox])
  expect(failures).toEqual([])
  const { path } = await buildWarehouse({
    layout: into.layout,
    config: parseConfig({}),
    openWarehouse: openDuckDb,
    onProgress: () => {},
  })
  return openDuckDb({ path, readOnly: true })
}

const ask = async (warehouse: Warehouse, name: string, params: Record<string, string> = {}): Promise<Row[]> => [
  ...(await runQuery(warehouse, catalog, name, params)).rows,
]

test('on the sample estate utilisation, net savings, coverage and totals match what AWS would say, to the cent', async () => {
  const warehouse = await collect()
  const parity = await ask(warehouse, 'provider_parity')
  expect(parity.filter((row) => row['state'] !== 'matched')).toEqual([])
  const measures = new Set(parity.map((row) => row['measure']))
  expect([...measures].sort()).toEqual([
    'amortized_cost',
    'net_savings',
    'on_demand_cost',
    'total_commitment',
    'unused_commitment',
    'used_commitment',
    'utilization_pct',
  ])
  expect(new Set(parity.map((row) => row['commitment_type']))).toEqual(new Set(['Savings Plan', 'Reserved Instance']))
  expect(new Set(parity.map((row) => row['billing_period']))).toEqual(new Set(months))

  const coverage = await ask(warehouse, 'provider_coverage_compared')
  const plans = coverage.filter((row) => row['commitment_type'] === 'Savings Plan')
  expect(plans).toHaveLength(8)
  expect(plans.filter((row) => row['state'] !== 'matched')).toEqual([])
  expect(coverage.filter((row) => row['state'] === 'unexplained')).toEqual([])

  for (const split of ['charge_type', 'sub_account']) {
    const totals = await ask(warehouse, 'provider_totals_compared', { split })
    expect(totals.filter((row) => row['line'] === 'total')).toHaveLength(8)
    expect(totals.filter((row) => row['state'] !== 'matched')).toEqual([])
  }
  const savings = parity.filter((row) => row['measure'] === 'net_savings')
  expect(savings).toHaveLength(new Set(savings.map((row) => row['commitment_id'] + String(row['billing_period']))).size)
  expect(savings.every((row) => Math.abs(Number(row['ours'])) > 1)).toBe(true)
  warehouse.close()
}, 60_000)

test('a plan that the provider leaves out is named; the sum over all plans still matches', async () => {
  interface Details {
    readonly SavingsPlansUtilizationDetails: readonly { readonly SavingsPlanArn: string }[]
    readonly NextToken?: string
  }
  let hidden = ''
  fake.answers.set('GetSavingsPlansUtilizationDetails', (computed) => {
    const [first, ...rest] = (computed as Details).SavingsPlansUtilizationDetails
    hidden ||= first?.SavingsPlanArn ?? ''
    return {
      ...(computed as Details),
      SavingsPlansUtilizationDetails: first?.SavingsPlanArn === hidden ? rest : [first, ...rest],
    }
  })
  const warehouse = await collect({ collect: ['commitments'], periods: ['2026-09'] })
  const parity = await ask(warehouse, 'provider_parity', { period: '2026-09' })
  const odd = parity.filter((row) => row['state'] !== 'matched')
  expect(new Set(odd.map((row) => row['commitment_id']))).toEqual(new Set([hidden]))
  expect(new Set(odd.map((row) => row['explanation']))).toEqual(new Set(['the provider names no such commitment']))
  expect(odd.find((row) => row['measure'] === 'total_commitment')).toMatchObject({ state: 'explained', theirs: null })
  warehouse.close()
}, 60_000)

test('an amount that no cause has stays unexplained, with what was tried', async () => {
  fake.answers.set('GetSavingsPlansUtilization', (computed) => {
    const { Total } = computed as { Total: { Savings: { NetSavings: string } } }
    const NetSavings = (Number(Total.Savings.NetSavings) + 5).toFixed(10)
    return { Total: { ...Total, Savings: { ...Total.Savings, NetSavings } } }
  })
  const warehouse = await collect({ collect: ['commitments'], periods: ['2026-09'] })
  const odd = (await ask(warehouse, 'provider_parity', { period: '2026-09' })).filter(
    (row) => row['state'] !== 'matched',
  )
  expect(odd).toHaveLength(1)
  expect(odd[0]).toMatchObject({ commitment_id: '', measure: 'net_savings', state: 'unexplained' })
  expect(odd[0]?.['explanation']).toMatch(/^unexplained: -5\.0+; tried: billed instead of amortised/)
  warehouse.close()
}, 60_000)

test('an answer given within the month is explained by the days that it does not hold', async () => {
  const warehouse = await collect({ collect: ['commitments'], periods: ['2026-10'], now: '2026-10-20T06:00:00Z' })
  const parity = await ask(warehouse, 'provider_parity', { period: '2026-10' })
  const plans = parity.filter((row) => row['commitment_type'] === 'Savings Plan' && row['state'] !== 'matched')
  expect(plans.length).toBeGreaterThan(5)
  expect(new Set(plans.map((row) => row['state']))).toEqual(new Set(['explained']))
  for (const row of plans) expect(row['explanation']).toContain('charges of 2026-10-19 and later, not in the answer: ')
  const coverage = await ask(warehouse, 'provider_coverage_compared', { period: '2026-10' })
  const ours = coverage.filter((row) => row['commitment_type'] === 'Savings Plan')
  expect(ours.map((row) => row['state'])).toEqual(['explained', 'explained', 'explained', 'explained'])
  warehouse.close()
}, 60_000)

test('a difference of totals is split by charge type, and what is left is a line of its own', async () => {
  interface Cost {
    Amount: string
  }
  const add = (cost: Cost | undefined, amount: number) => {
    if (cost) cost.Amount = (Number(cost.Amount) + amount).toFixed(10)
  }
  fake.answers.set('GetCostAndUsage', (computed) => {
    const output = computed as {
      ResultsByTime: { Total: Record<string, Cost>; Groups: { Keys: string[]; Metrics: Record<string, Cost> }[] }[]
    }
    for (const { Total, Groups } of output.ResultsByTime) {
      add(Total['UnblendedCost'], 100)
      for (const { Keys, Metrics } of Groups)
        if (Keys[0] === 'Tax' && Keys.length === 1) add(Metrics['UnblendedCost'], 60)
    }
    return output
  })
  const warehouse = await collect({ collect: ['totals'], periods: ['2026-09'] })
  const rows = await ask(warehouse, 'provider_totals_compared', { ledger: 'billed' })
  const september = rows.filter((row) => row['billing_period'] === '2026-09')
  const odd = september.filter((row) => row['state'] !== 'matched')
  // `Tax` is a service of Cost Explorer too, whose totals are not split here.
  expect(
    odd.map((row) => [row['line'], row['cause'], Math.round(Number(row['difference']) * 100) / 100, row['state']]),
  ).toEqual([
    ['total', '', -100, 'mismatch'],
    ['split', 'tax', -60, 'mismatch'],
    ['remainder', 'not explained by charge_type', -40, 'mismatch'],
  ])
  warehouse.close()
}, 60_000)

test('where the provider states nothing the reports are empty', async () => {
  const warehouse = await collect({ collect: ['totals'], periods: ['2026-09'] })
  expect(await ask(warehouse, 'provider_parity', { period: '2020-01' })).toEqual([])
  expect(await ask(warehouse, 'provider_coverage_compared', { period: '2020-01' })).toEqual([])
  warehouse.close()
}, 60_000)

test('daily costs of Cost Explorer alone give the bill of the export, by account and in both ledgers', async () => {
  fake.pageSize = 1000
  const warehouse = await collect({ collect: ['costs'], into: testLake() })
  const bill = (columns: string) =>
    `select ${columns}, round(sum(billed), 6)::decimal(28, 6)::varchar as billed, round(sum(effective), 6)::decimal(28, 6)::varchar as effective`
  const ours = await warehouse.query(
    `${bill('account, month')} from (select sub_account_id as account, billing_period as month, billed_cost as billed, effective_cost as effective from monthly) group by all order by all`,
  )
  const theirs = await raw.query(
    `${bill('account, month')} from (select account, left(day, 7) as month, unblended as billed, amortized as effective from cur) group by all order by all`,
  )
  expect(ours.rows.length).toBeGreaterThan(10)
  expect(ours.rows).toEqual(theirs.rows)
  expect((await warehouse.query('select distinct source from daily')).rows).toEqual([{ source: `aws-${payer}` }])
  const [total] = await ask(warehouse, 'commitment_utilization')
  expect(total).toMatchObject({ state: 'not_computable', utilisation: null })
  warehouse.close()
}, 60_000)

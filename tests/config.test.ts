import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readQuery } from '../src/catalog/files.ts'
import { loadConfig, parseConfig, parseYamlConfig } from '../src/config.ts'
import { UserError } from '../src/errors.ts'
import { createConfigTables, policyKey } from '../src/pipeline/config-tables.ts'
import { openDuckDb } from '../src/warehouse/duckdb.ts'

function problems(yaml: string): string[] {
  try {
    parseYamlConfig(yaml)
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n  ')
  }
  throw new Error('no problem was found')
}

async function configured(yaml: string) {
  const warehouse = await openDuckDb({ path: ':memory:' })
  await createConfigTables(warehouse, parseYamlConfig(yaml))
  return async (sql: string) => (await warehouse.query(sql)).rows
}

const budget = (rest: string) => `budgets: [{ name: A, dimension: total, currency: EUR, ${rest} }]`

test('nothing configured gives every default', () => {
  const config = parseConfig(undefined)
  expect(config.policy.required.map(({ key }) => key)).toEqual(['team', 'product', 'environment'])
  expect(config.policy.placeholders).toEqual(['none', 'n/a', 'na', 'unknown', 'tbd', '-'])
  expect(config.memory_limit).toBe('1GB')
  expect(config.server).toEqual({
    ...{ host: '127.0.0.1', port: 8080, cors: { origins: [] }, metrics: 'guarded', max_upload: 2_000_000_000 },
    ...{ sql_rows: 1_000_000, log: 'failures', log_format: 'auto', drain_seconds: 0, grace_seconds: 30 },
  })
  expect(parseYamlConfig('')).toEqual(config)
  expect(parseYamlConfig('threads:\nserver:\npolicy: ~\n')).toEqual(config)
})

test('one configured dimension leaves the defaults of the others', () => {
  expect(parseConfig({ dimensions: { team: ['squad'] } }).dimensions).toEqual({
    team: ['squad'],
    product: ['product', 'application', 'app'],
    environment: ['environment', 'env'],
  })
})

test('all problems are reported together, each with its key and an example', () => {
  const found = problems(`
    policy: { required: [{ alowed: [a] }] }
    budgets:
      - { name: A, dimension: squad, curency: EUR }
      - { name: B, dimension: team, currency: EUR, months: { 2026-13: 1, 2026-01: "1,000" }, annual: { year: x, phasing: [1, 2] } }
    threads: 0
    server: { port: 99999 }`)
  expect(found[0]).toBe('costwright.yaml has 16 problems:')
  expect(found).toContain('policy.required[0].key: is missing, e.g. key: team')
  expect(found).toContain(
    'policy.required[0].alowed: unknown key; did you mean allowed?, e.g. allowed: [prod, staging]',
  )
  expect(found).toContain('budgets[0].curency: unknown key; did you mean currency?, e.g. currency: EUR')
  expect(found).toContain('budgets[0].currency: is missing, e.g. currency: EUR')
  expect(found).toContain("budgets[1].months.2026-13: is no month like 2026-01, e.g. 2026-01: '20000.00'")
  expect(found).toContain("budgets[1].annual.amount: is missing, e.g. amount: '240000.00'")
  expect(found.filter((line) => line.includes('needs either months or annual'))).toHaveLength(2)
  expect(found).toContain('threads: must be a whole number from 1 to 1024, e.g. threads: 2')
  expect(found).toContain('server.port: must be a whole number from 0 to 65535, e.g. port: 8080')
})

test.each([
  'api_token: hunter2',
  'server: { password: hunter2 }',
  'threads: hunter2',
  'budgets: hunter2',
  '"hunter2',
  'threads: *hunter2',
  'accounts: { a: hunter2 }',
])('no value of the file is repeated in a message: %s', (yaml) => {
  const found = problems(yaml).join('\n')
  expect(found.replace(/^.*hunter2: unknown key.*$/m, '')).not.toContain('hunter2')
})

test('a key given twice and broken YAML are named by line', () => {
  expect(problems('threads: 1\nthreads: 2\n')[1]).toBe('line 2, column 1: a key is given twice')
  expect(problems('server: [\n')[1]).toMatch(/^line \d+, column \d+: no valid YAML/)
})

test.each([
  ['0.1', '0.100000000000000'],
  ['0.10', '0.100000000000000'],
  ['"20000.05"', '20000.050000000000000'],
  ['20_000.005', '20000.005000000000000'],
  ['123456789012345.123456789', '123456789012345.123456789000000'],
  ['-12', '-12.000000000000000'],
])('the amount %s arrives with exactly its digits', async (written, amount) => {
  const rows = await configured(budget(`months: { 2026-01: ${written} }`))
  expect(await rows('select amount from config_budgets')).toEqual([{ amount }])
})

test('a fraction that is already a JavaScript number is refused, since its digits are lost', () => {
  const raw = { budgets: [{ name: 'A', dimension: 'total', currency: 'EUR', months: { '2026-01': 0.1 } }] }
  expect(() => parseConfig(raw)).toThrow(
    /budgets\[0\].months.2026-01: must be a plain decimal; put a fraction in quotes/,
  )
})

test.each([
  'months: { 2026-01: "1,000" }',
  'months: { 2026-01: 1e3 }',
  'annual: { year: 2026, amount: 1000000000000000 }',
])('an amount that could be misread is refused: %s', (rest) => {
  expect(problems(budget(rest))).toHaveLength(2)
})

test('an annual budget becomes twelve months that add up to it, by days, weights or evenly', async () => {
  const rows = await configured(`budgets:
    - { name: even, dimension: team, value: a, currency: EUR, annual: { year: 2026, amount: 100 } }
    - { name: leap, dimension: team, value: a, currency: EUR, annual: { year: 2028, amount: 366, phasing: days } }
    - { name: weights, dimension: team, value: a, currency: JPY, annual: { year: 2026, amount: 100, phasing: [0,0,0,0,0,0,0,0,0,1,1,1.5] } }`)
  expect(
    await rows(
      'select budget, sum(amount)::varchar as total, count(*)::integer as n from config_budgets group by all order by 1',
    ),
  ).toEqual([
    { budget: 'even', total: '100.000000000000000', n: 12 },
    { budget: 'leap', total: '366.000000000000000', n: 12 },
    { budget: 'weights', total: '100.000000000000000', n: 12 },
  ])
  expect(
    await rows(`select amount::double as a from config_budgets where budget = 'leap' and month = '2028-02'`),
  ).toEqual([{ a: 29 }])
  expect(
    await rows(
      `select amount::integer as a from config_budgets where budget = 'weights' and amount > 0 order by month`,
    ),
  ).toEqual([{ a: 29 }, { a: 28 }, { a: 43 }])
})

test('the tables take their rows from the configuration and survive the defaults of the marts', async () => {
  const warehouse = await openDuckDb({ path: ':memory:' })
  const config = parseYamlConfig(`
    policy: { required: [{ key: team, allowed: [a, "it's"], aliases: [squad] }], placeholders: [] }
    dimensions: { team: [cost-center, team], product: [], environment: [env] }
    accounts: { 012345678901: { team: a, environment: prod } }
    metrics: [{ name: tenants, aggregation: average }]
    targets: [{ kpi: rate.utilisation, met: 92%, near: 0.88 }, { kpi: budget.variance_pct, met: 3% }, { kpi: own.figure, met: 1, comparison: "<" }]`)
  for (let run = 0; run < 2; run++) {
    await createConfigTables(warehouse, config)
    await warehouse.exec(readQuery('marts/00_config.sql'))
  }
  await warehouse.exec('insert into budgets by name from config_budgets')
  const rows = async (sql: string) => (await warehouse.query(sql)).rows
  expect(await rows('from policy_keys')).toEqual([{ tag_key: 'team', required: true, allowed: ['a', "it's"] }])
  expect(await rows('from tag_aliases')).toEqual([{ tag_key: 'team', alias: 'squad' }])
  expect(await rows('from placeholders')).toEqual([{ value: '' }])
  expect(await rows('select dimension, tag_key from dimension_keys order by dimension, priority')).toEqual([
    { dimension: 'environment', tag_key: 'env' },
    { dimension: 'team', tag_key: 'cost-center' },
    { dimension: 'team', tag_key: 'team' },
    { dimension: 'team', tag_key: 'squad' },
  ])
  expect(await rows('from account_dimensions order by dimension')).toEqual([
    { sub_account_id: '012345678901', dimension: 'environment', value: 'prod' },
    { sub_account_id: '012345678901', dimension: 'team', value: 'a' },
  ])
  expect(await rows('select metric, aggregation from business_metric_kinds')).toEqual([
    { metric: 'tenants', aggregation: 'average' },
  ])
  const targets = await rows(`from kpi_targets where origin = 'costwright.yaml' order by kpi`)
  expect(targets).toEqual([
    { kpi: 'budget.variance_pct', comparison: 'abs<=', met: 3, near: null, origin: 'costwright.yaml' },
    { kpi: 'own.figure', comparison: '<', met: 1, near: null, origin: 'costwright.yaml' },
    { kpi: 'rate.utilisation', comparison: '>', met: 0.92, near: 0.88, origin: 'costwright.yaml' },
  ])
})

test('the charter targets are those of specs/kpis.md section 2', async () => {
  const rows = await configured('')
  const found = await rows(
    `select kpi, comparison, met, near from kpi_targets where origin = 'charter' and kpi like 'r%' order by kpi`,
  )
  expect(found).toEqual([
    { kpi: 'rate.capacity_utilisation', comparison: '>', met: 0.9, near: 0.85 },
    { kpi: 'rate.utilisation', comparison: '>', met: 0.9, near: 0.85 },
  ])
})

test('a target of an unknown KPI, or a percentage given as a share, is a problem', () => {
  expect(problems('targets: [{ kpi: rate.utilization, met: 1 }]')[1]).toContain('did you mean rate.utilisation?')
  expect(problems('targets: [{ kpi: rate.utilisation, met: 92 }]')[1]).toContain('must be a share like 92% or 0.92')
  expect(problems('targets: [{ kpi: own.figure, met: 1 }]')[1]).toContain('targets[0].comparison: is missing')
})

test('the policy key changes with what changes tag rollups, and with nothing else', () => {
  const key = (yaml: string) => policyKey(parseYamlConfig(yaml))
  expect(key('threads: 3')).toBe(key(''))
  expect(key('policy: { required: [{ key: a, allowed: [x, y] }, { key: b }] }')).toBe(
    key('policy: { required: [{ key: b }, { key: a, allowed: [y, x] }] }'),
  )
  const different = [
    '',
    'policy: { required: [{ key: team }] }',
    'policy: { required: [{ key: team, allowed: [x] }] }',
    'policy: { required: [{ key: team, aliases: [x] }] }',
    'policy: { placeholders: [x] }',
    'dimensions: { team: [a, b] }',
    'dimensions: { team: [b, a] }',
    'accounts: { a: { team: x } }',
    'accounts: { a: { product: x } }',
  ]
  expect(new Set(different.map(key)).size).toBe(different.length)
})

test('without a path a missing costwright.yaml gives the defaults; a named file must exist', () => {
  expect(loadConfig()).toEqual(parseConfig(undefined))
  expect(() => loadConfig('/nowhere/costwright.yaml')).toThrow(UserError)
  const path = join(mkdtempSync(join(tmpdir(), 'costwright-')), 'my.yaml')
  writeFileSync(path, 'threads: 3\n')
  expect(loadConfig(path).threads).toBe(3)
  writeFileSync(path, 'thraeds: 3\n')
  expect(() => loadConfig(path)).toThrow(`${path} has a problem:\n  thraeds: unknown key; did you mean threads?`)
})

test('the full example of docs/configuration.md is valid', () => {
  const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
  const config = parseYamlConfig(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? 'none: found')
  expect(config.budgets[0]?.months).toEqual({ '2026-01': '20000.00', '2026-02': '21000.50' })
  expect(config.policy.placeholders).toContain('null')
})

test('where to publish is a bucket or a folder, and its secrets stay outside', () => {
  expect(parseYamlConfig('publish: { folder: /srv/edge }').publish).toEqual({
    ...{ folder: '/srv/edge', open: false, follow: false, audiences: [], questions: [] },
  })
  expect(problems('publish: { open: maybe, endpoint: r2 }')).toEqual([
    'costwright.yaml has 3 problems:',
    'publish.endpoint: must be an https address without a path, e.g. endpoint: https://ACCOUNT.r2.cloudflarestorage.com',
    'publish.open: must be true or false, e.g. open: true',
    "publish: needs either bucket or folder, e.g. publish: { bucket: costs-edge, endpoint: 'https://ACCOUNT.r2.cloudflarestorage.com' }",
  ])
  expect(
    problems('publish: { bucket: b, prefix: /x, questions: [{ params: {} }], audiences: [[]], secret_access_key: x }'),
  ).toEqual([
    'costwright.yaml has 4 problems:',
    'publish.prefix: must not begin or end with a slash, e.g. prefix: costs',
    'publish.audiences[0]: is empty, e.g. - [payments, search]',
    'publish.questions[0].query: is missing, e.g. query: top_resources',
    'publish.secret_access_key: unknown key; secrets belong in the environment, never in this file',
  ])
})

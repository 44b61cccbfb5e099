import { afterEach, expect, test } from 'vitest'
import { outputColumns } from '../../src/recommend/output.ts'
import { prepareTables } from '../../src/recommend/prepare.ts'
import { type Decision, recommend } from '../../src/recommend/recommend.ts'
import { chooseRules, loadRules } from '../../src/recommend/rules.ts'
import { ruleParams } from '../../src/recommend/run-rule.ts'
import { daily, providers, september } from '../support/recommend.ts'
import { type Estate, estateOf, type Row } from '../support/rows.ts'

const rules = loadRules()
const now = new Date('2026-10-04T00:00:00Z')
let estate: Estate | undefined

afterEach(() => {
  estate?.warehouse.close()
  estate = undefined
})

const address: Row = {
  ResourceId: 'eipalloc-1',
  ServiceName: 'Amazon Virtual Private Cloud',
  SkuMeter: 'PublicIPv4:IdleAddress',
  PricingUnit: 'Hours',
  PricingQuantity: '24',
  EffectiveCost: '0.24',
}
const from = (first: string, row: Row, to = september.end) => daily(row, first, to)

async function run(
  rows: readonly Row[],
  options: { ids?: string[]; decisions?: Decision[]; min?: string; now?: Date } = {},
) {
  estate = await estateOf(rows, { defaults: providers.aws })
  return recommend(estate.warehouse, {
    rules: chooseRules(rules, options.ids ?? ['aws.ip.idle']),
    now: options.now ?? now,
    decisions: options.decisions ?? [],
    minSaving: options.min,
  })
}

test('every rule gives the columns of the contract and runs on an estate without charges', async () => {
  estate = await estateOf([])
  await prepareTables(estate.warehouse, september)
  for (const rule of rules) {
    const columns = await estate.warehouse.describe(rule.sql, ruleParams(rule, september))
    const given = columns.map(({ name }) => name)
    const due = outputColumns.filter(({ name, fallback }) => fallback === undefined || given.includes(name))
    expect(columns, rule.name).toEqual(due.map(({ name, type }) => ({ name, type })))
    await estate.warehouse.query(rule.sql, ruleParams(rule, september))
  }
}, 60_000)

test('every rule declares the parameters of its text, cast to their types, and reads no clock', () => {
  for (const { name, sql, params } of rules) {
    const used = [...sql.replaceAll(/^--.*$/gm, '').matchAll(/\$([a-z_]+)(::\w+)?/g)]
    expect([...new Set(used.map((match) => match[1]))].sort(), name).toEqual(params.map((param) => param.name).sort())
    expect(
      used.filter((match) => match[2] === undefined).map((match) => match[1]),
      name,
    ).toEqual([])
    expect(sql, name).not.toMatch(/current_date|now\(\)|current_timestamp/)
    for (const param of params.filter((each) => !['start_date', 'end_date'].includes(each.name)))
      expect(param.fallback, `${name} $${param.name}`).not.toBeUndefined()
  }
})

test('a warehouse without charges has no look-back and no finding', async () => {
  expect(await run([])).toEqual({ look: null, findings: { columns: [], rows: [] }, totals: { columns: [], rows: [] } })
})

test('the look-back ends 72 hours before now, and where bills end', async () => {
  expect((await run(from('2026-08-01', address, '2026-10-04'))).look).toEqual({
    start: '2026-09-01',
    end: '2026-10-01',
  })
  expect((await run(from('2026-08-01', address, '2026-09-21'))).look).toEqual({
    start: '2026-08-22',
    end: '2026-09-21',
  })
})

test('a finding names resource, owner, first day, class and how much it counts', async () => {
  const { findings, totals } = await run(from('2026-08-01', { ...address, Tags: { team: 'web' } }))
  expect(findings.rows).toMatchObject([
    {
      rule: 'aws.ip.idle',
      role: 'counted',
      resource_id: 'eipalloc-1',
      team: 'web',
      first_seen: '2026-08-01',
      evidence_class: 'A',
      confidence: 0.95,
      cash_saving_month: '7.3000000000',
      expected_saving_month: '6.9350000000',
      evidence_end: '2026-10-01',
      evidence_meters: ['PublicIPv4:IdleAddress'],
      state: 'proposed',
    },
  ])
  expect(totals.rows).toMatchObject([{ currency: 'USD', counted: '1', cash_saving_month: '7.3000000000' }])
})

test('what is younger than a week, deleted since, free or a correction is no finding', async () => {
  const others = [
    from('2026-09-25', { ...address, ResourceId: 'young' }),
    from('2026-08-01', { ...address, ResourceId: 'deleted' }, '2026-09-25'),
    from('2026-08-01', { ...address, ResourceId: 'free', EffectiveCost: '0' }),
    from('2026-08-01', { ...address, ResourceId: 'corrected', ChargeClass: 'Correction' }),
    from('2026-08-01', { ...address, ResourceId: 'credited', ChargeCategory: 'Credit' }),
    from('2026-08-01', { ...address, ResourceId: 'resold', ServiceProviderName: 'Somebody Ltd' }),
  ]
  const { findings } = await run([...from('2026-08-01', address), ...others.flat()])
  expect(findings.rows.map((row) => row['resource_id'])).toEqual(['eipalloc-1'])
})

test('small findings of a rule count together, unless a least amount is asked for', async () => {
  const small = ['a', 'b', 'c'].flatMap((id) =>
    from('2026-08-01', { ...address, ResourceId: id, EffectiveCost: '0.06' }),
  )
  // 0.06 a day are 1.825 a month: three make 5.475, two 3.65
  expect((await run(small)).findings.rows).toHaveLength(3)
  estate?.warehouse.close()
  expect((await run(small.filter((row) => row['ResourceId'] !== 'c'))).findings.rows).toEqual([])
  estate?.warehouse.close()
  expect((await run(small, { min: '2' })).findings.rows).toEqual([])
})

test('a tag finops:ignore hides a resource through its day; without one for 90 days', async () => {
  const tagged = (id: string, value: string, first = '2026-08-01') =>
    from(first, { ...address, ResourceId: id, Tags: { 'finops:ignore': value } })
  const { findings } = await run([
    ...tagged('until-december', '2026-12-31'),
    ...tagged('until-august', '2026-08-31'),
    ...tagged('no-day', 'yes'),
    ...tagged('no-day-long-ago', 'yes', '2026-07-02'),
  ])
  expect(findings.rows.map((row) => row['resource_id']).sort()).toEqual(['no-day-long-ago', 'until-august'])
})

test('a dismissed finding is hidden until its day, a done one comes back as regressed', async () => {
  const rows = from('2026-08-01', address)
  const finding_key = 'aws.ip.idle|payer|eipalloc-1|USD'
  const decided = async (state: string, hidden_until: string | null) => {
    const { findings } = await run(rows, { decisions: [{ finding_key, state, hidden_until }] })
    estate?.warehouse.close()
    return findings.rows.map((row) => row['state'])
  }
  expect(await decided('dismissed', '2026-12-31')).toEqual([])
  expect(await decided('dismissed', '2026-09-15')).toEqual(['proposed'])
  expect(await decided('accepted', null)).toEqual(['accepted'])
  expect(await decided('done', '2026-10-15')).toEqual([])
  expect(await decided('done', '2026-09-15')).toEqual(['regressed'])
})

test('of two moves of one kind the better one counts, the other is an alternative', async () => {
  const machine = {
    ...address,
    ServiceName: 'Amazon Elastic Compute Cloud',
    ResourceId: 'i-1',
    SkuMeter: 'BoxUsage:m6i.large',
    x_Operation: 'RunInstances',
    EffectiveCost: '24',
    Tags: { environment: 'dev' },
  }
  const ids = ['aws.schedule', 'aws.ec2.graviton', 'aws.ec2.amd']
  const { findings, totals } = await run(from('2026-08-01', machine), { ids })
  const roles = Object.fromEntries(
    findings.rows.map((row) => [row['rule'], [row['role'], Number(row['cash_saving_month'])]]),
  )
  // 730 a month: the schedule saves 108 of 168 hours, 469.29; Graviton 20 % of the 260.71 that remain
  expect(roles).toEqual({
    'aws.schedule': ['counted', expect.closeTo(469.285714, 5)],
    'aws.ec2.graviton': ['counted', expect.closeTo(52.142857, 5)],
    'aws.ec2.amd': ['alternative', 0],
  })
  expect(Number(totals.rows[0]?.['if_all_gross'])).toBeCloseTo(469.285714 + 146 + 73, 5)
})

test('one resource in two currencies is two findings, never one sum', async () => {
  const rows = [...from('2026-08-01', address), ...from('2026-08-01', { ...address, BillingCurrency: 'EUR' })]
  const { totals } = await run(rows)
  expect(totals.rows.map((row) => [row['currency'], row['cash_saving_month']])).toEqual([
    ['EUR', '7.3000000000'],
    ['USD', '7.3000000000'],
  ])
})

test('class E is advice, a target without a price is unpriced, and neither is added', async () => {
  const bytes = { ...address, ResourceId: 'nat-1', SkuMeter: 'NatGateway-Bytes', EffectiveCost: '15' }
  const volume = {
    ...address,
    ResourceId: 'vol-1',
    SkuMeter: 'EBS:VolumeUsage.gp2',
    PricingUnit: 'GB-Months',
    RegionId: 'xx-nowhere-1',
  }
  const { findings, totals } = await run([...from('2026-08-01', bytes), ...from('2026-08-01', volume)], {
    ids: ['aws.nat.hot', 'aws.ebs.gp2'],
  })
  expect(
    findings.rows.map((row) => [
      row['rule'],
      row['role'],
      row['cash_saving_month'],
      row['gross_saving_month'] === null,
    ]),
  ).toEqual([
    ['aws.nat.hot', 'advisory', null, false],
    ['aws.ebs.gp2', 'unpriced', null, true],
  ])
  expect(totals.rows).toMatchObject([
    { counted: '0', cash_saving_month: '0.0000000000', advisory_amount: '273.7500000000', unpriced: '1' },
  ])
})

test('a price from a table older than 180 days is labelled', async () => {
  const volume = {
    ...address,
    ResourceId: 'vol-1',
    SkuMeter: 'EBS:VolumeUsage.gp2',
    PricingUnit: 'GB-Months',
    EffectiveCost: '2.4',
  }
  const label = async (year: number) => {
    const rows = daily(volume, `${year}-01-01`, `${year}-03-01`)
    const { findings } = await run(rows, { ids: ['aws.ebs.gp2'], now: new Date(Date.UTC(year, 2, 10)) })
    estate?.warehouse.close()
    return findings.rows.map((row) => row['is_price_old'])
  }
  expect(await label(2027)).toEqual([false])
  expect(await label(2028)).toEqual([true])
})

test('an unknown rule is refused with those there are', () => {
  expect(() => chooseRules(rules, ['aws.nope'])).toThrow('there is no rule aws.nope')
})

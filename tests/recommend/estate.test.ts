import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EstateSummary, writeEstate } from '../../src/estate/estate.ts'
import { type Recommendations, recommend } from '../../src/recommend/recommend.ts'
import { chooseRules, loadRules } from '../../src/recommend/rules.ts'
import { createRuntime } from '../../src/runtime.ts'
import { quoteIdentifier, type Warehouse } from '../../src/warehouse/warehouse.ts'
import { brokenIn } from '../support/broken-findings.ts'

type Fact = Readonly<Record<string, unknown>>

/** Bills from elsewhere: what stands in a column, or is missing from it, as an SQL list for `select * replace (…)`. */
const elsewhere: Readonly<Record<string, string>> = {
  'without prices': `null::decimal(38, 15) as ListCost, 0::decimal(38, 15) as ContractedCost,
    null::decimal(38, 15) as ListUnitPrice, null::decimal(38, 15) as ContractedUnitPrice`,
  'without resources, tags, regions and accounts': `null::varchar as ResourceId, null::varchar as ResourceName,
    null::map(varchar, varchar) as Tags, null::varchar as RegionId, null::varchar as SubAccountId`,
  'without meters': `null::varchar as SkuMeter, null::varchar as x_UsageType, null::varchar as x_Operation,
    null::varchar as SkuPriceDetails, null::varchar as ServiceName`,
  'without quantities, and with amounts taken back': `null::decimal(38, 15) as PricingQuantity, null::decimal(38, 15) as ConsumedQuantity,
    if(hash(ResourceId, SkuMeter) % 5 = 0, -EffectiveCost, EffectiveCost) as EffectiveCost`,
}
const anotherCase = `upper(x_ProviderName) as x_ProviderName, upper(ServiceProviderName) as ServiceProviderName,
  lower(ServiceName) as ServiceName, if(x_ProviderName = 'AWS', ResourceId, upper(ResourceId)) as ResourceId`

/** Exports of whole days: the hours of a day are one charge. */
const byDay = `
  select c.* exclude (ChargePeriodStart, ChargePeriodEnd, EffectiveCost, BilledCost, ListCost, ContractedCost, PricingQuantity, ConsumedQuantity),
    date_trunc('day', ChargePeriodStart) as ChargePeriodStart, date_trunc('day', ChargePeriodStart) + interval 1 day as ChargePeriodEnd,
    sum(EffectiveCost) as EffectiveCost, sum(BilledCost) as BilledCost, sum(ListCost) as ListCost, sum(ContractedCost) as ContractedCost,
    sum(PricingQuantity) as PricingQuantity, sum(ConsumedQuantity) as ConsumedQuantity,
  from bill.main.charges as c where ChargePeriodStart >= '2026-07-01' group by all`

let folder: string
let truth: EstateSummary
let warehouse: Warehouse
let found: Recommendations

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'costwright-recommend-'))
  const exports = join(folder, 'exports')
  const scratch = await createRuntime({ data: join(folder, 'data') }).scratch()
  truth = await writeEstate({ directory: exports, seed: 7, scale: 0.05, warehouse: scratch })
  scratch.close()
  const runtime = createRuntime({ data: join(folder, 'data'), config: join(exports, 'costwright.yaml') })
  await runtime.import([exports])
  warehouse = await runtime.open()
  const rules = chooseRules(loadRules(), [])
  found = await recommend(warehouse, { rules, now: new Date('2026-11-21T00:00:00Z'), decisions: [] })
}, 400_000)
afterAll(() => {
  warehouse?.close()
  rmSync(folder, { recursive: true, force: true })
})

const same = (a: unknown, b: unknown) => String(a).toLowerCase() === String(b).toLowerCase()
const sum = (rows: readonly Fact[], name: string) => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0)
const findingsOf = (rule: unknown) => found.findings.rows.filter((row) => row['rule'] === rule)

/** Findings over `charges` as the view says, on a connection of its own, once nothing in them is broken. */
async function recommendedOn(view: string, days = 'from bill.main.rollup_daily'): Promise<readonly Fact[]> {
  const connection = await warehouse.fork()
  try {
    const name = String((await connection.query('select current_database() as name')).rows[0]?.['name'])
    const from = (sql: string) => sql.replace('bill.', `${quoteIdentifier(name)}.`)
    await connection.exec(`create temp view charges as ${from(view)}`)
    await connection.exec(`create temp view rollup_daily as ${from(days)}`)
    const rules = chooseRules(loadRules(), [])
    const { findings } = await recommend(connection, { rules, now: new Date('2026-11-21T00:00:00Z'), decisions: [] })
    expect(await brokenIn(connection)).toEqual([])
    return findings.rows
  } finally {
    connection.close()
  }
}

describe('the sample estate', () => {
  test('its planted waste is found in full, within one percent of its money', () => {
    const rules = [...new Set(truth.waste.map((waste) => waste['rule']))]
    const report = rules.map((rule) => {
      const planted = truth.waste.filter((waste) => waste['rule'] === rule)
      const hits = findingsOf(rule).filter((row) =>
        planted.some((waste) => same(waste['resource_id'], row['resource_id'])),
      )
      const [should, is] = [sum(planted, 'monthly_cost'), sum(hits, 'monthly_cost')]
      return { rule, planted: planted.length, found: hits.length, ok: Math.abs(is / should - 1) <= 0.01, should, is }
    })
    expect(report.filter(({ planted, found: hits, ok }) => planted !== hits || !ok)).toEqual([])
  })

  test('no decoy is reported', () => {
    const reported = truth.decoys.flatMap((decoy) =>
      findingsOf(decoy['rule']).filter(
        (row) =>
          (row['evidence_meters'] as string[] | null)?.some((meter) => meter.endsWith(String(decoy['usage_type']))) &&
          !truth.waste.some((waste) => same(waste['resource_id'], row['resource_id']) && waste['rule'] === row['rule']),
      ),
    )
    expect(reported).toEqual([])
  })

  test('recommendations on a resource never come to more than it costs', async () => {
    const { rows } = await warehouse.query(`
      select c.resource_key, sum(w.cash_saving) as saving, max(c.resource_cost) as cost
      from candidates as c join waterfall as w using (finding_key)
      group by all having sum(w.cash_saving) > max(c.resource_cost) or min(w.cash_saving) < 0`)
    expect(rows).toEqual([])
  })

  test('nor do those of an account, a service or a provider', async () => {
    const { rows } = await warehouse.query(`
      with saved as (
        select provider, sub_account_id, currency, sum(cash_saving_month) as saving from recommendations where role = 'counted' group by all
      ),
      spent as (
        select provider, sub_account_id, currency, sum(monthly_cost) as cost from usage_resources group by all
      )
      select * from saved left join spent using (provider, sub_account_id, currency) where coalesce(saving > cost, true)`)
    expect(rows).toEqual([])
  })

  test('a rule reports a resource once', async () => {
    const { rows } = await warehouse.query(`
      select rule, billing_account_id, sub_account_id, resource_id, currency from recommender_findings
      where resource_id is not null group by all having count(*) > 1`)
    expect(rows).toEqual([])
  })

  test('an alternative counts nothing, advice and unknown prices are not added', async () => {
    for (const row of found.findings.rows) {
      if (row['role'] === 'alternative') expect(Number(row['cash_saving_month'])).toBe(0)
      if (row['role'] === 'advisory' || row['role'] === 'unpriced') expect(row['cash_saving_month']).toBeNull()
    }
    for (const total of found.totals.rows) {
      const counted = found.findings.rows.filter(
        (row) => row['currency'] === total['currency'] && row['role'] === 'counted',
      )
      expect(Number(total['counted'])).toBe(counted.length)
      expect(sum(counted, 'cash_saving_month')).toBeCloseTo(Number(total['cash_saving_month']), 4)
    }
  })
})

describe('bills from elsewhere', () => {
  test.each(Object.entries(elsewhere))(
    '%s no rule fails or claims what it cannot prove',
    async (_, replaced) => {
      await recommendedOn(`select * replace (${replaced}) from bill.main.charges`)
    },
    60_000,
  )

  test('a currency without a price table gets no price from it', async () => {
    const rows = await recommendedOn(
      `select * replace ('JPY' as BillingCurrency) from bill.main.charges`,
      `select * replace ('JPY' as billing_currency) from bill.main.rollup_daily`,
    )
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter((row) => String(row['price_source']).startsWith('price table'))).toEqual([])
  }, 60_000)

  test('names in another case lose no money', async () => {
    const rows = await recommendedOn(`select * replace (${anotherCase}) from bill.main.charges`)
    const totalOf = (each: readonly Fact[]) => sum(each, 'cash_saving_month')
    expect(totalOf(rows) / totalOf(found.findings.rows)).toBeCloseTo(1, 2)
  }, 60_000)

  test('exports of whole days claim no schedule that the hours did not show', async () => {
    const schedules = (rows: readonly Fact[]) =>
      rows.filter((row) => String(row['rule']).endsWith('.schedule')).map((row) => row['resource_id'])
    const hourly = schedules(found.findings.rows)
    expect(schedules(await recommendedOn(byDay)).filter((id) => !hourly.includes(id))).toEqual([])
  }, 60_000)
})

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gcpBilling } from '../../src/formats/gcp-billing.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteIdentifier, quoteText } from '../../src/warehouse/warehouse.ts'
import { haveModel, unexplainedFailures } from '../conformance/conformance.ts'
import { conserved, load, normalise, usage } from '../support/gcp-rows.ts'
import type { Normalised } from '../support/normalise.ts'

const fixture = new URL('../../fixtures/gcp-detailed/', import.meta.url).pathname
const head = (columns: readonly string[], ...sample: (string | null)[][]) => ({
  container: 'csv' as const,
  columns,
  sample,
})

async function differences(normalised: Normalised): Promise<unknown[]> {
  const path = `${fixture}expected/charges.csv`
  const names = (readFileSync(path, 'utf8').split('\n')[0] ?? '').split(',')
  const types = new Map((await normalised.warehouse.describe('from charges')).map(({ name, type }) => [name, type]))
  const actual = names.map(quoteIdentifier).join(', ')
  const wanted = names.map((name) => `cast(${quoteIdentifier(name)} as ${types.get(name)})`).join(', ')
  const expected = `select ${wanted} from read_csv(${quoteText(path)}, header = true, all_varchar = true)`
  return normalised.rows(`
    select 'missing' as what, * from (${expected} except all select ${actual} from charges)
    union all
    select 'unexpected' as what, * from (select ${actual} from charges except all ${expected})`)
}

describe('the detailed export', () => {
  it('gives the same expected charges from NDJSON, flattened CSV with Python-style lists, and Parquet', async () => {
    const parquet = join(mkdtempSync(join(tmpdir(), 'gcp-')), 'usage.parquet')
    const engine = await openDuckDb({ path: ':memory:' })
    await engine.exec(
      `copy (from read_json(${quoteText(`${fixture}usage.ndjson`)})) to ${quoteText(parquet)} (format parquet)`,
    )
    engine.close()
    for (const path of [`${fixture}usage.ndjson`, `${fixture}usage-flat.csv`, parquet]) {
      const normalised = await load([path])
      await conserved(normalised)
      expect(await differences(normalised), path).toEqual([])
    }
  })

  it('sums to cost plus credits of the source per invoice month (exports.md 4.3)', async () => {
    const normalised = await load([`${fixture}usage.ndjson`])
    const sums = await normalised.rows(
      `select billing_period, sum(BilledCost)::decimal(18, 6)::varchar as billed, sum(EffectiveCost) = sum(BilledCost) as closes from charges group by 1 order by 1`,
    )
    expect(sums).toEqual([
      { billing_period: '2026-01', billed: '0.505776', closes: true },
      { billing_period: '2026-02', billed: '183.871600', closes: true },
    ])
  })
})

describe('recognition', () => {
  it('takes nested and flattened names in any case and tells detailed from standard', () => {
    const flat = gcpBilling.recognise(
      head(
        [
          '\uFEFFBilling_Account_Id',
          'Service.Description',
          'sku_id',
          'Usage Start Time',
          'cost',
          'my.column',
          'usage.amount_in_pricing_units',
        ],
        ['a', 'b', 'c', 'd', '1', 'x', '2'],
      ),
    )
    expect(flat?.canonical).toEqual([
      'billing_account_id',
      'service/description',
      'sku/id',
      'usage_start_time',
      'cost',
      'x_MyColumn',
      'usage/amount_in_pricing_units',
    ])
    expect(flat?.traits).toEqual({ format_version: 'standard' })
    expect(
      gcpBilling.recognise(
        head(['billing_account_id', 'service', 'usage_start_time', 'cost', 'resource'], ['a', '{}', 'd', '1', '{}']),
      )?.traits,
    ).toEqual({ format_version: 'detailed' })
  })

  it('reads a nested column that holds plain text as its main member', () => {
    const names = ['project', 'service', 'location', 'usage_start_time', 'cost', 'invoice_month']
    expect(
      gcpBilling.recognise(head(names, ['p-1', 'Compute Engine', 'us', 't', '1', '202602']))?.canonical.slice(0, 3),
    ).toEqual(['project/id', 'service/description', 'location/location'])
  })

  it('leaves other exports alone', () => {
    expect(
      gcpBilling.recognise(head(['BilledCost', 'ChargePeriodStart', 'ServiceName', 'BillingAccountId'])),
    ).toBeNull()
    expect(
      gcpBilling.recognise(head(['line_item_unblended_cost', 'line_item_usage_start_date', 'product_servicecode'])),
    ).toBeNull()
    expect(gcpBilling.recognise(head(['usage_start_time', 'cost', 'service']))).toBeNull()
  })

  it('names what a reduced export lacks', () => {
    expect(
      gcpBilling.recognise(
        head(['usage_start_time', 'cost', 'service', 'project', 'export_time', 'billing_account_id', 'currency']),
      )?.warnings,
    ).toHaveLength(2)
  })
})

describe('dialects', () => {
  it('reads an old flattened export: no invoice month, credits without type, exponents', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'gcp-')), 'old.csv')
    writeFileSync(
      path,
      [
        'billing_account_id,service_description,sku_id,sku_description,usage_start_time,usage_end_time,project_id,location_region,cost,currency,usage_amount,usage_unit,credits',
        `0A_1B,Compute Engine,S1,N1 Predefined Instance Core running in EMEA,2019-02-01 07:00:00 UTC,2019-02-01 08:00:00 UTC,old,europe-west1,1.5E-3,EUR,3600,seconds,"[{'name': 'Sustained Usage Discount', 'amount': -0.0005}]"`,
        `0A_1B,Compute Engine,S2,Commitment v1: Cpu in EMEA for 1 Year,2019-02-01 08:00:00 UTC,2019-02-01 09:00:00 UTC,old,europe-west1,2,EUR,14400,seconds,[]`,
        `0A_1B,Compute Engine,S1,N1 Predefined Instance Core running in EMEA,2019-02-01 08:00:00 UTC,2019-02-01 09:00:00 UTC,old,europe-west1,3,EUR,10800,seconds,"[{'name': 'Committed Usage Discount: CPU', 'amount': -3, 'id': None}]"`,
      ].join('\n'),
    )
    const normalised = await load([path])
    await conserved(normalised)
    const rows = await normalised.rows(
      `select strftime(BillingPeriodStart, '%Y-%m-%d %H') as period, ChargeCategory as category, EffectiveCost::decimal(9, 4)::varchar as effective, CommitmentDiscountStatus as status from charges order by 1, 2, 4`,
    )
    expect(rows).toEqual([
      { period: '2019-01-01 08', category: 'Usage', effective: '0.0010', status: null },
      { period: '2019-02-01 08', category: 'Purchase', effective: '0.0000', status: null },
      { period: '2019-02-01 08', category: 'Usage', effective: '0.5000', status: 'Unused' },
      { period: '2019-02-01 08', category: 'Usage', effective: '1.5000', status: 'Used' },
    ])
  })

  it('refuses credits that cannot be read, since their money would be lost', async () => {
    await expect(normalise(usage(1, { credits: 'about five dollars' }))).rejects.toThrow('credits cannot be read')
  })

  it('keeps amounts of byte-seconds exactly, covered or not', async () => {
    const huge = {
      amount: 231928233984000000,
      unit: 'byte-seconds',
      amount_in_pricing_units: 60000,
      pricing_unit: 'gibibyte hour',
    }
    const credit = { type: 'COMMITTED_USAGE_DISCOUNT', name: 'Committed Usage Discount: RAM', amount: -64 }
    const normalised = await normalise(usage(254, { usage: huge }), usage(256, { usage: huge, credits: [credit] }))
    const rows = await normalised.rows(
      'select sum(ConsumedQuantity)::decimal(38, 0)::varchar as consumed, sum(PricingQuantity)::decimal(38, 6)::varchar as priced from charges',
    )
    expect(rows).toEqual([{ consumed: '463856467968000000', priced: '120000.000000' }])
  })

  it('gives every row of the rule model its columns: nulls between id, name and type agree', async () => {
    const normalised = await load([`${fixture}usage.ndjson`])
    const rules = [
      '(RegionId is null) <> (RegionName is null)',
      '(ResourceId is null) <> (ResourceType is null)',
      '(SubAccountId is null) <> (SubAccountName is null) or (SubAccountId is null) <> (SubAccountType is null)',
      '(PricingQuantity is null) <> (PricingUnit is null) or (ConsumedQuantity is null) <> (ConsumedUnit is null)',
      "ChargeCategory in ('Usage', 'Purchase') and (SkuId is null or SkuPriceId is null or PricingQuantity is null or PricingCategory is null or ListUnitPrice is null or ContractedUnitPrice is null)",
      "ChargeCategory = 'Tax' and coalesce(SkuId, SkuPriceId, PricingUnit, PricingCategory) is not null",
      'ListUnitPrice < 0 or ContractedUnitPrice < 0',
      "(ConsumedQuantity is not null) <> (ChargeCategory = 'Usage' and CommitmentDiscountStatus is distinct from 'Unused')",
      'CommitmentDiscountId is null and coalesce(CommitmentDiscountName, CommitmentDiscountType, CommitmentDiscountCategory, CommitmentDiscountStatus, CommitmentDiscountUnit) is not null',
      "CommitmentDiscountId is not null and ((ChargeCategory = 'Usage') <> (CommitmentDiscountStatus is not null) or CommitmentDiscountQuantity is null or CommitmentDiscountUnit is null)",
      "(ChargeCategory = 'Purchase' and CommitmentDiscountId is not null or CommitmentDiscountStatus = 'Unused') and ResourceId <> CommitmentDiscountId",
      "ChargeFrequency = 'Usage-Based' and ChargeCategory = 'Purchase'",
    ]
    for (const rule of rules)
      expect(await normalised.rows(`select ChargeDescription from charges where ${rule}`), rule).toEqual([])
  })

  it('names tags by where they come from; the label of the resource wins', async () => {
    const normalised = await normalise(
      usage(1, {
        labels: [
          { key: 'project/team', value: 'web' },
          { key: 'spot-check', value: '' },
        ],
        project: { id: 'p', labels: [{ key: 'team', value: 'platform' }] },
        tags: [{ key: 'cc', value: '7', namespace: '900', inherited: true }],
        system_labels: [{ key: 'compute.googleapis.com/cores', value: '2' }],
      }),
    )
    expect(await normalised.rows('select to_json(Tags)::varchar as tags from charges')).toEqual([
      { tags: '{"project/team":"web","spot-check":"true","900/cc":"7","system/compute.googleapis.com/cores":"2"}' },
    ])
  })
})

it.skipIf(!haveModel)('breaks no rule of the FOCUS 1.2 model (skipped where ../shared/data is absent)', async () => {
  const { warehouse } = await load([`${fixture}usage.ndjson`])
  expect(await unexplainedFailures(warehouse, 'gcp-detailed')).toEqual([])
})

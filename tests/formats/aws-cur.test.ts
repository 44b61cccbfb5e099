import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { awsCur } from '../../src/formats/aws-cur.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText } from '../../src/warehouse/warehouse.ts'
import { csvFile, csvRows, fixture, item, normalise } from '../support/aws-cur-files.ts'

const allTypes = fixture('aws-cur2-all-types/monthly-00001.csv')
const legacy = fixture('aws-cur-legacy/hourly-1.csv')

const totals = `select count(*)::int as rows, sum(x_SourceCost)::double as source, sum(BilledCost)::double as billed,
    sum(x_SourceCost) = sum(BilledCost) as conserved, sum(x_SourceEffectiveCost) = sum(EffectiveCost) as amortised from all_rows`

describe('CUR 2.0', () => {
  test('each line item type becomes the charge that specs/exports.md 2.4 says', async () => {
    const { rows } = await normalise(allTypes)
    const got =
      await rows(`select x_ChargeType, x_RowKind, ChargeCategory, ChargeClass, ChargeFrequency, BilledCost::double::varchar as BilledCost,
        EffectiveCost::double::varchar as EffectiveCost, ListCost::double::varchar as ListCost, ContractedCost::double::varchar as ContractedCost,
        CommitmentDiscountStatus, PricingCategory, ServiceCategory, ChargeDescription
        from all_rows order by all`)
    const expected = await csvRows(fixture('aws-cur2-all-types/expected/charges.csv'))
    expect(got).toEqual(expected)
  })

  test('billed and amortised totals are conserved to the last digit', async () => {
    const { rows, warnings } = await normalise(allTypes)
    // 32 line items, 2 derived; the split row is in no total (fixtures/aws-cur2-all-types/README.md)
    expect(await rows(totals)).toEqual([
      { rows: 34, source: 1140.73650125, billed: 1140.73650125, conserved: true, amortised: true },
    ])
    expect(warnings).toEqual([])
  })

  test('a fee keeps its row and its unused part becomes a derived Unused row of the commitment', async () => {
    const { rows } = await normalise(allTypes)
    expect(
      await rows(`select x_RowKind, ResourceId = CommitmentDiscountId as owns, ConsumedQuantity, CommitmentDiscountQuantity::double as quantity,
          CommitmentDiscountUnit, x_SourceCost::double as source
          from charges where x_ChargeType = 'RIFee' order by all`),
    ).toEqual([
      {
        x_RowKind: 'charge',
        owns: true,
        ConsumedQuantity: null,
        quantity: 2976,
        CommitmentDiscountUnit: 'Normalized Hours',
        source: 24,
      },
      {
        x_RowKind: 'derived',
        owns: true,
        ConsumedQuantity: null,
        quantity: 320,
        CommitmentDiscountUnit: 'Normalized Hours',
        source: null,
      },
    ])
  })

  test('tags keep the provider prefix and lose empty values', async () => {
    const { rows } = await normalise(allTypes)
    expect(
      await rows(
        `select to_json(Tags)::varchar as tags, "x_CostCategories", "x_Discounts" from charges where Tags is not null`,
      ),
    ).toEqual([
      {
        tags: '{"user_team":"shop","user_cost_center":"cc-7","aws_created_by":"IAMUser:ci"}',
        x_CostCategories: '{"Product":"Checkout"}',
        x_Discounts: '{"edp_discount":"-0.0115"}',
      },
    ])
  })

  test('AWS is issuer and provider of its own charges; a marketplace seller provides its own', async () => {
    const { rows } = await normalise(allTypes)
    expect(
      await rows(`select distinct InvoiceIssuerName, x_ProviderName, x_PublisherName, ServiceProviderName, HostProviderName, ServiceCategory = 'Other' as other
          from charges where ServiceName in ('Example Observability Pro', 'AWS Lambda') order by all`),
    ).toEqual([
      {
        InvoiceIssuerName: 'AWS',
        x_ProviderName: 'AWS',
        x_PublisherName: 'AWS',
        ServiceProviderName: 'AWS',
        HostProviderName: 'AWS',
        other: false,
      },
      {
        InvoiceIssuerName: 'AWS',
        x_ProviderName: 'AWS',
        x_PublisherName: 'Example Vendor Ltd',
        ServiceProviderName: 'Example Vendor Ltd',
        HostProviderName: 'AWS',
        other: true,
      },
    ])
  })

  test('Parquet with doubles and maps says the same as the CSV', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'aws-cur-')), 'cur.snappy.parquet')
    const warehouse = await openDuckDb({ path: ':memory:' })
    await warehouse.exec(`copy (
        select * replace (
            case when resource_tags <> '' then cast(resource_tags::json as map(varchar, varchar)) else map {} end as resource_tags,
            case when cost_category <> '' then cast(cost_category::json as map(varchar, varchar)) else map {} end as cost_category,
            case when discount <> '' then cast(discount::json as map(varchar, double)) else map {} end as discount,
            cast(product::json as map(varchar, varchar)) as product,
            line_item_usage_start_date::timestamp as line_item_usage_start_date, line_item_usage_end_date::timestamp as line_item_usage_end_date,
            bill_billing_period_start_date::timestamp as bill_billing_period_start_date,
            coalesce(try_cast(savings_plan_savings_plan_effective_cost as double), 0) as savings_plan_savings_plan_effective_cost,
            coalesce(try_cast(savings_plan_total_commitment_to_date as double), 0) as savings_plan_total_commitment_to_date,
            coalesce(try_cast(savings_plan_used_commitment as double), 0) as savings_plan_used_commitment,
            line_item_unblended_cost::double as line_item_unblended_cost, line_item_net_unblended_cost::double as line_item_net_unblended_cost,
            line_item_usage_amount::double as line_item_usage_amount
        ) from read_csv(${quoteText(allTypes)}, header = true, all_varchar = true, nullstr = '\\N')
      ) to ${quoteText(path)} (format parquet)`)
    warehouse.close()
    const sql = 'select * exclude (x_SourceChanges) from all_rows order by all'
    const parquet = await normalise(path)
    const csv = await normalise(allTypes)
    expect(await parquet.rows(sql)).toEqual(await csv.rows(sql))
  })

  test('order, duplicates and additions of columns change nothing; unknown columns are kept', async () => {
    const [first, ...rest] = readFileSync(allTypes, 'utf8').trim().split('\n')
    const header = String(first).split(',')
    const warehouse = await openDuckDb({ path: ':memory:' })
    const shuffled = join(mkdtempSync(join(tmpdir(), 'aws-cur-')), 'cur.csv')
    const reversed = [...header].reverse().map((name) => `"${name}"`)
    await warehouse.exec(`copy (select 'x' as operation, ${reversed.join(', ')}, 'kept' as "team rank", line_item_unblended_cost as twin
        from read_csv(${quoteText(allTypes)}, header = true, all_varchar = true)) to ${quoteText(shuffled)} (header true)`)
    writeFileSync(shuffled, readFileSync(shuffled, 'utf8').replace(',twin\n', ',line_item_unblended_cost\n'))
    warehouse.close()
    const changed = await normalise(shuffled)
    const sql = (more: string) => `select * exclude (${more}) from all_rows order by all`
    const plain = await normalise(allTypes)
    expect(rest).toHaveLength(32)
    expect(await changed.rows(sql('x_TeamRank, x_DeliveredOperation'))).toEqual(
      await plain.rows('select * from all_rows order by all'),
    )
    expect(await changed.rows('select distinct x_TeamRank, x_DeliveredOperation from all_rows')).toEqual([
      { x_TeamRank: 'kept', x_DeliveredOperation: 'x' },
    ])
  })

  test('an export of few columns is read, and what it cannot tell is noted', async () => {
    const path = csvFile(
      ['line_item_usage_start_date', 'line_item_line_item_type', 'line_item_unblended_cost'],
      [
        item('Usage', '1.5', { line_item_usage_start_date: '2026-03-31 23:00:00' }),
        item('SavingsPlanCoveredUsage', '2', { line_item_usage_start_date: '2026-03-31 23:00:00' }),
      ],
    )
    const { rows, warnings } = await normalise(path)
    expect(warnings).toEqual([
      'SavingsPlanCoveredUsage rows without savings_plan_savings_plan_effective_cost: EffectiveCost is incomplete',
    ])
    expect(
      await rows(`select billing_period, ChargeCategory, BilledCost::double as billed, EffectiveCost::double as effective, BillingCurrency,
          strftime(ChargePeriodEnd, '%d %H') as until from charges order by ChargeCategory desc, billed desc`),
    ).toEqual([
      {
        billing_period: '2026-03',
        ChargeCategory: 'Usage',
        billed: 1.5,
        effective: 1.5,
        BillingCurrency: 'USD',
        until: '01 00',
      },
      {
        billing_period: '2026-03',
        ChargeCategory: 'Usage',
        billed: 0,
        effective: 0,
        BillingCurrency: 'USD',
        until: '01 00',
      },
      {
        billing_period: '2026-03',
        ChargeCategory: 'Adjustment',
        billed: 2,
        effective: 0,
        BillingCurrency: 'USD',
        until: '01 00',
      },
    ])
  })
})

describe('legacy CUR', () => {
  test('each line item becomes the charge that specs/exports.md 2.4 says', async () => {
    const { rows } = await normalise(legacy)
    const time = `'%Y-%m-%dT%H:%M:%SZ'`
    const got =
      await rows(`select x_ChargeType, x_RowKind, ChargeCategory, ChargeFrequency, BilledCost, EffectiveCost, PricingUnit,
        CommitmentDiscountStatus, CommitmentDiscountQuantity::double::varchar as CommitmentDiscountQuantity, CommitmentDiscountUnit,
        strftime(ChargePeriodStart, ${time}) as ChargePeriodStart, strftime(ChargePeriodEnd, ${time}) as ChargePeriodEnd
        from all_rows order by all`)
    expect(got).toEqual(await csvRows(fixture('aws-cur-legacy/expected/charges.csv')))
  })

  test('slash names, tag columns and three spellings of instants are read', async () => {
    const { rows, warnings } = await normalise(legacy)
    expect(warnings).toEqual([])
    expect(
      await rows(`select strftime(ChargePeriodStart, '%d %H:%M') as start, to_json(Tags)::varchar as tags, x_CostCategories, RegionId, SkuPriceId, SkuPriceDetails
          from charges where x_ChargeType = 'Usage' order by start`),
    ).toEqual([
      {
        start: '05 10:00',
        tags: '{"user:team":"shop","user:Cost Center":"cc-7"}',
        x_CostCategories: '{"Product":"Checkout"}',
        RegionId: 'us-east-1',
        SkuPriceId: '1234567',
        SkuPriceDetails: '{"InstanceType":"t3.medium","OperatingSystem":"Linux"}',
      },
      {
        start: '05 11:00',
        tags: '{"aws:createdBy":"Root:111"}',
        x_CostCategories: null,
        RegionId: 'us-east-1',
        SkuPriceId: '1234567',
        SkuPriceDetails: '{"InstanceType":"t3.medium","OperatingSystem":"Linux"}',
      },
    ])
  })

  test('a rounding residual between covered usage and negation becomes one adjustment', async () => {
    const { rows } = await normalise(legacy)
    expect(await rows(totals)).toEqual([
      { rows: 11, source: 20.6531999999, billed: 20.6531999999, conserved: true, amortised: true },
    ])
    expect(
      await rows(`select BilledCost, EffectiveCost, ChargeCategory, x_RowKind from charges where x_ChargeType is null`),
    ).toEqual([
      {
        BilledCost: '-0.000000000100000',
        EffectiveCost: '0.000000000000000',
        ChargeCategory: 'Adjustment',
        x_RowKind: 'derived',
      },
    ])
  })

  test('Parquet names with a column per tag are the same format', () => {
    const columns = [
      'line_item_unblended_cost',
      'line_item_usage_start_date',
      'line_item_line_item_type',
      'product_product_name',
      'resource_tags_user_cost_center',
      'reservation_reservation_arn',
      'product_region',
      'cost_category_product',
      'identity_line_item_id',
    ]
    expect(awsCur.recognise({ container: 'parquet', columns, sample: [] })).toEqual({
      canonical: [
        'line_item_unblended_cost',
        'line_item_usage_start_date',
        'line_item_line_item_type',
        'product/product_name',
        'resource_tags/user_cost_center',
        'reservation_reservation_a_r_n',
        'product/region',
        'cost_category/product',
        null,
      ],
      traits: { format_version: 'legacy', net: 'false', typed: 'true' },
      warnings: [],
    })
  })

  test('other exports are not taken for a CUR', () => {
    for (const columns of [
      ['BilledCost', 'ChargeCategory', 'ChargePeriodStart'],
      ['lineItem/intervalUsageStart', 'cost/myCost', 'lineItem/referenceNo'],
      ['CostInBillingCurrency', 'Date', 'MeterId'],
    ]) {
      expect(awsCur.recognise({ container: 'csv', columns, sample: [] })).toBeNull()
    }
  })
})

import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { azureCost } from '../../src/formats/azure-cost.ts'
import { type Normalised, normaliseFiles } from '../support/normalise.ts'

const fixtures = new URL('../../fixtures/', import.meta.url).pathname
const cases = ['azure-ea-2019', 'azure-mca', 'azure-ea-old', 'azure-payg', 'azure-de']

const files = (name: string) =>
  readdirSync(join(fixtures, name), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.csv') && !path.startsWith('expected'))
    .sort()
    .map((path) => join(fixtures, name, path))
const normalise = (paths: readonly string[]) => normaliseFiles(paths, { format: azureCost })
const records = (path: string) =>
  parse(readFileSync(path, 'utf8'), { bom: true, columns: true }) as Record<string, string>[]
const plain = (value: unknown) =>
  value === null
    ? ''
    : String(value).replace(/^(-?\d+)\.(\d*?)0*$/, (_, whole, rest) => (rest ? `${whole}.${rest}` : whole))

async function values(data: Normalised, sql: string): Promise<string[][]> {
  return (await data.rows(sql)).map((row) => Object.values(row).map(plain))
}

/** A small native file: EA 2019 names, one object a row. */
function nativeFile(rows: readonly Record<string, string>[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`
  const lines = [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))].map((row) =>
    row.map(cell).join(','),
  )
  const path = join(mkdtempSync(join(tmpdir(), 'azure-cost-')), 'cost.csv')
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

const usage = {
  SubscriptionId: '0a1b2c3d-1111-4222-8333-444455556666',
  BillingAccountId: '8888001',
  BillingCurrencyCode: 'EUR',
  Date: '06/03/2026',
  BillingPeriodStartDate: '06/01/2026',
  MeterId: 'aaaa0000-0000-4000-8000-000000000001',
  MeterCategory: 'Virtual Machines',
  UnitOfMeasure: '1 Hour',
  Quantity: '10',
  UnitPrice: '0.2',
  PayGPrice: '0.23',
  CostInBillingCurrency: '2',
  ChargeType: 'Usage',
}

describe('golden fixtures', () => {
  test.each(cases)('%s gives its expected charges', async (name) => {
    const expected = records(`${fixtures}${name}/expected/charges.csv`)
    const columns = Object.keys(expected[0] ?? {})
    const data = await normalise(files(name))
    const found = await data.rows(
      `select ${columns.join(', ')} from charges order by ChargeDescription, ChargePeriodStart, ChargeClass, x_ChargeType, ResourceId`,
    )
    expect(found.map((row) => Object.fromEntries(columns.map((column) => [column, plain(row[column])])))).toEqual(
      expected,
    )
  })

  test.each(cases)('%s keeps every amount of the file (specs/exports.md 3.4, invariants)', async (name) => {
    const data = await normalise(files(name))
    const [totals = []] = await values(
      data,
      `select sum(BilledCost), coalesce(sum(EffectiveCost) filter (x_SourceType = 'AmortizedCost'), 0),
              sum(x_SourceCost), coalesce(sum(x_SourceEffectiveCost), 0), count(*)
       from all_rows`,
    )
    const native = files(name).flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n').slice(1))
    expect(totals.slice(0, 2)).toEqual(totals.slice(2, 4))
    expect(totals[4]).toBe(String(native.length))
  })

  test.each(cases)('%s obeys the null rules between columns (specs/focus.md 4)', async (name) => {
    const data = await normalise(files(name))
    const ids =
      'Region Id Name, Resource Id Type, SubAccount Id Name, SubAccount Id Type, Pricing Quantity Unit, Consumed Quantity Unit'
    const commitment = 'CommitmentDiscount Id Type, CommitmentDiscount Id Category, CommitmentDiscount Quantity Unit'
    const together = `${ids}, ${commitment}`.split(', ').map((group) => {
      const [stem, one, other] = group.split(' ')
      return `(${stem}${one} is null) <> (${stem}${other} is null)`
    })
    const rules = [
      ...together,
      "ConsumedQuantity is not null and (ChargeCategory <> 'Usage' or CommitmentDiscountStatus = 'Unused')",
      "ChargeCategory = 'Purchase' and ChargeFrequency = 'Usage-Based'",
      "CommitmentDiscountStatus = 'Unused' and ResourceId is distinct from CommitmentDiscountId",
      "ChargeCategory = 'Tax' and coalesce(SkuId, PricingUnit, PricingCategory, ListUnitPrice::varchar) is not null",
      "ChargeCategory in ('Usage', 'Purchase') and (PricingQuantity is null or PricingCategory is null or ContractedUnitPrice is null or ListUnitPrice is null)",
      'abs(ListUnitPrice * PricingQuantity::decimal(18, 6) - ListCost) > 0.005',
      'abs(ContractedUnitPrice * PricingQuantity::decimal(18, 6) - ContractedCost) > 0.005',
      'BillingAccountId is null or ServiceName is null or ServiceCategory is null or ChargeFrequency is null or InvoiceIssuerName is null',
    ]
    for (const rule of rules) expect([rule, await data.rows(`from charges where ${rule}`)]).toEqual([rule, []])
  })
})

describe('which dataset a file holds', () => {
  const dataset = (...rows: (string | null)[][]) =>
    azureCost.recognise({
      container: 'csv',
      columns: ['Date', 'CostInBillingCurrency', 'ChargeType', 'PricingModel', 'MeterId', 'SubscriptionId'],
      sample: rows.map((row) => [...row, 'm', 's']),
    })?.traits['dataset']

  test('covered usage at a price or an unused remainder is amortised', () => {
    expect(dataset(['06/03/2026', '0.72', 'Usage', 'Reservation'])).toBe('AmortizedCost')
    expect(dataset(['06/03/2026', '0.3', 'UnusedSavingsPlan', 'SavingsPlan'])).toBe('AmortizedCost')
  })
  test('a commitment purchase or covered usage at 0 is actual', () => {
    expect(dataset(['06/03/2026', '720', 'Purchase', 'Reservation'])).toBe('ActualCost')
    expect(dataset(['06/03/2026', '0E-10', 'Usage', 'SavingsPlan'])).toBe('ActualCost')
  })
  test('rows that look the same in both prove nothing', () => {
    expect(dataset(['06/03/2026', '2', 'Usage', 'OnDemand'])).toBe('')
    expect(dataset()).toBe('')
  })
})

describe('recognition', () => {
  const format = (columns: string[]) => azureCost.recognise({ container: 'csv', columns, sample: [] })
  const ea = ['Date', 'MeterId', 'MeterCategory', 'SubscriptionId', 'CostInBillingCurrency']

  test('the dialect follows from the columns', async () => {
    const dialects = cases.map((name) => {
      const text = readFileSync(files(name)[0] ?? '', 'utf8')
      const columns = (text.split(/\r?\n/)[0] ?? '').replace('\uFEFF', '').split(name === 'azure-de' ? ';' : ',')
      return format(columns)?.traits['format_version']
    })
    expect(dialects).toEqual(['ea-2019', 'mca', 'ea-old', 'payg', 'ea-2019'])
  })
  test('unknown columns are kept under an x_ name, documented ones without a use are left in the raw file', () => {
    expect(format([...ea, 'team name', 'AccountOwnerId', 'x_SourceCost'])?.canonical.slice(5)).toEqual([
      'x_TeamName',
      null,
      'x_DeliveredSourceCost',
    ])
  })
  test('files of others are not taken', () => {
    expect(format([...ea, 'BilledCost'])).toBeNull()
    expect(format([...ea, 'lineItem/UnblendedCost'])).toBeNull()
    expect(format(['usage_start_time', 'cost', 'service', 'sku', 'project'])).toBeNull()
    expect(format(['Date', 'Cost', 'Team'])).toBeNull()
  })
})

describe('one dataset alone', () => {
  const covered = { ...usage, PricingModel: 'Reservation', ReservationId: 'R-1', ProductOrderId: 'O-1' }
  const costs = 'select BilledCost, EffectiveCost, x_SourceCost, x_SourceEffectiveCost from charges'

  test('actual: what a commitment covered has no known effective cost', async () => {
    const data = await normalise([nativeFile([{ ...covered, CostInBillingCurrency: '0' }])])
    expect(await values(data, costs)).toEqual([['0', '', '0', '']])
    expect(await values(data, 'select CommitmentDiscountId from charges')).toEqual([
      ['/providers/microsoft.capacity/reservationorders/o-1/reservations/r-1'],
    ])
  })
  test('amortised: what a commitment covered bills nothing, and its source cost is not claimed', async () => {
    expect(await values(await normalise([nativeFile([covered])]), costs)).toEqual([['0', '2', '', '2']])
  })
})

describe('dialects and repairs', () => {
  test('quantities are counted in the blocks of their unit of measure', async () => {
    const units = ['100 Hours', '10K', '1 GB/Month', '1 GB Hour', '1 ', '250 Frobs']
    const data = await normalise([
      nativeFile(units.map((UnitOfMeasure) => ({ ...usage, UnitOfMeasure, Quantity: '500' }))),
    ])
    const sql =
      'select x_PricingUnitDescription, PricingQuantity, PricingUnit, ConsumedQuantity from charges order by 1'
    expect(await values(data, sql)).toEqual([
      ['1', '500', 'Units', '500'],
      ['1 GB Hour', '500', 'GB-Hours', '500'],
      ['1 GB/Month', '500', 'GB/Month', '500'],
      ['100 Hours', '5', 'Hours', '500'],
      ['10K', '0.05', 'Units', '500'],
      ['250 Frobs', '2', 'Frobs', '500'],
    ])
  })
  test('a missing unit price or list price falls back to the cost, and says so', async () => {
    const data = await normalise([nativeFile([{ ...usage, UnitPrice: '0', PayGPrice: '' }])])
    expect(
      await values(data, 'select ContractedCost, ListCost, ContractedUnitPrice, x_SourceChanges from charges'),
    ).toEqual([
      [
        '2',
        '2',
        '0.2',
        'ContractedCost from the cost: no unit price; ListCost from ContractedCost: no pay-as-you-go price',
      ],
    ])
  })
  test('a cost without a quantity gets the quantity that its unit price implies', async () => {
    const data = await normalise([nativeFile([{ ...usage, Quantity: '0' }])])
    expect(await values(data, 'select PricingQuantity, ContractedCost, x_SourceChanges from charges')).toEqual([
      ['10', '2', 'PricingQuantity from the cost and the unit price: the row has 0'],
    ])
  })
  test('account ids -2 and Unassigned are no accounts', async () => {
    const data = await normalise([nativeFile([{ ...usage, SubscriptionId: 'Unassigned', InvoiceSectionId: '-2' }])])
    expect(await values(data, 'select SubAccountId, SubAccountName, x_InvoiceSectionId from charges')).toEqual([
      ['', '', ''],
    ])
  })
  test('locations in any spelling become regions', async () => {
    const places = ['US Central', 'EastUS', 'uksouth', 'Mars North', '']
    const data = await normalise([nativeFile(places.map((ResourceLocation) => ({ ...usage, ResourceLocation })))])
    expect(await values(data, 'select RegionId, RegionName from charges order by 1 nulls first')).toEqual([
      ['', ''],
      ['centralus', 'Central US'],
      ['eastus', 'East US'],
      ['marsnorth', 'Mars North'],
      ['uksouth', 'UK South'],
    ])
  })
  test('a service without a name is named by its meter, then its provider, then Azure', async () => {
    const parts = [{}, { MeterCategory: 'Quux' }, { ConsumedService: 'Foo.Bar' }]
    const rows = parts.map((part) => ({ ...usage, MeterCategory: '', ...part }))
    const data = await normalise([nativeFile(rows)])
    expect(
      await values(data, 'select ServiceName, ServiceCategory, ServiceSubcategory from charges order by 1'),
    ).toEqual(['Azure', 'Foo.Bar', 'Quux'].map((name) => [name, 'Other', 'Other (Other)']))
  })
  test('every lookup key is unique, so that no join multiplies charges', async () => {
    const { rows } = await normalise([nativeFile([usage])])
    const keys = 'services service, regions region, pricing_units unit, resource_types type, meter_categories category'
    for (const [table, key] of keys.split(', ').map((pair) => pair.split(' '))) {
      const sql = `select ${key}_key as key from lookup_azure_${table} group by 1 having count(*) > 1 or key <> lower(key)`
      expect(await rows(sql)).toEqual([])
    }
  })
})

const scenarios = '../shared/data/focus-spec-examples/commitment_discount_scenarios'
const root = new URL('../../', import.meta.url).pathname
const scenario = (name: string) => join(root, scenarios, name)

describe.skipIf(!existsSync(join(root, scenarios)))(
  'FOCUS scenarios, built backwards (skipped without ../shared)',
  () => {
    const unitOf = (unit: string) => ({ Hours: '1 Hour', GB: '1 GB', 'GB/Second': '1 GB Second' })[unit] ?? '1'
    const nativeNames = [
      'SubscriptionId SubAccountId, BillingAccountId BillingAccountId, BillingCurrencyCode BillingCurrency, Quantity PricingQuantity',
      'BillingPeriodStartDate BillingPeriodStart, Date ChargePeriodStart, MeterId SkuId, MeterCategory ServiceName',
      'ResourceId ResourceId, ResourceLocation RegionId, UnitPrice ContractedUnitPrice, PayGPrice ListUnitPrice',
      'Frequency ChargeFrequency, benefitId CommitmentDiscountId, benefitName CommitmentDiscountName',
    ].flatMap((line) => line.split(', ').map((pair) => pair.split(' ')))
    const models: Record<string, string> = { Usage: 'Reservation', Spend: 'SavingsPlan' }
    const nativeRow = (row: Record<string, string>, amortised: boolean, unused: boolean) => ({
      ...Object.fromEntries(nativeNames.map(([native = '', name = '']) => [native, row[name] ?? ''])),
      UnitOfMeasure: unitOf(row['PricingUnit'] ?? ''),
      CostInBillingCurrency: row[amortised ? 'EffectiveCost' : 'BilledCost'] ?? '',
      ChargeType: unused ? 'UnusedReservation' : (row['ChargeCategory'] ?? ''),
      PricingModel: models[row['CommitmentDiscountCategory'] ?? ''] ?? 'OnDemand',
    })
    const split = (rows: Record<string, string>[], idle: (row: Record<string, string>) => boolean) => {
      const kept = rows.filter((row) => row['ChargeCategory'] === 'Usage')
      return [
        nativeFile(rows.filter((row) => !idle(row)).map((row) => nativeRow(row, false, false))),
        nativeFile(kept.map((row) => nativeRow(row, true, idle(row)))),
      ]
    }
    const utilisation = `select sum(EffectiveCost) filter (CommitmentDiscountStatus = 'Used') / sum(EffectiveCost) as value
    from charges where CommitmentDiscountStatus is not null`
    const sums = (
      table: string,
    ) => `select ChargeCategory, CommitmentDiscountId is not null as committed, count(*) as charges,
      sum(BilledCost)::decimal(38, 2) as billed, sum(EffectiveCost)::decimal(38, 2) as effective, sum(ContractedCost)::decimal(38, 1) as contracted
    from ${table} group by all order by all`

    test.each(['azure_reservation_all_upfront_100pct.csv', 'azure_savings_plan_all_upfront_100pct.csv'])(
      '%s: every sum and the utilisation in its name',
      async (name) => {
        const data = await normalise(split(records(scenario(name)), () => false))
        await data.warehouse.exec(`create table published as from read_csv('${scenario(name)}')`)
        expect(await data.rows(sums('charges'))).toEqual(await data.rows(sums('published')))
        expect(await data.rows(utilisation)).toEqual([{ value: 1 }])
      },
    )

    test('the same reservation idle for six of 24 hours is used to 75 %', async () => {
      const idle = (row: Record<string, string>) =>
        row['CommitmentDiscountStatus'] === 'Used' && (row['ChargePeriodStart'] ?? '') >= '2026-02-01T18'
      const data = await normalise(split(records(scenario('azure_reservation_all_upfront_100pct.csv')), idle))
      expect(await data.rows(utilisation)).toEqual([{ value: 0.75 }])
      expect(await values(data, 'select sum(BilledCost) from charges where CommitmentDiscountId is not null')).toEqual([
        ['358000'],
      ])
    })
  },
)

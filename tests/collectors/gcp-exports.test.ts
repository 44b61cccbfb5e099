import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CollectorContext, RemoteDelivery } from '../../src/collectors/collector.ts'
import { queryPrice } from '../../src/collectors/gcp/exports-pricing.ts'
import { chooseTables } from '../../src/collectors/gcp/exports-tables.ts'
import { UserError } from '../../src/errors.ts'
import { type BigQueryFake, createBigQuery } from '../fakes/bigquery.ts'
import type { FakeRow } from '../fakes/bigquery-sql.ts'
import { detailed, detailedFields, focusFields, usageRow } from '../fakes/bigquery-tables.ts'
import { type FaultServer, startServer } from '../fakes/fault-server.ts'
import { testContext } from './context.ts'
import { asks, exportOf, type Keys, manyRows, rowsOf } from './gcp-source.ts'

let fake: BigQueryFake
let server: FaultServer

async function start(options: Parameters<typeof createBigQuery>[0] = {}) {
  fake = createBigQuery(options)
  server = await startServer(fake.handler)
}
beforeEach(() => start())
afterEach(() => server.close())

const gcpExport = (context: CollectorContext, keys: Keys = {}) => exportOf(server.url, context, keys)

const plan = (keys: Keys = {}, { periods, held }: { periods?: string[]; held?: string[] } = {}) =>
  gcpExport(testContext(), keys).plan({
    periods: periods ?? null,
    held: new Map((held ?? []).map((unit) => [unit, { mark: 'held', collected_at: '' }])),
  })

const first = async (keys: Keys = {}): Promise<RemoteDelivery> => {
  const [delivery] = (await plan(keys)).deliveries
  if (!delivery) throw new Error('nothing was planned')
  return delivery
}

describe('tables', () => {
  const standard = 'gcp_billing_export_v1_01A2B3_C4D5E6_F7A8B9'
  const focus = 'gcp_billing_export_focus_01A2B3_C4D5E6_F7A8B9'

  test('of one account the richest export is taken and never two, another account has its own', () => {
    const other = 'gcp_billing_export_v1_0A0A0A_0B0B0B_0C0C0C'
    const names = [focus, standard, other, detailed, 'cloud_pricing_export', 'a_view_of_mine']
    const chosen = chooseTables('google', names).map(({ name, kind }) => [name, kind])
    expect(chosen).toEqual([
      ['cloud_pricing_export', 'prices'],
      [detailed, 'detailed'],
      [other, 'standard'],
    ])
  })

  test('can be named with the dashes of the account id, but not two of one account', () => {
    const dashed = 'gcp_billing_export_v1_01A2B3-C4D5E6-F7A8B9'
    expect(chooseTables('google', [standard, detailed], [dashed]).map(({ name }) => name)).toEqual([standard])
    expect(() => chooseTables('google', [standard, detailed], [standard, detailed])).toThrow(/hold the same charges/)
    expect(() => chooseTables('google', [standard], ['missing'])).toThrow(/no export table missing/)
  })

  test('that are not there yet are pending, with how long Google takes', async () => {
    fake.table('something_else', { fields: [] })
    const { deliveries, pending } = await plan()
    expect(deliveries).toEqual([])
    expect(pending).toMatchObject([{ unit: 'exports', reason: expect.stringMatching(/24 hours.*5 days/) }])
  })

  test('that are not partitioned by day of ingestion are refused', async () => {
    fake.table(detailed, { fields: detailedFields, partitioned: false })
    await expect(plan()).rejects.toThrow(/not partitioned by day of ingestion/)
  })
})

describe('a plan', () => {
  beforeEach(() => {
    fake.table(detailed, { fields: detailedFields })
    fake.put(detailed, '2025-12-31', [usageRow(5)])
    fake.put(detailed, '2026-01-05', [usageRow(7)])
    fake.put(detailed, '2026-03-10', [usageRow(1), usageRow(2.5)])
  })

  test('has every day on the first run, marked by newest export time, rows and cost', async () => {
    const { deliveries } = await plan()
    expect(deliveries.map(({ unit, period }) => [unit, period])).toEqual([
      [`${detailed}/2025-12-31`, '2025-12'],
      [`${detailed}/2026-01-05`, '2026-01'],
      [`${detailed}/2026-03-10`, '2026-03'],
    ])
    expect(deliveries.at(-1)).toMatchObject({
      mark: '2026-03-10T12:00:00.123456Z 2 rows 3500000000',
      submitted: '2026-03-10T12:00:00.123456Z',
      files: [{ name: `${detailed}-20260310.ndjson.gz`, rows: 2 }],
      price: { usd: '0.000060' },
    })
  })

  test('has the look-back and older days never held, and scans no more', async () => {
    const { deliveries } = await plan({}, { held: [`${detailed}/2025-12-31`, `${detailed}/2026-03-10`] })
    expect(deliveries.map(({ unit }) => unit)).toEqual([`${detailed}/2026-01-05`, `${detailed}/2026-03-10`])
    const windows = fake.jobs.filter(({ label }) => label === 'watermark').map(({ params }) => params)
    expect(windows).toEqual([
      { from_day: '2026-01-05', before_day: '2026-01-06' },
      { from_day: '2026-02-13', before_day: '9999-01-01' },
    ])
  })

  test('of months asked for has their days and the first ten of the next month, held or not', async () => {
    fake.put(detailed, '2026-01-10', [usageRow(1)])
    fake.put(detailed, '2026-01-11', [usageRow(1)])
    const { deliveries } = await plan({}, { periods: ['2025-12'], held: [`${detailed}/2025-12-31`] })
    expect(deliveries.map(({ unit }) => unit)).toEqual(
      ['2025-12-31', '2026-01-05', '2026-01-10'].map((day) => `${detailed}/${day}`),
    )
  })

  test('fetches no rows', async () => {
    await plan()
    expect([...new Set(fake.jobs.map(({ label }) => label))]).toEqual(['partitions', 'watermark'])
  })

  test('names another mark when rows came late, were lost or were changed in place', async () => {
    const marks = new Set<string | undefined>()
    const note = async () => marks.add((await plan()).deliveries.at(-1)?.mark)
    await note()
    fake.append(detailed, '2026-03-10', [usageRow(4, { export_time: '2026-03-10 18:00:00 UTC' })])
    await note()
    fake.put(detailed, '2026-03-10', [usageRow(1), usageRow(2.75)])
    await note()
    fake.put(detailed, '2026-03-10', [usageRow(1)])
    await note()
    expect(marks.size).toBe(4)
  })

  test('finds a dataset of another project', async () => {
    const { deliveries } = await plan({ dataset: 'bills.exports' })
    expect(deliveries).toHaveLength(3)
  })
})

describe('money', () => {
  beforeEach(() => {
    fake.table(detailed, { fields: detailedFields })
    fake.put(detailed, '2026-03-10', manyRows(10))
  })

  test('of a query is its bytes at USD 6.25 a TiB, 10 MiB at least, rounded up to a millionth', () => {
    expect(queryPrice(1n << 40n, 'x').usd).toBe('6.250000')
    expect(queryPrice((1n << 40n) + 1n, 'x').usd).toBe('6.250001')
    expect(queryPrice(0n, 'x')).toEqual({
      usd: '0.000060',
      what: '10.0 MiB of x at USD 6.25 a TiB (BigQuery on demand)',
    })
  })

  test('a query above max_gib_billed is refused before it runs, and the error names the key', async () => {
    await server.close()
    await start({ bytesPerRow: 2 ** 30 })
    fake.table(detailed, { fields: detailedFields })
    fake.put(detailed, '2026-03-10', manyRows(10))
    const delivery = await first({ max_gib_billed: 9 })
    const before = fake.jobs.length
    await expect(rowsOf(delivery)).rejects.toThrow(/would bill 10\.0 GiB, max_gib_billed allows 9 GiB/)
    expect(fake.jobs.length).toBe(before)
  })

  test('a query that grew beyond max_gib_billed after its dry run is stopped by BigQuery, not repeated', async () => {
    await server.close()
    await start({ bytesPerRow: 2 ** 30 })
    fake.table(detailed, { fields: detailedFields })
    fake.put(detailed, '2026-03-10', manyRows(5))
    const delivery = await first({ max_gib_billed: 9 })
    const grow = () => fake.append(detailed, '2026-03-10', manyRows(5))
    server.faults.when((r) => asks('day')(r) && !String(r.body).includes('"dryRun":true'), { kind: 'do', run: grow })
    await expect(rowsOf(delivery)).rejects.toThrow(UserError)
    await expect(rowsOf(delivery)).rejects.toThrow(/max_gib_billed/)
  })

  test('an answer that was paid for is read again within a day, not asked again', async () => {
    const delivery = await first()
    expect(await rowsOf(delivery)).toHaveLength(10)
    const paid = fake.jobs.length
    expect(await rowsOf(await first())).toHaveLength(10)
    expect(fake.jobs.filter(({ label }) => label === 'day')).toHaveLength(1)
    expect(fake.jobs.length).toBe(paid + 2)
  })

  test('an answer that BigQuery has dropped is asked again', async () => {
    const delivery = await first()
    await rowsOf(delivery)
    fake.expireAnswers()
    expect(await rowsOf(delivery)).toHaveLength(10)
    expect(fake.jobs.filter(({ label }) => label === 'day')).toHaveLength(2)
  })
})

describe('other exports', () => {
  const focus = 'gcp_billing_export_focus_01A2B3_C4D5E6_F7A8B9'
  const charge = (month: string, cost: string, exported: string): FakeRow => ({
    BillingAccountId: '01A2B3-C4D5E6-F7A8B9',
    BillingCurrency: 'USD',
    ChargeCategory: 'Usage',
    ServiceName: 'Compute Engine',
    BillingPeriodStart: `${month}-01 08:00:00 UTC`,
    BilledCost: cost,
    x_ExportTime: exported,
    Tags: [{ key: 'team', value: 'shop' }],
  })

  test('FOCUS is collected by billing month, whatever day its rows came', async () => {
    fake.table(focus, { fields: focusFields })
    fake.put(focus, '2026-01-20', [charge('2026-01', '1.10', '2026-01-20 05:00:00 UTC')])
    fake.put(focus, '2026-02-03', [
      charge('2026-01', '2.20', '2026-02-03 05:00:00 UTC'),
      charge('2026-02', '4', '2026-02-03 05:00:00 UTC'),
    ])
    const { deliveries } = await plan()
    expect(deliveries.map(({ unit, mark, files }) => [unit, mark, files[0]?.name])).toEqual([
      [`${focus}/2026-01`, '2026-02-03T05:00:00Z 2 rows 3300000000', `${focus}-2026-01.ndjson.gz`],
      [`${focus}/2026-02`, '2026-02-03T05:00:00Z 1 rows 4000000000', `${focus}-2026-02.ndjson.gz`],
    ])
    expect(await rowsOf(deliveries[0] as RemoteDelivery)).toMatchObject([
      { BilledCost: '1.10', Tags: '[{"key":"team","value":"shop"}]' },
      { BilledCost: '2.20' },
    ])
  })

  test('FOCUS looks at the whole table once, then from the first month that is missing', async () => {
    fake.table(focus, { fields: focusFields })
    const since = async (held: string[]) => {
      await plan({}, { held: held.map((month) => `${focus}/${month}`) })
      return fake.jobs.at(-1)?.params['from_month']
    }
    expect(await since([])).toBe('2020-01')
    expect(await since(['2025-11', '2025-12', '2026-01', '2026-02'])).toBe('2026-02')
    expect(await since(['2025-11', '2026-01', '2026-02'])).toBe('2025-12')
  })

  test('the price list of the newest day becomes list_prices, a row per tier', async () => {
    const tier = (start: number, amount: string) => ({
      start_usage_amount: start,
      account_currency_amount: amount,
      pricing_unit_quantity: 1,
    })
    fake.table('cloud_pricing_export', { fields: [] })
    const row = {
      billing_account_id: '01A2B3-C4D5E6-F7A8B9',
      sku: { id: '0012-34', description: 'Spot Preemptible N2 Core' },
      service: { id: 's', description: 'Compute Engine' },
      geo_taxonomy: { regions: ['europe-west1'] },
      pricing_unit: 'h',
      account_currency_code: 'EUR',
      pricing_as_of_time: '2026-03-19 00:00:00 UTC',
      list_price: { tiered_rates: [tier(0, '0.0123'), tier(100, '0.01')] },
    }
    fake.put('cloud_pricing_export', '2026-03-18', [row])
    fake.put('cloud_pricing_export', '2026-03-19', [row])
    const delivery = await first()
    expect(delivery).toMatchObject({
      unit: 'cloud_pricing_export/newest',
      period: null,
      files: [{ name: 'list_prices.ndjson.gz' }],
    })
    expect(await rowsOf(delivery)).toMatchObject([
      {
        provider: 'Google Cloud',
        sku_id: '0012-34',
        tier_start: '0',
        unit_price: '0.0123',
        currency: 'EUR',
        purchase_option: 'Spot',
      },
      { tier_start: '100', unit_price: '0.01', observed_at: '2026-03-20T06:00:00.000Z' },
    ])
  })
})

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeEstate } from '../../src/estate/estate.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { type BigQueryFake, createBigQuery, refuse } from '../fakes/bigquery.ts'
import type { FakeRow } from '../fakes/bigquery-sql.ts'
import { detailed, detailedFields, standardFields, usageRow } from '../fakes/bigquery-tables.ts'
import { type FakeRequest, type FaultServer, startServer } from '../fakes/fault-server.ts'
import { testLake } from '../support/lake.ts'
import { billed, collectInto, everyRow } from './collect-into.ts'
import { testContext } from './context.ts'
import { collectorContract } from './contract.ts'
import { asks, exportOf, isContent, isPage } from './gcp-source.ts'

let fake: BigQueryFake
let server: FaultServer

beforeEach(async () => {
  fake = createBigQuery()
  server = await startServer(fake.handler)
})
afterEach(() => server.close())

/** A row of a dump; numbers of prices keep their text, `0.0`, which a number would not. */
function parsed(line: string): FakeRow {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }
  const keep = (key: string, value: unknown, context?: { source: string }) =>
    typeof value === 'number' && /^(tier_start_amount|pricing_unit_quantity)$/.test(key)
      ? rawJSON(context?.source ?? '')
      : value
  return JSON.parse(line, keep)
}

describe('the lake', () => {
  beforeEach(() => fake.table(detailed, { fields: detailedFields }))
  const collect = (lake: ReturnType<typeof testLake>) => {
    const context = testContext()
    return collectInto(lake, exportOf(server.url, context), context)
  }

  test('gets late rows of a day once, and rows restated under their export time in place of what was held', async () => {
    const lake = testLake()
    fake.put(detailed, '2026-03-10', [usageRow(1), usageRow(2)])
    await collect(lake)
    fake.append(detailed, '2026-03-10', [usageRow(4, { export_time: '2026-03-10 18:00:00 UTC' })])
    await collect(lake)
    expect(await billed(lake)).toEqual({ '2026-03': '7' })
    fake.put(detailed, '2026-03-10', [usageRow(1), usageRow(4, { export_time: '2026-03-10 18:00:00 UTC' })])
    await collect(lake)
    expect(await billed(lake)).toEqual({ '2026-03': '5' })
    expect((await collect(lake)).status).toBe('nothing_new')
  })

  test('keeps rows of one export time that came on two days, when only one of the days is new', async () => {
    const lake = testLake()
    const shared = { export_time: '2026-03-10 23:59:59 UTC' }
    fake.put(detailed, '2026-03-10', [usageRow(1, shared)])
    await collect(lake)
    fake.put(detailed, '2026-03-11', [usageRow(2, shared), usageRow(4, shared)])
    await collect(lake)
    expect(await billed(lake)).toEqual({ '2026-03': '7' })
  })

  test('drops a batch that its day no longer has', async () => {
    const lake = testLake()
    const late = { export_time: '2026-03-10 18:00:00 UTC' }
    fake.put(detailed, '2026-03-10', [usageRow(1), usageRow(4, late)])
    await collect(lake)
    fake.put(detailed, '2026-03-10', [usageRow(4, late)])
    await collect(lake)
    expect(await billed(lake)).toEqual({ '2026-03': '4' })
  })

  test('is read anew when a day was gone while it was read and is back as it was', async () => {
    const lake = testLake()
    const rows = [usageRow(1), usageRow(2)]
    fake.put(detailed, '2026-03-10', rows)
    server.faults.when(asks('day'), { kind: 'do', run: () => fake.put(detailed, '2026-03-10', []) })
    server.faults.when(asks('watermark'), { kind: 'do', run: () => {} })
    server.faults.when(asks('watermark'), { kind: 'do', run: () => fake.put(detailed, '2026-03-10', rows) }, 1000)
    expect((await collect(lake)).problems).toEqual([])
    expect(await billed(lake)).toEqual({ '2026-03': '3' })
  })

  test('splits a day over the invoice months of its rows', async () => {
    const lake = testLake()
    fake.put(detailed, '2026-03-02', [usageRow(1, { invoice: { month: '202602' } }), usageRow(2)])
    await collect(lake)
    expect(await billed(lake)).toEqual({ '2026-02': '1', '2026-03': '2' })
  })

  test('reads the standard export too', async () => {
    const lake = testLake()
    const standard = 'gcp_billing_export_v1_0A0A0A_0B0B0B_0C0C0C'
    fake.table(standard, { fields: standardFields })
    fake.put(standard, '2026-03-02', [usageRow(3, { billing_account_id: '0A0A0A-0B0B0B-0C0C0C' })])
    await collect(lake)
    expect(await billed(lake)).toEqual({ '2026-03': '3' })
  })

  test('is row for row what importing the dump of the sample estate gives', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'estate-'))
    const warehouse = await openDuckDb({ path: ':memory:' })
    const { files } = await writeEstate({
      directory: folder,
      seed: 5,
      months: ['2026-10'],
      scale: 0.02,
      warehouse,
    })
    warehouse.close()
    const dumps = files
      .filter(({ key }) => key.startsWith('gcp/') && key.endsWith('.json.gz'))
      .map(({ key }) => join(folder, key))
    expect(dumps.length).toBeGreaterThan(0)
    const rows = dumps.flatMap((path) =>
      gunzipSync(readFileSync(path))
        .toString()
        .split('\n')
        .filter(Boolean)
        .map((line) => parsed(line)),
    )
    for (const [day, list] of Map.groupBy(rows, (row) => String(row['export_time']).slice(0, 10)))
      fake.put(detailed, day, list)
    const imported = testLake()
    await imported.import(dumps)
    const collected = testLake()
    expect((await collect(collected)).problems).toEqual([])
    const [expected, got] = [await everyRow(imported), await everyRow(collected)]
    expect(expected.length).toBeGreaterThan(500)
    expect(got.length).toBe(expected.length)
    expect(got.filter((row, n) => row !== expected[n]).slice(0, 1)).toEqual([])
  }, 120_000)
})

collectorContract('Google Cloud billing exports', async () => {
  const world = createBigQuery()
  const host = await startServer(world.handler)
  world.table(detailed, { fields: detailedFields })
  const isRows = (request: FakeRequest) => isContent(request) && isPage(request)
  let hour = 0
  return {
    collector: (context) => exportOf(host.url, context),
    async deliver(month, amounts) {
      const day = `${month}-15`
      const held = world.rows(detailed, day)
      const isMore = held.every((row, n) => row['cost'] === Number(amounts[n]))
      if (isMore && amounts.length > held.length) hour += 1
      const of = (amount: string) =>
        usageRow(Number(amount), {
          invoice: { month: month.replace('-', '') },
          usage_start_time: `${day} 08:00:00 UTC`,
          usage_end_time: `${day} 09:00:00 UTC`,
          export_time: `${day} ${String(hour).padStart(2, '0')}:00:00 UTC`,
        })
      if (isMore) world.append(detailed, day, amounts.slice(held.length).map(of))
      else world.put(detailed, day, amounts.map(of))
    },
    breakContent: (times) => host.faults.when(isRows, { kind: 'cut', after: 30 }, times),
    denyContent(month) {
      const { body } = refuse({ status: 403, reason: 'accessDenied', message: 'Access Denied' })
      const isMonth = (request: FakeRequest) => asks('day')(request) && String(request.body).includes(`"${month}-15"`)
      host.faults.when(isMonth, { kind: 'status', status: 403, body }, 1000)
    },
    heal: () => host.faults.clear(),
    contentRequests: () => host.requests.filter(isContent).length,
    close: () => host.close(),
  }
})

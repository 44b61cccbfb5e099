import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeCurBenchmark } from '../../src/estate/cur-benchmark.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText } from '../../src/warehouse/warehouse.ts'

const money = (column: string) => `sum(${column}::varchar::decimal(28, 10))`
const of = (type: string) => `filter (line_item_line_item_type = '${type}')`

test.each(['csv.gz', 'parquet'] as const)(
  'a benchmark month in %s has exactly the rows asked for and its commitments add up',
  async (container) => {
    const directory = mkdtempSync(join(tmpdir(), 'bench-'))
    const warehouse = await openDuckDb({ path: ':memory:' })
    const files = await writeCurBenchmark({
      directory,
      rows: 20_011,
      files: 3,
      container,
      period: '2026-02',
      seed: 5,
      warehouse,
    })
    const paths = files.map(({ key }) => quoteText(join(directory, key))).join(', ')
    const from =
      container === 'parquet'
        ? `read_parquet([${paths}], hive_partitioning = false)`
        : `read_csv([${paths}], all_varchar = true, hive_partitioning = false)`
    const columns = await warehouse.describe(`select * from ${from}`)
    expect(columns.length).toBeGreaterThanOrEqual(120)
    const { rows } = await warehouse.query(`select count(*) as n, count(distinct identity_line_item_id) as ids,
      ${money('savings_plan_savings_plan_effective_cost')} as covered, ${money('savings_plan_used_commitment')} as used,
      ${money('line_item_unblended_cost')} ${of('SavingsPlanCoveredUsage')} + ${money('line_item_unblended_cost')} ${of('SavingsPlanNegation')} as rest,
      ${money('line_item_usage_amount')} ${of('DiscountedUsage')} + ${money('reservation_unused_quantity')} as reserved,
      max(nullif(reservation_total_reserved_units, '')::decimal(28, 10)) as total
    from ${from}`)
    expect(rows[0]).toMatchObject({ n: '20011', ids: '20011', rest: '0.0000000000' })
    expect(rows[0]?.['covered']).toBe(rows[0]?.['used'])
    expect(rows[0]?.['reserved']).toBe(rows[0]?.['total'])
    const manifest = JSON.parse(
      readFileSync(
        join(directory, 'billing/bench-cur2/metadata/BILLING_PERIOD=2026-02/bench-cur2-Manifest.json'),
        'utf8',
      ),
    )
    const present = readdirSync(join(directory, 'billing/bench-cur2/data/BILLING_PERIOD=2026-02')).sort()
    expect(manifest.dataFiles.map((uri: string) => uri.split('/').at(-1))).toEqual(present)
    expect(manifest.columns).toHaveLength(columns.length)
    warehouse.close()
  },
  60_000,
)

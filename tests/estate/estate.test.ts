import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type EstateSummary, writeEstate } from '../../src/estate/estate.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText, type Warehouse } from '../../src/warehouse/warehouse.ts'

const months = ['2026-07', '2026-08', '2026-09', '2026-10']
let engine: Warehouse
let directory: string
let summary: EstateSummary

async function write(seed: number): Promise<{ directory: string; summary: EstateSummary }> {
  const folder = mkdtempSync(join(tmpdir(), 'estate-'))
  const warehouse = await openDuckDb({ path: ':memory:' })
  const written = await writeEstate({ directory: folder, seed, months, scale: 0.05, warehouse })
  warehouse.close()
  return { directory: folder, summary: written }
}

function checksums(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')} ${name}`,
    )
}

const rows = async (sql: string) => (await engine.query(sql)).rows
const cur = (month: string, root = 'aws') => {
  const glob = quoteText(join(directory, root, `billing/hf-cur2/data/BILLING_PERIOD=${month}/*`))
  const csv = !statSync(
    join(directory, root, `billing/hf-cur2/data/BILLING_PERIOD=${month}/hf-cur2-00001.snappy.parquet`),
    {
      throwIfNoEntry: false,
    },
  )
  return csv ? `read_csv(${glob}, all_varchar = true)` : `read_parquet(${glob})`
}
const decimal = (column: string) => `${column}::varchar::decimal(28, 10)`
const azure = (name: string, month: string) => {
  const final = summary.files.filter((file) => file.key.includes(`/${name}/${month.replace('-', '')}01-`))
  return `read_csv([${final.map((file) => quoteText(join(directory, file.key))).join(', ')}], all_varchar = true)`
}

beforeAll(async () => {
  engine = await openDuckDb({ path: ':memory:' })
  const written = await write(11)
  directory = written.directory
  summary = written.summary
}, 60_000)

test('the same seed gives the same bytes, another seed other ones', async () => {
  const [again, other] = [await write(11), await write(12)]
  expect(checksums(again.directory)).toEqual(checksums(directory))
  expect(checksums(other.directory)).not.toEqual(checksums(directory))
}, 60_000)

test('every provider delivers every month', () => {
  for (const source of ['aws', 'azure', 'gcp']) {
    const held = new Set(
      summary.files.filter((file) => file.source === source && file.rows > 0).map((file) => file.month),
    )
    expect([...held].sort()).toEqual(months)
  }
})

test('the CUR manifests list exactly the data files of their period', () => {
  for (const root of ['aws', 'aws/restated']) {
    const base = join(directory, root, 'billing/hf-cur2')
    const listed = readdirSync(join(base, 'metadata')).flatMap((period) => {
      const manifest = JSON.parse(readFileSync(join(base, 'metadata', period, 'hf-cur2-Manifest.json'), 'utf8'))
      return manifest.dataFiles.map((uri: string) => uri.replace('s3://hf-billing-exports/billing/hf-cur2/data/', ''))
    })
    const present = readdirSync(join(base, 'data'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('00'),
    )
    expect(present.filter((name) => /\.(gz|parquet)$/.test(name)).sort()).toEqual(listed.sort())
  }
})

test('the Azure manifests state names, bytes and rows of exactly the files in their run folder', async () => {
  const root = join(directory, 'azure')
  const manifests = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('manifest.json'),
  )
  expect(manifests).toHaveLength(2 * (months.length + 1))
  for (const path of manifests) {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8'))
    const folder = path.replace('/manifest.json', '')
    const present = readdirSync(join(root, folder)).filter((name) => name !== 'manifest.json')
    expect(manifest.blobs.map((blob: { blobName: string }) => blob.blobName).sort()).toEqual(
      present.map((name) => `${folder}/${name}`).sort(),
    )
    expect(manifest.blobCount).toBe(present.length)
    for (const blob of manifest.blobs) {
      const file = join(root, blob.blobName)
      expect(statSync(file).size).toBe(blob.byteCount)
      const [counted] = await rows(`select count(*) as n from read_csv(${quoteText(file)}, all_varchar = true)`)
      expect(Number(counted?.['n'])).toBe(blob.dataRowCount)
    }
  }
})

test('the restated AWS month differs from its first delivery in support and tax only, upwards', async () => {
  const sums = (root: string) =>
    rows(
      `select line_item_line_item_type as type, sum(${decimal('line_item_unblended_cost')})::double as cost, count(*) as n from ${cur('2026-08', root)} group by 1 order by 1`,
    )
  const [first, second] = [await sums('aws'), await sums('aws/restated')]
  const changed = second.filter((row, index) => row['cost'] !== first[index]?.['cost'])
  expect(changed.map((row) => row['type'])).toEqual(['Fee', 'Tax'])
  for (const row of changed)
    expect(Number(row['cost'])).toBeGreaterThan(Number(first.find(({ type }) => type === row['type'])?.['cost']))
  expect(second.map((row) => row['n'])).toEqual(first.map((row) => row['n']))
})

test.each(months)(
  'AWS %s: per hour and plan, covered effective cost is the used commitment and never above the commitment',
  async (month) => {
    const broken = await rows(`
    with covered as (
      select savings_plan_savings_plan_a_r_n as arn, line_item_usage_start_date as at, sum(${decimal('savings_plan_savings_plan_effective_cost')}) as used
      from ${cur(month)} where line_item_line_item_type = 'SavingsPlanCoveredUsage' group by all
    )
    select f.* from (
      select savings_plan_savings_plan_a_r_n as arn, line_item_usage_start_date as at, ${decimal('savings_plan_total_commitment_to_date')} as total,
        ${decimal('savings_plan_used_commitment')} as stated, ${decimal('line_item_unblended_cost')} as paid,
        ${decimal('savings_plan_amortized_upfront_commitment_for_billing_period')} as upfront
      from ${cur(month)} where line_item_line_item_type = 'SavingsPlanRecurringFee'
    ) as f
    full join covered as c on c.arn = f.arn and c.at = f.at
    where f.arn is null or f.stated <> coalesce(c.used, 0) or f.stated > f.total or f.paid + f.upfront <> f.total`)
    expect(broken).toEqual([])
  },
)

test.each(months)(
  'AWS %s: negations cancel covered usage exactly and reserved usage plus unused units is what was reserved',
  async (month) => {
    const [sums] = await rows(`
    select sum(${decimal('line_item_unblended_cost')}) filter (line_item_line_item_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')) as rest,
      count(*) filter (line_item_line_item_type = 'SavingsPlanCoveredUsage') > 0 as covered
    from ${cur(month)}`)
    expect(sums).toMatchObject({ rest: '0.0000000000', covered: true })
    const broken = await rows(`
    with usage as (
      select reservation_reservation_a_r_n as arn, sum(${decimal('line_item_usage_amount')}) as used, sum(${decimal('reservation_effective_cost')}) as effective
      from ${cur(month)} where line_item_line_item_type = 'DiscountedUsage' group by all
    )
    select * from ${cur(month)} as f
    left join usage as u on u.arn = f.reservation_reservation_a_r_n
    where f.line_item_line_item_type = 'RIFee' and (
      coalesce(u.used, 0) + ${decimal('reservation_unused_quantity')} <> nullif(f.reservation_total_reserved_units, '')::decimal(28, 10)
      or coalesce(u.effective, 0) + ${decimal('reservation_unused_recurring_fee')} + ${decimal('reservation_unused_amortized_upfront_fee_for_billing_period')}
        <> ${decimal('line_item_unblended_cost')} + ${decimal('reservation_amortized_upfront_fee_for_billing_period')})`)
    expect(broken).toEqual([])
  },
)

test.each(months)('AWS %s: an id with its interval is unique inside the delivery', async (month) => {
  expect(
    await rows(
      `select identity_line_item_id, identity_time_interval from ${cur(month)} group by all having count(*) > 1`,
    ),
  ).toEqual([])
})

test.each(months)(
  'Azure %s: actual and amortised agree outside commitments, and used plus unused is the commitment of each day',
  async (month) => {
    const plain = (name: string) =>
      rows(
        `select count(*) as n, sum(CostInBillingCurrency::decimal(28, 10)) as cost from ${azure(name, month)} where PricingModel not in ('Reservation', 'SavingsPlan')`,
      )
    expect(await plain('hf-actual')).toEqual(await plain('hf-amortized'))
    const committed = await rows(`
    select count(distinct cost) as levels, min(cost) > 0 as positive from (
      select ProductOrderName, "Date", sum(CostInBillingCurrency::decimal(28, 10)) as cost from ${azure('hf-amortized', month)}
      where PricingModel in ('Reservation', 'SavingsPlan') group by all
    ) group by ProductOrderName`)
    expect(committed.length).toBeGreaterThan(0)
    for (const row of committed) expect(row).toMatchObject({ levels: '1', positive: true })
    const [usage] = await rows(
      `select sum(CostInBillingCurrency::decimal(28, 10)) as cost from ${azure('hf-actual', month)} where ChargeType = 'Usage' and PricingModel in ('Reservation', 'SavingsPlan')`,
    )
    expect(Number(usage?.['cost'])).toBe(0)
  },
)

test.each(months)(
  'Google %s: the fee offset of each hour is the usage priced by the consumption model, within the fee',
  async (month) => {
    const glob = readdirSync(join(directory, 'gcp'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.includes(month) && /\.(gz|parquet)$/.test(name),
    )
    const parquet = glob.every((name) => name.endsWith('parquet'))
    const list = glob.map((name) => quoteText(join(directory, 'gcp', name))).join(', ')
    await engine.exec(
      `create or replace temp table gcp as select * from ${parquet ? 'read_parquet' : 'read_json'}([${list}])`,
    )
    const broken = await rows(`
    with used as (select usage_start_time as at, sum(cost::decimal(28, 6)) as cost from gcp where consumption_model.description like '%CUD%' group by all)
    select f.usage_start_time, f.cost, u.cost as used from gcp as f left join used as u on u.at = f.usage_start_time
    where f.sku.description like 'Commitment - dollar%'
      and (coalesce(list_sum(list_transform(f.credits, lambda c: c.amount::decimal(28, 6))), 0) <> -coalesce(u.cost, 0) or u.cost > f.cost::decimal(28, 6))`)
    expect(broken).toEqual([])
    const [plain] = await rows(
      `select count(*) as n, count(export_time) as exported, count(distinct invoice.month) as months from gcp`,
    )
    expect(plain?.['exported']).toBe(plain?.['n'])
    expect(plain?.['months']).toBe('1')
  },
)

test('late Google rows have a later export time than every row of the month before them', async () => {
  expect(existsSync(join(directory, 'gcp/late/2026-09'))).toBe(true)
  const [times] = await rows(`select
    (select max(export_time) from read_parquet(${quoteText(join(directory, 'gcp/export/2026-09/*.parquet'))})) <
    (select min(export_time) from read_parquet(${quoteText(join(directory, 'gcp/late/2026-09/*.parquet'))})) as later`)
  expect(times?.['later']).toBe(true)
})

test('the planted incidents lie inside the months and name an account', () => {
  expect(summary.incidents.map((incident) => incident['id']).sort()).toEqual(
    ['bedrock-level', 'bq-weekend', 'kinesis-drop', 'nat-spike', 'new-service', 'savings-plan-lapsed'].sort(),
  )
  expect(summary.waste.length).toBeGreaterThan(20)
})

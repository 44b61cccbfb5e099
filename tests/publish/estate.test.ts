import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { createApiContext, type WarehouseContext } from '../../src/api-context.ts'
import { restricted } from '../../src/audience-apps.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import {
  type AccessList,
  audienceId,
  type Manifest,
  type PublishedAnswer,
  type PublishedDocument,
} from '../../src/edge/published.ts'
import { openPublishStore, type PublishRun, publishEstate } from '../../src/publish/run.ts'
import { createRuntime, type Runtime } from '../../src/runtime.ts'
import { contextOf } from '../../src/server.ts'
import { createKey } from '../../src/state/api-keys.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText } from '../../src/warehouse/warehouse.ts'
import { estateLake } from '../support/estate-lake.ts'
import { brokenReferences, manifestIn } from '../support/published.ts'

let data: string
let folder: string
let runtime: Runtime
let run: PublishRun
let team: string
let secrets: readonly string[]
/** Ids of commitments that discount the team's charges, whoever bought them. */
let commitments: readonly string[]
let manifest: Manifest
let context: WarehouseContext
let closeAlerts: () => void

const read = (key: string) => (existsSync(join(folder, key)) ? readFileSync(join(folder, key)) : null)
const json = <T>(key: string) => JSON.parse(String(read(key))) as T

beforeAll(async () => {
  data = await estateLake()
  folder = join(data, 'edge')
  const own = readFileSync(join(data, 'costwright.yaml'), 'utf8')
  writeFileSync(join(data, 'costwright.yaml'), `${own}\npublish: { folder: ${folder} }\n`)
  runtime = createRuntime({ data })
  const warehouse = await runtime.open()
  const teams = await warehouse.query(
    'select team from daily where team is not null group by team order by sum(effective_cost) desc, team',
  )
  team = String(teams.rows[1]?.['team'])
  const { rows } = await warehouse.query(
    `with told as (
       select distinct unnest([team, resource_id, resource_name]) as secret, team from resources
       union select distinct unnest([team, product, sub_account_id, sub_account_name]), team from daily
     )
     select distinct secret from told where secret is not null and team is distinct from $team::varchar
     except select secret from told where team = $team::varchar
     except select unnest([commitment_id, billing_account_id]) from daily where team = $team::varchar
     except select BillingAccountName from charges`,
    { team },
  )
  secrets = rows.map((row) => String(row['secret']))
  const discounting = await warehouse.query(
    'select distinct commitment_id from daily where team = $team::varchar and commitment_id is not null',
    { team },
  )
  commitments = discounting.rows.map((row) => String(row['commitment_id']))
  warehouse.close()
  const alerts = await runtime.alerts()
  const key = { name: 'team', role: 'viewer', teams: [team], expires_at: null, actor: 'test' } as const
  createKey(alerts.database, key, runtime.now())
  const { publish: config } = runtime.config
  if (!config) throw new Error('the test configures where to publish')
  const store = await openPublishStore(config, () => {})
  run = await publishEstate({ runtime, store, config, catalog: loadCatalog(), dryRun: false })
  manifest = manifestIn(read, await audienceId([team]))
  const whole = await contextOf(runtime, alerts)
  const making = { build: runtime.audience, desks: () => ({}) }
  context = await createApiContext(restricted(whole, [team], making))
  closeAlerts = alerts.close
}, 300_000)
afterAll(async () => {
  await context?.close()
  closeAlerts?.()
  rmSync(data, { recursive: true, force: true })
})

test('every object that the manifest names is there, whole, and nothing else is', () => {
  const keys = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  expect(brokenReferences(keys, read)).toEqual([])
  expect(keys).toHaveLength((run.audiences[0]?.objects ?? 0) + 2)
  expect(json<AccessList>('access.json').keys.map(({ teams }) => teams)).toEqual([[team]])
  expect(Object.keys(manifest.answers).length).toBeGreaterThan(500)
})

describe('what a team can reach', () => {
  /** Values that stand somewhere as a whole, at any depth; names of columns and texts of the catalogue are no data. */
  const valuesOf = (value: unknown, found: Set<string>) => {
    if (typeof value === 'string') found.add(value)
    else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) valuesOf(one, found)
  }

  test('holds no name of another team, its products, accounts or resources: answers, marts, document', async () => {
    expect(secrets.length).toBeGreaterThan(100)
    const unseen = new Set(secrets)
    const leaks: string[] = []
    const judge = (where: string, content: unknown) => {
      const found = new Set<string>()
      valuesOf(content, found)
      for (const value of found) if (unseen.has(value)) leaks.push(`${where}: ${value}`)
    }
    const { catalog: _, ...document } = json<PublishedDocument>(manifest.document.key)
    judge('document', document)
    for (const [name, { key }] of Object.entries(manifest.answers)) judge(name, json<PublishedAnswer>(key).rows)
    const warehouse = await openDuckDb({ path: ':memory:' })
    for (const [name, { key }] of Object.entries(manifest.marts))
      judge(name, (await warehouse.query(`from ${quoteText(join(folder, key))}`)).rows)
    warehouse.close()
    expect(leaks).toEqual([])
  })

  test('holds no long name of theirs as part of a text either', () => {
    const own = commitments.join('\n')
    const long = secrets.filter((secret) => secret.length > 10 && !own.includes(secret))
    expect(long.length).toBeGreaterThan(50)
    const { catalog: _, ...document } = json<PublishedDocument>(manifest.document.key)
    const texts = [JSON.stringify(document), ...Object.values(manifest.answers).map(({ key }) => String(read(key)))]
    const all = texts.join('\n')
    expect(long.filter((secret) => all.includes(secret))).toEqual([])
  })
})

test('answers are those of the server, cell by cell, and so are their questions', async () => {
  const app = await createApp(context)
  const some = Object.entries(manifest.answers).filter((_, index) => index % 40 === 0)
  expect(some.length).toBeGreaterThan(20)
  for (const [key, reference] of some) {
    const [, name = '', params = ''] = /^(\w+) (.*)$/s.exec(key) ?? []
    const given = Object.entries(JSON.parse(params) as Record<string, string | null>).flatMap(([param, value]) =>
      value === null ? [] : [[param, value]],
    )
    const response = await app.request(`/api/v1/queries/${name}?${new URLSearchParams([...given, ['limit', '10000']])}`)
    const { columns, rows } = (await response.json()) as PublishedAnswer
    expect([key, { columns, rows }]).toEqual([key, json<PublishedAnswer>(reference.key)])
  }
})

test('marts are those of the server, byte for byte', async () => {
  const app = await createApp(context)
  for (const [name, { key, rows }] of Object.entries(manifest.marts)) {
    const response = await app.request(`/api/v1/queries/${name}?format=parquet`)
    const body = Buffer.from(await response.arrayBuffer())
    expect([name, body.equals(read(key) ?? Buffer.alloc(0))]).toEqual([name, true])
    expect(Number(parquetMetadata(arrayBuffer(body)).num_rows)).toBe(rows)
  }
})

describe('a mart', () => {
  test('of days is stored by date, in row groups that a Worker can hold', () => {
    for (const [name, column] of [
      ['daily', 'charge_date'],
      ['daily_accrual', 'charge_date'],
      ['monthly', 'charge_month'],
      ['resources', 'billing_period'],
    ] as const) {
      const metadata = parquetMetadata(arrayBuffer(read(manifest.marts[name]?.key ?? '') ?? Buffer.alloc(0)))
      expect(metadata.row_groups.every(({ num_rows }) => num_rows < 20_480n)).toBe(true)
      const ranges = metadata.row_groups.map((group) => {
        const about = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === column)?.meta_data
        return [about?.statistics?.min_value, about?.statistics?.max_value].map((value) =>
          value instanceof Date ? value.toISOString() : String(value),
        )
      })
      expect(ranges.flat()).toEqual(ranges.flat().toSorted())
    }
  })

  test('is read by hyparquet to the last digit', async () => {
    const file = arrayBuffer(read(manifest.marts['daily']?.key ?? '') ?? Buffer.alloc(0))
    const metadata = parquetMetadata(file)
    const decimals = parquetSchema(metadata).children.filter(({ element }) => element.converted_type === 'DECIMAL')
    expect(decimals.length).toBeGreaterThan(5)
    for (const { element } of decimals) {
      delete element.converted_type
      delete element.logical_type
    }
    const columns = ['charge_date', 'team', 'tag_set', 'effective_cost']
    const rows = await parquetReadObjects({ file, metadata, columns, compressors, utf8: false, rowEnd: 3000 })
    const entry = context.catalog.get('daily')
    if (!entry) throw new Error('there is no mart daily')
    const page = await context.use(undefined, (snapshot) => snapshot.query(entry, {}, { offset: 0, limit: 3000 }))
    const read_ = rows.map((row) => ({
      charge_date: (row['charge_date'] as Date).toISOString().slice(0, 10),
      team: row['team'],
      tag_set: String(row['tag_set']),
      effective_cost: fixed(row['effective_cost'] as Uint8Array | null, 15),
    }))
    const asked = page.rows.map(({ charge_date, team, tag_set, effective_cost }) => ({
      ...{ charge_date, team, tag_set, effective_cost },
    }))
    expect(read_).toEqual(asked)
  })

  test('has no type of which Parquet loses digits or hyparquet the meaning', () => {
    const types = new Set(Object.values(manifest.marts).flatMap(({ columns }) => columns.map(({ type }) => type)))
    const exact = /^(VARCHAR(\[\])?|BOOLEAN|INTEGER|U?BIGINT|DATE|TIMESTAMP|DECIMAL\(\d+,\d+\))$/
    expect([...types].filter((type) => !exact.test(type))).toEqual([])
  })
})

const arrayBuffer = (buffer: Buffer) =>
  buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length) as ArrayBuffer

/** Text of a big-endian two's complement integer with `scale` decimals. */
function fixed(bytes: Uint8Array | null, scale: number): string | null {
  if (bytes === null) return null
  const value = BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { focus } from '../../src/formats/focus.ts'
import { quoteIdentifier, quoteText } from '../../src/warehouse/warehouse.ts'
import { type Normalised, normaliseFiles } from '../support/normalise.ts'

const fixtures = new URL('../../fixtures/', import.meta.url).pathname
const shared = new URL('../../../shared/data/', import.meta.url).pathname
const examples = existsSync(shared)
  ? readdirSync(`${shared}focus-spec-examples`, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.csv'),
    )
  : []
const cases = readdirSync(fixtures).filter((name) => name.startsWith('focus-'))

const load = (path: string) => normaliseFiles([path], { format: focus })
const head = (columns: readonly string[], ...sample: (string | null)[][]) => ({
  container: 'csv' as const,
  columns,
  sample,
})

/** Rows of `expected/charges.csv` that are not among the charges, and the other way round; expected cells take the charges' types. */
async function differences(normalised: Normalised, fixture: string): Promise<unknown[]> {
  const path = `${fixtures}${fixture}/expected/charges.csv`
  const names = (readFileSync(path, 'utf8').split('\n')[0] ?? '').split(',')
  const types = new Map((await normalised.warehouse.describe('from charges')).map(({ name, type }) => [name, type]))
  const actual = names.map(quoteIdentifier).join(', ')
  const wanted = names
    .map((name) => `cast(${quoteIdentifier(name)} as ${types.get(name)}) as ${quoteIdentifier(name)}`)
    .join(', ')
  const expected = `select ${wanted} from read_csv(${quoteText(path)}, header = true, all_varchar = true)`
  return normalised.rows(
    `select 'missing' as what, * from (${expected} except all select ${actual} from charges)
     union all
     select 'unexpected' as what, * from (select ${actual} from charges except all ${expected})`,
  )
}

describe('recognition', () => {
  it('takes a table with BilledCost and a charge category or period, whatever the spelling', () => {
    expect(focus.recognise(head(['\uFEFF billed_cost ', 'CHARGE TYPE']))?.canonical).toEqual([
      'BilledCost',
      'ChargeCategory',
    ])
    expect(focus.recognise(head(['BilledCost', 'chargeperiodstart']))?.canonical).toEqual([
      'BilledCost',
      'ChargePeriodStart',
    ])
    expect(focus.recognise(head(['BilledCost', 'Date']))).toBeNull()
    expect(focus.recognise(head(['ChargeCategory', 'Cost']))).toBeNull()
  })

  it.each([
    ['1.4', ['InvoiceDetailId', 'ProviderName']],
    ['1.4', ['ServiceProviderName']],
    ['1.3', ['AllocatedTags', 'ProviderName']],
    ['1.2', ['PricingCurrencyEffectiveCost', 'ProviderName']],
    ['1.1', ['CapacityReservationStatus']],
    ['1.0-preview', ['ChargeSubcategory']],
    ['1.0', ['ProviderName']],
  ])('guesses version %s from the columns %j', (version, columns) => {
    expect(focus.recognise(head(['BilledCost', 'ChargeCategory', ...columns]))?.traits).toEqual({
      format_version: version,
    })
  })

  it('lets a stated version win and warns where the columns contradict it', () => {
    const stated = (version: string) =>
      focus.recognise(
        head(['BilledCost', 'ChargeCategory', 'InvoiceId', 'x_FocusVersion'], ['1', 'Usage', 'i', version]),
      )
    expect(stated('v1.2-preview')).toMatchObject({ traits: { format_version: '1.2-preview' }, warnings: [] })
    expect(stated('1.0')?.traits).toEqual({ format_version: '1.0' })
    expect(stated('1.0')?.warnings).toEqual([
      'The file states FOCUS 1.0, but its columns are those of 1.2; read as 1.0.',
    ])
    expect(stated('FOCUS 1.2.0')).toMatchObject({ traits: { format_version: '1.2' }, warnings: [] })
    expect(stated('9.9')?.traits).toEqual({ format_version: '1.2' })
    expect(stated('9.9')?.warnings).toHaveLength(1)
  })

  it('keeps every column it does not know, under an x_ name that is unique without regard to case', () => {
    const columns = [
      'BilledCost',
      'ChargeCategory',
      'cost center',
      'CostCenter',
      'x_Foo',
      'BilledCost',
      'InvoiceId',
      'x_InvoiceId',
      'x_RowKind',
      '§',
    ]
    expect(focus.recognise(head(columns))?.canonical).toEqual([
      'BilledCost',
      'ChargeCategory',
      'x_CostCenter',
      'x_CostCenter2',
      'x_Foo',
      'x_BilledCost',
      'InvoiceId',
      'x_InvoiceId',
      'x_DeliveredRowKind',
      'x_Column10',
    ])
  })
})

describe('own fixtures', () => {
  it.each(cases)('%s becomes the expected charges, and Σ BilledCost is what was delivered', async (name) => {
    const normalised = await load(`${fixtures}${name}/export.csv`)
    expect(await differences(normalised, name)).toEqual([])
    expect(
      await normalised.rows(
        `select 1 from all_rows where x_SourceCost is distinct from BilledCost or x_RowKind <> 'charge'`,
      ),
    ).toEqual([])
  })

  it('merges Google labels and tags into Tags: labels plain, tags as namespace/key', async () => {
    const { rows } = await load(`${fixtures}focus-google/export.csv`)
    expect(
      await rows(
        `select Tags['env'] as env, Tags['999/cc'] as cc, Tags['999/env'] as shadowed from charges where Tags is not null`,
      ),
    ).toEqual([{ env: 'prod', cc: '42', shadowed: 'shadowed' }])
  })

  it('notes each repair of a Microsoft export and keeps the delivered EffectiveCost', async () => {
    const { rows } = await load(`${fixtures}focus-azure-1.2-preview/export.csv`)
    expect(
      await rows(
        `select x_SourceChanges as notes, x_SourceEffectiveCost as delivered from charges where ChargeDescription = 'reservation fee'`,
      ),
    ).toEqual([
      {
        delivered: '36.000000000000000',
        notes:
          'EffectiveCost set to 0: purchase of a commitment; ListCost from unit price; BillingPeriodStart set to first of month; ' +
          'BillingPeriodEnd from BillingPeriodStart; ChargeFrequency Usage-Based is invalid on a Purchase; ids lower-cased or blanked; Microsoft Corporation renamed',
      },
    ])
  })
})

describe.skipIf(examples.length === 0)('public data (skipped where ../shared/data is absent)', () => {
  it('reads the FOCUS 1.0 sample digit-exact (data/README.md)', async () => {
    const { rows } = await load(`${shared}focus-sample-1.0.csv`)
    expect(
      await rows(`select x_ProviderName as p, count(*) as n, sum(BilledCost) as billed, sum(EffectiveCost) as effective, sum(ListCost) as list
        from charges group by p order by p`),
    ).toEqual([
      { p: 'AWS', n: '942', billed: '18.006638618400000', effective: '13.000000000000000', list: '18.149317640600000' },
      {
        p: 'Microsoft',
        n: '51',
        billed: '1.976514185860000',
        effective: '1.976514185860000',
        list: '1.976514185860000',
      },
      { p: 'Oracle', n: '7', billed: '0.537073924730000', effective: '0.000000000000000', list: '0.265073924730000' },
    ])
    expect(
      await rows(
        'select sum(BilledCost) as billed, sum(x_SourceCost) as source, count(x_Id) as ids, count(Tags) as tagged from charges',
      ),
    ).toEqual([{ billed: '20.520226728990000', source: '20.520226728990000', ids: '1000', tagged: '711' }])
    expect(
      await rows(
        `select distinct ServiceProviderName as s, HostProviderName as h from charges where x_PublisherName like 'Red Hat%'`,
      ),
    ).toEqual([{ s: 'Red Hat Inc.', h: 'AWS' }])
  })

  it.each(examples.map((path) => [basename(path, '.csv'), `${shared}focus-spec-examples/${path}`]))(
    '%s imports every row as delivered',
    async (_, path) => {
      const { rows } = await load(path)
      const records = `(select * from read_csv(${quoteText(path)}, all_varchar = true, header = true) r where r is not null)`
      const [delivered] = await rows(
        `select count(*) filter (where BilledCost is not null) as n, sum(parse_decimal(trim(BilledCost))) as billed from ${records}`,
      )
      expect(await rows('select count(*) as n, sum(BilledCost)::decimal(38, 15) as billed from charges')).toEqual([
        delivered,
      ])
    },
  )
})

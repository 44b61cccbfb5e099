import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { focus } from '../../src/formats/focus.ts'
import { normaliseFiles } from '../support/normalise.ts'

const shared = new URL('../../../shared/data/', import.meta.url).pathname
const examples = existsSync(shared)
  ? [
      `${shared}focus-sample-1.0.csv`,
      ...readdirSync(`${shared}focus-spec-examples`, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.csv'))
        .map((path) => `${shared}focus-spec-examples/${path}`),
    ]
  : []

/** specs/focus.md section 7: rows (or totals) that break an identity. `prepaid` are SaaS prepayments and their drawdown. */
const prepaid = `(ChargeCategory = 'Purchase' and BilledCost <> 0 and EffectiveCost = 0 or ChargeCategory = 'Usage' and BilledCost = 0 and EffectiveCost > 0)`
const product = (price: string, cost: string) =>
  `ChargeClass is null and abs(${price}::double * PricingQuantity::double - ${cost}::double)
    > greatest(1e-9, 1e-6 * abs(${cost}), 0.5 * power(10.0, -greatest(2, length(regexp_extract(rtrim(${cost}::varchar, '0'), '[.](.*)$', 1))))) * 1.000001`
const identities: Readonly<Record<string, string>> = {
  I1: `CommitmentDiscountId is null and ChargeCategory <> 'Tax' and not ${prepaid} and EffectiveCost <> BilledCost`,
  I2: `ChargeCategory = 'Purchase' and CommitmentDiscountId is not null and EffectiveCost <> 0`,
  I7: `(${product('ListUnitPrice', 'ListCost')}) or (${product('ContractedUnitPrice', 'ContractedCost')})`,
  I8: `ChargeCategory = 'Credit' and ListUnitPrice is null and (ListCost, ContractedCost, EffectiveCost) is distinct from (BilledCost, BilledCost, BilledCost)`,
  I9: `x_SourceCost is distinct from BilledCost`,
  I10: `CommitmentDiscountStatus is not null and BilledCost <> 0`,
  I11: `ChargeCategory = 'Usage' and ChargeClass is null and CommitmentDiscountStatus is distinct from 'Unused' and BilledCost >= 0
    and (ListCost < ContractedCost or ContractedCost < EffectiveCost)`,
}

/** Rows that break an identity in the public data, and why that is the data's fault (data/README.md). */
const knownDefects: readonly { file: string; identity: string; rows: number; reason: string }[] = [
  {
    file: 'focus-sample-1.0',
    identity: 'I1',
    rows: 620,
    reason: 'AWS and Oracle EffectiveCost is rounded to integers',
  },
  {
    file: 'focus-sample-1.0',
    identity: 'I7',
    rows: 40,
    reason:
      '31 Microsoft rows count the quantity in blocks (ListCost is 10,000 × price × quantity), 9 AWS prices are integers',
  },
  {
    file: 'focus-sample-1.0',
    identity: 'I8',
    rows: 1,
    reason: 'the AWS credit of −2.6137 has rounded EffectiveCost and ContractedCost',
  },
  {
    file: 'focus-sample-1.0',
    identity: 'I11',
    rows: 33,
    reason: '26 Microsoft rows with the ContractedCost of such a quantity, 7 AWS rows rounded up',
  },
  {
    file: 'one_hundred_percent_utilization_with_commitment_discount_flexibility_with_1_resource',
    identity: 'I7',
    rows: 1,
    reason: 'list cost of the fractional row (0.333 × 3.00) is the full 3.00',
  },
]

/** Utilisation that the file name states, and rate × term = purchase where data/README.md calls it exact. */
const scenarios: readonly { file: string; used: string; unused: string; utilisation: number; hours?: number }[] = [
  { file: 'aws_reserved_instance_partial_upfront_100pct', used: '1205.52', unused: '0.00', utilisation: 1 },
  { file: 'aws_savings_plan_all_upfront_0pct', used: '0.00', unused: '967.20', utilisation: 0, hours: 8760 },
  { file: 'aws_savings_plan_all_upfront_75pct', used: '943.20', unused: '314.40', utilisation: 0.75 },
  { file: 'aws_savings_plan_all_upfront_overage', used: '580.80', unused: '0.00', utilisation: 1, hours: 8760 },
  { file: 'azure_reservation_all_upfront_100pct', used: '980.88', unused: '0.00', utilisation: 1 },
  { file: 'azure_savings_plan_all_upfront_100pct', used: '1265.76', unused: '0.00', utilisation: 1, hours: 8760 },
  { file: 'gcp_resource_cud_no_upfront_100pct', used: '706.80', unused: '0.00', utilisation: 1, hours: 730 },
]
const balanced = ['2.75', '2.00', '1.50', '3.50'] as const

describe.skipIf(examples.length === 0)(
  'money identities on public data (skipped where ../shared/data is absent)',
  () => {
    it.each(examples.map((path) => [basename(path, '.csv'), path]))(
      '%s holds I1, I2, I7 to I11 or has a known defect',
      async (file, path) => {
        const { rows } = await normaliseFiles([path], { format: focus })
        const counts = Object.entries(identities).map(
          ([name, broken]) => `count(*) filter (where ${broken})::integer as ${name}`,
        )
        const [broken] = await rows(`select ${counts.join(', ')} from charges`)
        const expected = Object.keys(identities).map((identity) => [
          identity,
          knownDefects.find((defect) => defect.file === file && defect.identity === identity)?.rows ?? 0,
        ])
        expect(broken).toEqual(Object.fromEntries(expected))
      },
    )

    const find = (file: string) => examples.find((path) => path.endsWith(`/${file}.csv`)) ?? ''

    it.each(scenarios)(
      '$file has the utilisation of its name (I4) and rate × term = purchase (I3)',
      async ({ file, used, unused, utilisation, hours }) => {
        const { rows } = await normaliseFiles([find(file)], { format: focus })
        const amount = (status: string) =>
          `coalesce(sum(EffectiveCost) filter (where CommitmentDiscountStatus = '${status}'), 0)`
        const [sums] = await rows(
          `select ${amount('Used')}::decimal(18, 2) as used, ${amount('Unused')}::decimal(18, 2) as unused,
        (${amount('Used')} / nullif(${amount('Used')} + ${amount('Unused')}, 0)) as utilisation,
        max(EffectiveCost) filter (where CommitmentDiscountStatus is not null)::decimal(18, 2) * ${hours ?? 0}
          = sum(BilledCost) filter (where ChargeCategory = 'Purchase') as exact
       from charges`,
        )
        expect(sums).toEqual({ used, unused, utilisation: expect.closeTo(utilisation, 12), exact: hours !== undefined })
      },
    )

    it.each([
      ['one_hundred_percent_utilization_with_commitment_discount_flexibility_with_1_resource', balanced[0]],
      ['one_hundred_percent_utilization_with_commitment_discount_flexibility_with_2_resources', balanced[1]],
      ['one_hundred_percent_utilization_without_commitment_discount_flexibility', balanced[2]],
      ['zero_percent_utilization_without_commitment_discount_flexibility', balanced[3]],
      ['saas_spend_agreements_a1', '1200.00'],
      ['saas_spend_agreements_a2', '1200.00'],
      ['saas_spend_agreements_b1', '1200.00'],
      ['saas_spend_agreements_b2', '1200.00'],
    ])('%s holds I5: Σ EffectiveCost = Σ BilledCost = %s', async (file, total) => {
      const { rows } = await normaliseFiles([find(file)], { format: focus })
      expect(
        await rows(
          'select sum(BilledCost)::decimal(18, 2) as billed, sum(EffectiveCost)::decimal(18, 2) as effective from charges',
        ),
      ).toEqual([{ billed: total, effective: total }])
    })
  },
)

/** specs/focus.md section 3, last table. */
const providers: readonly {
  name: string
  row: Record<string, string>
  service: string
  host: string
  assumed: boolean
}[] = [
  {
    name: 'direct from a cloud',
    row: { ProviderName: 'AWS', PublisherName: 'Amazon Web Services EMEA SARL' },
    service: 'AWS',
    host: 'AWS',
    assumed: false,
  },
  {
    name: 'direct, publisher unknown',
    row: { ProviderName: 'Google Cloud', PublisherName: 'NULL' },
    service: 'Google Cloud',
    host: 'Google Cloud',
    assumed: false,
  },
  {
    name: 'marketplace SaaS',
    row: { ProviderName: 'Microsoft', PublisherName: 'Acme' },
    service: 'Acme',
    host: 'Microsoft',
    assumed: true,
  },
  {
    name: 'marketplace SaaS of another cloud',
    row: { ProviderName: 'AWS', PublisherName: 'Microsoft' },
    service: 'Microsoft',
    host: 'AWS',
    assumed: true,
  },
  {
    name: "marketplace SaaS on the vendor's own infrastructure (1.3)",
    row: { ProviderName: 'AWS', PublisherName: 'Acme', ServiceProviderName: 'Acme', HostProviderName: 'Acme' },
    service: 'Acme',
    host: 'Acme',
    assumed: false,
  },
  {
    name: 'managed service provider, cloud visible',
    row: { ProviderName: 'Partner', PublisherName: 'Partner', ResourceId: 'arn:aws:ec2:x' },
    service: 'Partner',
    host: 'AWS',
    assumed: false,
  },
  {
    name: 'managed service provider, cloud as publisher',
    row: { ProviderName: 'Partner', PublisherName: 'Google Cloud' },
    service: 'Partner',
    host: 'Google Cloud',
    assumed: false,
  },
  {
    name: 'managed service provider, cloud not visible',
    row: { ProviderName: 'Partner', PublisherName: 'Partner' },
    service: 'Partner',
    host: 'Partner',
    assumed: true,
  },
  {
    name: 'SaaS bought directly, cloud visible',
    row: { ProviderName: 'Acme', PublisherName: 'Acme', ResourceId: '/subscriptions/1' },
    service: 'Acme',
    host: 'Microsoft',
    assumed: false,
  },
  {
    name: 'SaaS bought directly',
    row: { ProviderName: 'Acme', PublisherName: 'Acme' },
    service: 'Acme',
    host: 'Acme',
    assumed: true,
  },
]

describe('ProviderName and PublisherName become ServiceProviderName and HostProviderName', () => {
  const folder = mkdtempSync(join(tmpdir(), 'focus-providers-'))
  it.each(providers)('$name', async ({ row, service, host, assumed }) => {
    const cells = { BilledCost: '1', ChargeCategory: 'Usage', ChargePeriodStart: '2026-01-05', ...row }
    const path = join(folder, 'one.csv')
    writeFileSync(path, `${Object.keys(cells).join(',')}\n${Object.values(cells).join(',')}\n`)
    const { rows } = await normaliseFiles([path], { format: focus })
    expect(
      await rows(`select ServiceProviderName as service, HostProviderName as host, x_ProviderName as provider,
        x_SourceChanges like '%HostProviderName assumed%' as assumed from charges`),
    ).toEqual([{ service, host, provider: row['ProviderName'], assumed }])
  })
})

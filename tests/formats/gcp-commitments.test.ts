import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { quoteText } from '../../src/warehouse/warehouse.ts'
import {
  atModelPrice,
  conserved,
  hours,
  normalise,
  offset,
  resourceCredit,
  resourceFee,
  spendCredit,
  spendFee,
  sql,
  usage,
} from '../support/gcp-rows.ts'
import type { Normalised } from '../support/normalise.ts'

const scenario = new URL(
  '../../../shared/data/focus-spec-examples/commitment_discount_scenarios/gcp_resource_cud_no_upfront_100pct.csv',
  import.meta.url,
).pathname

/** The formulas of commitments.md section 2 over the charges: ODE is ContractedCost, 0 for Unused. */
const kpiQuery = `
  with charge as (select *, case when CommitmentDiscountStatus = 'Unused' then 0 else ContractedCost end as ode from charges where ChargeCategory = 'Usage')
  select
    (select sum(BilledCost) from charges)::decimal(18, 6)::varchar as net,
    (sum(EffectiveCost) filter (CommitmentDiscountStatus = 'Used') / nullif(sum(EffectiveCost) filter (CommitmentDiscountStatus is not null), 0))::decimal(18, 12)::varchar as utilisation,
    (sum(ode) filter (CommitmentDiscountStatus = 'Used') / nullif(sum(ode), 0))::decimal(18, 12)::varchar as coverage,
    (coalesce(sum(ode) filter (CommitmentDiscountStatus = 'Used'), 0) - sum(EffectiveCost) filter (CommitmentDiscountStatus is not null))::decimal(18, 6)::varchar as net_savings,
    coalesce(sum(EffectiveCost) filter (CommitmentDiscountStatus = 'Unused'), 0)::decimal(18, 6)::varchar as unused
  from charge`
const kpis = async (normalised: Normalised) => (await normalised.rows(kpiQuery))[0]

/** Per commitment: fee billed, EffectiveCost of its Used and Unused rows; digits as they are. */
const commitments = (normalised: Normalised) =>
  normalised.rows(`
  select
    CommitmentDiscountId as id,
    trim(trim(sum(BilledCost) filter (ChargeCategory = 'Purchase')::varchar, '0'), '.') as fee,
    coalesce(sum(EffectiveCost) filter (CommitmentDiscountStatus = 'Used'), 0)::decimal(18, 6)::varchar as used,
    coalesce(sum(EffectiveCost) filter (CommitmentDiscountStatus = 'Unused'), 0)::decimal(18, 6)::varchar as unused,
    coalesce(sum(BilledCost) filter (ChargeCategory = 'Purchase'), 0) = sum(EffectiveCost) as closes
  from charges
  where CommitmentDiscountId is not null
  group by 1
  order by 1`)

describe('spend-based commitments, vector C16', () => {
  const over = {
    net: '74.000000',
    utilisation: '1.000000000000',
    coverage: '0.833333333333',
    net_savings: '46.000000',
    unused: '0.000000',
  }
  const under = {
    net: '54.000000',
    utilisation: '0.700000000000',
    coverage: '1.000000000000',
    net_savings: '16.000000',
    unused: '16.200000',
  }

  it('gives the same figures in the legacy credit model', async () => {
    expect(await kpis(await normalise(spendFee(54, 100), sql(120, { credits: [spendCredit(-100)] })))).toEqual(over)
    expect(await kpis(await normalise(spendFee(54, 100), sql(70, { credits: [spendCredit(-70)] })))).toEqual(under)
  })

  it('reads a committed amount in cents, as Google states it', async () => {
    expect(await kpis(await normalise(spendFee(54, 10000), sql(70, { credits: [spendCredit(-70)] })))).toEqual(under)
  })

  it('gives the same figures in the new consumption model', async () => {
    const covered = (cost: number, ode: number) =>
      sql(cost, {
        cost_at_effective_price_default: ode,
        cost_at_list: ode,
        consumption_model: atModelPrice,
        subscription: { instance_id: 'sub-1' },
      })
    expect(
      await kpis(await normalise(spendFee(54, 54, { credits: [offset(-54)] }), covered(54, 100), sql(20))),
    ).toEqual(over)
    expect(await kpis(await normalise(spendFee(54, 54, { credits: [offset(-37.8)] }), covered(37.8, 70)))).toEqual(
      under,
    )
  })

  it('finds the subscription of usage that names only its consumption model, and shares it where there are several', async () => {
    const priced = (cost: number, ode: number) =>
      sql(cost, { cost_at_effective_price_default: ode, consumption_model: atModelPrice })
    const one = await normalise(spendFee(54, 54, { credits: [offset(-37.8)] }), priced(37.8, 70))
    await conserved(one)
    expect(await kpis(one)).toEqual(under)
    expect(await commitments(one)).toEqual([
      { id: 'sub-1', fee: '16.2', used: '37.800000', unused: '16.200000', closes: false },
    ])
    const two = await normalise(
      spendFee(54, 54, { credits: [offset(-30)] }),
      spendFee(10, 10, { credits: [offset(-10)], subscription: { instance_id: 'sub-2' } }),
      priced(40, 70),
    )
    await conserved(two)
    expect(await commitments(two)).toEqual([
      { id: 'sub-1', fee: '24', used: '30.000000', unused: '24.000000', closes: false },
      { id: 'sub-2', fee: '', used: '10.000000', unused: '0.000000', closes: false },
    ])
  })

  it('keeps both models apart in a month that holds the switch', async () => {
    const later = { usage_start_time: '2026-02-10T08:00:00Z', usage_end_time: '2026-02-10T09:00:00Z' }
    const normalised = await normalise(
      spendFee(54, 100),
      sql(70, { credits: [spendCredit(-70)] }),
      spendFee(54, 54, { credits: [offset(-37.8)], ...later }),
      sql(37.8, {
        cost_at_effective_price_default: 70,
        consumption_model: atModelPrice,
        subscription: { instance_id: 'sub-1' },
        ...later,
      }),
      spendFee(54, 54, { ...later, usage_start_time: '2026-02-11T08:00:00Z' }),
    )
    // 37.8 twice used, 16.2 twice unused, and the hour without offset wholly unused.
    expect((await kpis(normalised))?.['unused']).toBe('86.400000')
    await conserved(normalised)
  })
})

describe('resource-based commitments', () => {
  it('splits the fee between covered and unused hours and leaves the uncovered rest on demand', async () => {
    const normalised = await normalise(
      resourceFee(3, 30),
      usage(8, { credits: [resourceCredit(-8)] }),
      usage(20, { credits: [resourceCredit(-10), { type: 'PROMOTION', name: 'p', amount: -0.5 }] }),
    )
    await conserved(normalised)
    expect(await commitments(normalised)).toEqual([
      { id: 'res-1', fee: '3', used: '1.800000', unused: '1.200000', closes: true },
    ])
    const rows = await normalised.rows(`
      select BilledCost::decimal(9, 2)::varchar as billed, ContractedCost::decimal(9, 2)::varchar as contracted, PricingQuantity::decimal(9, 2)::varchar as quantity, PricingCategory as pricing
      from charges where ChargeCategory = 'Usage' and CommitmentDiscountStatus is distinct from 'Unused' order by 1, 2`)
    expect(rows).toEqual([
      { billed: '0.00', contracted: '10.00', quantity: '10.00', pricing: 'Committed' },
      { billed: '0.00', contracted: '8.00', quantity: '8.00', pricing: 'Committed' },
      { billed: '9.50', contracted: '10.00', quantity: '10.00', pricing: 'Standard' },
    ])
  })

  it('closes to the last digit where the fee does not divide', async () => {
    const normalised = await normalise(
      resourceFee(0.1, 7, { cost: 0.100000000000001 }),
      usage(1, { credits: [resourceCredit(-1)] }),
      usage(2, { credits: [resourceCredit(-2)] }),
    )
    expect((await commitments(normalised)).map((row) => row['closes'])).toEqual([true])
  })

  it('shares usage between several commitments of the family in proportion to their size', async () => {
    const normalised = await normalise(
      resourceFee(1, 10),
      resourceFee(4, 20, { subscription: { instance_id: 'res-2' } }),
      usage(15, { credits: [resourceCredit(-15)] }),
    )
    expect(await commitments(normalised)).toEqual([
      { id: 'res-1', fee: '1', used: '0.500000', unused: '0.500000', closes: true },
      { id: 'res-2', fee: '4', used: '2.000000', unused: '2.000000', closes: true },
    ])
    const sums = await normalised.rows(
      `select sum(PricingQuantity)::integer as quantity, sum(ContractedCost)::integer as contracted from charges where CommitmentDiscountStatus = 'Used'`,
    )
    expect(sums).toEqual([{ quantity: 15, contracted: 15 }])
  })

  it('keeps vCPU and memory of one commitment apart', async () => {
    const ram = { amount: 1e15, unit: 'byte-seconds', amount_in_pricing_units: 40, pricing_unit: 'gibibyte hour' }
    const normalised = await normalise(
      resourceFee(2, 10),
      resourceFee(1, 40, {
        sku: { id: 'FEE-N2-RAM', description: 'Commitment v1: N2 Ram in Iowa for 1 Year' },
        usage: ram,
      }),
      usage(5, { credits: [resourceCredit(-5, 'res-1')] }),
      usage(8, {
        sku: { id: 'N2-RAM', description: 'N2 Instance Ram running in Americas' },
        usage: ram,
        credits: [resourceCredit(-8, 'res-1')],
      }),
    )
    expect(await commitments(normalised)).toEqual([
      { id: 'res-1', fee: '3', used: '2.000000', unused: '1.000000', closes: true },
    ])
  })

  it('takes hours that rounded credits miss by less than a millionth as fully used', async () => {
    const normalised = await normalise(resourceFee(3, 30), usage(30, { credits: [resourceCredit(-29.999999)] }))
    await conserved(normalised)
    expect(await commitments(normalised)).toEqual([
      { id: 'res-1', fee: '3', used: '3.000000', unused: '0.000000', closes: true },
    ])
  })

  it('compares memory hours with a fee that is stated in hours', async () => {
    const ram = { amount: 1e15, unit: 'byte-seconds', amount_in_pricing_units: 30, pricing_unit: 'gibibyte hour' }
    const normalised = await normalise(
      resourceFee(1, 40, { sku: { id: 'FEE-N2-RAM', description: 'Commitment v1: N2 Ram in Iowa for 1 Year' } }),
      usage(8, {
        sku: { id: 'N2-RAM', description: 'N2 Instance Ram running in Americas' },
        usage: ram,
        credits: [resourceCredit(-8)],
      }),
    )
    expect(await commitments(normalised)).toEqual([
      { id: 'res-1', fee: '1', used: '0.750000', unused: '0.250000', closes: true },
    ])
  })

  it('gives covered usage EffectiveCost 0 and a note where the period has no fee for it', async () => {
    const normalised = await normalise(
      resourceFee(3, 30),
      usage(4, { credits: [resourceCredit(-4, 'res-1')] }),
      usage(5, { credits: [resourceCredit(-5, 'elsewhere')], location: { region: 'europe-west1' } }),
    )
    await conserved(normalised)
    const rows = await normalised.rows(
      `select EffectiveCost::integer as effective, x_SourceChanges as note from charges where CommitmentDiscountId = 'elsewhere'`,
    )
    expect(rows).toEqual([
      { effective: 0, note: 'covered by a commitment without fee in this period: EffectiveCost 0' },
    ])
  })

  it('shows a fee without any covered usage as wholly unused, its refund as less', async () => {
    const normalised = await normalise(resourceFee(3, 30), resourceFee(-1, -10))
    expect(await commitments(normalised)).toEqual([
      { id: 'res-1', fee: '2', used: '0.000000', unused: '2.000000', closes: true },
    ])
  })

  it('lets a refund of covered usage take its share back', async () => {
    const normalised = await normalise(
      resourceFee(3, 30),
      usage(10, { credits: [resourceCredit(-10)] }),
      usage(-4, { credits: [resourceCredit(4)], usage: hours(-4) }),
    )
    await conserved(normalised)
    expect(await commitments(normalised)).toEqual([
      { id: 'res-1', fee: '3', used: '0.600000', unused: '2.400000', closes: true },
    ])
  })

  it.skipIf(!existsSync(scenario))(
    'gives the FOCUS rows and the utilisation of the published example, built backwards (needs ../shared)',
    async () => {
      const engine = await openDuckDb({ path: ':memory:' })
      const { rows } = await engine.query(
        `select * from read_csv(${quoteText(scenario)}, all_varchar = true) where ChargeCategory = 'Usage'`,
      )
      engine.close()
      const id = 'projects/my-project-123456/locations/us-central1/commitments/cud-resource-xyz987654321'
      const native = rows.map((row) =>
        usage(Number(row['ContractedCost']), {
          sku: { id: row['SkuId'], description: 'N2 Instance Core running in Americas' },
          usage_start_time: row['ChargePeriodStart'],
          usage_end_time: row['ChargePeriodEnd'],
          usage: hours(Number(row['PricingQuantity'])),
          resource: { name: row['ResourceName'], global_name: row['ResourceId'] },
          credits: row['CommitmentDiscountId'] ? [resourceCredit(-Number(row['ContractedCost']), id)] : [],
        }),
      )
      const fee = resourceFee(706.8, 24, { subscription: { instance_id: id } })
      const normalised = await normalise(fee, ...native)
      expect((await kpis(normalised))?.['utilisation']).toBe('1.000000000000')
      const wrong = await normalised.rows(`
      select ResourceId, BilledCost::decimal(9, 2) as b, EffectiveCost as e, CommitmentDiscountStatus as s, ChargePeriodStart as t from charges where ChargeCategory = 'Usage'
      except
      select ResourceId, BilledCost::decimal(9, 2), EffectiveCost::decimal(38, 15), CommitmentDiscountStatus, ChargePeriodStart::timestamp from read_csv(${quoteText(scenario)}, all_varchar = true)`)
      expect(wrong).toEqual([])
    },
  )
})

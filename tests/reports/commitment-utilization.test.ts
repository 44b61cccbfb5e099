import { describe, expect, test } from 'vitest'
import { estateOf, type Row } from '../support/rows.ts'
import { vector, withoutVectors } from '../support/vectors.ts'

const covered = (cost: string, onDemand: string, more: Row = {}): Row => ({
  BilledCost: '0',
  EffectiveCost: cost,
  ContractedCost: onDemand,
  ListCost: onDemand,
  PricingCategory: 'Committed',
  CommitmentDiscountId: 'plan',
  CommitmentDiscountStatus: 'Used',
  ...more,
})
const wasted = (cost: string, more: Row = {}): Row =>
  covered(cost, '0', { CommitmentDiscountStatus: 'Unused', ResourceId: 'plan', ...more })

const close = (actual: unknown, expected: string | number) => expect(Number(actual)).toBeCloseTo(Number(expected), 9)

async function total(rows: readonly Row[], params = {}) {
  const found = await (await estateOf(rows)).run('commitment_utilization', params)
  expect(found).toHaveLength(1)
  return found[0] ?? {}
}

describe.skipIf(withoutVectors)('worked examples (skipped without ../shared/specs/vectors.json)', () => {
  test('C04 and C05: utilisation, waste, coverage, savings and their identity', async () => {
    const { inputs, expected } = vector('C04')
    const rows = inputs.rows.map(({ hour, ...row }: Row) => ({
      ...row,
      ChargePeriodStart: `2026-09-01T0${String(hour).slice(1)}:00:00Z`,
    }))
    const row = await total(rows)
    close(row['utilisation'], expected.utilisation)
    close(row['waste'], expected.waste)
    close(row['gross_savings'], expected.gross_savings)
    close(row['net_savings'], expected.net_savings)
    close(row['coverage'], expected.coverage_on_demand_equivalent)
    close(row['eligible_on_demand'], expected.eligible_on_demand_equivalent)
    close(row['esr'], expected.esr)
    close(row['esr_list'], expected.esr)
    close(row['discount_on_used'], expected.discount_on_used)
    close(row['utilisation_by_quantity'], expected.utilisation)
    close(row['break_even_utilisation'], vector('C05').expected.break_even_utilisation)
    const [c, d, u] = [Number(row['coverage']), Number(row['discount_on_used']), Number(row['utilisation'])]
    close(row['esr'], c * (1 - (1 - d) / u))
  })

  test('C04: cash and accrual totals agree when the whole commitment lies in the window', async () => {
    const { inputs, expected } = vector('C04')
    const estate = await estateOf(inputs.rows.map(({ hour, ...row }: Row) => row))
    const [month] = await estate.run('cost_by_month')
    close(month?.['billed_cost'], expected.billed_total)
    close(month?.['effective_cost'], expected.effective_total)
    const parts = await estate.run('cost_explorer', { group_by: 'charge_category' })
    const usual = parts.filter((part) => !['Tax', 'Credit'].includes(String(part['group_value'])))
    close(
      usual.reduce((sum, part) => sum + Number(part['effective_cost']), 0),
      expected.effective_total_ex_tax_credit,
    )
  })

  test('C24: net savings are on-demand equivalent less the whole commitment', async () => {
    const { inputs, expected } = vector('C24')
    for (const [index, response] of inputs.responses.entries()) {
      const row = await total([
        covered(response.UsedCommitment, response.OnDemandCostEquivalent),
        wasted(response.UnusedCommitment),
      ])
      close(row['net_savings'], expected.rows[index].net_savings_recomputed)
      expect((100 * Number(row['utilisation'])).toFixed(2)).toBe(expected.rows[index].utilisation_pct_2dp)
    }
  })

  test('C01: a reservation used 1,296 of 1,440 hours', async () => {
    const { inputs, expected } = vector('C01')
    const rate = Number(inputs.amortised_upfront_rate_per_hour) + Number(inputs.recurring_rate_per_hour)
    const used = (inputs.used_hours * rate).toFixed(6)
    const row = await total([
      covered(used, (inputs.used_hours * Number(inputs.on_demand_rate_per_hour)).toFixed(6)),
      wasted(((inputs.reservations * inputs.hours_in_period - inputs.used_hours) * rate).toFixed(6)),
    ])
    close(100 * Number(row['utilisation']), expected.UtilizationPercentage)
    close(row['commitment_cost'], expected.TotalAmortizedFee)
    close(row['used_on_demand'], expected.OnDemandCostOfRIHoursUsed)
    close(row['net_savings'], expected.NetRISavings)
    close(row['waste'], expected.RICostForUnusedHours)
    close(row['gross_savings'], expected.RealizedSavings_inferred)
  })

  test('C07: break-even utilisation of a 40 % discount is 60 %', async () => {
    const { inputs, expected } = vector('C07')
    const row = await total([covered('0.06', inputs.on_demand_rate)])
    close(row['break_even_utilisation'], expected.break_even_utilisation)
  })

  test('C13: the prepaid balance is cash less accrual and 0 at the end of the term', async () => {
    const { expected } = vector('C13')
    const day = (hour: number) => ({ ChargePeriodStart: `2026-09-${String(hour + 1).padStart(2, '0')}T00:00:00Z` })
    const rows = expected.schedule.flatMap((step: { hour: number; billed: string; effective: string }) => [
      {
        ...day(step.hour),
        ChargeCategory: 'Purchase',
        CommitmentDiscountId: 'plan',
        BilledCost: step.billed,
        EffectiveCost: '0',
      },
      covered(step.effective, '1.5', day(step.hour)),
    ])
    const balance = await (await estateOf(rows)).run('prepaid_balance')
    balance.forEach((row, hour) => {
      close(row['cumulative_billed'], expected.schedule[hour].cum_billed)
      close(row['prepaid_balance'], expected.schedule[hour].prepaid_balance)
    })
    expect(balance).toHaveLength(10)
  })
})

test('no commitment is not 0 % utilisation, and its coverage is a true 0', async () => {
  const row = await total([{ BilledCost: '5' }])
  expect(row).toMatchObject({
    utilisation: null,
    waste_share: null,
    coverage: 0,
    esr: 0,
    discount_on_used: null,
    target_status: 'not_computable',
  })
  expect(row).toMatchObject({
    state: 'not_computable',
    reason: 'no commitment in this scope: utilisation is not computable',
  })
})

test('an estate without usage has no ratio at all', async () => {
  expect(await (await estateOf([])).run('commitment_utilization')).toEqual([])
  expect(await (await estateOf([{ BilledCost: '5', ChargeCategory: 'Tax' }])).run('commitment_utilization')).toEqual([])
})

test('a commitment that nothing uses: utilisation 0, waste in full, savings negative and not clamped', async () => {
  const row = await total([wasted('2'), { BilledCost: '8' }])
  expect(row).toMatchObject({
    utilisation: 0,
    waste: '2.000000000000000',
    net_savings: '-2.000000000000000',
    coverage: 0,
    esr: -0.25,
  })
})

test('what the provider writes as list cost of an unused row is ignored', async () => {
  const row = await total([covered('1', '2'), wasted('1', { ListCost: '78.60', ContractedCost: '78.60' })])
  expect(row).toMatchObject({ used_on_demand: '2.000000000000000', net_savings: '0.000000000000000', esr_list: 0 })
})

test('spot, storage and purchases are outside coverage; a service seen covered is inside', async () => {
  const row = await total([
    covered('1', '2'),
    { BilledCost: '3', PricingCategory: 'Dynamic' },
    { BilledCost: '4', ServiceName: 'Object Storage', ServiceCategory: 'Storage' },
    { BilledCost: '2', ServiceName: 'Search', ServiceCategory: 'Analytics' },
    covered('1', '2', { ServiceName: 'Search', ServiceCategory: 'Analytics' }),
    { BilledCost: '9', ChargeCategory: 'Purchase' },
  ])
  expect(row).toMatchObject({ uncovered_on_demand: '2.000000000000000', eligible_on_demand: '6.000000000000000' })
})

test('prices written as 0 make savings incomplete, with the known share', async () => {
  const row = await total([covered('1', '2'), covered('1', '0')])
  expect(row).toMatchObject({ state: 'incomplete', price_coverage: 0.5 })
  expect(row['reason']).toContain('known for 50.0 %')
})

test('without any price savings are unknown, not zero, and utilisation stands', async () => {
  const row = await total([covered('3', '0', { ListCost: null, ContractedCost: null }), wasted('1')])
  expect(row).toMatchObject({
    utilisation: 0.75,
    net_savings: null,
    gross_savings: null,
    esr: null,
    coverage: null,
    state: 'incomplete',
  })
})

test('currencies are never summed, and a commitment is named', async () => {
  const estate = await estateOf([
    covered('3', '4', { CommitmentDiscountName: 'Plan A' }),
    covered('1', '2', { BillingCurrency: 'EUR', CommitmentDiscountId: 'other' }),
    wasted('1', { BillingCurrency: 'EUR', CommitmentDiscountId: 'other' }),
  ])
  const rows = await estate.run('commitment_utilization', { group_by: 'commitment' })
  expect(
    rows.map((row) => [
      row['billing_currency'],
      row['group_value'],
      row['group_name'],
      row['utilisation'],
      row['coverage'],
    ]),
  ).toEqual([
    ['EUR', 'other', 'other', 0.5, null],
    ['USD', 'plan', 'Plan A', 1, null],
  ])
})

test('a refund may make the commitment negative for a while and is shown', async () => {
  const row = await total([covered('-4', '-5'), wasted('1')])
  expect(row).toMatchObject({ commitment_cost: '-3.000000000000000', used_cost: '-4.000000000000000' })
})

test('the basis names the price: list beside contracted', async () => {
  const rows = [covered('1', '2', { ListCost: '4' })]
  expect(await total(rows, { basis: 'list' })).toMatchObject({ basis: 'list', gross_savings: '3.000000000000000' })
  expect(await total(rows)).toMatchObject({ basis: 'contracted', gross_savings: '1.000000000000000' })
})

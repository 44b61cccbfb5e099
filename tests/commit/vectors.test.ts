import { describe, expect, test } from 'vitest'
import { applyFlexibleReservation, applyPlan } from '../../src/commit/apply.ts'
import { backTest } from '../../src/commit/back-test.ts'
import { demandOf } from '../../src/commit/demand.ts'
import { amortisation, breakEven } from '../../src/commit/financing.ts'
import { decimalText, fraction, toNumber } from '../../src/commit/fraction.ts'
import { outcomeOf } from '../../src/commit/outcome.ts'
import { performanceOf } from '../../src/commit/performance.ts'
import { committedAt, expiryStep, obligations } from '../../src/commit/portfolio-terms.ts'
import { levelAt, sizingQuantile } from '../../src/commit/quantile.ts'
import { bestForScenarios, expectedCost, minimaxRegret, worstRegret } from '../../src/commit/risk.ts'
import { shareCommitment } from '../../src/commit/sharing.ts'
import { sizeOf } from '../../src/commit/size.ts'
import { spendCud } from '../../src/commit/spend-cud.ts'
import { cheapest, termCosts } from '../../src/commit/term.ts'
import { unusedAdvice, wasteToDate } from '../../src/commit/unused.ts'
import { vector, withoutVectors } from '../support/vectors.ts'
import { demandAt, mixedDemand } from './demand.ts'

const close = (actual: unknown, expected: string | number) => expect(Number(actual)).toBeCloseTo(Number(expected), 9)
const numbers = (record: Record<string, string>) => Object.values(record).map(Number)

describe.skipIf(withoutVectors)('worked examples (skipped without ../shared/specs/vectors.json)', () => {
  test('C02: a size-flexible reservation covers the smaller size first; three bases of coverage', () => {
    const { inputs, expected } = vector('C02')
    const uses = inputs.usage.map((use: Record<string, string>) => ({
      id: String(use['instance']),
      hours: Number(use['hours']),
      factor: Number(use['normalisation_factor']),
      on_demand_rate: Number(use['on_demand_rate']),
    }))
    const { reservation } = inputs
    const done = applyFlexibleReservation(uses, reservation.count * Number(reservation.normalised_units_per_hour))
    expected.lines.forEach((line: Record<string, string>, i: number) => {
      expect(done.lines[i]?.id).toBe(line['instance'])
      close(done.lines[i]?.covered, line['covered_fraction'] ?? '')
      close(done.lines[i]?.covered_units, line['covered_units'] ?? '')
      close(done.lines[i]?.on_demand_cost, line['on_demand_residual_cost'] ?? '')
    })
    close(done.unused_units, expected.unused_units)
    close(done.utilisation, expected.utilisation_units)
    close(done.coverage_by_units, expected.coverage_by_units)
    close(done.coverage_by_hours, expected.coverage_by_hours)
    close(done.coverage_by_on_demand, expected.coverage_by_on_demand_equivalent)
  })

  test('C03: a savings plan covers the highest discount first, ties by lowest rate', () => {
    const { inputs, expected } = vector('C03')
    const items = inputs.usage.map((use: Record<string, string>) => ({
      id: String(use['item']),
      quantity: Number(use['quantity']),
      on_demand_rate: Number(use['on_demand_rate']),
      plan_rate: Number(use['sp_rate']),
    }))
    for (const one of Object.values(expected.cases) as Record<string, never>[]) {
      const done = applyPlan(items, Number(one['commitment']))
      close(done.used, one['used_commitment'] ?? '')
      close(done.unused, one['unused_commitment'] ?? '')
      close(done.on_demand_cost, one['on_demand_cost'] ?? '')
      close(done.hour_total, one['hour_total'] ?? '')
      close(done.covered_ode, one['on_demand_equivalent_covered'] ?? '')
      close(done.used / Number(one['commitment']), one['utilisation'] ?? '')
      for (const [id, line] of Object.entries(one['lines'] ?? {}) as [string, Record<string, string>][]) {
        const found = done.lines.find((each) => each.id === id)
        close(found?.covered, line['covered_fraction'] ?? '')
        close(found?.plan_cost, line['sp_cost'] ?? '')
        close(found?.on_demand_cost, line['on_demand_cost'] ?? '')
      }
    }
  })

  test('C07: break-even of an all-upfront year', () => {
    const { inputs, expected } = vector('C07')
    const found = breakEven({
      upfront: Number(inputs.upfront),
      recurring_rate: 0,
      term_hours: inputs.term_hours,
      on_demand_rate: Number(inputs.on_demand_rate),
    })
    close(found.hours, expected.break_even_hours)
    close(found.days, expected.break_even_days)
    close(found.months, expected.break_even_months_730h)
    close(found.utilisation, expected.break_even_utilisation)
    close(found.effective_rate, expected.effective_hourly)
  })

  test('C08: the d-quantile of demand, the lowest of a flat top, and the whole cost curve', () => {
    const { inputs, expected } = vector('C08')
    const hours: number[] = inputs.hourly_on_demand_equivalent
    const demand = demandAt(hours.map(String), inputs.discount)
    const { per_hour, outcome } = sizeOf(demand)
    expect(decimalText(per_hour)).toBe(expected.recommended_sp_commitment)
    close(levelAt(hours, sizingQuantile(Number(inputs.discount))), expected.recommended)
    close(toNumber(outcome.used) / toNumber(outcome.paid), expected.utilisation_at_recommended)
    close(toNumber(outcome.covered) / toNumber(outcome.on_demand), expected.coverage_at_recommended)
    for (const { K, avg_cost } of expected.curve) {
      const done = outcomeOf(demand, fraction(String(K * Number(expected.price_ratio))), 1)
      close((toNumber(done.paid) + toNumber(done.on_demand) - toNumber(done.covered)) / hours.length, avg_cost)
    }
  })

  test('C10: one origin of a back-test, with the regret against hindsight', () => {
    const { inputs, expected } = vector('C10')
    const rate = 1 - Number(inputs.discount)
    const demand = demandAt([...inputs.lookback, ...inputs.next_window].map(String), inputs.discount)
    const rule = (history: typeof demand) => toNumber(sizeOf(history).per_hour)
    const found = backTest(demand, rule, 4, 4)
    expect(found.origins).toBe(1)
    close(found.on_demand, expected.on_demand_cost)
    close(found.savings, expected.realised_savings)
    close(found.savings_rate, expected.realised_savings_rate)
    close(found.utilisation, expected.utilisation)
    close(found.regret, expected.regret)
    const scored = performanceOf(demand, Number(expected.recommended_ode) * rate, 4, 8)
    close(scored.paid + scored.on_demand - scored.covered, expected.realised_cost)
  })

  test('C11: scenario-weighted size and the size of least worst regret', () => {
    const { inputs, expected } = vector('C11')
    const d = Number(inputs.discount)
    const scenarios = inputs.scenarios.map((one: { p: string; demand: number }) => ({ ...one, p: Number(one.p) }))
    const demands = scenarios.map(({ demand }: { demand: number }) => demand)
    close(bestForScenarios(scenarios, d), expected.optimal_expected)
    close(expectedCost(scenarios, 0, d), expected.on_demand_expected)
    for (const [size, cost] of Object.entries(expected.expected_cost))
      close(expectedCost(scenarios, Number(size), d), cost as string)
    for (const [size, regret] of Object.entries(expected.max_regret))
      close(worstRegret(Number(size), demands, d), regret as string)
    const found = minimaxRegret(40, 100, d)
    close(found.size, expected.minimax_regret_commitment)
    close(found.regret, expected.minimax_regret)
  })

  test('C12: one year renewed, three years or on demand, by the month in which the workload ends', () => {
    const { inputs, expected } = vector('C12')
    const ratios = { one_year: Number(inputs.one_year_price_ratio), three_year: Number(inputs.three_year_price_ratio) }
    for (const row of expected.table) {
      const costs = termCosts(ratios, row.months_alive)
      close(costs.on_demand, row.on_demand)
      close(costs.one_year_renewed, row.one_year_renewed)
      close(costs.three_year, row.three_year)
      expect(cheapest(costs, ['on_demand', 'one_year_renewed', 'three_year'])).toBe(row.cheapest)
    }
    expect(cheapest(termCosts(ratios, 18))).toBe('one_year_then_on_demand')
  })

  test('C13: partial upfront is a prepaid asset that ends at 0', () => {
    const { inputs, expected } = vector('C13')
    const hours = amortisation(Number(inputs.hourly_commitment), inputs.term_hours, Number(inputs.upfront_fraction))
    expected.schedule.forEach((row: Record<string, string>, i: number) => {
      close(hours[i]?.billed, row['billed'] ?? '')
      close(hours[i]?.effective, row['effective'] ?? '')
      close(hours[i]?.prepaid, row['prepaid_balance'] ?? '')
    })
  })

  test('C15: a month in flight has not wasted what has not elapsed', () => {
    const { inputs, expected } = vector('C15')
    const found = wasteToDate({
      amortised: Number(inputs.amortised_upfront_for_period),
      hours: inputs.period_hours,
      elapsed_hours: inputs.elapsed_hours,
      used: Number(inputs.effective_cost_of_used_hours_to_date),
    })
    close(found.elapsed, expected.elapsed_amortisation)
    close(found.waste, expected.waste_to_date)
    close(found.utilisation, expected.utilisation_to_date)
  })

  test('C16: both of Google’s models cost the same', () => {
    const { inputs, expected } = vector('C16')
    for (const { name, usage_on_demand_equivalent } of inputs.cases) {
      const { legacy, current } = spendCud(
        Number(inputs.commitment_on_demand_equivalent),
        Number(usage_on_demand_equivalent),
        Number(inputs.discount),
      )
      const { legacy_credit_model: old, new_consumption_model: fresh, ...kpis } = expected[name]
      close(legacy.net, old.net)
      close(legacy.credit, old.cud_credit)
      close(legacy.commitment_fee, old.commitment_fee)
      close(current.net, fresh.net)
      close(current.usage_at_discount, fresh.usage_at_cud_price)
      close(current.usage_on_demand, fresh.usage_on_demand)
      close(current.credit, fresh.fee_utilization_offset)
      close(legacy.commitment, kpis.commitment_expressed_legacy)
      close(current.commitment, kpis.commitment_expressed_new)
      close(current.usage_at_discount / current.commitment, kpis.utilisation)
      close(current.commitment_fee + current.credit, kpis.unused_cost)
      close(legacy.usage_on_demand - legacy.net, kpis.net_savings)
      close(-legacy.credit / legacy.usage_on_demand, kpis.coverage)
    }
  })

  test('C19: three ways to share, one total', () => {
    const { inputs, expected } = vector('C19')
    const accounts = Object.fromEntries(
      Object.entries(inputs.accounts as Record<string, Record<string, string>>).map(([name, use]) => [
        name,
        {
          covered_ode: Number(use['covered_ode']),
          covered_effective: Number(use['covered_effective']),
          uncovered: Number(use['uncovered']),
        },
      ]),
    )
    const found = shareCommitment(accounts, Number(inputs.unused_cost), inputs.owner)
    expect(Object.values(found.provider_native)).toEqual(numbers(expected.provider_native_unused_to_owner))
    expect(Object.values(found.by_benefit)).toEqual(numbers(expected.unused_by_benefit))
    expect(Object.values(found.pooled)).toEqual(numbers(expected.pooled_rate_by_eligible_ode))
    for (const policy of [found.provider_native, found.by_benefit, found.pooled])
      close(
        Object.values(policy as Record<string, number>).reduce((a, b) => a + b),
        expected.total,
      )
  })

  test('C20: expiry calendar, remaining obligation and lock-in of a ladder', () => {
    const { inputs, expected } = vector('C20')
    const plans = inputs.plans.map((plan: Record<string, string>) => ({
      ...plan,
      commitment_per_hour: fraction(plan['commitment_per_hour'] ?? ''),
    }))
    const found = obligations(
      plans,
      inputs.as_of,
      fraction(inputs.eligible_sp_rate_spend_per_hour),
      [90, 180, 270, 365],
    )
    found.plans.forEach((plan, i) => {
      expect(decimalText(plan.remaining_days)).toBe(String(expected.plans[i].remaining_days))
      expect(decimalText(plan.remaining_obligation)).toBe(expected.plans[i].remaining_obligation)
    })
    expect(decimalText(found.total)).toBe(expected.total_remaining_obligation)
    expect(found.weighted_days && decimalText(found.weighted_days)).toBe(expected.weighted_average_remaining_days)
    expect(decimalText(found.active_per_hour)).toBe(expected.active_commitment_per_hour)
    expect(found.lock_in_months && decimalText(found.lock_in_months)).toBe(expected.lock_in_months_at_eligible_run_rate)
    for (const [days, count] of Object.entries(expected.expiring_within_days))
      expect(found.expiring[Number(days)]).toBe(Number(count))
    for (const [month, amount] of Object.entries(expected.committed_per_hour_by_month))
      expect(decimalText(committedAt(plans, `${month}-01`))).toBe(amount)
  })

  test('C21: the step in cost when a plan ends takes its waste along', () => {
    const { inputs, expected } = vector('C21')
    const found = expiryStep(
      {
        used_ode_rate: Number(inputs.used_ode_per_hour),
        used_rate: Number(inputs.used_effective_per_hour),
        unused_rate: Number(inputs.unused_per_hour),
      },
      inputs.expiry,
      { start: '2026-08-01T00:00:00Z', hours: inputs.month_hours },
    )
    expect(found.hours_after).toBe(expected.hours_after_expiry)
    close(found.extra_in_month, expected.extra_cost_in_month)
    close(found.monthly_step, expected.monthly_step_730h)
  })

  test('C26: an unused commitment is advice, not a saving', () => {
    const { inputs, expected } = vector('C26')
    expect(unusedAdvice(inputs.unused_cost_month)).toEqual(expected)
  })

  test('C29: the quantile with a probability to vanish, and with salvage', () => {
    const { inputs, expected } = vector('C29')
    const d = Number(inputs.discount)
    close(sizingQuantile(d), expected.quantile_plain)
    close(sizingQuantile(d, Number(inputs.vanish_probability)), expected.quantile_with_vanish)
    close(sizingQuantile(d, 0, Number(inputs.salvage_fraction)), expected.quantile_with_salvage)
  })

  test('C30: a breakpoint inside an hour, and the lowest of a flat top', () => {
    const { inputs, expected } = vector('C30')
    const demand = mixedDemand(
      inputs.hours.map((items: { on_demand_cost: string; discount: string }[]) =>
        items.map((item) => [item.on_demand_cost, item.discount] as const),
      ),
    )
    const { per_hour, outcome } = sizeOf(demand)
    expect(decimalText(per_hour)).toBe(expected.optimal_commitment)
    close(toNumber(outcome.covered) - toNumber(outcome.paid), expected.optimal_net_savings)
    for (const [commitment, net] of Object.entries(expected.net_savings)) {
      const done = outcomeOf(demand, fraction(commitment), 1)
      close(toNumber(done.covered) - toNumber(done.paid), net as string)
    }
    expect([...new Set(demandOf(demand).priced)].sort((a, b) => a - b)).toEqual(expected.breakpoints.map(Number))
  })
})

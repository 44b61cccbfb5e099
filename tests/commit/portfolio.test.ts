import { describe, expect, test } from 'vitest'
import { random } from '../../bench/worlds/random.ts'
import { applyPlan } from '../../src/commit/apply.ts'
import type { Commitment, Instrument, Series } from '../../src/commit/instrument.ts'
import { sizePortfolio } from '../../src/commit/portfolio.ts'
import { replay, replayCost } from '../../src/commit/replay.ts'
import { vector, withoutVectors } from '../support/vectors.ts'

const series = (id: string, ode: readonly number[], account = 'a'): Series => ({
  id,
  provider: 'aws',
  account,
  ode: Float64Array.from(ode),
})

function plan(
  id: string,
  kind: string,
  discounts: Readonly<Record<number, number>>,
  more: Partial<Instrument> = {},
): Instrument {
  return {
    id,
    provider: 'aws',
    kind,
    account: null,
    shared: true,
    unit_cost: 1,
    step: 0.001,
    draws: new Map(Object.entries(discounts).map(([index, d]) => [Number(index), { per_ode: 1 - d, rank: 1 - d }])),
    ...more,
  }
}

const bought = (instrument: Instrument, amount: number, start = 0, end = 1e9): Commitment => ({
  ...instrument,
  amount,
  start,
  end,
})

describe('replay', () => {
  test.skipIf(withoutVectors)('a compute plan does in an hour what applyPlan does (vector C03)', () => {
    const { inputs, expected } = vector('C03')
    const usage: Record<string, string>[] = inputs.usage
    const rates = usage.map((use) => ({ od: Number(use['on_demand_rate']), sp: Number(use['sp_rate']) }))
    const all = usage.map((use, i) => series(String(use['item']), [Number(use['quantity']) * (rates[i]?.od ?? 0)]))
    const compute = plan(
      'sp',
      'compute-savings-plan',
      Object.fromEntries(rates.map(({ od, sp }, i) => [i, 1 - sp / od])),
    )
    for (const amount of inputs.commitments.map(Number)) {
      const done = replay(all, [bought(compute, amount)])
      const hour = applyPlan(
        usage.map((use, i) => ({
          id: String(use['item']),
          quantity: Number(use['quantity']),
          on_demand_rate: rates[i]?.od ?? 0,
          plan_rate: rates[i]?.sp ?? 0,
        })),
        amount,
      )
      expect(replayCost(done)).toBeCloseTo(hour.hour_total, 9)
      expect(done.uses[0]?.used_units).toBeCloseTo(hour.used, 9)
    }
    expect(replayCost(replay(all, [bought(compute, 20)]))).toBeCloseTo(Number(expected.cases.short_20.hour_total), 9)
  })

  test('reservations come before instance plans, these before compute plans, whatever their names', () => {
    const all = [series('m5', [10])]
    const compute = bought(plan('a', 'compute-savings-plan', { 0: 0.5 }), 2)
    const instance = bought(plan('b', 'instance-savings-plan', { 0: 0.6 }), 2)
    const reservation = bought(
      plan('c', 'reservation', {}, { unit_cost: 0.5, step: 1, draws: new Map([[0, { per_ode: 1, rank: 8 }]]) }),
      4,
    )
    const done = replay(all, [compute, instance, reservation])
    expect(done.uses.map(({ id, covered_ode }) => [id, covered_ode])).toEqual([
      ['c', 4],
      ['b', 5],
      ['a', 1],
    ])
    expect(done.uses[2]?.utilisation).toBeCloseTo(0.25, 12)
    expect(replayCost(done)).toBeCloseTo(2 + 2 + 2, 12)
  })

  test('the owner comes first; without sharing nobody else is covered', () => {
    const all = [series('x', [10], 'other'), series('y', [10], 'owner')]
    const draws = { 0: 0.5, 1: 0.2 }
    const shared = replay(all, [bought(plan('sp', 'compute-savings-plan', draws, { account: 'owner' }), 9)])
    expect(shared.residual.map((left) => left[0])).toEqual([8, 0])
    const alone = replay(all, [
      bought(plan('sp', 'compute-savings-plan', draws, { account: 'owner', shared: false }), 9),
    ])
    expect(alone.residual.map((left) => left[0])).toEqual([10, 0])
  })

  test('an hour partly inside the term has that part, and nothing is carried over', () => {
    const all = [series('x', [10, 0, 10, 10])]
    const done = replay(all, [bought(plan('sp', 'compute-savings-plan', { 0: 0.5 }), 4, 0.5, 3.25)])
    expect([...(done.residual[0] ?? [])]).toEqual([6, 0, 2, 8])
    expect(done.uses[0]?.paid_units).toBeCloseTo(2.75 * 4, 12)
    expect(done.uses[0]?.used_units).toBeCloseTo(2 + 4 + 1, 12)
  })

  test('a legacy spend CUD in on-demand units costs what the new one costs in discounted units', () => {
    const all = [{ ...series('run', [120, 70]), provider: 'gcp' }]
    const cud = { provider: 'gcp', kind: 'spend-cud' }
    const legacy = plan(
      'legacy',
      'spend-cud',
      {},
      { ...cud, unit_cost: 0.54, draws: new Map([[0, { per_ode: 1, rank: 0.54 }]]) },
    )
    const current = plan('new', 'spend-cud', { 0: 0.46 }, cud)
    const [a, b] = [replay(all, [bought(legacy, 100)]), replay(all, [bought(current, 54)])]
    expect(replayCost(a)).toBeCloseTo(74 + 54, 9)
    expect(replayCost(b)).toBeCloseTo(74 + 54, 9)
  })

  test('a kind the provider does not have is an error that names the plan', () => {
    expect(() => replay([series('x', [1])], [bought(plan('odd', 'spend-cud', { 0: 0.2 }), 1)])).toThrow(
      'odd: aws has no commitment of the kind spend-cud',
    )
  })
})

describe('several instruments', () => {
  const grid = (instruments: readonly Instrument[], all: readonly Series[], step: number, most: number) => {
    let best = Number.POSITIVE_INFINITY
    for (let a = 0; a <= most; a += step)
      for (let b = 0; b <= most; b += step) {
        const amounts = [a, b]
        const cost = replayCost(
          replay(
            all,
            instruments.map((each, k) => bought(each, amounts[k] as number)),
          ),
        )
        best = Math.min(best, cost)
      }
    return best
  }

  test.each(Array.from({ length: 20 }, (_, i) => i))(
    'a narrow and a broad plan, against a grid of all sizes, seed %i',
    (seed) => {
      const from = random(`portfolio-${seed}`)
      const hours = (level: number) => Array.from({ length: 24 }, () => Math.round(from.uniform(0.3, 1.2) * level))
      const all = [series('m5', hours(10)), series('c5', hours(6)), series('lambda', hours(4))]
      const instruments = [
        plan('instance', 'instance-savings-plan', { 0: from.uniform(0.3, 0.5) }),
        plan('compute', 'compute-savings-plan', { 0: from.uniform(0.2, 0.3), 1: from.uniform(0.15, 0.3), 2: 0.12 }),
      ]
      const { best, single } = sizePortfolio(all, instruments)
      const bound = grid(instruments, all, 0.5, 16)
      expect(best.cost).toBeLessThanOrEqual(bound * 1.005)
      expect(best.cost).toBeLessThanOrEqual(single.cost)
      expect(best.cost).toBeLessThanOrEqual(best.replay.demand)
    },
  )

  test('amounts are purchasable steps, and existing plans are not bought again', () => {
    const all = [series('m5', Array(48).fill(10))]
    const ri = plan(
      'ri',
      'reservation',
      {},
      { unit_cost: 0.6, step: 1, draws: new Map([[0, { per_ode: 1, rank: 1 }]]) },
    )
    const existing = bought(plan('old', 'instance-savings-plan', { 0: 0.4 }), 3)
    const found = sizePortfolio(all, [ri], [existing])
    const bigger = found.best.commitments.find(({ id }) => id === 'ri')
    expect(bigger?.amount).toBe(5)
    expect(found.best.cost).toBeCloseTo(48 * (5 * 0.6 + 3), 9)
  })

  test('nothing is bought where nothing saves', () => {
    const { best } = sizePortfolio([series('x', [10, 0, 0, 0])], [plan('sp', 'compute-savings-plan', { 0: 0.3 })])
    expect(best.commitments).toEqual([])
    expect(best.cost).toBe(10)
  })
})

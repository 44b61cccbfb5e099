import { describe, expect, test } from 'vitest'
import { random } from '../../bench/worlds/random.ts'
import { backTest, refusal } from '../../src/commit/back-test.ts'
import { commitmentRange } from '../../src/commit/bootstrap.ts'
import { breakEven, impliedInterest } from '../../src/commit/financing.ts'
import { decimalText, fraction, one, toNumber, zero } from '../../src/commit/fraction.ts'
import { parseHour } from '../../src/commit/hour-text.ts'
import { ladder } from '../../src/commit/ladder.ts'
import { performanceOf, savingsOf } from '../../src/commit/performance.ts'
import { obligations } from '../../src/commit/portfolio-terms.ts'
import { suggest } from '../../src/commit/postures.ts'
import { discountAfterCut, sizingQuantile } from '../../src/commit/quantile.ts'
import { worthOf } from '../../src/commit/search.ts'
import { sizeOf } from '../../src/commit/size.ts'
import { discountBeyondSustainedUse } from '../../src/commit/spend-cud.ts'
import { cheapest, expectedTermCosts } from '../../src/commit/term.ts'
import { trendFactor } from '../../src/commit/trend.ts'
import { demandAt } from './demand.ts'

const lab = { policy: {}, entryHours: 1 } as const
const hoursOf = (weeks: number, level: (hour: number) => number) =>
  demandAt(
    Array.from({ length: weeks * 168 }, (_, hour) => level(hour).toFixed(4)),
    '0.3',
  )

describe('back-test', () => {
  test('regret is never negative for the rule that hindsight uses too, and 0 for demand that never changes', () => {
    const from = random('regret')
    const noisy = hoursOf(20, () => from.uniform(1, 9))
    const rule = (history: typeof noisy) => toNumber(sizeOf(history).per_hour)
    expect(backTest(noisy, rule, 168, 168).regret).toBeGreaterThanOrEqual(0)
    const flat = backTest(
      hoursOf(10, () => 5),
      rule,
      168,
      168,
    )
    expect(flat).toMatchObject({ origins: 9, losses: 0, regret: 0, utilisation: 1 })
    expect(flat.savings_rate).toBeCloseTo(0.3, 12)
  })

  test('no demand is no savings rate, and nothing bought no utilisation', () => {
    const found = backTest(
      hoursOf(4, () => 0),
      () => 0,
      168,
      168,
    )
    expect(found).toMatchObject({ savings_rate: null, utilisation: null, losses: 0 })
  })

  test.each([
    [{ savings: -1, losses: 1, origins: 8 }, 'lost money in total'],
    [{ savings: 5, losses: 3, origins: 11 }, 'lost money at 3 of 11 origins'],
    [{ savings: 5, losses: 2, origins: 8 }, null],
  ])('%j is refused: %s', (part, reason) => {
    const found = refusal(part)
    if (reason === null) expect(found).toBeNull()
    else expect(found).toContain(reason)
  })
})

describe('postures', () => {
  test('steady demand shows all three, ordered, each with its outcomes and history', () => {
    const from = random('steady')
    const found = suggest(
      hoursOf(40, (hour) => 20 + 5 * Math.sin((hour % 24) / 4) + from.uniform(0, 3)),
      lab,
    )
    expect(found?.shown.map(({ posture }) => posture)).toEqual(['conservative', 'balanced', 'aggressive'])
    const [low, balanced] = (found?.shown ?? []).map(({ per_hour }) => toNumber(per_hour)) as [number, number]
    expect(low).toBeLessThanOrEqual(balanced)
    for (const { range, savings, back_test, worst_week_utilisation } of found?.shown ?? []) {
      expect(range?.low).toBeLessThanOrEqual(savings)
      expect(range?.high).toBeGreaterThanOrEqual(savings)
      expect(worst_week_utilisation).toBeGreaterThan(0.8)
      expect(back_test.savings).toBeGreaterThan(0)
    }
    expect(found?.lookbacks.map(({ lookback }) => lookback / 24)).toEqual([7, 30, 60, 90])
  })

  test('a demand that keeps falling is not suggested, with the reason', () => {
    const found = suggest(
      hoursOf(40, (hour) => 40 * Math.exp(-hour / 800)),
      lab,
    )
    expect(found?.shown.map(({ posture }) => posture)).not.toContain('balanced')
    expect(found?.refused.find(({ posture }) => posture === 'balanced')?.reason).toContain('lost money')
  })

  test('a short history has no back-test and suggests nothing', () => {
    expect(
      suggest(
        hoursOf(4, () => 5),
        lab,
      ),
    ).toBeNull()
    expect(
      suggest(
        hoursOf(5, () => 5),
        lab,
      )?.shown,
    ).toHaveLength(3)
  })

  test('aggressive buys more on rising demand and less on falling demand', () => {
    const size = (level: (hour: number) => number) => {
      const found = suggest(hoursOf(30, level), lab)
      const all = new Map(found?.shown.map(({ posture, per_hour }) => [posture, toNumber(per_hour)]))
      return [all.get('balanced') ?? Number.NaN, all.get('aggressive') ?? Number.NaN] as const
    }
    const [balanced, aggressive] = size((hour) => 10 + hour / 500)
    expect(aggressive).toBeGreaterThan(balanced)
    expect(
      trendFactor(
        hoursOf(30, (hour) => 30 - hour / 500),
        168,
        2184,
      ),
    ).toBeLessThan(1)
    expect(
      trendFactor(
        hoursOf(5, (hour) => 1 + hour),
        168,
        2184,
      ),
    ).toBe(1)
  })

  test('the range of the best size is the same at every run and holds the best size of steady demand', () => {
    const from = random('range')
    const demand = hoursOf(20, () => from.uniform(5, 10))
    const worth = worthOf(demand.discounts)
    const range = commitmentRange(demand, worth, 168)
    expect(commitmentRange(demand, worth, 168)).toEqual(range)
    const best = toNumber(sizeOf(demand).per_hour)
    expect(range?.low).toBeLessThanOrEqual(best)
    expect(range?.high).toBeGreaterThanOrEqual(best)
    expect(
      commitmentRange(
        hoursOf(3, () => 5),
        worth,
        168,
      ),
    ).toBeNull()
  })

  test('the balanced size beats buying nothing and buying at the mean on the hours it was sized on', () => {
    const from = random('mean')
    const values = Array.from({ length: 2000 }, () => from.logUniform(1, 100))
    const demand = demandAt(
      values.map((value) => value.toFixed(4)),
      '0.3',
    )
    const mean = (0.7 * values.reduce((a, b) => a + b)) / values.length
    const best = savingsOf(performanceOf(demand, toNumber(sizeOf(demand).per_hour)))
    expect(best).toBeGreaterThan(0)
    expect(best).toBeGreaterThan(savingsOf(performanceOf(demand, mean)))
  })
})

describe('term, payment and ladder', () => {
  test('the implied rate makes the saved payments worth the upfront', () => {
    const annual = impliedInterest(500, 0.06, 12) ?? Number.NaN
    const monthly = (1 + annual) ** (1 / 12) - 1
    const worth = Array.from({ length: 12 }, (_, k) => (0.06 * 730) / (1 + monthly) ** (k + 1)).reduce((a, b) => a + b)
    expect(worth).toBeCloseTo(500, 6)
    expect(impliedInterest(12 * 43.8, 0.06, 12)).toBeCloseTo(0, 6)
    expect(impliedInterest(600, 0.06, 12)).toBeLessThan(0)
    expect(impliedInterest(600, 0, 12)).toBeNull()
  })

  test('an offer dearer than on demand never breaks even', () => {
    expect(breakEven({ upfront: 10, recurring_rate: 0.1, term_hours: 8760, on_demand_rate: 0.1 }).hours).toBeNull()
    expect(breakEven({ upfront: 0, recurring_rate: 0.06, term_hours: 8760, on_demand_rate: 0.1 })).toMatchObject({
      hours: 0,
    })
  })

  test('a workload that stays takes three years, one that may end any month does not', () => {
    const ratios = { one_year: 0.72, three_year: 0.54 }
    expect(cheapest(expectedTermCosts(ratios, 0))).toBe('three_year')
    expect(cheapest(expectedTermCosts(ratios, 0.3))).toBe('on_demand')
  })

  test('a ladder never has more than one rung expiring in a month', () => {
    const rungs = ladder(fraction('12'), 4, 12, '2026-01-31')
    expect(rungs.map(({ buy }) => buy)).toEqual(['2026-01-31', '2026-04-30', '2026-07-31', '2026-10-31'])
    const plans = rungs.map(({ buy, end, commitment_per_hour }, i) => ({
      id: String(i),
      start: buy,
      end,
      commitment_per_hour,
    }))
    expect(toNumber(obligations(plans, '2026-11-01', fraction('20')).largest_step ?? one)).toBeLessThan(0.5)
    expect(obligations([], '2026-11-01', zero)).toMatchObject({
      weighted_days: null,
      lock_in_months: null,
      largest_step: null,
    })
  })

  test('adjusted discounts', () => {
    expect(discountAfterCut(0.4, 0.1)).toBeCloseTo(1 / 3, 12)
    expect(discountBeyondSustainedUse(0.46, 0.2)).toBeCloseTo(0.325, 12)
    expect(sizingQuantile(-0.1)).toBe(0)
    expect(sizingQuantile(0.3, 1)).toBe(0)
  })
})

test.each([
  ['2026-03-01T05:00:00Z', 5, false],
  ['2026-03-01 05:00', 5, false],
  ['2026-03-01T05', 5, false],
  ['2026-03-01T05:00:00+05:30', null, false],
  ['2026-03-01T05:30:00+05:30', 0, false],
  ['2026-03-01T01:00:00-04:00', 5, false],
  ['2026-03-01', 0, true],
  ['2026-03-01T24:00:00Z', null, false],
  ['01/03/2026 05:00', null, false],
])('%s is hour %s', (text, hour, isDate) => {
  const start = Date.UTC(2026, 2, 1) / 3_600_000
  expect(parseHour(text)).toEqual(hour === null ? null : { hour: start + hour, isDate })
})

test.each([
  ['9/4', 9n, 4n, '2.25'],
  ['1/3', 1n, 3n, '0.333333333333'],
  ['-2/3', -2n, 3n, '-0.666666666667'],
  ['tiny', -1n, 3n * 10n ** 13n, '0'],
  ['zero', 0n, 7n, '0'],
  ['hundred', 100n, 1n, '100'],
])('%s as decimal text', (_, numerator, denominator, text) => {
  expect(decimalText({ numerator, denominator })).toBe(text)
  expect(decimalText(fraction('1.50e-3'))).toBe('0.0015')
})

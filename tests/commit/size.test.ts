import { describe, expect, test } from 'vitest'
import { random } from '../../bench/worlds/random.ts'
import { breakpoint, type Demand, residualOf } from '../../src/commit/demand.ts'
import { compare, decimalText, fraction, minus, plus, toNumber, zero } from '../../src/commit/fraction.ts'
import { outcomeOf } from '../../src/commit/outcome.ts'
import { levelAt, sizingQuantile } from '../../src/commit/quantile.ts'
import { bestRow, worthOf } from '../../src/commit/search.ts'
import { expectedSavings, type Policy, sizeOf } from '../../src/commit/size.ts'
import { demandAt, mixedDemand } from './demand.ts'

const c08 = ['4', '6', '6', '8', '10', '10', '12', '14', '16', '20']
const sized = (demand: Demand, policy: Policy = {}) => decimalText(sizeOf(demand, policy).per_hour)

/** Every breakpoint scored exactly; the smallest one of the best, 0 if none earns anything. */
function bruteForce(demand: Demand, policy: Policy) {
  const worth = worthOf(demand.discounts, policy.vanish, policy.salvage)
  const candidates = [zero, ...Array.from(demand.units, (_, row) => breakpoint(demand, row))].sort(compare)
  let best = { size: zero, value: zero }
  for (const size of candidates) {
    const value = expectedSavings(outcomeOf(demand, size, 1), worth)
    if (compare(value, best.value) > 0) best = { size, value }
  }
  return best
}

function randomDemand(seed: number): Demand {
  const from = random(`size-${seed}`)
  const discounts = ['0', '0.1', '0.2', '0.3', '0.4', '0.5', '-0.1']
  return mixedDemand(
    Array.from({ length: 1 + Math.floor(from.uniform(0, 12)) }, () =>
      Array.from(
        { length: Math.floor(from.uniform(0, 5)) },
        () =>
          [
            String(Math.floor(from.uniform(0, 6))),
            discounts[Math.floor(from.uniform(0, discounts.length))] as string,
          ] as const,
      ),
    ),
  )
}

describe('against every breakpoint, scored exactly', () => {
  test.each(Array.from({ length: 150 }, (_, i) => i))('mixed discounts with many ties, seed %i', (seed) => {
    const demand = randomDemand(seed)
    const policy: Policy =
      seed % 3 === 0
        ? {}
        : seed % 3 === 1
          ? { vanish: fraction('0.05') }
          : { salvage: fraction('0.4'), vanish: fraction('0.1') }
    const best = bruteForce(demand, policy)
    expect(sized(demand, policy)).toBe(decimalText(best.size))
  })

  test.each(Array.from({ length: 30 }, (_, i) => i))('one discount is the quantile rule, seed %i', (seed) => {
    const from = random(`one-${seed}`)
    const hours = Array.from({ length: 1 + Math.floor(from.uniform(0, 60)) }, () =>
      String(Math.floor(from.uniform(0, 9))),
    )
    const discount = Math.floor(from.uniform(1, 9)) / 10
    const demand = demandAt(hours, String(discount))
    const level = levelAt(hours.map(Number), sizingQuantile(discount))
    expect(toNumber(sizeOf(demand).per_hour)).toBeCloseTo(level * (1 - discount), 12)
  })

  test.each(Array.from({ length: 40 }, (_, i) => i))(
    'the utilisation floor is the largest size that keeps it, seed %i',
    (seed) => {
      const demand = randomDemand(seed)
      const floor = fraction(['0.5', '0.8', '0.9', '1'][seed % 4] as string)
      const found = sizeOf(demand, { floor })
      const wanted = sizeOf(demand).per_hour
      const isKept = (size: typeof wanted) => {
        const { used, paid } = outcomeOf(demand, size, 1)
        return (
          compare(used, {
            numerator: paid.numerator * floor.numerator,
            denominator: paid.denominator * floor.denominator,
          }) >= 0
        )
      }
      expect(compare(found.per_hour, wanted)).toBeLessThanOrEqual(0)
      expect(isKept(found.per_hour)).toBe(true)
      if (compare(found.per_hour, wanted) < 0) expect(isKept(plus(found.per_hour, fraction('0.000001')))).toBe(false)
    },
  )
})

describe('limits and edges', () => {
  test.each([
    ['0', 'there is no discount above 0'],
    ['-0.2', 'there is no discount above 0'],
    ['0.0000001', ''],
  ])('a discount of %s', (discount, reason) => {
    const found = sizeOf(demandAt(c08, discount))
    if (reason) expect(decimalText(found.per_hour)).toBe('0')
    else expect(toNumber(found.per_hour)).toBeCloseTo(4, 5)
    expect(found.reason).toContain(reason)
  })

  test('no demand is nothing to buy, without a division', () => {
    const found = sizeOf(demandAt(['0', '0', '0'], '0.3'))
    expect(decimalText(found.per_hour)).toBe('0')
    expect(found.reason).toContain('no demand')
  })

  test('demand in too few hours is nothing to buy', () => {
    expect(sized(demandAt(['0', '0', '0', '10'], '0.7'))).toBe('0')
    expect(sized(demandAt(['0', '0', '0', '10'], '0.76'))).toBe('2.4')
    expect(sized(demandAt(['0', '0', '0', '10'], '0.75'))).toBe('0')
  })

  test('one hour is bought in full', () => {
    expect(sized(demandAt(['10'], '0.25'))).toBe('7.5')
  })

  test('a probability to vanish at or above the discount buys nothing', () => {
    expect(sized(demandAt(c08, '0.3'), { vanish: fraction('0.3') })).toBe('0')
    expect(sized(demandAt(c08, '0.3'), { vanish: fraction('1') })).toBe('0')
    expect(sized(demandAt(c08, '0.3'), { vanish: fraction('0.299') })).toBe('2.8')
  })

  test('full salvage buys the highest hour', () => {
    expect(sized(demandAt(c08, '0.3'), { salvage: fraction('1') })).toBe('14')
  })

  test('a cap is kept exactly and never passed', () => {
    expect(sized(demandAt(c08, '0.3'), { cap: fraction('3.33') })).toBe('3.33')
    expect(sized(demandAt(c08, '0.3'), { cap: fraction('99') })).toBe('4.2')
    expect(sizeOf(demandAt(c08, '0.3'), { cap: zero }).reason).toContain('the cap is 0')
  })

  test('the better neighbour of a purchasable step, never above a limit', () => {
    const demand = demandAt(['10', '10', '10', '0'], '0.5')
    expect(sized(demand, { step: fraction('2') })).toBe('4')
    expect(sized(demandAt(['10', '10'], '0.5'), { step: fraction('3') })).toBe('6')
    expect(sized(demandAt(['10', '10'], '0.5'), { step: fraction('3'), cap: fraction('5') })).toBe('3')
    expect(sizeOf(demandAt(['1', '1'], '0.5'), { step: fraction('3'), cap: fraction('2') }).reason).toContain(
      'less than one',
    )
  })

  test('existing commitments take the highest discounts first, hour by hour', () => {
    const demand = mixedDemand([
      [
        ['10', '0.4'],
        ['10', '0.2'],
      ],
      [['5', '0.4']],
    ])
    const left = residualOf(demand, [12_000_000n, 9_000_000n])
    expect(left.units).toEqual([0n, 8_000_000n, 0n])
  })

  test('equal breakpoints that differ in binary are one breakpoint', () => {
    const demand = mixedDemand([
      [
        ['0.1', '0.5'],
        ['0.2', '0.5'],
      ],
      [['0.3', '0.5']],
    ])
    expect(sized(demand)).toBe('0.15')
  })

  test('days are sized at half the discount, per hour', () => {
    const demand = demandAt(['240', '240', '480', '480'], '0.6')
    expect(decimalText(sizeOf(demand, {}, 24).per_hour)).toBe('4')
    expect(decimalText(sizeOf(demand, {}, 1).per_hour)).toBe('192')
  })

  test('whole-number weights count hours as often', () => {
    const demand = demandAt(c08, '0.3')
    const row = bestRow(demand, worthOf(demand.discounts), [0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    expect(row).toBe(9)
  })

  test('savings are never clamped: a purchase above demand costs', () => {
    const { covered, paid } = outcomeOf(demandAt(['1'], '0.5'), fraction('10'), 1)
    expect(decimalText(minus(covered, paid))).toBe('-9')
  })
})

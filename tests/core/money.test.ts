import { describe, expect, test } from 'vitest'
import {
  convert,
  formatMinorUnits,
  parseDecimal,
  roundHalfAway,
  roundHalfEven,
  split,
  spread,
} from '../../src/core/money.ts'
import { vector, withoutVectors } from '../support/vectors.ts'

describe.skipIf(withoutVectors)('worked examples (skipped without ../shared/specs/vectors.json)', () => {
  test('A10: a split by weights adds up, in currencies of zero, two and three decimals', () => {
    const { inputs, expected } = vector('A10')
    const results = inputs.cases.map((c: { total: string; decimals: number; weights: Record<string, unknown> }) =>
      split(
        c.total,
        Object.fromEntries(Object.entries(c.weights).map(([key, weight]) => [key, String(weight)])),
        c.decimals,
      ),
    )
    expect(results).toEqual(expected.results)
  })

  test('R08: a conversion rounds the total once and spreads the minor unit', () => {
    const { inputs, expected } = vector('R08')
    for (const { name, lines, rate, decimals } of inputs.cases) {
      const { total_target: total, lines_target } = expected[name]
      expect(convert(lines, rate, decimals)).toEqual({ total, lines: lines_target })
    }
  })

  test('R02: sums are rounded once, half away from zero or half even', () => {
    const { inputs, expected } = vector('R02')
    const cents = inputs.rows.reduce((sum: bigint, row: string) => sum + parseDecimal(row).numerator, 0n)
    const sum = { numerator: cents, denominator: 10n }
    expect(formatMinorUnits(roundHalfAway(sum), 2)).toBe(expected.sum_then_round_half_up)
    expect(formatMinorUnits(roundHalfEven(sum), 2)).toBe(expected.sum_then_round_half_even)
  })

  test('U07: cost to serve with an idle bucket, direct and fully loaded', () => {
    const { inputs, expected } = vector('U07')
    const used = Object.fromEntries(Object.entries(inputs.used_units).map(([key, units]) => [key, String(units)]))
    const idle = inputs.capacity_units - Object.values<number>(inputs.used_units).reduce((a, b) => a + b, 0)
    expect(split(inputs.cost, { ...used, idle: String(idle) }, 2)).toEqual({ ...expected.direct, idle: expected.idle })
    expect(split(inputs.cost, used, 2)).toEqual(expected.fully_loaded)
  })
})

test('a split among weights that are all zero is even', () => {
  expect(split('0.05', { b: '0', a: '0' }, 2)).toEqual({ b: '0.02', a: '0.03' })
})

test('with fewer units than lines the first by key get one each', () => {
  expect(split('0.02', { c: '1', a: '1', b: '1' }, 2)).toEqual({ c: '0.00', a: '0.01', b: '0.01' })
})

test('a split is symmetric under sign', () => {
  expect(split('-100.01', { x: '5', y: '3', z: '2' }, 2)).toEqual({ x: '-50.01', y: '-30.00', z: '-20.00' })
})

test('halves go away from zero or to the even neighbour, on both sides of zero', () => {
  const halves = ['-2.5', '-1.5', '-0.5', '0.5', '1.5', '2.5', '2.4'].map(parseDecimal)
  expect(halves.map(roundHalfAway)).toEqual([-3n, -2n, -1n, 1n, 2n, 3n, 2n])
  expect(halves.map(roundHalfEven)).toEqual([-2n, -2n, 0n, 0n, 2n, 2n, 2n])
})

test('a total that no rounding of the lines explains is refused', () => {
  expect(() => spread(5n, new Map([['a', { numerator: 1n, denominator: 1n }]]))).toThrow('miss the total')
  expect(() => split('1.00', {}, 2)).toThrow('nobody')
  expect(() => parseDecimal('1e3')).toThrow('not a decimal number: 1e3')
})

test('random splits keep the total and stay within one unit of the exact share', () => {
  let seed = 7
  const next = (limit: number) => {
    seed = (seed * 48271) % 2147483647
    return seed % limit
  }
  for (let round = 0; round < 300; round += 1) {
    const total = BigInt(next(2_000_000) - 1_000_000)
    const weights = Array.from({ length: 1 + next(9) }, () => BigInt(next(50)))
    const sum = weights.reduce((a, b) => a + b, 0n)
    if (sum === 0n) continue
    const parts = spread(total, new Map(weights.map((w, i) => [`k${i}`, { numerator: total * w, denominator: sum }])))
    expect([...parts.values()].reduce((a, b) => a + b, 0n)).toBe(total)
    weights.forEach((w, i) => {
      const off = (parts.get(`k${i}`) ?? 0n) * sum - total * w
      expect(off < sum && off > -sum).toBe(true)
    })
  }
})

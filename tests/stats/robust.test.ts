import { expect, test } from 'vitest'
import { mad } from '../../src/stats/mad.ts'
import { median } from '../../src/stats/median.ts'
import { quantile } from '../../src/stats/quantile.ts'
import { weekdayProfile } from '../../src/stats/weekday-profile.ts'

const sample = [3.1, -2, 8, 8, 0.5, 11, 4, 4.5, 100]

test('the median of an even count is the middle of the two central values, and of nothing is not a number', () => {
  expect(median([3, 1, 2, 10])).toBe(2.5)
  expect(median([5])).toBe(5)
  expect(median([])).toBeNaN()
})

test('unknown values are left out', () => {
  expect(median([1, Number.NaN, 3])).toBe(2)
  expect(quantile([Number.NaN], 0.9)).toBeNaN()
})

test('quantiles are of type 7', () => {
  expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75)
  expect(quantile(sample, 0)).toBe(-2)
  expect(quantile(sample, 1)).toBe(100)
  expect(quantile(sample, 0.9)).toBeCloseTo(28.8, 12)
})

test('the median absolute deviation is raw, without the factor of the normal distribution', () => {
  expect(mad([1, 1, 2, 2, 4, 6, 9])).toBe(1)
  expect(mad(sample)).toBe(3.5)
  expect(mad([7, 7, 7])).toBe(0)
})

test('a profile finds the weekend, shrinks with few weeks, and is flat without a level', () => {
  const weeks = Array.from({ length: 56 }, (_, day) => (day % 7 >= 5 ? 5 : 10))
  expect(weekdayProfile(weeks, 0, 1)[5]).toBeCloseTo(5 / 9, 12)
  expect(weekdayProfile(weeks, 0, 1)[0]).toBe(1)
  expect(weekdayProfile(weeks.slice(0, 7), 0, 1)[6]).toBeCloseTo(0.75, 12)
  expect(weekdayProfile([0, 0, 0], 3)).toEqual([1, 1, 1, 1, 1, 1, 1])
  expect(weekdayProfile([], 0)).toEqual([1, 1, 1, 1, 1, 1, 1])
})

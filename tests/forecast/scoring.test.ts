import { expect, test } from 'vitest'
import { scoreGroup, scoreSeries, weeklyScale } from '../../bench/forecast/metrics.ts'

const days = new Float64Array(30).fill(10)
const truth = { days, month: 300, quarter: 900, scale: 2 }

test('the scale of MASE is the mean absolute weekly difference', () => {
  expect(weeklyScale(Float64Array.from({ length: 21 }, (_, i) => Math.floor(i / 7) * 3))).toBe(3)
  expect(weeklyScale(new Float64Array(20))).toBeNaN()
})

test('MASE, sMAPE and MSIS95 of a forecast two above the truth, by hand', () => {
  const flat = (value: number) => new Array<number>(30).fill(value)
  const score = scoreSeries(
    {
      daily: flat(12),
      dailyBand: { lo80: flat(11), hi80: flat(13), lo95: flat(10.5), hi95: flat(14) },
      month: 330,
      monthBand: { lo80: 310, hi80: 340, lo95: 290, hi95: 350 },
      quarter: 900,
      quarterBand: null,
    },
    truth,
  )
  expect(score.mase).toBe(1)
  expect(score.smape).toBeCloseTo((200 * 2) / 22, 10)
  expect(score.inside80).toBe(0)
  expect(score.inside95).toBe(0)
  expect(score.msis).toBeCloseTo((3.5 + 40 * 0.5) / 2, 10)
  expect(score.month).toEqual({ error: 30, actual: 300, inside80: 0, inside95: 1 })
  expect(score.quarter.error).toBe(0)
})

test('a missing answer counts as a forecast of zero without interval, capped', () => {
  const score = scoreSeries(null, { ...truth, scale: 0.1 })
  expect(score.mase).toBe(20)
  expect(score.msis).toBe(400)
  expect(score.month).toEqual({ error: 300, actual: 300, inside80: 0, inside95: 0 })
})

test('group figures: median and 90 % quantile of relative errors, WAPE over sums', () => {
  const scores = [0, 30, 90].map((error) => ({
    mase: 1,
    smape: 1,
    inside80: 1,
    inside95: 1,
    msis: 1,
    month: { error, actual: 300, inside80: 1, inside95: 1 },
    quarter: { error, actual: 300, inside80: 0, inside95: 1 },
  }))
  expect(scoreGroup(scores).month).toMatchObject({ mdape: 10, p90: 26, in80: 100 })
  expect(scoreGroup(scores).month.wape).toBeCloseTo(13.333, 3)
})

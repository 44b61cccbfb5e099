import { expect, test } from 'vitest'
import { calendarOf, dateOf, dayNumber, monthStart, nextQuarter } from '../../src/forecast/calendar.ts'
import { dueLumps } from '../../src/forecast/due-lumps.ts'
import { joinRetags } from '../../src/forecast/retag.ts'
import { stepFactors } from '../../src/forecast/steps.ts'
import { replaysOf, windowsOf } from '../../src/forecast/windows.ts'
import { conformalOffsets, shortestOffsets } from '../../src/stats/conformal.ts'
import { learnLumps, lumpSchedule, ruleText } from '../../src/stats/lumps.ts'
import { rollingMedian } from '../../src/stats/rolling-median.ts'
import { medianInPlace } from '../../src/stats/select.ts'
import { fitTheta, thetaAt } from '../../src/stats/theta.ts'

const day = (date: string) => dayNumber(date) as number
const first = day('2025-01-01')
const calendar = calendarOf(first, 400)
const at = (date: string) => day(date) - first

test('dates: leap day, month starts, quarters; nonsense is no date', () => {
  expect(dateOf(day('2024-02-28') + 1)).toBe('2024-02-29')
  expect(dayNumber('2025-02-29')).toBeNull()
  expect(dayNumber('2025-2-03')).toBeNull()
  expect(dateOf(monthStart(day('2025-12-31'), 1))).toBe('2026-01-01')
  expect(dateOf(nextQuarter(day('2025-12-31')))).toBe('2026-01-01')
  expect(dateOf(nextQuarter(day('2025-06-10')))).toBe('2025-07-01')
})

test('replayed origins keep day of month, last day and distance of the quarter', () => {
  const [tenth] = replaysOf(day('2024-06-01'), day('2025-06-10'), 5)
  expect(dateOf(tenth?.origin ?? 0)).toBe('2025-05-10')
  expect(tenth?.windows.quarter.map(dateOf)).toEqual(['2025-06-01', '2025-09-01'])
  const [last] = replaysOf(day('2024-06-01'), day('2025-04-30'), 5)
  expect(dateOf(last?.origin ?? 0)).toBe('2025-03-31')
  expect(windowsOf(day('2025-04-30')).month.map(dateOf)).toEqual(['2025-04-01', '2025-05-01'])
})

test('medians in place and rolling agree with sorting', () => {
  const values = Float64Array.from({ length: 41 }, (_, i) => (i * 7919) % 101)
  const sorted = (from: number, to: number) => [...values.slice(from, to)].sort((a, b) => a - b)
  expect(medianInPlace(values.slice(), 41)).toBe(sorted(0, 41)[20])
  expect(medianInPlace(values.slice(0, 40), 40)).toBe(((sorted(0, 40)[19] ?? 0) + (sorted(0, 40)[20] ?? 0)) / 2)
  const rolled = rollingMedian(values, 0, 40, 5)
  for (let i = 5; i <= 35; i++) expect(rolled[i]).toBe(sorted(i - 5, i + 6)[5])
})

test('Theta on a straight line keeps half of its slope as drift and passes its end', () => {
  const line = Float64Array.from({ length: 60 }, (_, i) => 10 + 2 * i)
  const fit = fitTheta(line, 0, 59)
  expect(fit.drift).toBeCloseTo(1, 10)
  expect(thetaAt(fit, 1, 60)).toBeGreaterThan(128)
  expect(thetaAt(fit, 30, 60) - thetaAt(fit, 1, 60)).toBeCloseTo(29, 8)
})

test('conformal offsets widen with few errors, contain nought, and nest', () => {
  const errors = Float64Array.from({ length: 199 }, (_, i) => (i - 99) / 99)
  const inner = conformalOffsets(errors, 0.8)
  const outer = conformalOffsets(errors, 0.95)
  expect(inner.high).toBeGreaterThan(0.8)
  expect(inner.high).toBeLessThan(0.83)
  expect(outer.high).toBeGreaterThan(inner.high)
  expect(conformalOffsets([3, 4, 5], 0.8)).toEqual({ low: 0, high: 5 })
  expect(conformalOffsets([], 0.8)).toEqual({ low: 0, high: 0 })
})

test('the shortest offsets leave out one tail of a one-sided sample', () => {
  const errors = Float64Array.from({ length: 100 }, (_, i) => (i < 85 ? -1 : i - 80))
  expect(shortestOffsets(errors, 0.8)).toEqual({ low: -1, high: 0 })
})

test('lumps: a fee on the last day, one that slips, and noise that is none', () => {
  const schedule = lumpSchedule(calendar)
  const dates = ['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-30', '2025-05-31']
  const fee = dates.map((date) => ({ day: at(date), amount: 80 }))
  const [lastDay] = learnLumps(fee, schedule, { from: 0, to: at('2025-06-10') })
  expect(lastDay && ruleText(lastDay.rule)).toBe('last day')
  const slipped = ['2025-02-03', '2025-03-04', '2025-04-03', '2025-05-05'].map((date) => ({
    day: at(date),
    amount: 50,
  }))
  const [slipping] = learnLumps(slipped, schedule, { from: 0, to: at('2025-05-20') })
  expect(slipping?.hits).toHaveLength(4)
  expect(slipping?.slip).toBe(2)
  const odd = [20, 47, 88, 131].map((index) => ({ day: index, amount: index }))
  expect(learnLumps(odd, schedule, { from: 0, to: 150, strict: true })).toEqual([])
})

test('a fee that is late is still to come tomorrow, once; after its slip it is cancelled', () => {
  const schedule = lumpSchedule(calendar)
  const hits = ['2025-02-10', '2025-03-10', '2025-04-10', '2025-05-10'].map((date) => ({ day: at(date), amount: 80 }))
  const [lump] = learnLumps(hits, schedule, { from: 0, to: at('2025-05-31') })
  if (!lump) throw new Error('no lump')
  const dates = (to: string) => dueLumps(lump, schedule, at(to), at('2025-08-01')).map((due) => dateOf(first + due.day))
  expect(dates('2025-06-09')).toEqual(['2025-06-10', '2025-07-10'])
  expect(dates('2025-06-10')).toEqual(['2025-06-11', '2025-07-10'])
  expect(dates('2025-06-14')).toEqual(['2025-07-10'])
})

test('steps: a lasting rise is one factor, growth is none, a short spike is none', () => {
  const level = Float64Array.from({ length: 60 }, (_, i) => (i < 30 ? 10 : 20))
  const factors = stepFactors(level, 60)
  expect(factors[0]).toBeCloseTo(2, 6)
  expect(factors[59]).toBe(1)
  const growth = Float64Array.from({ length: 120 }, (_, i) => 10 * Math.exp(0.02 * i))
  expect([...stepFactors(growth, 120)].every((factor) => factor === 1)).toBe(true)
})

test('a re-tag joins the two histories, an ending without heir does not', () => {
  const cost = (from: number, to: number) =>
    Float64Array.from({ length: 100 }, (_, i) => (i >= from && i < to ? 10 : 0))
  const leaf = (team: string, series: Float64Array) => ({
    provider: 'p',
    account: 'a',
    service: 's',
    team,
    cost: series,
  })
  const [old, heir] = joinRetags([leaf('x', cost(0, 99)), leaf('y', cost(99, 100))], 99)
  expect(old?.some(Boolean)).toBe(false)
  expect(heir?.every((value) => value === 10)).toBe(true)
  const [kept] = joinRetags([leaf('x', cost(0, 60)), leaf('y', cost(0, 100))], 99)
  expect(kept?.[0]).toBe(10)
})

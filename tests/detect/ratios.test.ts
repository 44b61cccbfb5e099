import { expect, onTestFinished, test } from 'vitest'
import { lateSources, visibleOn } from '../../src/detect/freshness.ts'
import { judgeRatio, type RatioSeries } from '../../src/detect/ratio-judge.ts'
import { ratioAlerts } from '../../src/detect/ratio-records.ts'
import { estateOf } from '../support/rows.ts'

/** Numbers in (-1, 1) that look like noise and are the same in each run. */
const noise = (day: number) => {
  const value = Math.sin(78.233 * (day + 1)) * 43758.5453
  return 2 * (value - Math.floor(value)) - 1
}

/** A ratio of a denominator of 1000 a day, 0.97 within half a point, and what `at` says of some days; null is unknown. */
function series(
  at: (day: number) => number | null | undefined,
  more: Partial<RatioSeries> & { days?: number } = {},
): RatioSeries {
  const { days = 150, ...rest } = more
  const ratios = Array.from({ length: days }, (_, day) => {
    const value = at(day)
    return value === undefined ? 0.97 + 0.005 * noise(day) : value
  })
  return {
    numerator: ratios.map((ratio) => (ratio === null ? null : 1000 * ratio)),
    denominator: ratios.map((ratio) => (ratio === null ? null : 1000)),
    ...{ direction: 'down', floor: 0.01, enough: null, worth: ratios.map(() => 1), monday: 0, before: days },
    ...rest,
  }
}

const fall = (day: number) => (day >= 120 ? 0.71 : undefined)

test('a fall is found on its second day, with what it was, what was expected and the money between', () => {
  const [found, ...more] = judgeRatio(series(fall))
  expect(more).toEqual([])
  expect(found).toMatchObject({ onset: 120, found: 121, ratio: 0.71, actual: 1420 })
  expect(found?.expectedRatio).toBeCloseTo(0.97, 2)
  expect(found?.expected).toBeCloseTo(1940, -1)
})

test('one day is no evidence, nor is a fall within the target, nor one that costs next to nothing', () => {
  expect(judgeRatio(series((day) => (day === 120 ? 0.5 : undefined)))).toEqual([])
  expect(judgeRatio(series(fall, { enough: 0.7 }))).toEqual([])
  expect(judgeRatio(series(fall, { worth: Array.from({ length: 150 }, () => 0.001) }))).toEqual([])
})

test('unknown days are no evidence and break none: the next known day is the second', () => {
  const gap = (day: number) => (day === 121 ? null : fall(day))
  expect(judgeRatio(series(gap))).toMatchObject([{ onset: 120, found: 122 }])
  expect(judgeRatio(series(() => null))).toEqual([])
})

test('a zero denominator is unknown, not a ratio of zero', () => {
  const none = series(fall)
  const denominator = none.denominator.map((value, day) => (day >= 120 ? 0 : value))
  expect(judgeRatio({ ...none, denominator, numerator: denominator.map((value) => (value ? 970 : 0)) })).toEqual([])
})

test('weekdays have their own expectation', () => {
  const weekly = (day: number) => (day % 7 >= 5 ? 0.6 : 0.95) + 0.004 * noise(day)
  expect(judgeRatio(series(weekly))).toEqual([])
  const [found] = judgeRatio(series((day) => (day >= 124 ? 0.6 : weekly(day))))
  expect(found).toMatchObject({ onset: 126, found: 127 })
})

test('it closes a week after the ratio is back, and what stands for four weeks is the new normal', () => {
  expect(judgeRatio(series((day) => (day >= 120 && day < 125 ? 0.71 : undefined)))).toMatchObject([
    { onset: 120, lastDay: 124, state: 'resolved' },
  ])
  expect(judgeRatio(series(fall, { days: 200 }))).toMatchObject([{ onset: 120, state: 'absorbed' }])
})

test('a ratio that falls since only the rest got less is no loss', () => {
  const untagged = series(() => 0.8)
  const denominator = untagged.denominator.map((value, day) => (day >= 120 ? 400 : value))
  expect(
    judgeRatio({ ...untagged, denominator, numerator: denominator.map((value) => (value as number) - 200) }),
  ).toEqual([])
})

test('each day is judged as if the later ones were not there', () => {
  const at = (day: number) => (day >= 100 && day < 110 ? 0.8 : day >= 140 ? 0.6 : undefined)
  const told = (before: number) =>
    judgeRatio(series(at, { before })).map(({ onset, found, score, actual, expected }) => ({
      onset,
      found,
      score,
      actual,
      expected,
    }))
  const whole = told(150)
  expect(whole.map(({ found }) => found)).toEqual([101, 141])
  for (const cut of [101, 102, 120, 141, 142]) expect(told(cut)).toEqual(whole.filter(({ found }) => found < cut))
})

test('a commitment that is used less is told by its name, and its provider is not told as well; a day without it is unknown', async () => {
  const rows = Array.from({ length: 130 }, (_, day) => {
    const used = day >= 120 ? 71 : 97
    const at = { ChargePeriodStart: new Date(Date.UTC(2026, 0, 1 + day)).toISOString() }
    const of = { CommitmentDiscountId: 'plan', CommitmentDiscountType: 'Savings Plan', ...at }
    return [
      { ...of, CommitmentDiscountStatus: 'Used', EffectiveCost: String(used), ContractedCost: String(2 * used) },
      { ...of, CommitmentDiscountStatus: 'Unused', EffectiveCost: String(100 - used), ContractedCost: '0' },
      { ...at, EffectiveCost: '500', ContractedCost: '500' },
    ]
  }).flat()
  const estate = await estateOf(rows)
  onTestFinished(() => estate.warehouse.close())
  const { alerts, incidents } = await ratioAlerts(estate.warehouse, 'USD', { complete: new Map(), costs: [], ends: [] })
  const utilisation = alerts.filter(({ rule }) => rule === 'utilisation_fall')
  expect(utilisation).toMatchObject([
    {
      ...{
        series: { provider: 'Cloud', level: 'utilisation', value: 'plan' },
        onset: '2026-05-01',
        date: '2026-05-02',
      },
      ...{ actual: '142.0000', expected: '194.0000', excess: '-52.0000' },
      measure: { name: 'utilisation', unit: 'share', actual: '0.710000', expected: '0.970000', daily: '26.0000' },
    },
  ])
  expect(incidents).toContainEqual(expect.objectContaining({ state: 'open', excess: '-260.0000' }))
  expect(utilisation[0]?.causes).toEqual([
    { account: null, usage_type: 'use of the commitment', resource: 'plan', excess: '-52.0000' },
  ])
  expect(alerts.map(({ rule }) => rule)).toEqual(['utilisation_fall'])
})

test('tag coverage that falls is told of its account; a cost that began with it and is as much explains it', async () => {
  const rows = Array.from({ length: 130 }, (_, day) => {
    const at = { ChargePeriodStart: new Date(Date.UTC(2026, 0, 1 + day)).toISOString(), ResourceType: 'vm' }
    const tags = { team: 't', product: 'p', environment: 'e' }
    return ['one', 'two'].flatMap((SubAccountId) => [
      { ...at, SubAccountId, ResourceId: `${SubAccountId}-1`, Tags: tags, EffectiveCost: '95' },
      {
        ...at,
        SubAccountId,
        ResourceId: `${SubAccountId}-2`,
        Tags: {},
        EffectiveCost: SubAccountId === 'two' && day >= 120 ? '60' : '5',
      },
    ])
  }).flat()
  const estate = await estateOf(rows)
  onTestFinished(() => estate.warehouse.close())
  const found = (costs: Parameters<typeof ratioAlerts>[2]['costs']) =>
    ratioAlerts(estate.warehouse, 'USD', { complete: new Map(), costs, ends: [] })
  expect((await found([])).alerts.map(({ series, rule }) => [series, rule])).toEqual([
    [{ provider: 'Cloud', account: 'two', level: 'tag_coverage' }, 'tag_coverage_fall'],
  ])
  const rise = {
    series: { provider: 'Cloud', account: 'two' },
    direction: 'up',
    onset: '2026-05-01',
    date: '2026-05-02',
    excess: '110.00',
  } as const
  expect((await found([rise])).alerts).toEqual([])
})

test('a volume is unknown while a product that reports daily is silent, for a week; then it has ended', async () => {
  const rows = Array.from({ length: 130 }, (_, day) => ({
    ...{ ChargePeriodStart: new Date(Date.UTC(2026, 0, 1 + day)).toISOString(), EffectiveCost: '100' },
    Tags: { product: 'maps' },
  }))
  const reports = (product: string, value: number, silent: string) =>
    `insert into business_metrics select '2026-01-01'::date + i::int, 'requests', 'requests', map {'product': '${product}'}, ${value}, 'test'
     from range(130) as r(i) where not (${silent})`
  const setup = `${reports('maps', 600, 'false')}; ${reports('rates', 400, 'i between 110 and 113 or i > 118')}`
  const estate = await estateOf(rows, { setup })
  onTestFinished(() => estate.warehouse.close())
  const days = await estate.run('ratio_days', { currency: 'USD' })
  const volumes = (value: string) =>
    days
      .filter((row) => row['measure'] === 'unit_cost' && row['value'] === value)
      .map((row) => (row['denominator'] === null ? null : Number(row['denominator'])))
  const total = volumes('requests')
  expect(total.slice(0, 109)).toEqual(Array(109).fill(1000))
  expect(total.slice(109)).toEqual([
    1000,
    ...Array(4).fill(null),
    ...Array(5).fill(1000),
    ...Array(4).fill(null),
    ...Array(7).fill(600),
  ])
  expect(volumes('requests/product=maps').every((volume) => volume === 600)).toBe(true)
})

const landing = (day: number, through: number, source = 'aws') => ({
  source,
  landed_at: new Date(Date.UTC(2026, 2, day, 6)).toISOString(),
  complete_through: new Date(Date.UTC(2026, 2, through)).toISOString(),
})
const daily = Array.from({ length: 10 }, (_, index) => landing(2 + index, 2 + index))
const at = (day: number) => ({ now: new Date(Date.UTC(2026, 2, day, 7)), expected: new Map<string, number>() })

test('a source that came each morning is late half a day after the next one is missing, and no longer once it comes', () => {
  expect(lateSources(daily, at(12))).toEqual([])
  expect(lateSources(daily, at(13))).toMatchObject([
    { source: 'aws', complete_through: '2026-03-11T00:00:00.000Z', age_hours: 55, usual_hours: 30, ended_on: null },
  ])
  expect(lateSources([...daily, landing(15, 14)], at(15))).toMatchObject([{ age_hours: 102, ended_on: '2026-03-15' }])
})

test('files that came once have no habit; a collected source has the hours of its configuration', () => {
  const once = daily.slice(0, 1)
  expect(lateSources(once, at(30))).toEqual([])
  expect(lateSources(once, { ...at(30), expected: new Map([['aws', 36]]) })).toMatchObject([{ usual_hours: 36 }])
  expect(lateSources([], at(30))).toEqual([])
})

test('a day is visible from the first landing that holds it, and whole a day after its end', () => {
  const landings = [landing(5, 5), landing(6, 6), landing(7, 7)]
  expect(visibleOn(landings, '2026-03-04', false)).toBe('2026-03-05')
  expect(visibleOn(landings, '2026-03-04', true)).toBe('2026-03-06')
  expect(visibleOn(landings, '2026-03-07', false)).toBeNull()
})

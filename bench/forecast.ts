import { type Baseline, baselines } from '../src/forecast/baselines.ts'
import { calendarOf } from '../src/forecast/calendar.ts'
import { forecastScopes } from '../src/forecast/forecast.ts'
import { longestAhead, simpleAnswer } from '../src/forecast/simple-answer.ts'
import { type Asked, askedAt, type Case, forecastCase } from './forecast/cases.ts'
import { goals } from './forecast/goals.ts'
import { type Answer, type GroupScore, mean, type SeriesScore, scoreGroup, scoreSeries } from './forecast/metrics.ts'
import { buildForeignWorld } from './foreign-worlds/world.ts'
import { report } from './measure.ts'
import { buildWorld } from './worlds/world.ts'

const ours = 'costwright'
const groups = ['total', 'aggregates', 'leaves'] as const
type Group = (typeof groups)[number]

/** Scores every method on forecast worlds and prints goals and baselines (specs/forecast.md sections 7 to 9). */
export function benchForecast(
  seeds: readonly number[],
  profile: 'default' | 'noisy' = 'default',
  author: 'own' | 'foreign' = 'own',
): void {
  const scores = new Map<string, GroupScore[]>()
  const started = performance.now()
  const build = author === 'foreign' ? buildForeignWorld : buildWorld
  for (const seed of seeds) {
    const world = forecastCase(build({ seed, profile, mode: 'forecast' }))
    for (const origin of world.origins) {
      const asked = askedAt(world, origin)
      for (const [method, answer] of methodsAt(world, origin)) {
        const all = asked.map((one) => ({ level: one.scope.level, score: scoreSeries(answer(one), one.truth) }))
        for (const group of groups) {
          const own = all.filter(({ level }) => isIn(group, level)).map(({ score }): SeriesScore => score)
          const key = `${group}/${method}`
          scores.set(key, [...(scores.get(key) ?? []), scoreGroup(own)])
        }
      }
    }
  }
  const names = [...new Set([...scores.keys()].map((key) => key.slice(key.indexOf('/') + 1)))]
  const figure = (group: Group, method: string) => figures(scores.get(`${group}/${method}`) ?? [])
  for (const group of groups)
    report(
      `Forecast, ${group}: ${seeds.length} ${author} ${profile} worlds (seeds ${seeds[0]} to ${seeds.at(-1)}), three origins each`,
      names.map((name) => ({ method: name, ...figure(group, name) })),
    )
  report(
    `Goals of specs/forecast.md section 8, measured in ${((performance.now() - started) / 1000).toFixed(0)} s`,
    goals((group, pick) => mean((scores.get(`${group}/${ours}`) ?? []).map(pick))),
  )
}

function isIn(group: Group, level: string): boolean {
  return group === 'leaves' ? level === 'leaf' : group === 'total' ? level === 'total' : level !== 'leaf'
}

function methodsAt(world: Case, origin: number): [string, (asked: Asked) => Answer | null][] {
  const known = world.leaves.map((leaf) => ({ ...leaf, cost: leaf.cost.slice(0, origin + 1) }))
  const forecasts = forecastScopes(
    world.first,
    known.filter(({ cost }) => cost.some(Boolean)),
  )
  const byScope = new Map(forecasts.map((forecast) => [keyOf(forecast), forecast]))
  const product = ({ scope }: Asked): Answer | null => {
    const found = byScope.get(keyOf(scope))
    if (!found?.daily || !found.month || !found.quarter) return null
    const { daily, month, quarter } = found
    const bounds = (pick: 'lo80' | 'hi80' | 'lo95' | 'hi95') => daily.map((day) => day[pick])
    return {
      daily: daily.map(({ point }) => point),
      dailyBand: { lo80: bounds('lo80'), hi80: bounds('hi80'), lo95: bounds('lo95'), hi95: bounds('hi95') },
      month: month.point,
      monthBand: month,
      quarter: quarter.point,
      quarterBand: quarter,
    }
  }
  return [...baselines.map((one) => [one.name, simple(one, world, origin)] as const), [ours, product] as const].map(
    ([name, answer]) => [name, answer],
  )
}

function simple(baseline: Baseline, { first, leaves }: Case, origin: number): (asked: Asked) => Answer {
  const calendar = calendarOf(first, Math.max(leaves[0]?.cost.length ?? 0, origin + 1 + longestAhead))
  return ({ series }) => {
    const { daily, month, quarter } = simpleAnswer(baseline, series, calendar, { origin, skip: 0 })
    return { daily: [...daily], dailyBand: null, month, monthBand: null, quarter, quarterBand: null }
  }
}

function keyOf({ level, scope }: { readonly level: string; readonly scope: object }): string {
  return level + JSON.stringify(scope)
}

function figures(scores: readonly GroupScore[]): Record<string, string> {
  const text = (pick: (score: GroupScore) => number, digits: number) => {
    const value = mean(scores.map(pick))
    return Number.isNaN(value) ? '-' : value.toFixed(digits)
  }
  const pair = (a: (score: GroupScore) => number, b: (score: GroupScore) => number) =>
    mean(scores.map(b)) === 0 ? '-' : `${text(a, 0)}/${text(b, 0)}`
  return {
    MASE: text((score) => score.mase, 2),
    sMAPE: text((score) => score.smape, 1),
    cover: pair(
      (score) => score.day80,
      (score) => score.day95,
    ),
    MSIS: text((score) => score.msis, 1),
    'month MdAPE': text((score) => score.month.mdape, 2),
    WAPE: text((score) => score.month.wape, 2),
    P90: text((score) => score.month.p90, 1),
    'cover ': pair(
      (score) => score.month.in80,
      (score) => score.month.in95,
    ),
    'quarter MdAPE': text((score) => score.quarter.mdape, 2),
    'WAPE ': text((score) => score.quarter.wape, 2),
    'cover  ': pair(
      (score) => score.quarter.in80,
      (score) => score.quarter.in95,
    ),
  }
}

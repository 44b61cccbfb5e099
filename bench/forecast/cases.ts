import { calendarOf, dayNumber, monthStart, nextQuarter } from '../../src/forecast/calendar.ts'
import { type LeafSeries, type Scope, scopesOf } from '../../src/forecast/scopes.ts'
import type { World } from '../worlds/model.ts'
import { type Truth, weeklyScale } from './metrics.ts'

/** One world as a forecaster sees it, with the origins at which it is asked. */
export interface Case {
  readonly first: number
  readonly leaves: readonly LeafSeries[]
  readonly origins: readonly number[]
}

/** A scope that is asked for, with its whole daily series and what came true. */
export interface Asked {
  readonly scope: Scope
  readonly series: Float64Array
  readonly truth: Truth
}

const sixWeeks = 42
const recent = 28

/** A world's leaves in the short form: categories, regions and usage types added up, currency units a day, to cents. */
export function forecastCase(world: World): Case {
  const byKey = new Map<string, LeafSeries>()
  for (const { provider, account, service, team, cells } of world.leaves) {
    const key = JSON.stringify([provider, account, service, team])
    const leaf = byKey.get(key) ?? { provider, account, service, team, cost: new Float64Array(world.calendar.days) }
    byKey.set(key, leaf)
    for (const cell of cells)
      for (let day = 0; day < leaf.cost.length; day++)
        leaf.cost[day] = (leaf.cost[day] as number) + Math.round((cell.cost[day] as number) * 100) / 100
  }
  for (const { cost } of byKey.values())
    cost.forEach((value, day) => {
      cost[day] = Math.round(value * 100) / 100
    })
  return { first: dayNumber(world.calendar.start) as number, leaves: [...byKey.values()], origins: world.origins }
}

/** The scopes asked at an origin (a day index): six weeks of history and recent spend. */
export function askedAt({ first, leaves }: Case, origin: number): Asked[] {
  const calendar = calendarOf(first, leaves[0]?.cost.length ?? 0)
  return scopesOf(leaves).flatMap((scope) => {
    const series = new Float64Array(calendar.length)
    for (const member of scope.members)
      for (let day = 0; day < series.length; day++)
        series[day] = (series[day] as number) + ((leaves[member] as LeafSeries).cost[day] as number)
    const begin = series.findIndex((value) => value !== 0)
    const isAsked =
      begin >= 0 && origin - begin + 1 >= sixWeeks && series.slice(origin - recent + 1, origin + 1).some(Boolean)
    if (!isAsked) return []
    const sum = (from: number, to: number) => series.slice(from - first, to - first).reduce((a, b) => a + b, 0)
    const day = first + origin
    const quarter = nextQuarter(day)
    const truth = {
      days: series.slice(origin + 1, origin + 31),
      month: sum(monthStart(day, 0), monthStart(day, 1)),
      quarter: sum(quarter, monthStart(quarter, 3)),
      scale: weeklyScale(series.slice(0, origin + 1)),
    }
    return [{ scope, series, truth }]
  })
}

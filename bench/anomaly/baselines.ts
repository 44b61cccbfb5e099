import { mad, madToSigma } from '../../src/stats/mad.ts'
import { median } from '../../src/stats/median.ts'
import { weekdayProfile } from '../../src/stats/weekday-profile.ts'
import type { World } from '../worlds/model.ts'
import type { Judged } from './score.ts'

/** A published or textbook method on daily net cost; `score` is its own unit and `cut` where it fires. */
export interface Baseline {
  readonly name: string
  run(world: World): Judged[]
}

const warmup = 90
const deviate = 0.05
const least = 25

/** Deviation of a day in the method's own spreads, 0 when it cannot be told. `past` ends the day before. */
type Rule = (past: Float64Array, today: number, day: number) => number

function perLeaf(name: string, cut: number, rule: Rule, filtered = false): Baseline {
  return {
    name,
    run: (world) =>
      world.leaves.flatMap((leaf) => {
        const net = netOf(world, [leaf.id])
        return recordsOf(net, cut, rule, filtered, { leaves: [leaf.id], series: String(leaf.id) })
      }),
  }
}

function perService(name: string, cut: number, rule: Rule, onlyUp: boolean): Baseline {
  return {
    name,
    run(world) {
      const usable = world.leaves.filter(({ kind }) => !['tax', 'support', 'marketplace', 'fee'].includes(kind))
      const groups = Map.groupBy(usable, ({ provider, service }) => `${provider}/${service}`)
      return [...groups].flatMap(([series, leaves]) => {
        const ids = leaves.map(({ id }) => id)
        const records = recordsOf(netOf(world, ids), cut, rule, false, { leaves: ids, series })
        return records
          .filter(({ direction }) => !onlyUp || direction === 'up')
          .map((record) => ({ ...record, leaves: [topMover(world, ids, record.date)] }))
      })
    },
  }
}

function netOf(world: World, ids: readonly number[]): Float64Array {
  const net = new Float64Array(world.calendar.days)
  for (const id of ids)
    for (const cell of world.leaves[id]?.cells ?? [])
      for (let day = 0; day < net.length; day++) net[day] = (net[day] as number) + (cell.cost[day] as number)
  return net
}

function topMover(world: World, ids: readonly number[], day: number): number {
  const change = (id: number) => {
    const net = netOf(world, [id])
    return (net[day] as number) - (net[day - 7] as number)
  }
  return ids.toSorted((a, b) => change(b) - change(a))[0] as number
}

function recordsOf(
  net: Float64Array,
  cut: number,
  rule: Rule,
  filtered: boolean,
  place: Pick<Judged, 'leaves' | 'series'>,
): Judged[] {
  const out: Judged[] = []
  let open = -100
  for (let day = warmup; day < net.length; day++) {
    const past = net.subarray(0, day)
    if (filtered && activeShare(past) < 0.5) continue
    const deviation = rule(past, net[day] as number, day)
    if (!(Math.abs(deviation) >= cut / 2)) continue
    const fired = Math.abs(deviation) >= cut && day - open > 1
    if (Math.abs(deviation) >= cut) open = day
    out.push({
      ...place,
      date: day,
      detectedOn: day,
      direction: deviation > 0 ? 'up' : 'down',
      score: Math.abs(deviation),
      fired,
    })
  }
  return out
}

function activeShare(past: Float64Array): number {
  const recent = past.subarray(-60)
  return recent.filter((cost) => cost !== 0).length / recent.length
}

function zScore(filtered: boolean): Rule {
  return (past, today) => {
    const window = past.subarray(-30)
    const mean = window.reduce((a, b) => a + b, 0) / window.length
    const sd = Math.sqrt(window.reduce((a, b) => a + (b - mean) ** 2, 0) / (window.length - 1))
    const floor = filtered ? Math.max(deviate * Math.abs(mean), least / 3) : 1e-9
    return (today - mean) / Math.max(sd, floor)
  }
}

const hampel: Rule = (past, today) => {
  const window = past.subarray(-30)
  const middle = median(window)
  return (today - middle) / Math.max(madToSigma * mad(window, middle), deviate * Math.abs(middle), least / 3)
}

const ewma: Rule = (past, today) => {
  let level = past[0] as number
  let variance = 0
  for (const cost of past.subarray(-90)) {
    const error = cost - level
    variance = 0.7 * variance + 0.3 * error ** 2
    level += 0.3 * error
  }
  return (today - level) / Math.max(Math.sqrt(variance), 1e-9)
}

const weekdayMedian: Rule = (past, today, day) => {
  const same = Float64Array.from({ length: 8 }, (_, i) => past[day - 7 * (i + 1)] as number)
  const middle = median(same)
  return (today - middle) / Math.max(madToSigma * mad(same, middle), deviate * Math.abs(middle), least / 3)
}

/** 100 in money and 40 % above the same weekday's mean of four weeks: 1 when both are met. */
const percentRule: Rule = (past, today, day) => {
  const usual = [7, 14, 21, 28].reduce((sum, back) => sum + (past[day - back] as number), 0) / 4
  return today <= usual ? 0 : Math.min((today - usual) / 100, (today - usual) / Math.max(1e-9, 0.4 * usual))
}

/** Weekly profile, local level by exponential smoothing, 99 % band from its own residuals. */
const mstlLike: Rule = (past, today, day) => {
  const window = past.subarray(-84)
  const start = day - window.length
  const profile = weekdayProfile(window, start % 7, 0)
  const flat = Float64Array.from(window, (cost, i) => cost / Math.max(0.1, profile[(start + i) % 7] as number))
  let level = median(flat.subarray(0, 14))
  const errors: number[] = []
  for (const cost of flat) {
    errors.push(cost - level)
    level += 0.2 * (cost - level)
  }
  const spread = Math.sqrt(errors.slice(14).reduce((sum, error) => sum + error ** 2, 0) / (errors.length - 14))
  const factor = Math.max(0.1, profile[day % 7] as number)
  return (today / factor - level) / Math.max(spread, 1e-9)
}

/** The methods that the product is measured against. */
export const baselines: readonly Baseline[] = [
  perLeaf('z-score 30 d, 3 sigma', 3, zScore(false)),
  perLeaf('same, filtered', 3, zScore(true), true),
  perLeaf('Hampel 30 d, filtered', 4, hampel, true),
  perLeaf('EWMA 0.3, 3 sigma', 3, ewma),
  perLeaf('weekday median/MAD 8 w, filtered', 4, weekdayMedian, true),
  perService('per service, 100 USD and 40 %', 1, percentRule, true),
  perService('per service, MSTL-like, up only', 2.6, mstlLike, true),
  perLeaf('per leaf, MSTL-like, 99 %', 2.6, mstlLike),
]

import type { Instrument, Series } from '../src/commit/instrument.ts'
import { sizePortfolio } from '../src/commit/portfolio.ts'
import { levelAt } from '../src/commit/quantile.ts'
import { replay, replayCost } from '../src/commit/replay.ts'
import { report } from './measure.ts'
import { type Random, random } from './worlds/random.ts'

const families = 40
const hours = 8760

/** Replays and sizes one year of hourly usage of `count` series, and prints seconds and savings (issue 5: 500 series in 10 s). */
export function benchCommit(count = 500): void {
  const { series, instruments } = year(count, random('commit'))
  const rows: Record<string, string>[] = []
  const timed = <T>(what: string, run: () => T): T => {
    const [wall, cpu] = [performance.now(), process.cpuUsage()]
    const result = run()
    const used = process.cpuUsage(cpu)
    rows.push({
      step: what,
      seconds: ((performance.now() - wall) / 1000).toFixed(2),
      'CPU seconds': ((used.user + used.system) / 1e6).toFixed(2),
    })
    return result
  }
  const started = performance.now()
  timed('each series alone, quantile rule', () => series.map(({ ode }) => levelAt(ode, 0.3)))
  const found = timed('all instruments together', () => sizePortfolio(series, instruments))
  timed('replay of what was bought', () => replay(series, found.best.commitments))
  const total = (performance.now() - started) / 1000
  report(
    `Purchase lab: ${count} series × ${hours} hours, ${instruments.length} instruments; goal 10 s, took ${total.toFixed(1)} s`,
    rows,
  )
  const { demand } = found.best.replay
  const mean = meanPurchase(series, instruments)
  report(
    'What it buys',
    [
      ['nothing', demand],
      ['at the mean of demand', mean],
      ['best single instrument', found.single.cost],
      ['all instruments', found.best.cost],
    ].map(([name, cost]) => ({
      purchase: String(name),
      cost: Number(cost).toFixed(0),
      saved: `${(100 * (1 - Number(cost) / demand)).toFixed(2)} %`,
    })),
  )
}

/** Cost of covering the mean demand of all series with the broadest instrument. */
function meanPurchase(series: readonly Series[], instruments: readonly Instrument[]): number {
  const broad = instruments.at(-1) as Instrument
  let priced = 0
  for (const [index, { per_ode }] of broad.draws)
    priced += (series[index]?.ode.reduce((sum, ode) => sum + ode, 0) ?? 0) * per_ode
  return replayCost(replay(series, [{ ...broad, amount: priced / hours, start: 0, end: hours }]))
}

/** Machines of some families and serverless usage with days, weeks, growth and breaks; a plan a family and one for everything. */
function year(count: number, from: Random): { series: Series[]; instruments: Instrument[] } {
  const series = Array.from({ length: count }, (_, i): Series => {
    const level = from.logUniform(0.2, 20)
    const swing = from.uniform(0, 0.6)
    const growth = from.uniform(-0.4, 0.8)
    const ends = from.chance(0.1) ? from.int(2000, hours) : hours
    const ode = Float64Array.from({ length: hours }, (_, hour) => {
      if (hour >= ends) return 0
      const work = Math.floor(hour / 24) % 7 < 5 ? 1 : 1 - swing / 2
      const day = 1 + swing * Math.sin((2 * Math.PI * (hour % 24)) / 24)
      return level * work * day * (1 + (growth * hour) / hours) * from.uniform(0.9, 1.1)
    })
    return { id: `series-${i}`, provider: 'aws', account: `account-${i % 20}`, ode }
  })
  const plan = (id: string, kind: string, members: readonly number[], low: number, high: number): Instrument => ({
    id,
    provider: 'aws',
    kind,
    account: null,
    shared: true,
    unit_cost: 1,
    step: 0.001,
    draws: new Map(
      members.map((index) => {
        const rate = 1 - from.uniform(low, high)
        return [index, { per_ode: rate, rank: rate }]
      }),
    ),
  })
  const all = series.map((_, index) => index)
  const narrow = Array.from({ length: families }, (_, family) =>
    plan(
      `family-${family}`,
      'instance-savings-plan',
      all.filter((index) => index % families === family),
      0.3,
      0.45,
    ),
  )
  return { series, instruments: [...narrow, plan('compute', 'compute-savings-plan', all, 0.12, 0.3)] }
}

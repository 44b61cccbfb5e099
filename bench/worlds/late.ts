import type { Cell, Leaf, World } from './model.ts'
import { random } from './random.ts'

interface Part {
  readonly day: number
  readonly cost: string
}

/**
 * How each row becomes visible: a share of the provider-day on the following morning and the rest over one to three days, with
 * some bad days on which little is there at first. In some worlds whole rows are late, in others every row is partly there.
 */
export function arrivals(world: World): (leaf: Leaf, cell: Cell, day: number, cost: number) => Part[] {
  const rng = random(`late/${world.seed}`)
  const whole = rng.chance(0.4)
  const jitter = rng.uniform(0, 0.04)
  const shares = new Map<string, number[][]>()
  for (const provider of new Set(world.leaves.map((leaf) => leaf.provider))) {
    const typical = rng.uniform(0.7, 0.97)
    const bad = rng.uniform(0.03, 0.1)
    const lags = rng.int(1, 3)
    shares.set(
      provider,
      Array.from({ length: world.calendar.days }, () =>
        dayShares(rng.chance(bad) ? rng.uniform(0.05, 0.6) : Math.min(1, typical + rng.uniform(-0.06, 0.03)), lags),
      ),
    )
    function dayShares(first: number, count: number): number[] {
      const out = [first]
      let seen = first
      for (let i = 1; i <= count; i++) {
        seen = i === count ? 1 : seen + (1 - seen) * rng.uniform(0.5, 0.95)
        out.push(seen)
      }
      return out
    }
  }
  const draw = rng.fork('rows')
  return (leaf, _cell, day, cost) => {
    const cumulated = shares.get(leaf.provider)?.[day] ?? [1]
    if (whole) {
      const at = draw.uniform()
      const lag = cumulated.findIndex((share) => at <= share)
      return [{ day: day + 1 + lag, cost: cost.toFixed(4) }]
    }
    let units = Math.round(cost * 1e4)
    const total = units
    let before = 0
    return cumulated.flatMap((share, lag) => {
      const own = lag === cumulated.length - 1 ? 1 : Math.min(1, Math.max(before, share + jitter * draw.normal()))
      const part = lag === cumulated.length - 1 ? units : Math.round(total * (own - before))
      before = own
      units -= part
      return part === 0 ? [] : [{ day: day + 1 + lag, cost: (part / 1e4).toFixed(4) }]
    })
  }
}

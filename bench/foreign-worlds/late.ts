import type { SeriesInput } from '../../src/detect/input.ts'
import type { World } from '../worlds/model.ts'
import { type Random, random } from '../worlds/random.ts'

/** How one provider's days become visible: shares after 1, 2, 3 … mornings, how much they vary, share of bad days. */
interface Habit {
  readonly shares: readonly number[]
  readonly wobble: number
  readonly bad: number
}

/** The vintages form of a world's input: each row in parts, visible one or more mornings after its day; parts add up exactly. */
export function arriveLate(world: World, input: SeriesInput): SeriesInput {
  const rng = random(`foreign/late/${world.seed}`)
  const habits = new Map<string, Habit>()
  const plans = new Map<string, number[]>()
  const parts: { cell: number; day: number; seen: number; amount: number }[] = []
  const { rows } = input
  for (let i = 0; i < rows.length; i++) {
    const [cell, day, amount] = [rows.cell[i], rows.day[i], rows.amount[i]] as [number, number, number]
    const leaf = input.leaves[input.cells[cell]?.leaf as number] as SeriesInput['leaves'][number]
    const habit = habits.get(leaf.provider) ?? habitOf(rng.fork(leaf.provider))
    habits.set(leaf.provider, habit)
    const key = `${leaf.provider}/${day}`
    const plan = plans.get(key) ?? planOf(rng.fork(key), habit)
    plans.set(key, plan)
    let left = amount
    plan.forEach((share, lag) => {
      const own = lag === plan.length - 1 ? left : Math.round(amount * share)
      left -= own
      if (own !== 0) parts.push({ cell, day, seen: day + 1 + lag, amount: own })
    })
  }
  parts.sort((a, b) => a.seen - b.seen || a.day - b.day || a.cell - b.cell)
  return {
    ...input,
    vintages: true,
    last_seen: parts.at(-1)?.seen ?? -1,
    rows: {
      length: parts.length,
      cell: Int32Array.from(parts, ({ cell }) => cell),
      day: Int32Array.from(parts, ({ day }) => day),
      seen: Int32Array.from(parts, ({ seen }) => seen),
      amount: Float64Array.from(parts, ({ amount }) => amount),
    },
  }
}

function habitOf(rng: Random): Habit {
  const first = rng.uniform(0.55, 0.97)
  const second = (1 - first) * rng.uniform(0.6, 0.95)
  return { shares: [first, second, 1 - first - second], wobble: rng.uniform(0.01, 0.08), bad: rng.uniform(0.01, 0.05) }
}

/** Shares by lag of one provider-day; on a bad day little is there at first and the rest comes two to four mornings later. */
function planOf(rng: Random, { shares, wobble, bad }: Habit): number[] {
  const isBad = rng.chance(bad)
  const early = isBad ? rng.uniform(0, 0.35) : Math.min(1, (shares[0] as number) * (1 + wobble * rng.normal()))
  if (isBad) return [early, 0, ...new Array<number>(rng.int(0, 2)).fill(0), 1 - early]
  const rest = (1 - early) / (1 - (shares[0] as number))
  return [early, (shares[1] as number) * rest, (shares[2] as number) * rest]
}

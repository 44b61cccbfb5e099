import { type Commitment, type Instrument, inApplicationOrder, type Series } from './instrument.ts'
import { bestLevel, type Saved } from './level.ts'
import { apply, type Replay, replay, replayCost, type Use } from './replay.ts'

/** Amounts of several instruments, with what they would have done. */
export interface Portfolio {
  readonly commitments: readonly Commitment[]
  readonly replay: Replay
  readonly cost: number
}

/** The best portfolio found, and the best one that buys a single instrument; both after rounding to purchasable steps. */
export interface Portfolios {
  readonly best: Portfolio
  readonly single: Portfolio
}

const sweeps = 3

/**
 * Sizes several instruments together (specs/commitments.md section 9): coordinate ascent from the narrowest to the broadest, each sized
 * on what those before it leave, then again with the worth that the others' slack leaves it; a change is kept only if the replay of all
 * hours gets cheaper. Rounded to purchasable steps and scored again.
 *
 * @param existing commitments that stay alive; they are applied among the others and not sized
 */
export function sizePortfolio(
  series: readonly Series[],
  instruments: readonly Instrument[],
  existing: readonly Commitment[] = [],
): Portfolios {
  const hours = series[0]?.ode.length ?? 0
  const ordered = inApplicationOrder(instruments)
  const owned = (amounts: readonly number[]) => [
    ...existing,
    ...ordered.map((instrument, k) => ({ ...instrument, amount: amounts[k] as number, start: 0, end: hours })),
  ]
  const score = (amounts: readonly number[]): Portfolio => {
    const commitments = owned(amounts)
    const done = replay(series, commitments)
    return { commitments: commitments.filter(({ amount }) => amount > 0), replay: done, cost: replayCost(done) }
  }
  let amounts = sweep(series, inApplicationOrder(owned(ordered.map(() => 0))), ordered, null)
  let best = score(amounts)
  for (let again = 1; again < sweeps; again++) {
    const next = sweep(series, inApplicationOrder(owned(amounts)), ordered, best.replay)
    const tried = score(next)
    if (tried.cost >= best.cost * (1 - 1e-12)) break
    amounts = next
    best = tried
  }
  const rounded = score(amounts.map((amount, k) => stepped(amount, (ordered[k] as Instrument).step)))
  const single = bestSingle(series, ordered, existing, score)
  return { best: rounded.cost <= single.cost ? rounded : single, single }
}

/** One pass over all instruments in order; with a replay, each is worth what the later ones do not already cover. */
function sweep(
  series: readonly Series[],
  commitments: readonly Commitment[],
  sized: readonly Instrument[],
  last: Replay | null,
): number[] {
  const hours = series[0]?.ode.length ?? 0
  const residual = series.map(({ ode }) => ode.slice())
  const ids = sized.map(({ id }) => id)
  const amounts = new Map<string, number>()
  commitments.forEach((commitment, place) => {
    const isSized = ids.includes(commitment.id)
    const saved = last ? savedAfter(commitments.slice(place + 1), last) : undefined
    const amount = isSized ? bestLevel(commitment, series, residual, saved) : commitment.amount
    amounts.set(commitment.id, amount)
    apply({ ...commitment, amount }, series, residual, hours)
  })
  return ids.map((id) => amounts.get(id) ?? 0)
}

/** What covering a series saves when commitments after it cover it too: only what these can use elsewhere. */
function savedAfter(later: readonly Commitment[], last: Replay): Saved {
  const covering = new Map<number, readonly [Use, number]>()
  for (const commitment of later) {
    const use = last.uses.find(({ id }) => id === commitment.id)
    if (use && commitment.amount > 0)
      for (const [index, { per_ode }] of commitment.draws) covering.set(index, [use, per_ode])
  }
  return (index, hour) => {
    if (((last.residual[index] as Float64Array)[hour] as number) > 1e-9) return 1
    const found = covering.get(index)
    if (!found) return 1
    const [use, per_ode] = found
    const next = use.next_per_ode[hour] as number
    return next === 0 ? 0 : Math.min(1, per_ode / next)
  }
}

function bestSingle(
  series: readonly Series[],
  ordered: readonly Instrument[],
  existing: readonly Commitment[],
  score: (amounts: readonly number[]) => Portfolio,
): Portfolio {
  const left = replay(series, existing).residual
  const tried = ordered.map((instrument, place) => {
    const amount = stepped(bestLevel(instrument, series, left), instrument.step)
    const hours = left[0]?.length ?? 0
    const use = apply({ ...instrument, amount, start: 0, end: hours }, series, left.map(copyOf(instrument)), hours)
    return { place, amount, savings: use.covered_ode - use.cost }
  })
  const top = tried.reduce((best, each) => (each.savings > best.savings ? each : best), {
    place: -1,
    amount: 0,
    savings: 0,
  })
  return score(ordered.map((_, place) => (place === top.place ? top.amount : 0)))
}

/** Copies the series an instrument changes. */
function copyOf(instrument: Instrument): (left: Float64Array, index: number) => Float64Array {
  return (left, index) => (instrument.draws.has(index) ? left.slice() : left)
}

function stepped(amount: number, step: number): number {
  return Math.round(amount / step) * step
}

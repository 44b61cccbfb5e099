import { commonMove } from './level-common.ts'
import { counts, leastLog, type Rise, scoreOf } from './level-rule.ts'
import { excessOf, type Move, sumOf } from './level-split.ts'
import type { Sum } from './level-sums.ts'
import { levelTuning } from './level-tuning.ts'

/** A diffuse move of a sum, without what is known already. Amounts are in units of 10^-scale over [onset, day]. */
export interface LevelFinding extends Rise {
  readonly sum: Sum
  readonly score: number
  /** Of the parts that are left, as they are: they add up to `actual` less `usual`. */
  readonly moves: readonly Move[]
  readonly actual: number
  readonly usual: number
}

/** What is already said of a part: everything (an incident of its leaf), or an excess a day (an open incident of another sum). */
export type Explained = (part: Move['part'], rise: Rise) => number

const signOf = ({ direction }: Rise) => (direction === 'up' ? 1 : -1)

/**
 * What is left of a sum's move when its explained parts are taken out, or null when that is no diffuse move of its own: too small or
 * too common, of too few leaves, mostly of one leaf, or mostly of what is explained.
 */
export function remainder(
  sum: Sum,
  rise: Rise,
  moves: readonly Move[],
  { explained, unitsPerMoney }: { explained: Explained; unitsPerMoney: number },
): LevelFinding | null {
  const sign = signOf(rise)
  const days = rise.day - rise.onset + 1
  const left = moves.flatMap((move): Move[] => {
    const daily = explained(move.part, rise)
    if (daily === Number.POSITIVE_INFINITY) return []
    const taken = Math.max(0, Math.min(sign * excessOf(move), daily * days))
    return [{ ...move, actual: move.actual - sign * taken }]
  })
  const usual = sumOf(left, (move) => move.usual)
  const excess = sign * sumOf(left, excessOf)
  if (!(usual > 0) || excess < levelTuning.minAmount * unitsPerMoney) return null
  if (excess < (1 - levelTuning.oneLeaf) * sign * sumOf(moves, excessOf)) return null
  const own = shareLeft(moves, left)
  const common = commonMove(own, rise.index)
  const fresh = freshRise(rise, common.log - rise.own.log)
  const spreads = Math.sqrt(Math.max(1, moves.length / common.count))
  if (!isInMoney(fresh, excess / usual) || !counts(fresh, common.along, spreads) || !isDiffuse(left, excess, sign))
    return null
  return { ...fresh, sum, score: scoreOf(fresh, spreads), moves: left, usual, actual: usual + sign * excess }
}

/** A rise of which a part is explained: what is left of its logs. */
const freshRise = (rise: Rise, change: number): Rise => ({
  ...rise,
  own: { ...rise.own, log: rise.own.log + change },
  apart: rise.apart && { ...rise.apart, log: rise.apart.log + change },
})

/** Whether the money moved as well, by at least half as much and not by next to nothing: many small leaves may move and no cost. */
const isInMoney = (rise: Rise, share: number) =>
  share >= Math.max(0.5 * Math.abs(Math.expm1(rise.own.log)), 0.75 * Math.expm1(leastLog(rise)))

/** The parts that are left; of one whose excess is explained in part, the log goes down with it. */
function shareLeft(moves: readonly Move[], left: readonly Move[]) {
  const before = new Map(moves.map((move) => [move.part, move]))
  return left.map(({ part, actual, usual }) => {
    const taken = (before.get(part)?.actual ?? actual) - actual
    const less =
      taken === 0 || !(usual > 0)
        ? 0
        : Math.log(Math.max(actual, 1e-3 * usual) / Math.max(actual + taken, 1e-3 * usual))
    return { weight: part.weight, logs: part.logs.map((log) => log + less) }
  })
}

const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0)

/** Whether several leaves moved, told by the inverse of the sum of squared shares, and none of them is most of it. */
function isDiffuse(moves: readonly Move[], excess: number, sign: number): boolean {
  const byLeaf = new Map<number, number>()
  for (const move of moves) byLeaf.set(move.part.leaf, (byLeaf.get(move.part.leaf) ?? 0) + sign * excessOf(move))
  const movers = [...byLeaf.values()].filter((amount) => amount > 0)
  const [whole, squares] = [sum(movers), sum(movers.map((amount) => amount ** 2))]
  return whole ** 2 >= levelTuning.fewestCarriers * squares && Math.max(...movers) < levelTuning.oneLeaf * excess
}

/**
 * The finding that fits its cause best: it holds most of what any of the day's sums shows, and its parts moved together. Of those that
 * fit alike the one of the level that says most.
 */
export function bestOf(findings: readonly LevelFinding[]): LevelFinding | undefined {
  const most = Math.max(...findings.map(dailyExcess))
  const fitOf = (one: LevelFinding) => (dailyExcess(one) / most) * uniformity(one) - rankStep * one.sum.rank
  return findings.toSorted((a, b) => fitOf(b) - fitOf(a))[0]
}

const rankStep = 0.01

const dailyExcess = ({ actual, usual, onset, day }: LevelFinding) => Math.abs(actual - usual) / (day - onset + 1)

/** Share of the expectation whose parts moved with the whole: 1 for a common cause, near a half for a sum that only holds one. */
function uniformity({ moves, usual, actual }: LevelFinding): number {
  const relative = (actual - usual) / usual
  const along = moves.filter((move) => move.usual > 0 && excessOf(move) / move.usual / relative >= 0.3)
  return sumOf(along, (move) => move.usual) / usual
}

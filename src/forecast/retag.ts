import type { LeafSeries } from './scopes.ts'

const window = 14
const tolerance = 0.25
const least = 14

const movable = ['team', 'service', 'account'] as const

/**
 * The daily costs with the histories of moved leaves joined: where a leaf ends on the day on which another that differs in its team,
 * service or account alone begins, or for a team rises, by the same amount, the other takes over its past.
 *
 * @param to last known day, inclusive; nothing later is read
 * @returns one array a leaf, currency units a day; those untouched are the given ones
 */
export function joinRetags(leaves: readonly LeafSeries[], to: number): Float64Array[] {
  const costs = leaves.map((leaf) => leaf.cost)
  const spans = costs.map((cost) => ({ first: firstSpend(cost, to), last: lastSpend(cost, to) }))
  const ended = [...leaves.keys()].filter((i) => {
    const { first, last } = spans[i] as Span
    return last >= first + least && last < to && level(costs[i] as Float64Array, last - window + 1, last) > 0
  })
  if (ended.length === 0) return costs
  const groups = movable.map((moved) => siblings(leaves, moved))
  for (const i of ended.sort((a, b) => (spans[a] as Span).last - (spans[b] as Span).last)) {
    for (const [k, moved] of movable.entries()) {
      const group = groups[k]?.get(keyOf(leaves[i] as LeafSeries, moved)) ?? []
      const heir = heirOf(group, costs, spans, { i, to, mayRise: moved === 'team' })
      if (heir === null) continue
      costs[heir] = joined(costs[heir] as Float64Array, costs[i] as Float64Array, to)
      costs[i] = new Float64Array((costs[i] as Float64Array).length)
      break
    }
  }
  return costs
}

interface Span {
  readonly first: number
  readonly last: number
}

function siblings(leaves: readonly LeafSeries[], moved: (typeof movable)[number]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [i, leaf] of leaves.entries()) {
    const key = keyOf(leaf, moved)
    const group = groups.get(key)
    if (group) group.push(i)
    else groups.set(key, [i])
  }
  return groups
}

function keyOf(leaf: LeafSeries, moved: (typeof movable)[number]): string {
  return JSON.stringify([leaf.provider, ...movable.map((name) => (name === moved ? null : leaf[name]))])
}

function heirOf(
  group: readonly number[],
  costs: readonly Float64Array[],
  spans: readonly Span[],
  { i, to, mayRise }: { readonly i: number; readonly to: number; readonly mayRise: boolean },
): number | null {
  const { last } = spans[i] as Span
  const end = Math.min(to, last + window)
  const length = end - last
  const lost = level(costs[i] as Float64Array, last - length + 1, last)
  let best: number | null = null
  let off = mayRise ? tolerance : tolerance / 2
  for (const other of group) {
    const { first } = spans[other] as Span
    if (other === i || (!mayRise && (first <= last || first > last + 2)) || first > last + 2) continue
    const cost = costs[other] as Float64Array
    const gained = level(cost, last + 1, end) - level(cost, last - length + 1, last)
    const miss = Math.abs(gained / lost - 1)
    if (miss >= off) continue
    off = miss
    best = other
  }
  return best
}

function firstSpend(cost: Float64Array, to: number): number {
  let day = 0
  while (day <= to && cost[day] === 0) day++
  return day
}

function joined(heir: Float64Array, past: Float64Array, to: number): Float64Array {
  const sum = heir.slice()
  for (let day = 0; day <= to; day++) sum[day] = (sum[day] as number) + (past[day] as number)
  return sum
}

function lastSpend(cost: Float64Array, to: number): number {
  let day = to
  while (day >= 0 && cost[day] === 0) day--
  return day
}

function level(cost: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let day = Math.max(0, from); day <= to; day++) sum += cost[day] as number
  return sum / Math.max(1, to - Math.max(0, from) + 1)
}

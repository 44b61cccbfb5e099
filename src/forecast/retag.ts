import type { LeafSeries } from './scopes.ts'

const window = 14
const tolerance = 0.25

/**
 * The daily costs with the histories of re-tagged leaves joined: where a leaf ends on the day on which a sibling of the same
 * provider, account and service begins or rises by the same amount, the sibling takes over its past.
 *
 * @param to last known day, inclusive; nothing later is read
 * @returns one array a leaf, currency units a day; those untouched are the given ones
 */
export function joinRetags(leaves: readonly LeafSeries[], to: number): Float64Array[] {
  const costs = leaves.map((leaf) => leaf.cost)
  const siblings = new Map<string, number[]>()
  for (const [i, { provider, account, service }] of leaves.entries()) {
    const key = JSON.stringify([provider, account, service])
    const group = siblings.get(key)
    if (group) group.push(i)
    else siblings.set(key, [i])
  }
  for (const group of siblings.values()) {
    if (group.length < 2) continue
    const ended = group.flatMap((i) => {
      const last = lastSpend(costs[i] as Float64Array, to)
      return last >= 0 && last < to && level(costs[i] as Float64Array, last - window + 1, last) > 0 ? [{ i, last }] : []
    })
    for (const { i, last } of ended.sort((a, b) => a.last - b.last)) {
      const heir = heirOf(group, costs, { i, last, to })
      if (heir === null) continue
      costs[heir] = joined(costs[heir] as Float64Array, costs[i] as Float64Array, to)
      costs[i] = new Float64Array((costs[i] as Float64Array).length)
    }
  }
  return costs
}

function heirOf(
  group: readonly number[],
  costs: readonly Float64Array[],
  { i, last, to }: { readonly i: number; readonly last: number; readonly to: number },
): number | null {
  const lost = level(costs[i] as Float64Array, last - window + 1, last)
  let best: number | null = null
  let least = tolerance
  for (const other of group) {
    if (other === i) continue
    const cost = costs[other] as Float64Array
    const end = Math.min(to, last + window)
    const gained = level(cost, last + 1, end) - level(cost, last - window + 1, last)
    const miss = Math.abs(gained / lost - 1)
    if (miss < least) {
      least = miss
      best = other
    }
  }
  return best
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

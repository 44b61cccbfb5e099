import type { Part, Parts } from './level-parts.ts'

/** Which days of each account are known: by account, one flag a day. */
export type Known = readonly Uint8Array[]

const activeDays = 14

/**
 * Tells day after day what is known. A day of an account is unknown where the account is not complete, and on a gap: at least two
 * leaves that spent on each of the two weeks before, and nearly none of them has a row. Parts then get their usual amount, so that
 * their sums go on without them.
 */
export function createKnown({ all, days, complete_before }: Parts) {
  const flags: Known = Array.from(complete_before, () => new Uint8Array(days))
  const partsOf = Array.from(complete_before, (_, account) => all.filter((part) => part.account_index === account))
  const streaks = new Map<Part, number>()
  return {
    flags,
    look(day: number): void {
      partsOf.forEach((parts, account) => {
        const gap = lookAtAccount(parts, streaks, day)
        const known = !gap && day < (complete_before[account] as number)
        ;(flags[account] as Uint8Array)[day] = known ? 1 : 0
        if (!known) for (const { x } of parts) x[day] = usualBefore(x, day)
      })
    },
  }
}

/** Takes note of the leaves that spend on the day; returns whether it is a gap. */
function lookAtAccount(parts: readonly Part[], streaks: Map<Part, number>, day: number): boolean {
  const leaves = parts.filter(({ level }) => level === 'leaf')
  const gap = isGap(leaves, streaks, day)
  for (const leaf of leaves) {
    if (leaf.x[day] !== 0) streaks.set(leaf, (streaks.get(leaf) ?? 0) + 1)
    else if (!gap) streaks.set(leaf, 0)
  }
  return gap
}

function isGap(leaves: readonly Part[], streaks: ReadonlyMap<Part, number>, day: number): boolean {
  const usual = leaves.filter((leaf) => (streaks.get(leaf) ?? 0) >= activeDays)
  return usual.length >= 2 && usual.filter(({ x }) => x[day] !== 0).length <= 0.1 * usual.length
}

/** Mean of the same weekday in the four weeks before. */
function usualBefore(x: Float64Array, day: number): number {
  const before = [7, 14, 21, 28].filter((back) => day >= back).map((back) => x[day - back] as number)
  return before.length === 0 ? 0 : before.reduce((a, b) => a + b, 0) / before.length
}

export const isKnown = ({ account_index }: Part, known: Known, day: number) => known[account_index]?.[day] === 1

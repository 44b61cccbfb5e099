import type { LeafState } from './leaf.ts'
import type { Estate, ModelRun } from './model.ts'

/** An odd day below this part of its expectation is noise. */
const leastIncident = 0.3

/**
 * What a leaf would have cost after an earlier origin without incidents that began later: usage without spikes and gaps, later
 * lasting steps taken back to the level known at the earlier origin, recurring amounts as posted.
 *
 * Intervals are calibrated on it, so they state what ordinary noise does; an incident is an alert's business, not theirs.
 *
 * @param now run at the real origin
 * @param then run at the earlier one
 * @returns currency units a day from the day after the earlier origin; null where the leaf was born, re-tagged or ended since
 */
export function quietActuals(estate: Estate, now: ModelRun, then: ModelRun, leaf: number): Float64Array | null {
  const state = now.states[leaf]
  const before = then.states[leaf]
  if (!state && !before) return new Float64Array(now.to - then.to)
  if (!state || !before || state.ended !== before.ended || state.birth !== before.birth) return null
  if ((state.kind === 'daily') !== (before.kind === 'daily')) return null
  const cost = estate.leaves[leaf]?.cost as Float64Array
  const actuals = new Float64Array(now.to - then.to)
  const base = state.steps[then.to] as number
  for (let i = 0; i < actuals.length; i++) actuals[i] = (state.usage[then.to + 1 + i] as number) / base
  addNoise(actuals, state, then.to)
  if (state.kind === 'fee') for (let i = 0; i < actuals.length; i++) actuals[i] = cost[then.to + 1 + i] as number
  else
    for (const lump of state.lumps)
      for (const { day, amount } of lump.hits)
        if (day > then.to) actuals[day - then.to - 1] = (actuals[day - then.to - 1] as number) + amount
  return actuals
}

/** Puts odd days back that are too small for an incident: the tail of the noise, a holiday. */
function addNoise(actuals: Float64Array, { clean, lumps, usage, steps }: LeafState, to: number): void {
  if (!clean) return
  const recurring = new Set(lumps.flatMap(({ hits }) => hits.map(({ day }) => day)))
  for (const { day, amount } of clean.events) {
    const part = amount / Math.abs((usage[day] as number) / (steps[day] as number))
    if (day <= to || recurring.has(day) || !(Math.abs(part) < leastIncident)) continue
    actuals[day - to - 1] = (actuals[day - to - 1] as number) * (1 + part)
  }
}

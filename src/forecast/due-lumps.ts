import type { Lump, LumpSchedule } from '../stats/lumps.ts'
import { ruleText } from '../stats/lumps.ts'
import { median } from '../stats/median.ts'

/** A recurring amount still to come: day index, currency units, its spread, the rule in words. */
export interface DueLump {
  readonly day: number
  readonly amount: number
  /** Usual distance of such an amount from what was expected, currency units. */
  readonly spread: number
  /** Days after `day` on which such an amount has been posted instead, now and then. */
  readonly late: readonly number[]
  readonly rule: string
}

const alike = 0.1

/**
 * The dates and amounts of a lump after the last known day.
 *
 * An amount whose date has passed without posting is still to come until its usual slip and two days are over; then that month's
 * is taken as cancelled.
 *
 * @param to last known day
 * @param end first day index not asked for
 */
export function dueLumps(lump: Lump, schedule: LumpSchedule, to: number, end: number): DueLump[] {
  const days = schedule.find(({ rule }) => rule === lump.rule)?.days ?? []
  const lastHit = lump.hits.at(-1)
  if (!lastHit) return []
  const amount = nextAmount(lump)
  const delay = usualDelay(lump)
  const spread = amountSpread(lump)
  const late = [...new Set(lump.hits.map((hit) => hit.day - hit.due - delay).filter((days) => days > 0))]
  const rule = ruleText(lump.rule)
  return days.flatMap((due) => {
    if (due <= lastHit.due || due >= end) return []
    const day = due + delay
    if (day > to) return day < end ? [{ day, amount, spread, late, rule }] : []
    return to < due + lump.slip + 2 ? [{ day: to + 1, amount, spread, late, rule }] : []
  })
}

/** The last amount, or the mean of the latest ones where they differ only by chance. */
function nextAmount(lump: Lump): number {
  const recent = lump.hits.slice(-4).map((hit) => hit.amount)
  const last = recent.at(-1) ?? 0
  const previous = recent.at(-2) ?? last
  if (Math.abs(last - previous) > alike * Math.abs(previous) * 3 && recent.length > 2) {
    const sorted = recent.slice(-3).sort((a, b) => a - b)
    return sorted[1] ?? last
  }
  if (last === previous) return last
  const near = recent.slice(-3).filter((amount) => Math.abs(amount - last) <= alike * Math.abs(last))
  return near.reduce((sum, amount) => sum + amount, 0) / near.length
}

function usualDelay(lump: Lump): number {
  const counts = new Map<number, number>()
  for (const hit of lump.hits) counts.set(hit.day - hit.due, (counts.get(hit.day - hit.due) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 0
}

/** Typical change between successive amounts. */
function amountSpread(lump: Lump): number {
  const recent = lump.hits.slice(-7)
  return median(recent.slice(1).map((hit, i) => Math.abs(hit.amount - (recent[i]?.amount ?? hit.amount))))
}

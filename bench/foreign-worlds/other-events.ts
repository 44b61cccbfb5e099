import type { Cell, Leaf } from '../worlds/model.ts'
import { type Build, firstEvent, isFree, isFreeAfter, label, place, usageOf } from './build.ts'
import { largest, scaleDay } from './usage-events.ts'
import { isMaterial, pastOf, showsAsLevel } from './visible.ts'

/** Plants a weekend shutdown that stops working for some weekends. */
export function plantWeekend(at: Build): boolean {
  const weekends = at.rng.int(2, 9)
  const found = place(at, ['business'], 16)
  if (!found) return false
  const { leaf } = found
  const start = found.start + 5 - Math.min(5, at.calendar.weekday(found.start))
  const usage = usageOf(leaf)
  const left = at.rng.uniform(0.8, 1.02)
  const weekday = (day: number) => (usage.subarray(day - 5, day).reduce((a, b) => a + b, 0) / 5) * left
  const past = pastOf(usage, start)
  if (at.calendar.weekday(start) !== 5 || past.expected > 0.75 * weekday(start)) return false
  const usual = Math.max(past.expected, usage[start] as number)
  if (!showsAsLevel(weekday(start) - usual, past)) return false
  const last = Math.min(at.calendar.days - 1, start + 7 * weekends - 6)
  if (!isFree(at, leaf.id, start, last)) return false
  const change = new Array<number>(last - start + 1).fill(0)
  for (let day = start; day <= last; day++) {
    if (at.calendar.weekday(day) < 5 || usage[day] === 0) continue
    const target = weekday(at.calendar.weekday(day) === 5 ? day : day - 1) * (1 + 0.02 * at.rng.normal())
    change[day - start] = scaleDay(leaf, day, Math.max(1, target / (usage[day] as number)))
  }
  const { region, usage_type } = largest(leaf, start)
  label(at, {
    type: 'weekend',
    leaves: [leaf.id],
    start,
    end: last,
    window_end: start + 8,
    quiet_until: last + 15,
    root: { leaf: leaf.id, region, usage_type },
    change,
  })
  return true
}

/** Plants a lapsed commitment: all leaves of one account and service rise by one factor, most of them for good. */
export function plantLapse(at: Build): boolean {
  const found = place(at, ['steady', 'compute', 'business'], 15)
  if (!found) return false
  const { leaf: one, start } = found
  const leaves = at.leaves.filter(
    ({ account, service, kind }) => account === one.account && service === one.service && kind !== 'sparse',
  )
  if (leaves.length < 2 || leaves.some(({ id }) => !isFreeAfter(at, id, start))) return false
  const factor = 1 / (1 - at.rng.uniform(0.22, 0.45))
  const pasts = leaves.map((leaf) => pastOf(usageOf(leaf), start))
  const whole = pasts.reduce((sum, { expected }) => sum + expected, 0) * (factor - 1)
  const spread = Math.hypot(...pasts.map((past) => past.spread))
  if (!isMaterial(whole, whole / (factor - 1)) || whole < 3 * spread) return false
  const end = at.rng.chance(0.25) ? Math.min(at.calendar.days, start + at.rng.int(16, 50)) - 1 : at.calendar.days - 1
  const change = Array.from({ length: end - start + 1 }, (_, i) =>
    leaves.reduce((sum, leaf) => sum + scaleDay(leaf, start + i, factor), 0),
  )
  const main = leaves.toSorted((a, b) => (usageOf(b)[start] as number) - (usageOf(a)[start] as number))[0] as Leaf
  const { region, usage_type } = largest(main, start)
  label(at, {
    type: 'lapse',
    leaves: leaves.map(({ id }) => id),
    start,
    end,
    window_end: start + 13,
    quiet_until: end < at.calendar.days - 1 ? end + 25 : start + 60,
    root: { leaf: main.id, region, usage_type },
    change,
  })
  return true
}

const feeTypes = new Set(['Subscription:month', 'Support', 'Saas', 'Licence'])

/** Plants a recurring fee that is posted several times as high as every earlier one. */
export function plantFeeJump(at: Build): boolean {
  const fees = at.leaves.flatMap((leaf) =>
    leaf.cells.filter(({ usage_type }) => feeTypes.has(usage_type)).map((cell) => ({ leaf, cell })),
  )
  if (fees.length === 0) return false
  const { leaf, cell } = at.rng.pick(fees)
  const due = [...cell.cost.keys()].filter((day) => (cell.cost[day] as number) > 0)
  const days = due.slice(3).filter((day) => day >= firstEvent && day <= at.last)
  if (days.length === 0) return false
  const start = at.rng.pick(days)
  const amounts = due.filter((day) => day < start).map((day) => cell.cost[day] as number)
  const before = cell.cost[start] as number
  const factor = at.rng.logUniform(1.5, 5)
  const excess = before * factor - Math.max(...amounts, before)
  const past = pastOf(usageOf(leaf), start)
  const isShown = isMaterial(excess, before) && excess >= 5 * past.spread && excess >= leastOfUsage * past.expected
  if (!isShown || !isFree(at, leaf.id, start, start + 40)) return false
  cell.cost[start] = before * factor
  label(at, {
    type: 'fee_jump',
    leaves: [leaf.id],
    start,
    end: start,
    window_end: start + 2,
    quiet_until: start + 45,
    root: { leaf: leaf.id, region: cell.region, usage_type: cell.usage_type },
    change: [before * (factor - 1)],
  })
  return true
}

/** A jump of less than this share of the day's usage disappears in it. */
const leastOfUsage = 0.25

/** Plants the end of a credit that has covered part of a leaf's usage every day. */
export function plantCreditEnd(at: Build): boolean {
  const found = place(at, ['steady', 'compute', 'business', 'adoption'], 15)
  if (!found) return false
  const { leaf, start } = found
  if (!isFree(at, leaf.id, 0, start)) return false
  const usage = usageOf(leaf)
  const past = pastOf(usage, start)
  const share = at.rng.uniform(0.3, 1)
  const isFlat = at.rng.chance(0.4)
  const covered = (day: number) =>
    isFlat ? Math.min(past.expected, usage[day] as number) * share : (usage[day] as number) * share
  if (!showsAsLevel(past.expected * share, past)) return false
  const credit: Cell = {
    region: largest(leaf, start).region,
    usage_type: 'PromotionalCredit',
    charge_category: 'Credit',
    cost: usage.map((_, day) => (day < start ? -covered(day) : 0)),
  }
  leaf.cells.push(credit)
  label(at, {
    type: 'credit_end',
    leaves: [leaf.id],
    start,
    end: at.calendar.days - 1,
    window_end: start + 13,
    quiet_until: start + 60,
    root: { leaf: leaf.id, region: credit.region, usage_type: credit.usage_type },
    change: Array.from({ length: at.calendar.days - start }, (_, i) => covered(start + i)),
  })
  return true
}

import { type Lump, type LumpSchedule, learnLumps } from '../stats/lumps.ts'
import type { Calendar } from './calendar.ts'
import { type Clean, cleanSeries } from './clean.ts'
import { type Kind, type Pattern, weekPattern } from './pattern.ts'

/** What all leaves of a file share. */
export interface LeafContext {
  readonly calendar: Calendar
  readonly schedule: LumpSchedule
}

/** What is known of a leaf on its last known day. */
export interface LeafState {
  readonly kind: Kind
  readonly birth: number
  readonly ended: boolean
  readonly clean: Clean | null
  /** Usage without incidents and lumps at the latest level, currency units a day by day index; 0 before birth. */
  readonly usage: Float64Array
  /** Factor by day index that brought the day to the latest level. */
  readonly steps: Float64Array
  readonly lumps: readonly Lump[]
}

const leastFeeShare = 0.75

/**
 * Splits a leaf's history into usage without incidents, steps and recurring lumps.
 *
 * @param cost currency units a day, index = day of the calendar
 * @param to last known day, inclusive; nothing later is read
 * @param missing 1 on days without any row of the account
 * @returns null for a leaf without spend
 */
export function analyseLeaf(
  cost: Float64Array,
  to: number,
  missing: Uint8Array,
  context: LeafContext,
): LeafState | null {
  let birth = 0
  while (birth <= to && cost[birth] === 0) birth++
  if (birth > to) return null
  let last = to
  while (cost[last] === 0) last--
  const pattern = weekPattern(cost, context.calendar, birth, last)
  if (!pattern) return intermittent(cost, { birth, last, to }, context)
  const range = { from: birth, to: Math.max(last, to - 10) }
  const sign = isNegative(cost, birth, last) ? -1 : 1
  const series = sign < 0 ? cost.map((value) => -value) : cost
  const clean = cleanSeries(series, context.calendar, range, pattern, missing)
  const events = [
    ...clean.events.map(({ day, amount }) => ({ day, amount: amount * sign })),
    ...idleSpend(cost, context.calendar, range, pattern),
  ].sort((a, b) => a.day - b.day)
  const lumps = learnLumps(events, context.schedule, { from: birth, to: last })
  const { usage, steps } = usageOf(clean, sign, { birth, to }, context.calendar)
  return {
    kind: 'daily',
    birth,
    ended: isOver(cost, pattern, missing, { last, to }, context.calendar),
    clean,
    usage,
    steps,
    lumps,
  }
}

/** Spend on a minority of days: recurring fees, and what is left of it as sparse usage. */
function intermittent(
  cost: Float64Array,
  { birth, last, to }: { readonly birth: number; readonly last: number; readonly to: number },
  context: LeafContext,
): LeafState {
  const events: { day: number; amount: number }[] = []
  for (let day = birth; day <= last; day++) if (cost[day] !== 0) events.push({ day, amount: cost[day] as number })
  const lumps = learnLumps(events, context.schedule, { from: birth, to, strict: true })
  const usage = new Float64Array(to + 1)
  for (const { day, amount } of events) usage[day] = amount
  for (const lump of lumps) for (const { day } of lump.hits) usage[day] = 0
  const total = events.reduce((sum, { amount }) => sum + Math.abs(amount), 0)
  const rest = usage.reduce((sum, value) => sum + Math.abs(value), 0)
  const kind = lumps.length > 0 && rest <= (1 - leastFeeShare) * total ? 'fee' : 'sparse'
  if (kind === 'fee') usage.fill(0)
  const usual = (last - birth) / Math.max(1, events.length - 1)
  const ended = kind === 'sparse' && to - last > Math.max(45, 5 * usual)
  return { kind, birth, ended, clean: null, usage, steps: new Float64Array(to + 1).fill(1), lumps }
}

function isNegative(cost: Float64Array, from: number, to: number): boolean {
  let balance = 0
  for (let day = from; day <= to; day++) balance += Math.sign(cost[day] as number)
  return balance < 0
}

function idleSpend(
  cost: Float64Array,
  calendar: Calendar,
  { from, to }: { readonly from: number; readonly to: number },
  pattern: Pattern,
) {
  const events: { day: number; amount: number }[] = []
  for (let day = from; day <= to; day++)
    if (cost[day] !== 0 && !pattern.active[calendar.weekday[day] as number])
      events.push({ day, amount: cost[day] as number })
  return events
}

/** True when the leaf has been silent for so many of its spending days that it will not come back by itself. */
function isOver(
  cost: Float64Array,
  pattern: Pattern,
  missing: Uint8Array,
  ...[{ last, to }, calendar]: [{ readonly last: number; readonly to: number }, Calendar]
): boolean {
  let silent = 0
  for (let day = last + 1; day <= to; day++)
    if (cost[day] === 0 && missing[day] !== 1) silent += pattern.hit[calendar.weekday[day] as number] as number
  return silent > 2.6
}

function usageOf(
  clean: Clean,
  sign: number,
  { birth, to }: { readonly birth: number; readonly to: number },
  calendar: Calendar,
) {
  const usage = new Float64Array(to + 1)
  const steps = new Float64Array(to + 1).fill(1)
  const price = (day: number) => (clean.monthPriced ? 365.25 / 12 / (calendar.monthLength[day] as number) : 1)
  let day = birth
  for (let i = 0; i < clean.points; i++) {
    const at = clean.day[i] as number
    const factor = clean.steps[i] as number
    const level = clean.level[i] as number
    const local = !Number.isNaN(level) ? level : (clean.local[i] as number) * factor
    usage[at] = !Number.isNaN(local)
      ? sign * local * (clean.profile[calendar.weekday[at] as number] as number) * price(at)
      : 0
    for (; day <= at; day++) steps[day] = factor
  }
  return { usage, steps }
}

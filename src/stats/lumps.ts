import { median } from './median.ts'

/** Calendar facts by day index; weekday 0 is Monday, months are counted from any origin. */
export interface LumpCalendar {
  readonly weekday: Uint8Array
  readonly dayOfMonth: Uint8Array
  readonly monthLength: Uint8Array
  readonly month: Int32Array
}

/** An amount above (or below) the expectation of its day. */
export interface LumpEvent {
  readonly day: number
  readonly amount: number
}

/** When in a month an amount is due. `n` counts from 1: the day, the day from the end, or which of the weekdays. */
export interface LumpRule {
  readonly kind: 'day' | 'last' | 'weekday'
  readonly n: number
  readonly weekday: number
}

/** An amount that recurs every month: its rule, the largest slip seen in days, and what was posted, oldest first. */
export interface Lump {
  readonly rule: LumpRule
  readonly slip: number
  readonly hits: readonly (LumpEvent & { readonly due: number })[]
}

/** Every rule with the day indices on which it is due, ascending. */
export type LumpSchedule = readonly { readonly rule: LumpRule; readonly days: readonly number[] }[]

/** Days by which posting may be late, tried in turn. */
const slips = [0, 1, 2, 4]
/** Amounts that differ by more, as a fraction, are not one lump. */
const maxScatter = 0.5
/** Chance matches tolerated over all rules tried. */
const maxChance = 0.02
const rules: readonly LumpRule[] = [
  ...Array.from({ length: 28 }, (_, i): LumpRule => ({ kind: 'day', n: i + 1, weekday: 0 })),
  ...Array.from({ length: 3 }, (_, i): LumpRule => ({ kind: 'last', n: i + 1, weekday: 0 })),
  ...Array.from({ length: 28 }, (_, i): LumpRule => ({ kind: 'weekday', n: (i % 4) + 1, weekday: Math.floor(i / 4) })),
]

/** The due days of every rule over a calendar; one that reaches into the future gives future due days too. */
export function lumpSchedule(calendar: LumpCalendar): LumpSchedule {
  const all = Array.from(calendar.month, (_, day) => day)
  return rules.map((rule) => ({ rule, days: all.filter((day) => isDue(rule, calendar, day)) }))
}

/**
 * Finds amounts that recur on a day of month, near the month's end or on the n-th weekday, posted up to four days late.
 * Causal when the events are: it reads no day after `to`. Shared by detection and forecast.
 *
 * @param events days off their expectation, ascending by day, within `[from, to]`
 * @param schedule due days of every rule, made once by `lumpSchedule`
 * @param from first day index with data
 * @param to last known day index, inclusive
 * @returns rules that explain more events than chance would, best first; an event belongs to at most one
 *
 * Fees of 80 on the first of May, June and July give `[{ rule: { kind: 'day', n: 1, … }, slip: 0, hits: [three] }]`
 */
export function learnLumps(events: readonly LumpEvent[], schedule: LumpSchedule, from: number, to: number): Lump[] {
  const lumps: Lump[] = []
  if (events.length < 2) return lumps
  const dues = schedule.map(({ rule, days }) => ({ rule, days: days.filter((day) => day >= from && day <= to) }))
  let left = events
  while (left.length >= 2 && lumps.length < 6) {
    const found = bestLump(left, events.length / (to - from + 1), dues, to)
    if (!found) break
    lumps.push(found)
    const used = new Set(found.hits.map((hit) => hit.day))
    left = left.filter((event) => !used.has(event.day))
  }
  return lumps
}

function bestLump(events: readonly LumpEvent[], rate: number, ...[schedule, to]: [LumpSchedule, number]): Lump | null {
  let best: Lump | null = null
  let least = Math.log(maxChance)
  for (const sign of [1, -1]) {
    const amounts = new Map(events.flatMap(({ day, amount }) => (amount * sign > 0 ? [[day, amount] as const] : [])))
    if (amounts.size < 2) continue
    for (const { rule, days: dues } of schedule) {
      for (const slip of slips) {
        const lump = match(rule, dues, amounts, slip, to)
        if (!lump) continue
        const meanSlip = lump.hits.reduce((sum, hit) => sum + hit.day - hit.due, 0) / lump.hits.length
        const score =
          chanceOf(lump, dues, rate, slip, to) - lump.hits.length + meanSlip + (rule.kind === 'weekday' ? 1 : 0)
        if (score < least) {
          least = score
          best = lump
        }
      }
    }
  }
  return best
}

function match(
  rule: LumpRule,
  dues: readonly number[],
  ...[amounts, slip, to]: [ReadonlyMap<number, number>, number, number]
): Lump | null {
  const hits: { day: number; amount: number; due: number }[] = []
  for (const due of dues) {
    for (let day = due; day <= Math.min(due + slip, to); day++) {
      const amount = amounts.get(day)
      if (amount === undefined) continue
      hits.push({ day, amount, due })
      break
    }
  }
  const last = hits.at(-1)
  if (hits.length < 2 || !last) return null
  const overdue = dues.filter((due) => due > last.due && due + Math.max(1, slip) <= to).length
  if (overdue > 1) return null
  if (hits.length < 3 ? !alike(hits) : scatter(hits) > maxScatter) return null
  return { rule, slip: Math.max(...hits.map((hit) => hit.day - hit.due)), hits }
}

/** Typical distance of an amount from the middle one, as a fraction of it. */
function scatter(hits: readonly LumpEvent[]): number {
  const middle = median(hits.map((hit) => hit.amount))
  return median(hits.map((hit) => Math.abs(hit.amount / middle - 1)))
}

function alike(hits: readonly LumpEvent[]): boolean {
  const sizes = hits.map((hit) => Math.abs(hit.amount))
  return Math.max(...sizes) <= 1.25 * Math.min(...sizes)
}

/** Log of the chance that events at the given daily rate match as often since the first match, over all rules. */
function chanceOf(lump: Lump, dues: readonly number[], rate: number, ...[slip, to]: [number, number]): number {
  const first = lump.hits[0]?.due ?? 0
  const tries = dues.filter((due) => due >= first && due + slip <= to).length
  const hits = Math.min(lump.hits.length, tries)
  const p = Math.min(0.999, 1 - (1 - Math.min(rate, 0.99)) ** (slip + 1))
  let tail = 0
  for (let k = hits; k <= tries; k++) tail += choose(tries, k) * p ** k * (1 - p) ** (tries - k)
  const bonus = alike(lump.hits.slice(-3)) ? 2.5 : 0
  return Math.log(Math.max(tail, 1e-300) * rules.length) - bonus
}

function choose(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i
  return result
}

function isDue(rule: LumpRule, calendar: LumpCalendar, day: number): boolean {
  const date = calendar.dayOfMonth[day] as number
  if (rule.kind === 'day') return date === rule.n
  if (rule.kind === 'last') return date === (calendar.monthLength[day] as number) - rule.n + 1
  return calendar.weekday[day] === rule.weekday && Math.ceil(date / 7) === rule.n
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** The rule in words: `day 1`, `last day`, `2 days before month end`, `Monday 1 of month`. */
export function ruleText(rule: LumpRule): string {
  if (rule.kind === 'day') return `day ${rule.n}`
  if (rule.kind === 'last') return rule.n === 1 ? 'last day' : `day ${rule.n} from the end`
  return `${weekdays[rule.weekday]} ${rule.n} of month`
}

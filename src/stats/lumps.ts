import { medianInPlace } from './select.ts'

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
const longestSlip = 4
const maxLumps = 6
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

/** Days to look at, `to` inclusive. `strict` for series that consist of little but events, where chance matches abound. */
export interface LumpSearch {
  readonly from: number
  readonly to: number
  readonly strict?: boolean
}

/**
 * Finds amounts that recur on a day of month, near the month's end or on the n-th weekday, posted up to four days late.
 * Causal when the events are: it reads no day after `to`. Finds rules to carry on, for the
 * forecast; whether one day's amount may be a recurring one is asked with less evidence, by `lumpDue` of src/detect/lumps.ts.
 *
 * @param events days off their expectation, within `[from, to]`
 * @param schedule due days of every rule, made once by `lumpSchedule`
 * @returns rules that explain more events than chance would, best first; an event belongs to at most one
 *
 * Fees of 80 on the first of May, June and July give `[{ rule: { kind: 'day', n: 1, … }, slip: 0, hits: [three] }]`
 */
export function learnLumps(events: readonly LumpEvent[], schedule: LumpSchedule, search: LumpSearch): Lump[] {
  const lumps: Lump[] = []
  if (events.length < 2) return lumps
  const { from, to } = search
  const dues = schedule.map(({ rule, days }) => ({ rule, days: days.filter((day) => day >= from && day <= to) }))
  const amounts = new Float64Array(to - from + 1 + longestSlip)
  for (const { day, amount } of events) amounts[day - from] = amount
  let left = events.length
  const limit = Math.log(search.strict ? maxChance / 10 : maxChance)
  while (left >= 2 && lumps.length < maxLumps) {
    const found = bestLump(amounts, events.length / (to - from + 1), { dues, from, to, limit })
    if (!found) break
    lumps.push(found)
    left -= found.hits.length
    for (const hit of found.hits) amounts[hit.day - from] = 0
  }
  return lumps
}

interface Trial {
  readonly dues: LumpSchedule
  readonly from: number
  readonly to: number
  readonly limit: number
}

function bestLump(amounts: Float64Array, rate: number, trial: Trial): Lump | null {
  let best: { lump: Lump; score: number } | null = null
  for (const sign of [1, -1])
    for (const one of trial.dues)
      for (const slip of slips) {
        const found = tryRule(one, amounts, rate, { ...trial, slip, sign })
        if (found && (!best || found.score < best.score)) best = found
      }
  return best?.lump ?? null
}

function tryRule(
  { rule, days }: LumpSchedule[number],
  amounts: Float64Array,
  rate: number,
  trial: Trial & { slip: number; sign: number },
): { lump: Lump; score: number } | null {
  const hits = match(days, amounts, trial)
  if (!hits) return null
  const chance = chanceOf(hits, days, rate, trial)
  if (chance > trial.limit) return null
  const late = hits.map((hit) => hit.day - hit.due)
  const meanLate = late.reduce((sum, days) => sum + days, 0) / hits.length
  return {
    lump: { rule, slip: Math.max(...late), hits },
    score: chance - hits.length + meanLate + (rule.kind === 'weekday' ? 1 : 0),
  }
}

type Hits = Lump['hits']

function match(
  dues: readonly number[],
  amounts: Float64Array,
  { from, to, slip, sign }: { from: number; to: number; slip: number; sign: number },
): Hits | null {
  let count = 0
  let last = -1
  for (const due of dues) {
    if (hitOffset(amounts, due - from, slip, sign) < 0) continue
    count++
    last = due
  }
  if (count < 2) return null
  let overdue = 0
  for (const due of dues) if (due > last && due + Math.max(1, slip) <= to) overdue++
  if (overdue > 1) return null
  const hits = dues.flatMap((due) => {
    const late = hitOffset(amounts, due - from, slip, sign)
    return late < 0 ? [] : [{ due, day: due + late, amount: amounts[due + late - from] as number }]
  })
  return (count < 3 ? alike(hits) : scatter(hits) <= maxScatter) ? hits : null
}

function hitOffset(amounts: Float64Array, at: number, slip: number, sign: number): number {
  for (let late = 0; late <= slip; late++) if ((amounts[at + late] as number) * sign > 0) return late
  return -1
}

/** Typical distance of an amount from the middle one, as a fraction of it. */
function scatter(hits: readonly LumpEvent[]): number {
  const amounts = Float64Array.from(hits, (hit) => hit.amount)
  const middle = medianInPlace(amounts, hits.length)
  return medianInPlace(
    amounts.map((amount) => Math.abs(amount / middle - 1)),
    hits.length,
  )
}

function alike(hits: readonly LumpEvent[]): boolean {
  const sizes = hits.map((hit) => Math.abs(hit.amount))
  return Math.max(...sizes) <= 1.25 * Math.min(...sizes)
}

/** Log of the chance that events at the given daily rate match as often since the first match, over all rules and slips. */
function chanceOf(
  hits: Hits,
  dues: readonly number[],
  rate: number,
  { slip, to }: { slip: number; to: number },
): number {
  const first = hits[0]?.due ?? 0
  let tries = 0
  for (const due of dues) if (due >= first && due + slip <= to) tries++
  const p = Math.min(0.999, 1 - (1 - Math.min(rate, 0.99)) ** (slip + 1))
  let tail = 0
  for (let k = Math.min(hits.length, tries); k <= tries; k++) tail += choose(tries, k) * p ** k * (1 - p) ** (tries - k)
  const bonus = alike(hits.slice(-3)) ? 2.5 : 0
  return Math.log(Math.max(tail, 1e-300) * rules.length * slips.length) - bonus
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

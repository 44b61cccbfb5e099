import type { Fraction } from '../core/money.ts'
import { type BackTest, backTest, type Rule, refusal } from './back-test.ts'
import { outcomeRange, type Range } from './bootstrap.ts'
import { type Demand, sliceOf } from './demand.ts'
import { floorTo, fraction, lower, times, toNumber } from './fraction.ts'
import { performanceOf, savingsOf } from './performance.ts'
import { type Policy, roughSizeOf, sizeOf } from './size.ts'
import { trendFactor } from './trend.ts'

/** Look-backs in days at which rules are tried (specs/commitments.md section 10). */
export const lookbackDays = [7, 30, 60, 90] as const

/** Origins that a back-test needs to say anything. */
const leastOrigins = 4

/** One way to size a purchase on a history: discounted currency units per hour. */
interface Posture {
  readonly name: 'conservative' | 'balanced' | 'aggressive'
  size(history: Demand, lab: Lab, best: Sizer): Fraction
}

/** The best size of a history, exactly for what is suggested, roughly for what is only tried. */
type Sizer = (history: Demand, lab: Lab) => Fraction

const exactly: Sizer = (history, { policy, entryHours }) => sizeOf(history, policy, entryHours).per_hour
const roughly: Sizer = (history, { policy, entryHours }) => roughSizeOf(history, policy, entryHours)

/** How a demand is to be sized: its limits, and whether an entry is an hour or a day. */
export interface Lab {
  readonly policy: Policy
  readonly entryHours: 1 | 24
  /** Whether sizes are fitted on the longest look-back only, as back-tests fit them, and not on all of the demand. */
  readonly recent?: boolean
}

/** A posture with what it would do and what it did at past origins. Money in currency units per hour; statistics but the size. */
export interface Suggestion {
  readonly posture: Posture['name']
  readonly per_hour: Fraction
  /** Net savings on the demand it was sized on. */
  readonly savings: number
  /** 5 % to 95 % of the net savings of a quarter. */
  readonly range: Range | null
  readonly worst_week_utilisation: number | null
  readonly back_test: BackTest
}

/** What a demand suggests, and which postures its past forbids to suggest, with the reason. */
export interface Suggestions {
  readonly shown: readonly Suggestion[]
  readonly refused: readonly {
    readonly posture: Posture['name']
    readonly reason: string
    readonly per_hour: Fraction
    readonly back_test: BackTest
  }[]
  /** Balanced sizes by look-back. */
  readonly lookbacks: readonly BackTest[]
}

const postures: readonly Posture[] = [
  { name: 'conservative', size: smallestOfLookbacks },
  { name: 'balanced', size: (history, lab, best) => best(history, lab) },
  { name: 'aggressive', size: onTrend },
]

/**
 * Sizes a demand in three postures, each with its outcomes and a rolling back-test against buying nothing and against the purchase
 * that hindsight would have made. A posture whose back-test lost money in total, or at more than a quarter of its origins, is not
 * shown. Null where the demand is too short for four origins.
 *
 * @param names the postures to try; default all
 */
export function suggest(
  demand: Demand,
  lab: Lab,
  names: readonly Posture['name'][] = postures.map(({ name }) => name),
): Suggestions | null {
  const tried = windowsOf(demand, lab)
  const longest = longestOf(tried)
  if (!longest) return null
  const balanced = ruleOf(postures[1] as Posture, lab)
  const fitted = lab.recent ? sliceOf(demand, demand.hours - longest.lookback, demand.hours) : demand
  const chosen = postures.filter(({ name }) => names.includes(name))
  const all = chosen.map((posture) => ({
    posture: posture.name,
    per_hour: posture.size(fitted, lab, exactly),
    back_test: backTest(demand, ruleOf(posture, lab), longest.lookback, longest.horizon, balanced),
  }))
  return {
    shown: all
      .filter((each) => refusal(each.back_test) === null)
      .map((each) => ({ ...each, ...prospect(fitted, each.per_hour, lab) })),
    refused: all.flatMap(({ posture, per_hour, back_test }) => {
      const reason = refusal(back_test)
      return reason === null ? [] : [{ posture, reason, per_hour, back_test }]
    }),
    lookbacks: (names.length < postures.length ? [] : tried).map(({ lookback, horizon }) =>
      backTest(demand, balanced, lookback, horizon),
    ),
  }
}

/** A look-back and the horizon it is scored on, entries. */
export interface Window {
  readonly lookback: number
  readonly horizon: number
}

/** The window that decides: the longest look-back of those with the longest horizon, since a purchase outlives both. */
export function longestOf(windows: readonly Window[]): Window | undefined {
  const horizon = windows.reduce((most, each) => Math.max(most, each.horizon), 0)
  return windows.findLast((each) => each.horizon === horizon)
}

/** Look-backs with the horizons they are scored on, entries, shortest first; empty where the demand is too short for a back-test. */
export function windowsOf(demand: Demand, { entryHours }: Pick<Lab, 'entryHours'>): Window[] {
  const day = 24 / entryHours
  return lookbackDays.flatMap((days) => {
    const horizon = horizonOf(demand, days * day, day)
    return horizon === null ? [] : [{ lookback: days * day, horizon }]
  })
}

/** Entries that a purchase is scored on: 30 days, or 7 where 30 leave too few origins; null where 7 do too. */
function horizonOf(demand: Demand, lookback: number, day: number): number | null {
  return [30 * day, 7 * day].find((horizon) => demand.hours - lookback >= leastOrigins * horizon) ?? null
}

function ruleOf(posture: Posture, lab: Lab): Rule {
  return (history) => toNumber(posture.size(history, lab, roughly)) * lab.entryHours
}

function prospect(demand: Demand, per_hour: Fraction, { entryHours }: Lab) {
  const commitment = toNumber(per_hour) * entryHours
  const outcomes = outcomeRange(demand, commitment, 168 / entryHours)
  const each = (total: number) => total / entryHours
  return {
    savings: each(savingsOf(performanceOf(demand, commitment)) / demand.hours),
    range: outcomes && { low: each(outcomes.savings.low), high: each(outcomes.savings.high) },
    worst_week_utilisation: outcomes?.worst_week_utilisation ?? null,
  }
}

/** The smallest best size of the last 7, 30, 60 and 90 days and of everything. */
function smallestOfLookbacks(history: Demand, lab: Lab, best: Sizer): Fraction {
  const day = 24 / lab.entryHours
  return lookbackDays
    .filter((days) => days * day < history.hours)
    .map((days) => best(sliceOf(history, history.hours - days * day, history.hours), lab))
    .reduce(lower, best(history, lab))
}

/** The best size on a history scaled by its trend to the middle of the next quarter, to thousandths. */
function onTrend(history: Demand, lab: Lab, best: Sizer): Fraction {
  const { policy } = lab
  const day = 24 / lab.entryHours
  const factor = trendFactor(history, 7 * day, 91 * day)
  const scaled = times(best(history, lab), fraction(factor.toFixed(6)))
  const stepped = floorTo(scaled, policy.step ?? { numerator: 1n, denominator: 1000n })
  return policy.cap ? lower(stepped, policy.cap) : stepped
}

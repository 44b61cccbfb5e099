import type { BackTest } from './back-test.ts'
import type { Range } from './bootstrap.ts'
import { decimalText } from './fraction.ts'
import type { Suggestions } from './postures.ts'

/**
 * Postures and back-tests as JSON. Amounts are decimal text; all but sizes are statistics, given to six decimals. `back_test` counts
 * origins and losses; its money is of all scored hours together.
 *
 * @param entryHours hours of one entry of the demand
 */
export function suggestionDocument(found: Suggestions | null, entryHours: 1 | 24) {
  if (!found) return { suggested: null, postures: [], refused: [], back_tests: [] }
  return {
    suggested: found.shown.some(({ posture }) => posture === 'balanced'),
    postures: found.shown.map((each) => ({
      posture: each.posture,
      commitment_per_hour: decimalText(each.per_hour),
      savings_per_hour: amount(each.savings),
      savings_per_hour_range: rangeText(each.range),
      worst_week_utilisation: ratio(each.worst_week_utilisation),
      back_test: backTestDocument(each.back_test, entryHours),
    })),
    refused: found.refused.map(({ posture, reason, back_test }) => ({
      posture,
      reason,
      back_test: backTestDocument(back_test, entryHours),
    })),
    back_tests: found.lookbacks.map((each) => backTestDocument(each, entryHours)),
  }
}

/** A 5 % to 95 % range of amounts as text, null for none. */
export function rangeText(range: Range | null): { readonly p5: string; readonly p95: string } | null {
  return range && { p5: amount(range.low), p95: amount(range.high) }
}

function backTestDocument(test: BackTest, entryHours: number) {
  const days = (entries: number) => (entries * entryHours) / 24
  return {
    lookback_days: days(test.lookback),
    horizon_days: days(test.horizon),
    origins: test.origins,
    losses: test.losses,
    savings_against_nothing: amount(test.savings),
    savings_rate: ratio(test.savings_rate),
    utilisation: ratio(test.utilisation),
    regret_against_hindsight: amount(test.regret),
  }
}

function amount(value: number): string {
  return value.toFixed(6)
}

function ratio(value: number | null): string | null {
  return value === null ? null : value.toFixed(6)
}

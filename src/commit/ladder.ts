import type { Fraction } from '../core/money.ts'
import { times } from './fraction.ts'

const dayMs = 86_400_000

/** One purchase of a ladder: dates of buying and expiry (UTC), currency units per hour. */
export interface Rung {
  readonly buy: string
  readonly end: string
  readonly commitment_per_hour: Fraction
}

/**
 * Splits a commitment into equal purchases a term ÷ n apart, so that only 1/n of it expires at once (specs/commitments.md section 10).
 * The first is bought on `start` (ISO date); every later one is to be sized again on the demand of its day.
 *
 * `ladder(12 per hour, 4, 12, '2026-01-01')` buys 3 per hour each quarter.
 */
export function ladder(per_hour: Fraction, tranches: number, term_months: number, start: string): Rung[] {
  const commitment_per_hour = times(per_hour, { numerator: 1n, denominator: BigInt(tranches) })
  return Array.from({ length: tranches }, (_, i) => {
    const months = (i * term_months) / tranches
    return { buy: monthsAfter(start, months), end: monthsAfter(start, months + term_months), commitment_per_hour }
  })
}

/** A date some months later, at most the last day of its month; a part of a month is that part of the days to the next one. */
function monthsAfter(date: string, months: number): string {
  const whole = Math.floor(months)
  const [low, high] = [wholeMonthsAfter(date, whole), wholeMonthsAfter(date, whole + 1)]
  const days = Math.round(((high - low) / dayMs) * (months - whole))
  return new Date(low + days * dayMs).toISOString().slice(0, 10)
}

function wholeMonthsAfter(date: string, months: number): number {
  const from = new Date(`${date}T00:00:00Z`)
  const last = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0)).getUTCDate()
  return Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, Math.min(from.getUTCDate(), last))
}

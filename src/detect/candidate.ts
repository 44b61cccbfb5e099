import type { Unit } from './unit.ts'

export type Direction = 'up' | 'down'

/** What a rule has to say on one unit and day. Amounts are in units of 10^-scale, summed over [onset, day]. */
export interface Candidate {
  readonly unit: Unit
  readonly day: number
  readonly onset: number
  readonly direction: Direction
  readonly rule: string
  readonly score: number
  readonly actual: number
  readonly expected: number
  /** Excess of the newest days in percent, where a slow rise is not yet as much over its whole window. */
  readonly newest_percent?: number
}

/** What a rule may ask about the world around its unit. */
export interface RuleContext {
  readonly monday: number
  readonly calendar: Calendar
  /** 10 ** scale: units of one currency unit. */
  readonly unitsPerMoney: number
  /** Usage of the leaf's account and of its provider over a month (`calendar.month`), in units; NaN when the month is cut or open. */
  readonly monthlyUsage: MonthlyUsage
}

export interface MonthlyUsage {
  (leaf: number, month: number, wide: boolean): number
  /** To be called when an amount of an earlier day changed. */
  forget(): void
}

/** Day of month, month length and running month number of each day of the file. */
export interface Calendar {
  readonly dayOfMonth: Int16Array
  readonly monthLength: Int16Array
  readonly month: Int32Array
  /** First day of each running month; may be negative for the first. */
  readonly monthStart: Int32Array
}

export const excessOf = (candidate: Candidate) => Math.abs(candidate.actual - candidate.expected)

/** Excess in percent of the expectation; infinite without one. */
export function percentOf(candidate: Candidate): number {
  const whole = (100 * excessOf(candidate)) / Math.max(Math.abs(candidate.expected), 1e-9)
  return Math.max(whole, candidate.newest_percent ?? 0)
}

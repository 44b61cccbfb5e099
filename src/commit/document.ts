import type { Fraction } from '../core/money.ts'
import { decimalText, minus, one, over, plus, times, whole } from './fraction.ts'
import { netSavings } from './outcome.ts'
import type { HoursInput } from './read-hours.ts'
import type { Sizing } from './size.ts'

/** Hours from which on a size is called well founded: four whole weeks. */
const wellFounded = 4 * 168

/** The answer of `costwright commit size` (specs/commitments.md section 16): amounts and ratios as exact decimal text. */
export interface SizeDocument {
  /** What is bought, at commitment prices. */
  readonly commitment_per_hour: string
  /** The demand it covers; null with several discounts. */
  readonly ode_per_hour: string | null
  /** Commitment and on-demand remainder; existing commitments are not in it. */
  readonly cost_per_hour: string
  readonly on_demand_cost_per_hour: string
  readonly savings_per_hour: string
  readonly net_savings_total: string
  /** Null where nothing is bought. */
  readonly utilisation: string | null
  /** With existing commitments, of all demand; null without demand. */
  readonly coverage: string | null
  readonly hours: number
  readonly granularity: 'hourly' | 'daily'
  readonly confidence: 'high' | 'medium' | 'low'
  readonly reason: string
}

/** Writes a sizing of `input.residual` as section 16 says. */
export function sizeDocument(input: HoursInput, { per_hour, outcome, reason }: Sizing): SizeDocument {
  const { calendar, residual } = input
  const hours = calendar.entries * calendar.entryHours
  const all = onDemand(input.total.units, input.total.scale)
  const remaining = minus(outcome.on_demand, outcome.covered)
  const daily = calendar.entryHours === 24
  const text = (total: Fraction) => decimalText(times(total, { numerator: 1n, denominator: BigInt(hours) }))
  const savings = netSavings(outcome)
  const ode = input.mixed ? null : over(per_hour, minus(one, residual.discounts[0] as Fraction))
  return {
    commitment_per_hour: decimalText(per_hour),
    ode_per_hour: ode && decimalText(ode),
    cost_per_hour: text(plus(outcome.paid, remaining)),
    on_demand_cost_per_hour: text(outcome.on_demand),
    savings_per_hour: text(savings),
    net_savings_total: decimalText(savings),
    utilisation: ratio(outcome.used, outcome.paid),
    coverage: ratio(minus(all, remaining), all),
    hours,
    granularity: daily ? 'daily' : 'hourly',
    confidence: daily || hours < 168 ? 'low' : hours < wellFounded ? 'medium' : 'high',
    reason,
  }
}

function ratio(part: Fraction, all: Fraction): string | null {
  const value = over(part, all)
  return value && decimalText(value)
}

function onDemand(units: readonly bigint[], scale: number): Fraction {
  return times(whole(units.reduce((sum, each) => sum + each, 0n)), { numerator: 1n, denominator: 10n ** BigInt(scale) })
}

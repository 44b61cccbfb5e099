import type { BackTest } from './back-test.ts'
import { type Demand, sliceOf } from './demand.ts'
import { decimalText, fraction, toNumber } from './fraction.ts'
import type { LabData } from './lab-data.ts'
import { type PricedMember, pricedMembers, type ScopeDemand, scopeDemand } from './lab-demand.ts'
import type { LabBackTest, LabPosture, LabRefusal, LabScope, LabSuggestion } from './lab-document.ts'
import { optionsOf, priceNote } from './lab-options.ts'
import type { Scope } from './lab-scopes.ts'
import type { Stand } from './lab-stand.ts'
import { commitmentOf, cover } from './lab-walk.ts'
import { ladder } from './ladder.ts'
import { performanceOf } from './performance.ts'
import { longestOf, type Suggestion, type Suggestions, suggest, windowsOf } from './postures.ts'
import type { Policy } from './size.ts'

const monthHours = 730
/** Least saving of a purchase over its cost (specs/commitments.md section 8, guardrails). */
const leastReturn = 0.1
/** Currency units a month below which a purchase is not worth a decision, as for findings (specs/optimisation.md section 2). */
const leastSaving = 5
const tranches = 4

export interface SuggestOptions {
  /** Day of asking, `YYYY-MM-DD`. */
  readonly asked: string
  readonly term_months: number
  readonly capital_rate: number
  /** Limits of every purchase. */
  readonly policy: Omit<Policy, 'step'>
}

/**
 * Sizes what one scope leaves to buy for, and lowers the stand by what it suggests, so that broader programmes are sized on the rest.
 * A balanced size whose back-test forbids it gives way to the conservative one, and that to a refusal with the reason.
 */
export function suggestScope(
  data: LabData,
  stand: Stand,
  scope: Scope,
  options: SuggestOptions,
): LabSuggestion | LabRefusal | null {
  const members = pricedMembers(data, scope, options.term_months, options.asked)
  const about = scopeOf(stand, scope, members)
  if (Number(about.uncovered_per_hour) === 0) return null
  if (members.length === 0)
    return { ...about, reason: `no price is known for ${options.term_months} months`, postures: [] }
  const left = scopeDemand(stand, scope, members)
  const found = suggest(left.demand, {
    policy: { ...options.policy, step: fraction('0.001') },
    entryHours: left.entryHours,
    recent: true,
  })
  if (!found) return { ...about, reason: 'the history is too short for a back-test: it takes five weeks', postures: [] }
  const postures = posturesOf(found, left.entryHours)
  const chosen = (['balanced', 'conservative'] as const)
    .map((posture) => found.shown.find((each) => each.posture === posture))
    .find((each) => each !== undefined && toNumber(each.per_hour) > 0)
  if (!chosen) return { ...about, reason: reasonOf(found, options.policy), postures }
  if (chosen.savings * monthHours < leastSaving)
    return { ...about, reason: `saves less than ${leastSaving} ${scope.currency} a month`, postures }
  const bought = boughtOf(left, chosen)
  const suggestion = {
    ...about,
    ...purchaseOf(stand, scope, left, chosen, bought),
    ...pricesOf(data, stand, scope, left, { ...options, covers: bought.covers }),
    postures,
    put_back: stand.commitments.flatMap(({ commitment, is_put_back }) =>
      is_put_back && scope.members.some((index) => data.series[index]?.covered.has(commitment.commitment_id))
        ? [commitment.commitment_id]
        : [],
    ),
    ladder: ladder(chosen.per_hour, tranches, options.term_months, options.asked).map(
      ({ buy, end, commitment_per_hour }) => ({
        buy,
        end,
        commitment_per_hour: decimalText(commitment_per_hour),
      }),
    ),
  }
  const amount = toNumber(chosen.per_hour)
  cover(data, stand, commitmentOf(scope, members, amount, [0, stand.to - stand.from]))
  return suggestion
}

/** The look-back that sizes are fitted on. */
function lookbackOf({ demand, entryHours }: ScopeDemand): Demand {
  const entries = longestOf(windowsOf(demand, { entryHours }))?.lookback ?? demand.hours
  return sliceOf(demand, demand.hours - entries, demand.hours)
}

function boughtOf(left: ScopeDemand, { per_hour }: Suggestion) {
  const fitted = lookbackOf(left)
  const amount = toNumber(per_hour)
  const { covered, used, paid, on_demand } = performanceOf(fitted, amount * left.entryHours)
  const hours = fitted.hours * left.entryHours
  const discount = Number((1 - used / covered).toFixed(9))
  return {
    discount,
    covers: amount / (1 - discount),
    covered: covered / hours,
    on_demand: on_demand / hours,
    utilisation: used / paid,
  }
}

function purchaseOf(
  stand: Stand,
  scope: Scope,
  left: ScopeDemand,
  ...[chosen, bought]: [Suggestion, ReturnType<typeof boughtOf>]
) {
  const amount = toNumber(chosen.per_hour)
  const fitted = lookbackOf(left).hours * left.entryHours
  const eligible = meanOver(stand.total, scope.members, fitted)
  const open = meanOver(stand.residual, scope.members, fitted)
  const warnings = [
    scope.granularity === 'daily'
      ? 'sized on daily means, at half the discount: days hide the troughs of their hours'
      : '',
    chosen.savings < leastReturn * amount ? `saves less than ${leastReturn * 100} % of what it costs` : '',
    chosen.posture === 'conservative' ? 'the balanced size lost money in its back-test' : '',
    left.members.length < scope.members.length ? 'part of the usage has no known price and is left out' : '',
  ]
  return {
    posture: chosen.posture as 'balanced' | 'conservative',
    commitment_per_hour: decimalText(chosen.per_hour),
    covers_per_hour: bought.covers.toFixed(3),
    discount: bought.discount,
    saving_per_month: perMonth(chosen.savings),
    utilisation: bought.utilisation,
    coverage_before: eligible === 0 ? null : 1 - open / eligible,
    coverage_after: eligible === 0 ? null : 1 - (open - bought.covered) / eligible,
    break_even_utilisation: 1 - bought.discount,
    warnings: warnings.filter(Boolean),
  }
}

function pricesOf(
  data: LabData,
  stand: Stand,
  scope: Scope,
  left: ScopeDemand,
  { asked, capital_rate, covers }: SuggestOptions & { covers: number },
) {
  const weights = new Map(left.members.map(({ index }) => [index, sumOf(stand.residual[index] as Float64Array)]))
  const main = left.members.reduce((most, each) =>
    (weights.get(each.index) ?? 0) > (weights.get(most.index) ?? 0) ? each : most,
  )
  const notes = new Set(left.members.map(({ discount }) => priceNote(discount, asked)))
  return {
    price_source: main.discount.price_source,
    price_note: [...notes].join('; '),
    options: optionsOf(data, scope, { covers, weights, asked }, { capital: capital_rate, break_even_months: 9 }),
  }
}

function scopeOf(stand: Stand, scope: Scope, members: readonly PricedMember[]): LabScope {
  const hours = Math.min(90 * 24, stand.to - stand.from)
  const isLookup = members.some(({ discount }) => discount.price_source === 'lookup')
  return {
    scope: scope.id,
    provider: scope.program.provider,
    billing_account_id: scope.billing_account_id,
    program: scope.program.program,
    service: scope.service,
    family: scope.family,
    region: scope.region,
    currency: scope.currency,
    granularity: scope.granularity,
    confidence: scope.granularity === 'daily' ? 'low' : isLookup ? 'medium' : 'high',
    eligible_per_hour: meanOver(stand.total, scope.members, hours).toFixed(4),
    uncovered_per_hour: meanOver(stand.residual, scope.members, hours).toFixed(4),
  }
}

function posturesOf({ shown, refused }: Suggestions, entryHours: 1 | 24): LabPosture[] {
  const accepted = shown.map(
    (each): LabPosture => ({
      posture: each.posture,
      commitment_per_hour: decimalText(each.per_hour),
      saving_per_month: perMonth(each.savings),
      saving_per_month_p5: each.range && perMonth(each.range.low),
      saving_per_month_p95: each.range && perMonth(each.range.high),
      worst_week_utilisation: each.worst_week_utilisation,
      back_test: backTestOf(each.back_test, entryHours),
      refused: null,
    }),
  )
  const declined = refused.map(
    (each): LabPosture => ({
      posture: each.posture,
      commitment_per_hour: decimalText(each.per_hour),
      saving_per_month: null,
      saving_per_month_p5: null,
      saving_per_month_p95: null,
      worst_week_utilisation: null,
      back_test: backTestOf(each.back_test, entryHours),
      refused: each.reason,
    }),
  )
  return [...accepted, ...declined]
}

function backTestOf(test: BackTest, entryHours: number): LabBackTest {
  return {
    lookback_days: (test.lookback * entryHours) / 24,
    horizon_days: (test.horizon * entryHours) / 24,
    origins: test.origins,
    losses: test.losses,
    losses_to_mean: test.losses_to_mean,
    saving: test.savings.toFixed(2),
    saving_rate: test.savings_rate,
    utilisation: test.utilisation,
    regret_to_oracle: test.regret.toFixed(2),
    regret_to_nothing: (-test.savings).toFixed(2),
    regret_to_mean: (test.mean_savings - test.savings).toFixed(2),
  }
}

function reasonOf({ refused }: Suggestions, { cap }: SuggestOptions['policy']): string {
  if (cap?.numerator === 0n) return 'nothing is bought: the budget goes to what saves more for its cost'
  const reason = refused.find(({ posture }) => posture === 'balanced')?.reason
  return reason ?? 'nothing is worth buying: in too many hours there is no demand that a commitment would cover'
}

function meanOver(series: readonly Float64Array[], members: readonly number[], hours: number): number {
  return members.reduce((sum, index) => sum + sumOf((series[index] as Float64Array).subarray(-hours)), 0) / hours
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function perMonth(per_hour: number): string {
  return (per_hour * monthHours).toFixed(2)
}

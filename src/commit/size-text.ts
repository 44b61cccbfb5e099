import type { SizeDocument } from './document.ts'
import type { rangeText, suggestionDocument } from './suggestion-document.ts'

/** The answer of `costwright commit size` as lines for people; amounts to four decimals. */
export function sizeText(
  document: SizeDocument & { commitment_range: ReturnType<typeof rangeText> } & ReturnType<typeof suggestionDocument>,
): string {
  const lines = [
    `commitment  ${short(document.commitment_per_hour)} per hour${range(document.commitment_range)}`,
    document.ode_per_hour === null ? '' : `covers      ${short(document.ode_per_hour)} per hour of on-demand cost`,
    `cost        ${short(document.cost_per_hour)} per hour instead of ${short(document.on_demand_cost_per_hour)}`,
    `saves       ${short(document.savings_per_hour)} per hour, ${short(document.net_savings_total)} in ${document.hours} hours`,
    `used        ${percent(document.utilisation)} of the commitment; ${percent(document.coverage)} of demand covered`,
    `because     ${document.reason}`,
    `confidence  ${document.confidence} (${document.granularity})`,
    '',
    ...document.postures.map(
      ({ posture, commitment_per_hour, savings_per_hour, savings_per_hour_range, back_test }) =>
        `${posture.padEnd(12)}  ${short(commitment_per_hour)} per hour saves ${short(savings_per_hour)}${range(savings_per_hour_range)}; ${history(back_test)}`,
    ),
    ...document.refused.map(({ posture, reason }) => `${posture.padEnd(12)}  not suggested: ${reason}`),
    document.suggested === null ? 'no back-test: fewer than four origins of a week after a look-back of a week' : '',
  ]
  return `${lines.filter((line, index) => line !== '' || index === 7).join('\n')}\n`
}

function history({
  origins,
  losses,
  savings_rate,
  lookback_days,
  horizon_days,
}: {
  origins: number
  losses: number
  savings_rate: string | null
  lookback_days: number
  horizon_days: number
}): string {
  return `back-test of ${lookback_days} + ${horizon_days} days: saved ${percent(savings_rate)}, lost at ${losses} of ${origins} origins`
}

function range(found: { readonly p5: string; readonly p95: string } | null): string {
  return found ? ` (5 % to 95 %: ${short(found.p5)} to ${short(found.p95)})` : ''
}

function percent(ratio: string | null): string {
  return ratio === null ? 'nothing' : `${(Number(ratio) * 100).toFixed(1)} %`
}

/** Decimal text cut to four decimals. */
function short(text: string): string {
  const dot = text.indexOf('.')
  return dot < 0 ? text : text.slice(0, dot + 5)
}

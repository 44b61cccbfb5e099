import { parseDecimal } from '../../core/money.ts'
import type { Arm, CallOptions } from './arm.ts'
import { type Json, textAt } from './cost-management-json.ts'
import type { Month } from './cost-management-months.ts'
import type { Scope } from './cost-management-scope.ts'

type Row = Readonly<Record<string, unknown>>

/** Why a scope has no utilisation to ask for; null when it has. */
export function benefitsProblem(scope: Scope): string | null {
  if (['billing_account', 'billing_profile', 'savings_plan'].includes(scope.kind)) return null
  return (
    'benefits: Azure states utilisation by billing account, billing profile or savings plan order only, not for ' +
    `${scope.path}; leave benefits out of \`collect\`, or add a source with such a scope`
  )
}

/** Utilisation of savings plans and reservations in a month: rows of `provider_commitments`. */
export async function* readBenefits(arm: Arm, month: Month, observedAt: string): AsyncGenerator<Row> {
  const common = {
    provider: 'Microsoft',
    billing_account_id: arm.scope.accountId,
    billing_period: month.name,
    on_demand_cost: null,
    amortized_cost: null,
    net_savings: null,
    currency: null,
    observed_at: observedAt,
  }
  const within = (summary: Json) => (textAt(summary, 'properties', 'usageDate') ?? '').startsWith(month.name)
  for await (const summary of arm.pages(`savings plan utilisation of ${month.name}`, (options) =>
    listSavingsPlans(arm, month, options),
  )) {
    if (within(summary)) yield { ...common, ...savingsPlan(summary) }
  }
  if (arm.scope.kind === 'savings_plan') return
  for await (const summary of arm.pages(`reservation utilisation of ${month.name}`, (options) =>
    listReservations(arm, month, options),
  )) {
    if (within(summary)) yield { ...common, ...reservation(summary) }
  }
}

/** Monthly summaries by whatever the scope is. */
export function listSavingsPlans({ costs, scope }: Arm, month: Month, call: CallOptions) {
  const options = {
    ...call,
    grainParameter: 'Monthly',
    filter: `properties/usageDate ge ${month.first} and properties/usageDate le ${month.last}`,
  }
  const summaries = costs.benefitUtilizationSummaries
  if (scope.kind === 'savings_plan') {
    const [, , , order = '', , plan] = scope.path.split('/')
    return plan ? summaries.listBySavingsPlanId(order, plan, options) : summaries.listBySavingsPlanOrder(order, options)
  }
  const account = scope.billingAccountId ?? ''
  return scope.billingProfileId === null
    ? summaries.listByBillingAccountId(account, options)
    : summaries.listByBillingProfileId(account, scope.billingProfileId, options)
}

/** Dates are a filter for a billing account, parameters for a billing profile. */
export function listReservations(
  { consumption, scope }: Arm,
  month: Month,
  call: CallOptions,
): ReturnType<Arm['consumption']['reservationsSummaries']['list']> {
  const dates =
    scope.billingProfileId === null
      ? { filter: `properties/UsageDate ge ${month.first} AND properties/UsageDate le ${month.last}` }
      : { startDate: month.first, endDate: month.last }
  return consumption.reservationsSummaries.list(scope.path, 'monthly', { ...call, ...dates })
}

function savingsPlan(summary: Json): Row {
  const isPlan = textAt(summary, 'kind') === 'SavingsPlan'
  return {
    commitment_id: textAt(summary, 'properties', 'benefitId')?.toLowerCase() ?? '',
    commitment_type: isPlan ? 'Savings Plan' : 'Included Quantity',
    commitment_name: textAt(summary, 'properties', 'armSkuName'),
    total_commitment: null,
    used_commitment: null,
    unused_commitment: null,
    unit: null,
    utilization_pct: textAt(summary, 'properties', isPlan ? 'avgUtilizationPercentage' : 'utilizationPercentage'),
  }
}

/** The id is the one that bills name: `/providers/microsoft.capacity/reservationorders/…/reservations/…`. */
function reservation(summary: Json): Row {
  const text = (name: string) => textAt(summary, 'properties', name)
  const [reserved, used] = [text('reservedHours'), text('usedHours')]
  return {
    commitment_id:
      `/providers/Microsoft.Capacity/reservationOrders/${text('reservationOrderId')}/reservations/${text('reservationId')}`.toLowerCase(),
    commitment_type: 'Reservation',
    commitment_name: text('skuName'),
    total_commitment: reserved,
    used_commitment: used,
    unused_commitment: reserved === null || used === null ? null : subtract(reserved, used),
    unit: 'Hours',
    utilization_pct: text('avgUtilizationPercentage'),
  }
}

/** Exact difference of two decimals: `subtract('744', '743.5')` is `'0.5'`. */
function subtract(whole: string, part: string): string {
  const [a, b] = [parseDecimal(whole), parseDecimal(part)]
  const units = a.numerator * b.denominator - b.numerator * a.denominator
  const places = String(a.denominator * b.denominator).length - 1
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0')
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - places)}${places > 0 && fraction !== '' ? `.${fraction}` : ''}`
}

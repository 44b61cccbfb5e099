import { UserError } from '../../errors.ts'

/** A scope of Azure: what costs are asked for. */
export interface Scope {
  /** Without slashes at its ends. */
  readonly path: string
  readonly kind: 'subscription' | 'billing_account' | 'billing_profile' | 'savings_plan' | 'other'
  /** BillingAccountId of its rows: billing profile, else billing account, else subscription or management group. */
  readonly accountId: string
  readonly subscriptionId: string | null
  readonly billingAccountId: string | null
  readonly billingProfileId: string | null
}

const examples = 'e.g. subscriptions/<id> or providers/Microsoft.Billing/billingAccounts/<id>'

/** Reads the scope of the configuration. Throws UserError when it is none. */
export function readScope(scope: string): Scope {
  const path = scope.trim().replace(/^\/+|\/+$/g, '')
  if (!/^(subscriptions|providers)\/[^/?#\s]+(\/[^/?#\s]+)*$/i.test(path))
    throw new UserError(`scope ${JSON.stringify(scope)} is no scope of Azure`, { hint: `Give its path, ${examples}.` })
  const idAfter = (name: string) => new RegExp(`(?:^|/)${name}/([^/]+)`, 'i').exec(path)?.[1] ?? null
  const subscriptionId = idAfter('subscriptions')?.toLowerCase() ?? null
  const billingAccountId = idAfter('billingAccounts')
  const billingProfileId = idAfter('billingProfiles')
  return {
    path,
    kind: kindOf(path),
    accountId: billingProfileId ?? billingAccountId ?? subscriptionId ?? path.split('/').at(-1) ?? path,
    subscriptionId,
    billingAccountId,
    billingProfileId,
  }
}

function kindOf(path: string): Scope['kind'] {
  if (/^subscriptions\/[^/]+$/i.test(path)) return 'subscription'
  if (/\/billingAccounts\/[^/]+$/i.test(path)) return 'billing_account'
  if (/\/billingProfiles\/[^/]+$/i.test(path)) return 'billing_profile'
  if (/^providers\/Microsoft\.BillingBenefits\/savingsPlanOrders\//i.test(path)) return 'savings_plan'
  return 'other'
}

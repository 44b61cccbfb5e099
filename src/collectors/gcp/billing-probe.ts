import { UpstreamError } from '../../errors.ts'
import type { Probe } from '../collector.ts'
import { type Failure, failureOf } from '../failure.ts'
import { listAccounts } from './billing-accounts.ts'
import type { BillingApi, BillingConfig } from './billing-clients.ts'

/** One cheap call for each thing that a collection will need. */
export async function probeBilling(api: BillingApi, config: BillingConfig): Promise<Probe[]> {
  const probes: Probe[] = []
  const attempt = async <Result>(check: string, place: string, work: () => Promise<Result>): Promise<Result | null> => {
    try {
      const result = await work()
      probes.push({ check, ok: true, problem: null, remedy: null })
      return result
    } catch (error) {
      const failure = failureOf(error instanceof UpstreamError ? error.cause : error)
      probes.push({
        check,
        ok: false,
        ...(lackOf(failure, config, place) ?? { problem: failure.message, remedy: null }),
      })
      return null
    }
  }
  const accounts =
    (await attempt('list billing accounts', 'the billing account', () => listAccounts(api, config))) ?? []
  if (probes[0]?.ok && accounts.length === 0) {
    const wanted = config.billing_account ?? 'any billing account'
    probes[0] = {
      check: 'list billing accounts',
      ok: false,
      problem: `billing.accounts.get on ${wanted}`,
      remedy: viewer(wanted),
    }
  }
  for (const { name, id } of accounts) {
    if (config.collect.includes('projects'))
      await attempt(`list projects of ${id}`, id, () =>
        first(
          api.pages(`list projects of ${id}`, { name, pageSize: 1 }, (asked, options) =>
            api.billing.listProjectBillingInfo(asked, options),
          ),
        ),
      )
    if (config.collect.includes('budgets'))
      await attempt(`list budgets of ${id}`, id, () =>
        first(
          api.pages(`list budgets of ${id}`, { parent: name, pageSize: 1 }, (asked, options) =>
            api.budgets.listBudgets(asked, options),
          ),
        ),
      )
  }
  if (config.collect.includes('prices'))
    await attempt('list services of the price catalogue', config.project, () =>
      first(
        api.pages('list services', { pageSize: 1 }, (asked, options) => api.catalogue.listServices(asked, options)),
      ),
    )
  return probes
}

async function first<Item>(pages: AsyncGenerator<Item>): Promise<Item | undefined> {
  const { value } = await pages.next()
  return value
}

const viewer = (place: string) => `roles/billing.viewer on ${place} (Billing > Account management > Add principal)`

/** What a failure says is missing; null when it is about something else. */
export function lackOf(
  { kind, message }: Failure,
  { project }: BillingConfig,
  place: string,
): { problem: string; remedy: string } | null {
  const api = /billing budget|billingbudgets/i.test(message) ? 'billingbudgets' : 'cloudbilling'
  if (/has not been used in project|is disabled|SERVICE_DISABLED/i.test(message)) {
    return {
      problem: `the API ${api}.googleapis.com is off in ${project}`,
      remedy: `gcloud services enable ${api}.googleapis.com --project ${project}`,
    }
  }
  if (kind === 'expired') {
    return {
      problem: 'no valid Application Default Credentials',
      remedy:
        'gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS naming a key or a workload identity file',
    }
  }
  if (kind !== 'denied' && kind !== 'gone') return null
  const permission = /\bbilling\.\w+\.\w+/.exec(message)?.[0] ?? 'billing.accounts.get'
  return { problem: `${permission} on ${place}`, remedy: viewer(place) }
}

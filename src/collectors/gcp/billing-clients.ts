import { CloudBillingClient, CloudCatalogClient } from '@google-cloud/billing'
import { BudgetServiceClient } from '@google-cloud/billing-budgets'
import type { SourceConfig } from '../../config-sources.ts'
import type { CollectorContext } from '../collector.ts'
import { parseEndpoint, untilAborted } from './clients.ts'

export type BillingConfig = Extract<SourceConfig, { type: 'gcp_billing' }>

/** Answer of a list method with `autoPaginate: false`: items, the request of the next page, the whole answer. */
type Page<Item, Request> = readonly [Item[], Request | null, unknown]

/** Cloud Billing, its catalogue and its budgets over REST; no call repeats itself. */
export interface BillingApi {
  readonly billing: CloudBillingClient
  readonly catalogue: CloudCatalogClient
  readonly budgets: BudgetServiceClient
  /** Every item of a list, page by page through the retry loop. */
  pages<Item, Request extends object>(
    what: string,
    request: Request,
    list: (request: Request, options: typeof callOptions) => Promise<Page<Item, object>>,
  ): AsyncGenerator<Item>
  close(): void
}

const callOptions = { autoPaginate: false, retry: null, timeout: 60_000 }

export function createBillingApi(config: BillingConfig, context: CollectorContext): BillingApi {
  const endpoint = parseEndpoint(config.name, config.endpoint)
  const options = {
    fallback: true,
    projectId: config.project,
    ...(endpoint && { protocol: endpoint.protocol, apiEndpoint: endpoint.host, port: endpoint.port }),
    // An API key that is none keeps google-auth-library from looking for credentials that an emulator does not need.
    ...(endpoint?.anonymous && { apiKey: 'none' }),
  }
  const billing = new CloudBillingClient(options)
  const catalogue = new CloudCatalogClient(options)
  const budgets = new BudgetServiceClient(options)
  return {
    billing,
    catalogue,
    budgets,
    async *pages(what, request, list) {
      for (let next: typeof request | null = request; next !== null; ) {
        const asked: typeof request = next
        const [items, following] = await context.retry(what, (signal) =>
          untilAborted(signal, () => list(asked, callOptions)),
        )
        yield* items
        next = following as typeof request | null
      }
    },
    close() {
      for (const client of [billing, catalogue, budgets]) void client.close()
    },
  }
}

/** `billingAccounts/01A2B3-C4D5E6-F7A8B9` as bills name it. */
export const accountId = (name: string) => name.replace(/^billingAccounts\//, '').replaceAll('_', '-')

/** An amount of Google's money type, exact: units and billionths, which have the same sign. */
export function moneyText(money: { units?: unknown; nanos?: number | null } | null | undefined): string {
  const nanos = BigInt(money?.nanos ?? 0)
  const total = BigInt(String(money?.units ?? '0')) * 1_000_000_000n + nanos
  const digits = String(total < 0n ? -total : total).padStart(10, '0')
  const fraction = digits.slice(-9).replace(/0+$/, '')
  return `${total < 0n ? '-' : ''}${digits.slice(0, -9)}${fraction && `.${fraction}`}`
}

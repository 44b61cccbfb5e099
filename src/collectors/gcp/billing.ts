import { createHash } from 'node:crypto'
import { UpstreamError, UserError } from '../../errors.ts'
import type { Collector, CollectorContext, CreateCollector, Plan, RemoteDelivery } from '../collector.ts'
import { failureOf } from '../failure.ts'
import { accountRows, type BillingAccount, listAccounts } from './billing-accounts.ts'
import { readBudgets } from './billing-budgets.ts'
import { type BillingApi, type BillingConfig, createBillingApi } from './billing-clients.ts'
import { readPrices } from './billing-prices.ts'
import { lackOf, probeBilling } from './billing-probe.ts'

/**
 * What Google says beside the bill: names and links of projects, public list prices, budgets. All calls are free. It knows no
 * costs: those are in the BigQuery export (specs/exports.md section 1, fact 6).
 */
export const createGcpBilling: CreateCollector<'gcp_billing'> = (config, context): Collector => {
  const api = createBillingApi(config, context)
  return {
    async plan({ periods }) {
      if (periods !== null) return { deliveries: [], pending: [], warnings: [] }
      try {
        return await planBilling(api, config, context)
      } catch (error) {
        const cause = error instanceof UpstreamError ? error.cause : error
        const lack = lackOf(failureOf(cause), config, config.billing_account ?? 'the billing account')
        if (lack === null || error instanceof UserError) throw error
        throw new UserError(`${config.name}: ${lack.problem}`, { hint: lack.remedy, cause: error })
      }
    },
    probe: () => probeBilling(api, config),
    close: () => api.close(),
  }
}

async function planBilling(api: BillingApi, config: BillingConfig, context: CollectorContext): Promise<Plan> {
  const now = context.now()
  const observed_at = now.toISOString()
  const deliveries: RemoteDelivery[] = []
  const warnings: string[] = []
  const wants = (part: BillingConfig['collect'][number]) => config.collect.includes(part)
  const accounts = wants('projects') || wants('budgets') ? await accountsOf(api, config) : []
  if (wants('projects')) {
    const rows = await accountRows(api, accounts)
    const named = rows.map((row) => ({ ...row, observed_at }))
    deliveries.push(
      tableOf('account_names', contentMark(rows), observed_at, rows.length, async function* () {
        yield* named
      }),
    )
  }
  if (wants('budgets')) {
    const { rows, warnings: more } = await readBudgets(api, accounts, now)
    warnings.push(...more)
    if (rows.length > 0)
      deliveries.push(
        tableOf('budgets', contentMark(rows), observed_at, rows.length, async function* () {
          yield* rows as readonly object[] as readonly Readonly<Record<string, unknown>>[]
        }),
      )
  }
  if (wants('prices'))
    deliveries.push(
      tableOf('list_prices', observed_at.slice(0, 10), observed_at, null, () => readPrices(api, config, observed_at)),
    )
  return { deliveries, pending: [], warnings }
}

async function accountsOf(api: BillingApi, config: BillingConfig): Promise<BillingAccount[]> {
  const accounts = await listAccounts(api, config)
  if (accounts.length > 0) return accounts
  throw new UserError(
    `${config.name}: the credentials may not see ${config.billing_account ?? 'any billing account'}`,
    {
      hint: 'Give roles/billing.viewer on the billing account (Billing > Account management).',
    },
  )
}

const contentMark = (rows: readonly object[]) =>
  createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 16)

function tableOf(
  table: string,
  mark: string,
  submitted: string,
  rows: number | null,
  read: () => AsyncIterable<Readonly<Record<string, unknown>>>,
): RemoteDelivery {
  return {
    unit: table,
    mark,
    period: null,
    submitted,
    files: [{ kind: 'rows', name: `${table}.ndjson.gz`, rows, read }],
  }
}

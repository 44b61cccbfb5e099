import { CostExplorerClient } from '@aws-sdk/client-cost-explorer'
import { formatMinorUnits } from '../../core/money.ts'
import type { CollectorContext, CreateCollector, PlanRequest, Probe, RemoteDelivery } from '../collector.ts'
import { failureOf } from '../failure.ts'
import { awsAccount } from './account.ts'
import { awsClientOptions } from './clients.ts'
import { commitments } from './cost-explorer-commitments.ts'
import { costs } from './cost-explorer-costs.ts'
import { type AskedMonth, askedMonths } from './cost-explorer-months.ts'
import { anomalies, forecast, recommendations } from './cost-explorer-outlook.ts'
import type { CostExplorer, DailyPart, MonthlyPart, PartFiles } from './cost-explorer-part.ts'
import { createRequests } from './cost-explorer-requests.ts'
import { monthlyCosts, totals } from './cost-explorer-totals.ts'

const monthlyParts: Readonly<Record<string, MonthlyPart>> = { costs, totals, commitments, anomalies }
const dailyParts: Readonly<Record<string, DailyPart>> = { forecast, recommendations }

/**
 * AWS Cost Explorer: control totals, AWS's own commitment figures, forecast, anomalies and recommendations, and daily costs for
 * those without an export. Every request costs USD 0.01; planning asks none. One unit a part and month: `totals/2026-03`.
 */
export const createCostExplorer: CreateCollector<'aws_cost_explorer'> = (config, context) => {
  const client = new CostExplorerClient(awsClientOptions(config))
  const ce: CostExplorer = {
    client,
    requests: createRequests(context, config.max_requests),
    account: once(() => awsAccount(config, context)),
    currency: config.region.startsWith('cn-') ? 'CNY' : 'USD',
    today: context.now().toISOString().slice(0, 10),
  }
  const parts = [...new Set(config.collect)].sort()
  return {
    async plan(request) {
      const months = askedMonths(context.now(), config.look_back_months, request.periods)
      const deliveries = parts.flatMap((part) => [
        ...months.flatMap((month) => monthlyDelivery(ce, part, month)),
        ...(request.periods === null ? dailyDelivery(ce, part) : []),
      ])
      return {
        deliveries: deliveries.map(({ delivery }) => delivery),
        pending: [],
        warnings: [...(await accountWarnings(ce)), ...priceWarnings(deliveries, request.held, config.max_requests)],
      }
    },
    probe: () => probe(ce, context),
    close: () => client.destroy(),
  }
}

interface Priced {
  readonly delivery: RemoteDelivery
  readonly requests: number
}

function monthlyDelivery(ce: CostExplorer, part: string, month: AskedMonth): Priced[] {
  const unit = `${part}/${month.month}`
  const files = monthlyParts[part]?.(ce, month, unit)
  return files ? [priced(unit, month.settled ? 'final' : ce.today, month.month, files)] : []
}

function dailyDelivery(ce: CostExplorer, part: string): Priced[] {
  const files = dailyParts[part]?.(ce, part)
  return files ? [priced(part, ce.today, null, files)] : []
}

function priced(unit: string, mark: string, period: string | null, { files, requests }: PartFiles): Priced {
  const usd = formatMinorUnits(BigInt(requests), 2)
  const what = `about ${requests} requests at USD 0.01, more when answers have several pages, fewer when some are kept`
  return { delivery: { unit, mark, period, submitted: '', files, price: { usd, what } }, requests }
}

async function accountWarnings({ account }: CostExplorer): Promise<string[]> {
  const { caller, payer, doubt } = await account()
  if (doubt) return [doubt]
  return caller === payer
    ? []
    : [
        `the credentials are of member account ${caller}: Cost Explorer shows its costs only, not those of payer ${payer}`,
      ]
}

function priceWarnings(planned: readonly Priced[], held: PlanRequest['held'], max: number): string[] {
  const fresh = planned.filter(({ delivery }) => held.get(delivery.unit)?.mark !== delivery.mark)
  const requests = fresh.reduce((sum, one) => sum + one.requests, 0)
  return requests <= max
    ? []
    : [
        `about ${requests} requests are due, max_requests allows ${max} a run: newest months come first, the next run goes on where this one ends`,
      ]
}

/** Free but for one request to Cost Explorer itself, whose answer is kept for a collection of the same day. */
async function probe(ce: CostExplorer, context: CollectorContext): Promise<Probe[]> {
  const identity = await tried('sts:GetCallerIdentity', 'working AWS credentials', ce.account)
  if (!identity.ok) return [identity]
  const { doubt } = await ce.account()
  const organization: Probe = {
    check: 'organizations:DescribeOrganization',
    ok: doubt === null,
    problem: doubt,
    remedy:
      doubt === null ? null : 'Allow organizations:DescribeOrganization on *, so that the payer account is known.',
  }
  const [month] = askedMonths(context.now(), 1, null)
  const costs = await tried('ce:GetCostAndUsage (USD 0.01)', 'ce:GetCostAndUsage on *', async () =>
    month ? ce.requests.pages(monthlyCosts(ce.client, month, 'doctor', null)) : [],
  )
  return [identity, organization, costs]
}

async function tried(check: string, needed: string, call: () => Promise<unknown>): Promise<Probe> {
  try {
    await call()
    return { check, ok: true, problem: null, remedy: null }
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error
    const { kind, message } = failureOf(cause)
    const remedy =
      kind === 'denied'
        ? `Allow ${needed} in the policy of the credentials, and activate IAM access to billing in the account settings.`
        : `Give ${needed}: profile, role_arn or the environment of the SDK.`
    return { check, ok: false, problem: kind === 'denied' ? `${needed} is missing: ${message}` : message, remedy }
  }
}

/** A free answer that a run needs once; asked again after a failure. */
function once<Result>(ask: () => Promise<Result>): () => Promise<Result> {
  let asked: Promise<Result> | null = null
  return () => {
    asked ??= ask().catch((error: unknown) => {
      asked = null
      throw error
    })
    return asked
  }
}

import type { Probe } from '../collector.ts'
import { failureOf } from '../failure.ts'
import type { Arm, CostManagementConfig } from './arm.ts'
import { readBudgets } from './budgets.ts'
import { benefitsProblem, listReservations, listSavingsPlans } from './cost-management-benefits.ts'
import { type FoundExport, listExports } from './cost-management-exports.ts'
import { listRecommendations } from './cost-management-findings.ts'
import type { Month } from './cost-management-months.ts'
import { queryRows } from './cost-management-query.ts'
import type { Scope } from './cost-management-scope.ts'

/** A read-only call that a part of `collect` needs, and the role that allows it. */
interface Check {
  readonly parts: readonly string[]
  readonly what: string
  readonly role: 'cost' | 'benefits'
  run(arm: Arm, month: Month): Promise<unknown>
}

const checks: readonly Check[] = [
  {
    parts: ['totals', 'forecast', 'cost_details'],
    what: 'query costs',
    role: 'cost',
    run: (arm, month) =>
      first(
        queryRows(arm, 'query costs', {
          type: 'ActualCost',
          timeframe: 'Custom',
          timePeriod: { from: new Date(`${month.first}T00:00:00Z`), to: new Date(`${month.last}T23:59:59Z`) },
          dataset: { aggregation: { total: { name: 'Cost', function: 'Sum' } } },
        }),
      ),
  },
  {
    parts: ['benefits'],
    what: 'list savings plan utilisation',
    role: 'benefits',
    run: (arm, month) =>
      first(arm.pages('list savings plan utilisation', (options) => listSavingsPlans(arm, month, options))),
  },
  {
    parts: ['benefits'],
    what: 'list reservation utilisation',
    role: 'benefits',
    run: (arm, month) =>
      first(arm.pages('list reservation utilisation', (options) => listReservations(arm, month, options))),
  },
  {
    parts: ['recommendations'],
    what: 'list savings plan recommendations',
    role: 'cost',
    run: (arm) =>
      first(arm.pages('list savings plan recommendations', (options) => listRecommendations(arm, options, 'P1Y'))),
  },
  {
    parts: ['alerts'],
    what: 'list alerts',
    role: 'cost',
    run: (arm) => arm.ask('list alerts', (options) => arm.costs.alerts.list(arm.scope.path, options)),
  },
  { parts: ['budgets'], what: 'list budgets', role: 'cost', run: readBudgets },
]

const first = (items: AsyncGenerator<unknown>) => items.next()

/** Tries each call that the configured parts need, then says which exports exist. */
export async function probeCostManagement(config: CostManagementConfig, arm: Arm, month: Month): Promise<Probe[]> {
  const lines: Probe[] = []
  for (const check of checks) {
    if (!check.parts.some((part) => (config.collect as readonly string[]).includes(part))) continue
    const unfit = check.parts.includes('benefits') ? benefitsProblem(arm.scope) : null
    if (unfit !== null || (arm.scope.kind === 'savings_plan' && check.what.includes('reservation'))) continue
    lines.push(await line(`${check.what} of ${arm.scope.path}`, check.role, arm, () => check.run(arm, month)))
  }
  let found: FoundExport[] = []
  const listed = await line(`list exports of ${arm.scope.path}`, 'cost', arm, async () => {
    found = await listExports(arm)
  })
  return [...lines, listed, ...(listed.ok ? describeExports(found, arm.scope) : [])]
}

async function line(check: string, role: Check['role'], arm: Arm, run: () => Promise<unknown>): Promise<Probe> {
  try {
    await run()
    return { check, ok: true, problem: null, remedy: null }
  } catch (error) {
    return { check, ok: false, ...explain(error, role, arm.scope) }
  }
}

/** What is missing, by what Azure answered. */
function explain(error: unknown, role: Check['role'], scope: Scope): { problem: string; remedy: string | null } {
  const { kind } = failureOf(error instanceof Error && error.cause ? error.cause : error)
  const { message } = failureOf(error)
  if (kind === 'expired')
    return {
      problem: `no valid credential: ${message}`,
      remedy:
        'Sign in (az login), or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run with a managed identity.',
    }
  if (kind !== 'denied') return { problem: message, remedy: null }
  const action = /perform action '([^']+)'/.exec(message)?.[1]
  const wanted = rolesFor(role, scope)
  return { problem: `${wanted.name} at /${wanted.at} is missing${action ? ` (${action})` : ''}`, remedy: wanted.remedy }
}

function rolesFor(role: Check['role'], scope: Scope): { name: string; at: string; remedy: string } {
  if (scope.kind === 'savings_plan') return assigned('Savings plan Reader', 'providers/Microsoft.BillingBenefits')
  if (scope.billingAccountId === null) return assigned('Cost Management Reader', scope.path)
  const also = role === 'benefits' ? ', or Reservations Reader at /providers/Microsoft.Capacity' : ''
  return {
    name: `${scope.billingProfileId === null ? 'Billing account reader' : 'Billing profile reader'} (Enterprise Agreement: Enrollment reader)${also}`,
    at: scope.path,
    remedy:
      'Azure portal, Cost Management + Billing, the account or profile, Access control (IAM), Add; for a service principal of an Enterprise Agreement by the billing role assignments API.',
  }
}

function assigned(name: string, at: string) {
  return { name, at, remedy: `az role assignment create --assignee <principal> --role "${name}" --scope /${at}` }
}

function describeExports(found: readonly FoundExport[], scope: Scope): Probe[] {
  const told = found.map((one): Probe => {
    const schedule = one.recurrence === null || !one.isActive ? 'not scheduled' : one.recurrence.toLowerCase()
    const place = [one.storageAccount, one.container, one.folder].filter(Boolean).join('/')
    const run = one.lastRun ? `last run ${one.lastRun.status} ${one.lastRun.submitted}` : 'never ran'
    return {
      check: `export ${one.name}: ${one.type}, ${schedule}, to ${place}, ${run}`,
      ok: one.lastRun === null || !/fail|timeout|notavailable/i.test(one.lastRun.status),
      problem:
        one.lastRun && /fail|timeout|notavailable/i.test(one.lastRun.status)
          ? `its last run ended ${one.lastRun.status}`
          : null,
      remedy:
        one.lastRun && /fail|timeout|notavailable/i.test(one.lastRun.status)
          ? `Look at the export's run history in Cost Management; run it again.`
          : null,
    }
  })
  const daily = found.some((one) => one.isActive && one.type === 'FocusCost' && one.recurrence === 'Daily')
  const missing: Probe = {
    check: `no daily FOCUS export at ${scope.path}`,
    ok: true,
    problem: null,
    remedy:
      'Create one (Cost Management, Exports, "Cost and usage details (FOCUS)", daily) and collect it with a source of type azure_export.',
  }
  return daily ? told : [...told, missing]
}

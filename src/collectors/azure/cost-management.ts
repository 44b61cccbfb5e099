import type { Collector, CollectorContext, Plan, PlanRequest, RemoteDelivery, RowsFile } from '../collector.ts'
import { type Arm, type CostManagementConfig, createArm } from './arm.ts'
import { readBudgets } from './budgets.ts'
import { benefitsProblem, readBenefits } from './cost-management-benefits.ts'
import { detailFiles, detailsProblem } from './cost-management-details.ts'
import { triggerExport } from './cost-management-exports.ts'
import { readAlerts, readForecast, readRecommendations } from './cost-management-findings.ts'
import { type Month, planMonths } from './cost-management-months.ts'
import { probeCostManagement } from './cost-management-probe.ts'
import { readTotals } from './cost-management-query.ts'
import type { Scope } from './cost-management-scope.ts'

type Part = CostManagementConfig['collect'][number]
type Rows = () => AsyncIterable<Readonly<Record<string, unknown>>>

/**
 * Costs, utilisation, forecasts, alerts and budgets of one scope from Azure's APIs. `plan` asks Azure for nothing but the list
 * of budgets; what a delivery holds is asked for when it is fetched. Throws UserError for a scope or endpoint that cannot be.
 */
export function createCostManagement(config: CostManagementConfig, context: CollectorContext): Collector {
  const arm = createArm(config, context)
  return {
    async plan(request) {
      const plans: Plan[] = []
      for (const part of new Set(config.collect)) plans.push(await parts[part](arm, context, request, config))
      return {
        deliveries: plans.flatMap(({ deliveries }) => deliveries),
        pending: [],
        warnings: plans.flatMap(({ warnings }) => warnings),
      }
    },
    backfill: (exportName, month) => triggerExport(config, context, exportName, month),
    async probe() {
      const { months } = planMonths({ periods: null, held: new Map() }, '', { now: context.now(), lookBackMonths: 1 })
      const current = months.at(-1)
      return current ? probeCostManagement(config, arm, current) : []
    },
  }
}

type PlanPart = (
  arm: Arm,
  context: CollectorContext,
  request: PlanRequest,
  config: CostManagementConfig,
) => Plan | Promise<Plan>

const parts: Readonly<Record<Part, PlanPart>> = {
  totals: byMonth('totals', (arm, context, month) => [
    rows('provider_totals', () => readTotals(arm, month, context.now().toISOString())),
  ]),
  cost_details: unless(
    detailsProblem,
    byMonth('cost_details', (arm, context, month) => detailFiles(arm, context, month)),
  ),
  benefits: unless(
    benefitsProblem,
    byMonth('benefits', (arm, context, month) => [
      rows('provider_commitments', () => readBenefits(arm, month, context.now().toISOString())),
    ]),
  ),
  forecast: byDay('forecast', (arm, context) => readForecast(arm, context.now())),
  recommendations: byDay('recommendations', (arm, context) => readRecommendations(arm, context.now().toISOString())),
  alerts: byDay('alerts', (arm, context) => readAlerts(arm, context.now().toISOString())),
  async budgets(arm, _context, { periods }) {
    if (periods !== null) return nothing
    const { rows: listed, warnings, mark } = await readBudgets(arm)
    const file: RowsFile = {
      ...rows('budgets', async function* () {
        for (const row of listed) yield { ...row }
      }),
      rows: listed.length,
    }
    return { deliveries: [delivery('budgets', mark, null, [file])], pending: [], warnings }
  },
}

const nothing: Plan = { deliveries: [], pending: [], warnings: [] }

/** The part, for scopes that have it; else a warning. */
function unless(problemOf: (scope: Scope) => string | null, part: PlanPart): PlanPart {
  return (arm, context, request, config) => {
    const problem = problemOf(arm.scope)
    return problem === null ? part(arm, context, request, config) : { ...nothing, warnings: [problem] }
  }
}

/** A part that has a delivery a month. */
function byMonth(
  part: Part,
  files: (arm: Arm, context: CollectorContext, month: Month) => RemoteDelivery['files'],
): PlanPart {
  return (arm, context, request, { look_back_months, name }) => {
    const { months, tooOld } = planMonths(request, part, { now: context.now(), lookBackMonths: look_back_months })
    return {
      deliveries: months.map((month) =>
        delivery(`${part}/${month.name}`, month.mark, month.name, files(arm, context, month)),
      ),
      pending: [],
      warnings: tooOld.map(
        (month) => `${name}: ${part} of ${month} is not to be had, Azure answers for 13 months back`,
      ),
    }
  }
}

/** A part that is of no month: a delivery a UTC day, none when months are asked for. */
function byDay(part: Part, read: (arm: Arm, context: CollectorContext) => ReturnType<Rows>): PlanPart {
  return (arm, context, { periods }) => {
    if (periods !== null) return nothing
    const file = rows('provider_findings', () => read(arm, context))
    return {
      deliveries: [delivery(part, context.now().toISOString().slice(0, 10), null, [file])],
      pending: [],
      warnings: [],
    }
  }
}

function delivery(unit: string, mark: string, period: string | null, files: RemoteDelivery['files']): RemoteDelivery {
  return { unit, mark, period, submitted: '', files }
}

function rows(table: string, read: Rows): RowsFile {
  return { kind: 'rows', name: `${table}.ndjson.gz`, rows: null, read }
}

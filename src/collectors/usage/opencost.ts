import type { SourceConfig } from '../../config-sources.ts'
import { UpstreamError, UserError } from '../../errors.ts'
import type { Collector, CollectorContext, CreateCollector, PlanRequest, RemoteDelivery } from '../collector.ts'
import { createJsonApi, type JsonApi } from './ask-json.ts'
import { addDays, dayOf, daysBetween, daysOfMonth, earlier, later } from './days.ts'
import { probeLine } from './probe-line.ts'

type Config = Extract<SourceConfig, { type: 'opencost' }>

/** Days after its end for which OpenCost may still change what it says of a day. */
const openDays = 2
const longestGapDays = 400

/**
 * What OpenCost allocates to each workload of a cluster, a day a delivery. Complete days only; a day is asked for again until two
 * days have passed since its end. https://opencost.io/docs/integrations/api
 */
export const createOpenCost: CreateCollector<'opencost'> = (config, context): Collector => {
  const api = createJsonApi({ api: 'OpenCost', ...config }, context)
  return {
    async plan(request) {
      const today = dayOf(context.now())
      const deliveries = daysAsked(config, request, addDays(today, -1)).map((day) =>
        deliveryOf(api, config, day, today, context),
      )
      return { deliveries, pending: [], warnings: [] }
    },
    async probe() {
      const yesterday = addDays(dayOf(context.now()), -1)
      const check = `allocations of cluster ${config.cluster} from ${api.url}`
      return [await probeLine(check, config.authorization_env, () => allocationsOf(api, config, yesterday))]
    },
  }
}

/** The days of the look-back and any before them that are missing or not final, or the complete days of the months asked for. */
function daysAsked({ days }: Config, { periods, held }: PlanRequest, lastDay: string): string[] {
  if (periods !== null)
    return periods.flatMap((period) => {
      const { first, last } = daysOfMonth(period)
      return daysBetween(first, earlier(last, lastDay))
    })
  const first = addDays(lastDay, 1 - days)
  const oldest = [...held.keys()].sort()[0] ?? first
  const start = later(earlier(first, oldest), addDays(lastDay, -longestGapDays))
  return daysBetween(start, lastDay).filter((day) => day >= first || !held.get(day)?.mark.startsWith('final'))
}

function deliveryOf(
  api: JsonApi,
  config: Config,
  day: string,
  today: string,
  context: CollectorContext,
): RemoteDelivery {
  const isFinal = addDays(day, 1 + openDays) <= today
  return {
    unit: day,
    mark: `${isFinal ? 'final' : today} ${config.aggregate}`,
    period: day.slice(0, 7),
    submitted: `${addDays(day, 1)}T00:00:00Z`,
    files: [
      {
        kind: 'rows',
        name: 'kubernetes_allocations.ndjson.gz',
        rows: null,
        async *read() {
          const allocations = await allocationsOf(api, config, day)
          const observed_at = context.now().toISOString()
          for (const [name, allocation] of allocations) yield rowOf(config, day, name, allocation, observed_at)
        },
      },
    ],
  }
}

interface Allocation {
  readonly properties?: {
    readonly cluster?: string
    readonly namespace?: string
    readonly controllerKind?: string
    readonly controller?: string
    readonly labels?: Readonly<Record<string, string>> | null
  } | null
  readonly [number: string]: unknown
}

/** Allocations of one day by name. An API without data answers with null, or with a set that is null. */
async function allocationsOf(api: JsonApi, config: Config, day: string): Promise<[string, Allocation][]> {
  const { code, message, data } = (await api.ask(`allocations of ${day}`, '/allocation', {
    window: `${day}T00:00:00Z,${addDays(day, 1)}T00:00:00Z`,
    aggregate: config.aggregate,
    step: '1d',
    accumulate: 'false',
    includeIdle: 'true',
  })) as { code?: number; message?: string; data?: unknown }
  if (data === undefined || (code !== undefined && code !== 200))
    throw new UpstreamError(config.name, `OpenCost answers ${code ?? ''} ${message ?? 'without data'} for ${day}`)
  const sets = (Array.isArray(data) ? data : [data])
    .map((set) => Object.entries((set ?? {}) as Record<string, Allocation | null>))
    .map((set) => set.flatMap(([name, one]): [string, Allocation][] => (one === null ? [] : [[name, one]])))
    .filter((set) => set.length > 0)
  if (sets.length > 1)
    throw new UpstreamError(config.name, `OpenCost answers with ${sets.length} sets of allocations for ${day} alone`)
  const allocations = sets[0] ?? []
  const clusters = new Set(allocations.flatMap(([, { properties }]) => properties?.cluster || []))
  if (clusters.size > 1)
    throw new UserError(`${api.url} answers for ${clusters.size} clusters: ${[...clusters].sort().join(', ')}`, {
      hint: 'Give the address of the OpenCost of one cluster, and one source a cluster.',
    })
  return allocations
}

function rowOf(config: Config, day: string, name: string, allocation: Allocation, observed_at: string) {
  const isIdle = name.split('/').at(-1) === '__idle__'
  const fields = config.aggregate.split(',').map((field) => field.trim().toLowerCase())
  const parts = name.split('/')
  const named = (field: string) => (parts.length === fields.length ? parts[fields.indexOf(field)] : undefined)
  const { namespace, controllerKind, controller, labels } = allocation.properties ?? {}
  return {
    provider: 'Kubernetes',
    usage_date: day,
    cluster: config.cluster,
    allocation: name,
    namespace: isIdle ? '__idle__' : namespace || named('namespace') || null,
    controller_kind: controllerKind || null,
    controller: isIdle ? null : controller || named('controller') || null,
    cpu_cost: amountOf(allocation['cpuCost']),
    gpu_cost: amountOf(allocation['gpuCost']),
    memory_cost: amountOf(allocation['ramCost']),
    storage_cost: amountOf(allocation['pvCost']),
    network_cost: amountOf(allocation['networkCost']),
    load_balancer_cost: amountOf(allocation['loadBalancerCost']),
    shared_cost: amountOf(allocation['sharedCost']),
    external_cost: amountOf(allocation['externalCost']),
    idle_cost: isIdle ? amountOf(allocation['totalCost']) : '0',
    total_cost: amountOf(allocation['totalCost']),
    efficiency: isIdle ? null : amountOf(allocation['totalEfficiency']),
    currency: config.currency,
    labels: labels ?? {},
    observed_at,
  }
}

/** OpenCost rounds to five decimals, so the shortest text of the double is what it wrote; NaN arrives as null. */
function amountOf(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : null
}

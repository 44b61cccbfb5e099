import { createHash } from 'node:crypto'
import { UpstreamError } from '../../errors.ts'
import { slug } from '../../lake/layout.ts'
import type { Collector, CollectorContext, PlanRequest, RemoteDelivery } from '../collector.ts'
import { createJsonApi, type JsonApi } from './ask-json.ts'
import { addDays, dayOf, daysOfMonth, earlier, later } from './days.ts'
import { probeLine } from './probe-line.ts'

export interface PrometheusConfig {
  /** Name of the source, for errors. */
  readonly name: string
  readonly url: string
  readonly authorization_env?: string | undefined
  /** PromQL by metric name. */
  readonly queries: Readonly<Record<string, string>>
  /** Days that every collection asks for again. */
  readonly days: number
}

/** Longest gap since the last collection that is closed by itself. */
const longestGapDays = 400
const daySeconds = 86_400

interface Window {
  readonly unit: string
  readonly period: string | null
  /** Both included. */
  readonly first: string
  readonly last: string
}

/**
 * One value a metric, day and label set: the query as it stands at the end of the day, so that `increase(x[1d])` is that day's.
 * The day under way is left out; the days before it are asked for again at every collection, and so is any gap since the last one.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
 */
export function createPrometheus(config: PrometheusConfig, context: CollectorContext): Collector {
  const api = createJsonApi({ api: 'Prometheus', ...config }, context)
  return {
    async plan({ periods, held }) {
      const lastDay = addDays(dayOf(context.now()), -1)
      const deliveries = Object.keys(config.queries).flatMap((metric) =>
        (periods === null
          ? [recentDays(metric, config.days, lastDay, held)]
          : periods.flatMap((period) => monthOf(metric, period, lastDay))
        ).map((window) => deliveryOf(api, config, metric, window, context)),
      )
      return { deliveries, pending: [], warnings: [] }
    },
    async probe() {
      const probes = Object.entries(config.queries).map(([metric, promql]) =>
        probeLine(`query ${metric} of ${api.url}`, config.authorization_env, async () =>
          successOf(config.name, await api.ask(`query ${metric}`, '/api/v1/query', { query: promql }, 'form')),
        ),
      )
      return Promise.all(probes)
    },
  }
}

/** The last `days` complete days, and those before them since the last collection. */
function recentDays(metric: string, days: number, lastDay: string, held: PlanRequest['held']): Window {
  const unit = `${metric}/${days}d`
  const first = addDays(lastDay, 1 - days)
  const mark = held.get(unit)?.mark.slice(0, 10)
  const resumed = mark === undefined ? first : earlier(first, addDays(mark, 1))
  return { unit, period: null, first: later(resumed, addDays(lastDay, -longestGapDays)), last: lastDay }
}

function monthOf(metric: string, period: string, lastDay: string): Window[] {
  const { first, last } = daysOfMonth(period)
  return first > lastDay ? [] : [{ unit: `${metric}/${period}`, period, first, last: earlier(last, lastDay) }]
}

function deliveryOf(
  api: JsonApi,
  { name, queries }: PrometheusConfig,
  metric: string,
  { unit, period, first, last }: Window,
  context: CollectorContext,
): RemoteDelivery {
  const promql = queries[metric] ?? ''
  return {
    unit,
    mark: `${last} ${createHash('sha256').update(promql).digest('hex').slice(0, 8)}`,
    period,
    submitted: `${addDays(last, 1)}T00:00:00Z`,
    files: [
      {
        kind: 'rows',
        name: `${slug(metric)}.ndjson.gz`,
        rows: null,
        async *read() {
          const answer = await api.ask(
            `query ${metric} of ${first} to ${last}`,
            '/api/v1/query_range',
            { query: promql, start: endOf(first), end: endOf(last), step: String(daySeconds) },
            'form',
          )
          const rows = rowsOf(metric, seriesOf(name, answer))
          const unknown = rows.filter(({ value }) => value === null).length
          if (unknown > 0)
            context.note?.(`${metric}: ${unknown} of ${rows.length} values are NaN or infinite: unknown, left out`)
          for (const row of rows) if (row.value !== null) yield { ...row }
        },
      },
    ],
  }
}

/** The instant at which a day ends, in seconds since 1970. */
const endOf = (day: string) => String(Date.parse(`${addDays(day, 1)}T00:00:00Z`) / 1000)

interface Series {
  readonly metric: Readonly<Record<string, string>>
  /** Seconds since 1970 and the value as text. */
  readonly values: readonly (readonly [number, string])[]
}

interface MetricRow {
  readonly metric_date: string
  readonly metric: string
  readonly value: string | null
  readonly dimensions: Readonly<Record<string, string>>
}

function rowsOf(metric: string, series: readonly Series[]): MetricRow[] {
  return series.flatMap(({ metric: { __name__, ...dimensions }, values }) =>
    values.map(([seconds, value]) => ({
      metric_date: dayOf(new Date((seconds - daySeconds) * 1000)),
      metric,
      value: /\d/.test(value) ? value : null,
      dimensions,
    })),
  )
}

interface Answer {
  readonly status?: string
  readonly errorType?: string
  readonly error?: string
  readonly data?: { readonly resultType?: string; readonly result?: readonly Series[] }
}

/** Proxies pass an error on with status 200; the answer itself says so. */
function successOf(source: string, answer: unknown): Answer {
  const found = answer as Answer
  if (found.status === 'success') return found
  const said = [found.errorType, found.error].filter(Boolean).join(': ') || 'its answer has no status'
  throw new UpstreamError(source, `Prometheus refuses the query: ${said}`)
}

function seriesOf(source: string, answer: unknown): readonly Series[] {
  const { data } = successOf(source, answer)
  if (data?.resultType !== 'matrix' || !Array.isArray(data.result))
    throw new UpstreamError(source, 'the answer of Prometheus to a range query holds no matrix')
  return data.result
}

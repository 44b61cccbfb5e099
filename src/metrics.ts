import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type Metric,
  type OpenMetricsContentType,
  Registry,
} from 'prom-client'
import type { CacheCounts } from './api/cache.ts'
import type { LakeState } from './api/context.ts'
import type { Exposition } from './api/probes.ts'
import type { SourceFreshness } from './collect/freshness.ts'
import { requestHistogram } from './request-histogram.ts'
import type { StateCounts } from './state/counts.ts'
import type { Telemetry } from './telemetry.ts'

/** What is read when somebody asks for the measurements. */
export interface Readings {
  readonly lake: LakeState | null
  readonly collections: readonly SourceFreshness[]
  readonly state: StateCounts
}

/** Measurements of one server. */
export interface Metrics {
  readonly telemetry: Telemetry
  readonly cache: CacheCounts
  began(): void
  /** `seconds` from the first look at the request until its answer was handed over, or a stream had ended. */
  answered(method: string, route: string | null, status: number, seconds: number): void
  /** Another state of the data is served from now on. */
  swapped(at: Date): void
  expose(accept: string): Promise<Exposition>
}

const querySeconds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Counts what a server does, and reads what it holds when asked. Nothing is shared between servers. */
export function createMetrics(version: string, read: () => Promise<Readings>): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const cache: CacheCounts = { hits: 0, misses: 0, bytes: 0 }
  let inFlight = 0
  let swaps = 0
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `costwright_${name}`, help, labelNames, registers })
  const counted = (name: string, help: string, count: () => number) =>
    new Counter({
      ...{ name: `costwright_${name}`, help, registers },
      collect() {
        this.reset()
        this.inc(count())
      },
    })
  collectDefaultMetrics({ register: registry })
  gauge('build_info', 'Version that runs', 'version').set({ version }, 1)
  const requests = requestHistogram('costwright_http_request_duration_seconds', 'Answered requests by route template')
  registry.registerMetric({ name: 'costwright_http_request_duration_seconds', ...requests } as unknown as Metric)
  const running = gauge('http_requests_in_flight', 'Requests that are not answered yet')
  counted('cache_hits_total', 'Answers sent again from the cache', () => cache.hits)
  counted('cache_misses_total', 'Answers made anew and kept', () => cache.misses)
  const cacheBytes = gauge('cache_bytes', 'Size of the cached answers')
  const telemetry = engineMetrics(registers)
  counted('data_swaps_total', 'Times that another state of the data came to be served', () => swaps)
  const opened = gauge('data_state_opened_timestamp_seconds', 'Since when the present state of the data is served')
  opened.remove()
  const show = showReadings(gauge)
  return {
    telemetry,
    cache,
    began() {
      inFlight += 1
    },
    answered(method, route, status, seconds) {
      inFlight -= 1
      requests.add(method, route, status, seconds)
    },
    swapped(at) {
      swaps += 1
      opened.set(at.getTime() / 1000)
    },
    async expose(accept) {
      show(await read())
      running.set(inFlight)
      cacheBytes.set(cache.bytes)
      const isOpen = /\bapplication\/openmetrics-text\b/i.test(accept)
      const shown = isOpen ? openMetrics(registry) : registry
      return { type: shown.contentType, body: await shown.metrics() }
    },
  }
}

function engineMetrics(registers: Registry[]): Telemetry {
  const queries = new Histogram({
    ...{ name: 'costwright_query_duration_seconds', help: 'Time of queries of the catalogue, with waiting in line' },
    ...{ labelNames: ['query'], buckets: querySeconds, registers },
  })
  const streams = new Counter({
    ...{ name: 'costwright_stream_bytes_total', help: 'Bytes of downloads, before compression of text' },
    ...{ labelNames: ['format'], registers },
  })
  const statements = new Counter({
    ...{ name: 'costwright_sql_statements_total', help: 'Foreign SQL statements by how they ended' },
    ...{ labelNames: ['outcome'], registers },
  })
  for (const outcome of ['ended', 'refused', 'timed_out', 'aborted']) statements.inc({ outcome }, 0)
  return {
    query: (query) => queries.startTimer({ query }),
    streamed: (format, bytes) => streams.inc({ format }, bytes),
    statement: (outcome) => statements.inc({ outcome }),
  }
}

type MakeGauge = (name: string, help: string, ...labelNames: string[]) => Gauge

/** Gauges of data, incidents and messages; what is unknown has no value. */
function showReadings(gauge: MakeGauge): (readings: Readings) => void {
  const through = gauge('data_complete_through_timestamp_seconds', 'Charges are complete until then', 'source')
  const landed = gauge('data_landed_timestamp_seconds', 'When the newest delivery landed', 'source')
  const rows = gauge('data_rows', 'Rows of the current versions', 'source')
  const versions = gauge('data_versions', 'Current versions of billing periods')
  const healthy = gauge('collection_healthy', '1 when a configured source is neither failed nor late', 'source')
  const run = gauge('collection_last_run_timestamp_seconds', 'When a configured source was last collected', 'source')
  const incidents = gauge('incidents', 'Incidents by state', 'state')
  const messages = gauge('outbox_messages', 'Messages that wait, and that were given up', 'status')
  const oldest = gauge('outbox_oldest_timestamp_seconds', 'Since when the oldest message is tried')
  const at = (one: Gauge, labels: Record<string, string>, instant: string | null) => {
    if (instant !== null) one.set(labels, Date.parse(instant) / 1000)
  }
  return ({ lake, collections, state }) => {
    for (const one of [through, landed, rows, healthy, run]) one.reset()
    oldest.remove()
    for (const [source, own] of Map.groupBy(lake?.sources ?? [], (one) => one.source)) {
      at(through, { source }, latest(own.map((one) => one.complete_through)))
      at(landed, { source }, latest(own.map((one) => one.newest_landed_at)))
      for (const { rows_out } of own) rows.inc({ source }, Number(rows_out))
    }
    if (lake) versions.set(lake.version_count)
    for (const { source, finding, last_run } of collections) {
      healthy.set({ source }, finding === null ? 1 : 0)
      at(run, { source }, last_run)
    }
    for (const [name, count] of Object.entries(state.incidents)) incidents.set({ state: name }, count)
    for (const [status, count] of Object.entries(state.messages)) messages.set({ status }, count)
    at(oldest, {}, state.oldest_pending)
  }
}

/** The last of ISO instants, null for none. */
function latest(instants: readonly (string | null)[]): string | null {
  return (
    instants
      .filter((one) => one !== null)
      .sort()
      .at(-1) ?? null
  )
}

/** The same metrics as OpenMetrics: there a counter's family is named without `_total`. */
function openMetrics(registry: Registry): Registry<OpenMetricsContentType> {
  const open = new Registry<OpenMetricsContentType>()
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  for (const metric of registry.getMetricsAsArray() as unknown as Metric[]) {
    const named = metric as unknown as { name: string; type: string; get(): Promise<object> }
    const name = named.type === 'counter' ? named.name.replace(/_total$/, '') : named.name
    const get = async () => ({ ...(await named.get()), name })
    open.registerMetric({ name, type: named.type, get } as unknown as Metric)
  }
  return open
}

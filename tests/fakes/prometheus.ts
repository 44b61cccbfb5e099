import { type FaultServer, type Handler, startServer } from './fault-server.ts'

export interface FakePrometheus extends FaultServer {
  /** Sets a series: labels and its value at the end of each day, as Prometheus writes values. */
  set(promql: string, labels: Readonly<Record<string, string>>, values: Readonly<Record<string, string>>): void
  /** Answers all queries with this instead. */
  answerWith(reply: { status?: number; body: string; type?: string } | null): void
  /** Refuses requests that carry another Authorization header. */
  requireAuthorization(value: string): void
}

const daySeconds = 86_400

/** A Prometheus that knows instant and range queries, by POST: https://prometheus.io/docs/prometheus/latest/querying/api/ */
export async function startPrometheus(): Promise<FakePrometheus> {
  const series = new Map<string, StoredSeries[]>()
  let fixed: { status?: number; body: string; type?: string } | null = null
  let authorization: string | null = null
  const success = (data: unknown) => reply(200, { status: 'success', data })
  const handler: Handler = ({ method, path, headers, body }) => {
    if (authorization !== null && headers.authorization !== authorization) return reply(401, 'Unauthorized')
    if (fixed) {
      return {
        status: fixed.status ?? 200,
        headers: { 'content-type': fixed.type ?? 'application/json' },
        body: fixed.body,
      }
    }
    if (method !== 'POST') return reply(405, { status: 'error', errorType: 'bad_data', error: 'only POST here' })
    const form = new URLSearchParams(body.toString())
    const promql = form.get('query') ?? ''
    const found = series.get(promql)
    if (promql.includes('((')) return reply(400, { status: 'error', errorType: 'bad_data', error: 'parse error' })
    if (path === '/prom/api/v1/query') return success({ resultType: 'vector', result: [] })
    if (path !== '/prom/api/v1/query_range') return reply(404, '404 page not found')
    const result = matrixOf(found ?? [], form)
    return success({ resultType: 'matrix', result })
  }
  const server = await startServer(handler)
  return {
    ...server,
    url: `${server.url}/prom`,
    set(promql, labels, values) {
      const points = Object.entries(values).map(
        ([day, value]) => [Date.parse(`${day}T00:00:00Z`) / 1000 + daySeconds, value] as const,
      )
      series.set(promql, [...(series.get(promql) ?? []), { metric: labels, values: new Map(points) }])
    },
    answerWith(reply) {
      fixed = reply
    },
    requireAuthorization(value) {
      authorization = value
    },
  }
}

interface StoredSeries {
  readonly metric: Readonly<Record<string, string>>
  /** By seconds since 1970. */
  readonly values: ReadonlyMap<number, string>
}

function matrixOf(series: readonly StoredSeries[], form: URLSearchParams) {
  const [start = 0, end = 0, step = daySeconds] = ['start', 'end', 'step'].map((name) => Number(form.get(name)))
  const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step)
  return series.flatMap(({ metric, values }) => {
    const points = times.flatMap((time) => (values.has(time) ? [[time, values.get(time)]] : []))
    return points.length > 0 ? [{ metric, values: points }] : []
  })
}

function reply(status: number, answer: unknown) {
  const body = typeof answer === 'string' ? answer : JSON.stringify(answer)
  const type = typeof answer === 'string' ? 'text/plain' : 'application/json'
  return { status, headers: { 'content-type': type }, body }
}

import { loadCatalog } from '../../src/catalog/catalog.ts'
import { checkParams } from '../../src/catalog/params.ts'
import { currentWarehouse } from '../../src/pipeline/build.ts'
import { createRuntime } from '../../src/runtime.ts'
import { openReadOnly } from '../../src/warehouse/duckdb-stream.ts'
import { percentile, report } from '../measure.ts'
import { client, type Loaded, load } from './load.ts'
import { goal, startServer } from './process.ts'

const rounds = 15

/** Uncached reports against DuckDB alone on the same file in the same run, and many at once. */
export async function benchQueries(data: string): Promise<boolean> {
  const server = await startServer([data])
  const isMet = [await oneAtATime(data, server.port), await manyAtOnce(server.port)]
  await server.stop()
  return isMet.every(Boolean)
}

async function oneAtATime(data: string, port: number): Promise<boolean> {
  const { config, layout } = createRuntime({ data })
  const database = await openReadOnly(currentWarehouse(layout) ?? '', { memoryLimit: config.memory_limit })
  const bare = await database.connect()
  const http = client(port)
  const { rows: facts } = await bare.query(
    'select (select min(metric) from business_metrics) as metric, (select max(charge_date)::varchar from daily) as day',
    {},
  )
  const rows = []
  for (const entry of [...loadCatalog().values()].filter(({ kind }) => kind === 'reports')) {
    const required = entry.params.filter(({ fallback }) => fallback === undefined)
    const given = Object.fromEntries(
      required.map(({ name }) => [name, String(facts[0]?.[name === 'metric' ? 'metric' : 'day'])]),
    )
    const ownLimit = entry.params.some(({ name }) => name === 'limit')
    const [alone, served]: [number[], number[]] = [[], []]
    for (let round = 0; round <= rounds; round += 1) {
      const started = performance.now()
      const limit = String(1000 + round)
      await bare.query(entry.sql, checkParams(entry, ownLimit ? { ...given, limit } : given))
      const aloneMs = performance.now() - started
      const search = new URLSearchParams({ ...given, limit })
      const servedMs = await http.get(`/api/v1/queries/${entry.name}?${search}`)
      if (round === 0) continue
      alone.push(aloneMs)
      served.push(servedMs)
    }
    const [bareMs, ownMs] = [percentile(alone, 0.5), percentile(served, 0.5)]
    const most = bareMs * 1.3 + 2
    rows.push({
      query: entry.name,
      'DuckDB p50 ms': bareMs.toFixed(1),
      'API p50 ms': ownMs.toFixed(1),
      ...goal(`≤ ${most.toFixed(1)}`, ownMs <= most),
    })
  }
  http.close()
  bare.close()
  database.close()
  report(`api: uncached, one connection, ${rounds} rounds; goal DuckDB × 1.3 + 2 ms`, rows)
  return rows.every(({ met }) => met === 'met')
}

/** Routes of the dashboard that cost much and little; another number of rows each time is another answer. */
const paths = ['costs?group_by=service', 'queries/cost_by_service_day?', 'tag-coverage?']
const counts = [1, 16, 64]

async function manyAtOnce(port: number): Promise<boolean> {
  const rows = []
  let asked = 0
  for (const path of paths) {
    const runs = new Map<number, Loaded[]>(counts.map((count) => [count, []]))
    for (let round = 0; round < 3; round += 1)
      for (const [connections, loaded] of runs)
        loaded.push(
          await load({
            ...{ port, connections, seconds: 4 },
            path: () => `/api/v1/${path}&limit=${1 + (asked++ % 10_000)}`,
          }),
        )
    const rate = (count: number) =>
      percentile(
        (runs.get(count) ?? []).map(({ perSecond }) => perSecond),
        0.5,
      )
    for (const [count, loaded] of runs) {
      const latencies = loaded.flatMap((one) => one.latencies)
      const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)]
      rows.push({
        route: path,
        connections: String(count),
        'requests/s': rate(count).toFixed(1),
        'p50 ms': p50.toFixed(1),
        'p99 ms': p99.toFixed(1),
        'p99/p50': (p99 / p50).toFixed(1),
        failed: String(loaded.reduce((sum, { failed }) => sum + failed, 0)),
        ...goal(
          `p99 ≤ 10 × p50${count === 64 ? `, ≥ ${rate(16).toFixed(1)}/s` : ''}`,
          p99 <= 10 * p50 && (count < 64 || rate(64) >= rate(16)),
        ),
      })
    }
  }
  report('api: uncached, many connections; the rate at 64 not below that at 16', rows)
  return rows.every(({ met, failed }) => met === 'met' && failed === '0')
}

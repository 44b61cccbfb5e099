import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadCatalog } from '../src/catalog/catalog.ts'
import { runQuery } from '../src/catalog/run.ts'
import { createRuntime } from '../src/runtime.ts'
import { measure, percentile, report } from './measure.ts'

const cli = resolve(import.meta.dirname, '../src/cli.ts')
const rounds = 15

/** Every report of the catalogue on the sample estate at `scale` (16 ≈ 10 million rows), warm; and the cold command line. */
export async function benchQuery(scale: number): Promise<void> {
  const data = resolve(import.meta.dirname, '..', '.bench', `estate-${scale}`)
  if (!existsSync(resolve(data, 'warehouse', 'current')))
    await measure(cli, ['demo', '--data', data, '--scale', String(scale)])
  const runtime = createRuntime({ data })
  const warehouse = await runtime.open()
  const catalog = loadCatalog()
  const { rows: size } = await warehouse.query(
    'select (select count(*) from daily) as rollup, (select sum(rows_out) from (select distinct source, billing_period, rows_out from lake_versions)) as charges',
  )
  const { rows: facts } = await warehouse.query(
    'select (select min(metric) from business_metrics) as metric, (select max(charge_date)::varchar from daily) as day',
  )
  const rows = []
  for (const entry of [...catalog.values()].filter(({ kind }) => kind === 'reports')) {
    const required = entry.params.filter((param) => param.fallback === undefined)
    const base = Object.fromEntries(
      required.map((param) => [param.name, String(facts[0]?.[param.name === 'metric' ? 'metric' : 'day'])]),
    )
    const groups = entry.params.find((param) => param.name === 'group_by')?.choices ?? []
    for (const params of [base, ...groups.map((group_by) => ({ ...base, group_by }))]) {
      const timesMs: number[] = []
      let cpuMs = 0
      for (let round = 0; round <= rounds; round += 1) {
        const started = performance.now()
        const before = process.cpuUsage()
        await runQuery(warehouse, catalog, entry.name, params)
        const { user, system } = process.cpuUsage(before)
        if (round === 0) continue
        timesMs.push(performance.now() - started)
        cpuMs += (user + system) / 1000
      }
      rows.push({
        query: [entry.name, ...('group_by' in params ? [`by ${params.group_by}`] : [])].join(' '),
        'p50 ms': percentile(timesMs, 0.5).toFixed(1),
        'p95 ms': percentile(timesMs, 0.95).toFixed(1),
        'CPU ms': (cpuMs / rounds).toFixed(1),
      })
    }
  }
  warehouse.close()
  const cold = []
  for (let round = 0; round < 5; round += 1)
    cold.push((await measure(cli, ['query', 'cost_by_month', '--data', data])).seconds)
  report(
    `query: warm, ${rounds} rounds, ${size[0]?.['charges']} charges, ${size[0]?.['rollup']} rollup rows; goals p50 ≤ 50 ms, p95 ≤ 100 ms, one day's rows ≤ 150 ms`,
    rows,
  )
  console.log(`\ncold command line, query cost_by_month: p50 ${percentile(cold, 0.5).toFixed(2)} s (goal ≤ 0.8 s)`)
}
